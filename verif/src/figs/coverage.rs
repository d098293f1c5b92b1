// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which situations the bench has brought about.

use std::collections::BTreeMap;

use hwgen_golden::figs::{FigsParams, Variant};

/// A situation that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
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

const NAMES: [&str; 25] = [
    "n1",
    "n2",
    "n4",
    "n8",
    "n16",
    "n32",
    "switched",
    "short",
    "one_token",
    "full_tile",
    "summed",
    "close",
    "ragged_inputs",
    "ragged_outputs",
    "chunks",
    "absent",
    "stray_tokens",
    "stray_n",
    "stalled_weights",
    "stalled_acts",
    "stalled_out",
    "overlapped",
    "reset_in_weights",
    "reset_in_tokens",
    "timed",
];

/// The point of a tile of `2^log_n` weights a block.
pub(super) const OF_N: [Point; 6] = [
    Point::N1,
    Point::N2,
    Point::N4,
    Point::N8,
    Point::N16,
    Point::N32,
];

/// Counts of all situations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coverage([u64; NAMES.len()]);

impl Coverage {
    /// Counts `point` if it `happened`.
    #[inline]
    pub(crate) fn count(&mut self, point: Point, happened: bool) {
        self.0[point as usize] += u64::from(happened);
    }

    /// Names the counts that an engine can reach at all.
    pub(crate) fn named(&self, p: &FigsParams, variant: Variant) -> BTreeMap<String, u64> {
        let runs = |log_n: usize| p.runs(variant, log_n as u32);
        let reachable = |i: usize, name: &str| match name {
            "switched" => (0..OF_N.len()).filter(|&n| runs(n)).count() > 1,
            "ragged_outputs" => {
                (0..OF_N.len()).any(|n| runs(n) && p.channels(variant, n as u32) > 1)
            }
            _ => i >= OF_N.len() || runs(i),
        };
        let all = NAMES.iter().zip(self.0).enumerate();
        all.filter(|(i, (name, _))| reachable(*i, name))
            .map(|(_, (name, count))| ((*name).to_owned(), count))
            .collect()
    }
}
