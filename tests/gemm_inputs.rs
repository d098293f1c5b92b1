// SPDX-License-Identifier: MIT OR Apache-2.0
//! Weights and activations as models store them: which way round, of which shape, with masks and
//! scales beside them. Nothing here needs a simulator; `tests/gemm_rtl.rs` is for that.

#[path = "gemm_inputs/beside.rs"]
mod beside;

mod array;

use std::fs;

use safetensors::tensor::{Dtype, SafeTensors};

use array::{Place, conv1d, f32s, i8s, turned, values};

/// Runs the golden model on `w.safetensors` and `x.safetensors`, with more arguments.
fn run(rest: &str) -> String {
    format!(
        "run gemm --bundle b --weights w.safetensors --activations x.safetensors --backend golden \
         -o y.safetensors {rest}"
    )
}

/// Zeros so that of every four elements of a column of `cols` two stay.
fn two_of_four_down(all: &mut [i64], cols: usize) {
    for (i, x) in all.iter_mut().enumerate() {
        let (r, c) = (i / cols, i % cols);
        *x = if (r + c) % 4 < 2 { *x | 1 } else { 0 };
    }
}

fn near(got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= tolerance, "{g} is not {w}");
    }
}

#[test]
fn square_weights_are_multiplied_the_way_that_is_asked_for() {
    let place = Place::new();
    let (w, x) = (values(64), values(5 * 8));
    assert_ne!(conv1d(&x, &w, 8), conv1d(&x, &turned(&w, 8), 8));
    place.store("w.safetensors", &[i8s("w", &[8, 8], &w)]);
    place.store("x.safetensors", &[i8s("x", &[5, 8], &x)]);
    let text = place.done(&run("--nm 4:4 --transpose"));
    assert_eq!(place.sums("y.safetensors"), conv1d(&x, &w, 8));
    assert!(
        text.contains("transposed: stored as [inputs, outputs] (square: as stored it fits, too)"),
        "{text}"
    );
    let report = place.json(&run("--nm 4:4"));
    assert_eq!(place.sums("y.safetensors"), conv1d(&x, &turned(&w, 8), 8));
    let layout = &report["weights_layout"];
    assert_eq!(
        (&layout["transposed"], &layout["ambiguous"]),
        (&false.into(), &true.into())
    );
    assert_eq!(
        layout["taken"],
        "[outputs, inputs] as stored (square: --transpose fits, too)"
    );
    assert_eq!(report["activations_layout"]["ambiguous"], false);
    assert_eq!(report["warnings"], serde_json::json!([]));
    // A name that GPT-2 gives, and a layer that only ends like it.
    for (name, warned) in [
        ("h.0.attn.c_proj.weight", true),
        ("dense/kernel", true),
        ("gc_proj.weight", false),
    ] {
        place.store("w.safetensors", &[i8s(name, &[8, 8], &w)]);
        for (flag, warned) in [("", warned), ("--transpose", false)] {
            let (code, _, err) = place.run(&run(&format!("--nm 4:4 {flag}")));
            assert_eq!(code, Some(0), "{err}");
            assert_eq!(
                err.contains("(give --transpose if this one does)"),
                warned,
                "{err}"
            );
        }
    }
    // Square activations are in doubt, too.
    place.store("x.safetensors", &[i8s("x", &[8, 8], &w)]);
    let text = place.done(&run("--nm 4:4 --transpose-activations"));
    assert_eq!(
        place.sums("y.safetensors"),
        conv1d(&turned(&w, 8), &turned(&w, 8), 8)
    );
    assert!(
        text.contains("transposed: stored as [inputs, tokens] (square: as stored it fits, too)"),
        "{text}"
    );
}

#[test]
fn a_mask_along_the_other_axis_names_the_transpose() {
    let place = Place::new();
    let mut w = values(8 * 8);
    two_of_four_down(&mut w, 8);
    // Column 2 keeps rows 0 and 3 of the first four instead of 2 and 3: row 0 has three weights.
    w[2] = 7;
    w[2 * 8 + 2] = 0;
    let x = values(3 * 8);
    place.store("w.safetensors", &[i8s("w", &[8, 8], &w)]);
    place.store("x.safetensors", &[i8s("x", &[3, 8], &x)]);
    let start = "w.safetensors, tensor w: row 0, block 0 (columns 0 to 3): 3 weights, 2:4 allows 2";
    let remedy = "; only its transpose has 2:4 along the inputs (give --transpose if it is stored as \
                  [inputs, outputs])";
    assert_eq!(
        place.refused(&run("--nm 2:4 --pruned")),
        [format!("{start}{remedy}")]
    );
    let pack = "pack --nm 2:4 --pruned --input w.safetensors -o p.safetensors";
    assert_eq!(place.refused(pack), [format!("{start}{remedy}")]);
    place.done(&run("--nm 2:4 --pruned --transpose"));
    assert_eq!(place.sums("y.safetensors"), conv1d(&x, &w, 8));
    // Not said to be pruned: the zeros tell.
    let (_, _, err) = place.run(&run("--nm 2:4"));
    assert!(
        err.contains("its zeros are 2:4 along the outputs, but it is pruned along the inputs"),
        "{err}"
    );
    // The transpose that is asked for though it does not have the pattern.
    place.store("w.safetensors", &[i8s("w", &[8, 8], &turned(&w, 8))]);
    let said = place.refused(&run("--nm 2:4 --pruned --transpose"));
    assert!(
        said[0].ends_with("(leave --transpose out if it is stored as [outputs, inputs])"),
        "{said:?}"
    );
    // Neither has it.
    place.store("w.safetensors", &[i8s("w", &[8, 8], &[3; 64])]);
    assert_eq!(
        place.refused(&run("--nm 2:4 --pruned")),
        ["w.safetensors, tensor w: row 0, block 0 (columns 0 to 3): 4 weights, 2:4 allows 2"]
    );
    // Both have it.
    let mut both = values(64);
    two_of_four_down(&mut both, 8);
    place.store("w.safetensors", &[i8s("w", &[8, 8], &both)]);
    let report = place.json(&run("--nm 2:4 --pruned"));
    assert_eq!(
        report["weights_layout"]["taken"],
        "[outputs, inputs] as stored (square, and 2:4 along both: --transpose fits, too)"
    );
}

#[test]
fn where_only_the_transpose_fits_the_message_says_so() {
    let place = Place::new();
    // [inputs, outputs], of which two of four stay along the inputs.
    let mut w = values(8 * 12);
    two_of_four_down(&mut w, 12);
    let x = values(3 * 8);
    place.store("w.safetensors", &[i8s("w", &[8, 12], &w)]);
    place.store("x.safetensors", &[i8s("x", &[3, 8], &x)]);
    assert_eq!(
        place.refused(&run("--nm 2:4 --pruned")),
        [
            "x.safetensors, tensor x: 3 x 8: w.safetensors, tensor w takes 12 inputs, but gives 8 \
          outputs: only the transpose of the weights fits (give --transpose)"
        ]
    );
    place.done(&run("--nm 2:4 --pruned --transpose"));
    assert_eq!(place.sums("y.safetensors"), conv1d(&x, &w, 8));
    // Packed as stored, and packed again.
    let pack = "pack --nm 2:4 --input w.safetensors -o p.safetensors";
    let packed = run("").replace("w.safetensors", "p.safetensors");
    place.done(pack);
    assert_eq!(
        place.refused(&packed),
        [
            "x.safetensors, tensor x: 3 x 8: p.safetensors takes 12 inputs, but gives 8 outputs: \
          only the transpose of the weights fits (pack them again with --transpose)"
        ]
    );
    let report = place.json(&format!("{pack} --pruned --transpose"));
    assert_eq!(
        report["layout"]["taken"],
        "transposed: stored as [inputs, outputs] (2:4 along both: as stored it fits, too)"
    );
    assert_eq!(
        (&report["outputs"], &report["inputs"]),
        (&12.into(), &8.into())
    );
    let bytes = fs::read(place.path("p.safetensors")).expect("is there");
    let (_, metadata) = SafeTensors::read_metadata(&bytes).expect("reads");
    let header = metadata.metadata().clone().expect("has some");
    assert!(header["hwgen.figs.packed"].contains("\"transposed\":true"));
    let text = place.done(&packed);
    assert_eq!(place.sums("y.safetensors"), conv1d(&x, &w, 8));
    assert!(
        text.contains("packed transposed: stored as [inputs, outputs]"),
        "{text}"
    );
    assert_eq!(
        place.refused(&format!("{packed} --transpose")),
        ["--transpose: p.safetensors: the file is packed already (leave it out)"]
    );
    // Activations the other way round.
    place.store("x.safetensors", &[i8s("x", &[8, 3], &turned(&x, 8))]);
    let line = run("--nm 2:4 --pruned --transpose");
    let said = place.refused(&line);
    assert!(
        said[0].ends_with(
            "takes 8 inputs: only the transpose of the activations fits (give \
             --transpose-activations)"
        ),
        "{said:?}"
    );
    place.done(&format!("{line} --transpose-activations"));
    assert_eq!(place.sums("y.safetensors"), conv1d(&x, &w, 8));
}

#[test]
fn what_is_no_matrix_is_refused_or_taken_as_documented() {
    let place = Place::new();
    let (w, x) = (values(6 * 4), values(2 * 3 * 4));
    let pack = "pack --nm 4:4 --input w.safetensors -o p.safetensors";
    for shape in [&[24][..], &[2, 3, 4], &[6, 2, 2, 1], &[1, 6, 4]] {
        place.store("w.safetensors", &[i8s("w", shape, &w)]);
        let said = place.refused(pack);
        let start = format!("w.safetensors, tensor w: shape {shape:?}: weights are a matrix, ");
        assert!(said[0].starts_with(&start), "{said:?}");
    }
    assert!(!place.path("p.safetensors").exists());
    // Kernels of 1 by 1 are a matrix; activations of more dimensions are tokens.
    place.store("w.safetensors", &[i8s("w", &[6, 4, 1, 1], &w)]);
    place.store("x.safetensors", &[i8s("x", &[2, 3, 4], &x)]);
    let report = place.json(&run("--nm 4:4"));
    assert_eq!(place.sums("y.safetensors"), conv1d(&x, &turned(&w, 4), 4));
    assert_eq!(report["tokens"], 6);
    assert_eq!(
        report["activations_layout"]["taken"],
        "[2, 3, 4] as 6 tokens of 4 inputs"
    );
    assert_eq!(
        report["weights_layout"]["taken"],
        "[6, 4, 1, 1] as [outputs, inputs]"
    );
    place.store("x.safetensors", &[i8s("x", &[4], &x[..4])]);
    let report = place.json(&run("--nm 4:4"));
    assert_eq!(
        report["activations_layout"]["taken"],
        "4 inputs of one token"
    );
    assert_eq!(
        place.sums("y.safetensors"),
        conv1d(&x[..4], &turned(&w, 4), 4)
    );
    place.store("x.safetensors", &[i8s("x", &[2, 3, 4], &x)]);
    assert_eq!(
        place.refused(&run("--nm 4:4 --transpose-activations")),
        [
            "x.safetensors, tensor x: shape [2, 3, 4]: --transpose-activations takes a matrix, \
          [inputs, tokens] (store it as one, or leave the flag out)"
        ]
    );
}

#[test]
fn advice_on_limits_can_be_followed() {
    let place = Place::new();
    place.write("w.csv", vec!["1"; 5000].join(","));
    let pack = "pack --nm 4:4 --input w.csv -o p.safetensors";
    let said = place
        .refused(&format!("{pack} --set figs.psum_w=28"))
        .remove(0);
    let remedy = "(build the array with figs.max_k = 5000 and figs.psum_w = 29)";
    assert!(said.ends_with(remedy), "{said}");
    place.done(&format!(
        "{pack} --set figs.max_k=5000 --set figs.psum_w=29"
    ));
    place.done("emit --block figs --set figs.max_k=5000 --set figs.psum_w=29 -o c");
    place.write("w.csv", vec!["1"; 70000].join(","));
    let said = place.refused(pack).remove(0);
    assert!(said.contains("no array takes more than 65536"), "{said}");
}
