// SPDX-License-Identifier: MIT OR Apache-2.0
//! Biases and masks beside queries, keys and values: nats that are added to the scores.
//!
//! A mask is told from a bias, and what its truth values mean, by name and type; what could mean either
//! is refused with the flag that says it. A masked key has a bias of minus infinity.

mod means;
mod shape;

use std::sync::Arc;

use hwgen_golden::mask::masked;
use serde::Serialize;

use super::flags::{How, Means};
use super::layout::Sizes;
use super::names::Pattern;
use super::wrong::Wrong;
use crate::tensors::{Source, Tensor};
use hwgen_console::error::Error;
use means::{Role, ones};
use shape::steps;

/// Names of tensors that hold nats.
const BIASES: [&str; 8] = [
    "bias",
    "attn_bias",
    "attention_bias",
    "position_bias",
    "relative_position_bias",
    "rel_pos_bias",
    "alibi",
    "alibi_bias",
];

/// Names of tensors that mask.
const MASKS: [&str; 6] = [
    "attention_mask",
    "attn_mask",
    "mask",
    "causal_mask",
    "padding_mask",
    "key_padding_mask",
];

/// A tensor that was taken for a bias or a mask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    pub(crate) tensor: String,
    pub(crate) means: Means,
    /// Its shape, and what the dimensions are.
    pub shape: Vec<usize>,
    pub(crate) dimensions: &'static str,
}

impl Taken {
    /// Says in words how it was taken.
    pub fn text(&self) -> String {
        let means = match self.means {
            Means::Keep => "keeps the keys where it is true or 1",
            Means::Ignore => "masks the keys where it is true or 1",
            Means::Add => "nats added to the scores",
        };
        format!(
            "{} {:?}: {means}, {}",
            self.tensor, self.shape, self.dimensions
        )
    }
}

/// Nats of the pairs of query and key that the tensors of a layer say.
#[derive(Debug, Default)]
pub(super) struct Bias {
    parts: Vec<Part>,
}

/// One tensor, broadcast.
#[derive(Debug)]
struct Part {
    taken: Taken,
    nats: Vec<f64>,
    /// Steps of batch, heads, queries and keys; 0 where it is broadcast.
    steps: Sizes,
}

impl Bias {
    /// Returns the tensors that it comes from.
    pub(super) fn taken(&self) -> Vec<Taken> {
        self.parts.iter().map(|p| p.taken.clone()).collect()
    }

    /// Returns the biases of a head of so many queries and keys, a row a query.
    pub(super) fn rows(
        &self,
        item: usize,
        head: usize,
        [nq, n]: [usize; 2],
    ) -> Option<Arc<[Vec<f64>]>> {
        if self.parts.is_empty() {
            return None;
        }
        let at = |i: usize, j: usize| -> f64 {
            let part = |p: &Part| {
                let [b, h, q, k] = p.steps;
                p.nats[item * b + head * h + i * q + j * k]
            };
            self.parts.iter().map(part).sum()
        };
        let row = |i: usize| (0..n).map(|j| at(i, j)).collect();
        Some((0..nq).map(row).collect())
    }

    /// Tells whether all heads have the same.
    pub(super) fn is_shared(&self) -> bool {
        self.parts.iter().all(|p| p.steps[1] == 0)
    }
}

/// Where the tensors of a layer may be.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// What stands before the names, nearest first.
    pub(super) folders: Vec<&'a str>,
    /// Number of the layer, for patterns of the user's.
    pub(super) number: &'a str,
    /// Names that are queries, keys or values.
    pub(super) not: &'a [String],
}

/// Reads the biases and masks of a layer of `sizes` (batch, heads, queries, keys).
pub(super) fn read(
    source: &Source,
    place: &Place<'_>,
    sizes: Sizes,
    how: &How,
) -> Result<Bias, Error> {
    let mut bias = Bias::default();
    if how.no_masks {
        return Ok(bias);
    }
    let mut wrong = Wrong::default();
    let named = |flag: &str, name: &Option<String>| -> Option<Result<String, Error>> {
        let pattern = Pattern::new(flag, name.as_deref()?);
        Some(pattern.map(|p| p.of(place.number)))
    };
    let biases = match named("bias", &how.bias) {
        Some(name) => vec![name.map(|n| (n, true, true))],
        None => found(source, place, &BIASES, "bias").map_or_else(
            |e| vec![Err(e)],
            |all| all.into_iter().map(|n| Ok((n, true, false))).collect(),
        ),
    };
    let masks = match named("mask", &how.mask) {
        Some(name) => vec![name.map(|n| (n, false, true))],
        None => found(source, place, &MASKS, "mask").map_or_else(
            |e| vec![Err(e)],
            |all| all.into_iter().map(|n| Ok((n, false, false))).collect(),
        ),
    };
    for name in biases.into_iter().chain(masks) {
        let part = name.and_then(|(name, is_bias, is_named)| {
            let tensor = source.tensor(&name)?;
            part(&tensor, &name, is_bias, is_named, sizes, how.means)
        });
        bias.parts.extend(wrong.note(part));
    }
    wrong.end().map(|()| bias)
}

/// Finds the tensors of some names; more than one in the nearest place must be told apart by a flag,
/// but a padding mask may stand beside another.
fn found(
    source: &Source,
    place: &Place<'_>,
    names: &[&str],
    flag: &str,
) -> Result<Vec<String>, Error> {
    for folder in &place.folders {
        let all = names.iter().map(|n| format!("{folder}{n}"));
        let there: Vec<String> = all
            .filter(|n| source.has(n) && !place.not.contains(n))
            .collect();
        let of_padding = |n: &&String| n.ends_with("padding_mask");
        let others = there.iter().filter(|n| !of_padding(n)).count();
        if others > 1 || there.len() > others + 1 {
            let (shown, there) = (source.shown(), there.join(" and "));
            let rule =
                format!("which holds? (name it with --{flag} NAME, or none with --no-masks)");
            return Err(Error::input(format!("{shown}: there are {there}: {rule}")));
        }
        if !there.is_empty() {
            return Ok(there);
        }
    }
    Ok(Vec::new())
}

fn part(
    tensor: &Tensor,
    name: &str,
    is_bias: bool,
    is_named: bool,
    sizes: Sizes,
    given: Option<Means>,
) -> Result<Part, Error> {
    let refuse = |rule: String| Error::input(format!("{}: {rule}", tensor.label));
    let role = Role::of(name, is_bias, is_named);
    let given = given.filter(|_| !is_bias);
    let means = role.means(&tensor.data, given).map_err(refuse)?;
    let (steps, dimensions) = steps(&tensor.shape, sizes, role).map_err(refuse)?;
    Ok(Part {
        nats: nats(tensor, means)?,
        steps,
        taken: Taken {
            tensor: name.to_owned(),
            means,
            shape: tensor.shape.clone(),
            dimensions,
        },
    })
}

/// Turns elements into nats. What models write for minus infinity becomes it, judged over the whole
/// tensor and over each row, so that rows of nothing but masks are known, too.
fn nats(tensor: &Tensor, means: Means) -> Result<Vec<f64>, Error> {
    let hidden = |is: bool| if is { f64::NEG_INFINITY } else { 0.0 };
    match means {
        Means::Keep => Ok(ones(&tensor.data).iter().map(|one| hidden(!one)).collect()),
        Means::Ignore => Ok(ones(&tensor.data).into_iter().map(hidden).collect()),
        Means::Add => {
            let mut all = tensor.reals()?;
            let bad = |x: &f64| x.is_nan() || *x == f64::INFINITY;
            if let Some(at) = all.iter().position(bad) {
                let rule = "must be a number, or minus infinity for a mask";
                let (label, x) = (&tensor.label, all[at]);
                return Err(Error::input(format!(
                    "{label}: element {at} is {x}: {rule}"
                )));
            }
            let mut masks = masked(&all, tensor.least);
            for (row, masks) in all
                .chunks(tensor.last())
                .zip(masks.chunks_mut(tensor.last()))
            {
                for (mask, alone) in masks.iter_mut().zip(masked(row, tensor.least)) {
                    *mask |= alone;
                }
            }
            let pairs = all.iter_mut().zip(masks).filter(|(_, mask)| *mask);
            pairs.for_each(|(x, _)| *x = f64::NEG_INFINITY);
            Ok(all)
        }
    }
}
