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
mod sample;
mod unread;
mod wrong;

use std::path::Path;

use crate::tensors::Source;
pub use flags::{How, SampleArgs, usual as usual_scale};
use hwgen_console::error::Error;
pub use layout::Layout;
pub use mask::Taken;
pub use sample::{Head, Real, Sample, Which};

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
