// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pruning of whole tiles and rows (E.T., SC 2021), to be composed with N:M inside what stays.

use super::Matrix;

/// Edge of a tensor tile, that of a tensor core.
pub const TILE: u32 = 16;

/// Among which tiles the smallest are sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Balance {
    /// Among all: the best mask, at the price of uneven strips.
    Global,
    /// In each strip of [`TILE`] outputs: as many tiles stay in every strip.
    Strips,
}

/// Prunes `share` of the `TILE` by `TILE` tiles, those of the smallest norm; ties go to the later
/// tile. The last tiles of ragged matrices are smaller.
pub fn tiles(weights: &Matrix<f64>, share: f64, balance: Balance) -> Matrix<bool> {
    let (down, across) = (weights.rows().div_ceil(TILE), weights.cols().div_ceil(TILE));
    let all = (0..down).flat_map(|i| (0..across).map(move |j| (i, j)));
    let ranked: Vec<((u32, u32), f64)> = all.map(|at| (at, norm(weights, at))).collect();
    let pools: Vec<&[((u32, u32), f64)]> = match balance {
        Balance::Global => vec![&ranked],
        Balance::Strips => ranked.chunks(across.max(1) as usize).collect(),
    };
    let mut mask = weights.map(|_| true);
    for pool in pools {
        for (i, j) in smallest(pool, share) {
            for r in i * TILE..((i + 1) * TILE).min(weights.rows()) {
                for c in j * TILE..((j + 1) * TILE).min(weights.cols()) {
                    *mask.at_mut(r, c) = false;
                }
            }
        }
    }
    mask
}

/// Prunes `share` of the rows, those of the smallest norm: their outputs are 0.
pub fn rows(weights: &Matrix<f64>, share: f64) -> Matrix<bool> {
    let norm = |r: u32| weights.row(r).iter().map(|w| w * w).sum::<f64>();
    let ranked: Vec<(u32, f64)> = (0..weights.rows()).map(|r| (r, norm(r))).collect();
    let gone = smallest(&ranked, share);
    Matrix::from_fn(weights.rows(), weights.cols(), |r, _| !gone.contains(&r))
}

/// Keeps what both masks keep. N:M inside surviving tiles is the mask of the tiles composed with
/// the N:M mask of the same weights: a tile is either whole or gone, and 16 is a multiple of M.
///
/// # Panics
/// If the shapes differ.
pub fn both(a: &Matrix<bool>, b: &Matrix<bool>) -> Matrix<bool> {
    assert_eq!((a.rows(), a.cols()), (b.rows(), b.cols()), "shapes");
    Matrix::from_fn(a.rows(), a.cols(), |r, c| a.at(r, c) && b.at(r, c))
}

fn norm(weights: &Matrix<f64>, (i, j): (u32, u32)) -> f64 {
    let rows = i * TILE..((i + 1) * TILE).min(weights.rows());
    let all = rows.flat_map(|r| {
        let end = ((j + 1) * TILE).min(weights.cols());
        weights.row(r)[(j * TILE) as usize..end as usize].iter()
    });
    all.map(|w| w * w).sum()
}

/// Picks `share` of a pool, rounded down, by smallest value; of equal ones the last.
fn smallest<T: Copy>(pool: &[(T, f64)], share: f64) -> Vec<T> {
    let count = (pool.len() as f64 * share.clamp(0.0, 1.0)) as usize;
    let mut ranked: Vec<(T, f64)> = pool.iter().rev().copied().collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    ranked.iter().take(count).map(|(at, _)| *at).collect()
}

#[cfg(test)]
mod tests {
    use super::super::mask::magnitude;
    use super::super::{FigsParams, Pattern, Variant, pack};
    use super::*;

    /// Weights that grow to the right and downwards, tile by tile.
    fn ramp(rows: u32, cols: u32) -> Matrix<f64> {
        Matrix::from_fn(rows, cols, |r, c| {
            f64::from(r / TILE * 10 + c / TILE + 1) + f64::from(c % 7) * 0.01
        })
    }

    #[test]
    fn the_smallest_tiles_go() {
        let w = ramp(32, 64);
        let kept = |mask: &Matrix<bool>| -> Vec<bool> {
            let tiles = [0, 16].map(|r| [0, 16, 32, 48].map(|c| mask.at(r, c)));
            tiles.concat()
        };
        let mask = tiles(&w, 0.5, Balance::Global);
        let (yes, no) = (true, false);
        assert_eq!(kept(&mask), [no, no, no, no, yes, yes, yes, yes]);
        let mask = tiles(&w, 0.5, Balance::Strips);
        assert_eq!(kept(&mask), [no, no, yes, yes, no, no, yes, yes]);
        let ragged = tiles(&ramp(20, 20), 0.25, Balance::Global);
        assert_eq!(ragged.data().iter().filter(|k| !**k).count(), 16 * 4);
        assert!(!ragged.at(0, 19) && ragged.at(0, 0) && ragged.at(19, 19));
    }

    #[test]
    fn the_smallest_rows_go() {
        let w = Matrix::new(4, 1, vec![3.0, -1.0, 2.0, 1.0]).expect("fits");
        assert_eq!(rows(&w, 0.5).data(), [true, false, true, false]);
        assert_eq!(rows(&w, 0.25).data(), [true, true, true, false]);
        assert_eq!(rows(&w, 0.0).data(), [true; 4]);
    }

    #[test]
    fn tiles_and_patterns_compose_and_absent_tiles_take_no_cycle() {
        let p = FigsParams {
            rows: 16,
            columns: 1,
            lanes: 4,
            ..FigsParams::default()
        };
        let w = ramp(64, 64);
        let nm = Pattern::new(1, 4).expect("legal");
        let mask = both(&tiles(&w, 0.75, Balance::Strips), &magnitude(&w, nm));
        let integers = w.map(|x| x.round() as i64).masked(&mask);
        let dense_tiles = pack(
            &p,
            Variant::Figs,
            nm,
            &w.map(|x| x.round() as i64).masked(&magnitude(&w, nm)),
        );
        let (sparse, dense) = (
            pack(&p, Variant::Figs, nm, &integers).expect("is 1:4"),
            dense_tiles.expect("is 1:4"),
        );
        // A tile of the array is as large as a tensor tile here: 4 lanes of 4 outputs, 16 rows.
        assert_eq!((sparse.tiles.len(), dense.tiles.len()), (4, 16));
        let fixed = u64::from(p.hops(Variant::Figs) + p.pipeline(Variant::Figs));
        assert_eq!(sparse.cycles(128) - fixed, 4 * 128);
        assert_eq!(dense.cycles(128) - fixed, 16 * 128);
        assert_eq!(sparse.unpack(), integers);
    }
}
