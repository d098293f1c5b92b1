// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stages of the attention core that a design can hold alone, each with the shape of a core.

use crate::attention::AttentionParams;

/// A stage of the attention core as a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Products of a query with a plane of the keys.
    Qk,
    /// Scores, from the products of their planes.
    Score,
    /// Exponentials of the scores and their sums.
    Softmax,
    /// Weighted sums of the values.
    Pv,
}

impl Stage {
    /// All stages, in the order in which a query passes them.
    pub const ALL: [Self; 4] = [Self::Qk, Self::Score, Self::Softmax, Self::Pv];

    /// Returns the name of the block.
    pub fn name(self) -> &'static str {
        match self {
            Self::Qk => "qk",
            Self::Score => "score",
            Self::Softmax => "softmax",
            Self::Pv => "pv",
        }
    }
}

/// The stages of a design: the shape of the core they fit, and which of them there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagesDesign {
    /// The core; `lanes` equals the design's `pe`.
    pub core: AttentionParams,
    /// Stages to emit, without repetition.
    pub held: Vec<Stage>,
}

impl Default for StagesDesign {
    fn default() -> Self {
        Self {
            core: AttentionParams::default(),
            held: Stage::ALL.to_vec(),
        }
    }
}
