// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the softmax passes: it stands in for the score buffer, and every row, sum and
//! verdict is compared with [`hwgen_golden::softmax::Pass`] and [`hwgen_golden::softmax::Scan`].

mod bench;
mod coverage;
mod play;
mod ports;

use hwgen_golden::softmax::{Key, Pass, Scale, Scan, SoftmaxParams};
use serde::{Deserialize, Serialize};

use hwgen_sim::rng::Rng;
use hwgen_sim::stream::{Reset, Stall};

pub(crate) use bench::SoftmaxBench;

/// One power-up and the passes after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// Seed of the initial state and of what is on the ports when nothing is valid.
    pub(crate) seed: u64,
    /// When commands come.
    pub(crate) stall: Stall,
    /// A reset in the middle.
    pub(crate) reset: Option<Reset>,
    /// The passes in their order.
    pub(crate) items: Vec<Item>,
}

/// A pass or a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    pub(crate) context: u32,
    pub(crate) rows: u32,
    pub(crate) certain: bool,
    pub(crate) planes: u32,
    pub(crate) pre_shift: i32,
    pub(crate) mant: u32,
    pub(crate) scan: Verdict,
    /// What the keys are drawn from.
    pub(crate) seed: u64,
    pub(crate) shape: Shape,
}

/// What a pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Exponentials and their sums.
    Sums,
    /// A scan that marks all live keys.
    All,
    /// A scan that marks candidates of up to this rank.
    Limit(u32),
}

/// What scores look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// All bits random.
    Uniform,
    /// Within the range in which an exponential is not 0.
    Near,
    /// All the same.
    Equal,
    /// One far above the others.
    OneHot,
    /// The smallest or the largest.
    Extreme,
    /// Powers of two below the best, which the range of a shift shows.
    Powers,
}

impl Shape {
    const ALL: [Self; 6] = [
        Self::Uniform,
        Self::Near,
        Self::Equal,
        Self::OneHot,
        Self::Extreme,
        Self::Powers,
    ];
}

/// A pass with its keys, and what is to come of it.
pub(crate) struct Script {
    pub(crate) keys: Vec<Key>,
    /// Largest live score, if any lives.
    pub(crate) max: Option<i64>,
    pub(crate) pass: Pass,
    pub(crate) scan: Option<Scan>,
}

impl Item {
    /// Draws the keys and evaluates them by the golden model.
    pub(crate) fn script(&self, p: &SoftmaxParams) -> Script {
        let mut rng = Rng::new(self.seed);
        let half = 1_i64 << (p.score_w - 1);
        let count = self.rows * p.tokens;
        // A score octave, as near as the scale tells.
        let octave = (1_i128 << 30) / i128::from(self.mant.max(1));
        let octave = match self.pre_shift {
            right @ 0.. => octave << right,
            left => octave >> -left,
        };
        let near = (octave * 34).clamp(1, i128::from(half)) as u64;
        let top = rng.between(-half, half - 1);
        let hot = rng.below(count.into()) as u32;
        let alive = [0, 50, 90, 100, 100, 100][rng.below(6) as usize];
        let score = |at: u32, rng: &mut Rng| match self.shape {
            Shape::Uniform => rng.between(-half, half - 1),
            Shape::Near => (top - rng.below(near) as i64).max(-half),
            Shape::Equal => top,
            Shape::OneHot | Shape::Powers if at == hot => half - 1,
            Shape::OneHot => -half,
            Shape::Extreme => [-half, half - 1][rng.below(2) as usize],
            Shape::Powers => half - 1 - (1 << rng.below(p.score_w.into())),
        };
        let keys: Vec<Key> = (0..count)
            .map(|at| Key {
                live: rng.chance(alive),
                planes: if rng.chance(70) {
                    self.planes
                } else {
                    rng.below(4) as u32
                },
                score: score(at, &mut rng),
            })
            .collect();
        let max = keys.iter().filter(|k| k.live).map(|k| k.score).max();
        let scale = Scale {
            pre_shift: self.pre_shift,
            mant: self.mant,
        };
        let pass = Pass::of(&keys, max.unwrap_or(0), self.planes, scale);
        let limit = match self.scan {
            Verdict::Sums => {
                return Script {
                    keys,
                    max,
                    pass,
                    scan: None,
                };
            }
            Verdict::All => None,
            Verdict::Limit(limit) => Some(limit),
        };
        let scan = Scan::of(&keys, &pass, self.planes, limit);
        Script {
            keys,
            max,
            pass,
            scan: Some(scan),
        }
    }
}
