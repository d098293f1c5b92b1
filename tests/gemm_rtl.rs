// SPDX-License-Identifier: MIT OR Apache-2.0
//! A real projection with real inputs on the simulated array, at two densities of one bundle.

mod array;

use serde_json::Value;

use array::{Place, conv1d, f32s, i8s, turned, values};

#[test]
fn a_real_projection_runs_on_the_rtl_at_two_densities() {
    let place = Place::new();
    let report = |nm: &str, backend: &str| -> Value {
        place.json(&format!(
            "run gemm --bundle b --weights real.safetensors --tensor query.weight --nm {nm} \
             --activations real.safetensors --activations-tensor query.input --backend {backend}"
        ))
    };
    // 48 strips of 8 inputs; 6 of 32 outputs at 1:4, 12 of 16 at 2:4; 46 tokens.
    for (nm, tiles) in [("1:4", 48 * 6), ("2:4", 48 * 12)] {
        let (rtl, golden) = (report(nm, "rtl"), report(nm, "golden"));
        assert_eq!(rtl["figures"]["measured"], true);
        assert_eq!(rtl["figures"]["cycles"], tiles * 46 + 12, "{nm}");
        for key in ["error_of_dense", "error_of_pruned", "retained"] {
            assert_eq!(rtl[key], golden[key], "{nm} {key}");
        }
        let busy = rtl["figures"]["mac_utilisation"].as_f64();
        assert!(busy > Some(0.99), "{nm}: {busy:?}");
    }
}

#[test]
fn weights_as_models_store_them_run_on_the_rtl() {
    let place = Place::new();
    let (inputs, outputs) = (24, 40);
    let x = values(9 * inputs);
    // As GPT-2's Conv1D: [inputs, outputs], two of four along the inputs.
    let dense = values(inputs * outputs);
    let mask: Vec<i64> = (0..dense.len())
        .map(|i| i64::from((i / outputs + i % outputs) % 4 < 2))
        .collect();
    let w: Vec<i64> = dense.iter().zip(&mask).map(|(w, m)| w * m).collect();
    let want = conv1d(&x, &w, inputs);
    let scale: Vec<f64> = (0..outputs).map(|o| 0.25 * (1 + o % 3) as f64).collect();
    let flags: Vec<f64> = mask.iter().map(|m| *m as f64).collect();
    let (stored, linear) = ([inputs, outputs], [outputs, inputs]);
    place.store(
        "m.safetensors",
        &[
            i8s("h.0.attn.c_attn.weight", &stored, &w),
            i8s("fc.weight_orig", &stored, &dense),
            f32s("fc.weight_mask", &stored, &flags),
            i8s("q.weight", &linear, &turned(&w, outputs)),
            f32s("q.weight_scale", &[outputs, 1], &scale),
            i8s("x", &[3, 3, inputs], &x),
            i8s("features", &[inputs, 9], &turned(&x, inputs)),
        ],
    );
    let run = |weights: &str, acts: &str| {
        place.json(&format!(
            "run gemm --bundle b --weights m.safetensors --nm 2:4 --pruned {weights} --activations \
             m.safetensors --activations-tensor {acts} -o y.safetensors"
        ))
    };
    for (weights, acts) in [
        ("--tensor h.0.attn.c_attn.weight --transpose", "x"),
        ("--tensor fc.weight --transpose", "x"),
        ("--tensor q.weight", "features --transpose-activations"),
    ] {
        let report = run(weights, acts);
        assert_eq!(report["figures"]["measured"], true);
        assert_eq!(place.sums("y.safetensors"), want, "{weights}");
        assert_eq!(
            (&report["tokens"], &report["outputs"]),
            (&9.into(), &40.into())
        );
    }
    // The last one has a scale for each output.
    for (i, y) in place.product("y.safetensors").iter().enumerate() {
        let exact = want[i] as f64 * scale[i % outputs];
        assert!((y - exact).abs() < 1e-9, "{y} is not {exact}");
    }
    // Packed with its transpose.
    place.done(
        "pack --nm 2:4 --pruned --input m.safetensors --tensor fc --transpose -o p.safetensors",
    );
    let report = place.json(
        "run gemm --bundle b --weights p.safetensors --activations m.safetensors \
         --activations-tensor x -o y.safetensors",
    );
    assert_eq!(place.sums("y.safetensors"), want);
    assert_eq!(report["weights_layout"]["transposed"], true);
    assert_eq!(
        report["applied"],
        serde_json::json!(["mask fc.weight_mask"])
    );
}
