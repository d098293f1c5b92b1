// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of QK: rows of one or more slices, every sum compared with [`hwgen_golden::qk::Qk`].

use hwgen_golden::qk::{Qk, QkParams};
use serde::{Deserialize, Serialize};

use super::numbers::Kind;
use super::pipe::{Pipe, PipeBench, Point, Script, Shape, bits, kinds};
use crate::kit::{changed, read};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::rng::Rng;

/// Most slices of a row that the bench plays.
const SLICES: u32 = 8;

/// QK with its parameters.
pub(crate) struct QkPipe(QkParams);

/// Keys of a row against a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// Slices of the query.
    slices: u32,
    seed: u64,
    query: Kind,
    digits: Kind,
}

impl PipeBench<QkPipe> {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = read(engine, QkParams::from_values, QkParams::interface)?;
        let pipe = QkPipe(params);
        Ok(Self { pipe })
    }
}

impl Pipe for QkPipe {
    type Item = Row;
    const WORDS: [&'static str; 2] = ["row", "rows"];
    const POINTS: &'static [Point] = &[Point::LargestSum, Point::Wrapped];

    fn shape(&self) -> Shape {
        let p = &self.0;
        Shape {
            inputs: vec![
                ("first_i", 1),
                ("query_i", p.query_w),
                ("digits_i", p.digit_w),
            ],
            output: ("sums_o", p.sum_w),
            spacing: 1,
            stays: None,
        }
    }

    fn results(&self) -> u32 {
        self.0.rows
    }

    fn draw(&self, rng: &mut Rng) -> Row {
        Row {
            slices: 1 + (rng.below(SLICES.into()) * rng.below(2)) as u32,
            seed: rng.draw(),
            query: Kind::draw(rng),
            digits: Kind::draw(rng),
        }
    }

    fn refuse(&self, name: &str, row: &Row) -> Option<String> {
        let legal = (1..=SLICES).contains(&row.slices);
        (!legal).then(|| format!("{name} has {} slices, not 1 to {SLICES}", row.slices))
    }

    fn script(&self, row: &Row) -> Script {
        let p = &self.0;
        let (mut qk, mut rng) = (Qk::new(p.clone()), Rng::new(row.seed));
        let (mut beats, mut sums) = (Vec::new(), Vec::new());
        let mut exact = vec![0; p.rows as usize];
        for slice in 0..row.slices {
            let query = row.query.signed(&mut rng, p.slice, p.query_w);
            let digits = row.digits.signed(&mut rng, p.rows * p.slice, p.digit_w);
            sums = qk.beat(slice == 0, &query, &digits).to_vec();
            for (sum, key) in exact.iter_mut().zip(digits.chunks(p.slice as usize)) {
                *sum += query.iter().zip(key).map(|(q, k)| q * k).sum::<i64>();
            }
            beats.push(vec![
                vec![u64::from(slice == 0)],
                bits(&query),
                bits(&digits),
            ]);
        }
        let largest = i64::from(p.slice * row.slices) << (p.query_w + p.digit_w - 2);
        let mut points = kinds(row.digits);
        points.push((Point::LargestSum, exact.contains(&largest)));
        points.push((Point::Wrapped, exact != sums));
        Script {
            beats,
            result: bits(&sums),
            points,
        }
    }

    fn plainer(row: &Row) -> Vec<Row> {
        vec![
            changed(row, |r| r.slices = 1),
            changed(row, |r| r.seed = 1),
            changed(row, |r| r.query = Kind::OneHot),
            changed(row, |r| r.digits = Kind::OneHot),
        ]
    }
}
