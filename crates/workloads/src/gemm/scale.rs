// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scales that stand beside integers and FP8: the real value is their product.
//!
//! A scale is one number, one for each row (weights: each output), or one for each block: of 128 where
//! that gives as many blocks, else of equal size. The inverse that some names speak of is that of what
//! the quantiser multiplied by: `weight_scale_inv` is multiplied, too.

use hwgen_golden::figs::Matrix;

use super::forms;
use super::parts::{SCALES, ZERO_POINTS};
use crate::tensors::{Data, Source, Tensor};
use hwgen_console::error::Error;

/// Edge of a block in FP8 checkpoints.
const BLOCK: u32 = 128;

/// Scales of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    values: Matrix<f64>,
    /// Rows and columns that share one.
    block: (u32, u32),
}

/// What was found beside a tensor.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// The tensor of the scale that applies.
    pub scale: Option<Tensor>,
    /// Its name.
    pub name: Option<String>,
    pub(crate) warnings: Vec<String>,
}

/// Finds the scale of `values`, which its layer calls `weights`.
///
/// Refuses what cannot be applied: packed weights, zero points, several scales, scales in integers.
pub fn beside(
    source: &Source,
    weights: &str,
    values: &str,
    tensor: &Tensor,
) -> Result<Beside, Error> {
    let there = |patterns: &[&str]| -> Vec<String> {
        let names = patterns.iter().filter_map(|p| forms::name(p, weights));
        names.filter(|n| source.has(n)).collect()
    };
    let scales = there(&SCALES);
    let dtype = source.dtype(values).unwrap_or_default();
    let refuse = |rule: String| Err(Error::input(format!("{}: {rule}", tensor.label)));
    if !matches!(tensor.data, Data::Integers(_)) && !dtype.starts_with("F8_") {
        let warn = |s: String| {
            format!("{s} stands beside it and is not applied: dtype {dtype} holds real weights")
        };
        return Ok(Beside {
            warnings: scales.into_iter().map(warn).collect(),
            ..Beside::default()
        });
    }
    forms::refuse_packed(source, weights, values)?;
    for name in there(&ZERO_POINTS) {
        let zeros = source.beside(&name)?.reals()?;
        if let Some(zero) = zeros.iter().find(|z| **z != 0.0) {
            return refuse(format!(
                "{name} stands beside it and has {zero}: integers must mean 0 by 0 (subtract it, \
                 multiply by the scale and store reals)"
            ));
        }
    }
    let [name] = scales.as_slice() else {
        if scales.is_empty() {
            return Ok(Beside::default());
        }
        let all = scales.join(", ");
        let rule = "several scales stand beside it";
        return refuse(format!("{rule}: {all} (leave one, or store reals)"));
    };
    if dtype == "U8" {
        return refuse(format!(
            "{name} stands beside it: bytes without a sign that have a scale are packed, or have a \
             zero point (store reals, or signed integers)"
        ));
    }
    let scale = source.beside(name)?;
    if !matches!(scale.data, Data::Reals(_)) {
        let label = &scale.label;
        return Err(Error::input(format!(
            "{label}: a scale must be a real number (store exponents as F8_E8M0, not as bytes)"
        )));
    }
    Ok(Beside {
        scale: Some(scale),
        name: Some(name.clone()),
        warnings: Vec::new(),
    })
}

impl Scaling {
    /// Takes the scales for a matrix of `rows` by `cols` as it is stored; one dimension is the rows,
    /// or the columns where `turned`.
    pub fn new(tensor: &Tensor, (rows, cols): (u32, u32), turned: bool) -> Result<Self, Error> {
        let (label, data) = (&tensor.label, tensor.reals()?);
        if let Some(bad) = data.iter().find(|x| !x.is_finite()) {
            let rule = "a scale must be a finite number (mend it)";
            return Err(Error::input(format!("{label}: {bad}: {rule}")));
        }
        let mut shape = tensor.shape.clone();
        while shape.len() > 2 && shape.last() == Some(&1) {
            shape.pop();
        }
        let fit = |n: u32, parts: usize| -> Option<u32> {
            let parts = u32::try_from(parts).ok().filter(|p| *p > 0)?;
            if n.div_ceil(BLOCK) == parts {
                return Some(if parts == 1 { n } else { BLOCK });
            }
            n.is_multiple_of(parts).then(|| n / parts)
        };
        let (down, across) = match (shape.as_slice(), turned) {
            ([1], _) => (1, 1),
            // A single dimension says one a row, and nothing else.
            ([n], false) if *n == rows as usize => (*n, 1),
            ([n], true) if *n == cols as usize => (1, *n),
            ([down, across], _) => (*down, *across),
            _ => (0, 0),
        };
        let block = fit(rows, down).zip(fit(cols, across));
        let values = Matrix::new(down as u32, across as u32, data);
        if let (Some(block), Some(values)) = (block, values) {
            return Ok(Self { values, block });
        }
        let shape = &tensor.shape;
        Err(Error::input(format!(
            "{label}: shape {shape:?}: is one scale neither for all of {rows} x {cols}, nor for each \
             row or block (multiply by it and store reals)"
        )))
    }

    /// Returns the scale of an element.
    pub fn at(&self, row: u32, col: u32) -> f64 {
        self.values.at(row / self.block.0, col / self.block.1)
    }

    /// Returns one scale for each of the rows, if no two elements of a row have different ones and
    /// all are positive.
    pub fn by_row(&self, rows: u32) -> Option<Vec<f64>> {
        let positive = self.values.data().iter().all(|s| *s > 0.0);
        (self.values.cols() == 1 && positive).then(|| (0..rows).map(|r| self.at(r, 0)).collect())
    }

    /// Returns the scales of the transpose.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self {
            values: self.values.transposed(),
            block: (self.block.1, self.block.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaling(shape: &[usize], of: (u32, u32), turned: bool) -> Result<Scaling, Error> {
        let count = shape.iter().product::<usize>();
        let tensor = Tensor {
            label: "s".to_owned(),
            shape: shape.to_vec(),
            data: Data::Reals((1..=count).map(|x| x as f64).collect()),
            least: None,
        };
        Scaling::new(&tensor, of, turned)
    }

    #[test]
    fn one_for_all_for_rows_and_for_blocks() {
        let at = |shape: &[usize], of, (r, c)| scaling(shape, of, false).expect("fits").at(r, c);
        for shape in [&[1][..], &[1, 1], &[1, 1, 1, 1]] {
            assert!((at(shape, (300, 200), (299, 199)) - 1.0).abs() < 1e-12);
        }
        for shape in [&[6][..], &[6, 1], &[6, 1, 1]] {
            assert!((at(shape, (6, 4), (3, 2)) - 4.0).abs() < 1e-12, "{shape:?}");
        }
        // Blocks of 128, the last of a row and of a column smaller: 300 and 200 have 3 and 2.
        assert!((at(&[3, 2], (300, 200), (255, 127)) - 3.0).abs() < 1e-12);
        assert!((at(&[3, 2], (300, 200), (256, 128)) - 6.0).abs() < 1e-12);
        // Groups of 4 inputs.
        assert!((at(&[2, 2], (2, 8), (1, 3)) - 3.0).abs() < 1e-12);
        assert!((at(&[2, 2], (2, 8), (1, 4)) - 4.0).abs() < 1e-12);
        let turned = scaling(&[4], (6, 4), true).expect("fits").transposed();
        assert_eq!(turned.by_row(4), Some(vec![1.0, 2.0, 3.0, 4.0]));
    }

    #[test]
    fn what_fits_nothing_is_refused() {
        for (shape, turned) in [
            (&[4][..], false),
            (&[6], true),
            (&[5, 1], false),
            (&[2, 3, 2], false),
        ] {
            let said = scaling(shape, (6, 4), turned)
                .expect_err("does not fit")
                .to_string();
            let start = format!("s: shape {shape:?}: is one scale neither for all of 6 x 4, ");
            assert!(said.starts_with(&start), "{said}");
        }
    }
}
