// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rounding and saturation.

/// Returns `value / 2^shift`, rounded half up; a negative shift multiplies. `shift` is -40 to 62.
pub fn round_half_up(value: i64, shift: i32) -> i64 {
    match shift {
        ..=0 => value << -shift,
        // The sum may need a bit more than 64.
        _ => ((i128::from(value) + (1_i128 << (shift - 1))) >> shift) as i64,
    }
}

/// How many numbers did not fit their width so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Saturated(pub u64);

impl Saturated {
    /// Returns `value` in `width` bits, two's complement, and counts it where it did not fit.
    pub fn fit(&mut self, value: i64, width: u32) -> i32 {
        let most = (1_i64 << (width - 1)) - 1;
        let fits = value.clamp(-most - 1, most);
        self.0 += u64::from(fits != value);
        fits as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_up_on_both_sides_of_zero() {
        let halves = [-5, -3, -2, -1, 0, 1, 2, 3, 5].map(|x| round_half_up(x, 1));
        assert_eq!(halves, [-2, -1, -1, 0, 0, 1, 1, 2, 3]);
        let quarters = [-7, -6, -5, 5, 6, 7].map(|x| round_half_up(x, 2));
        assert_eq!(quarters, [-2, -1, -1, 1, 2, 2]);
        assert_eq!(round_half_up(-3, -4), -48);
        assert_eq!(round_half_up(i64::MAX, 1), 1 << 62);
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut seen = Saturated::default();
        let all = [-2049, -2048, 2047, 2048].map(|x| seen.fit(x, 12));
        assert_eq!((all, seen), ([-2048, -2048, 2047, 2047], Saturated(2)));
    }
}
