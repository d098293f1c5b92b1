// SPDX-License-Identifier: MIT OR Apache-2.0
//! What crosses the edges of an engine, and what its weights take to store.

use super::params::FigsParams;
use super::{Packed, Variant};

/// Words over the ports of an engine in the course of a GEMM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Activations that are different from their neighbours on the bus.
    pub inputs: u64,
    /// Activations that the bus is wide enough for.
    pub input_slots: u64,
    /// Weights, padding included.
    pub weights: u64,
    /// Bits of weights and selects.
    pub weight_bits: u64,
    /// Partial sums that leave the array for the accumulators.
    pub partial_sums: u64,
    /// Sums that leave the block.
    pub outputs: u64,
}

/// Bits that a packed matrix takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Storage {
    /// Weights stored, padding included.
    pub stored: u64,
    /// Of these, weights that are not 0.
    pub nonzero: u64,
    /// Bits of the weights.
    pub weight_bits: u64,
    /// Bits of the selects.
    pub select_bits: u64,
    /// Bits of the dense matrix.
    pub dense_bits: u64,
}

impl FigsParams {
    /// Returns the traffic of `tiles` tiles of `2^log_n` weights a block, of which `outs` are the
    /// last of their outputs, each for `tokens` tokens.
    pub fn traffic(
        &self,
        variant: Variant,
        log_n: u32,
        tokens: u32,
        (tiles, outs): (u32, u32),
    ) -> Traffic {
        let (tokens, tiles, outs) = (u64::from(tokens), u64::from(tiles), u64::from(outs));
        let loads = self.chunks(tokens as u32).len() as u64 * tiles;
        let weights = u64::from(self.rows * self.row_lanes());
        let channels = u64::from(self.channels(variant, log_n));
        Traffic {
            inputs: tokens * tiles * u64::from(self.k_tile(variant, log_n)),
            input_slots: tokens * tiles * u64::from(self.act_elements(variant)),
            weights: loads * weights,
            weight_bits: loads * self.tile_bits(variant).0 + loads * self.tile_bits(variant).1,
            partial_sums: tokens * tiles * channels,
            outputs: tokens * outs * channels,
        }
    }

    /// Returns the bits of weights and of selects of a tile.
    fn tile_bits(&self, variant: Variant) -> (u64, u64) {
        let weights = self.rows * self.row_lanes() * self.weight_w;
        let selects = match variant {
            // The port exists for the sake of equal ports; nothing is stored.
            Variant::DenseWs => 0,
            _ => self.rows * self.selects(variant) * self.sel_w(variant),
        };
        (u64::from(weights), u64::from(selects))
    }
}

impl Packed {
    /// Returns what crosses the ports when this matrix meets `tokens` tokens.
    pub fn traffic(&self, tokens: u32) -> Traffic {
        let outs = self.tiles.iter().filter(|t| t.last).count() as u32;
        let tiles = self.tiles.len() as u32;
        self.params()
            .traffic(self.variant, self.log_n, tokens, (tiles, outs))
    }

    /// Returns the bits that this matrix takes.
    pub fn storage(&self) -> Storage {
        let p = self.params();
        let tiles = self.tiles.len() as u64;
        let beats = self.tiles.iter().flat_map(|t| &t.weights);
        let nonzero = beats.map(|b| b.data.iter().filter(|w| **w != 0).count() as u64);
        let (weights, selects) = p.tile_bits(self.variant);
        Storage {
            stored: tiles * u64::from(p.macs()),
            nonzero: nonzero.sum(),
            weight_bits: tiles * weights,
            select_bits: tiles * selects,
            dense_bits: u64::from(self.outputs) * u64::from(self.inputs) * u64::from(p.weight_w),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Matrix, Pattern, pack};
    use super::*;

    /// The example that compares FiGS with VEGETA at 1:4, 384 tokens, 768 by 3072.
    #[test]
    fn inputs_against_partial_sums_at_one_in_four() {
        let p = FigsParams {
            max_t: 512,
            ..FigsParams::for_pe(1024)
        };
        let of = |v| {
            let nm = Pattern::new(1, 4).expect("legal");
            let tiles = p.tiles(v, nm, 3072, 768).expect("runs");
            let log_n = nm.log_n(&p, v).expect("runs");
            let t = p.traffic(v, log_n, 384, (tiles, 3072 / p.channels(v, log_n)));
            (t.inputs, t.partial_sums, t.outputs)
        };
        assert_eq!(of(Variant::Figs), (7_077_888, 28_311_552, 384 * 3072));
        assert_eq!(of(Variant::VegetaS), (28_311_552, 7_077_888, 384 * 3072));
    }

    #[test]
    fn bits_a_dense_weight_as_derived() {
        let p = FigsParams::for_pe(64);
        let bits = |n, m| {
            let nm = Pattern::new(n, m).expect("legal");
            let w = Matrix::from_fn(64, 64, |_, c| i64::from(c % m < n));
            let s = pack(&p, Variant::Figs, nm, &w).expect("is N:M").storage();
            assert_eq!(s.stored, s.nonzero);
            (s.weight_bits + s.select_bits) as f64 / (64.0 * 64.0)
        };
        // Two bits of index: 5.0 at 2:4, 2.5 at 1:4.
        assert_eq!((bits(2, 4), bits(1, 4)), (5.0, 2.5));
    }
}
