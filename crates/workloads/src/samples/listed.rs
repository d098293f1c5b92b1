// SPDX-License-Identifier: MIT OR Apache-2.0
//! Samples that the metadata `samples` lists: integers of 12 bits with their scales.
//!
//! A sample NAME is `NAME.q` [heads, nq, d], `NAME.k` [kv heads, n, d] and `NAME.v` [kv heads, n, dv] as
//! integers that hold 12 bits, `NAME.scale` [heads, 3], and perhaps biases and masks.

use std::sync::Arc;

use hwgen_golden::attention::QUERY_W;
use serde::Deserialize;

use super::flags::{How, usual};
use super::layout::{Layout, Order};
use super::sample::{Head, Sample, Which};
use super::wrong::Wrong;
use super::{mask, unread};
use crate::tensors::{Data, Source};
use hwgen_console::error::Error;

#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(default)]
    causal: bool,
    layer: Option<u32>,
    model: Option<String>,
    /// Scale of the softmax, if it is not 1 / sqrt(d).
    softmax_scale: Option<f64>,
}

/// Integers of three dimensions, in C order.
struct Cube {
    shape: [usize; 3],
    data: Vec<i32>,
}

impl Cube {
    fn rows(&self, first: usize) -> Vec<Vec<i32>> {
        let [_, n, d] = self.shape;
        let matrix = &self.data[first * n * d..(first + 1) * n * d];
        matrix.chunks(d).map(<[i32]>::to_vec).collect()
    }
}

/// Reads the samples of a list. Returns the names that nothing was read from, too.
pub(super) fn read(
    source: &Source,
    list: &str,
    which: Which<'_>,
    how: &How,
) -> Result<(Vec<Sample>, Vec<String>), Error> {
    let label = source.shown();
    if how.heads.is_some() || how.order != Order::Bhnd {
        let rule = "the file lists samples, which are [heads, tokens, d] (leave --heads and --layout \
                    out, or name the tensors with --q, --k and --v)";
        return Err(Error::input(format!("{label}: {rule}")));
    }
    let all: Vec<Entry> = serde_json::from_str(list)
        .map_err(|e| Error::input(format!("{label}: metadata `samples`: {e}")))?;
    let entries = chosen(label, &all, which)?;
    let (mut samples, mut read) = (Vec::new(), Vec::new());
    let mut wrong = Wrong::default();
    for entry in entries {
        if let Some(sample) = wrong.note(sample(source, entry, how)) {
            read.extend(["q", "k", "v", "scale"].map(|part| format!("{}.{part}", entry.name)));
            read.extend(sample.masks.iter().map(|m| m.tensor.clone()));
            samples.push(sample);
        }
    }
    wrong.end()?;
    // Tensors of samples that were not asked for are no surprise.
    let others = all
        .iter()
        .filter(|e| samples.iter().all(|s| s.name != e.name));
    let others: Vec<String> = others.map(|e| format!("{}.", e.name)).collect();
    let mut not_read = unread::beside(source, &read, &[""]);
    not_read.retain(|name| !others.iter().any(|o| name.starts_with(o)));
    Ok((samples, not_read))
}

/// Picks the entries that are wanted.
fn chosen<'a>(label: &str, all: &'a [Entry], which: Which<'_>) -> Result<Vec<&'a Entry>, Error> {
    let there = all
        .iter()
        .map(|e| e.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let mut entries: Vec<&Entry> = all.iter().collect();
    let (flag, wanted) = match which {
        Which::All => ("", ""),
        Which::One(name) => {
            entries.retain(|e| e.name == name);
            ("--sample", name)
        }
        Which::Layers(name) => {
            let of = |e: &&Entry| {
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
    Ok(entries)
}

fn sample(source: &Source, entry: &Entry, how: &How) -> Result<Sample, Error> {
    let (label, name) = (source.shown(), &entry.name);
    let mut wrong = Wrong::default();
    let cubes = ["q", "k", "v"].map(|part| wrong.note(integers(source, &format!("{name}.{part}"))));
    let scales = wrong.note(scales(source, &format!("{name}.scale")));
    if let Some(scale) = entry.softmax_scale.filter(|s| !(s.is_finite() && *s > 0.0)) {
        let rule = "must be finite and more than 0";
        let what = format!("{label}, {name}: metadata `softmax_scale` {scale}: {rule}");
        wrong.note::<()>(Err(Error::input(what)));
    }
    wrong.end()?;
    let ([Some(q), Some(k), Some(v)], Some(scales)) = (cubes, scales) else {
        return Err(Error::Interrupted);
    };
    let ([heads, nq, d], [kv_heads, n, _]) = (q.shape, k.shape);
    if kv_heads != v.shape[0] || n != v.shape[1] || d != k.shape[2] || heads % kv_heads != 0 {
        let (q, k, v) = (q.shape, k.shape, v.shape);
        return Err(Error::input(format!(
            "{label}, {name}: q {q:?}, k {k:?} and v {v:?} do not belong together: must be [heads, \
             queries, d], [kv heads, keys, d] and [kv heads, keys, dv], heads a multiple of kv heads"
        )));
    }
    let mut wrong = Wrong::default();
    if entry.causal && nq > n {
        let rule = "a causal layer has no more queries than keys";
        let what = format!("{label}, {name}: {nq} queries, {n} keys: {rule}");
        wrong.note::<()>(Err(Error::input(what)));
    }
    if scales.len() != 3 * heads || !scales.iter().all(|s| s.is_finite() && *s > 0.0) {
        let rule = format!("must be {heads} times 3 positive numbers");
        let what = format!("{label}, tensor {name}.scale: {rule}");
        wrong.note::<()>(Err(Error::input(what)));
    }
    let names = ["q", "k", "v"].map(|part| format!("{name}.{part}"));
    let folder = format!("{name}.");
    let place = mask::Place {
        folders: vec![&folder],
        number: "",
        not: &names,
    };
    let bias = wrong.note(mask::read(source, &place, [1, heads, nq, n], how));
    wrong.end()?;
    let bias = bias.unwrap_or_default();
    let softmax = how
        .scale
        .or(entry.softmax_scale)
        .unwrap_or_else(|| usual(d));
    let keys: Vec<Arc<[Vec<i32>]>> = (0..kv_heads).map(|h| k.rows(h).into()).collect();
    let values: Vec<Arc<[Vec<i32>]>> = (0..kv_heads).map(|h| v.rows(h).into()).collect();
    let head = |h: usize| {
        let kv = h / (heads / kv_heads);
        Head {
            q: q.rows(h),
            k: Arc::clone(&keys[kv]),
            v: Arc::clone(&values[kv]),
            kv: kv as u32,
            scale: [scales[3 * h], scales[3 * h + 1]],
            v_scale: vec![scales[3 * h + 2]; v.shape[2]],
            softmax,
            real: None,
            bias: bias.rows(0, h, [nq, n]),
        }
    };
    Ok(Sample {
        name: name.clone(),
        model: entry.model.clone(),
        causal: entry.causal,
        softmax,
        heads: (0..heads).map(head).collect(),
        stem: name.clone(),
        layout: Layout::LISTED,
        masks: bias.taken(),
    })
}

/// Reads integers of 12 bits, [heads, tokens, elements].
fn integers(source: &Source, name: &str) -> Result<Cube, Error> {
    let tensor = source.tensor(name)?;
    let wrong = |what: String| Error::input(format!("{}: {what}", tensor.label));
    let Data::Integers(all) = &tensor.data else {
        let rule = "must be integers of 12 bits, as the file lists samples (or name the tensors with \
                    --q, --k and --v)";
        return Err(wrong(rule.to_owned()));
    };
    let shape: [usize; 3] = tensor.shape.as_slice().try_into().map_err(|_| {
        let has = &tensor.shape;
        wrong(format!("shape {has:?}: must be [heads, tokens, elements]"))
    })?;
    let most = (1_i64 << (QUERY_W - 1)) - 1;
    let legal = -most - 1..=most;
    if let Some(at) = all.iter().position(|x| !legal.contains(x)) {
        let (x, least) = (all[at], -most - 1);
        let rule = format!("element {at} is {x}: must be of 12 bits, {least} to {most}");
        return Err(wrong(rule));
    }
    let data = all.iter().map(|&x| x as i32).collect();
    Ok(Cube { shape, data })
}

fn scales(source: &Source, name: &str) -> Result<Vec<f64>, Error> {
    source.tensor(name)?.reals()
}
