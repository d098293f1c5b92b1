// SPDX-License-Identifier: MIT OR Apache-2.0
//! A run: one power-up and the items after it.

use serde::{Deserialize, Serialize};

use super::stall::{Reset, Stall};
use hwgen_sim::rng::{Rng, at};

/// One power-up and the items after it: everything that a play depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run<I, S = ()> {
    /// Seed of the initial state and of what is on the ports when nothing is valid.
    pub(crate) seed: u64,
    /// When each stream moves, in the order of [`Bench::STREAMS`](super::Bench::STREAMS).
    pub(crate) stalls: Vec<Stall>,
    /// The reset in the middle, if there is one.
    pub(crate) reset: Option<Reset>,
    /// What surrounds the block, where that is more than streams.
    #[serde(default)]
    pub(crate) setup: S,
    /// What happens, in order.
    pub(crate) items: Vec<I>,
}

impl<I, S: Default + PartialEq> Run<I, S> {
    /// Makes a run of `items` without stalls on `streams` streams and without a reset.
    pub(crate) fn calm(seed: u64, streams: usize, items: Vec<I>) -> Self {
        Self {
            seed,
            stalls: vec![Stall::NONE; streams],
            reset: None,
            setup: S::default(),
            items,
        }
    }

    /// Tells whether nothing but the block decides about its cycles.
    pub(crate) fn is_calm(&self) -> bool {
        self.reset.is_none() && !self.is_stalled()
    }

    /// Tells whether any stream stalls.
    pub(crate) fn is_stalled(&self) -> bool {
        self.stalls.iter().any(|stall| *stall != Stall::NONE)
    }

    /// Returns a bound on the cycles that all stalls together take in one go, for watchdogs.
    pub(crate) fn longest_stall(&self) -> u64 {
        self.stalls.iter().map(Stall::longest).sum()
    }
}

/// Lists runs until there are `cases` items in all. `draw` makes the run of a number, counted from
/// 1, with at most so many items and at least one.
pub(crate) fn plan<'a, I, S>(
    seed: u64,
    cases: u64,
    mut draw: impl FnMut(&mut Rng, u64, u64) -> Run<I, S> + 'a,
) -> Box<dyn Iterator<Item = Run<I, S>> + 'a> {
    let (mut left, mut number) = (cases, 0);
    Box::new(std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let mut rng = Rng::new(at(seed, number));
        number += 1;
        let run = draw(&mut rng, number, left);
        left -= run.items.len() as u64;
        Some(run)
    }))
}
