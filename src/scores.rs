// SPDX-License-Identifier: MIT OR Apache-2.0
//! Real scores from files, and the keys that the engines see.
//!
//! A file holds one row a query: `.csv`, `.npy` or `.safetensors`. What cannot be ranked is refused
//! with its row and position, both counted from 0 as in the tensor.

mod csv;
mod npy;
mod safetensors;

use std::path::Path;

use hwgen_golden::quant::{QuantError, quantise};
use hwgen_golden::topk::TopkParams;

use crate::error::Error;

/// Scores of one or more queries.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// File, and tensor if the file has names for them: what messages call the scores.
    pub label: String,
    /// One row a query, all equally long.
    pub rows: Rows,
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
}

impl Scores {
    /// Reads the scores of a file; `tensor` names one of several.
    pub fn read(path: &Path, tensor: Option<&str>) -> Result<Self, Error> {
        let shown = path.display().to_string();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        let bytes = std::fs::read(path).map_err(|e| Error::path(path, "read the scores", &e))?;
        if let (Some(name), "csv" | "npy") = (tensor, extension) {
            let rule = "only a .safetensors file has named tensors (leave --tensor out)";
            return Err(Error::input(format!("{shown}: --tensor {name}: {rule}")));
        }
        match extension {
            "csv" => csv::read(&bytes, shown),
            "npy" => npy::read(&bytes, shown),
            "safetensors" => safetensors::read(&bytes, &shown, tensor),
            other => Err(Error::input(format!(
                "{shown}: {other:?} is not a format of numbers (one of .csv, .npy, .safetensors)"
            ))),
        }
    }

    /// Reads the tensors of a `.safetensors` file in memory, by name.
    pub fn read_all(bytes: &[u8], shown: &str) -> Result<Vec<(String, Self)>, Error> {
        let names = safetensors::names(bytes, shown)?;
        names
            .into_iter()
            .map(|name| {
                let scores = safetensors::read(bytes, shown, Some(&name))?;
                Ok((name, scores))
            })
            .collect()
    }

    /// Cuts a flat sequence into rows of the last dimension of `shape`.
    fn shaped<T: Clone>(data: &[T], shape: &[usize], label: &str) -> Result<Vec<Vec<T>>, Error> {
        let refuse = |rule: &str| Err(Error::input(format!("{label}: shape {shape:?}: {rule}")));
        match shape.last() {
            None => refuse("a single number is no row (store a row of numbers)"),
            Some(_) if shape.contains(&0) => {
                refuse("there is no number in it (store at least one)")
            }
            Some(&n) => Ok(data.chunks(n).map(<[T]>::to_vec).collect()),
        }
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

    /// Turns the scores into keys: integers that fit are keys as they are, anything else is
    /// quantised row by row. The flag tells which it was.
    pub fn keys(&self, params: &TopkParams) -> Result<(Vec<Keys>, bool), Error> {
        let (low, high) = params.key_range();
        let reals: Vec<Vec<f64>> = match &self.rows {
            Rows::Integers(rows) if rows.iter().flatten().all(|k| (low..=high).contains(k)) => {
                let keys = rows.iter().map(|r| Keys {
                    keys: r.clone(),
                    scale: 1.0,
                });
                return Ok((keys.collect(), false));
            }
            Rows::Integers(rows) => {
                let real = |r: &Vec<i64>| r.iter().map(|&k| k as f64).collect();
                rows.iter().map(real).collect()
            }
            Rows::Reals(rows) => rows.clone(),
        };
        let mut out = Vec::new();
        for (r, row) in reals.iter().enumerate() {
            let quantised = quantise(row, params.key_w, params.signed).map_err(|e| {
                let (at, rule) = match e {
                    QuantError::NotFinite(at) => (
                        at,
                        "cannot be ranked (replace it, for a mask by a very low score)",
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
            out.push(Keys {
                keys: quantised.keys,
                scale: quantised.scale,
            });
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
             (replace it, for a mask by a very low score)"
        );
        assert_eq!(
            said(Rows::Reals(vec![vec![f64::NEG_INFINITY]]), true),
            "s: row 0, position 0: -inf cannot be ranked \
             (replace it, for a mask by a very low score)"
        );
        assert_eq!(
            said(Rows::Integers(vec![vec![3, -4]]), false),
            "s: row 0, position 1: -4 is negative, but the engine's keys are unsigned \
             (emit with --set topk.signed=true)"
        );
    }

    #[test]
    fn files_that_hold_no_scores() {
        let dir = tempfile::tempdir().expect("a folder");
        let said = |name: &str, tensor| {
            let path = dir.path().join(name);
            std::fs::write(&path, "1,2").expect("writes");
            let e = Scores::read(&path, tensor).expect_err("is refused");
            e.to_string()
                .replace(&format!("{}/", dir.path().display()), "")
        };
        assert_eq!(
            said("a.txt", None),
            "a.txt: \"txt\" is not a format of numbers (one of .csv, .npy, .safetensors)"
        );
        assert_eq!(
            said("a.csv", Some("q")),
            "a.csv: --tensor q: only a .safetensors file has named tensors (leave --tensor out)"
        );
        let e = Scores::read(&dir.path().join("no.csv"), None).expect_err("is refused");
        assert!(
            e.to_string()
                .ends_with("no.csv: cannot read the scores: no such file or folder")
        );
    }
}
