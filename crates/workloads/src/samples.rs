// SPDX-License-Identifier: MIT OR Apache-2.0
//! Queries, keys and values of attention layers from a file of tensors.
//!
//! *Listed* samples are integers of 12 bits that the file's metadata names; *plain* tensors are queries,
//! keys and values of any type of numbers, which are quantised here. Either may come with biases and
//! masks. What is wrong with a file is told all at once.

mod fit;
mod flags;
mod layout;
mod listed;
mod mask;
mod names;
mod plain;
mod unread;

use std::path::Path;
use std::sync::Arc;

use crate::tensors::Source;
pub use flags::{How, SampleArgs, usual as usual_scale};
use hwgen_console::error::Error;
pub use layout::Layout;
pub use mask::Taken;

/// One layer's attention: a list of heads.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Name in the file; empty for plain tensors of one layer without a batch.
    pub name: String,
    /// The model, if the file says it.
    pub model: Option<String>,
    /// Whether a query sees only keys up to its own position, the last query the last key.
    pub causal: bool,
    /// What scores are multiplied with before the softmax, and biases added.
    pub softmax: f64,
    /// The query heads.
    pub heads: Vec<Head>,
    /// Name of the tensors that it is a part of, without the batch.
    pub stem: String,
    /// How its queries are laid out.
    pub layout: Layout,
    /// The tensors that its biases and masks come from.
    pub masks: Vec<Taken>,
}

impl Sample {
    /// Returns the keys of each head.
    pub fn tokens(&self) -> usize {
        self.heads[0].k.len()
    }

    /// Returns the queries of each head.
    pub fn queries(&self) -> usize {
        self.heads[0].q.len()
    }

    /// Returns the heads of K and V, each of which as many query heads share.
    pub fn kv_heads(&self) -> usize {
        self.heads.last().map_or(0, |h| h.kv as usize + 1)
    }

    /// Returns the elements of a key and of a value.
    pub fn widths(&self) -> [usize; 2] {
        [self.heads[0].k[0].len(), self.heads[0].v[0].len()]
    }

    /// Returns the keys that a query of any head sees if none is masked.
    pub fn visible(&self, query: usize) -> usize {
        let (nq, n) = (self.queries(), self.tokens());
        if self.causal {
            (n.saturating_sub(nq) + query + 1).min(n)
        } else {
            n
        }
    }

    /// Tells whether all keys of a query are masked.
    pub fn is_blind(&self, head: &Head, query: usize) -> bool {
        let Some(bias) = &head.bias else { return false };
        let seen = &bias[query][..self.visible(query)];
        seen.iter().all(|b| *b == f64::NEG_INFINITY)
    }

    /// Returns what messages call it.
    pub fn label(&self) -> String {
        if self.name.is_empty() {
            "q, k, v".to_owned()
        } else {
            format!("sample {}", self.name)
        }
    }
}

/// One query head, in integers of 12 bits.
#[derive(Debug, Clone)]
pub struct Head {
    /// Queries, a row each.
    pub q: Vec<Vec<i32>>,
    /// Keys and values, a row each; heads of one group share them.
    pub k: Arc<[Vec<i32>]>,
    pub(crate) v: Arc<[Vec<i32>]>,
    /// Number of the head of K and V.
    pub kv: u32,
    /// Real value of a unit of a query and of a key.
    pub scale: [f64; 2],
    /// Real value of a unit of each element of a value.
    pub v_scale: Vec<f64>,
    /// Nats of a unit of the product of a real query and key.
    pub softmax: f64,
    /// The tensors before quantisation, where they are known.
    pub real: Option<Real>,
    /// Nats added to each score, a row a query; minus infinity masks.
    pub bias: Option<Arc<[Vec<f64>]>>,
}

/// A head's tensors in real units.
#[derive(Debug, Clone)]
pub struct Real {
    pub(crate) q: Vec<Vec<f64>>,
    pub(crate) k: Arc<[Vec<f64>]>,
    pub(crate) v: Arc<[Vec<f64>]>,
}

/// What is wanted of a file.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// All samples.
    All,
    /// The sample of this name.
    One(&'a str),
    /// The samples `NAME.l...`: the layers of one model, in their order.
    Layers(&'a str),
}

/// What a file held.
#[derive(Debug)]
pub struct Found {
    /// The layers.
    pub samples: Vec<Sample>,
    /// Names of the tensors that nothing was read from.
    pub not_read: Vec<String>,
    /// What the user should know of it.
    pub warnings: Vec<String>,
}

/// Reads samples from a file, from a checkpoint's index or from its folder.
pub fn read(path: &Path, which: Which<'_>, how: &How) -> Result<Found, Error> {
    from(&Source::open(path, None)?, which, how)
}

/// Reads samples from a file in memory; `label` is what messages call it.
pub fn parse(bytes: &[u8], label: &str, which: Which<'_>, how: &How) -> Result<Vec<Sample>, Error> {
    let source = Source::from_bytes(bytes.to_vec(), label)?;
    from(&source, which, how).map(|found| found.samples)
}

fn from(source: &Source, which: Which<'_>, how: &How) -> Result<Found, Error> {
    let listed = source
        .metadata("samples")
        .filter(|_| !how.names_are_given());
    let (mut samples, not_read) = match listed {
        Some(list) => listed::read(source, list, which, how)?,
        None => plain::read(source, which, how)?,
    };
    samples.iter_mut().for_each(fit::biases);
    let mut warnings = Vec::new();
    if !not_read.is_empty() {
        warnings.push(unread::warning(source, &not_read));
    }
    if let Some(sample) = samples.iter().find(|s| looks_turned(s)) {
        let (heads, nq, n) = (sample.heads.len(), sample.queries(), sample.tokens());
        warnings.push(format!(
            "{}, {}: read as {heads} heads of {nq} queries and {n} keys; where tokens come before \
             heads, say --layout bnhd",
            source.shown(),
            sample.label()
        ));
    }
    for sample in &samples {
        let blind = |head: &Head| {
            (0..head.q.len())
                .filter(|&i| sample.is_blind(head, i))
                .count()
        };
        let blind: usize = sample.heads.iter().map(blind).sum();
        if blind > 0 {
            let all = sample.heads.len() * sample.queries();
            warnings.push(format!(
                "{}, {}: {blind} of {all} queries see no key: their outputs are 0, and the error \
                 leaves them out",
                source.shown(),
                sample.label()
            ));
        }
    }
    Ok(Found {
        samples,
        not_read,
        warnings,
    })
}

/// Tells whether tokens before heads would explain more queries than keys: as many heads of queries for
/// each one of keys.
fn looks_turned(sample: &Sample) -> bool {
    let (nq, n) = (sample.queries(), sample.tokens());
    let plain = sample.heads[0].real.is_some() && sample.layout.is_heads_first();
    plain && sample.heads.len() == sample.kv_heads() && nq > n && nq.is_multiple_of(n)
}

/// What is wrong with a file, gathered to be told at once.
#[derive(Debug, Default)]
struct Wrong(Vec<String>);

impl Wrong {
    /// Keeps what went wrong.
    fn note<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => return Some(value),
            Err(Error::Input(all)) => self.0.extend(all),
            Err(other) => self.0.push(other.to_string()),
        }
        None
    }

    /// Returns the error, if there is one.
    fn end(mut self) -> Result<(), Error> {
        let mut told = Vec::new();
        self.0.retain(|line| {
            let new = !told.contains(line);
            told.push(line.clone());
            new
        });
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Input(self.0))
        }
    }
}
