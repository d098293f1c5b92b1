// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the score buffer: queries whose rows, refinements and reads overlap across
//! contexts; every key and maximum that is read is compared with [`hwgen_golden::score::Scores`].

pub(crate) mod bench;
mod item;
mod play;

use serde::{Deserialize, Serialize};

use super::numbers::Kind;
use crate::kit::{self, points};

/// Streams of the buffer, in the order of a run's stalls.
const ROWS: usize = 0;
const READS: usize = 1;

/// A run of queries, each of which takes the next context.
type Run = kit::Run<Item>;

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

points! {
    /// Products were all of one value.
    AllEqual,
    /// Products were all 0 but one.
    OneHot,
    /// Products were the smallest or the largest.
    Extreme,
    /// No key of a query was seen.
    NothingLive,
    /// A bias masked a key.
    MaskedByBias,
    /// The first pass had more than one plane.
    SeveralPlanes,
    /// A query had as many rows as a context.
    WholeContext,
    /// A query was refined.
    Refined,
    /// A query was refined twice.
    RefinedTwice,
    /// A refinement left some keys alone.
    PartRefined,
    /// A refinement took all keys.
    NothingLeftAlone,
    /// A row of a refinement came between two of a first pass.
    RefinementBetweenRows,
    /// A row was read while another came in.
    ReadBesideRows,
    /// A row was scanned while one of another context was read.
    ScanBesideReads,
    /// A refinement began while the one before was on its way.
    RefinementsFollow,
    /// Reset hit while a pass was under way.
    Reset,
}
