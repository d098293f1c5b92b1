// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the FiGS array and its baselines: whole sparse GEMMs in, every word of every output
//! compared with [`hwgen_golden::figs`].
//!
//! One bench serves every variant: the golden packer makes the beats, the golden array says what
//! comes of them, and what comes is compared with the plain product besides.

pub(crate) mod bench;
mod count;
mod play;
mod prepare;
mod stimulus;

use hwgen_golden::figs::{Matrix, Pattern};
use serde::{Deserialize, Serialize};

use crate::kit::{self, points};

/// Streams of an engine, in the order of a run's stalls.
const TILES: usize = 0;
const WEIGHTS: usize = 1;
const ACTS: usize = 2;
const OUTPUTS: usize = 3;
/// What reports say when they stall.
const STREAMS: [&str; 4] = [
    "tiles paused",
    "weights paused",
    "activations paused",
    "outputs stalled",
];

/// A run of jobs.
type Run = kit::Run<Job>;

/// `Y[T, O] = X[T, K] * W[O, K]^T`, the weights of one N:M pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gemm {
    /// Weights that a block keeps.
    pub n: u32,
    /// Weights of a block.
    pub m: u32,
    /// Outputs, O.
    pub outputs: u32,
    /// Inner dimension, K.
    pub inputs: u32,
    /// Tokens, T.
    pub tokens: u32,
    /// Weights, output by output; an element that is 0 is absent.
    pub weights: Vec<i64>,
    /// Activations, token by token.
    pub acts: Vec<i64>,
}

impl Gemm {
    /// Takes two matrices: weights, outputs by inputs, and activations, tokens by inputs.
    ///
    /// # Panics
    /// If the inner dimensions differ.
    pub fn new(pattern: Pattern, weights: &Matrix, acts: &Matrix) -> Self {
        assert_eq!(weights.cols(), acts.cols(), "inner dimensions");
        Self {
            n: pattern.n(),
            m: pattern.m(),
            outputs: weights.rows(),
            inputs: weights.cols(),
            tokens: acts.rows(),
            weights: weights.data().to_vec(),
            acts: acts.data().to_vec(),
        }
    }
}

/// What the engine made of a GEMM, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Tokens by outputs.
    pub sums: Matrix,
    /// Tiles that were sent.
    pub tiles: u64,
    /// Cycle in which the first activation was accepted.
    pub first_in: u64,
    /// Cycle in which the last output was accepted.
    pub last_out: u64,
    /// Beats of activations.
    pub act_beats: u64,
    /// Beats of weights.
    pub weight_beats: u64,
    /// Beats of outputs.
    pub out_beats: u64,
}

/// A tile that the engine must drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stray {
    /// Tokens it says it has.
    pub(crate) tokens: u32,
    /// Log2 of the weights it says its blocks have.
    pub(crate) log_n: u32,
}

/// One item of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Job {
    /// A GEMM.
    Gemm(Gemm),
    /// A tile that no engine of these parameters runs.
    Stray(Stray),
}

points! {
    /// A tile of 1 weight a block; the five after it are those of 2, 4, ... 32.
    N1,
    N2,
    N4,
    N8,
    N16,
    N32,
    /// A tile had another N than the one before.
    Switched,
    /// A tile had fewer tokens than its weights have beats.
    Short,
    /// A tile had one token.
    OneToken,
    /// A tile had as many tokens as there may be.
    FullTile,
    /// Sums went over several tiles.
    Summed,
    /// A sum was wanted again in the fewest cycles that there may be.
    Close,
    /// The inner dimension ended inside a tile.
    RaggedInputs,
    /// The outputs ended inside a tile.
    RaggedOutputs,
    /// The tokens did not fit into one tile.
    Chunks,
    /// A tile without weights was left out.
    Absent,
    /// A tile was dropped for its tokens.
    StrayTokens,
    /// A tile was dropped for its N.
    StrayN,
    /// A beat of weights waited for the tile before to start.
    StalledWeights,
    /// A token had to wait.
    StalledActs,
    /// An output had to wait.
    StalledOut,
    /// Weights were taken while tokens of the tile before were.
    Overlapped,
    /// Reset hit while weights were loading.
    ResetInWeights,
    /// Reset hit while tokens were under way.
    ResetInTokens,
    /// Every cycle of a run was as promised.
    Timed,
}

/// The points of tiles by their N: that of `2^log_n` weights a block.
const OF_N: [Point; 6] = [
    Point::N1,
    Point::N2,
    Point::N4,
    Point::N8,
    Point::N16,
    Point::N32,
];
