// SPDX-License-Identifier: MIT OR Apache-2.0
//! The reciprocal of a query's sum, and what is scaled with it.

use super::{OUT_FRAC, OUT_W, PROB_W};

/// Bits of the operand of the division, its leading one included.
pub const OPERAND_W: u32 = 20;
/// log2 of the dividend.
pub const DIVIDEND_LOG2: u32 = 39;
/// Bits that an exponential drops to become a weight.
pub const WEIGHT_SHIFT: u32 = 8;
/// log2 of the least sum that is divided: a selection holds a key of the best rank.
pub const LEAST_LOG2: u32 = 23;
/// Bits of a weighted sum that its division drops at the least sum.
pub const SUM_DROP: u32 = 6;
/// Bits of a weighted sum that is divided, signed.
pub const NORMAL_W: u32 = 22;

/// 1 / sum as `factor / 2^(20 + exponent)`, for a sum of `2^exponent` or more but less than twice
/// that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reciprocal {
    /// 2^19 to 2^20.
    pub factor: u32,
    /// floor(log2(sum)).
    pub exponent: u32,
}

impl Reciprocal {
    /// Divides; a sum of 0 has no reciprocal.
    pub fn of(sum: u64) -> Option<Self> {
        let exponent = sum.checked_ilog2()?;
        let top = OPERAND_W - 1;
        let operand = if exponent >= top {
            sum >> (exponent - top)
        } else {
            sum << (top - exponent)
        };
        let factor = ((1_u64 << DIVIDEND_LOG2) / operand) as u32;
        Some(Self { factor, exponent })
    }

    /// Returns the probability of an exponential, rounded half up; 65536 is one.
    pub fn probability(self, exp: u32) -> u32 {
        // exp * factor / 2^(20 + exponent), times 2^16.
        let drop = OPERAND_W + self.exponent - (PROB_W - 1);
        ((u64::from(exp) * u64::from(self.factor) + (1 << (drop - 1))) >> drop) as u32
    }

    /// Returns a sum of weighted values divided by the sum, rounded half up in units of 1/16 and
    /// saturated. `weighted` counts values in 2^-16, as the sum of weights is 2^-8 of this one.
    ///
    /// First the sum is brought to the scale of the result and cut; what it lost counts as the
    /// middle of its interval, which moves the quotient by 1/64 of its unit at most. The sum of
    /// exponentials is 2^23 or more.
    pub fn output(self, weighted: i64) -> i16 {
        let cut = (self.exponent + SUM_DROP).saturating_sub(LEAST_LOG2);
        let limit = 1 << (NORMAL_W - 1);
        let normal = (weighted >> cut).clamp(-limit, limit - 1);
        let drop = 1 + OPERAND_W + LEAST_LOG2 - SUM_DROP - WEIGHT_SHIFT - OUT_FRAC;
        let rounded = ((2 * normal + 1) * i64::from(self.factor) + (1 << (drop - 1))) >> drop;
        let most = (1 << (OUT_W - 1)) - 1;
        rounded.clamp(-most - 1, most) as i16
    }
}

/// Returns the weight of an exponential in PV: 65536 is the largest.
pub fn weight(exp: u32) -> u32 {
    (exp + (1 << (WEIGHT_SHIFT - 1))) >> WEIGHT_SHIFT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_round_half_up() {
        assert_eq!(
            [0, 127, 128, 383, 384, 1 << 24].map(weight),
            [0, 0, 1, 1, 2, 65_536]
        );
    }

    #[test]
    fn a_sum_of_nothing_has_no_reciprocal() {
        assert_eq!(Reciprocal::of(0), None);
        let one = Reciprocal::of(1 << 24);
        assert_eq!(
            one,
            Some(Reciprocal {
                factor: 1 << 20,
                exponent: 24
            })
        );
    }
}
