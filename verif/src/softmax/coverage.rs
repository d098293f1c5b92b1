// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which situations the bench has brought about.

use std::collections::BTreeMap;

use super::{Item, Script, Shape, Verdict};

/// Names of the situations.
const NAMES: [&str; 18] = [
    "all_equal",
    "one_hot",
    "extreme",
    "powers",
    "nothing_live",
    "masked_keys",
    "certain",
    "saturated",
    "left_shift",
    "whole_context",
    "scan_of_all",
    "scan_to_a_limit",
    "nothing_marked",
    "some_marked",
    "all_marked",
    "back_to_back",
    "waiting_command",
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

    /// Counts the situations that a pass is; a context has `rows` rows.
    pub(super) fn item(&mut self, item: &Item, script: &Script, rows: u32) {
        let live = script.keys.iter().filter(|k| k.live).count();
        self.count("all_equal", item.shape == Shape::Equal);
        self.count("one_hot", item.shape == Shape::OneHot);
        self.count("extreme", item.shape == Shape::Extreme);
        self.count("powers", item.shape == Shape::Powers);
        self.count("nothing_live", live == 0);
        self.count("masked_keys", live > 0 && live < script.keys.len());
        self.count("certain", item.certain);
        self.count("saturated", live > 0 && script.pass.ranks.contains(&4095));
        self.count("left_shift", item.pre_shift < 0);
        self.count("whole_context", item.rows == rows);
        self.count("scan_of_all", item.scan == Verdict::All);
        self.count("scan_to_a_limit", matches!(item.scan, Verdict::Limit(_)));
        if let Some(scan) = &script.scan {
            let marked = scan.refine.iter().filter(|r| **r).count();
            self.count("nothing_marked", marked == 0);
            self.count("some_marked", marked > 0 && marked < live);
            self.count("all_marked", marked > 0 && marked == live);
        }
    }

    /// Names the counts.
    pub(super) fn named(&self) -> BTreeMap<String, u64> {
        let all = NAMES.iter().zip(self.0);
        all.map(|(name, count)| ((*name).to_owned(), count))
            .collect()
    }
}
