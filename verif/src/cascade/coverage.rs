// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which situations the bench has brought about.

use std::collections::BTreeMap;

use hwgen_golden::cascade::EngineParams;

/// A situation that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// Tokens left.
    PrunedTokens,
    /// Heads left.
    PrunedHeads,
    /// Nobody left.
    KeptAll,
    /// A token stayed only because it is recent.
    Protected,
    /// The window was larger than what was to be kept.
    WindowWon,
    /// Equal keys stood on both sides of the limit.
    Tied,
    /// Sums had to be cut to fit keys: of tokens.
    CutTokens,
    /// Of heads.
    CutHeads,
    /// A generated token joined.
    Joined,
    /// As many tokens as fit.
    FullLength,
    /// A command was refused for each reason.
    RefusedOp,
    RefusedTokens,
    RefusedHeads,
    RefusedKeep,
    /// A list had to wait.
    StalledList,
    /// An answer had to wait.
    StalledAnswer,
    /// A beat of the next layer waited while a command ran.
    EarlyBeat,
    /// Reset hit while a sequence was under way.
    Reset,
}

const NAMES: [&str; 18] = [
    "pruned_tokens",
    "pruned_heads",
    "kept_all",
    "protected",
    "window_won",
    "tied",
    "cut_tokens",
    "cut_heads",
    "joined",
    "full_length",
    "refused_op",
    "refused_tokens",
    "refused_heads",
    "refused_keep",
    "stalled_list",
    "stalled_answer",
    "early_beat",
    "reset",
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

    /// Names the counts that a block of these parameters can reach at all.
    pub(crate) fn named(&self, p: &EngineParams) -> BTreeMap<String, u64> {
        let reachable = |name: &str| name != "pruned_heads" || p.importance.max_heads > 1;
        let all = NAMES.iter().zip(self.0);
        all.filter(|(name, _)| reachable(name))
            .map(|(name, count)| ((*name).to_owned(), count))
            .collect()
    }
}
