// SPDX-License-Identifier: MIT OR Apache-2.0
//! A matrix from a file, and its integers.

use hwgen_golden::figs::Matrix;
use hwgen_golden::quant::quantise;

use super::scale::Scaling;
use crate::tensors::Data;
use hwgen_console::error::Error;

/// A matrix as a file stores it.
#[derive(Debug, Clone)]
pub struct Operand {
    /// File, and tensor if the file has names for them.
    pub label: String,
    values: Values,
}

#[derive(Debug, Clone)]
enum Values {
    /// Integers, and the real value of a unit of each row if a scale stands beside them.
    Integers(Matrix, Option<Vec<f64>>),
    Reals(Matrix<f64>),
}

/// A matrix in integers.
#[derive(Debug, Clone)]
pub struct Integers {
    /// The integers.
    pub matrix: Matrix,
    /// Real value of a unit, one a row.
    pub scales: Vec<f64>,
}

/// What shares a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// One per row.
    Row,
    /// One for all.
    Matrix,
}

impl Operand {
    /// Takes over the elements of a matrix of rows and columns; refuses what is not a finite number.
    pub fn new(label: String, (rows, cols): (u32, u32), data: Data) -> Result<Self, Error> {
        let whole = || {
            Error::input(format!(
                "{label}: it does not have {rows} x {cols} elements"
            ))
        };
        let values = match data {
            Data::Integers(all) => {
                Values::Integers(Matrix::new(rows, cols, all).ok_or_else(whole)?, None)
            }
            Data::Reals(all) => {
                if let Some(at) = all.iter().position(|x| !x.is_finite()) {
                    let (r, c) = (at / cols as usize, at % cols as usize);
                    let rule = "must be a finite number (mend the matrix)";
                    let x = all[at];
                    return Err(Error::input(format!(
                        "{label}: row {r}, column {c}: {x}: {rule}"
                    )));
                }
                Values::Reals(Matrix::new(rows, cols, all).ok_or_else(whole)?)
            }
            Data::Bools(_) => {
                let rule = "dtype BOOL holds truth values, not numbers (store numbers)";
                return Err(Error::input(format!("{label}: {rule}")));
            }
        };
        Ok(Self { label, values })
    }

    /// Returns the transpose of a matrix that has no scale yet.
    #[must_use]
    pub fn transposed(self) -> Self {
        let values = match self.values {
            Values::Integers(m, _) => Values::Integers(m.transposed(), None),
            Values::Reals(m) => Values::Reals(m.transposed()),
        };
        Self { values, ..self }
    }

    /// Returns the matrix times its scales: integers stay integers where a row has one scale.
    #[must_use]
    pub fn scaled(self, scaling: &Scaling) -> Self {
        let (rows, cols) = self.shape();
        let values = match (self.values, scaling.by_row(rows)) {
            (Values::Integers(m, _), Some(units)) => Values::Integers(m, Some(units)),
            (Values::Integers(m, _), None) => {
                let real = |r, c| m.at(r, c) as f64 * scaling.at(r, c);
                Values::Reals(Matrix::from_fn(rows, cols, real))
            }
            (Values::Reals(m), _) => {
                let real = |r, c| m.at(r, c) * scaling.at(r, c);
                Values::Reals(Matrix::from_fn(rows, cols, real))
            }
        };
        Self { values, ..self }
    }

    /// Returns rows and columns.
    pub fn shape(&self) -> (u32, u32) {
        match &self.values {
            Values::Integers(m, _) => (m.rows(), m.cols()),
            Values::Reals(m) => (m.rows(), m.cols()),
        }
    }

    /// Returns the matrix in real numbers.
    pub fn reals(&self) -> Matrix<f64> {
        match &self.values {
            Values::Integers(m, None) => m.map(|x| x as f64),
            Values::Integers(m, Some(units)) => Matrix::from_fn(m.rows(), m.cols(), |r, c| {
                m.at(r, c) as f64 * units[r as usize]
            }),
            Values::Reals(m) => m.clone(),
        }
    }

    /// Returns the matrix where `mask` is set, in integers of `width` bits: integers as they are if
    /// they fit, reals quantised with the largest magnitude at the largest integer. Integers that have
    /// a scale and do not fit are reals.
    pub fn integers(
        &self,
        width: u32,
        scale: Scale,
        mask: Option<&Matrix<bool>>,
    ) -> Result<Integers, Error> {
        let (rows, cols) = self.shape();
        let kept = |r: u32, c: u32| mask.is_none_or(|m| m.at(r, c));
        let most = 1_i64 << (width - 1);
        let beyond = |x: &i64| !(-most..most).contains(x);
        match &self.values {
            Values::Integers(m, units) => {
                match (m.data().iter().position(beyond), units) {
                    (Some(at), None) => {
                        let (r, c) = (at as u32 / cols, at as u32 % cols);
                        return Err(Error::input(format!(
                            "{}: row {r}, column {c}: {} does not fit {width} bits (store reals to \
                             have them quantised)",
                            self.label,
                            m.at(r, c)
                        )));
                    }
                    (Some(_), Some(_)) => {
                        return self.quantised(&self.reals(), width, scale, kept);
                    }
                    (None, _) => {}
                }
                let element = |r, c| if kept(r, c) { m.at(r, c) } else { 0 };
                Ok(Integers {
                    matrix: Matrix::from_fn(rows, cols, element),
                    scales: units.clone().unwrap_or_else(|| vec![1.0; rows as usize]),
                })
            }
            Values::Reals(m) => self.quantised(m, width, scale, kept),
        }
    }

    /// Quantises real numbers, row by row or all alike; those that are not `kept` are 0.
    fn quantised(
        &self,
        m: &Matrix<f64>,
        width: u32,
        scale: Scale,
        kept: impl Fn(u32, u32) -> bool,
    ) -> Result<Integers, Error> {
        let (rows, cols) = self.shape();
        let masked = Matrix::from_fn(rows, cols, |r, c| if kept(r, c) { m.at(r, c) } else { 0.0 });
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

impl Integers {
    /// Returns the real values.
    pub fn reals(&self) -> Matrix<f64> {
        let m = &self.matrix;
        Matrix::from_fn(m.rows(), m.cols(), |r, c| {
            m.at(r, c) as f64 * self.scales[r as usize]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reals(rows: &[[f64; 2]; 2]) -> Result<Operand, Error> {
        Operand::new("w".to_owned(), (2, 2), Data::Reals(rows.concat()))
    }

    #[test]
    fn reals_are_quantised_by_row_or_as_a_whole() {
        let w = reals(&[[1.0, -0.5], [0.0, 0.25]]).expect("finite");
        let by_row = w.integers(4, Scale::Row, None).expect("fits");
        assert_eq!(by_row.matrix.data(), [7, -4, 0, 7]);
        let whole = w.integers(4, Scale::Matrix, None).expect("fits");
        assert_eq!(whole.matrix.data(), [7, -4, 0, 2]);
        assert!((whole.reals().at(0, 0) - 1.0).abs() < 1e-12);
        let mask = Matrix::new(2, 2, vec![false, true, true, true]).expect("fits");
        let masked = w.integers(4, Scale::Row, Some(&mask)).expect("fits");
        assert_eq!(masked.matrix.data(), [0, -7, 0, 7]);
        let turned = w.transposed().integers(4, Scale::Row, None).expect("fits");
        assert_eq!(turned.matrix.data(), [7, 0, -7, 4]);
    }

    #[test]
    fn what_is_no_number_or_does_not_fit_is_named() {
        let said = reals(&[[1.0, 2.0], [f64::NAN, 0.0]]).expect_err("is NaN");
        assert_eq!(
            said.to_string(),
            "w: row 1, column 0: NaN: must be a finite number (mend the matrix)"
        );
        let w = Operand::new("w".to_owned(), (1, 2), Data::Integers(vec![1, 8]));
        let said = w.expect("integers").integers(4, Scale::Row, None);
        assert_eq!(
            said.expect_err("too large").to_string(),
            "w: row 0, column 1: 8 does not fit 4 bits (store reals to have them quantised)"
        );
    }
}
