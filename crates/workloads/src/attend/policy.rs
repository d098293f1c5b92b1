// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the core is to treat a layer, and what of it survives.

use hwgen_golden::attention::cascade::Cascade;
use hwgen_golden::attention::host::Bound;
use hwgen_golden::attention::{Rule, Select};

use crate::samples::{Head, Sample};

/// How the core is to treat a layer.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Which keys are fetched in more planes.
    pub rule: Rule,
    /// Planes of K that are fetched up front.
    pub start: u32,
    /// Planes of V that are fetched.
    pub values: u32,
    /// Rule `head`: refine where the largest probability is under this.
    pub threshold: f64,
    /// Rule `token`: keys that may have more than this are refined.
    pub eps: f64,
    /// How far a score may be from what its planes say.
    pub bound: Bound,
    /// Which values are fetched.
    pub select: Select,
    /// Most values per query, where they are selected by rank.
    pub k: u32,
    /// Probability that selection by mass leaves out.
    pub left_out: f64,
    /// Whether the probabilities that are kept are scaled to sum to 1.
    pub renorm: bool,
}

/// What cascade pruning has left for a layer.
#[derive(Debug, Clone)]
pub struct Survivors {
    /// Tokens, ascending.
    pub tokens: Vec<u32>,
    /// Heads, ascending.
    pub heads: Vec<u32>,
    /// Whether heads that share K and V may be one job: nobody counts each head's importance.
    pub(super) together: bool,
}

impl Survivors {
    /// Everything.
    pub fn all(sample: &Sample) -> Self {
        Self {
            tokens: (0..sample.tokens() as u32).collect(),
            heads: (0..sample.heads.len() as u32).collect(),
            together: true,
        }
    }

    /// Takes over what a cascade keeps.
    pub fn of(cascade: &Cascade) -> Self {
        Self {
            tokens: cascade.tokens().to_vec(),
            heads: cascade.heads().to_vec(),
            together: false,
        }
    }

    /// Returns the queries whose own token is there, or all where queries are no tokens.
    pub(super) fn queries(&self, sample: &Sample) -> Vec<usize> {
        let (nq, n) = (sample.queries(), sample.tokens());
        let all = 0..nq;
        if nq > n || (nq < n && !sample.causal) {
            return all.collect();
        }
        let there = |i: &usize| self.tokens.binary_search(&((n - nq + i) as u32)).is_ok();
        all.filter(there).collect()
    }

    /// Returns how many of the surviving tokens the query sees that is the `at`th to ask.
    pub(super) fn visible(&self, sample: &Sample, asking: usize, at: usize) -> usize {
        let keys = self.tokens.len();
        if sample.causal {
            (keys.saturating_sub(asking) + at + 1).min(keys)
        } else {
            keys
        }
    }
}

/// Returns the nats of one unit of the product of a query and a key of 12 bits.
pub(super) fn unit(head: &Head) -> f64 {
    head.scale[0] * head.scale[1] * head.softmax
}
