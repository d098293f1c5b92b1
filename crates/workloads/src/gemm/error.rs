// SPDX-License-Identifier: MIT OR Apache-2.0
//! How far a product is from another.

use hwgen_golden::figs::Matrix;
use serde::Serialize;

/// The distance of two matrices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Distance {
    /// Root of the mean square of the difference, over that of the reference.
    pub relative_rms: f64,
    /// Cosine of the angle between them, as vectors.
    pub cosine: f64,
}

impl Distance {
    /// Compares `got` with the reference `want`.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn new(got: &Matrix<f64>, want: &Matrix<f64>) -> Self {
        assert_eq!(
            (got.rows(), got.cols()),
            (want.rows(), want.cols()),
            "shapes"
        );
        let sum = |f: fn(f64, f64) -> f64| -> f64 {
            let pairs = got.data().iter().zip(want.data());
            pairs.map(|(&g, &w)| f(g, w)).sum()
        };
        let (gg, ww) = (sum(|g, _| g * g), sum(|_, w| w * w));
        let off = sum(|g, w| (g - w) * (g - w));
        let ratio = |a: f64, b: f64, none: f64| if b > 0.0 { a / b } else { none };
        Self {
            relative_rms: ratio(off, ww, off).sqrt(),
            cosine: ratio(sum(|g, w| g * w), (gg * ww).sqrt(), 1.0),
        }
    }
}

/// Returns `x * w^T` in real numbers.
///
/// # Panics
/// If the inner dimensions differ.
pub fn product(x: &Matrix<f64>, w: &Matrix<f64>) -> Matrix<f64> {
    assert_eq!(x.cols(), w.cols(), "inner dimensions");
    Matrix::from_fn(x.rows(), w.rows(), |t, o| {
        let pairs = x.row(t).iter().zip(w.row(o));
        pairs.map(|(a, b)| a * b).sum()
    })
}

/// Returns a product of integers in real numbers: each by the scales of its token and its output.
pub fn scaled(sums: &Matrix, tokens: &[f64], outputs: &[f64]) -> Matrix<f64> {
    Matrix::from_fn(sums.rows(), sums.cols(), |t, o| {
        sums.at(t, o) as f64 * tokens[t as usize] * outputs[o as usize]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_known_matrices() {
        let m = |data: [f64; 2]| Matrix::new(1, 2, data.to_vec()).expect("fits");
        let same = Distance::new(&m([3.0, 4.0]), &m([3.0, 4.0]));
        assert_eq!((same.relative_rms, same.cosine), (0.0, 1.0));
        let turned = Distance::new(&m([-4.0, 3.0]), &m([3.0, 4.0]));
        assert!((turned.relative_rms - 2.0_f64.sqrt()).abs() < 1e-12);
        assert!(turned.cosine.abs() < 1e-12);
        let nothing = Distance::new(&m([0.0, 0.0]), &m([0.0, 0.0]));
        assert_eq!((nothing.relative_rms, nothing.cosine), (0.0, 1.0));
    }
}
