// SPDX-License-Identifier: MIT OR Apache-2.0
//! Queries, keys and values of attention layers from a `.safetensors` file.
//!
//! A sample NAME is `NAME.q` [heads, nq, d], `NAME.k` and `NAME.v` [heads, n, d] as 16-bit integers
//! that hold 12 bits, `NAME.scale` [heads, 3] and perhaps `NAME.bias` [heads, nq, n]; the metadata
//! lists the samples. Without that list, `q`, `k` and `v` as 32-bit floats are one sample.

use std::path::Path;

use half::f16;
use hwgen_golden::attention::QUERY_W;
use hwgen_golden::attention::host::{Granularity, fold, quantise_tensor};
use hwgen_golden::quant::QuantError;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use crate::error::Error;

/// One layer's attention: a list of heads.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// Name in the file; empty for plain tensors.
    pub(crate) name: String,
    /// The model, if the file says it.
    pub(crate) model: Option<String>,
    /// Whether a query sees only keys up to its own position, the last query the last key.
    pub(crate) causal: bool,
    /// The heads.
    pub(crate) heads: Vec<Head>,
}

impl Sample {
    /// Returns the keys of each head.
    pub(crate) fn tokens(&self) -> usize {
        self.heads[0].k.len()
    }

    /// Returns what messages call it.
    pub(crate) fn label(&self) -> String {
        if self.name.is_empty() {
            "q, k, v".to_owned()
        } else {
            format!("sample {}", self.name)
        }
    }
}

/// One head, in integers of 12 bits.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    /// Queries, keys and values, a row each.
    pub(crate) q: Vec<Vec<i32>>,
    pub(crate) k: Vec<Vec<i32>>,
    pub(crate) v: Vec<Vec<i32>>,
    /// Real value of a unit of a query and of a key.
    pub(crate) scale: [f64; 2],
    /// Real value of a unit of each element of a value.
    pub(crate) v_scale: Vec<f64>,
    /// The tensors before quantisation, where the file has them.
    pub(crate) real: Option<[Vec<Vec<f64>>; 3]>,
    /// Nats added to each score, a row a query.
    pub(crate) bias: Option<Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(default)]
    causal: bool,
    layer: Option<u32>,
    model: Option<String>,
}

/// What is wanted of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which<'a> {
    /// All samples.
    All,
    /// The sample of this name.
    One(&'a str),
    /// The samples `NAME.l...`: the layers of one model, in their order.
    Layers(&'a str),
}

/// How plain tensors are to be taken, which say nothing of themselves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain {
    /// A query sees only keys up to its own position.
    pub(crate) causal: bool,
    /// What shares a scale.
    pub(crate) granularity: Granularity,
}

/// A tensor of three dimensions.
struct Cube<T> {
    shape: [usize; 3],
    data: Vec<T>,
}

impl<T: Copy> Cube<T> {
    /// Returns the rows of one head.
    fn rows(&self, head: usize) -> Vec<Vec<T>> {
        let [_, n, d] = self.shape;
        let flat = &self.data[head * n * d..(head + 1) * n * d];
        flat.chunks(d.max(1)).map(<[T]>::to_vec).collect()
    }
}

/// Reads samples of a file.
pub(crate) fn read(path: &Path, which: Which<'_>, how: Plain) -> Result<Vec<Sample>, Error> {
    let bytes = std::fs::read(path).map_err(|e| Error::path(path, "read the samples", &e))?;
    parse(&bytes, &path.display().to_string(), which, how)
}

/// Reads samples of a file's contents.
pub(crate) fn parse(
    bytes: &[u8],
    label: &str,
    which: Which<'_>,
    how: Plain,
) -> Result<Vec<Sample>, Error> {
    let broken = |e: &dyn std::fmt::Display| {
        let what = "not a readable .safetensors file";
        Error::input(format!("{label}: {what} ({e}); save it again"))
    };
    let file = SafeTensors::deserialize(bytes).map_err(|e| broken(&e))?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| broken(&e))?;
    let listed = header.metadata().as_ref().and_then(|m| m.get("samples"));
    let Some(listed) = listed else {
        return match which {
            Which::All => plain(&file, label, how).map(|s| vec![s]),
            Which::One(name) => {
                let rule = "the file lists no samples (leave --sample out)";
                Err(Error::input(format!("{label}: --sample {name}: {rule}")))
            }
            Which::Layers(name) => {
                let rule = "the file lists no samples (leave --layers out)";
                Err(Error::input(format!("{label}: --layers {name}: {rule}")))
            }
        };
    };
    let mut entries: Vec<Entry> = serde_json::from_str(listed)
        .map_err(|e| Error::input(format!("{label}: metadata `samples`: {e}")))?;
    let names: Vec<&str> = entries.iter().map(|e| e.name.as_str()).collect();
    let there = names.join(", ");
    let (flag, wanted) = match which {
        Which::All => ("", ""),
        Which::One(name) => {
            entries.retain(|e| e.name == name);
            ("--sample", name)
        }
        Which::Layers(name) => {
            let of = |e: &Entry| {
                e.name
                    .strip_prefix(name)
                    .is_some_and(|r| r.starts_with(".l"))
            };
            entries.retain(of);
            entries.sort_by_key(|e| e.layer);
            ("--layers", name)
        }
    };
    if entries.is_empty() {
        let rule = format!("no such sample (there are {there})");
        return Err(Error::input(format!("{label}: {flag} {wanted}: {rule}")));
    }
    entries.iter().map(|e| sample(&file, label, e)).collect()
}

fn sample(file: &SafeTensors, label: &str, entry: &Entry) -> Result<Sample, Error> {
    let name = |part: &str| format!("{}.{part}", entry.name);
    let ints = |part: &str| {
        let name = name(part);
        let cube = cube(file, label, &name, Dtype::I16, 2, |b| {
            i32::from(i16::from_le_bytes([b[0], b[1]]))
        })?;
        let most = (1 << (QUERY_W - 1)) - 1;
        match cube
            .data
            .iter()
            .position(|x| x.abs() > most + 1 || *x > most)
        {
            None => Ok(cube),
            Some(at) => Err(Error::input(format!(
                "{label}, tensor {name}: element {at} is {}: must be of 12 bits, {} to {most}",
                cube.data[at],
                -most - 1
            ))),
        }
    };
    let (q, k, v) = (ints("q")?, ints("k")?, ints("v")?);
    agree(label, &entry.name, q.shape, k.shape, v.shape)?;
    let scale_name = name("scale");
    let view = tensor(file, label, &scale_name)?;
    let scales = floats(&view, label, &scale_name)?;
    let [heads, nq, _] = q.shape;
    if entry.causal && nq > k.shape[1] {
        let (name, n) = (&entry.name, k.shape[1]);
        let rule = "a causal layer has no more queries than keys";
        return Err(Error::input(format!(
            "{label}, {name}: {nq} queries, {n} keys: {rule}"
        )));
    }
    if scales.len() != 3 * heads || !scales.iter().all(|s| *s > 0.0) {
        let rule = format!("must be {heads} times 3 positive numbers");
        return Err(Error::input(format!(
            "{label}, tensor {scale_name}: {rule}"
        )));
    }
    let bias_name = name("bias");
    let bias = if file.names().contains(&bias_name.as_str()) {
        let view = tensor(file, label, &bias_name)?;
        let wanted = [heads, nq, k.shape[1]];
        if view.shape() != wanted {
            let (has, rule) = (view.shape(), format!("must be {wanted:?}"));
            let what = format!("{label}, tensor {bias_name}: shape {has:?}: {rule}");
            return Err(Error::input(what));
        }
        let data = floats(&view, label, &bias_name)?;
        Some(Cube {
            shape: wanted,
            data,
        })
    } else {
        None
    };
    let d = v.shape[2];
    let head = |h: usize| Head {
        q: q.rows(h),
        k: k.rows(h),
        v: v.rows(h),
        scale: [scales[3 * h], scales[3 * h + 1]],
        v_scale: vec![scales[3 * h + 2]; d],
        real: None,
        bias: bias.as_ref().map(|b| b.rows(h)),
    };
    Ok(Sample {
        name: entry.name.clone(),
        model: entry.model.clone(),
        causal: entry.causal,
        heads: (0..heads).map(head).collect(),
    })
}

/// Quantises `q`, `k` and `v` to 12 bits, symmetrically: one scale a head, or one a channel of K
/// and of V. The scales of K's channels then go into the queries, which keep one scale a head.
fn plain(file: &SafeTensors, label: &str, how: Plain) -> Result<Sample, Error> {
    let real = |name: &str| {
        cube(file, label, name, Dtype::F32, 4, |b| {
            f32::from_le_bytes([b[0], b[1], b[2], b[3]])
        })
    };
    let (q, k, v) = (real("q")?, real("k")?, real("v")?);
    agree(label, "q, k, v", q.shape, k.shape, v.shape)?;
    let head = |h: usize| {
        let integers = |name: &str, rows: &[Vec<f32>], granularity| {
            quantise_tensor(rows, QUERY_W, granularity).map_err(|e| {
                let (QuantError::NotFinite(at) | QuantError::Negative(at)) = e;
                let rule = "is NaN or infinite: must be a number";
                Error::input(format!(
                    "{label}, tensor {name}, head {h}: element {at} {rule}"
                ))
            })
        };
        let (rows_q, rows_k, rows_v) = (q.rows(h), k.rows(h), v.rows(h));
        let keys = integers("k", &rows_k, how.granularity)?;
        let values = integers("v", &rows_v, how.granularity)?;
        let (queries, key_scale) = match how.granularity {
            Granularity::Head => (integers("q", &rows_q, Granularity::Head)?, keys.scales[0]),
            Granularity::Channel => {
                let folded = fold(&rows_q, &keys.scales);
                (integers("q", &folded, Granularity::Head)?, 1.0)
            }
        };
        let exact = |rows: &[Vec<f32>]| -> Vec<Vec<f64>> {
            let row = |r: &Vec<f32>| r.iter().map(|&x| f64::from(x)).collect();
            rows.iter().map(row).collect()
        };
        Ok(Head {
            q: queries.rows,
            k: keys.rows,
            v: values.rows,
            scale: [queries.scales[0], key_scale],
            v_scale: values.scales,
            real: Some([exact(&rows_q), exact(&rows_k), exact(&rows_v)]),
            bias: None,
        })
    };
    let heads: Result<_, Error> = (0..q.shape[0]).map(head).collect();
    if how.causal && q.shape[1] > k.shape[1] {
        let (nq, n) = (q.shape[1], k.shape[1]);
        let rule = "a causal layer has no more queries than keys (leave --causal out)";
        return Err(Error::input(format!(
            "{label}: {nq} queries, {n} keys: {rule}"
        )));
    }
    Ok(Sample {
        name: String::new(),
        model: None,
        causal: how.causal,
        heads: heads?,
    })
}

fn tensor<'a>(file: &SafeTensors<'a>, label: &str, name: &str) -> Result<TensorView<'a>, Error> {
    file.tensor(name).map_err(|_| {
        let mut names = file.names();
        names.sort_unstable();
        names.truncate(12);
        let there = names.join(", ");
        Error::input(format!(
            "{label}: there is no tensor {name} (there are {there})"
        ))
    })
}

fn cube<T>(
    file: &SafeTensors,
    label: &str,
    name: &str,
    dtype: Dtype,
    size: usize,
    convert: impl Fn(&[u8]) -> T,
) -> Result<Cube<T>, Error> {
    let view = tensor(file, label, name)?;
    let wrong = |what: String| Error::input(format!("{label}, tensor {name}: {what}"));
    if view.dtype() != dtype {
        let has = view.dtype();
        return Err(wrong(format!("dtype {has:?}: must be {dtype:?}")));
    }
    let shape: [usize; 3] = view.shape().try_into().map_err(|_| {
        let has = view.shape();
        wrong(format!("shape {has:?}: must be [heads, tokens, elements]"))
    })?;
    if shape.contains(&0) {
        return Err(wrong(format!("shape {shape:?}: is empty")));
    }
    let data = view.data().chunks_exact(size).map(convert).collect();
    Ok(Cube { shape, data })
}

/// Reads finite floats; minus infinity is one, too: it masks.
fn floats(view: &TensorView, label: &str, name: &str) -> Result<Vec<f64>, Error> {
    let data = view.data();
    let all: Vec<f64> = match view.dtype() {
        Dtype::F32 => data
            .chunks_exact(4)
            .map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])))
            .collect(),
        Dtype::F16 => data
            .chunks_exact(2)
            .map(|b| f16::from_le_bytes([b[0], b[1]]).to_f64())
            .collect(),
        has => {
            let rule = format!("dtype {has:?}: must be F16 or F32");
            return Err(Error::input(format!("{label}, tensor {name}: {rule}")));
        }
    };
    match all.iter().position(|x| x.is_nan() || *x == f64::INFINITY) {
        None => Ok(all),
        Some(at) => Err(Error::input(format!(
            "{label}, tensor {name}: element {at} is {}: must be a number",
            all[at]
        ))),
    }
}

fn agree(
    label: &str,
    name: &str,
    q: [usize; 3],
    k: [usize; 3],
    v: [usize; 3],
) -> Result<(), Error> {
    if k == v && q[0] == k[0] && q[2] == k[2] {
        return Ok(());
    }
    Err(Error::input(format!(
        "{label}, {name}: q {q:?}, k {k:?} and v {v:?} do not belong together: heads and elements must \
         be the same, and the tokens of k and v (repeat heads that queries share)"
    )))
}
