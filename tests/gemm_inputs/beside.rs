// SPDX-License-Identifier: MIT OR Apache-2.0
//! Masks, scales and narrow types beside and in the weights.

use super::*;

#[test]
fn masks_of_torch_are_found_and_judged() {
    let place = Place::new();
    let (orig, x) = (values(4 * 8), values(3 * 8));
    let mask: Vec<i64> = (0..32)
        .map(|i| i64::from((i % 8 + i / 8) % 4 < 2))
        .collect();
    let w: Vec<i64> = orig.iter().zip(&mask).map(|(w, m)| w * m).collect();
    let want = conv1d(&x, &turned(&w, 8), 8);
    let reals: Vec<f64> = mask.iter().map(|m| *m as f64).collect();
    let (values, beside) = (
        i8s("fc.weight_orig", &[4, 8], &orig),
        f32s("fc.weight_mask", &[4, 8], &reals),
    );
    let bias = f32s("fc.bias", &[4], &[1.0; 4]);
    place.store("x.safetensors", &[i8s("x", &[3, 8], &x)]);
    place.store("w.safetensors", &[values.clone(), beside.clone(), bias]);
    for name in ["fc.weight", "fc"] {
        let report = place.json(&run(&format!("--nm 2:4 --pruned --tensor {name}")));
        assert_eq!(place.sums("y.safetensors"), want, "{name}");
        assert_eq!(
            report["applied"],
            serde_json::json!(["mask fc.weight_mask"])
        );
        assert_eq!(report["bias"], "fc.bias");
    }
    // The pair is all there is, and the mask is of truth values.
    let bools: Vec<u8> = mask.iter().map(|m| *m as u8).collect();
    let truth = ("fc.weight_mask", Dtype::BOOL, vec![4, 8], bools);
    place.store("w.safetensors", &[values.clone(), truth]);
    place.done("pack --nm 2:4 --pruned --input w.safetensors -o p.safetensors");
    place.done(&run("").replace("w.safetensors", "p.safetensors"));
    assert_eq!(place.sums("y.safetensors"), want);
    // A mask beside the weights themselves.
    let (plain, soft) = (
        ("fc.weight", values.1, values.2.clone(), values.3.clone()),
        ("fc.mask", beside.1, beside.2.clone(), beside.3.clone()),
    );
    place.store("w.safetensors", &[plain, soft]);
    place.done(&run("--nm 2:4 --pruned --tensor fc.weight"));
    assert_eq!(place.sums("y.safetensors"), want);
    // Named by themselves.
    place.store("w.safetensors", &[values.clone(), beside.clone()]);
    let (_, _, err) = place.run(&run("--nm 4:4 --tensor fc.weight_orig"));
    assert!(
        err.contains(
            "without its mask fc.weight_mask (--tensor fc.weight takes the product of both)"
        ),
        "{err}"
    );
    assert_eq!(
        place.sums("y.safetensors"),
        conv1d(&x, &turned(&orig, 8), 8)
    );
    // Parametrized by a mask.
    let (original, zero) = (
        (
            "fc.parametrizations.weight.original",
            values.1,
            values.2.clone(),
            values.3.clone(),
        ),
        (
            "fc.parametrizations.weight.0.mask",
            beside.1,
            beside.2.clone(),
            beside.3.clone(),
        ),
    );
    place.store("w.safetensors", &[original.clone(), zero.clone()]);
    place.done(&run("--nm 2:4 --pruned --tensor fc.weight"));
    assert_eq!(place.sums("y.safetensors"), want);

    let refused = |tensors: &[array::Stored]| {
        place.store("w.safetensors", tensors);
        place.refused(&run("--nm 2:4 --tensor fc.weight")).remove(0)
    };
    let said = refused(std::slice::from_ref(&original));
    assert!(
        said.starts_with(
            "w.safetensors: there is no tensor fc.weight, only fc.parametrizations.weight.original, "
        ),
        "{said}"
    );
    let second = f32s("fc.parametrizations.weight.1.scale", &[1], &[2.0]);
    assert!(refused(&[original, zero, second]).contains("whose parametrization is not read"));
    let said = refused(std::slice::from_ref(&values));
    assert!(
        said.contains("only fc.weight_orig without fc.weight_mask"),
        "{said}"
    );
    let short = f32s("fc.weight_mask", &[8, 4], &reals);
    let said = refused(&[values.clone(), short]);
    assert_eq!(
        said,
        "w.safetensors, tensor fc.weight_mask: shape [8, 4]: must have the shape of what it masks, \
         [4, 8] (store those of the same layer)"
    );
    let mut soft = reals.clone();
    soft[9] = 0.5;
    let said = refused(&[values, f32s("fc.weight_mask", &[4, 8], &soft)]);
    assert!(
        said.starts_with(
            "w.safetensors, tensor fc.weight_mask: row 1, column 1: 0.5: a mask is 0 or 1 ("
        ),
        "{said}"
    );
}

#[test]
fn scales_beside_narrow_weights_are_applied() {
    let place = Place::new();
    let (w, x) = (values(4 * 8), values(3 * 8));
    let sums = conv1d(&x, &turned(&w, 8), 8);
    place.store("x.safetensors", &[i8s("x", &[3, 8], &x)]);
    let product = |scale: array::Stored, rest: &str| {
        place.store("w.safetensors", &[i8s("fc.weight", &[4, 8], &w), scale]);
        let report = place.json(&run(&format!("--nm 4:4 {rest}")));
        assert_eq!(report["applied"].as_array().map(Vec::len), Some(1));
        place.product("y.safetensors")
    };
    let by_output = [0.5, 2.0, 0.25, 1.0];
    let want: Vec<f64> = (0..12).map(|i| sums[i] as f64 * by_output[i % 4]).collect();
    for scale in [
        f32s("fc.weight_scale", &[4, 1], &by_output),
        f32s("fc.weight_scale", &[4], &by_output),
        f32s("fc.scale", &[4], &by_output),
    ] {
        near(&product(scale, ""), &want, 1e-9);
    }
    let want: Vec<f64> = sums.iter().map(|s| *s as f64 * 0.125).collect();
    for shape in [&[][..], &[1], &[1, 1]] {
        near(
            &product(f32s("fc.weight_scale", shape, &[0.125]), ""),
            &want,
            1e-9,
        );
    }
    // Stored as [inputs, outputs], one scale for each output.
    place.store(
        "w.safetensors",
        &[
            i8s("fc.weight", &[8, 4], &turned(&w, 8)),
            f32s("fc.weight_scale", &[4], &by_output),
        ],
    );
    place.done(&run("--nm 4:4 --transpose --tensor fc.weight"));
    let want: Vec<f64> = (0..12).map(|i| sums[i] as f64 * by_output[i % 4]).collect();
    near(&place.product("y.safetensors"), &want, 1e-9);
    // Activations of two sequences, a scale for each token.
    let by_token = [1.0, 0.5, 4.0, 2.0];
    let x = values(4 * 8);
    place.store("w.safetensors", &[i8s("fc.weight", &[4, 8], &w)]);
    place.store(
        "x.safetensors",
        &[
            i8s("x", &[2, 2, 8], &x),
            f32s("x_scale", &[2, 2, 1], &by_token),
        ],
    );
    let report = place.json(&run("--nm 4:4 --activations-tensor x"));
    let sums = conv1d(&x, &turned(&w, 8), 8);
    assert_eq!(place.sums("y.safetensors"), sums);
    let want: Vec<f64> = (0..16).map(|i| sums[i] as f64 * by_token[i / 4]).collect();
    near(&place.product("y.safetensors"), &want, 1e-9);
    assert_eq!(report["applied"], serde_json::json!(["scale x_scale"]));
    let scale = f32s("x_scale", &[2], &[1.0, 2.0]);
    place.store("x.safetensors", &[i8s("x", &[2, 2, 8], &x), scale]);
    let said = place.refused(&run("--nm 4:4 --activations-tensor x"));
    assert!(
        said[0].contains("x_scale: shape [2]: is one scale neither for all"),
        "{said:?}"
    );
    let x = values(3 * 8);
    place.store("x.safetensors", &[i8s("x", &[3, 8], &x)]);
    // FP8 in blocks: 1.0 is 0x38, so that all weights of a block are its scale.
    place.store(
        "w.safetensors",
        &[
            ("fc.weight", Dtype::F8_E4M3, vec![4, 8], vec![0x38; 32]),
            f32s("fc.weight_scale_inv", &[2, 2], &[1.0, 3.0, 2.0, -1.0]),
        ],
    );
    place.done(&run("--nm 4:4 --tensor fc.weight"));
    let want = (0..3).flat_map(|t| {
        let half = |h: usize| x[t * 8 + 4 * h..][..4].iter().sum::<i64>() as f64;
        let (a, b) = (half(0), half(1));
        [a + 3.0 * b, a + 3.0 * b, 2.0 * a - b, 2.0 * a - b]
    });
    // Eight bits of a row hold its largest weight exactly, and others to a 254th of it.
    near(
        &place.product("y.safetensors"),
        &want.collect::<Vec<_>>(),
        8.0 * 60.0 * 3.0 / 254.0,
    );
}

#[test]
fn what_would_be_misread_is_refused_or_named() {
    let place = Place::new();
    place.store("x.safetensors", &[i8s("x", &[1, 8], &values(8))]);
    let weight = || i8s("fc.weight", &[4, 8], &values(32));
    let line = run("--nm 4:4 --tensor fc.weight");
    let refused = |tensors: &[array::Stored]| {
        place.store("w.safetensors", tensors);
        place.refused(&line).remove(0)
    };
    let cases: [(&[array::Stored], &str); 11] = [
        (
            &[weight(), f32s("fc.weight_scale", &[3], &[1.0; 3])],
            "tensor fc.weight_scale: shape [3]: is one scale neither for all of 4 x 8, ",
        ),
        (
            &[weight(), f32s("fc.weight_scale", &[1], &[f64::NAN])],
            "tensor fc.weight_scale: NaN: a scale must be a finite number",
        ),
        (
            &[weight(), i8s("fc.weight_scale", &[1], &[127])],
            "a scale must be a real number",
        ),
        (
            &[weight(), i8s("fc.weight_zero_point", &[1], &[3])],
            "fc.weight_zero_point stands beside it and has 3",
        ),
        (
            &[
                weight(),
                f32s("fc.weight_scale", &[1], &[1.0]),
                f32s("fc.scale", &[1], &[1.0]),
            ],
            "several scales stand beside it: fc.weight_scale, fc.scale",
        ),
        (
            &[weight(), f32s("fc.weight_scale_2", &[1], &[1.0])],
            "NVFP4 packs two weights in a byte",
        ),
        (
            &[weight(), f32s("fc.SCB", &[4], &[1.0; 4])],
            "bitsandbytes has its own scales",
        ),
        (
            &[i8s("fc.weight_packed", &[4, 4], &values(16))],
            "there is no tensor fc.weight, only fc.weight_packed, which holds several weights in a \
             word",
        ),
        (
            &[
                i8s("fc.weight.compressed", &[4, 4], &values(16)),
                i8s("fc.weight.bitmask", &[4, 1], &[5; 4]),
            ],
            "only fc.weight.compressed, which holds only the weights that are not 0",
        ),
        (
            &[i8s("fc.qweight", &[4, 4], &values(16))],
            "only fc.qweight, which holds several weights in a word, as GPTQ and AWQ pack them",
        ),
        (
            &[
                f32s("fc.weight_g", &[4, 1], &[1.0; 4]),
                f32s("fc.weight_v", &[4, 8], &[1.0; 32]),
            ],
            "only fc.weight_v, which is the direction of weights",
        ),
    ];
    for (tensors, rule) in cases {
        let said = refused(tensors);
        assert!(said.contains(rule), "{said}");
    }
    place.store(
        "w.safetensors",
        &[
            i8s("fc.weight_packed", &[4, 8], &values(32)),
            f32s("fc.weight_scale", &[4], &[1.0; 4]),
        ],
    );
    let said = place.refused(&run("--nm 4:4 --tensor fc.weight_packed"));
    assert!(
        said[0].starts_with("w.safetensors, tensor fc.weight_packed: holds several weights"),
        "{said:?}"
    );
    // Real weights have their scale already; it is named all the same.
    place.store(
        "w.safetensors",
        &[
            f32s("fc.weight", &[4, 8], &[1.0; 32]),
            f32s("fc.weight_scale", &[1], &[3.0]),
        ],
    );
    let (code, _, err) = place.run(&line);
    assert_eq!(code, Some(0), "{err}");
    assert!(
        err.contains("fc.weight_scale stands beside it and is not applied: dtype F32"),
        "{err}"
    );
}

#[test]
fn narrow_arrays_shards_and_names_for_both_operands() {
    let place = Place::new();
    let (w, x) = (values(4 * 8), values(3 * 8));
    let want = conv1d(&x, &turned(&w, 8), 8);
    // What numpy.save writes of bfloat16: the upper half of each float, said to be V2.
    let npy = |file: &str, rows: usize, all: &[i64]| {
        let mut header =
            format!("{{'descr': '<V2', 'fortran_order': False, 'shape': ({rows}, 8), }}");
        while !(header.len() + 11).is_multiple_of(64) {
            header.push(' ');
        }
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16 + 1).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.push(b'\n');
        let upper = |x: &i64| ((*x as f32).to_bits() >> 16) as u16;
        bytes.extend(all.iter().flat_map(|x| upper(x).to_le_bytes()));
        place.write(file, bytes);
    };
    npy("w.npy", 4, &w);
    npy("x.npy", 3, &x);
    let line = "run gemm --bundle b --weights w.npy --activations x.npy --backend float --nm 4:4 \
                -o y.safetensors";
    let said = place.refused(&format!("{line} --dtype bfloat16"));
    assert!(
        said[0].contains("(name the type with --activations-dtype: "),
        "{said:?}"
    );
    place.done(&format!(
        "{line} --dtype bfloat16 --activations-dtype bfloat16"
    ));
    let reals: Vec<f64> = want.iter().map(|y| *y as f64).collect();
    near(&place.product("y.safetensors"), &reals, 1e-9);

    // A checkpoint in shards.
    place.store("1.safetensors", &[i8s("fc.weight", &[4, 8], &w)]);
    place.store(
        "2.safetensors",
        &[
            f32s("fc.weight_scale", &[], &[0.5]),
            i8s("acts", &[3, 8], &x),
        ],
    );
    place.write(
        "model.safetensors.index.json",
        r#"{"weight_map": {"fc.weight": "1.safetensors", "fc.weight_scale": "2.safetensors",
            "acts": "2.safetensors"}}"#,
    );
    let index = "model.safetensors.index.json";
    let line = format!(
        "run gemm --bundle b --weights {index} --activations {index} --backend golden --nm 4:4 -o \
         y.safetensors"
    );
    place.done(&format!(
        "{line} --tensor fc.weight --activations-tensor acts"
    ));
    assert_eq!(place.sums("y.safetensors"), want);
    let half: Vec<f64> = want.iter().map(|y| *y as f64 / 2.0).collect();
    near(&place.product("y.safetensors"), &half, 1e-9);
    let said = place.refused(&format!(
        "{line} --tensor fc.weihgt --activations-tensor acts"
    ));
    assert!(
        said[0].contains("there is no tensor fc.weihgt (there are acts, "),
        "{said:?}"
    );
    let said = place.refused(&format!("{line} --tensor fc.weight"));
    assert!(
        said[0].contains("holds several tensors; name one with --activations-tensor ("),
        "{said:?}"
    );

    // Packed files are neither activations nor matrices.
    place.done("pack --nm 4:4 --input 1.safetensors -o p.safetensors");
    assert_eq!(
        place.refused("run gemm --bundle b --weights p.safetensors --activations p.safetensors"),
        ["p.safetensors: a file of hwgen pack, not activations (name the file of the matrix)"]
    );
    assert_eq!(
        place.refused("pack --nm 4:4 --input p.safetensors -o q.safetensors"),
        ["p.safetensors: a file of hwgen pack, not weights (name the file of the matrix)"]
    );
}
