// SPDX-License-Identifier: MIT OR Apache-2.0
//! The passes of the hardware over the keys of a context.

use super::exponent::{Scale, exp2, key};
use crate::attention::AttentionParams;
use crate::violation::Violation;
use crate::width::{cnt_width, idx_width};

/// Bits of a sum of exponentials.
pub const SUM_W: u32 = 38;
/// Bits of a number of planes.
pub const PLANES_W: u32 = 2;

/// Parameters of the engine. Field `tokens` is SystemVerilog parameter `Tokens`, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftmaxParams {
    /// Keys a row, 1 to 64.
    pub tokens: u32,
    /// Rows of a context, 1 to 4096; 4096 keys at most.
    pub rows: u32,
    /// Queries in flight, 2 to 8.
    pub contexts: u32,
    /// Bits of a score with its bias, two's complement, 2 to 40.
    pub score_w: u32,
}

impl SoftmaxParams {
    /// Returns the engine that `core` holds.
    pub fn of(core: &AttentionParams) -> Self {
        Self {
            tokens: core.tokens(),
            rows: core.max_rows(),
            contexts: core.contexts,
            score_w: core.bias_w() + 1,
        }
    }

    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        for (field, value, low, high) in [
            ("softmax.tokens", self.tokens, 1, 64),
            (
                "softmax.rows",
                self.rows,
                1,
                4096 / self.tokens.clamp(1, 64),
            ),
            ("softmax.contexts", self.contexts, 2, 8),
            ("softmax.score_w", self.score_w, 2, 40),
        ] {
            Violation::range(field, value, low, high, &mut out);
        }
        out
    }

    /// Returns the bits of a context's number.
    pub fn context_w(&self) -> u32 {
        idx_width(self.contexts)
    }

    /// Returns the bits of a row's number.
    pub fn row_w(&self) -> u32 {
        idx_width(self.rows)
    }

    /// Returns the bits of a count of rows.
    pub fn rows_w(&self) -> u32 {
        cnt_width(self.rows)
    }

    /// Returns the bits of a key in the score buffer.
    pub fn key_w(&self) -> u32 {
        1 + PLANES_W + self.score_w
    }
}

/// A key as the score buffer holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Whether the key is seen and not masked.
    pub live: bool,
    /// Planes that its score is of.
    pub planes: u32,
    /// Score with its bias.
    pub score: i64,
}

/// What a pass makes of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// Exponentials in 2^-24 units, 0 of keys that do not live.
    pub exps: Vec<u32>,
    /// Ranks; smaller is likelier. Of keys that do not live, meaningless.
    pub ranks: Vec<u32>,
    /// Sum of the exponentials.
    pub sum: u64,
    /// Sum of those of the candidates, live keys with a given number of planes.
    pub part: u64,
    /// Smallest rank of a candidate.
    pub best: Option<u32>,
}

impl Pass {
    /// Evaluates `keys` whose largest live score is `max`; candidates have `planes` planes.
    pub fn of(keys: &[Key], max: i64, planes: u32, scale: Scale) -> Self {
        let mut pass = Self {
            exps: Vec::with_capacity(keys.len()),
            ranks: Vec::with_capacity(keys.len()),
            sum: 0,
            part: 0,
            best: None,
        };
        for own in keys {
            let octaves = own.live.then(|| scale.octaves(max - own.score));
            let exp = octaves.map_or(0, exp2);
            let rank = octaves.map(key);
            pass.ranks.push(rank.unwrap_or(0));
            pass.exps.push(exp);
            pass.sum += u64::from(exp);
            if own.planes == planes {
                pass.part += u64::from(exp);
                pass.best = pass.best.into_iter().chain(rank).min();
            }
        }
        pass
    }
}

/// What a scan marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Keys to be refined.
    pub refine: Vec<bool>,
    /// Largest score of the live keys that are left alone.
    pub rest: Option<i64>,
}

impl Scan {
    /// Marks the candidates whose rank is at most `limit`; without a limit all live keys.
    pub fn of(keys: &[Key], pass: &Pass, planes: u32, limit: Option<u32>) -> Self {
        let marked = |(own, &rank): (&Key, &u32)| {
            own.live && limit.is_none_or(|most| own.planes == planes && rank <= most)
        };
        let refine: Vec<bool> = keys.iter().zip(&pass.ranks).map(marked).collect();
        let left = keys.iter().zip(&refine);
        let left = left.filter(|(own, refine)| own.live && !**refine);
        let rest = left.map(|(own, _)| own.score).max();
        Self { refine, rest }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Numerators;
    use super::*;

    const SCALE: Scale = Scale {
        pre_shift: 0,
        mant: 0x8000,
    };

    fn keys() -> Vec<Key> {
        let all = [
            (true, 1, 500),
            (true, 2, 70_000),
            (false, 1, 90_000),
            (true, 1, 60_000),
        ];
        all.map(|(live, planes, score)| Key {
            live,
            planes,
            score,
        })
        .to_vec()
    }

    #[test]
    fn a_pass_is_the_numerators_of_the_core_and_the_share_of_candidates() {
        let keys = keys();
        let pass = Pass::of(&keys, 70_000, 1, SCALE);
        let scores: Vec<Option<i64>> = keys.iter().map(|k| k.live.then_some(k.score)).collect();
        let whole = Numerators::of(&scores, SCALE);
        assert_eq!((&pass.exps, pass.sum), (&whole.exps, whole.sum));
        assert_eq!(pass.part, u64::from(pass.exps[0] + pass.exps[3]));
        // Of the candidates, half of 10,000 and half of 69,500 units of 2^-14 octave below the best.
        assert_eq!(pass.best, Some(5_000 >> 7));
        assert_eq!(Pass::of(&keys, 70_000, 3, SCALE).best, None);
        let live = |ranks: &[u32]| [ranks[0], ranks[1], ranks[3]];
        assert_eq!(live(&pass.ranks), live(&whole.keys));
    }

    #[test]
    fn a_scan_marks_candidates_up_to_its_limit() {
        let keys = keys();
        let pass = Pass::of(&keys, 70_000, 1, SCALE);
        // 10,000 and 69,500 half units of 2^-14 octave below the best.
        assert_eq!((pass.ranks[0], pass.ranks[3]), (34_750 >> 7, 5_000 >> 7));
        let near = Scan::of(&keys, &pass, 1, Some(39));
        assert_eq!(near.refine, [false, false, false, true]);
        assert_eq!(near.rest, Some(70_000));
        let none = Scan::of(&keys, &pass, 1, Some(38));
        assert!(!none.refine.contains(&true));
        let all = Scan::of(&keys, &pass, 1, None);
        assert_eq!(all.refine, [true, true, false, true]);
        assert_eq!(all.rest, None);
    }

    #[test]
    fn the_engine_of_a_core_and_its_widths() {
        let p = SoftmaxParams::of(&AttentionParams::default());
        assert_eq!((p.tokens, p.rows, p.contexts, p.score_w), (1, 1024, 4, 33));
        assert_eq!(
            (p.context_w(), p.row_w(), p.rows_w(), p.key_w()),
            (2, 10, 11, 36)
        );
        assert!(p.violations().is_empty());
        let broken = SoftmaxParams {
            tokens: 0,
            rows: 5000,
            contexts: 1,
            score_w: 41,
        };
        assert_eq!(broken.violations().len(), 4);
    }
}
