// SPDX-License-Identifier: MIT OR Apache-2.0
//! The array as it computes: from beats of the ports to beats of the outputs.
//!
//! Knows rows, registers and selects, but nothing of matrices; the plain product knows nothing of
//! these.

use super::beat::{OutBeat, TileBeat, TileWork, WeightBeat};
use super::params::{FigsParams, Mode};
use super::{Matrix, Packed, Variant};

/// The sums that an engine keeps between tiles.
#[derive(Debug, Clone)]
pub struct Array {
    params: FigsParams,
    variant: Variant,
    /// A word a token.
    sums: Vec<Vec<i64>>,
}

impl Array {
    /// Builds the engine with sums of 0.
    pub fn new(params: &FigsParams, variant: Variant) -> Self {
        let word = vec![0; params.out_channels(variant) as usize];
        Self {
            params: params.clone(),
            variant,
            sums: vec![word; params.max_t as usize],
        }
    }

    /// Tells whether the engine takes this tile; it drops any other, and takes neither weights nor
    /// activations for it.
    pub fn takes(&self, tile: &TileBeat) -> bool {
        (1..=self.params.max_t).contains(&tile.tokens) && self.params.runs(self.variant, tile.log_n)
    }

    /// Computes a tile: its output beats, none unless it is the last of its outputs; `None` if the
    /// engine drops it.
    ///
    /// # Panics
    /// If weights or activations are not as many as the tile says.
    pub fn tile(&mut self, work: &TileWork) -> Option<Vec<OutBeat>> {
        if !self.takes(&work.tile) {
            return None;
        }
        assert_eq!(
            work.weights.len(),
            self.params.rows as usize,
            "a beat a row"
        );
        assert_eq!(work.acts.len(), work.tile.tokens as usize, "a beat a token");
        let mut out = Vec::new();
        for (t, acts) in work.acts.iter().enumerate() {
            let new = self.token(work.tile.log_n, &work.weights, acts);
            let psum_w = self.params.psum_w;
            let word = &mut self.sums[t];
            for (sum, new) in word.iter_mut().zip(new) {
                let old = if work.tile.first { 0 } else { *sum };
                *sum = wrap(old + new, psum_w);
            }
            if work.tile.last {
                out.push(OutBeat {
                    data: word.clone(),
                    last: t + 1 == work.acts.len(),
                });
            }
        }
        Some(out)
    }

    /// Sums what the multipliers make of a token, by word of the output.
    fn token(&self, log_n: u32, weights: &[WeightBeat], acts: &[i64]) -> Vec<i64> {
        let p = &self.params;
        let mut sums = vec![0; p.out_channels(self.variant) as usize];
        if self.variant == Variant::Figs && p.mode == Mode::Exchange {
            self.exchange(weights, acts, &mut sums);
            return sums;
        }
        let d = p.channels(self.variant, log_n) / p.row_lanes();
        let shared = p.selects(self.variant) != p.row_lanes();
        for (row, beat) in (0..).zip(weights) {
            let place = p.place(self.variant, log_n, row);
            for (lane, weight) in (0..).zip(&beat.data) {
                let sel = beat.sel[(if shared { lane / p.lanes } else { lane }) as usize];
                // A select beyond the group reads nothing; the packer makes none.
                let within = place.base + sel < p.block(self.variant);
                let act = acts.get((place.port + place.base + sel) as usize);
                let act = act.filter(|_| within).copied().unwrap_or(0);
                let word = p.out_word(self.variant, log_n, lane * d + place.channel);
                sums[word as usize] += weight * act;
            }
        }
        sums
    }

    /// Moves the registers of each group from column to column, and multiplies on the way.
    fn exchange(&self, weights: &[WeightBeat], acts: &[i64], sums: &mut [i64]) {
        let p = &self.params;
        let mut registers = acts.to_vec();
        for column in 0..p.columns {
            let before = registers.clone();
            for (row, beat) in (0_u32..).zip(weights) {
                let source = row / p.group * p.group + beat.sel[column as usize];
                registers[row as usize] = before[source as usize];
                for b in 0..p.lanes {
                    let lane = column * p.lanes + b;
                    let word = lane * p.group + row % p.group;
                    sums[word as usize] += beat.data[lane as usize] * registers[row as usize];
                }
            }
        }
    }
}

impl Packed {
    /// Computes `x * weights^T` on the array, tile by tile.
    ///
    /// # Panics
    /// If `x` is not as wide as the matrix, or has no tokens.
    pub fn multiply(&self, x: &Matrix) -> Matrix {
        let mut array = Array::new(self.params(), self.variant);
        let tiles = self.work(x);
        let beats = tiles.iter().flat_map(|work| {
            let out = array.tile(work);
            out.expect("packed tiles are legal")
        });
        let beats: Vec<OutBeat> = beats.collect();
        self.gather(x.rows(), &beats)
    }
}

/// Keeps the low `width` bits, two's complement.
fn wrap(value: i64, width: u32) -> i64 {
    value << (64 - width) >> (64 - width)
}
