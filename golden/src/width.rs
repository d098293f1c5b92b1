// SPDX-License-Identifier: MIT OR Apache-2.0
//! Widths of indices and counts. Written once; the SystemVerilog twin is `hg_pkg::idx_width`.

/// Returns the bits of an index into `entries` entries: `ceil(log2(entries))`, at least 1.
pub fn idx_width(entries: u32) -> u32 {
    if entries <= 2 {
        1
    } else {
        (entries - 1).ilog2() + 1
    }
}

/// Returns the bits of a count from 0 to `max` inclusive, at least 1.
pub fn cnt_width(max: u32) -> u32 {
    if max == 0 { 1 } else { max.ilog2() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_at_the_smallest_values_and_at_powers_of_two() {
        let idx: Vec<u32> = [1, 2, 3, 4, 5, 1023, 1024, 1025].map(idx_width).to_vec();
        assert_eq!(idx, [1, 1, 2, 2, 3, 10, 10, 11]);
        let cnt: Vec<u32> = [0, 1, 2, 3, 4, 1023, 1024].map(cnt_width).to_vec();
        assert_eq!(cnt, [1, 1, 2, 2, 3, 10, 11]);
    }
}
