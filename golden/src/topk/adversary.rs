// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys on which quick-select does its worst.
//!
//! The pivots of `hg_topk_pivot` are pseudo-random but repeatable, so an adversary can decide the
//! keys as they are drawn (after McIlroy, "A killer adversary for quicksort", 1999): each pivot
//! turns out to be the extreme of what remains, and a pass removes one key.

use super::TopkParams;

/// State of the pivot generator after reset.
pub const PIVOT_SEED: u16 = 0xACE1;

/// Returns the place of the next pivot among `len >= 1` keys, and steps the generator.
pub(super) fn pivot(state: &mut u16, len: u32, params: &TopkParams) -> usize {
    let lanes = params.lanes;
    let row_w = crate::width::idx_width(params.beats(params.max_n));
    let lane_w = crate::width::idx_width(lanes);
    // A number that lies beyond the range after being cut to its bits is halved.
    let below = |random: u32, last: u32| {
        let cut = random & ((last + 1).next_power_of_two() - 1);
        if cut > last { cut >> 1 } else { cut }
    };
    let random = u32::from(*state);
    let last_row = (len - 1) / lanes;
    let row = below(random & ((1 << row_w) - 1), last_row);
    let last_lane = if row == last_row {
        (len - 1) % lanes
    } else {
        lanes - 1
    };
    let lane = below(random >> (16 - lane_w), last_lane);
    let bit = (*state >> 15) ^ (*state >> 13) ^ (*state >> 12) ^ (*state >> 10);
    *state = (*state << 1) | (bit & 1);
    (row * lanes + lane) as usize
}

/// Returns `n` keys for which quick-select with `k` needs `n` passes, as far as the key width has
/// distinct values, starting from and updating the state of the pivot generator.
pub fn keys(params: &TopkParams, n: u32, k: u32, state: &mut u16) -> Vec<i64> {
    let (mut low, mut high) = params.key_range();
    let mut keys = vec![low; n as usize];
    let mut remaining: Vec<usize> = (0..n as usize).collect();
    let mut rank = k.min(n);
    while rank > 0 && !remaining.is_empty() && low <= high {
        let place = pivot(state, remaining.len() as u32, params);
        let index = remaining.remove(place);
        if (rank as usize) <= remaining.len() {
            // The pivot is the smallest: all others are larger, and the rank lies among them.
            keys[index] = low;
            low += 1;
        } else {
            // The rank is that of the smallest: the pivot is the largest, and counts for it.
            keys[index] = high;
            high -= 1;
            rank -= 1;
        }
    }
    // Where the values have run out the rest is equal and goes in one pass.
    for index in remaining {
        keys[index] = low.min(params.key_range().1);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quick-select on values with the same pivots; returns the passes it needs.
    fn passes(params: &TopkParams, keys: &[i64], k: usize) -> usize {
        let (mut state, mut part, mut rank, mut passes) = (PIVOT_SEED, keys.to_vec(), k, 0);
        loop {
            passes += 1;
            let pivot = part[pivot(&mut state, part.len() as u32, params)];
            let larger: Vec<i64> = part.iter().copied().filter(|&v| v > pivot).collect();
            let ties = part.iter().filter(|&&v| v == pivot).count();
            if rank <= larger.len() {
                part = larger;
            } else if rank <= larger.len() + ties {
                return passes;
            } else {
                rank -= larger.len() + ties;
                part.retain(|&v| v < pivot);
            }
        }
    }

    #[test]
    fn every_pass_removes_one_key() {
        let params = TopkParams::default();
        for (n, k) in [(1, 1), (17, 4), (200, 50), (1024, 256), (1024, 1024)] {
            let mut state = PIVOT_SEED;
            let keys = keys(&params, n, k, &mut state);
            assert_eq!(
                passes(&params, &keys, k as usize),
                n as usize,
                "n = {n}, k = {k}"
            );
        }
    }

    #[test]
    fn a_narrow_key_ends_the_misery() {
        let params = TopkParams {
            key_w: 4,
            ..TopkParams::default()
        };
        let mut state = PIVOT_SEED;
        let keys = keys(&params, 100, 10, &mut state);
        assert!(keys.iter().all(|&k| (-8..8).contains(&k)));
        assert_eq!(passes(&params, &keys, 10), 16);
    }
}
