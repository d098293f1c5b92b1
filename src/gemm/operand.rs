// SPDX-License-Identifier: MIT OR Apache-2.0
//! A matrix from a file, and its integers.

use std::path::Path;

use hwgen_golden::figs::Matrix;
use hwgen_golden::quant::quantise;

use crate::error::Error;
use crate::scores::{Rows, Scores};
use crate::tensors::Source;

/// A matrix as a file stores it.
#[derive(Debug, Clone)]
pub(crate) struct Operand {
    /// File, and tensor if the file has names for them.
    pub(crate) label: String,
    values: Values,
}

#[derive(Debug, Clone)]
enum Values {
    Integers(Matrix),
    Reals(Matrix<f64>),
}

/// A matrix in integers.
#[derive(Debug, Clone)]
pub(crate) struct Integers {
    pub(crate) matrix: Matrix,
    /// Real value of a unit, one a row.
    pub(crate) scales: Vec<f64>,
}

/// What shares a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    Row,
    Matrix,
}

impl Operand {
    /// Reads a matrix; `tensor` names one of several. Refuses what is not a finite number.
    pub(crate) fn read(path: &Path, tensor: Option<&str>) -> Result<Self, Error> {
        let source = Source::open(path, None)?;
        Self::new(Scores::new(source.chosen(tensor)?)?)
    }

    /// Takes over rows that have been read.
    pub(crate) fn new(scores: Scores) -> Result<Self, Error> {
        let (rows, cols) = (scores.len() as u32, scores.n() as u32);
        let label = scores.label;
        let whole = || Error::input(format!("{label}: its rows are not equally long"));
        let values = match scores.rows {
            Rows::Integers(all) => {
                Values::Integers(Matrix::new(rows, cols, all.concat()).ok_or_else(whole)?)
            }
            Rows::Reals(all) => {
                let data = all.concat();
                if let Some(at) = data.iter().position(|x| !x.is_finite()) {
                    let (r, c) = (at / cols as usize, at % cols as usize);
                    let rule = "must be a finite number (mend the matrix)";
                    let x = data[at];
                    return Err(Error::input(format!(
                        "{label}: row {r}, column {c}: {x}: {rule}"
                    )));
                }
                Values::Reals(Matrix::new(rows, cols, data).ok_or_else(whole)?)
            }
        };
        Ok(Self { label, values })
    }

    /// Returns rows and columns.
    pub(crate) fn shape(&self) -> (u32, u32) {
        match &self.values {
            Values::Integers(m) => (m.rows(), m.cols()),
            Values::Reals(m) => (m.rows(), m.cols()),
        }
    }

    /// Returns the matrix in real numbers.
    pub(crate) fn reals(&self) -> Matrix<f64> {
        match &self.values {
            Values::Integers(m) => m.map(|x| x as f64),
            Values::Reals(m) => m.clone(),
        }
    }

    /// Returns the matrix where `mask` is set, in integers of `width` bits: integers as they are if
    /// they fit, reals quantised with the largest magnitude at the largest integer.
    pub(crate) fn integers(
        &self,
        width: u32,
        scale: Scale,
        mask: Option<&Matrix<bool>>,
    ) -> Result<Integers, Error> {
        let (rows, cols) = self.shape();
        let kept = |r: u32, c: u32| mask.is_none_or(|m| m.at(r, c));
        match &self.values {
            Values::Integers(m) => {
                let most = 1_i64 << (width - 1);
                if let Some(at) = m.data().iter().position(|x| !(-most..most).contains(x)) {
                    let (r, c) = (at as u32 / cols, at as u32 % cols);
                    return Err(Error::input(format!(
                        "{}: row {r}, column {c}: {} does not fit {width} bits (store reals to \
                         have them quantised)",
                        self.label,
                        m.at(r, c)
                    )));
                }
                Ok(Integers {
                    matrix: Matrix::from_fn(
                        rows,
                        cols,
                        |r, c| {
                            if kept(r, c) { m.at(r, c) } else { 0 }
                        },
                    ),
                    scales: vec![1.0; rows as usize],
                })
            }
            Values::Reals(m) => {
                let masked =
                    Matrix::from_fn(rows, cols, |r, c| if kept(r, c) { m.at(r, c) } else { 0.0 });
                let parts: Vec<&[f64]> = match scale {
                    Scale::Row => (0..rows).map(|r| masked.row(r)).collect(),
                    Scale::Matrix => vec![masked.data()],
                };
                let (mut data, mut scales) = (Vec::new(), Vec::new());
                for part in parts {
                    let q = quantise(part, width, true)
                        .map_err(|_| Error::input(format!("{}: not finite", self.label)))?;
                    data.extend(q.keys);
                    scales.push(q.scale);
                }
                if scale == Scale::Matrix {
                    scales = vec![scales[0]; rows as usize];
                }
                let matrix = Matrix::new(rows, cols, data)
                    .ok_or_else(|| Error::input(format!("{}: not a matrix", self.label)))?;
                Ok(Integers { matrix, scales })
            }
        }
    }
}

impl Integers {
    /// Returns the real values.
    pub(crate) fn reals(&self) -> Matrix<f64> {
        let m = &self.matrix;
        Matrix::from_fn(m.rows(), m.cols(), |r, c| {
            m.at(r, c) as f64 * self.scales[r as usize]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reals(rows: Vec<Vec<f64>>) -> Result<Operand, Error> {
        Operand::new(Scores {
            label: "w".to_owned(),
            rows: Rows::Reals(rows),
            least: None,
        })
    }

    #[test]
    fn reals_are_quantised_by_row_or_as_a_whole() {
        let w = reals(vec![vec![1.0, -0.5], vec![0.0, 0.25]]).expect("finite");
        let by_row = w.integers(4, Scale::Row, None).expect("fits");
        assert_eq!(by_row.matrix.data(), [7, -4, 0, 7]);
        let whole = w.integers(4, Scale::Matrix, None).expect("fits");
        assert_eq!(whole.matrix.data(), [7, -4, 0, 2]);
        assert!((whole.reals().at(0, 0) - 1.0).abs() < 1e-12);
        let mask = Matrix::new(2, 2, vec![false, true, true, true]).expect("fits");
        let masked = w.integers(4, Scale::Row, Some(&mask)).expect("fits");
        assert_eq!(masked.matrix.data(), [0, -7, 0, 7]);
    }

    #[test]
    fn what_is_no_number_or_does_not_fit_is_named() {
        let said = reals(vec![vec![1.0, 2.0], vec![f64::NAN, 0.0]]).expect_err("is NaN");
        assert_eq!(
            said.to_string(),
            "w: row 1, column 0: NaN: must be a finite number (mend the matrix)"
        );
        let w = Operand::new(Scores {
            label: "w".to_owned(),
            rows: Rows::Integers(vec![vec![1, 8]]),
            least: None,
        });
        let w = w.expect("integers");
        let said = w.integers(4, Scale::Row, None).expect_err("too large");
        assert_eq!(
            said.to_string(),
            "w: row 0, column 1: 8 does not fit 4 bits (store reals to have them quantised)"
        );
    }
}
