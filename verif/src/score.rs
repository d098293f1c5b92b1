// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the score buffer: queries whose rows, refinements and reads overlap across
//! contexts; every key and maximum that is read is compared with [`hwgen_golden::score::Scores`].

mod bench;
mod coverage;
mod item;
mod play;
mod ports;

use serde::{Deserialize, Serialize};

use crate::pipe::Kind;
use hwgen_sim::stream::{Reset, Stall};

pub(crate) use bench::ScoreBench;

/// One power-up and the queries after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// Seed of the initial state and of what is on the ports when nothing is valid.
    pub(crate) seed: u64,
    /// When rows come, and when keys are read.
    pub(crate) stalls: [Stall; 2],
    /// A reset in the middle.
    pub(crate) reset: Option<Reset>,
    /// The queries in their order; each takes the next context.
    pub(crate) items: Vec<Item>,
}

/// A query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    pub(crate) rows: u32,
    /// Planes of the first pass.
    pub(crate) planes: u32,
    /// Share of the candidates that get another plane, in percent; 0 ends the query.
    pub(crate) refine: u32,
    /// What sums, biases and masks are drawn from.
    pub(crate) seed: u64,
    pub(crate) sums: Kind,
    pub(crate) bias: Kind,
    /// Share of the keys that are seen, in percent.
    pub(crate) seen: u32,
}
