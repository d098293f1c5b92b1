// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the array's sums to numbers of few bits.

use super::round::{Saturated, round_half_up};

/// Bits of a multiplier's mantissa.
pub const MULTIPLIER_W: u32 = 8;
/// Least and largest shift of a multiplier.
pub const SHIFT: (i32, i32) = (-24, 47);

/// A factor of `mant / 2^shift`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multiplier {
    /// 128 to 255.
    pub mant: u8,
    /// -24 to 47.
    pub shift: i32,
}

impl Multiplier {
    /// Returns the least multiplier of at least `factor`, which is less than 1/128 larger; `None`
    /// where `factor` is not positive or out of range.
    pub fn above(factor: f64) -> Option<Self> {
        Self::rounded(factor, f64::ceil)
    }

    /// Returns the multiplier next to `factor`, within 1/256 of it, likewise.
    pub fn near(factor: f64) -> Option<Self> {
        Self::rounded(factor, f64::round)
    }

    fn rounded(factor: f64, round: impl Fn(f64) -> f64) -> Option<Self> {
        if !(factor.is_finite() && factor > 0.0) {
            return None;
        }
        let mut shift = MULTIPLIER_W as i32 - 1 - factor.log2().floor() as i32;
        let mut mant = round(factor * f64::from(shift).exp2());
        if mant > 255.0 {
            mant = 128.0;
            shift -= 1;
        }
        let mant = mant.max(128.0) as u8;
        (SHIFT.0..=SHIFT.1)
            .contains(&shift)
            .then_some(Self { mant, shift })
    }

    /// Returns the factor.
    pub fn value(self) -> f64 {
        f64::from(self.mant) * f64::from(-self.shift).exp2()
    }
}

/// Returns `(sum + bias) * multiplier`, rounded half up to a whole number of `width` bits.
///
/// `sum` has at most 40 bits and `bias` 32; the result is within half a unit of the exact product
/// unless it saturates.
pub fn requantise(
    sum: i64,
    bias: i32,
    by: Multiplier,
    width: u32,
    saturated: &mut Saturated,
) -> i32 {
    let exact = (sum + i64::from(bias)) * i64::from(by.mant);
    // A shift to the left that leaves 64 bits is beyond every width, too.
    let limit = 1_i64 << (62 + by.shift.min(0));
    saturated.fit(round_half_up(exact.clamp(-limit, limit), by.shift), width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    #[test]
    fn multipliers_of_many_factors() {
        for step in -800..800 {
            let factor = (f64::from(step) * 0.0107).exp();
            let near = Multiplier::near(factor).expect("in range");
            assert!(near.mant >= 128);
            assert_relative_eq!(near.value(), factor, max_relative = 1.0 / 256.0);
            let above = Multiplier::above(factor).expect("in range").value();
            assert!(above >= factor && above <= factor * (1.0 + 1.0 / 128.0));
        }
        let half = Multiplier {
            mant: 128,
            shift: 8,
        };
        assert_eq!(Multiplier::near(0.5), Some(half));
        assert_eq!(Multiplier::above(0.5), Some(half));
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-30, 1e30] {
            assert_eq!(Multiplier::near(bad), None);
        }
    }

    #[test]
    fn half_a_unit_of_float64() {
        let mut seen = Saturated::default();
        for (mant, shift) in [(128, 7), (201, 12), (255, 20), (129, 28), (255, -3)] {
            let by = Multiplier { mant, shift };
            for step in -400_i64..400 {
                let (sum, bias) = (step * step * step * 5 + step, (step * 977) as i32);
                let got = requantise(sum, bias, by, 40 - 8, &mut seen);
                let exact = (sum as f64 + f64::from(bias)) * by.value();
                if exact.abs() < 2.0_f64.powi(31) {
                    assert_abs_diff_eq!(f64::from(got), exact, epsilon = 0.5);
                }
            }
        }
        let by = Multiplier {
            mant: 255,
            shift: -24,
        };
        let mut seen = Saturated::default();
        assert_eq!(requantise(-(1 << 39), 0, by, 12, &mut seen), -2048);
        assert_eq!(requantise(5, -5, by, 12, &mut seen), 0);
        assert_eq!(seen, Saturated(1));
        // (100 + 28) * 129 / 2^8 = 64.5, up; (-128) * 129 / 2^8 = -64.5, up.
        let by = Multiplier {
            mant: 129,
            shift: 8,
        };
        assert_eq!(requantise(100, 28, by, 12, &mut seen), 65);
        assert_eq!(requantise(-100, -28, by, 12, &mut seen), -64);
    }
}
