// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rotary embedding: pairs of elements turned by an angle of their position.

use super::round::{Saturated, round_half_up};

/// Fraction bits of a sine or cosine, which has 16 bits.
pub const ANGLE_FRAC: u32 = 14;

/// Returns cosine and sine of pair `pair` of a head of `head` elements at a position: an entry of
/// the table that a host puts in memory.
pub fn angle(position: usize, pair: usize, head: usize, theta: f64) -> (i32, i32) {
    let (sin, cos) = (position as f64 * theta.powf(-2.0 * pair as f64 / head as f64)).sin_cos();
    let unit = f64::from(1 << ANGLE_FRAC);
    ((cos * unit).round() as i32, (sin * unit).round() as i32)
}

/// Turns the pairs (i, i + d / 2) of a head's row of 16 bits and moves the point by `shift`;
/// `table` has cosine and sine of each pair. An element is within 0.5 units, plus 2^-15 of |a| +
/// |b|, of the exact one.
pub fn turned(
    row: &[i32],
    table: &[(i32, i32)],
    shift: i32,
    width: u32,
    saturated: &mut Saturated,
) -> Vec<i32> {
    let half = row.len() / 2;
    let mut fit = |x: i64| saturated.fit(round_half_up(x, ANGLE_FRAC as i32 + shift), width);
    let mut out = vec![0; row.len()];
    for (i, &(cos, sin)) in table.iter().enumerate().take(half) {
        let (a, b) = (i64::from(row[i]), i64::from(row[i + half]));
        let (cos, sin) = (i64::from(cos), i64::from(sin));
        out[i] = fit(a * cos - b * sin);
        out[i + half] = fit(b * cos + a * sin);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn turns_are_near_float64() {
        let row: Vec<i32> = (0..16).map(|i| i * 3001 % 32_768 - 9000).collect();
        for position in [0, 1, 7, 100, 1023, 4095] {
            let table: Vec<_> = (0..8).map(|i| angle(position, i, 16, 1e4)).collect();
            let mut seen = Saturated::default();
            let got = turned(&row, &table, 4, 12, &mut seen);
            assert_eq!(seen, Saturated(0));
            for i in 0..8 {
                let (a, b) = (f64::from(row[i]) / 16.0, f64::from(row[i + 8]) / 16.0);
                let turn = position as f64 / 10_000.0_f64.powf(i as f64 / 8.0);
                let bound = 0.5 + (a.abs() + b.abs()) / 32_768.0;
                let (x, y) = (
                    a * turn.cos() - b * turn.sin(),
                    b * turn.cos() + a * turn.sin(),
                );
                assert_abs_diff_eq!(f64::from(got[i]), x, epsilon = bound);
                assert_abs_diff_eq!(f64::from(got[i + 8]), y, epsilon = bound);
            }
        }
    }
}
