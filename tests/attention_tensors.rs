// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run attention` on tensors as models write them: masks, scales, types, shapes and names. What
//! is right is computed here in float64 from the numbers that the files hold.

mod harness;
#[path = "attention_tensors/layer.rs"]
mod layer;
#[path = "attention_tensors/masks.rs"]
mod masks;
#[path = "attention_tensors/names.rs"]
mod names;
#[path = "attention_tensors/refused.rs"]
mod refused;
#[path = "attention_tensors/shapes.rs"]
mod shapes;

use safetensors::tensor::Dtype;

use layer::{CORE, HIDDEN, Layer, compare, kept, noise, ran, simulated, stored, write};

#[test]
fn the_rtl_masks_scales_and_shares() {
    let folder = simulated();
    let at = folder.path();
    // A batch of two with padding, two query heads a head of K and V, causal, narrow values, a bias of
    // each head and a scale: all at once, in the types of models.
    let layer = Layer::new([Dtype::BF16, Dtype::F16, Dtype::F32], [2, 4, 2, 3, 7, 8, 4]);
    let keep: Vec<f64> = (0..14)
        .map(|at| f64::from(u8::from(kept(at / 7, at % 7))))
        .collect();
    let mask = stored("attention_mask", Dtype::I64, &[2, 7], &keep);
    let nats: Vec<f64> = (noise(9, 28).iter().enumerate())
        .map(|(at, x)| {
            if at % 7 == 2 {
                f64::from(f32::MIN)
            } else {
                2.0 * x
            }
        })
        .collect();
    let bias = stored("attn_bias", Dtype::F32, &[1, 4, 1, 7], &nats);
    let all = [&layer.q, &layer.k, &layer.v, &mask, &bias];
    write(&at.join("t.safetensors"), &all, None);
    let right = layer.right(Some(0.5), |b, h, i, j| {
        if !kept(b, j) || j == 2 || j > 4 + i {
            HIDDEN
        } else {
            bias.values[h * 7 + j]
        }
    });
    let line = "--input t.safetensors --scale 0.5 --causal --latency 3";
    let (report, found, _) = ran(at, line);
    assert_eq!(report["backend"], "rtl");
    compare(&found, "", &right, CORE);
    for sample in report["samples"].as_array().expect("a list") {
        assert!(sample["cycles"].as_u64() > Some(0));
    }
    // Every policy leaves masked keys out, the RTL says so word by word.
    let line = format!("{line} --rule token --mass 0.05 --renorm");
    let (report, found, _) = ran(at, &line);
    assert_eq!(report["samples"].as_array().map(Vec::len), Some(2));
    let hidden = right
        .1
        .iter()
        .zip(&found["probs"].1)
        .zip(&found["selected"].1);
    for ((right, got), selected) in hidden {
        assert!(*right > 0.0 || (*got == 0.0 && *selected == 0.0));
    }

    // Rows that see nothing.
    let layer = Layer::plain([1, 2, 1, 2, 4, 8, 8]);
    let mask = stored(
        "attention_mask",
        Dtype::BOOL,
        &[1, 1, 2, 4],
        &[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0],
    );
    write(
        &at.join("t.safetensors"),
        &[&layer.q, &layer.k, &layer.v, &mask],
        None,
    );
    let (_, found, said) = ran(at, "--input t.safetensors");
    let right = layer.right(None, |_, _, i, j| {
        if mask.values[i * 4 + j] > 0.0 {
            0.0
        } else {
            HIDDEN
        }
    });
    compare(&found, "", &right, CORE);
    assert!(said.contains("2 of 4 queries see no key"), "{said}");
}
