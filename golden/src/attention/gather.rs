// SPDX-License-Identifier: MIT OR Apache-2.0
//! Gathered rows: selected positions by lane, so that a row of T lanes carries as many as it can.

use std::collections::BTreeMap;

/// Gathers `positions`, ascending, into rows of `tokens` lanes.
///
/// The lane of a position is its remainder by `tokens`. Row i holds the i-th position of every
/// lane that has so many, in the order of the lanes; there are as many rows as the fullest lane has
/// positions.
pub fn gathered(positions: &[u32], tokens: u32) -> Vec<Vec<u32>> {
    let mut lanes: BTreeMap<u32, usize> = BTreeMap::new();
    let mut rows: Vec<Vec<u32>> = Vec::new();
    for &position in positions {
        let held = lanes.entry(position % tokens).or_default();
        if *held == rows.len() {
            rows.push(Vec::new());
        }
        rows[*held].push(position);
        *held += 1;
    }
    for row in &mut rows {
        row.sort_unstable_by_key(|position| position % tokens);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::gathered;

    #[test]
    fn each_lane_counts_for_itself() {
        // Lane 0: 0, 8; lane 1: 5, 9, 13; lane 2: none; lane 3: 7.
        let rows = gathered(&[0, 5, 7, 8, 9, 13], 4);
        assert_eq!(rows, [vec![0, 5, 7], vec![8, 9], vec![13]]);
        assert_eq!(gathered(&[2, 3, 9], 1), [[2], [3], [9]]);
        assert_eq!(gathered(&[3, 4], 4), [[4, 3]]);
        assert!(gathered(&[], 4).is_empty());
    }
}
