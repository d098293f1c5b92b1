// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which situations the bench has brought about.

use std::collections::BTreeMap;

use hwgen_golden::score::ScoreParams;

use super::Item;
use super::item::Script;
use crate::pipe::Kind;

/// Names of the situations.
const NAMES: [&str; 14] = [
    "all_equal",
    "one_hot",
    "extreme",
    "nothing_live",
    "masked_by_bias",
    "several_planes",
    "whole_context",
    "refined",
    "refined_twice",
    "part_refined",
    "nothing_left_alone",
    "refinement_between_rows",
    "read_beside_rows",
    "reset",
];

/// Counts of all situations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coverage([u64; NAMES.len()]);

impl Coverage {
    /// Counts situation `which` if it `happened`.
    pub(super) fn count(&mut self, which: &str, happened: bool) {
        let at = NAMES.iter().position(|name| *name == which);
        self.0[at.expect("a situation that is listed")] += u64::from(happened);
    }

    /// Counts the situations that a query is.
    pub(super) fn item(&mut self, item: &Item, script: &Script, p: &ScoreParams) {
        let masked = -(1_i64 << (p.bias_w() - 1));
        let first = &script.passes[0];
        let rounds = script.passes.len() - 1;
        self.count("all_equal", item.sums == Kind::Equal);
        self.count("one_hot", item.sums == Kind::OneHot);
        self.count("extreme", item.sums == Kind::Extreme);
        self.count("nothing_live", first.after.max().is_none());
        self.count(
            "masked_by_bias",
            first.beats.iter().any(|b| b.bias.contains(&masked)),
        );
        self.count("several_planes", item.planes > 1);
        self.count("whole_context", item.rows == p.rows);
        self.count("refined", rounds > 0);
        self.count("refined_twice", rounds > 1);
        for pass in &script.passes[1..] {
            self.count("part_refined", pass.rest.is_some());
            self.count("nothing_left_alone", pass.rest.is_none());
        }
    }

    /// Names the counts that a buffer with so many planes can reach.
    pub(super) fn named(&self, planes: usize) -> BTreeMap<String, u64> {
        let reachable = |name: &str| match name {
            "several_planes"
            | "refined"
            | "part_refined"
            | "nothing_left_alone"
            | "refinement_between_rows" => planes > 1,
            "refined_twice" => planes > 2,
            _ => true,
        };
        let all = NAMES.iter().zip(self.0);
        all.filter(|(name, _)| reachable(name))
            .map(|(name, count)| ((*name).to_owned(), count))
            .collect()
    }
}
