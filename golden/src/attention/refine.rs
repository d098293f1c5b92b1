// SPDX-License-Identifier: MIT OR Apache-2.0
//! Progressive precision: whether a query, or one of its keys, needs the next plane.

use super::softmax::{EXP_FRAC, KEY_SHIFT, OCTAVE_FRAC, OCTAVE_W, Scale};

/// What stands for an uncertainty whose shift saturated: larger than any limit needs.
pub const UNKNOWN: i64 = 1 << (OCTAVE_W + 1);

/// Rule `head`: whether all keys get the next plane. The largest probability is 2^24 / sum, so
/// that a flat distribution is one with a large sum.
pub fn head(sum: u64, limit: u64) -> bool {
    sum > limit
}

/// Returns how far the difference of two scores may still move, in 2^-14 octaves, with
/// `bits_below` bits of the keys missing; [`UNKNOWN`] where the shift saturates.
pub fn uncertainty(scale: Scale, bound: u32, bits_below: u32) -> i64 {
    let raw = ((1_i64 << bits_below) - 1) * i64::from(bound);
    match scale.shifted(raw) {
        (_, true) => UNKNOWN,
        (shifted, false) => i64::from(scale.scaled(shifted)) + 1,
    }
}

/// Returns a lower bound of log2(sum / 2^24) in 2^-14 octaves, the chord 2^i * (1 + g) of the
/// logarithm; a sum of 0 counts as 1.
pub fn log2_floor(sum: u64) -> i64 {
    let sum = sum.max(1);
    let whole = sum.ilog2();
    let mantissa = if whole >= OCTAVE_FRAC {
        sum >> (whole - OCTAVE_FRAC)
    } else {
        sum << (OCTAVE_FRAC - whole)
    };
    let one = 1 << OCTAVE_FRAC;
    (i64::from(whole) - i64::from(EXP_FRAC)) * one + mantissa as i64 - one
}

/// Rule `token`: returns the largest rank that still needs the next plane, if any does. `sum` is
/// that of the keys with at least as many planes as the candidates.
pub fn token(uncertainty: i64, eps_log2: u32, sum: u64) -> Option<u32> {
    let limit = uncertainty + i64::from(eps_log2) - log2_floor(sum);
    (limit > 0).then_some((limit >> KEY_SHIFT) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_a_close_lower_bound() {
        let mut before = i64::MIN;
        for step in 0..40_000_u32 {
            let sum = (f64::from(step) * 0.000_65).exp2() as u64;
            let exact = ((sum as f64).log2() - 24.0) * 16384.0;
            let got = log2_floor(sum);
            assert!(got as f64 <= exact, "{sum}");
            // The chord of the logarithm is 0.0861 octave below at most.
            assert!(got as f64 > exact - 0.0861 * 16384.0 - 1.0, "{sum}");
            assert!(got >= before);
            before = got;
        }
        assert_eq!(
            (log2_floor(0), log2_floor(1), log2_floor(1 << 24)),
            (-24 << 14, -24 << 14, 0)
        );
        assert_eq!(log2_floor(3 << 24), (3 << 14) / 2);
    }

    #[test]
    fn rules_at_their_limits() {
        assert!(!head(1 << 25, 1 << 25));
        assert!(head((1 << 25) + 1, 1 << 25));
        // One key of weight 1: its limit is the uncertainty and eps alone.
        assert_eq!(token(127, 0, 1 << 24), Some(0));
        assert_eq!(token(128, 0, 1 << 24), Some(1));
        assert_eq!(token(0, 0, 1 << 24), None);
        assert_eq!(token(1, 128, 1 << 24), Some(1));
        // Two such keys halve the probability.
        assert_eq!(token(1 << 14, 0, 1 << 25), None);
        assert_eq!(token((1 << 14) + 1, 0, 1 << 25), Some(0));
    }

    #[test]
    fn uncertainty_is_that_of_the_missing_bits() {
        let scale = Scale {
            pre_shift: 3,
            mant: 1 << 15,
        };
        assert_eq!(uncertainty(scale, 1000, 0), 1);
        assert_eq!(uncertainty(scale, 1000, 4), 15_000 / 16 + 1);
    }
}
