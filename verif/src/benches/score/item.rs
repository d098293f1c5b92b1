// SPDX-License-Identifier: MIT OR Apache-2.0
//! A query as the bench plays it: beats of its passes, and the buffer's state after each.

use hwgen_golden::score::{ScoreParams, Scores};

use super::{Item, Point};
use crate::benches::numbers::Kind;
use hwgen_sim::rng::Rng;

/// A row of partial scores of one plane.
#[derive(Debug, Clone)]
pub(super) struct Beat {
    pub(super) row: u32,
    pub(super) plane: u32,
    /// Refinement, first and last plane of the row, first and last row of the pass.
    pub(super) flags: [bool; 5],
    pub(super) mask: u64,
    pub(super) bias: Vec<i64>,
    pub(super) sums: Vec<i64>,
}

/// One pass over the rows of a query.
pub(super) struct Pass {
    pub(super) beats: Vec<Beat>,
    /// Largest score that it leaves alone; of refinements.
    pub(super) rest: Option<i64>,
    /// What the buffer holds behind it.
    pub(super) after: Scores,
}

/// A query with its passes: the first, then refinements.
pub(super) struct Script {
    pub(super) query_sum: i64,
    pub(super) passes: Vec<Pass>,
    pub(super) rows: u32,
}

impl Script {
    /// Draws the data of `item`.
    pub(super) fn of(item: &Item, p: &ScoreParams) -> Self {
        let mut rng = Rng::new(item.seed);
        let query_sum = item.sums.signed(&mut rng, 1, p.query_w)[0];
        let mut now = Scores::new(p.clone(), item.rows);
        // Products of one plane are as large as its own digits make them.
        let sums = |rng: &mut Rng, plane: u32| {
            let most = 1 << (p.query_w + p.k_planes[plane as usize] - 2);
            item.sums.numbers(rng, p.tokens, -most, most)
        };
        let mut first = Vec::new();
        for row in 0..item.rows {
            let lanes = |rng: &mut Rng| {
                (0..p.tokens).fold(0, |m, t| m | u64::from(rng.chance(item.seen)) << t)
            };
            let mask = lanes(&mut rng);
            let bias = item.bias.signed(&mut rng, p.tokens, p.bias_w());
            let planes: Vec<Vec<i64>> = (0..item.planes).map(|n| sums(&mut rng, n)).collect();
            now.write(row, query_sum, &planes, &bias, mask);
            for (plane, sums) in (0..).zip(planes) {
                let ends = plane + 1 == item.planes;
                first.push(Beat {
                    row,
                    plane,
                    flags: [false, plane == 0, ends, row == 0, row + 1 == item.rows],
                    mask,
                    bias: bias.clone(),
                    sums,
                });
            }
        }
        let mut passes = vec![Pass {
            beats: first,
            rest: None,
            after: now.clone(),
        }];
        for plane in item.planes..p.k_planes.len() as u32 {
            let all = now.keys().iter();
            let chosen: Vec<bool> = all
                .map(|k| k.live && k.planes == plane && rng.chance(item.refine))
                .collect();
            if !chosen.contains(&true) {
                break;
            }
            let left = now.keys().iter().zip(&chosen);
            let left = left.filter(|(k, chosen)| k.live && !**chosen);
            let rest = left.map(|(k, _)| k.score).max();
            let mut beats = Vec::new();
            for (row, lanes) in (0..).zip(chosen.chunks(p.tokens as usize)) {
                let mask = (0..).zip(lanes).fold(0, |m, (t, c)| m | u64::from(*c) << t);
                if mask == 0 {
                    continue;
                }
                let sums = sums(&mut rng, plane);
                now.refine(row, plane as usize, query_sum, &sums, mask);
                beats.push(Self::more(p, &mut rng, row, plane, mask, sums));
            }
            // Its end is a row without keys.
            let sums = Kind::Uniform.signed(&mut rng, p.tokens, p.sum_w);
            let row = rng.below(item.rows.into()) as u32;
            beats.push(Self::more(p, &mut rng, row, plane, 0, sums));
            passes.push(Pass {
                beats,
                rest,
                after: now.clone(),
            });
        }
        Self {
            query_sum,
            passes,
            rows: item.rows,
        }
    }

    /// Tells which situations the query is.
    pub(super) fn points(&self, item: &Item, p: &ScoreParams) -> Vec<(Point, bool)> {
        let masked = -(1_i64 << (p.bias_w() - 1));
        let (first, rounds) = (&self.passes[0], self.passes.len() - 1);
        let by_bias = first.beats.iter().any(|b| b.bias.contains(&masked));
        let mut all = vec![
            (Point::AllEqual, item.sums == Kind::Equal),
            (Point::OneHot, item.sums == Kind::OneHot),
            (Point::Extreme, item.sums == Kind::Extreme),
            (Point::NothingLive, first.after.max().is_none()),
            (Point::MaskedByBias, by_bias),
            (Point::SeveralPlanes, item.planes > 1),
            (Point::WholeContext, item.rows == p.rows),
            (Point::Refined, rounds > 0),
            (Point::RefinedTwice, rounds > 1),
        ];
        for pass in &self.passes[1..] {
            all.push((Point::PartRefined, pass.rest.is_some()));
            all.push((Point::NothingLeftAlone, pass.rest.is_none()));
        }
        all
    }

    /// Makes a beat of a refinement, whose bias has no meaning.
    fn more(
        p: &ScoreParams,
        rng: &mut Rng,
        row: u32,
        plane: u32,
        mask: u64,
        sums: Vec<i64>,
    ) -> Beat {
        Beat {
            row,
            plane,
            flags: [true, true, true, rng.chance(50), mask == 0],
            mask,
            bias: Kind::Uniform.signed(rng, p.tokens, p.bias_w()),
            sums,
        }
    }
}
