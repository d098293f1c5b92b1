// SPDX-License-Identifier: MIT OR Apache-2.0
//! Types, shapes, batches and heads that share keys and values.

use safetensors::tensor::Dtype;
use serde_json::Value;

use super::layer::{FLOAT, HIDDEN, Layer, Stored, compare, holds, kept, place, ran, stored, write};

#[test]
fn types_mix_and_values_have_a_width_of_their_own() {
    let folder = place();
    let at = folder.path();
    for (dtypes, [d, dv]) in [
        ([Dtype::BF16; 3], [16, 16]),
        ([Dtype::F16; 3], [8, 8]),
        ([Dtype::F64, Dtype::BF16, Dtype::F16], [16, 8]),
        ([Dtype::F32; 3], [8, 16]),
        ([Dtype::F32; 3], [5, 3]),
    ] {
        let layer = Layer::new(dtypes, [1, 2, 2, 3, 9, d, dv]);
        let right = layer.right(None, |_, _, _, _| 0.0);
        let report = holds(at, &layer, &[], "", &right);
        let bytes = &report["samples"][0]["bytes"];
        let wanted = 2 * 9 * ((d * 12).div_ceil(8) + (dv * 12).div_ceil(8));
        assert_eq!(bytes["dense_12"], wanted);
        if d % 8 == 0 && dv % 8 == 0 {
            assert_eq!(bytes["total"], wanted);
        }
    }
}

#[test]
fn query_heads_share_keys_and_values() {
    let folder = place();
    let at = folder.path();
    // Grouped, one for all, decoding and a batch; causal and not.
    for sizes in [
        [1, 4, 2, 3, 6, 8, 8],
        [1, 4, 1, 3, 6, 8, 8],
        [1, 4, 2, 1, 6, 8, 8],
        [2, 4, 2, 6, 6, 8, 8],
    ] {
        let [b, _, kv, nq, n, d, _] = sizes;
        let layer = Layer::plain(sizes);
        for causal in [false, true] {
            let right = layer.right(None, |_, _, i, j| {
                if causal && j > n - nq + i {
                    HIDDEN
                } else {
                    0.0
                }
            });
            let flag = if causal { "--causal" } else { "" };
            let report = holds(at, &layer, &[], flag, &right);
            let samples = report["samples"].as_array().expect("a list");
            assert_eq!(samples.len(), b);
            for sample in samples {
                // Once for each head of K and V, not for each query head.
                assert_eq!(sample["bytes"]["total"], kv * n * 2 * d * 12 / 8);
                assert_eq!(sample["bytes"]["total"], sample["bytes"]["dense_12"]);
                assert_eq!(
                    (&sample["heads"], &sample["kv_heads"]),
                    (&4.into(), &kv.into())
                );
                assert_eq!(sample["selected"], 1.0);
            }
            let line = format!("--input t.safetensors --backend float {flag}");
            let (report, ..) = ran(at, &line);
            assert_eq!(report["samples"][0]["bytes"]["total"], kv * n * 2 * d * 4);
        }
    }
    // Only some of the keys of each query head: every head has its own.
    let layer = Layer::plain([1, 4, 2, 3, 6, 8, 8]);
    write(
        &at.join("t.safetensors"),
        &[&layer.q, &layer.k, &layer.v],
        None,
    );
    let (report, found, _) = ran(at, "--input t.safetensors --backend golden --k 2 --causal");
    let selected = &found["selected"].1;
    for (row, chosen) in selected.chunks(6).enumerate() {
        assert_eq!(chosen.iter().filter(|s| **s > 0.0).count(), 2, "row {row}");
        assert!(chosen[4 + row % 3..].iter().all(|s| *s == 0.0), "row {row}");
        let probs = &found["probs"].1[row * 6..][..6];
        let least = (0..6)
            .filter(|&j| chosen[j] > 0.0)
            .map(|j| probs[j])
            .fold(1.0, f64::min);
        let left = (0..6)
            .filter(|&j| chosen[j] == 0.0)
            .map(|j| probs[j])
            .fold(0.0, f64::max);
        assert!(least >= left - 1e-3, "row {row}: {probs:?} {chosen:?}");
    }
    // 2 of the 4, 5 and 6 keys that the queries see.
    assert_eq!(report["samples"][0]["selected"], 6.0 / 15.0);
}

#[test]
fn a_batch_has_masks_for_each_item() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([2, 2, 2, 3, 7, 8, 8]);
    let keep: Vec<f64> = (0..14)
        .map(|at| f64::from(u8::from(kept(at / 7, at % 7))))
        .collect();
    let right = layer.right(None, |b, _, _, j| if kept(b, j) { 0.0 } else { HIDDEN });
    for shape in [&[2, 7][..], &[2, 1, 1, 7]] {
        let mask = stored("attention_mask", Dtype::I64, shape, &keep);
        let report = holds(at, &layer, &[&mask], "", &right);
        let names: Vec<&Value> = (0..2).map(|i| &report["samples"][i]["sample"]).collect();
        assert_eq!(names, ["b0", "b1"]);
        assert_eq!(report["samples"][1]["masked"], 4.0 / 7.0);
    }
    let (_, found, _) = ran(at, "--input t.safetensors --backend golden");
    assert_eq!(found["out"].0, [2, 2, 3, 8]);
    assert_eq!(found["probs"].0, [2, 2, 3, 7]);
    assert_eq!(found["selected"].0, [2, 2, 3, 7]);
}

#[test]
fn layouts_come_as_they_are_and_go_back_so() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([2, 4, 2, 3, 5, 8, 8]);
    let right = layer.right(None, |_, _, _, _| 0.0);
    // From [batch, heads, tokens, d] to [batch, tokens, heads, d].
    let turned = |t: &Stored, shape: &[usize]| {
        let [b, h, n, d]: [usize; 4] = t.shape.clone().try_into().expect("four");
        let mut out = vec![0.0; t.values.len()];
        for (at, &x) in t.values.iter().enumerate() {
            let (e, i, j, k) = (at % d, at / d % n, at / d / n % h, at / d / n / h);
            out[((k * n + i) * h + j) * d + e] = x;
        }
        assert_eq!(b * h * n * d, out.len());
        stored(&t.name, t.dtype, shape, &out)
    };
    for (flags, q, kv, shape) in [
        (
            "--layout bnhd",
            &[2, 3, 4, 8][..],
            &[2, 5, 2, 8][..],
            vec![2, 3, 4, 8],
        ),
        ("--heads 4", &[2, 3, 32], &[2, 5, 16], vec![2, 3, 32]),
    ] {
        let (q, k, v) = (
            turned(&layer.q, q),
            turned(&layer.k, kv),
            turned(&layer.v, kv),
        );
        write(&at.join("t.safetensors"), &[&q, &k, &v], None);
        let line = format!("--input t.safetensors --backend float {flags}");
        let (_, found, _) = ran(at, &line);
        let turned = turned(&stored("out", Dtype::F64, &[2, 4, 3, 8], &right.0), &shape);
        assert_eq!(found["out"].0, shape);
        compare(&found, "", &(turned.values, right.1.clone()), FLOAT);
    }
    // Tokens first without the flag: the heads agree, and the numbers are wrong.
    let layer = Layer::plain([1, 5, 5, 4, 2, 8, 8]);
    write(
        &at.join("t.safetensors"),
        &[&layer.q, &layer.k, &layer.v],
        None,
    );
    let (_, _, said) = ran(at, "--input t.safetensors --backend float");
    assert!(
        said.contains("read as 5 heads of 4 queries and 2 keys; where tokens"),
        "{said}"
    );
    // Two dimensions are one head, in the output, too.
    let layer = Layer::plain([1, 1, 1, 3, 5, 8, 8]);
    let flat = |t: &Stored| stored(&t.name, t.dtype, &t.shape[1..], &t.values);
    let all = [flat(&layer.q), flat(&layer.k), flat(&layer.v)];
    write(&at.join("t.safetensors"), &all.each_ref(), None);
    let (_, found, _) = ran(at, "--input t.safetensors --backend float");
    compare(&found, "", &layer.right(None, |_, _, _, _| 0.0), FLOAT);
    assert_eq!(
        (&found["out"].0[..], &found["probs"].0[..]),
        (&[3, 8][..], &[3, 5][..])
    );
}
