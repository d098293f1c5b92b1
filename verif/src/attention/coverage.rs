// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which situations the bench has brought about.

use std::collections::BTreeMap;

/// A situation that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
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

const NAMES: [&str; 19] = [
    "refused",
    "refined_head",
    "refined_token",
    "refined_part",
    "two_rounds",
    "plane_shared",
    "pruned_topk",
    "pruned_mass",
    "value_shared",
    "causal",
    "masked",
    "all_masked",
    "listed",
    "partial_row",
    "full_length",
    "stalled_request",
    "stalled_output",
    "overlapped",
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

    /// Names the counts that a core with `planes` of K and rows of `tokens` can reach at all.
    pub(crate) fn named(&self, planes: usize, tokens: u32) -> BTreeMap<String, u64> {
        let reachable = |name: &str| match name {
            "refined_head" | "refined_token" | "refined_part" | "plane_shared" => planes > 1,
            "two_rounds" => planes > 2,
            "partial_row" => tokens > 1,
            _ => true,
        };
        let all = NAMES.iter().zip(self.0);
        all.filter(|(name, _)| reachable(name))
            .map(|(name, count)| ((*name).to_owned(), count))
            .collect()
    }
}
