// SPDX-License-Identifier: MIT OR Apache-2.0
//! The score buffer: partial scores of planes become scores, with what softmax and refinement need
//! to know of each key.

mod interface;

use crate::attention::{AttentionParams, QUERY_W, planes};
use crate::qk::QkParams;
use crate::softmax::{Key, PLANES_W};
use crate::violation::Violation;
use crate::width::idx_width;

/// Flags of a beat: refinement, first and last plane of a row, first and last row of a pass.
pub const FLAGS_W: u32 = 5;

/// Parameters of the buffer. Field `sum_w` is SystemVerilog parameter `SumW`, and so on; `k_planes`
/// are `KPlanes` and `KWidths`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreParams {
    /// Keys a row, 1 to 64.
    pub tokens: u32,
    /// Rows of a context, 1 to 4096; 4096 keys at most.
    pub rows: u32,
    /// Queries in flight, 2 to 8.
    pub contexts: u32,
    /// Bits of the planes of K, top plane first.
    pub k_planes: Vec<u32>,
    /// Bits of a sum of QK, two's complement, 1 to 40.
    pub sum_w: u32,
    /// Bits of the sum of a query's elements, two's complement, 12 to 20.
    pub query_w: u32,
    /// Bits of a score with its bias, two's complement, 3 to 40.
    pub score_w: u32,
}

impl ScoreParams {
    /// Returns the buffer that `core` holds.
    pub fn of(core: &AttentionParams) -> Self {
        Self {
            tokens: core.tokens(),
            rows: core.max_rows(),
            contexts: core.contexts,
            k_planes: core.k_planes.clone(),
            sum_w: QkParams::of(core).sum_w,
            query_w: QUERY_W + core.d_head.next_power_of_two().ilog2(),
            score_w: core.bias_w() + 1,
        }
    }

    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        let most_rows = 4096 / self.tokens.clamp(1, 64);
        for (field, value, low, high) in [
            ("score.tokens", self.tokens, 1, 64),
            ("score.rows", self.rows, 1, most_rows),
            ("score.contexts", self.contexts, 2, 8),
            ("score.k_planes", self.k_planes.len() as u32, 1, 3),
            ("score.sum_w", self.sum_w, 1, 40),
            ("score.query_w", self.query_w, 12, 20),
            ("score.score_w", self.score_w, 3, 40),
        ] {
            Violation::range(field, value, low, high, &mut out);
        }
        for &width in &self.k_planes {
            Violation::range("score.k_planes", width, 2, 8, &mut out);
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

    /// Returns the bits of a bias; the smallest masks its key.
    pub fn bias_w(&self) -> u32 {
        self.score_w - 1
    }

    /// Returns the bits of a key: live, planes, score.
    pub fn key_w(&self) -> u32 {
        1 + PLANES_W + self.score_w
    }

    /// Returns the bits of what accompanies a row's sums.
    pub fn tag_w(&self) -> u32 {
        let lanes = self.tokens * (1 + self.bias_w());
        self.context_w() + self.row_w() + PLANES_W + FLAGS_W + lanes
    }
}

/// The keys of one context.
#[derive(Debug, Clone)]
pub struct Scores {
    params: ScoreParams,
    keys: Vec<Key>,
}

impl Scores {
    /// Starts with `rows` rows of keys that do not live.
    pub fn new(params: ScoreParams, rows: u32) -> Self {
        let none = Key {
            live: false,
            planes: 0,
            score: 0,
        };
        Self {
            keys: vec![none; (rows * params.tokens) as usize],
            params,
        }
    }

    /// Writes a row. `sums` are those of the first planes, plane by plane; a key lives if `mask`
    /// has its bit and its bias is not the smallest.
    pub fn write(&mut self, row: u32, query_sum: i64, sums: &[Vec<i64>], bias: &[i64], mask: u64) {
        let masked = -(1 << (self.params.bias_w() - 1));
        let first = (row * self.params.tokens) as usize;
        for (lane, &bias) in bias.iter().enumerate() {
            let planes = sums.iter().enumerate();
            let parts = planes.map(|(p, sums)| self.increment(sums[lane], query_sum, p));
            let score = bias + parts.sum::<i64>();
            self.keys[first + lane] = Key {
                live: mask >> lane & 1 == 1 && bias != masked,
                planes: sums.len() as u32,
                score,
            };
        }
    }

    /// Adds a plane to the keys of a row that `mask` names.
    pub fn refine(&mut self, row: u32, plane: usize, query_sum: i64, sums: &[i64], mask: u64) {
        let first = (row * self.params.tokens) as usize;
        for (lane, &sum) in sums.iter().enumerate() {
            if mask >> lane & 1 == 1 {
                let more = self.increment(sum, query_sum, plane);
                let key = &mut self.keys[first + lane];
                key.score += more;
                key.planes += 1;
            }
        }
    }

    fn increment(&self, sum: i64, query_sum: i64, plane: usize) -> i64 {
        planes::increment(sum, query_sum, &self.params.k_planes, plane)
    }

    /// Returns all keys, row by row.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Returns the largest score of the live keys.
    pub fn max(&self) -> Option<i64> {
        let live = self.keys.iter().filter(|k| k.live);
        live.map(|k| k.score).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qk::KeyPlane;

    #[test]
    fn planes_first_and_refined_make_the_whole_product() {
        let core = AttentionParams {
            d_head: 8,
            lanes: 16,
            max_tokens: 8,
            ..AttentionParams::default()
        };
        let p = ScoreParams::of(&core);
        assert!(p.violations().is_empty());
        assert_eq!((p.sum_w, p.query_w, p.score_w, p.key_w()), (19, 15, 30, 33));
        assert_eq!(p.tag_w(), 2 + 2 + 2 + 5 + 2 * 30);
        let query: Vec<i16> = (0..8).map(|d| 400 - d * 333).collect();
        let sum: i64 = query.iter().map(|&q| i64::from(q)).sum();
        let keys: [Vec<i32>; 2] = [(0..8).map(|d| d * 517 - 2048).collect(), vec![2047; 8]];
        let plane = |n| KeyPlane::new(keys.iter().map(Vec::as_slice), 8, &core.k_planes, n);
        let sums = |n| -> Vec<i64> {
            let plane = plane(n);
            (0..2).map(|key| plane.product(&query, key)).collect()
        };
        let mut scores = Scores::new(p, 4);
        scores.write(3, sum, &[sums(0), sums(1)], &[70, -5], 0b11);
        assert_eq!(scores.keys()[6].planes, 2);
        scores.refine(3, 2, sum, &sums(2), 0b11);
        for (lane, bias) in [(0, 70), (1, -5)] {
            let exact = query
                .iter()
                .zip(&keys[lane])
                .map(|(&q, &k)| i32::from(q) * k);
            let exact = i64::from(exact.sum::<i32>()) + bias;
            let key = scores.keys()[6 + lane];
            assert_eq!((key.live, key.planes, key.score), (true, 3, exact));
        }
        assert_eq!(
            scores.max(),
            scores.keys()[6..].iter().map(|k| k.score).max()
        );
    }

    #[test]
    fn masks_and_the_smallest_bias_take_keys_out() {
        let core = AttentionParams {
            d_head: 8,
            lanes: 32,
            max_tokens: 8,
            ..AttentionParams::default()
        };
        let p = ScoreParams::of(&core);
        let masked = -(1 << (p.bias_w() - 1));
        let mut scores = Scores::new(p, 2);
        scores.write(0, 0, &[vec![9; 4]], &[0, masked, 0, 0], 0b0111);
        let live: Vec<bool> = scores.keys().iter().map(|k| k.live).collect();
        assert_eq!(live, [true, false, true, false, false, false, false, false]);
        scores.refine(0, 1, 1, &[5; 4], 0b0100);
        assert_eq!((scores.keys()[0].planes, scores.keys()[2].planes), (1, 2));
        // 9 * 2^8, then 5 * 2^4 and the middle of the last four bits.
        assert_eq!(scores.max(), Some(2304 + 80 + 8));
    }
}
