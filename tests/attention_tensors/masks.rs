// SPDX-License-Identifier: MIT OR Apache-2.0
//! Masks, biases and scales.

use std::path::Path;

use half::bf16;
use safetensors::tensor::Dtype;
use safetensors::tensor::Dtype::{BF16, BOOL, F16, F32, F64, I32, I64};

use super::layer::{
    CORE, HIDDEN, Layer, Stored, compare, holds, kept, noise, place, ran, stored, write,
};
use crate::harness::hwgen;

/// What models write into a mask.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// 1 where a key is seen.
    Keep,
    /// 1 where it is masked.
    Ignore,
    /// These nats where it is masked.
    Add(f64),
}

impl Form {
    /// The elements of a mask that keeps the keys that have 1.
    fn of(self, keep: &[f64]) -> Vec<f64> {
        let one = |&k: &f64| match self {
            Self::Keep => k,
            Self::Ignore => 1.0 - k,
            Self::Add(low) if k < 1.0 => low,
            Self::Add(_) => 0.0,
        };
        keep.iter().map(one).collect()
    }
}

#[test]
fn masks_of_every_kind_hide_keys() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 2, 2, 3, 7, 16, 16]);
    let keep: Vec<f64> = (0..7).map(|j| f64::from(u8::from(kept(0, j)))).collect();
    let right = layer.right(None, |_, _, _, j| if kept(0, j) { 0.0 } else { HIDDEN });
    let nothing = layer.right(None, |_, _, _, _| 0.0);
    let differs = right
        .0
        .iter()
        .zip(&nothing.0)
        .any(|(a, b)| (a - b).abs() > 20.0 * CORE);
    assert!(differs, "a mask that is not read would show");
    let (min, brain) = (f64::from(f32::MIN), f64::from(bf16::MIN));
    for (name, dtype, shape, form, flags) in [
        ("attention_mask", I64, &[1, 7][..], Form::Keep, ""),
        ("attention_mask", I32, &[7], Form::Keep, ""),
        ("attention_mask", F32, &[1, 7], Form::Keep, ""),
        ("attention_mask", BOOL, &[1, 1, 1, 7], Form::Keep, ""),
        ("attn_mask", BOOL, &[1, 7], Form::Keep, ""),
        ("key_padding_mask", BOOL, &[1, 7], Form::Ignore, ""),
        ("mask", BOOL, &[7], Form::Ignore, "--mask-means ignore"),
        ("mask", BOOL, &[7], Form::Keep, "--mask-means keep"),
        ("m", F32, &[7], Form::Ignore, "--mask m --mask-means ignore"),
        ("attention_mask", F32, &[1, 1, 1, 7], Form::Add(min), ""),
        ("attention_mask", BF16, &[1, 1, 1, 7], Form::Add(brain), ""),
        (
            "attention_mask",
            F16,
            &[1, 1, 1, 7],
            Form::Add(-65504.0),
            "",
        ),
        ("attention_mask", I32, &[1, 7], Form::Add(-1e4), ""),
        ("bias", F32, &[1, 7], Form::Add(-1e9), ""),
        ("added", F64, &[7], Form::Add(HIDDEN), "--bias added"),
    ] {
        let mask = stored(name, dtype, shape, &form.of(&keep));
        let report = holds(at, &layer, &[&mask], flags, &right);
        assert_eq!(report["masks"][0]["tensor"], name);
        let means = format!("{form:?}").to_lowercase();
        let taken = report["masks"][0]["means"].as_str().expect("a word");
        assert!(means.starts_with(taken), "{name} {dtype:?}: {taken}");
        let sample = &report["samples"][0];
        assert_eq!(sample["masked"], 2.0 / 7.0);
        assert_eq!(sample["selected"], 1.0, "of those that are seen");
    }
    let mask = stored("attention_mask", Dtype::I64, &[1, 7], &keep);
    holds_without(at, &layer, &mask, &nothing);
}

/// With `--no-masks` a mask is a tensor that is not read.
fn holds_without(at: &Path, layer: &Layer, mask: &Stored, right: &(Vec<f64>, Vec<f64>)) {
    write(
        &at.join("t.safetensors"),
        &[&layer.q, &layer.k, &layer.v, mask],
        None,
    );
    let (report, found, said) = ran(at, "--input t.safetensors --backend golden --no-masks");
    compare(&found, "", right, CORE);
    assert_eq!(report["not_read"], serde_json::json!(["attention_mask"]));
    assert!(said.contains("tensor attention_mask is not read"), "{said}");
}

#[test]
fn biases_are_broadcast_over_heads_and_queries() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 2, 2, 3, 5, 8, 8]);
    let per_head: Vec<f64> = noise(5, 2 * 5).iter().map(|x| 2.0 * x).collect();
    let per_query: Vec<f64> = noise(6, 3 * 5).iter().map(|x| 2.0 * x).collect();
    let whole: Vec<f64> = noise(8, 2 * 3 * 5).iter().map(|x| 2.0 * x).collect();
    let b = |shape: &[usize], values| stored("bias", Dtype::F64, shape, values);
    let right = layer.right(None, |_, h, _, j| per_head[h * 5 + j]);
    holds(at, &layer, &[&b(&[2, 1, 5], &per_head)], "", &right);
    let right = layer.right(None, |_, _, i, j| per_query[i * 5 + j]);
    holds(at, &layer, &[&b(&[3, 5], &per_query)], "", &right);
    holds(at, &layer, &[&b(&[1, 1, 3, 5], &per_query)], "", &right);
    let right = layer.right(None, |_, h, i, j| whole[(h * 3 + i) * 5 + j]);
    holds(at, &layer, &[&b(&[1, 2, 3, 5], &whole)], "", &right);
    // A mask beside it and the causal flag: all hide. The last of three queries sees all five keys.
    let mask = stored(
        "attention_mask",
        Dtype::I64,
        &[1, 5],
        &[0.0, 1.0, 1.0, 1.0, 1.0],
    );
    let right = layer.right(None, |_, h, i, j| {
        let hidden = j == 0 || j > i + 2;
        if hidden {
            HIDDEN
        } else {
            whole[(h * 3 + i) * 5 + j]
        }
    });
    let both = [&b(&[2, 3, 5], &whole), &mask];
    let report = holds(at, &layer, &both, "--causal", &right);
    assert_eq!(report["masks"].as_array().map(Vec::len), Some(2));
    // Key 0 of the 3 + 4 + 5 that the queries see.
    assert_eq!(report["samples"][0]["masked"], 3.0 / 12.0);
}

#[test]
fn large_biases_beside_small_scores_do_not_saturate() {
    let folder = place();
    let at = folder.path();
    let mut layer = Layer::plain([1, 2, 2, 2, 6, 8, 8]);
    let tiny: Vec<f64> = layer.q.values.iter().map(|x| x * 1e-6).collect();
    layer.q = stored("q", Dtype::F32, &[2, 2, 8], &tiny);
    // The slopes of ALiBi, a constant on top, and one key that is far below but no mask.
    let bias: Vec<f64> = (0..12)
        .map(|at| {
            [-0.5, -0.25][at / 6] * (at % 6) as f64 + 500.0 - if at % 6 == 4 { 700.0 } else { 0.0 }
        })
        .collect();
    let stored = stored("alibi", Dtype::F32, &[2, 1, 6], &bias);
    let right = layer.right(None, |_, h, _, j| bias[h * 6 + j] - 500.0);
    let all = [&layer.q, &layer.k, &layer.v, &stored];
    write(&at.join("t.safetensors"), &all, None);
    for backend in ["float", "golden"] {
        let line = format!("--input t.safetensors --backend {backend}");
        let (_, found, _) = ran(at, &line);
        let (got, right) = (&found["probs"].1, &right.1);
        for (got, right) in got.iter().zip(right) {
            assert!((got - right).abs() < 1e-4, "{backend}: {got} {right}");
        }
    }
}

#[test]
fn queries_that_see_nothing_give_zeros() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 1, 1, 3, 4, 8, 8]);
    // Query 1 is padding: masked whole, by a value that only the other rows show to be a mask.
    let hidden = |i: usize, j: usize| i == 1 || j == 3;
    let mask: Vec<f64> = (0..12)
        .map(|at| if hidden(at / 4, at % 4) { -1e4 } else { 0.0 })
        .collect();
    let mask = stored("attention_mask", Dtype::F32, &[1, 1, 3, 4], &mask);
    let right = layer.right(None, |_, _, i, j| if hidden(i, j) { HIDDEN } else { 0.0 });
    let report = holds(at, &layer, &[&mask], "", &right);
    assert_eq!(report["samples"][0]["queries_masked"], 1);
    let said = report["warnings"][0].as_str().expect("a warning");
    assert!(
        said.contains("1 of 3 queries see no key: their outputs are 0"),
        "{said}"
    );
}

#[test]
fn the_scale_is_the_users() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 2, 2, 3, 6, 16, 16]);
    let usual = holds(at, &layer, &[], "", &layer.right(None, |_, _, _, _| 0.0));
    assert_eq!(usual["scale"], 0.25);
    for scale in [1.0, 0.0625] {
        let right = layer.right(Some(scale), |_, _, _, _| 0.0);
        let report = holds(at, &layer, &[], &format!("--scale {scale}"), &right);
        assert_eq!(report["scale"], scale);
        assert_eq!(report["samples"][0]["scale"], scale);
    }
    // Nats are added after the scale.
    let bias = stored(
        "position_bias",
        Dtype::F32,
        &[6],
        &[0.0, 1.0, 2.0, -1.0, 0.5, 3.0],
    );
    let right = layer.right(Some(1.0), |_, _, _, j| bias.values[j]);
    holds(at, &layer, &[&bias], "--scale 1", &right);
    let line = "run attention --bundle b --backend golden --input t.safetensors --scale 1";
    let (_, out, _) = hwgen(at, line);
    assert!(out.contains("scale 1, not 1/sqrt(16) = 0.25"), "{out}");
    assert!(
        out.contains("position_bias [6]: nats added to the scores, [keys]"),
        "{out}"
    );
    for bad in ["0", "-1", "inf", "NaN"] {
        let line = line.replace("--scale 1", &format!("--scale {bad}"));
        let (code, _, said) = hwgen(at, &line);
        assert_eq!(code, 2);
        assert!(said.contains("must be finite and more than 0"), "{said}");
    }
}
