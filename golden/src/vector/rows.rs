// SPDX-License-Identifier: MIT OR Apache-2.0
//! What takes rows element by element: sums, products, means and changes of the point.

use super::round::{Saturated, round_half_up};
use super::width::{STREAM_W, SUM_FRAC, SUM_W};

/// Returns `row / 2^shift`, rounded half up to `width` bits: the point moved by `shift`.
pub fn shifted(row: &[i32], shift: i32, width: u32, saturated: &mut Saturated) -> Vec<i32> {
    let moved = |&x: &i32| saturated.fit(round_half_up(i64::from(x), shift), width);
    row.iter().map(moved).collect()
}

/// Returns the sum of the stream, of `stream_frac` fraction bits, and a sublayer's output in 20
/// bits of which ten are behind the point. It is exact unless it saturates, or `stream_frac` is
/// over 10.
pub fn add(
    stream: &[i32],
    stream_frac: u32,
    output: &[i32],
    saturated: &mut Saturated,
) -> Vec<i32> {
    let shift = stream_frac as i32 - SUM_FRAC as i32;
    let pairs = stream.iter().zip(output);
    let sum = |(&x, &y): (&i32, &i32)| round_half_up(i64::from(x), shift) + i64::from(y);
    pairs.map(|p| saturated.fit(sum(p), SUM_W)).collect()
}

/// Returns the products of two rows of 16 bits, divided by 2^shift and rounded half up to `width`
/// bits.
pub fn product(
    a: &[i32],
    b: &[i32],
    shift: i32,
    width: u32,
    saturated: &mut Saturated,
) -> Vec<i32> {
    let one = |(&x, &y): (&i32, &i32)| {
        saturated.fit(round_half_up(i64::from(x) * i64::from(y), shift), width)
    };
    a.iter().zip(b).map(one).collect()
}

/// The mean of rows, which come one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mean {
    sums: Vec<i32>,
    rows: u32,
}

impl Mean {
    /// Begins with rows of `d` elements.
    pub fn new(d: usize) -> Self {
        Self {
            sums: vec![0; d],
            rows: 0,
        }
    }

    /// Adds a row of the stream; there are at most 4096.
    pub fn row(&mut self, row: &[i32]) {
        self.sums.iter_mut().zip(row).for_each(|(s, x)| *s += x);
        self.rows += 1;
    }

    /// Returns the mean in units of the stream, within 0.76 of it: sums times a reciprocal of 17
    /// bits.
    pub fn of(&self) -> Vec<i32> {
        let rows = self.rows.max(1);
        let shift = 16 + rows.next_power_of_two().ilog2();
        let factor = ((1_i64 << shift) + i64::from(rows / 2)) / i64::from(rows);
        let mean = |&s: &i32| round_half_up(i64::from(s) * factor, shift as i32);
        let mut never = Saturated::default();
        let fit = |m| never.fit(m, STREAM_W);
        self.sums.iter().map(mean).map(fit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn sums_products_and_points_by_hand() {
        let mut seen = Saturated::default();
        assert_eq!(add(&[3, -3], 8, &[1, 1], &mut seen), [13, -11]);
        assert_eq!(add(&[6, -6], 12, &[0, 0], &mut seen), [2, -1]);
        assert_eq!(add(&[32_767], 0, &[0], &mut seen), [(1 << 19) - 1]);
        assert_eq!(seen, Saturated(1));
        assert_eq!(
            product(&[1536, -1536], &[1024, 1], 10, 12, &mut seen),
            [1536, -1]
        );
        assert_eq!(
            shifted(&[24, -24, 23, 1 << 16], 4, 12, &mut seen),
            [2, -1, 1, 2047]
        );
        assert_eq!(seen, Saturated(2));
        assert_eq!(shifted(&[-5], -3, 12, &mut seen), [-40]);
    }

    #[test]
    fn means_of_every_number_of_rows() {
        for n in 1..=4096_u32 {
            let mut mean = Mean::new(3);
            // What the largest sums of n rows would be, without adding them one by one.
            mean.sums = vec![32_767 * n as i32, -32_768 * n as i32, 777 * n as i32 - 5];
            mean.rows = n;
            for (got, sum) in mean.of().iter().zip(&mean.sums) {
                let exact = f64::from(*sum) / f64::from(n);
                assert_abs_diff_eq!(f64::from(*got), exact, epsilon = 0.76);
            }
        }
        let mut mean = Mean::new(2);
        for row in [[1, 10], [2, -20], [6, 1]] {
            mean.row(&row);
        }
        assert_eq!(mean.of(), [3, -3]);
    }
}
