// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers that several benches draw.

use serde::{Deserialize, Serialize};

use hwgen_sim::rng::Rng;

/// What numbers look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// All of one value: the smallest, the largest, 0, 1 or -1.
    Equal,
    /// All 0 but one.
    OneHot,
    /// Each the smallest or the largest.
    Extreme,
    /// All bits random, and now and then an extreme.
    Uniform,
}

impl Kind {
    /// Draws a kind.
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        match rng.below(8) {
            0 => Self::Equal,
            1 => Self::OneHot,
            2 => Self::Extreme,
            _ => Self::Uniform,
        }
    }

    /// Makes `count` numbers from `low` to `high`.
    pub(crate) fn numbers(self, rng: &mut Rng, count: u32, low: i64, high: i64) -> Vec<i64> {
        let corners = [low, high, 0.max(low), 1.min(high), (-1).max(low)];
        let corner = corners[rng.below(5) as usize];
        let hot = rng.below(count.into()) as u32;
        let number = |at: u32, rng: &mut Rng| match self {
            Self::Equal => corner,
            Self::OneHot if at == hot => corner,
            Self::OneHot => 0.max(low),
            Self::Extreme => [low, high][rng.below(2) as usize],
            Self::Uniform if rng.chance(20) => corners[rng.below(5) as usize],
            Self::Uniform => rng.between(low, high),
        };
        (0..count).map(|at| number(at, rng)).collect()
    }

    /// Makes `count` two's complement numbers of `width` bits.
    pub(crate) fn signed(self, rng: &mut Rng, count: u32, width: u32) -> Vec<i64> {
        let half = 1 << (width - 1);
        self.numbers(rng, count, -half, half - 1)
    }
}
