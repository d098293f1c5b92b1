// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long the `quickselect` variant takes: its pivots can be repeated, so its passes can.
//!
//! Any pivot gives the right survivors; only the cycles tell whether it was the one that was drawn.

use super::adversary::{PIVOT_SEED, pivot};
use super::{TopkParams, select};

/// Cycles of a pass beside its rows and the network of its compactors
/// (`hg_topk_quickselect_core`): three to aim, fetch and decide, the others from the last row that
/// is read to its place in the buffer.
const PASS: u32 = 10;
/// Cycles of a query beside its passes, its rows in and its rows out.
const QUERY: u32 = 14;

/// The generator of pivots between two queries.
#[derive(Debug, Clone)]
pub struct Passes {
    state: u16,
}

impl Default for Passes {
    fn default() -> Self {
        Self { state: PIVOT_SEED }
    }
}

impl Passes {
    /// Returns the cycles from the first beat of `keys` in to the last survivor out, both counted,
    /// by the idle engine without stalls, and steps the generator.
    pub fn latency(&mut self, params: &TopkParams, keys: &[i64], k: u32) -> u32 {
        let lanes = params.lanes as usize;
        let network = params.lanes.ilog2().div_ceil(2);
        let mut cycles = QUERY + network + params.beats(keys.len() as u32);
        let (mut part, mut rank) = (keys.to_vec(), (k as usize).min(keys.len()));
        while rank > 0 {
            let place = pivot(&mut self.state, part.len() as u32, params);
            let key = part[place];
            let below: Vec<bool> = part.iter().map(|&v| v < key).collect();
            let above: Vec<bool> = part.iter().map(|&v| v > key).collect();
            let flush = flushes(&below, lanes) || flushes(&above, lanes);
            cycles += PASS + network + params.beats(part.len() as u32) + u32::from(flush);
            let larger = above.iter().filter(|a| **a).count();
            let upper = below.iter().filter(|b| !**b).count();
            if rank <= larger {
                part.retain(|&v| v > key);
            } else if rank <= upper {
                break;
            } else {
                rank -= upper;
                part.retain(|&v| v < key);
            }
        }
        cycles + emission(params, keys, k)
    }
}

/// Tells whether packing the marked items, `lanes` a row, needs a row more than came in: the last
/// row fills one and leaves something.
fn flushes(kept: &[bool], lanes: usize) -> bool {
    let count = |part: &[bool]| part.iter().filter(|k| **k).count();
    let last = kept.len().saturating_sub(1) / lanes * lanes;
    let (before, all) = (count(&kept[..last]) % lanes, count(&kept[last..]));
    before + all >= lanes && !(before + all).is_multiple_of(lanes)
}

/// Returns the cycles from the first row filtered to the last beat: a full one leaves with the row
/// that fills it, another with the last row or one behind it.
pub(super) fn emission(params: &TopkParams, keys: &[i64], k: u32) -> u32 {
    let lanes = params.lanes as usize;
    let survivors = select(keys, k as usize).indices;
    let rows = params.beats(keys.len() as u32);
    match survivors.last() {
        Some(last) if survivors.len().is_multiple_of(lanes) => last / params.lanes,
        _ => {
            let mut kept = vec![false; keys.len()];
            for &i in &survivors {
                kept[i as usize] = true;
            }
            rows - 1 + u32::from(flushes(&kept, lanes))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_takes_one_pass_and_none_takes_none() {
        let params = TopkParams::default();
        let mut passes = Passes::default();
        let none = passes.latency(&params, &[3], 0);
        assert_eq!(passes.latency(&params, &[3], 1), none + PASS + 2 + 1);
    }

    #[test]
    fn a_row_that_fills_and_leaves_something_flushes() {
        assert!(!flushes(&[true, true, true, false], 4));
        assert!(!flushes(&[true; 8], 4));
        assert!(flushes(
            &[true, false, true, true, true, true, true, true],
            4
        ));
    }
}
