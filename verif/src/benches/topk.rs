// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the top-k engine: whole queries in, survivors compared with
//! [`hwgen_golden::topk::select`].
//!
//! One bench serves every variant, `cargo test` and the command line. It knows the ports of the
//! engine and nothing of how a variant works.

pub(crate) mod bench;
mod check;
mod play;
pub(crate) mod speed;
mod stimulus;

use serde::{Deserialize, Serialize};

use crate::kit::{self, points};

/// The keys of one query and how many of them to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Keys in index order.
    pub keys: Vec<i64>,
    /// Survivors wanted; may exceed the number of keys.
    pub k: u32,
}

/// What the engine answered, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryResult {
    /// Indices of the survivors.
    pub indices: Vec<u32>,
    /// Keys of the survivors.
    pub keys: Vec<i64>,
    /// Smallest surviving key, 0 where nothing survives.
    pub threshold: i64,
    /// Number of survivors.
    pub count: u32,
    /// Cycle in which the first key beat was accepted.
    pub first_in: u64,
    /// Cycle in which the last key beat was accepted.
    pub last_in: u64,
    /// Cycle in which the first result beat was accepted.
    pub first_out: u64,
    /// Cycle in which the last result beat was accepted.
    pub last_out: u64,
}

/// When a query may start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// Only when the result of the previous one has left: latency.
    #[default]
    Isolated,
    /// As soon as the engine takes it: throughput.
    BackToBack,
}

points! {
    /// k was 0.
    KeepNone,
    /// k was the number of keys.
    KeepAll,
    /// k was larger than the number of keys.
    KeepBeyond,
    /// There were no keys.
    Empty,
    /// There was one key.
    OneKey,
    /// There were as many keys as the engine takes.
    FullLength,
    /// The last key beat was partly filled.
    PartialBeat,
    /// All key beats were full.
    FullBeats,
    /// Some but not all keys equal to the threshold survived.
    TieCut,
    /// All keys were equal.
    AllEqual,
    /// The capacity of the variant, not k, was the bound.
    Capped,
    /// A key beat had to wait.
    StalledIn,
    /// A query paused between two of its beats.
    BubbleIn,
    /// A result beat had to wait.
    StalledOut,
    /// Keys were accepted before the previous result had left.
    Overlapped,
    /// Reset hit while keys were being sent.
    ResetInKeys,
    /// Reset hit between the last key and the last result beat.
    ResetInResult,
}

/// Streams of the engine, in the order of a run's stalls.
const KEYS: usize = 0;
const RESULTS: usize = 1;
/// What reports say when they stall.
const STREAMS: [&str; 2] = ["keys paused", "results stalled"];

/// A run of queries.
pub(crate) type Run = kit::Run<Query, Pace>;
