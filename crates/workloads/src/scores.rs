// SPDX-License-Identifier: MIT OR Apache-2.0
//! Real scores, and the keys that the engines see.
//!
//! A tensor holds one row a query. What cannot be ranked is refused with its row and position, both
//! counted from 0 as in the tensor; what models write for a mask gets the lowest key.

use hwgen_golden::mask::masked;
use hwgen_golden::quant::{QuantError, Quantised, quantise_masked};
use hwgen_golden::topk::TopkParams;

use crate::tensors::{Data, Source, Tensor};
use hwgen_console::error::Error;

/// Scores of one or more queries.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// File, and tensor if the file has names for them: what messages call the scores.
    pub label: String,
    /// One row a query, all equally long.
    pub rows: Rows,
    /// The least value of the type that they were stored in: one of the masks that models write.
    pub least: Option<f64>,
}

/// Rows of numbers, as the file stores them.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// Integers, which may be keys already.
    Integers(Vec<Vec<i64>>),
    /// Anything else.
    Reals(Vec<Vec<f64>>),
}

/// The keys of one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Keys {
    /// Keys, in the order of the scores.
    pub keys: Vec<i64>,
    /// Score per key unit.
    pub scale: f64,
    /// The key of all masked scores, which no other score has; none where nothing is masked.
    pub mask: Option<i64>,
    /// Distinct scores that are not masked.
    pub distinct_scores: usize,
    /// Distinct keys of them.
    pub distinct_keys: usize,
}

impl Keys {
    fn new(scores: &[f64], masked: &[bool], quantised: Quantised) -> Self {
        let Quantised { keys, scale } = quantised;
        let at = |i: &usize| !masked[*i];
        let distinct = |of: &dyn Fn(usize) -> u64| {
            let all = (0..keys.len()).filter(at).map(of);
            all.collect::<std::collections::HashSet<_>>().len()
        };
        // Positive and negative zero are one score.
        let distinct_scores = distinct(&|i| (scores[i] + 0.0).to_bits());
        let distinct_keys = distinct(&|i| keys[i] as u64);
        let mask = masked.iter().position(|&m| m).map(|i| keys[i]);
        Self {
            keys,
            scale,
            mask,
            distinct_scores,
            distinct_keys,
        }
    }

    /// Returns the number of masked scores.
    pub fn masked(&self) -> usize {
        let is = |key: &&i64| self.mask == Some(**key);
        self.keys.iter().filter(is).count()
    }

    /// Tells whether quantisation makes most distinct scores equal to another.
    pub fn coarse(&self) -> bool {
        2 * self.distinct_keys < self.distinct_scores
    }
}

impl Scores {
    /// Takes the rows of a tensor: its last dimension is the keys of a query, the others are queries.
    pub fn new(tensor: Tensor) -> Result<Self, Error> {
        let n = tensor.last();
        let rows = match &tensor.data {
            Data::Integers(all) => Rows::Integers(all.chunks(n).map(<[i64]>::to_vec).collect()),
            Data::Reals(all) => Rows::Reals(all.chunks(n).map(<[f64]>::to_vec).collect()),
            Data::Bools(_) => return Err(tensor.not_numbers()),
        };
        Ok(Self {
            label: tensor.label,
            rows,
            least: tensor.least,
        })
    }

    /// Reads the tensors of a `.safetensors` file in memory, by name.
    pub fn read_all(bytes: &[u8], shown: &str) -> Result<Vec<(String, Self)>, Error> {
        let source = Source::from_bytes(bytes.to_vec(), shown)?;
        let read = |name: &str| Ok((name.to_owned(), Self::new(source.tensor(name)?)?));
        source.names().into_iter().map(read).collect()
    }

    /// Returns the length of the rows.
    pub fn n(&self) -> usize {
        match &self.rows {
            Rows::Integers(rows) => rows.first().map_or(0, Vec::len),
            Rows::Reals(rows) => rows.first().map_or(0, Vec::len),
        }
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        match &self.rows {
            Rows::Integers(rows) => rows.len(),
            Rows::Reals(rows) => rows.len(),
        }
    }

    /// Tells whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Turns the scores into keys: integers that fit, masked ones aside, are keys as they are,
    /// anything else is quantised row by row. The flag tells which it was.
    pub fn keys(&self, params: &TopkParams) -> Result<(Vec<Keys>, bool), Error> {
        let (low, high) = params.key_range();
        let fits = |row: &[i64], lowest: i64, masked: &[bool]| {
            let in_range = |(k, m): (&i64, &bool)| *m || (lowest..=high).contains(k);
            row.iter().zip(masked).all(in_range)
        };
        let reals: Vec<Vec<f64>> = match &self.rows {
            Rows::Integers(rows) => {
                let real = |r: &Vec<i64>| r.iter().map(|&k| k as f64).collect();
                rows.iter().map(real).collect()
            }
            Rows::Reals(rows) => rows.clone(),
        };
        let masks: Vec<Vec<bool>> = reals.iter().map(|r| masked(r, self.least)).collect();
        if let Rows::Integers(rows) = &self.rows {
            let none = |row: &[i64]| vec![false; row.len()];
            let whole = rows.iter().all(|r| fits(r, low, &none(r)));
            let aside = || rows.iter().zip(&masks).all(|(r, m)| fits(r, low + 1, m));
            if whole || aside() {
                let keys = (rows.iter().zip(&reals).zip(masks)).map(|((row, reals), m)| {
                    let m = if whole { none(row) } else { m };
                    let key = |(&k, &m): (&i64, &bool)| if m { low } else { k };
                    let keys = row.iter().zip(&m).map(key).collect();
                    Keys::new(reals, &m, Quantised { keys, scale: 1.0 })
                });
                return Ok((keys.collect(), false));
            }
        }
        let mut out = Vec::new();
        for (r, (row, masked)) in reals.iter().zip(&masks).enumerate() {
            let quantised = quantise_masked(row, masked, params.key_w, params.signed);
            let quantised = quantised.map_err(|e| {
                let (at, rule) = match e {
                    QuantError::NotFinite(at) => (
                        at,
                        "cannot be ranked (replace it; -inf and the least value of a type mask)",
                    ),
                    QuantError::Negative(at) => (
                        at,
                        "is negative, but the engine's keys are unsigned \
                         (emit with --set topk.signed=true)",
                    ),
                };
                let label = &self.label;
                Error::input(format!(
                    "{label}: row {r}, position {at}: {} {rule}",
                    row[at]
                ))
            })?;
            out.push(Keys::new(row, masked, quantised));
        }
        Ok((out, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(key_w: u32, signed: bool) -> TopkParams {
        TopkParams {
            key_w,
            signed,
            ..TopkParams::default()
        }
    }

    fn scores(rows: Rows) -> Scores {
        Scores {
            label: "s".into(),
            rows,
            least: None,
        }
    }

    #[test]
    fn integers_that_fit_are_keys() {
        let s = scores(Rows::Integers(vec![vec![-8, 7], vec![0, 1]]));
        let (keys, quantised) = s.keys(&params(4, true)).expect("legal");
        assert!(!quantised);
        assert_eq!(
            (keys[0].keys.as_slice(), keys[0].scale),
            ([-8, 7].as_slice(), 1.0)
        );
        let s = scores(Rows::Integers(vec![vec![-8, 16], vec![2, 1]]));
        let (keys, quantised) = s.keys(&params(4, true)).expect("legal");
        assert!(
            quantised,
            "one score that does not fit decides for all rows"
        );
        assert_eq!(keys[0].keys, [-4, 7]);
        assert_eq!(keys[1].keys, [7, 4]);
    }

    #[test]
    fn what_cannot_be_ranked_is_named_with_its_place() {
        let said = |rows, signed| {
            let e = scores(rows)
                .keys(&params(12, signed))
                .expect_err("is refused");
            e.to_string()
        };
        assert_eq!(
            said(Rows::Reals(vec![vec![1.0, 2.0], vec![0.5, f64::NAN]]), true),
            "s: row 1, position 1: NaN cannot be ranked \
             (replace it; -inf and the least value of a type mask)"
        );
        assert_eq!(
            said(Rows::Reals(vec![vec![-1.0, f64::INFINITY]]), true),
            "s: row 0, position 1: inf cannot be ranked \
             (replace it; -inf and the least value of a type mask)"
        );
        assert_eq!(
            said(Rows::Integers(vec![vec![3, -4]]), false),
            "s: row 0, position 1: -4 is negative, but the engine's keys are unsigned \
             (emit with --set topk.signed=true)"
        );
    }

    #[test]
    fn masks_get_the_lowest_key_and_no_part_in_the_scale() {
        let inf = f64::NEG_INFINITY;
        for mask in [inf, -1e9, -1e4, -65504.0, f64::from(f32::MIN), f64::MIN] {
            let s = scores(Rows::Reals(vec![vec![1.0, 2.0, 3.0, mask], vec![0.5; 4]]));
            let (keys, quantised) = s.keys(&params(12, true)).expect("legal");
            assert!(quantised);
            assert_eq!(keys[0].keys, [682, 1365, 2047, -2048], "{mask}");
            assert_eq!((keys[0].mask, keys[0].masked()), (Some(-2048), 1));
            assert_eq!((keys[1].mask, keys[1].masked()), (None, 0));
            assert!(!keys[0].coarse());
        }
        let s = scores(Rows::Reals(vec![vec![0.0, 3.0, inf]]));
        let (keys, _) = s.keys(&params(4, false)).expect("legal");
        assert_eq!(keys[0].keys, [1, 15, 0]);
        // Integers that fit but for their masks stay what they are.
        let s = scores(Rows::Integers(vec![
            vec![3, -10_000, -7],
            vec![1, 2, -10_000],
        ]));
        let (keys, quantised) = s.keys(&params(4, true)).expect("legal");
        assert!(!quantised);
        assert_eq!(
            (keys[0].keys.as_slice(), keys[0].mask),
            ([3, -8, -7].as_slice(), Some(-8))
        );
        // The lowest key must stay free for masks.
        let s = scores(Rows::Integers(vec![vec![3, -10_000, -8]]));
        let (keys, quantised) = s.keys(&params(4, true)).expect("legal");
        assert!(quantised);
        assert_eq!(keys[0].keys, [3, -8, -7]);
        // What fits is a key, however low.
        let s = scores(Rows::Integers(vec![vec![3, -2048]]));
        let (keys, _) = s.keys(&params(12, true)).expect("legal");
        assert_eq!(
            (keys[0].keys.as_slice(), keys[0].mask),
            ([3, -2048].as_slice(), None)
        );
    }

    #[test]
    fn a_scale_that_is_too_coarse_is_noticed() {
        let outlier = vec![1e6, 1.0, 2.0, 3.0, 4.0];
        let (keys, _) = scores(Rows::Reals(vec![outlier]))
            .keys(&params(12, true))
            .expect("legal");
        assert_eq!((keys[0].distinct_scores, keys[0].distinct_keys), (5, 2));
        assert!(keys[0].coarse());
        let equal = vec![1.0, 1.0, 1.0, 0.0, -0.0];
        let (keys, _) = scores(Rows::Reals(vec![equal]))
            .keys(&params(12, true))
            .expect("legal");
        assert_eq!((keys[0].distinct_scores, keys[0].distinct_keys), (2, 2));
    }

    #[test]
    fn truth_values_are_no_scores() {
        let tensor = Tensor {
            label: "m".into(),
            shape: vec![2],
            data: Data::Bools(vec![true, false]),
            least: None,
        };
        assert_eq!(
            Scores::new(tensor).expect_err("is refused").to_string(),
            "m: dtype BOOL holds truth values, not numbers (store numbers)"
        );
    }
}
