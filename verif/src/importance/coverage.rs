// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which situations the bench has brought about.

use std::collections::BTreeMap;

/// A situation that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// A token's sum stayed at the largest.
    SaturatedToken,
    /// A head's did.
    SaturatedHead,
    /// A row followed the same row at once.
    RepeatedRow,
    /// An output of a head that does not exist.
    StrayHead,
    /// A sum was copied.
    Copied,
    /// A sum was written.
    Written,
    /// What was seen was forgotten.
    Restarted,
    /// An access was answered as an error.
    Refused,
    /// An access read what the one before it wrote.
    Dependent,
    /// An answer had to wait.
    StalledAnswer,
    /// A row had to wait for an access.
    WaitingRow,
    /// Reset hit while beats were under way.
    Reset,
}

const NAMES: [&str; 12] = [
    "saturated_token",
    "saturated_head",
    "repeated_row",
    "stray_head",
    "copied",
    "written",
    "restarted",
    "refused",
    "dependent",
    "stalled_answer",
    "waiting_row",
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

    /// Names the counts that a block with `heads` heads can reach at all.
    pub(crate) fn named(&self, heads: u32) -> BTreeMap<String, u64> {
        let reachable = |name: &str| heads < 256 || name != "stray_head";
        let all = NAMES.iter().zip(self.0);
        all.filter(|(name, _)| reachable(name))
            .map(|(name, count)| ((*name).to_owned(), count))
            .collect()
    }
}
