// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cycles of a GEMM, asserted against the RTL.
//!
//! Counted from the first activation accepted to the last output delivered, both included, without
//! stalls, and with the engine idle before: a stream of tiles takes
//! `tiles * max(T, R)` and then what is in flight. R is also the cycles that the weights of a tile
//! load, hidden behind the tile before.

use super::params::FigsParams;
use super::{Packed, Pattern, Variant};

/// Bits of a segment of a partial sum: what ripples in a cycle.
const SEGMENT_W: u32 = 14;

impl FigsParams {
    /// Returns the hops of a token through the array: over the groups of rows that work on the
    /// same token, and over the columns.
    pub fn hops(&self, variant: Variant) -> u32 {
        let groups = match variant {
            Variant::Figs => self.rows / self.group,
            Variant::DenseWs | Variant::VegetaS => self.rows,
            Variant::Stc24 => self.rows / 2,
        };
        groups + self.columns
    }

    /// Returns the cycles that the pipeline adds to the hops, whatever the GEMM: the levels of the
    /// tree below the last group, the segments of a partial sum, and four registers.
    pub fn pipeline(&self, variant: Variant) -> u32 {
        let summed = match variant {
            Variant::Figs => self.group,
            Variant::DenseWs | Variant::VegetaS => 1,
            Variant::Stc24 => 2,
        };
        let segments = if self.psum_w <= 16 {
            1
        } else {
            self.psum_w.div_ceil(SEGMENT_W)
        };
        summed.ilog2() + segments + 4
    }

    /// Returns the cycles of `tiles` tiles for each chunk of `tokens`.
    pub fn cycles(&self, variant: Variant, tokens: u32, tiles: u32) -> u64 {
        let chunks = self.chunks(tokens);
        let a_tile = |t: u32| u64::from(t.max(self.rows));
        let all: u64 = chunks.iter().map(|&t| u64::from(tiles) * a_tile(t)).sum();
        // The last tile is over with its last token, even where its successor's weights would
        // still be loading.
        let last = chunks.last().map_or(0, |&t| a_tile(t) - u64::from(t));
        all - last + u64::from(self.hops(variant) + self.pipeline(variant))
    }

    /// Returns the tiles of an `outputs` by `inputs` matrix of `pattern`, none of them absent;
    /// `None` if the engine does not run the pattern.
    pub fn tiles(
        &self,
        variant: Variant,
        pattern: Pattern,
        outputs: u32,
        inputs: u32,
    ) -> Option<u32> {
        let log_n = pattern.log_n(self, variant).ok()?;
        let grid = inputs.div_ceil(self.k_tile(variant, log_n))
            * outputs.div_ceil(self.channels(variant, log_n));
        Some(grid * self.layers(variant, pattern))
    }

    /// Returns how often the array passes over each tile: N times in mode exchange, where each
    /// pass brings an output one element of a block.
    pub fn layers(&self, variant: Variant, pattern: Pattern) -> u32 {
        if variant == Variant::Figs && self.mode == super::Mode::Exchange {
            pattern.n() * (self.group / pattern.m())
        } else {
            1
        }
    }
}

impl Packed {
    /// Returns the cycles of this matrix times `tokens` tokens; absent tiles take none.
    pub fn cycles(&self, tokens: u32) -> u64 {
        let tiles = self.tiles.len() as u32;
        self.params().cycles(self.variant, tokens, tiles)
    }
}
