// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the softmax passes: it takes the place of the score buffer, and every row, sum and
//! verdict is compared with [`hwgen_golden::softmax::Pass`] and [`hwgen_golden::softmax::Scan`].

pub(crate) mod bench;
mod play;

use hwgen_golden::softmax::{Key, Pass, Scale, Scan, SoftmaxParams};
use serde::{Deserialize, Serialize};

use crate::kit::{self, points};
use hwgen_sim::rng::Rng;

/// A run of passes.
type Run = kit::Run<Item>;

/// A pass, perhaps with a scan behind it.
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

/// What follows a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Nothing behind its sums.
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
            Verdict::Sums | Verdict::All => None,
            Verdict::Limit(limit) => Some(limit),
        };
        let scan = self.scan != Verdict::Sums;
        let scan = scan.then(|| Scan::of(&keys, &pass, self.planes, limit));
        Script {
            keys,
            max,
            pass,
            scan,
        }
    }
}

impl Script {
    /// Tells which situations the pass is; a context has `rows` rows.
    fn points(&self, item: &Item, rows: u32) -> Vec<(Point, bool)> {
        let live = self.keys.iter().filter(|k| k.live).count();
        let saturated = live > 0 && self.pass.ranks.contains(&4095);
        let mut all = vec![
            (Point::AllEqual, item.shape == Shape::Equal),
            (Point::OneHot, item.shape == Shape::OneHot),
            (Point::Extreme, item.shape == Shape::Extreme),
            (Point::Powers, item.shape == Shape::Powers),
            (Point::NothingLive, live == 0),
            (Point::MaskedKeys, live > 0 && live < self.keys.len()),
            (Point::Certain, item.certain),
            (Point::Saturated, saturated),
            (Point::LeftShift, item.pre_shift < 0),
            (Point::WholeContext, item.rows == rows),
            (Point::NoCandidate, live > 0 && self.pass.best.is_none()),
            (Point::ScanOfAll, item.scan == Verdict::All),
            (Point::ScanToALimit, matches!(item.scan, Verdict::Limit(_))),
        ];
        if let Some(scan) = &self.scan {
            let marked = scan.refine.iter().filter(|r| **r).count();
            all.push((Point::NothingMarked, marked == 0));
            all.push((Point::SomeMarked, marked > 0 && marked < live));
            all.push((Point::AllMarked, marked > 0 && marked == live));
        }
        all
    }
}

points! {
    /// Scores were all the same.
    AllEqual,
    /// One score was far above the others.
    OneHot,
    /// Scores were the smallest or the largest.
    Extreme,
    /// Scores were powers of two below the best.
    Powers,
    /// No key of a pass was live.
    NothingLive,
    /// Some keys were live and some were not.
    MaskedKeys,
    /// A pass took certain keys only.
    Certain,
    /// A rank was the largest.
    Saturated,
    /// Scores were shifted to the left.
    LeftShift,
    /// A pass had as many rows as a context.
    WholeContext,
    /// A scan was to mark all live keys.
    ScanOfAll,
    /// A scan was to mark keys up to a rank.
    ScanToALimit,
    /// A scan marked nothing.
    NothingMarked,
    /// A scan marked some live keys.
    SomeMarked,
    /// A scan marked all of them.
    AllMarked,
    /// A pass had live keys, but no candidates.
    NoCandidate,
    /// A command was taken as the last row of the one before was read.
    BackToBack,
    /// A command had to wait.
    WaitingCommand,
    /// A row was scanned while one of a pass was read.
    ScanBesidePass,
    /// Reset hit while rows were on their way.
    Reset,
}
