// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the attention core: whole jobs in, every output word, probability, report and
//! request compared with [`hwgen_golden::attention::run_job`].
//!
//! It knows the ports of the core and a memory behind them, and nothing of the pipeline between.

pub(crate) mod bench;
pub(crate) mod case;
mod check;
mod drive;
mod edges;
mod memory;
mod play;
pub(crate) mod stimulus;

use std::collections::BTreeSet;
use std::sync::Arc;

use hwgen_golden::attention::{Job, Query};
use serde::{Deserialize, Serialize};

use crate::kit::points;

/// Streams of the core, in the order of a run's stalls.
const STREAMS: usize = 8;
const JOBS: usize = 0;
const QUERIES: usize = 1;
const BIASES: usize = 2;
const REQUESTS: usize = 3;
const RESPONSES: usize = 4;
const PROBS: usize = 5;
const OUTPUTS: usize = 6;
const STATS: usize = 7;
/// A job with its data.
#[derive(Debug, Clone)]
pub struct LiveJob {
    /// What the job port carries.
    pub job: Job,
    /// Its queries, at least one.
    pub queries: Vec<Query>,
    /// Keys by token; jobs may share them.
    pub k: Arc<[Vec<i32>]>,
    /// Values by token.
    pub v: Arc<[Vec<i32>]>,
    /// A bias for each visible key of each query, if the job says so.
    pub bias: Option<Vec<Vec<i64>>>,
    /// The token of each position, if the job says so.
    pub list: Option<Vec<u32>>,
}

/// The memory behind the vector port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Cycles from a request to its response, at least 1.
    pub latency: u32,
    /// Bytes of plane vectors a cycle at most; 0 is no limit but a row a cycle.
    pub bytes_per_cycle: u32,
}

impl Memory {
    /// Answers in the next cycle and takes a row a cycle.
    pub const IDEAL: Self = Self {
        latency: 1,
        bytes_per_cycle: 0,
    };
}

impl Default for Memory {
    fn default() -> Self {
        Self::IDEAL
    }
}

/// What came out of the jobs, and when.
#[derive(Debug, Clone, Default)]
pub struct Played {
    /// Outputs of each query of each job, in order.
    pub outputs: Vec<Vec<i16>>,
    /// Cycle in which each output left.
    pub out_cycles: Vec<u64>,
    /// Cycle in which each query was accepted.
    pub in_cycles: Vec<u64>,
    /// Cycle of the first accepted job.
    pub first_in: u64,
    /// Cycle in which the last output, report and probability had left.
    pub last_out: u64,
    /// Beats on the request port.
    pub requests: u64,
    /// Plane vectors asked for.
    pub vectors: u64,
    /// The same of K and of V, by plane.
    pub by_plane: [[u64; 3]; 2],
    /// Bytes asked for.
    pub bytes: u64,
    /// The words themselves, if they are wanted.
    pub beats: Option<Beats>,
}

impl Played {
    /// Returns the cycles from the first accepted job to the last word that left.
    pub fn cycles(&self) -> u64 {
        self.last_out - self.first_in + 1
    }
}

/// What was on the ports of the core.
#[derive(Debug, Clone, Default)]
pub struct Beats {
    /// Rows of probabilities: number, data by lane, lanes that count.
    pub rows: Vec<(u32, Vec<u32>, u64)>,
    /// Outputs with their heads.
    pub outputs: Vec<(u32, Vec<i16>)>,
    /// Head and token of all that was asked for.
    pub requested: BTreeSet<(u32, u32)>,
}

points! {
    /// A job was refused.
    Refused,
    /// A query was refined by rule `head`.
    RefinedHead,
    /// A query was refined by rule `token`.
    RefinedToken,
    /// Rule `token` left some keys out and took others.
    RefinedPart,
    /// A query went through two rounds.
    TwoRounds,
    /// A refinement found a plane that an earlier query had fetched.
    PlaneShared,
    /// Values were left out by the k best.
    PrunedTopk,
    /// Values were left out by mass.
    PrunedMass,
    /// A value had been fetched by an earlier query.
    ValueShared,
    /// A job was causal.
    Causal,
    /// A bias masked some keys of a query.
    Masked,
    /// A bias masked all of them.
    AllMasked,
    /// Positions were translated.
    Listed,
    /// The last row was partly filled.
    PartialRow,
    /// A job had as many keys as the core takes.
    FullLength,
    /// A request had to wait.
    StalledRequest,
    /// An output had to wait.
    StalledOutput,
    /// A job was accepted before the previous one had left.
    Overlapped,
    /// Reset hit while a job was under way.
    Reset,
}
