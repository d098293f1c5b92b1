// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of pipelines without back-pressure: beats go in with gaps, and what an item of one or
//! more beats makes comes out a fixed number of cycles after its last beat, with its tag.
//!
//! Knows no block. What an item is, its beats and its result, the block says as [`Pipe`].

mod bench;
mod coverage;
mod play;

use hwgen_golden::Violation;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Dir, Engine};
use hwgen_sim::rng::Rng;
use hwgen_sim::stream::{Reset, Stall};

pub(crate) use bench::PipeBench;

/// A port of fields of equal width, lowest first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) name: &'static str,
    /// Bits of a field.
    pub(crate) width: u32,
    pub(crate) count: u32,
}

/// Values of the ports of a beat, in the order of [`Shape::inputs`].
pub(crate) type Beat = Vec<Vec<u64>>;

/// What a block of this kind looks like from outside, beside clock, reset, `valid_i` and `last_i`,
/// `tag_i`, `valid_o` and `tag_o`.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// What stands with a beat.
    pub(crate) inputs: Vec<Fields>,
    /// What comes of an item.
    pub(crate) output: Fields,
    pub(crate) tag_w: u32,
    /// Least cycles from one last beat to the next.
    pub(crate) spacing: u64,
    /// A result stays until this many cycles before the next, where it does.
    pub(crate) stands: Option<u64>,
}

/// An item as it goes in, and what is to come out.
pub(crate) struct Script {
    pub(crate) beats: Vec<Beat>,
    /// Fields of the output.
    pub(crate) result: Vec<u64>,
    /// Which of [`Pipe::SITUATIONS`] it is.
    pub(crate) situations: Vec<bool>,
}

/// A block of this kind.
pub(crate) trait Pipe: Sync {
    /// What becomes one result.
    type Item: Clone + PartialEq + Sync + Serialize + DeserializeOwned;
    /// What items are called, one and several.
    const WORDS: [&'static str; 2];
    /// Situations that items bring about.
    const SITUATIONS: &'static [&'static str];

    /// Describes the ports.
    fn shape(&self) -> Shape;
    /// Draws an item.
    fn draw(&self, rng: &mut Rng) -> Self::Item;
    /// Says why an item cannot be played.
    fn refuse(&self, item: &Self::Item) -> Option<String>;
    /// Makes the beats of an item, and its result by the golden model.
    fn script(&self, item: &Self::Item) -> Script;
    /// Lists simpler items.
    fn plainer(item: &Self::Item) -> Vec<Self::Item>;
}

/// One power-up and the items after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run<I> {
    /// Seed of the initial state and of what is on the ports when nothing is valid.
    pub(crate) seed: u64,
    /// When beats come.
    pub(crate) stall: Stall,
    /// A reset in the middle.
    pub(crate) reset: Option<Reset>,
    /// What goes in.
    pub(crate) items: Vec<I>,
}

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

    /// Tells whether this is of equal numbers, one-hot, of extremes.
    pub(crate) fn situations(self) -> Vec<bool> {
        let all = [Self::Equal, Self::OneHot, Self::Extreme];
        all.iter().map(|k| *k == self).collect()
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

/// Reads the numbers of the manifest as ports take them.
pub(crate) fn bits(numbers: &[i64]) -> Vec<u64> {
    numbers.iter().map(|&n| n as u64).collect()
}

/// Refuses parameters that break a rule, and a tag that is not as wide as the block's.
pub(crate) fn judge(
    engine: &Engine,
    violations: &[Violation],
    tag_w: u32,
) -> Result<(), VerifyError> {
    if let Some(violation) = violations.first() {
        return Err(engine.refused(violation.to_string()));
    }
    match engine.number("TagW")? {
        own if own == tag_w => Ok(()),
        own => Err(engine.refused(format!("TagW is {own}, not {tag_w}"))),
    }
}

impl Shape {
    /// Lists every port.
    fn wanted(&self) -> Vec<(&'static str, Dir, u32)> {
        use Dir::{Input, Output};
        let mut all = vec![
            ("clk_i", Input, 1),
            ("rst_ni", Input, 1),
            ("valid_i", Input, 1),
            ("last_i", Input, 1),
            ("tag_i", Input, self.tag_w),
            ("valid_o", Output, 1),
            ("tag_o", Output, self.tag_w),
        ];
        let fields = |f: &Fields, dir| (f.name, dir, f.width * f.count);
        all.extend(self.inputs.iter().map(|f| fields(f, Input)));
        all.push(fields(&self.output, Output));
        all
    }
}
