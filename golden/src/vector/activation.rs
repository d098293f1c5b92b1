// SPDX-License-Identifier: MIT OR Apache-2.0
//! Functions between the two projections of a feed-forward part.

use super::round::round_half_up;
use super::tables::{GELU, GELU_TANH, SILU};

/// Fraction bits of what goes in and comes out.
pub const ACTIVATION_FRAC: u32 = 10;
/// Fraction bits of a table's entries.
const TABLE_FRAC: u32 = 16;

/// A function `f(x) = max(x, 0) - g(|x|)` by a table of `g`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `x * Phi(x)`.
    Gelu,
    /// The same with a hyperbolic tangent, as GPT-2 was trained.
    GeluTanh,
    /// `x / (1 + exp(-x))`.
    Silu,
}

impl Activation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gelu, Self::GeluTanh, Self::Silu];

    /// Returns the table and log2 of the steps of 2^-10 between its entries.
    fn table(self) -> (&'static [u16; 257], u32) {
        match self {
            Self::Gelu => (&GELU, 4),
            Self::GeluTanh => (&GELU_TANH, 4),
            Self::Silu => (&SILU, 6),
        }
    }

    /// Returns `f(x)`, both in units of 2^-10 and 16 bits, within 0.65 units of the function,
    /// and within 0.76 of `SiLU`.
    pub fn of(self, x: i32) -> i32 {
        let (table, step) = self.table();
        let (index, low) = (
            (x.unsigned_abs() >> step) as usize,
            x.unsigned_abs() & ((1 << step) - 1),
        );
        // Beyond the table g is 0 to within 0.14 units.
        let lacks = if index < 256 {
            let (a, b) = (i64::from(table[index]), i64::from(table[index + 1]));
            (a << step) + (b - a) * i64::from(low)
        } else {
            0
        };
        let drop = TABLE_FRAC - ACTIVATION_FRAC + step;
        let whole = i64::from(x.max(0)) << drop;
        round_half_up(whole - lacks, drop as i32) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    /// The normal distribution, good to 1e-9.
    fn phi(x: f64) -> f64 {
        // The integral of the density from 0, by Simpson's rule.
        let n = 2000;
        let h = x / f64::from(n);
        let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let inner: f64 = (1..n)
            .map(|i| f64::from(2 + 2 * (i % 2)) * density(f64::from(i) * h))
            .sum();
        0.5 + h / 3.0 * (density(0.0) + inner + density(x))
    }

    fn exact(f: Activation, x: f64) -> f64 {
        match f {
            Activation::Gelu if x.abs() > 8.0 => x.max(0.0),
            Activation::Gelu => x * phi(x),
            Activation::GeluTanh => {
                let t = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
                0.5 * x * (1.0 + t.tanh())
            }
            Activation::Silu => x / (1.0 + (-x).exp()),
        }
    }

    #[test]
    fn every_input_of_16_bits_is_near_float64() {
        for f in Activation::ALL {
            // The integral of GELU is slow: every third input, and all where the slope is largest.
            for x in (-32_768..32_768).filter(|x| f != Activation::Gelu || x % 3 == 0) {
                let real = exact(f, f64::from(x) / 1024.0) * 1024.0;
                let bound = if f == Activation::Silu { 0.76 } else { 0.65 };
                assert_abs_diff_eq!(f64::from(f.of(x)), real, epsilon = bound);
            }
        }
    }

    #[test]
    fn known_by_hand() {
        let [gelu, tanh, silu] = Activation::ALL;
        // GELU(1) = 0.841345, its approximation 0.841192, SiLU(1) = 0.731059.
        assert_eq!(
            (gelu.of(1024), tanh.of(1024), silu.of(1024)),
            (862, 861, 749)
        );
        assert_eq!((gelu.of(-1024), silu.of(-1024)), (-162, -275));
        assert_eq!(
            (gelu.of(0), gelu.of(-32_768), gelu.of(32_767)),
            (0, 0, 32_767)
        );
    }
}
