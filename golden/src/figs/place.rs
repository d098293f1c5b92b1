// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which weight stands in which row of an engine, and which activation that row multiplies it with.

use super::Variant;
use super::params::{FigsParams, Mode};

/// The place of a row within its lane: one of the kept weights of a block of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Channel of those that share the lane.
    pub channel: u32,
    /// First element of the block, within the elements of the tile.
    pub start: u32,
    /// Elements of the block.
    pub width: u32,
    /// Weights of the block that are stored.
    pub keep: u32,
    /// Which of them this row holds; they are sorted by their element.
    pub position: u32,
    /// The stored select is the element in its block less this.
    pub base: u32,
    /// Index on the activation port of element 0 of the block.
    pub port: u32,
}

impl FigsParams {
    /// Returns the place of `row` in a tile of `2^log_n` weights a block, in mode select.
    pub fn place(&self, variant: Variant, log_n: u32, row: u32) -> Place {
        let (n, m) = (1 << log_n, self.block(variant));
        match variant {
            Variant::Figs => {
                let start = row / m * m;
                let inner = row % m;
                Place {
                    channel: inner / n,
                    start,
                    width: m,
                    keep: n,
                    position: inner % n,
                    base: inner % self.n_min(),
                    port: start,
                }
            }
            Variant::DenseWs => Place {
                channel: 0,
                start: row,
                width: 1,
                keep: 1,
                position: 0,
                base: 0,
                port: row,
            },
            Variant::Stc24 => {
                // Dense, a pair of rows has two elements, in the first half of its four.
                let width = if log_n == 1 { 4 } else { 2 };
                Place {
                    channel: 0,
                    start: row / 2 * width,
                    width,
                    keep: 2,
                    position: row % 2,
                    base: 0,
                    port: row / 2 * 4,
                }
            }
            // Every row has a bus of its own; dense, one element of it is of use.
            Variant::VegetaS if n == m => Place {
                channel: 0,
                start: row,
                width: 1,
                keep: 1,
                position: 0,
                base: 0,
                port: row * m,
            },
            Variant::VegetaS => Place {
                channel: 0,
                start: row / n * m,
                width: m,
                keep: n,
                position: row % n,
                base: 0,
                port: row * m,
            },
        }
    }

    /// Returns what is added to the select of a row, whatever the density of the tile.
    pub fn select_base(&self, variant: Variant, row: u32) -> u32 {
        match (variant, self.mode) {
            (Variant::Figs, Mode::Select) => row % self.group % self.n_min(),
            _ => 0,
        }
    }

    /// Puts the elements of a token onto the activation port: `x` holds those of the whole token,
    /// `k0` is the first of the tile. Elements beyond the token are 0.
    pub fn activations(&self, variant: Variant, log_n: u32, x: &[i64], k0: u32) -> Vec<i64> {
        let mut beat = vec![0; self.act_elements(variant) as usize];
        for row in 0..self.rows {
            let place = self.place(variant, log_n, row);
            for i in 0..place.width {
                let element = (k0 + place.start + i) as usize;
                beat[(place.port + i) as usize] = x.get(element).copied().unwrap_or(0);
            }
        }
        beat
    }
}
