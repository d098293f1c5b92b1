// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which situations the bench has brought about.

use std::collections::BTreeMap;

use hwgen_golden::topk::Variant;

/// A situation that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
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

const NAMES: [&str; 17] = [
    "keep_none",
    "keep_all",
    "keep_beyond",
    "empty",
    "one_key",
    "full_length",
    "partial_beat",
    "full_beats",
    "tie_cut",
    "all_equal",
    "capped",
    "stalled_in",
    "bubble_in",
    "stalled_out",
    "overlapped",
    "reset_in_keys",
    "reset_in_result",
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

    /// Names the counts that `variant` with `lanes` can reach at all.
    pub(crate) fn named(&self, variant: Variant, lanes: u32) -> BTreeMap<String, u64> {
        let reachable = |name: &str| match name {
            "capped" => variant == Variant::Stream,
            "partial_beat" => lanes > 1,
            _ => true,
        };
        let all = NAMES.iter().zip(self.0);
        all.filter(|(name, _)| reachable(name))
            .map(|(name, count)| ((*name).to_owned(), count))
            .collect()
    }
}
