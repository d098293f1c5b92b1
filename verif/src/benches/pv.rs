// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of PV: queries of beats over slices in any order, every sum compared with
//! [`hwgen_golden::pv::Pv`].

use hwgen_golden::pv::{Pv, PvParams, SHIFT_W};
use hwgen_golden::width::idx_width;
use serde::{Deserialize, Serialize};

use super::numbers::Kind;
use super::pipe::{Pipe, PipeBench, Point, Script, Shape, bits, kinds};
use crate::kit::{changed, read};
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

impl PipeBench<PvPipe> {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = read(engine, PvParams::from_values, PvParams::interface)?;
        let pipe = PvPipe(params);
        Ok(Self { pipe })
    }
}

impl Pipe for PvPipe {
    type Item = Query;
    const WORDS: [&'static str; 2] = ["query", "queries"];
    const POINTS: &'static [Point] = &[
        Point::NoWeight,
        Point::FullWeight,
        Point::Wrapped,
        Point::LargestShift,
    ];

    fn shape(&self) -> Shape {
        let p = &self.0;
        Shape {
            inputs: vec![
                ("first_i", 1),
                ("slice_i", idx_width(p.folds)),
                ("shift_i", SHIFT_W),
                ("weights_i", p.weight_w),
                ("digits_i", p.digit_w),
            ],
            output: ("acc_o", p.acc_w),
            spacing: p.spacing(),
            stays: Some(p.spacing()),
        }
    }

    fn results(&self) -> u32 {
        self.0.folds * self.0.slice
    }

    fn draw(&self, rng: &mut Rng) -> Query {
        let most = [1, 4, MORE][rng.below(3) as usize];
        Query {
            more: rng.below(u64::from(most) + 1) as u32,
            seed: rng.draw(),
            weights: Kind::draw(rng),
            digits: Kind::draw(rng),
            shift: rng.chance(30).then(|| {
                // Only many beats of the largest shift make a sum that wraps.
                let any = rng.below(u64::from(self.0.max_shift) + 1) as u32;
                if rng.chance(50) {
                    self.0.max_shift
                } else {
                    any
                }
            }),
        }
    }

    fn refuse(&self, name: &str, query: &Query) -> Option<String> {
        if query.more > MORE {
            return Some(format!(
                "{name} has {} beats more, not 0 to {MORE}",
                query.more
            ));
        }
        let shift = query.shift.filter(|&s| s > self.0.max_shift)?;
        Some(format!("{name} is shifted by {shift}"))
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
        // Only the largest products beat after beat make a sum that wraps.
        let steep = query.more == MORE && query.shift == Some(p.max_shift);
        let (mut none, mut all, mut far) = (false, false, false);
        let mut exact = vec![0_i128; (p.folds * p.slice) as usize];
        let mut beats = Vec::new();
        for (first, slice) in order {
            let draw = rng.below(u64::from(p.max_shift) + 1) as u32;
            let shift = query.shift.unwrap_or(draw);
            // The core's weights end at one, the port's at all ones.
            let high = if rng.chance(50) { most } else { full };
            let mut weights = query.weights.numbers(&mut rng, p.rows, 0, high);
            let mut digits = query.digits.signed(&mut rng, p.rows * p.slice, p.digit_w);
            if steep {
                weights.fill(full);
                digits.fill(-1 << (p.digit_w - 1));
            }
            none |= weights.iter().all(|&w| w == 0);
            all |= weights.contains(&full);
            far |= shift == p.max_shift;
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
        let mut points = kinds(query.digits);
        points.push((Point::NoWeight, none));
        points.push((Point::FullWeight, all));
        points.push((Point::Wrapped, wrapped));
        points.push((Point::LargestShift, far));
        Script {
            beats,
            result: bits(pv.sums()),
            points,
        }
    }

    fn plainer(query: &Query) -> Vec<Query> {
        vec![
            changed(query, |q| q.more = 0),
            changed(query, |q| q.more /= 2),
            changed(query, |q| q.seed = 1),
            changed(query, |q| q.weights = Kind::OneHot),
            changed(query, |q| q.digits = Kind::OneHot),
            changed(query, |q| q.shift = Some(0)),
        ]
    }
}
