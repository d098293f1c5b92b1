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
