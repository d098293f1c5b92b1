// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of QK: rows of one or more slices, every sum compared with [`hwgen_golden::qk::Qk`].

use hwgen_golden::qk::{Qk, QkParams, TAG_W};
use serde::{Deserialize, Serialize};

use crate::pipe::{Fields, Kind, Pipe, PipeBench, Script, Shape, bits, judge};
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

/// Makes the bench of `engine`.
pub(crate) fn bench(engine: &Engine) -> Result<PipeBench<QkPipe>, VerifyError> {
    let params = QkParams {
        rows: engine.number("Rows")?,
        slice: engine.number("Slice")?,
        query_w: engine.number("QueryW")?,
        digit_w: engine.number("DigitW")?,
        sum_w: engine.number("SumW")?,
    };
    judge(engine, &params.violations(), TAG_W)?;
    PipeBench::new(engine, QkPipe(params))
}

impl Pipe for QkPipe {
    type Item = Row;
    const WORDS: [&'static str; 2] = ["row", "rows"];
    const SITUATIONS: &'static [&'static str] =
        &["all_equal", "one_hot", "extreme", "largest_sum", "wrapped"];

    fn shape(&self) -> Shape {
        let p = &self.0;
        let fields = |name, width, count| Fields { name, width, count };
        Shape {
            inputs: vec![
                fields("first_i", 1, 1),
                fields("query_i", p.query_w, p.slice),
                fields("digits_i", p.digit_w, p.rows * p.slice),
            ],
            output: fields("sums_o", p.sum_w, p.rows),
            tag_w: TAG_W,
            spacing: 1,
            stands: None,
        }
    }

    fn draw(&self, rng: &mut Rng) -> Row {
        Row {
            slices: 1 + (rng.below(SLICES.into()) * rng.below(2)) as u32,
            seed: rng.draw(),
            query: Kind::draw(rng),
            digits: Kind::draw(rng),
        }
    }

    fn refuse(&self, row: &Row) -> Option<String> {
        let legal = (1..=SLICES).contains(&row.slices);
        (!legal).then(|| format!("has {} slices, not 1 to {SLICES}", row.slices))
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
        let mut situations = row.digits.situations();
        situations.push(exact.contains(&largest));
        situations.push(exact != sums);
        Script {
            beats,
            result: bits(&sums),
            situations,
        }
    }

    fn plainer(row: &Row) -> Vec<Row> {
        let all = [
            Row { slices: 1, ..*row },
            Row { seed: 1, ..*row },
            Row {
                query: Kind::OneHot,
                ..*row
            },
            Row {
                digits: Kind::OneHot,
                ..*row
            },
        ];
        all.into_iter().filter(|simpler| simpler != row).collect()
    }
}
