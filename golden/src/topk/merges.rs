// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long the `batcher` variant takes: it sorts all keys, whatever they are, so only the beats
//! in which the survivors leave depend on them.

use super::TopkParams;
use super::passes::emission;

/// Cycles of a query beside its sorting, its rows in and its rows out.
const QUERY: u32 = 13;
/// Cycles of loading beside the rows and the levels of the sorter (`hg_topk_batcher_core`).
const LOAD: u32 = 2;
/// Cycles of a pass over pairs of rows beside the rows: its last pair is being written. Rows of one
/// lane need one more, as nothing lies between the last pass and the answer.
const SETTLE: u32 = 3;
/// Cycles of a pass over spans shorter than a row, beside the rows and two for each span.
const SHIFT: u32 = 2;
/// Cycles in which the k-th item is read and taken.
const CUT: u32 = 2;

/// Returns the cycles from the first beat of `keys` in to the last survivor out, both counted, by
/// the idle engine without stalls.
pub fn latency(params: &TopkParams, keys: &[i64], k: u32) -> u32 {
    let rows = params.beats(keys.len() as u32);
    let network = params.lanes.ilog2().div_ceil(2);
    let sort = if k == 0 || keys.is_empty() {
        0
    } else {
        sorting(params.lanes.ilog2(), rows.next_power_of_two())
    };
    // Without survivors the query counts as empty: a single row leaves.
    let out = if sort == 0 {
        0
    } else {
        emission(params, keys, k)
    };
    QUERY + network + rows + sort + out
}

/// Returns the cycles to sort `rows` rows, a power of two, of `2**lane_bits` keys.
fn sorting(lane_bits: u32, rows: u32) -> u32 {
    let load = rows + LOAD + lane_bits * (lane_bits + 1) / 2;
    let shift = if lane_bits == 0 {
        0
    } else {
        rows + SHIFT + 2 * lane_bits
    };
    let settle = SETTLE + u32::from(lane_bits == 0);
    // Runs of 2**m rows are merged in m + 1 passes over pairs and one over shorter spans.
    let merges = (1..=rows.ilog2()).map(|passes| passes * (rows + settle) + shift);
    load + merges.sum::<u32>() + CUT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_is_sorted_as_it_is_loaded() {
        assert_eq!(sorting(2, 1), 1 + LOAD + 3 + CUT);
    }

    #[test]
    fn two_rows_are_merged_once() {
        let merge = (2 + SETTLE) + (2 + SHIFT + 4);
        assert_eq!(sorting(2, 2), 2 + LOAD + 3 + merge + CUT);
    }

    #[test]
    fn without_survivors_nothing_is_sorted() {
        let params = TopkParams::default();
        assert_eq!(
            latency(&params, &[5; 40], 0),
            QUERY + params.lanes.ilog2().div_ceil(2) + params.beats(40)
        );
    }
}
