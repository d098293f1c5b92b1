// SPDX-License-Identifier: MIT OR Apache-2.0
//! PV: the weighted sum of the selected values.

use super::planes;
use super::recip::weight;

/// Sums the values of one query.
///
/// `selected` yields exponential and value of each selected key; `planes` are those of V, of which
/// the first `count` are there. What is missing counts as the middle of its interval.
pub fn accumulate<'a>(
    selected: impl Iterator<Item = (u32, &'a [i32])>,
    d: usize,
    planes: &[u32],
    count: usize,
) -> Vec<i64> {
    let below = planes::bits_below(planes, count);
    let (mut sums, mut weights) = (vec![0_i64; d], 0_i64);
    for (exp, value) in selected {
        let weight = i64::from(weight(exp));
        weights += weight;
        for (sum, &v) in sums.iter_mut().zip(value) {
            *sum += weight * i64::from(v >> below << below);
        }
    }
    let offset = weights * i64::from(planes::middle(planes, count));
    for sum in &mut sums {
        *sum += offset;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_planes_count_as_their_middle() {
        let values = [[100, -1], [-100, 2047]];
        let pairs = || {
            [1 << 24, 1 << 23]
                .into_iter()
                .zip(values.iter().map(|v| &v[..]))
        };
        let full = accumulate(pairs(), 2, &[4, 4, 4], 3);
        assert_eq!(full, [65_536 * 100 - 32_768 * 100, 32_768 * 2047 - 65_536]);
        // 100 = 0x064 becomes 0x000 + 128, -100 = 0xf9c becomes -256 + 128, and so on.
        let one = accumulate(pairs(), 2, &[4, 4, 4], 1);
        assert_eq!(
            one,
            [
                65_536 * 128 - 32_768 * 128,
                65_536 * -128 + 32_768 * (1792 + 128)
            ]
        );
        assert_eq!(accumulate(std::iter::empty(), 2, &[8], 1), [0, 0]);
    }

    #[test]
    fn the_largest_sum_fits() {
        let low = [-2048; 8];
        let pairs = (0..4096).map(|_| (1 << 24, &low[..]));
        assert_eq!(accumulate(pairs, 8, &[8, 4], 2), [-(1_i64 << 39); 8]);
    }
}
