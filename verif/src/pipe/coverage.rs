// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which situations the bench has brought about.

use std::collections::BTreeMap;

/// Situations of every pipeline: a pause within an item, an item right behind another, an item
/// of one beat, a reset while results were on their way.
pub(super) const COMMON: [&str; 4] = ["pause_within", "back_to_back", "single_beat", "reset"];

/// Counts of all situations: [`COMMON`], then those of the block.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coverage {
    common: [u64; COMMON.len()],
    own: Vec<u64>,
}

impl Coverage {
    /// Counts situation `which` of all pipelines if it `happened`.
    pub(super) fn count(&mut self, which: &str, happened: bool) {
        let at = COMMON.iter().position(|name| *name == which);
        self.common[at.expect("a situation of all pipelines")] += u64::from(happened);
    }

    /// Counts the situations of an item.
    pub(super) fn item(&mut self, situations: &[bool]) {
        self.own.resize(situations.len().max(self.own.len()), 0);
        for (count, happened) in self.own.iter_mut().zip(situations) {
            *count += u64::from(*happened);
        }
    }

    /// Names the counts.
    pub(super) fn named(&self, own: &[&str]) -> BTreeMap<String, u64> {
        let counts = self.own.iter().copied().chain(std::iter::repeat(0));
        let own = own.iter().zip(counts);
        let all = COMMON.iter().zip(self.common).chain(own);
        all.map(|(name, count)| ((*name).to_owned(), count))
            .collect()
    }
}
