// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen pack` and `hwgen run gemm` as a user meets them. Nothing here needs a simulator;
//! `tests/figs.rs` is for that.

mod array;

use std::fs;

use serde_json::Value;

use array::Place;

const REAL: &str = "--input real.safetensors --tensor query.weight";

/// A run of the golden model on the real projection.
fn golden(weights: &str, rest: &str) -> String {
    format!(
        "run gemm --bundle b --weights {weights} --activations real.safetensors \
         --activations-tensor query.input --backend golden {rest}"
    )
}

#[test]
fn integers_are_multiplied_exactly() {
    let place = Place::new();
    // Two weights of every four, five outputs of ten inputs.
    let weight = |o: i64, k: i64| if (o + k) % 4 < 2 { 10 * o - k } else { 0 };
    let act = |t: i64, k: i64| (t * 37 + k * 11) % 255 - 127;
    let csv = |rows: i64, f: &dyn Fn(i64, i64) -> i64| -> String {
        let row = |r| {
            (0..10)
                .map(|k| f(r, k).to_string())
                .collect::<Vec<_>>()
                .join(",")
        };
        (0..rows).map(|r| row(r) + "\n").collect()
    };
    place.write("w.csv", csv(5, &weight));
    place.write("x.csv", csv(3, &act));
    place.done(
        "run gemm --bundle b --weights w.csv --nm 2:4 --pruned --activations x.csv \
         --backend golden --output y.safetensors",
    );
    let expected: Vec<i64> = (0..3)
        .flat_map(|t| (0..5).map(move |o| (0..10).map(|k| act(t, k) * weight(o, k)).sum()))
        .collect();
    assert_eq!(place.sums("y.safetensors"), expected);
}

#[test]
fn a_packed_file_multiplies_like_the_matrix_it_was_packed_from() {
    let place = Place::new();
    let said = place.json(&format!("pack --nm 1:4 {REAL} -o p.safetensors"));
    assert_eq!(said["bits_per_dense_weight"], 2.5);
    assert_eq!(
        (&said["tiles"], &said["absent_tiles"]),
        (&288.into(), &0.into())
    );
    let retained = said["retained"].as_f64().expect("a number");
    assert!((0.44..0.48).contains(&retained), "{retained}");
    place.done(&golden("p.safetensors", "-o a.safetensors"));
    let matrix = "real.safetensors --tensor query.weight --nm 1:4";
    let report = place.json(&golden(matrix, "-o b.safetensors"));
    assert_eq!(place.sums("a.safetensors"), place.sums("b.safetensors"));
    let f = &report["figures"];
    // 48 strips of 8 inputs by 6 of 32 outputs, 46 tokens each; 4 hops and 8 registers more.
    assert_eq!(f["cycles"], 288 * 46 + 12);
    assert_eq!(f["inputs_read"], 288 * 46 * 8);
    assert_eq!(f["partial_sums_written"], 288 * 46 * 32);
    assert!(f["mac_utilisation"].as_f64() > Some(0.99), "{f}");
    assert!(report["error_of_pruned"]["relative_rms"].as_f64() < Some(0.05));
    let float = golden(matrix, "").replace("golden", "float");
    let float = place.json(&float);
    let of = |r: &Value| r["error_of_dense"]["relative_rms"].as_f64().expect("there");
    assert!((of(&float) - of(&report)).abs() < 0.01);
    assert_eq!(float["figures"], Value::Null);
}

#[test]
fn absent_tiles_take_no_cycle() {
    let place = Place::new();
    // Of a bundle whose tiles are as large as tensor tiles.
    place.done("emit --block figs -o t --set figs.rows=16 --set figs.columns=1 --set figs.lanes=4");
    let run = |prune: &str| {
        let line = golden("real.safetensors --tensor query.weight --nm 1:4", prune);
        place.json(&line.replace("--bundle b", "--bundle t"))["figures"].clone()
    };
    let (whole, half) = (run(""), run("--tiles 0.5 --balance strips"));
    assert_eq!(
        (&whole["tiles"], &whole["absent_tiles"]),
        (&288.into(), &0.into())
    );
    assert_eq!(
        (&half["tiles"], &half["absent_tiles"]),
        (&144.into(), &144.into())
    );
    let cycles = |f: &Value| f["cycles"].as_u64().expect("a number");
    assert_eq!(cycles(&whole) - cycles(&half), 144 * 46);
    // The weakest rows of this model lie side by side, in its weakest heads.
    let rows = run("--rows 0.5");
    let tiles = |name: &str| rows[name].as_u64().expect("a number");
    assert_eq!(tiles("tiles") + tiles("absent_tiles"), 288);
    assert!((144..288).contains(&tiles("tiles")), "{rows}");
}

#[test]
fn what_does_not_have_its_pattern_is_named() {
    let place = Place::new();
    place.write("w.csv", "1,0,0,0,0,0,0,2\n0,3,0,0,1,0,1,0\n");
    assert_eq!(
        place.refused("pack --nm 1:4 --pruned --input w.csv -o p.safetensors"),
        ["w.csv: row 1, block 1 (columns 4 to 7): 2 weights, 1:4 allows 1"]
    );
    assert_eq!(
        place.refused("pack --nm 1:4 --input w.csv -o p.safetensors --set figs.alpha=2"),
        ["--nm = 1:4: figs.alpha = 2 reaches down to 2:4 in groups of 4 (alpha 3 would do)"]
    );
    assert_eq!(
        place.refused("pack --nm 1:8 --input w.csv -o p.safetensors"),
        [
            "--nm = 1:8: the array selects within groups of figs.group = 4 \
          (a pattern up to 4, or figs.group = 8)"
        ]
    );
    assert_eq!(
        place.refused("pack --nm 3:4 --input w.csv -o p.safetensors --tiles 1.5"),
        [
            "--nm = 3:4: must be N:M, powers of two, N at most M, M at most 256 (try 1:4)",
            "--tiles 1.5: must be 0 to 1 (try 0.5)",
        ]
    );
    assert_eq!(
        place.refused("pack --input w.csv -o p.safetensors"),
        ["--nm: name the pattern of the weights (try --nm 1:4)"]
    );
    assert_eq!(
        place.refused("pack --nm 1:4 --input w.csv -o p.bin"),
        ["--output p.bin: packed files are .safetensors (name it so)"]
    );
    assert_eq!(
        place.refused("pack --nm 1:4 --variant gemmini --input w.csv -o p.safetensors"),
        ["--variant = gemmini: is not a variant of figs (one of figs, dense_ws, stc24, vegeta_s)"]
    );
    assert!(!place.path("p.safetensors").exists());
}

#[test]
fn matrices_that_do_not_fit_are_refused() {
    let place = Place::new();
    let pack = "pack --nm 1:4 -o p.safetensors";
    place.write("nan.csv", "1,0.5\n0,NaN\n");
    assert_eq!(
        place.refused(&format!("{pack} --input nan.csv")),
        ["nan.csv: row 1, column 1: NaN: must be a finite number (mend the matrix)"]
    );
    place.write("large.csv", "1,2\n3,300\n");
    assert_eq!(
        place.refused(&format!("{pack} --input large.csv")),
        ["large.csv: row 1, column 1: 300 does not fit 8 bits \
          (store reals to have them quantised)"]
    );
    place.write("long.csv", vec!["0"; 40].join(","));
    assert_eq!(
        place.refused(&format!("{pack} --input long.csv --set figs.max_k=39")),
        [
            "long.csv: weights = 1 x 40: sums are as long as figs.max_k = 39 allows \
          (build the array with figs.max_k = 40)"
        ]
    );
    let header = br#"{"t":{"dtype":"BOOL","shape":[1,4],"data_offsets":[0,4]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend([1; 4]);
    place.write("bool.safetensors", bytes);
    assert_eq!(
        place.refused(&format!("{pack} --input bool.safetensors")),
        ["bool.safetensors, tensor t: dtype BOOL holds truth values, not numbers (store numbers)"]
    );
    let whole = fs::read(place.path("real.safetensors")).expect("is there");
    place.write("cut.safetensors", &whole[..whole.len() / 2]);
    let said = place.refused(&format!(
        "{pack} --input cut.safetensors --tensor query.weight"
    ));
    let start = "cut.safetensors: not a readable .safetensors file (";
    assert!(said.len() == 1 && said[0].starts_with(start), "{said:?}");
    assert!(!place.path("p.safetensors").exists());
    place.write("x.csv", "1,2,3\n");
    assert_eq!(
        place.refused(
            "run gemm --bundle b --weights large.csv --nm 1:4 --activations x.csv --backend float"
        ),
        ["large.csv: row 1, column 1: 300 does not fit 8 bits \
          (store reals to have them quantised)"]
    );
    place.write("w.csv", "1,2\n");
    assert_eq!(
        place.refused(
            "run gemm --bundle b --weights w.csv --nm 2:4 --activations x.csv --backend golden"
        ),
        ["x.csv: 1 x 3: w.csv takes 2 inputs (give tokens by inputs)"]
    );
}

#[test]
fn packed_files_are_judged() {
    let place = Place::new();
    place.done(&format!("pack --nm 1:4 {REAL} -o p.safetensors"));
    assert_eq!(
        place.refused(&golden("p.safetensors", "--nm 1:4")),
        ["--nm: p.safetensors: the file is packed already (leave it out)"]
    );
    let whole = fs::read(place.path("p.safetensors")).expect("is there");
    place.write("cut.safetensors", &whole[..whole.len() - 9]);
    let said = place.refused(&golden("cut.safetensors", "--nm 1:4"));
    let start = "cut.safetensors: not a readable .safetensors file (";
    assert!(said.len() == 1 && said[0].starts_with(start), "{said:?}");
    // A select that says another weight of the block is meant.
    let text = String::from_utf8_lossy(&whole);
    let renamed = text
        .find(r#"\"pattern\":\"1:4\""#)
        .expect("is in the metadata");
    let mut other = whole.clone();
    let at = renamed + r#"\"pattern\":\""#.len();
    other[at..at + 3].copy_from_slice(b"2:4");
    place.write("other.safetensors", other);
    let said = place.refused(&golden("other.safetensors", ""));
    assert!(said[0].contains("pack the matrix again"), "{said:?}");
    assert_eq!(
        place.refused("run gemm --bundle b --weights no.safetensors --activations x.csv"),
        ["no.safetensors: cannot read the weights: no such file or folder"]
    );
    place.done("emit --preset tiny -o topk");
    let line = golden("p.safetensors", "").replace("--bundle b", "--bundle topk");
    let said = place.refused(&line);
    assert!(said[0].contains("holds no such engine"), "{said:?}");
}
