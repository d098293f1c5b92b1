// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run topk` on scores as models write them: masks, types, shapes.

use std::fs;
use std::path::Path;

use half::{bf16, f16};
use safetensors::tensor::{Dtype, TensorView, serialize};
use serde_json::{Value, json};
use tempfile::TempDir;

mod harness;

use harness::hwgen;

/// A small engine: four lanes, 64 keys of 12 bits.
const EMIT: &str = "emit --block topk --variant radix --set topk.lanes=4 --set topk.max_n=64 -o b";

fn place() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, _, said) = hwgen(folder.path(), EMIT);
    assert_eq!(code, 0, "{said}");
    folder
}

/// Runs hwgen, which must succeed; returns the report and the messages.
fn report(folder: &Path, rest: &str) -> (Value, String) {
    let (code, out, said) = hwgen(folder, &format!("run topk --bundle b {rest} --json -"));
    assert_eq!(code, 0, "{rest}: {said}");
    (serde_json::from_str(&out).expect("is JSON"), said)
}

/// Writes a tensor `t`.
fn write(folder: &Path, name: &str, dtype: Dtype, shape: &[usize], data: &[u8]) {
    let view = TensorView::new(dtype, shape.to_vec(), data).expect("fits");
    let bytes = serialize([("t", view)], None).expect("writes");
    fs::write(folder.join(name), bytes).expect("writes");
}

/// Writes rows of three scores and a mask in each type of floats; returns the files.
fn masked_in_every_type(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut file = |name: String, dtype, data: Vec<u8>| {
        write(folder, &name, dtype, &[4], &data);
        files.push(name);
    };
    let row = [1.0, 2.0, 3.0];
    for (i, mask) in [f64::NEG_INFINITY, -1e4, -65504.0].into_iter().enumerate() {
        let all = || row.into_iter().chain([mask]);
        let halves = all().flat_map(|x| f16::from_f64(x).to_le_bytes()).collect();
        file(format!("f16_{i}.safetensors"), Dtype::F16, halves);
        let brains = all()
            .flat_map(|x| bf16::from_f64(x).to_le_bytes())
            .collect();
        file(format!("bf16_{i}.safetensors"), Dtype::BF16, brains);
    }
    for (i, mask) in [f32::NEG_INFINITY, f32::MIN, -1e9, -1e30]
        .into_iter()
        .enumerate()
    {
        let all = row.map(|x| x as f32).into_iter().chain([mask]);
        let bytes = all.flat_map(f32::to_le_bytes).collect();
        file(format!("f32_{i}.safetensors"), Dtype::F32, bytes);
    }
    let all = row.into_iter().chain([f64::MIN]);
    file(
        "f64.safetensors".to_owned(),
        Dtype::F64,
        all.flat_map(f64::to_le_bytes).collect(),
    );
    let least = bf16::MIN.to_le_bytes();
    let all = row
        .into_iter()
        .flat_map(|x| bf16::from_f64(x).to_le_bytes());
    file(
        "bf16.safetensors".to_owned(),
        Dtype::BF16,
        all.chain(least).collect(),
    );
    files
}

#[test]
fn masked_scores_never_win() {
    let folder = place();
    let place = folder.path();
    let mut files = masked_in_every_type(place);
    for (i, mask) in [
        "-1e9",
        "-10000",
        "-inf",
        "-3.4028234663852886e+38",
        "-65504",
    ]
    .iter()
    .enumerate()
    {
        let name = format!("m{i}.csv");
        fs::write(place.join(&name), format!("1,2,3,{mask}\n")).expect("writes");
        files.push(name);
    }
    for file in files {
        let (report, said) = report(place, &format!("--backend golden --k 2 --input {file}"));
        let query = &report["queries"][0];
        assert_eq!(query["indices"], json!([1, 2]), "{file}");
        assert_eq!(query["masked"], 1, "{file}");
        assert_eq!(said, "", "{file}");
    }
}

/// The rows of the test on the RTL with what must survive of them at k = 2.
const ROWS: [(&str, [u32; 2]); 6] = [
    ("1,2,3,-1e9,-1e9,0.5", [1, 2]),
    ("-10000,-10001.5,-9998,1,-2,0", [3, 5]),
    ("-inf,-inf,0.25,-inf,-inf,0.125", [2, 5]),
    // One key is left: the first mask follows.
    ("-inf,-inf,-inf,-inf,-inf,-7", [0, 5]),
    // Nothing is left: the first masks.
    ("-inf,-inf,-inf,-inf,-inf,-inf", [0, 1]),
    // An outlier is no mask: the scale keeps it, and so do the keys.
    ("-50,-1,-2,-3,-40,-45", [1, 2]),
];

#[test]
fn masks_on_the_rtl() {
    let folder = place();
    let text: String = ROWS.iter().map(|(row, _)| format!("{row}\n")).collect();
    fs::write(folder.path().join("a.csv"), text).expect("writes");
    let (found, said) = report(folder.path(), "--k 2 --input a.csv");
    assert_eq!(found["agrees"], true);
    for (query, (row, survivors)) in found["queries"]
        .as_array()
        .expect("a list")
        .iter()
        .zip(ROWS)
    {
        assert_eq!(query["indices"], json!(survivors), "{row}");
    }
    let masked: Vec<u64> = found["queries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|q| q["masked"].as_u64().expect("a number"))
        .collect();
    assert_eq!(masked, [2, 3, 4, 5, 6, 0]);
    assert_eq!(found["queries"][3]["threshold_score"], Value::Null);
    assert_eq!(
        said,
        "hwgen: warning: a.csv: row 3 and 1 more: 1 of 6 scores are not masked, fewer than k = 2: \
         masked ones survive, too\n"
    );
    let (code, out, _) = hwgen(folder.path(), "run topk --bundle b --k 2 --input a.csv");
    assert_eq!(code, 0);
    assert!(
        out.starts_with("a.csv: 6 queries of 6 scores, 20 masked, quantised to"),
        "{out}"
    );
    assert!(
        out.contains("query 4: 2 survive, threshold -2048 (masked)"),
        "{out}"
    );
}

#[test]
fn a_scale_that_makes_most_scores_equal_is_warned_of() {
    let folder = place();
    let outlier = "1e8,1,2,3,4,5\n";
    fs::write(folder.path().join("a.csv"), outlier.repeat(3)).expect("writes");
    let (found, said) = report(folder.path(), "--backend golden --k 2 --input a.csv");
    let warning = "row 0 and 2 more: 12 bits leave 2 keys of 6 distinct scores, and the lowest index \
                   wins among equal keys (emit with --set topk.key_w=24, or take outliers out)";
    assert_eq!(said, format!("hwgen: warning: a.csv: {warning}\n"));
    assert_eq!(found["warnings"], json!([warning]));
    let finer = "emit --block topk --variant radix --set topk.key_w=24 -o b --force";
    let (code, _, said) = hwgen(folder.path(), finer);
    assert_eq!(code, 0, "the advice is taken: {said}");
}

#[test]
fn arrays_of_narrow_types_are_read_with_their_name() {
    let folder = place();
    let mut npy = b"\x93NUMPY\x01\x00".to_vec();
    let mut header = "{'descr': '<V2', 'fortran_order': False, 'shape': (2, 3), }".to_owned();
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    npy.extend((header.len() as u16).to_le_bytes());
    npy.extend(header.as_bytes());
    for score in [0.5, 2.0, -1.0, 8.0, 4.0, 6.0] {
        npy.extend(bf16::from_f64(score).to_le_bytes());
    }
    fs::write(folder.path().join("a.npy"), npy).expect("writes");
    let line = "run topk --bundle b --backend golden --k 2 --input a.npy";
    let (code, _, said) = hwgen(folder.path(), line);
    assert_eq!(code, 2);
    assert!(said.contains("--dtype: bfloat16, float16"), "{said}");
    let rest = "--backend golden --k 2 --input a.npy --dtype bfloat16";
    let (found, _) = report(folder.path(), rest);
    assert_eq!(found["queries"][0]["indices"], json!([0, 1]));
    assert_eq!(found["queries"][1]["indices"], json!([0, 2]));
    let (code, _, said) = hwgen(folder.path(), &format!("{line} --dtype bf16"));
    assert_eq!(code, 2);
    assert!(
        said.contains("is not a narrow type (one of bfloat16"),
        "{said}"
    );
}
