// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which weights are kept: masks of the shape outputs by inputs.
//!
//! Masks rank magnitudes and touch no datapath, so they take floats; the weights that go on are
//! whatever the caller masks with them.

use super::params::{FigsParams, Mode, SelectBy};
use super::{Matrix, Pattern};

/// Keeps the N largest of every M consecutive weights of a row, ties for the lower index.
pub fn magnitude(weights: &Matrix<f64>, pattern: Pattern) -> Matrix<bool> {
    let rows: Vec<Vec<u32>> = (0..weights.rows()).map(|r| vec![r]).collect();
    together(weights, pattern, &rows)
}

/// Keeps the N of every M by the sum of magnitudes over the rows that share a select.
pub fn tied(params: &FigsParams, weights: &Matrix<f64>, pattern: Pattern) -> Matrix<bool> {
    together(weights, pattern, &params.ties(pattern, weights.rows()))
}

impl FigsParams {
    /// Lists the outputs of a matrix of `outputs` rows that share masks, set by set, when it is
    /// packed as `pattern` for the FiGS array.
    pub fn ties(&self, pattern: Pattern, outputs: u32) -> Vec<Vec<u32>> {
        // Outputs that share a lane, and lanes that share a mask.
        let d = match self.mode {
            Mode::Exchange => self.group,
            Mode::Select => (pattern.m() / pattern.n()).min(self.group),
        };
        let lanes = match (self.mode, self.select) {
            (Mode::Select, SelectBy::Lane) => 1,
            _ => self.lanes,
        };
        let mut sets = Vec::new();
        for first in (0..outputs).step_by((d * lanes) as usize) {
            for s in 0..d {
                let all = (0..lanes).map(|b| first + b * d + s);
                let set: Vec<u32> = all.filter(|o| *o < outputs).collect();
                if !set.is_empty() {
                    sets.push(set);
                }
            }
        }
        sets
    }
}

/// Ranks each block by the magnitudes of all rows of a set.
fn together(weights: &Matrix<f64>, pattern: Pattern, sets: &[Vec<u32>]) -> Matrix<bool> {
    let mut mask = weights.map(|_| false);
    let m = pattern.m();
    for set in sets {
        for start in (0..weights.cols()).step_by(m as usize) {
            let columns = start..(start + m).min(weights.cols());
            let total = |c: u32| set.iter().map(|&r| weights.at(r, c).abs()).sum::<f64>();
            let mut ranked: Vec<(u32, f64)> = columns.map(|c| (c, total(c))).collect();
            // A stable sort leaves equal magnitudes in the order of their indices.
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
            for &(c, _) in ranked.iter().take(pattern.n() as usize) {
                for &r in set {
                    *mask.at_mut(r, c) = true;
                }
            }
        }
    }
    mask
}

/// Keeps at most N weights of each row and of each column of every M by M block, with the largest
/// magnitude that such a mask can retain. The rows of a block are those that share a lane; a set
/// of tied rows counts as one row.
pub fn doubly(params: &FigsParams, weights: &Matrix<f64>, pattern: Pattern) -> Matrix<bool> {
    let mut mask = weights.map(|_| false);
    let m = pattern.m();
    let sets = params.ties(pattern, weights.rows());
    for rows in sets.chunks(m as usize) {
        for start in (0..weights.cols()).step_by(m as usize) {
            let columns: Vec<u32> = (start..(start + m).min(weights.cols())).collect();
            let gain = |set: &Vec<u32>| -> Vec<f64> {
                let total = |&c: &u32| set.iter().map(|&r| weights.at(r, c).abs()).sum();
                columns.iter().map(total).collect()
            };
            let gains: Vec<Vec<f64>> = rows.iter().map(gain).collect();
            for (i, j) in assign(&gains, pattern.n()) {
                for &r in &rows[i] {
                    *mask.at_mut(r, columns[j]) = true;
                }
            }
        }
    }
    mask
}

/// Chooses pairs of row and column with the largest total gain, each row and column in at most `n`
/// pairs: a flow that grows along the best path (Bellman-Ford, for there are negative edges).
fn assign(gains: &[Vec<f64>], n: u32) -> Vec<(usize, usize)> {
    let (rows, cols) = (gains.len(), gains.first().map_or(0, Vec::len));
    let mut chosen = vec![vec![false; cols]; rows];
    let (mut row_left, mut col_left) = (vec![n; rows], vec![n; cols]);
    loop {
        // Best gain of a path from a row with room to each node, and the node before.
        let mut row_best: Vec<f64> = row_left
            .iter()
            .map(|&left| if left > 0 { 0.0 } else { f64::NEG_INFINITY })
            .collect();
        let mut col_best = vec![f64::NEG_INFINITY; cols];
        let (mut row_from, mut col_from) = (vec![None; rows], vec![0; cols]);
        for _ in 0..rows + cols {
            let mut moved = false;
            for i in 0..rows {
                for j in 0..cols {
                    // Rounding must not let a cycle of gain 0 look like a gain.
                    let slack = 1e-12 * (1.0 + gains[i][j]);
                    if !chosen[i][j] && row_best[i] + gains[i][j] > col_best[j] + slack {
                        col_best[j] = row_best[i] + gains[i][j];
                        col_from[j] = i;
                        moved = true;
                    }
                    if chosen[i][j] && col_best[j] - gains[i][j] > row_best[i] + slack {
                        row_best[i] = col_best[j] - gains[i][j];
                        row_from[i] = Some(j);
                        moved = true;
                    }
                }
            }
            if !moved {
                break;
            }
        }
        let open = (0..cols).filter(|&j| col_left[j] > 0);
        let Some(end) = open.max_by(|&a, &b| col_best[a].total_cmp(&col_best[b])) else {
            break;
        };
        if col_best[end] <= 0.0 {
            break;
        }
        col_left[end] -= 1;
        let mut j = end;
        loop {
            let i = col_from[j];
            chosen[i][j] = true;
            let Some(before) = row_from[i] else {
                row_left[i] -= 1;
                break;
            };
            chosen[i][before] = false;
            j = before;
        }
    }
    let all = (0..rows).flat_map(|i| (0..cols).map(move |j| (i, j)));
    all.filter(|&(i, j)| chosen[i][j]).collect()
}

/// Tells whether a mask keeps at most N of every M consecutive weights of each row; the last block
/// of a row may be shorter.
pub fn holds(mask: &Matrix<bool>, pattern: Pattern) -> bool {
    let fits = |block: &[bool]| block.iter().filter(|k| **k).count() <= pattern.n() as usize;
    (0..mask.rows()).all(|r| mask.row(r).chunks(pattern.m() as usize).all(fits))
}

/// Returns the share of the magnitude that a mask retains: all of it if there is none.
pub fn retained(weights: &Matrix<f64>, mask: &Matrix<bool>) -> f64 {
    let all = || weights.data().iter().map(|w| w.abs());
    let total = all().sum::<f64>();
    if total == 0.0 {
        return 1.0;
    }
    let kept = all().zip(mask.data()).filter(|(_, m)| **m);
    kept.map(|(w, _)| w).sum::<f64>() / total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nm(text: &str) -> Pattern {
        text.parse().expect(text)
    }

    #[test]
    fn the_largest_stay_and_ties_take_the_lowest_index() {
        let w = Matrix::new(1, 6, vec![1.0, -3.0, 3.0, 2.0, 5.0, 5.0]).expect("fits");
        let mask = magnitude(&w, nm("1:4"));
        assert_eq!(mask.data(), [false, true, false, false, true, false]);
        let mask = magnitude(&w, nm("2:4"));
        assert_eq!(mask.data(), [false, true, true, false, true, true]);
    }

    #[test]
    fn a_pattern_holds_along_rows_alone() {
        let (y, n) = (true, false);
        // The last block of a row has two columns.
        let mask = Matrix::new(2, 6, vec![y, n, n, n, n, y, y, n, n, n, n, y]).expect("fits");
        assert!(holds(&mask, nm("1:4")));
        assert!(holds(&mask.transposed(), nm("2:4")));
        assert!(!holds(&mask.transposed(), nm("1:2")));
        let nothing = mask.map(|_| false);
        assert!(holds(&nothing, nm("1:4")));
        let zero = nothing.map(|_| 0.0);
        assert!((retained(&zero, &nothing) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_assignment_is_the_best_of_all() {
        let mut seed = 1_u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 40) as f64 / f64::from(1 << 24)
        };
        for n in [1, 2] {
            for _ in 0..50 {
                let gains: Vec<Vec<f64>> =
                    (0..4).map(|_| (0..4).map(|_| next()).collect()).collect();
                let got = assign(&gains, n);
                let mut rows = [0; 4];
                let mut cols = [0; 4];
                let mut total = 0.0;
                for &(i, j) in &got {
                    rows[i] += 1;
                    cols[j] += 1;
                    total += gains[i][j];
                }
                assert!(rows.iter().chain(&cols).all(|d| *d <= n), "{got:?}");
                // All 0-1 matrices of 16 bits.
                let best = (0..1_u32 << 16).filter_map(|bits| {
                    let row = |i: u32| (bits >> (4 * i) & 15).count_ones();
                    let col = |j: u32| (bits >> j & 0x1111).count_ones();
                    if (0..4).any(|i| row(i) > n || col(i) > n) {
                        return None;
                    }
                    let set = (0..16).filter(|b| bits >> b & 1 == 1);
                    Some(set.map(|b| gains[b / 4][b % 4]).sum::<f64>())
                });
                let best = best.fold(0.0, f64::max);
                assert!((total - best).abs() < 1e-9, "{total} {best}");
            }
        }
    }
}
