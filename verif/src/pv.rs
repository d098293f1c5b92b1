// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of PV: queries of beats over slices in any order, every sum compared with
//! [`hwgen_golden::pv::Pv`].

use hwgen_golden::pv::{Pv, PvParams, SHIFT_W, TAG_W};
use hwgen_golden::width::idx_width;
use serde::{Deserialize, Serialize};

use crate::pipe::{Fields, Kind, Pipe, PipeBench, Script, Shape, bits, judge};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::mask;
use hwgen_sim::rng::Rng;

/// Most beats of a query beyond the first of each slice.
const MORE: u32 = 24;

/// PV with its parameters.
pub(crate) struct PvPipe(PvParams);

/// The values of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    /// Beats beyond the first of each slice.
    more: u32,
    seed: u64,
    weights: Kind,
    digits: Kind,
    /// The shift of all beats, where it is not another in each.
    shift: Option<u32>,
}

/// Makes the bench of `engine`.
pub(crate) fn bench(engine: &Engine) -> Result<PipeBench<PvPipe>, VerifyError> {
    let params = PvParams {
        rows: engine.number("Rows")?,
        slice: engine.number("Slice")?,
        folds: engine.number("Folds")?,
        weight_w: engine.number("WeightW")?,
        digit_w: engine.number("DigitW")?,
        acc_w: engine.number("AccW")?,
    };
    judge(engine, &params.violations(), TAG_W)?;
    PipeBench::new(engine, PvPipe(params))
}

impl Pipe for PvPipe {
    type Item = Query;
    const WORDS: [&'static str; 2] = ["query", "queries"];
    const SITUATIONS: &'static [&'static str] = &[
        "all_equal",
        "one_hot",
        "extreme",
        "no_weight",
        "full_weight",
        "wrapped",
        "largest_shift",
    ];

    fn shape(&self) -> Shape {
        let p = &self.0;
        let fields = |name, width, count| Fields { name, width, count };
        Shape {
            inputs: vec![
                fields("first_i", 1, 1),
                fields("slice_i", idx_width(p.folds), 1),
                fields("shift_i", SHIFT_W, 1),
                fields("weights_i", p.weight_w, p.rows),
                fields("digits_i", p.digit_w, p.rows * p.slice),
            ],
            output: fields("acc_o", p.acc_w, p.folds * p.slice),
            tag_w: TAG_W,
            spacing: p.spacing(),
            stands: Some(p.spacing()),
        }
    }

    fn draw(&self, rng: &mut Rng) -> Query {
        let most = [1, 4, MORE][rng.below(3) as usize];
        Query {
            more: rng.below(u64::from(most) + 1) as u32,
            seed: rng.draw(),
            weights: Kind::draw(rng),
            digits: Kind::draw(rng),
            shift: rng.chance(30).then(|| rng.below(1 << SHIFT_W) as u32),
        }
    }

    fn refuse(&self, query: &Query) -> Option<String> {
        if query.more > MORE {
            return Some(format!("has {} beats more, not 0 to {MORE}", query.more));
        }
        let shift = query.shift.filter(|&s| s >= 1 << SHIFT_W)?;
        Some(format!("is shifted by {shift}"))
    }

    fn script(&self, query: &Query) -> Script {
        let p = &self.0;
        let (mut pv, mut rng) = (Pv::new(p.clone()), Rng::new(query.seed));
        // Each slice begins once, in any order; then any of them goes on, or begins anew.
        let mut order: Vec<(bool, u32)> = (0..p.folds).map(|slice| (true, slice)).collect();
        order.rotate_left(rng.below(p.folds.into()) as usize);
        let again = |rng: &mut Rng| (rng.chance(5), rng.below(p.folds.into()) as u32);
        order.extend((0..query.more).map(|_| again(&mut rng)));
        let full = mask(p.weight_w) as i64;
        let most = full.min(1 << (p.weight_w - 1));
        let mut situations = query.digits.situations();
        let (mut none, mut all, mut far) = (false, false, false);
        let mut exact = vec![0_i128; (p.folds * p.slice) as usize];
        let mut beats = Vec::new();
        for (first, slice) in order {
            let draw = rng.below(1 << SHIFT_W) as u32;
            let shift = query.shift.unwrap_or(draw);
            // The core's weights end at one, the port's at all ones.
            let high = if rng.chance(50) { most } else { full };
            let weights = query.weights.numbers(&mut rng, p.rows, 0, high);
            let digits = query.digits.signed(&mut rng, p.rows * p.slice, p.digit_w);
            none |= weights.iter().all(|&w| w == 0);
            all |= weights.contains(&full);
            far |= shift == mask(SHIFT_W) as u32;
            pv.beat(first, slice, shift, &weights, &digits);
            let sums = &mut exact[(slice * p.slice) as usize..][..p.slice as usize];
            if first {
                sums.fill(0);
            }
            for (weight, token) in weights.iter().zip(digits.chunks(p.slice as usize)) {
                for (sum, digit) in sums.iter_mut().zip(token) {
                    *sum += i128::from(weight * digit) << shift;
                }
            }
            beats.push(vec![
                vec![u64::from(first)],
                vec![slice.into()],
                vec![shift.into()],
                bits(&weights),
                bits(&digits),
            ]);
        }
        let wrapped = exact
            .iter()
            .zip(pv.sums())
            .any(|(e, s)| *e != i128::from(*s));
        situations.extend([none, all, wrapped, far]);
        Script {
            beats,
            result: bits(pv.sums()),
            situations,
        }
    }

    fn plainer(query: &Query) -> Vec<Query> {
        let all = [
            Query { more: 0, ..*query },
            Query {
                more: query.more / 2,
                ..*query
            },
            Query { seed: 1, ..*query },
            Query {
                weights: Kind::OneHot,
                ..*query
            },
            Query {
                digits: Kind::OneHot,
                ..*query
            },
            Query {
                shift: Some(0),
                ..*query
            },
        ];
        all.into_iter().filter(|simpler| simpler != query).collect()
    }
}
