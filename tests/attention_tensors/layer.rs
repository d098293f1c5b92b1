// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer in a file, what the command makes of it, and what is right.

use std::collections::BTreeMap;
use std::path::Path;

use half::{bf16, f16};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::hwgen;

/// Emits a small core of heads of up to 16 elements into the folder's `b`.
pub(crate) fn place() -> TempDir {
    emitted("--pe 16 --set attention.d_head=16 --set attention.max_tokens=64")
}

/// Emits the core whose model `tests/attention.rs` builds, too: heads of up to 8 elements.
pub(crate) fn simulated() -> TempDir {
    emitted("--pe 8 --set attention.d_head=8 --set attention.max_tokens=1024")
}

pub(crate) fn emitted(how: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, _, said) = hwgen(folder.path(), &format!("emit --block attention {how} -o b"));
    assert_eq!(code, 0, "{said}");
    folder
}

/// Numbers from -1 to 1 that look random, the same for the same seed.
pub(crate) fn noise(seed: u32, n: usize) -> Vec<f64> {
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
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) values: Vec<f64>,
}

pub(crate) fn stored(name: &str, dtype: Dtype, shape: &[usize], values: &[f64]) -> Stored {
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
pub(crate) fn write(path: &Path, tensors: &[&Stored], samples: Option<&str>) {
    let views = tensors.iter().map(|t| {
        let view = TensorView::new(t.dtype, t.shape.clone(), &t.bytes).expect("fits");
        (t.name.as_str(), view)
    });
    let metadata = samples.map(|s| [("samples".to_owned(), s.to_owned())].into());
    safetensors::serialize_to_file(views, metadata, path).expect("writes");
}

/// The tensors of `--output`: shape and numbers.
pub(crate) fn output(path: &Path) -> BTreeMap<String, (Vec<usize>, Vec<f64>)> {
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
pub(crate) fn attention(
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

pub(crate) const HIDDEN: f64 = f64::NEG_INFINITY;

/// A layer of `heads` query heads over `kv` heads of K and V.
pub(crate) struct Layer {
    pub(crate) q: Stored,
    pub(crate) k: Stored,
    pub(crate) v: Stored,
    pub(crate) sizes: [usize; 7],
}

impl Layer {
    /// Batch, query heads, heads of K and V, queries, keys, elements of a key, of a value.
    pub(crate) fn new(dtypes: [Dtype; 3], sizes: [usize; 7]) -> Self {
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

    pub(crate) fn plain(sizes: [usize; 7]) -> Self {
        Self::new([Dtype::F32; 3], sizes)
    }

    /// What is right: outputs and probabilities, item by item and head by head. `bias` says the nats
    /// of an item, head, query and key.
    pub(crate) fn right(
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

/// Shape and elements of each tensor that was written.
pub(crate) type Outputs = BTreeMap<String, (Vec<usize>, Vec<f64>)>;

/// Runs a file on a backend and returns the report and the output.
pub(crate) fn ran(at: &Path, rest: &str) -> (Value, Outputs, String) {
    let line = format!("run attention --bundle b {rest} --output o.safetensors --json -");
    let (code, out, said) = hwgen(at, &line);
    assert_eq!(code, 0, "{rest}: {said}");
    let report = serde_json::from_str(&out).expect("is JSON");
    (report, output(&at.join("o.safetensors")), said)
}

/// Compares an output with what is right: masked keys have probability 0 exactly.
pub(crate) fn compare(
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
pub(crate) const CORE: f64 = 0.006;
pub(crate) const FLOAT: f64 = 1e-9;

/// Runs a layer with further tensors on the golden model and in float64 and compares both.
pub(crate) fn holds(
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

/// Runs what must be refused and returns what is said.
pub(crate) fn refused(at: &Path, rest: &str) -> String {
    let line = format!("run attention --bundle b --backend golden --output no.safetensors {rest}");
    let (code, out, said) = hwgen(at, &line);
    assert_eq!((code, out.as_str()), (2, ""), "{rest}: {said}");
    assert!(
        !at.join("no.safetensors").exists(),
        "nothing is half written"
    );
    said
}

/// A mask of two padding keys in the first item and four in the second, as HuggingFace has it.
pub(crate) fn kept(item: usize, key: usize) -> bool {
    key < [5, 3][item]
}
