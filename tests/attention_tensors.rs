// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run attention` on tensors as models write them: masks, scales, types, shapes and names. What
//! is right is computed here in float64 from the numbers that the files hold.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use half::{bf16, f16};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use tempfile::TempDir;

/// Runs hwgen in `folder`; returns exit code, output and messages.
fn hwgen(folder: &Path, line: &str) -> (i32, String, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_hwgen"))
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let code = ran.status.code().expect("ends");
    (code, text(ran.stdout), text(ran.stderr))
}

/// Emits a small core of heads of up to 16 elements into the folder's `b`.
fn place() -> TempDir {
    emitted("--pe 16 --set attention.d_head=16 --set attention.max_tokens=64")
}

/// Emits the core whose model `tests/attention.rs` builds, too: heads of up to 8 elements.
fn simulated() -> TempDir {
    emitted("--pe 8 --set attention.d_head=8 --set attention.max_tokens=1024")
}

fn emitted(how: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, _, said) = hwgen(folder.path(), &format!("emit --block attention {how} -o b"));
    assert_eq!(code, 0, "{said}");
    folder
}

/// Numbers from -1 to 1 that look random, the same for the same seed.
fn noise(seed: u32, n: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        f64::from(state >> 8) / f64::from(1 << 23) - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// A tensor in a file: its type, shape and bytes, and the numbers that are left of it in this type.
struct Stored {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
    values: Vec<f64>,
}

fn stored(name: &str, dtype: Dtype, shape: &[usize], values: &[f64]) -> Stored {
    assert_eq!(values.len(), shape.iter().product::<usize>(), "{name}");
    let (mut bytes, mut left) = (Vec::new(), Vec::new());
    for &x in values {
        match dtype {
            Dtype::F64 => {
                bytes.extend(x.to_le_bytes());
                left.push(x);
            }
            Dtype::F32 => {
                bytes.extend((x as f32).to_le_bytes());
                left.push(f64::from(x as f32));
            }
            Dtype::F16 => {
                bytes.extend(f16::from_f64(x).to_le_bytes());
                left.push(f16::from_f64(x).to_f64());
            }
            Dtype::BF16 => {
                bytes.extend(bf16::from_f64(x).to_le_bytes());
                left.push(bf16::from_f64(x).to_f64());
            }
            Dtype::I64 => {
                bytes.extend((x as i64).to_le_bytes());
                left.push(x);
            }
            Dtype::I32 => {
                bytes.extend((x as i32).to_le_bytes());
                left.push(x);
            }
            Dtype::I16 => {
                bytes.extend((x as i16).to_le_bytes());
                left.push(x);
            }
            Dtype::BOOL => {
                bytes.push(u8::from(x != 0.0));
                left.push(x);
            }
            other => panic!("{other:?} is not written here"),
        }
    }
    Stored {
        name: name.to_owned(),
        dtype,
        shape: shape.to_vec(),
        bytes,
        values: left,
    }
}

/// Writes tensors, with a list of samples if there is one.
fn write(path: &Path, tensors: &[&Stored], samples: Option<&str>) {
    let views = tensors.iter().map(|t| {
        let view = TensorView::new(t.dtype, t.shape.clone(), &t.bytes).expect("fits");
        (t.name.as_str(), view)
    });
    let metadata = samples.map(|s| [("samples".to_owned(), s.to_owned())].into());
    safetensors::serialize_to_file(views, metadata, path).expect("writes");
}

/// The tensors of `--output`: shape and numbers.
fn output(path: &Path) -> BTreeMap<String, (Vec<usize>, Vec<f64>)> {
    let bytes = std::fs::read(path).expect("is written");
    let file = SafeTensors::deserialize(&bytes).expect("is one");
    let mut all = BTreeMap::new();
    for (name, view) in file.tensors() {
        let values = match view.dtype() {
            Dtype::F64 => (view.data().as_chunks::<8>().0.iter())
                .map(|b| f64::from_le_bytes(*b))
                .collect(),
            Dtype::BOOL => view.data().iter().map(|&b| f64::from(b)).collect(),
            other => panic!("{name}: {other:?}"),
        };
        all.insert(name, (view.shape().to_vec(), values));
    }
    all
}

/// Attention of one head: rows of `d` and `dv` elements; `bias` says the nats of a query and a key.
/// Returns outputs and probabilities.
fn attention(
    [q, k, v]: [&[f64]; 3],
    [d, dv]: [usize; 2],
    scale: f64,
    bias: impl Fn(usize, usize) -> f64,
) -> (Vec<f64>, Vec<f64>) {
    let (mut outs, mut probs) = (Vec::new(), Vec::new());
    for (i, q) in q.chunks(d).enumerate() {
        let score = |(j, k): (usize, &[f64])| {
            let dot: f64 = q.iter().zip(k).map(|(a, b)| a * b).sum();
            (dot * scale + bias(i, j)).exp()
        };
        let exps: Vec<f64> = k.chunks(d).enumerate().map(score).collect();
        let sum: f64 = exps.iter().sum();
        let row: Vec<f64> = exps
            .iter()
            .map(|e| if sum > 0.0 { e / sum } else { 0.0 })
            .collect();
        for e in 0..dv {
            outs.push((0..row.len()).map(|j| row[j] * v[j * dv + e]).sum());
        }
        probs.extend(row);
    }
    (outs, probs)
}

const HIDDEN: f64 = f64::NEG_INFINITY;

/// A layer of `heads` query heads over `kv` heads of K and V.
struct Layer {
    q: Stored,
    k: Stored,
    v: Stored,
    sizes: [usize; 7],
}

impl Layer {
    /// Batch, query heads, heads of K and V, queries, keys, elements of a key, of a value.
    fn new(dtypes: [Dtype; 3], sizes: [usize; 7]) -> Self {
        let [b, h, kv, nq, n, d, dv] = sizes;
        let with = |shape: &[usize]| {
            let batch = if b > 1 { vec![b] } else { Vec::new() };
            [batch, shape.to_vec()].concat()
        };
        let make = |name: &str, seed, dtype, size: f64, shape: Vec<usize>| {
            let n = shape.iter().product();
            let values: Vec<f64> = noise(seed, n).iter().map(|x| x * size).collect();
            stored(name, dtype, &shape, &values)
        };
        Self {
            q: make("q", 7, dtypes[0], 3.0, with(&[h, nq, d])),
            k: make("k", 77, dtypes[1], 2.0, with(&[kv, n, d])),
            v: make("v", 777, dtypes[2], 1.0, with(&[kv, n, dv])),
            sizes,
        }
    }

    fn plain(sizes: [usize; 7]) -> Self {
        Self::new([Dtype::F32; 3], sizes)
    }

    /// What is right: outputs and probabilities, item by item and head by head. `bias` says the nats
    /// of an item, head, query and key.
    fn right(
        &self,
        scale: Option<f64>,
        bias: impl Fn(usize, usize, usize, usize) -> f64,
    ) -> (Vec<f64>, Vec<f64>) {
        let [b, h, kv, nq, n, d, dv] = self.sizes;
        let scale = scale.unwrap_or(1.0 / (d as f64).sqrt());
        let (mut outs, mut probs) = (Vec::new(), Vec::new());
        for item in 0..b {
            for head in 0..h {
                let shared = item * kv + head / (h / kv);
                let q = &self.q.values[(item * h + head) * nq * d..][..nq * d];
                let k = &self.k.values[shared * n * d..][..n * d];
                let v = &self.v.values[shared * n * dv..][..n * dv];
                let (o, p) = attention([q, k, v], [d, dv], scale, |i, j| bias(item, head, i, j));
                outs.extend(o);
                probs.extend(p);
            }
        }
        (outs, probs)
    }
}

/// Runs a file on a backend and returns the report and the output.
fn ran(at: &Path, rest: &str) -> (Value, BTreeMap<String, (Vec<usize>, Vec<f64>)>, String) {
    let line = format!("run attention --bundle b {rest} --output o.safetensors --json -");
    let (code, out, said) = hwgen(at, &line);
    assert_eq!(code, 0, "{rest}: {said}");
    let report = serde_json::from_str(&out).expect("is JSON");
    (report, output(&at.join("o.safetensors")), said)
}

/// Compares an output with what is right: masked keys have probability 0 exactly.
fn compare(
    found: &BTreeMap<String, (Vec<usize>, Vec<f64>)>,
    name: &str,
    right: &(Vec<f64>, Vec<f64>),
    tolerance: f64,
) {
    for (part, right) in [("out", &right.0), ("probs", &right.1)] {
        let got = &found[&format!("{name}{part}")].1;
        assert_eq!(got.len(), right.len(), "{name}{part}");
        for (at, (&got, &right)) in got.iter().zip(right).enumerate() {
            assert!(
                (got - right).abs() < tolerance,
                "{name}{part} {at}: {got} {right}"
            );
            assert!(right != 0.0 || got == 0.0, "{name}{part} {at}: {got}");
        }
    }
}

/// How exact a core of 12 bits is on these layers; float64 is exact.
const CORE: f64 = 0.006;
const FLOAT: f64 = 1e-9;

/// Runs a layer with further tensors on the golden model and in float64 and compares both.
fn holds(
    at: &Path,
    layer: &Layer,
    more: &[&Stored],
    flags: &str,
    right: &(Vec<f64>, Vec<f64>),
) -> Value {
    let all = [&[&layer.q, &layer.k, &layer.v], more].concat();
    write(&at.join("t.safetensors"), &all, None);
    let run = |backend: &str, tolerance| {
        let line = format!("--input t.safetensors --backend {backend} {flags}");
        let (report, found, said) = ran(at, &line);
        compare(&found, "", right, tolerance);
        assert_eq!(report["not_read"], serde_json::json!([]), "{said}");
        report
    };
    run("float", FLOAT);
    let report = run("golden", CORE);
    for sample in report["samples"].as_array().expect("a list") {
        let rms = sample["error"]["rms"].as_f64().expect("a number");
        assert!(rms < CORE, "{sample}");
    }
    report
}

/// A mask of two padding keys in the first item and four in the second, as HuggingFace has it.
fn kept(item: usize, key: usize) -> bool {
    key < [5, 3][item]
}

#[test]
fn masks_of_every_kind_hide_keys() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 2, 2, 3, 7, 16, 16]);
    let keep: Vec<f64> = (0..7).map(|j| f64::from(u8::from(kept(0, j)))).collect();
    let drop: Vec<f64> = keep.iter().map(|k| 1.0 - k).collect();
    let low = |x: f64| {
        keep.iter()
            .map(|k| if *k > 0.0 { 0.0 } else { x })
            .collect()
    };
    let right = layer.right(None, |_, _, _, j| if kept(0, j) { 0.0 } else { HIDDEN });
    let nothing = layer.right(None, |_, _, _, _| 0.0);
    let differs = right
        .0
        .iter()
        .zip(&nothing.0)
        .any(|(a, b)| (a - b).abs() > 20.0 * CORE);
    assert!(differs, "a mask that is not read would show");
    let min = f64::from(f32::MIN);
    let brain = f64::from(bf16::MIN);
    let cases: [(&str, Dtype, &[usize], Vec<f64>, &str, &str); 15] = [
        (
            "attention_mask",
            Dtype::I64,
            &[1, 7],
            keep.clone(),
            "",
            "keep",
        ),
        ("attention_mask", Dtype::I32, &[7], keep.clone(), "", "keep"),
        (
            "attention_mask",
            Dtype::F32,
            &[1, 7],
            keep.clone(),
            "",
            "keep",
        ),
        (
            "attention_mask",
            Dtype::BOOL,
            &[1, 1, 1, 7],
            keep.clone(),
            "",
            "keep",
        ),
        ("attn_mask", Dtype::BOOL, &[1, 7], keep.clone(), "", "keep"),
        (
            "key_padding_mask",
            Dtype::BOOL,
            &[1, 7],
            drop.clone(),
            "",
            "ignore",
        ),
        (
            "mask",
            Dtype::BOOL,
            &[7],
            drop.clone(),
            "--mask-means ignore",
            "ignore",
        ),
        (
            "mask",
            Dtype::BOOL,
            &[7],
            keep.clone(),
            "--mask-means keep",
            "keep",
        ),
        (
            "padding",
            Dtype::F32,
            &[7],
            drop,
            "--mask padding --mask-means ignore",
            "ignore",
        ),
        (
            "attention_mask",
            Dtype::F32,
            &[1, 1, 1, 7],
            low(min),
            "",
            "add",
        ),
        (
            "attention_mask",
            Dtype::BF16,
            &[1, 1, 1, 7],
            low(brain),
            "",
            "add",
        ),
        (
            "attention_mask",
            Dtype::F16,
            &[1, 1, 1, 7],
            low(-65504.0),
            "",
            "add",
        ),
        (
            "attention_mask",
            Dtype::I32,
            &[1, 7],
            low(-10_000.0),
            "",
            "add",
        ),
        ("bias", Dtype::F32, &[1, 7], low(-1e9), "", "add"),
        (
            "added",
            Dtype::F64,
            &[7],
            low(HIDDEN),
            "--bias added",
            "add",
        ),
    ];
    for (name, dtype, shape, values, flags, means) in cases {
        let mask = stored(name, dtype, shape, &values);
        let report = holds(at, &layer, &[&mask], flags, &right);
        assert_eq!(report["masks"][0]["tensor"], name);
        assert_eq!(report["masks"][0]["means"], means, "{name} {dtype:?}");
        assert_eq!(report["samples"][0]["masked"], 2.0 / 7.0);
        assert_eq!(
            report["samples"][0]["selected"], 1.0,
            "of those that are seen"
        );
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
        assert_eq!(chosen.iter().sum::<f64>(), 2.0, "row {row}");
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

#[test]
fn names_and_patterns_are_the_users() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 2, 2, 3, 5, 8, 8]);
    let right = layer.right(None, |_, _, _, _| 0.0);
    let named = |t: &Stored, name: &str, sign: f64| {
        let values: Vec<f64> = t.values.iter().map(|x| x * sign).collect();
        stored(name, Dtype::F64, &t.shape, &values)
    };
    let mut all = Vec::new();
    for number in [10, 2, 0] {
        // Layers differ in their values.
        all.push(named(&layer.q, &format!("m.{number}.query"), 1.0));
        all.push(named(&layer.k, &format!("m.{number}.key"), 1.0));
        all.push(named(
            &layer.v,
            &format!("m.{number}.value"),
            f64::from(number) + 1.0,
        ));
        all.push(named(&layer.v, &format!("m.{number}.drop"), 1.0));
    }
    all.push(named(&layer.v, "head.weight", 1.0));
    let refs: Vec<&Stored> = all.iter().collect();
    write(&at.join("t.safetensors"), &refs, None);
    let line = "--input t.safetensors --backend float --q m.{layer}.query --k m.{layer}.key --v \
                m.{layer}.value";
    let (report, found, said) = ran(at, line);
    let names: Vec<&Value> = (0..3).map(|i| &report["samples"][i]["sample"]).collect();
    assert_eq!(names, ["l0", "l2", "l10"]);
    for number in [0.0, 2.0, 10.0] {
        let outs = right.0.iter().map(|x| x * (number + 1.0)).collect();
        compare(
            &found,
            &format!("l{number}."),
            &(outs, right.1.clone()),
            FLOAT,
        );
    }
    // What lies beside them is named, the rest of a checkpoint is not.
    assert_eq!(
        report["not_read"],
        serde_json::json!(["m.0.drop", "m.10.drop", "m.2.drop"])
    );
    assert!(
        said.contains("3 tensors are not read: m.0.drop, "),
        "{said}"
    );
    let one = "--input t.safetensors --backend float --q m.2.query --k-tensor m.2.key --v m.2.value \
               --k 2";
    let (_, found, _) = ran(at, one);
    assert_eq!(found["selected"].1.iter().sum::<f64>(), 2.0 * 3.0 * 2.0);

    let refused = |flags: &str| refused(at, &format!("--input t.safetensors {flags}"));
    let said = refused("--q m.{}.query --k m.{}.kee --v m.{}.value");
    assert_eq!(said.lines().count(), 3, "one line a layer: {said}");
    assert!(
        said.contains("there is no tensor m.10.kee (nearest of 13: m.10.key, "),
        "{said}"
    );
    let said = refused("--q m.{}.query --k m.0.key --v m.{}.value");
    assert!(said.contains("is a pattern of layers, all are"), "{said}");
    let said = refused("--q x.{}.query --k m.{}.key --v m.{}.value");
    assert!(
        said.contains("no tensor x.{layer}.query of any layer"),
        "{said}"
    );
    // All that is wrong is told at once.
    let said = refused("--q a --k b --v m.0.value");
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn layers_of_a_pattern_lose_heads_and_tokens() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 4, 2, 6, 6, 8, 8]);
    let mut all = Vec::new();
    for number in 0..3 {
        for t in [&layer.q, &layer.k, &layer.v] {
            let name = format!("{}{number}", t.name);
            all.push(stored(&name, t.dtype, &t.shape, &t.values));
        }
    }
    let refs: Vec<&Stored> = all.iter().collect();
    write(&at.join("t.safetensors"), &refs, None);
    let line = "--input t.safetensors --backend golden --q q{} --k k{} --v v{} --layers l --keep-tokens \
                1,1,0.5 --keep-heads 1,1,0.5 --causal --window 1";
    let (report, found, _) = ran(at, line);
    let last = &report["samples"][2];
    assert_eq!(
        (&last["heads_surviving"], &last["tokens_surviving"]),
        (&2.into(), &3.into())
    );
    // Importance is counted a head, so each of the four query heads fetches K and V for itself.
    assert_eq!(report["samples"][0]["bytes"]["total"], 4 * 6 * 2 * 12);
    assert_eq!(last["bytes"]["total"], 2 * 3 * 2 * 12);
    let right = layer.right(None, |_, _, i, j| if j > i { HIDDEN } else { 0.0 });
    compare(&found, "l0.", &right, CORE);
    // What was pruned is 0 in the output.
    let sums = found["l2.probs"]
        .1
        .chunks(6)
        .map(|row| row.iter().sum::<f64>());
    assert_eq!(sums.filter(|s| *s > 0.5).count(), 2 * 3);
}

/// Runs what must be refused and returns what is said.
fn refused(at: &Path, rest: &str) -> String {
    let line = format!("run attention --bundle b --backend golden --output no.safetensors {rest}");
    let (code, out, said) = hwgen(at, &line);
    assert_eq!((code, out.as_str()), (2, ""), "{rest}: {said}");
    assert!(
        !at.join("no.safetensors").exists(),
        "nothing is half written"
    );
    said
}

#[test]
fn what_is_not_clear_is_refused() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 2, 2, 3, 5, 8, 8]);
    let with = |more: &[&Stored], flags: &str| {
        let all = [&[&layer.q, &layer.k, &layer.v], more].concat();
        write(&at.join("t.safetensors"), &all, None);
        refused(at, &format!("--input t.safetensors {flags}"))
    };
    let ones = [1.0, 0.0, 1.0, 1.0, 1.0];
    let said = with(&[&stored("mask", Dtype::BOOL, &[5], &ones)], "");
    let rule = "tensor mask: dtype BOOL: does true keep a key or mask it? (say --mask-means keep, ignore or \
                add)";
    assert!(said.contains(rule), "{said}");
    let said = with(&[&stored("bias", Dtype::F32, &[5], &ones)], "");
    assert!(
        said.contains("holds only 0 and 1: a mask, or nats?"),
        "{said}"
    );
    let said = with(
        &[&stored(
            "attention_mask",
            Dtype::I64,
            &[5],
            &[0.0, 1.0, 2.0, 2.0, 3.0],
        )],
        "",
    );
    assert!(
        said.contains("its integers are neither only 0 and 1"),
        "{said}"
    );
    let said = with(
        &[&stored("attention_mask", Dtype::I64, &[1, 6], &[1.0; 6])],
        "",
    );
    assert!(
        said.contains("shape [1, 6]: does not go with 1 x 2 x 3 x 5"),
        "{said}"
    );
    let nan = stored("bias", Dtype::F32, &[5], &[0.0, f64::NAN, 0.0, 0.0, 0.0]);
    let said = with(&[&nan], "");
    assert!(said.contains("tensor bias: element 1 is NaN"), "{said}");
    let two = [
        &stored("bias", Dtype::F32, &[5], &[0.5; 5]),
        &stored("alibi", Dtype::F32, &[5], &[0.5; 5]),
    ];
    let said = with(&two, "");
    assert!(
        said.contains("there are bias and alibi: which holds?"),
        "{said}"
    );
    let said = with(&[], "--mask no");
    assert!(
        said.contains("there is no tensor no (there are k, q, v)"),
        "{said}"
    );
    let said = with(&[], "--k 2 --mass 0.1");
    assert!(
        said.contains("--k and --mask: ") || said.contains("--k and --mass: "),
        "{said}"
    );
    let said = with(&[], "--k 1.5");
    assert!(said.contains("--k 1.5: must be a whole number"), "{said}");
    let said = with(&[], "--heads 3");
    assert!(
        said.contains("shape [2, 3, 8]: its last dimension holds no 3 heads"),
        "{said}"
    );

    let shapes = |q: &[usize], k: &[usize], v: &[usize]| {
        let make = |name: &str, shape: &[usize]| {
            stored(name, Dtype::F32, shape, &vec![0.5; shape.iter().product()])
        };
        let all = [make("q", q), make("k", k), make("v", v)];
        write(&at.join("t.safetensors"), &all.each_ref(), None);
        refused(at, "--input t.safetensors")
    };
    let said = shapes(&[3, 2, 8], &[2, 4, 8], &[2, 4, 8]);
    assert!(
        said.contains("3 heads of q must be a multiple of the 2 of k"),
        "{said}"
    );
    let said = shapes(&[2, 2, 8], &[2, 4, 9], &[1, 5, 8]);
    for rule in [
        "2 heads of k and 1 of v",
        "8 elements of q and 9 of k",
        "4 tokens of k and 5 of v",
    ] {
        assert!(said.contains(rule), "{said}");
    }
    let said = shapes(&[2, 2, 2, 8], &[3, 2, 4, 8], &[3, 2, 4, 8]);
    assert!(
        said.contains("batches of 2, 3 and 3 must be the same"),
        "{said}"
    );
    let said = shapes(&[8], &[2, 4, 8], &[1, 2, 2, 4, 8]);
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(
        said.contains("[batch, heads, tokens, d] (--layout bnhd"),
        "{said}"
    );
    let said = shapes(&[2, 2, 8], &[2, 4, 8], &[2, 4, 24]);
    assert!(
        said.contains("24 elements a head: the bundle takes at most 16"),
        "{said}"
    );
}

#[test]
fn listed_samples_have_scales_masks_and_groups() {
    let folder = place();
    let at = folder.path();
    let ints = |seed: u32, n: usize| -> Vec<f64> {
        noise(seed, n)
            .iter()
            .map(|x| (x * 2000.0).round())
            .collect()
    };
    let q = stored("x.q", Dtype::I16, &[4, 2, 8], &ints(1, 64));
    let k = stored("x.k", Dtype::I16, &[2, 5, 8], &ints(2, 80));
    let v = stored("x.v", Dtype::I16, &[2, 5, 8], &ints(3, 80));
    let scale = stored("x.scale", Dtype::F32, &[4, 3], &[2.0_f64.powi(-10); 12]);
    let bias = stored("x.bias", Dtype::F32, &[5], &[0.5, -0.5, 0.0, HIDDEN, 1.0]);
    let other = stored("x.out", Dtype::F32, &[1], &[0.0]);
    let list = r#"[{"name": "x", "layer": 0, "causal": false, "softmax_scale": 0.5}]"#;
    let real = |t: &Stored, name: &str| {
        let values: Vec<f64> = t.values.iter().map(|x| x / 1024.0).collect();
        stored(name, Dtype::F64, &t.shape, &values)
    };
    let layer = Layer {
        q: real(&q, "q"),
        k: real(&k, "k"),
        v: real(&v, "v"),
        sizes: [1, 4, 2, 2, 5, 8, 8],
    };
    write(
        &at.join("s.safetensors"),
        &[&q, &k, &v, &scale, &bias, &other],
        Some(list),
    );
    for (flag, scale) in [("", 0.5), ("--scale 1", 1.0)] {
        let right = layer.right(Some(scale), |_, _, _, j| bias.values[j]);
        for backend in ["float", "golden"] {
            let line = format!("--input s.safetensors --backend {backend} {flag}");
            let (report, found, _) = ran(at, &line);
            compare(&found, "x.", &right, CORE);
            assert_eq!(report["scale"], scale);
            assert_eq!(report["not_read"], serde_json::json!(["x.out"]));
            let bytes = report["samples"][0]["bytes"]["total"].as_u64();
            // K whole, of V the four that are seen.
            let wanted = if backend == "golden" {
                2 * 9 * 12
            } else {
                2 * 9 * 32
            };
            assert_eq!(bytes, Some(wanted));
        }
    }
}

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

#[test]
fn checkpoints_in_shards_are_read() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 2, 2, 3, 5, 8, 8]);
    std::fs::create_dir(at.join("model")).expect("makes");
    write(&at.join("model/a.safetensors"), &[&layer.q, &layer.k], None);
    write(&at.join("model/b.safetensors"), &[&layer.v], None);
    let index =
        r#"{"weight_map": {"q": "a.safetensors", "k": "a.safetensors", "v": "b.safetensors"}}"#;
    std::fs::write(at.join("model/model.safetensors.index.json"), index).expect("writes");
    let right = layer.right(None, |_, _, _, _| 0.0);
    for input in ["model", "model/model.safetensors.index.json"] {
        let (_, found, _) = ran(at, &format!("--input {input} --backend float"));
        compare(&found, "", &right, FLOAT);
    }
}
