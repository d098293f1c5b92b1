// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plain tensors: queries, keys and values of any type of numbers, which are quantised here.

use std::sync::Arc;

use hwgen_golden::attention::QUERY_W;
use hwgen_golden::attention::host::{Granularity, fold, quantise_tensor};

use super::flags::How;
use super::layout::{Grid, Sizes};
use super::mask::{self, Bias};
use super::names::{self, Layer};
use super::sample::{Head, Real, Sample, Which};
use super::unread;
use super::wrong::Wrong;
use crate::tensors::{Source, Tensor};
use hwgen_console::error::Error;

/// The grids of a layer's queries, keys and values, which belong together.
struct Grids {
    q: Grid,
    k: Grid,
    v: Grid,
}

/// Reads the layers that are wanted: a sample a layer, or a layer and item of the batch. Returns the
/// names that nothing was read from, too.
pub(super) fn read(
    source: &Source,
    which: Which<'_>,
    how: &How,
) -> Result<(Vec<Sample>, Vec<String>), Error> {
    if source.names().is_empty() {
        let rule = "holds no tensors with names: attention takes queries, keys and values (save them as \
                    q, k and v in one .safetensors file)";
        return Err(Error::input(format!("{}: {rule}", source.shown())));
    }
    let mut wrong = Wrong::default();
    let layers = names::layers(source, how)?;
    let (mut samples, mut read) = (Vec::new(), Vec::new());
    for layer in &layers {
        let all = wrong.note(samples_of(source, layer, how));
        for sample in all.into_iter().flatten() {
            read.extend(sample.masks.iter().map(|m| m.tensor.clone()));
            samples.push(sample);
        }
    }
    wrong.end()?;
    chosen(source, &mut samples, which)?;
    read.extend(layers.iter().flat_map(|l| l.tensors.iter().cloned()));
    let folders: Vec<&str> = layers
        .iter()
        .map(|l| names::folder(&l.tensors[0]))
        .collect();
    let not_read = unread::beside(source, &read, &folders);
    Ok((samples, not_read))
}

/// Leaves the samples that are wanted.
fn chosen(source: &Source, samples: &mut Vec<Sample>, which: Which<'_>) -> Result<(), Error> {
    let there: Vec<String> = samples.iter().map(|s| s.name.clone()).collect();
    let (flag, name) = match which {
        Which::All => return Ok(()),
        Which::One(name) => {
            samples.retain(|s| s.name == name);
            ("--sample", name)
        }
        Which::Layers(name) => {
            let number = |s: &Sample| s.name.strip_prefix(name).map(str::to_owned);
            let digits = |n: &String| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
            samples.retain(|s| number(s).as_ref().is_some_and(digits));
            ("--layers", name)
        }
    };
    if !samples.is_empty() {
        return Ok(());
    }
    let rule = if there.iter().all(String::is_empty) {
        format!("the file lists no samples (leave {flag} out)")
    } else {
        format!("no such sample (there are {})", there.join(", "))
    };
    let shown = source.shown();
    Err(Error::input(format!("{shown}: {flag} {name}: {rule}")))
}

fn samples_of(source: &Source, layer: &Layer, how: &How) -> Result<Vec<Sample>, Error> {
    let grids = grids(source, layer, how)?;
    let ([batch, heads, nq, d], n) = (grids.q.sizes, grids.k.sizes[2]);
    let nearest = names::folder(&layer.tensors[0]);
    let mut folders = vec![nearest, ""];
    folders.dedup();
    let place = mask::Place {
        folders,
        number: &layer.number,
        not: &layer.tensors,
    };
    let mut wrong = Wrong::default();
    let bias = wrong.note(mask::read(source, &place, [batch, heads, nq, n], how));
    if how.causal && nq > n {
        let rule = "a causal layer has no more queries than keys (leave --causal out)";
        let shown = source.shown();
        let what = format!("{shown}: {nq} queries, {n} keys: {rule}");
        wrong.note::<()>(Err(Error::input(what)));
    }
    wrong.end()?;
    let bias = bias.unwrap_or_default();
    let sample = |item: usize| {
        let part = grids.q.layout.batch && batch > 1;
        let parts = [layer.name.clone(), format!("b{item}")];
        let name = match (part, layer.name.is_empty()) {
            (true, false) => parts.join("."),
            (true, true) => parts[1].clone(),
            (false, _) => layer.name.clone(),
        };
        Sample {
            name,
            model: None,
            causal: how.causal,
            softmax: how.softmax(d),
            heads: heads_of(&grids, item, &bias, how),
            stem: layer.name.clone(),
            layout: grids.q.layout,
            masks: bias.taken(),
        }
    };
    Ok((0..batch).map(sample).collect())
}

/// Reads the tensors of a layer and judges whether they belong together.
fn grids(source: &Source, layer: &Layer, how: &How) -> Result<Grids, Error> {
    let mut wrong = Wrong::default();
    let tensors: Vec<Option<Tensor>> = (layer.tensors.iter())
        .map(|name| wrong.note(source.tensor(name)))
        .collect();
    let [Some(q), Some(k), Some(v)] = tensors.as_slice() else {
        return Err(wrong.end().err().unwrap_or(Error::Interrupted));
    };
    // Elements of a head of queries, where heads are side by side, and heads of K.
    let split = |heads: usize| {
        move |last: usize| {
            if last.is_multiple_of(heads) {
                Ok(heads)
            } else {
                Err(format!(
                    "its last dimension holds no {heads} heads of equal width"
                ))
            }
        }
    };
    let of_q = how.heads.map(split);
    let of_q = of_q
        .as_ref()
        .map(|f| f as &dyn Fn(usize) -> Result<usize, String>);
    let q = wrong.note(Grid::new(q, how.order, false, of_q));
    let d = q.as_ref().map_or(1, |q| q.sizes[3]);
    let by_width = move |last: usize| {
        if last.is_multiple_of(d) {
            Ok(last / d)
        } else {
            Err(format!(
                "its last dimension must hold heads of {d} elements, as q does"
            ))
        }
    };
    let of_k = how
        .heads
        .map(|_| &by_width as &dyn Fn(usize) -> Result<usize, String>);
    // Keys and values of one head for all queries may do without the dimension of heads.
    let shared = q.as_ref().is_some_and(|q| {
        q.layout.heads && k.shape.len() + 1 == q.shape.len() && v.shape.len() == k.shape.len()
    });
    let k = wrong.note(Grid::new(k, how.order, shared, of_k));
    let of_v = k.as_ref().map(|k| split(k.sizes[1]));
    let of_v = of_v
        .as_ref()
        .map(|f| f as &dyn Fn(usize) -> Result<usize, String>);
    let v = wrong.note(Grid::new(
        v,
        how.order,
        shared,
        of_v.filter(|_| how.heads.is_some()),
    ));
    let (Some(q), Some(k), Some(v)) = (q, k, v) else {
        return Err(wrong.end().err().unwrap_or(Error::Interrupted));
    };
    wrong.note(agree(source, layer, &q, &k, &v));
    wrong.end().map(|()| Grids { q, k, v })
}

fn agree(source: &Source, layer: &Layer, q: &Grid, k: &Grid, v: &Grid) -> Result<(), Error> {
    let ([qb, qh, _, qd], [kb, kh, kn, kd]): (Sizes, Sizes) = (q.sizes, k.sizes);
    let [vb, vh, vn, _] = v.sizes;
    let mut rules = Vec::new();
    if [kb, vb] != [qb, qb] {
        rules.push(format!("batches of {qb}, {kb} and {vb} must be the same"));
    }
    if kh != vh {
        rules.push(format!("{kh} heads of k and {vh} of v must be the same"));
    }
    if !qh.is_multiple_of(kh) {
        rules.push(format!(
            "{qh} heads of q must be a multiple of the {kh} of k"
        ));
    }
    if qd != kd {
        rules.push(format!("{qd} elements of q and {kd} of k must be the same"));
    }
    if kn != vn {
        rules.push(format!("{kn} tokens of k and {vn} of v must be the same"));
    }
    if rules.is_empty() {
        return Ok(());
    }
    let (shown, [a, b, c]) = (source.shown(), &layer.tensors);
    let rules = rules.join("; ");
    let (qs, ks, vs) = (&q.shape, &k.shape, &v.shape);
    let order = if q.layout.shape([2, 3, 4, 5]).ends_with(&[3, 4, 5]) {
        " (read as heads, tokens, elements: --layout bnhd where tokens come first)"
    } else {
        " (mend the tensors, or --layout and --heads)"
    };
    Err(Error::input(format!(
        "{shown}: {a} {qs:?}, {b} {ks:?} and {c} {vs:?} do not belong together: {rules}{order}"
    )))
}

/// Quantises the heads of one item to 12 bits, symmetrically: one scale a head, or one a channel of
/// K and of V. The scales of K's channels then go into the queries, whose heads of one group keep one
/// scale, so that the core can run them together.
fn heads_of(grids: &Grids, item: usize, bias: &Bias, how: &How) -> Vec<Head> {
    let Grids { q, k, v } = grids;
    let ([_, heads, nq, d], [_, kv_heads, n, _]) = (q.sizes, k.sizes);
    let group = heads / kv_heads;
    let integers = |rows: &[Vec<f64>], granularity| {
        let tensor = quantise_tensor(rows, QUERY_W, granularity);
        tensor.expect("what is read is finite")
    };
    let shared = bias
        .is_shared()
        .then(|| bias.rows(item, 0, [nq, n]))
        .flatten();
    let mut out = Vec::new();
    for kv in 0..kv_heads {
        let (rows_k, rows_v) = (k.rows(item, kv), v.rows(item, kv));
        let (keys, values) = (
            integers(&rows_k, how.granularity),
            integers(&rows_v, how.granularity),
        );
        let rows_q: Vec<Vec<f64>> = (kv * group..(kv + 1) * group)
            .flat_map(|h| q.rows(item, h))
            .collect();
        let (queries, key_scale) = match how.granularity {
            Granularity::Head => (integers(&rows_q, Granularity::Head), keys.scales[0]),
            Granularity::Channel => {
                let folded = fold(&rows_q, &keys.scales);
                (integers(&folded, Granularity::Head), 1.0)
            }
        };
        let ints: (Arc<[_]>, Arc<[_]>) = (keys.rows.into(), values.rows.into());
        let reals: (Arc<[_]>, Arc<[_]>) = (rows_k.into(), rows_v.into());
        let of_head = queries.rows.chunks(nq).zip(rows_q.chunks(nq));
        for (at, (q, real)) in of_head.enumerate() {
            let number = kv * group + at;
            let bias = shared.clone().or_else(|| bias.rows(item, number, [nq, n]));
            out.push(Head {
                q: q.to_vec(),
                k: Arc::clone(&ints.0),
                v: Arc::clone(&ints.1),
                kv: kv as u32,
                scale: [queries.scales[0], key_scale],
                v_scale: values.scales.clone(),
                softmax: how.softmax(d),
                real: Some(Real {
                    q: real.to_vec(),
                    k: Arc::clone(&reals.0),
                    v: Arc::clone(&reals.1),
                }),
                bias,
            });
        }
    }
    out
}
