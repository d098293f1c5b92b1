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

    /// Returns the cycles of a GEMM of `tokens` by `inputs` by `outputs` where the input bus brings
    /// only `words` activations a cycle; `None` if the engine does not run the pattern.
    ///
    /// A token takes as many cycles as its elements need; slots of the bus that would repeat an
    /// element cost nothing, which favours engines that replicate. With `words` at least the
    /// elements of a tile these are the cycles of [`FigsParams::cycles`].
    pub fn cycles_at(
        &self,
        variant: Variant,
        pattern: Pattern,
        (tokens, inputs, outputs): (u32, u32, u32),
        words: u32,
    ) -> Option<u64> {
        let log_n = pattern.log_n(self, variant).ok()?;
        let depth = self.k_tile(variant, log_n);
        let layers = u64::from(self.layers(variant, pattern));
        let strips = u64::from(outputs.div_ceil(self.channels(variant, log_n)));
        let mut all = 0;
        let mut last = 0;
        for &chunk in &self.chunks(tokens) {
            for k0 in (0..inputs).step_by(depth as usize) {
                let there = depth.min(inputs - k0);
                let streamed = u64::from(chunk) * u64::from(there.div_ceil(words));
                let a_tile = streamed.max(u64::from(self.rows));
                all += layers * strips * a_tile;
                last = a_tile - streamed;
            }
        }
        Some(all - last + u64::from(self.hops(variant) + self.pipeline(variant)))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn nm(text: &str) -> Pattern {
        text.parse().expect(text)
    }

    /// The example of the derivation: 384 tokens, 768 by 3072, 1024 multipliers.
    #[test]
    fn the_engines_at_one_in_four() {
        let p = FigsParams::for_pe(1024);
        let cycles = |v| {
            let tiles = p.tiles(v, nm("1:4"), 3072, 768).expect("runs");
            p.cycles(v, 384, tiles) - u64::from(p.hops(v) + p.pipeline(v))
        };
        assert_eq!(cycles(Variant::Figs), 24 * 24 * 384);
        assert_eq!(cycles(Variant::VegetaS), 6 * 96 * 384);
        assert_eq!(cycles(Variant::Stc24), 12 * 96 * 384);
        assert_eq!(cycles(Variant::DenseWs), 24 * 96 * 384);
        assert_eq!((p.hops(Variant::Figs), p.pipeline(Variant::Figs)), (16, 8));
    }

    #[test]
    fn short_tiles_wait_for_weights_but_the_last() {
        let p = FigsParams::for_pe(64);
        let fixed = u64::from(p.hops(Variant::Figs) + p.pipeline(Variant::Figs));
        assert_eq!(p.cycles(Variant::Figs, 3, 5) - fixed, 4 * 8 + 3);
        assert_eq!(p.cycles(Variant::Figs, 100, 5) - fixed, 500);
        // 513 tokens are chunks of 257 and 256.
        assert_eq!(p.cycles(Variant::Figs, 513, 2) - fixed, 2 * 513);
    }

    #[test]
    fn a_narrow_bus_slows_those_who_need_a_wide_one() {
        let p = FigsParams::for_pe(1024);
        let shape = (384, 768, 3072);
        for v in Variant::ALL {
            for text in ["1:2", "2:4", "1:4"] {
                let tiles = p.tiles(v, nm(text), 3072, 768).expect("runs");
                let wide = p.cycles_at(v, nm(text), shape, 128);
                assert_eq!(wide, Some(p.cycles(v, 384, tiles)), "{v} {text}");
            }
        }
        let ratio = |text| {
            let of = |v| p.cycles_at(v, nm(text), shape, 32).expect("runs") as f64;
            of(Variant::VegetaS) / of(Variant::Figs)
        };
        assert!((ratio("1:4") - 4.0).abs() < 0.01 && (ratio("2:4") - 2.0).abs() < 0.01);
        // An inner dimension of a quarter of the tile needs a quarter of the bus.
        let short = p.cycles_at(Variant::VegetaS, nm("1:4"), (384, 32, 3072), 32);
        assert_eq!(
            short,
            p.cycles_at(Variant::VegetaS, nm("1:4"), (384, 32, 3072), 128)
        );
    }

    #[test]
    fn exchange_passes_once_for_each_weight_of_a_block() {
        let p = FigsParams {
            mode: super::super::Mode::Exchange,
            ..FigsParams::for_pe(64)
        };
        let tiles = |text| p.tiles(Variant::Figs, nm(text), 64, 64);
        assert_eq!(
            [tiles("1:4"), tiles("2:4"), tiles("1:2")],
            [Some(16), Some(32), Some(32)]
        );
        assert_eq!(tiles("4:4"), Some(64));
    }

    #[test]
    fn multipliers_are_busy_on_the_layers_of_bert_and_vit() {
        for (inputs, outputs) in [(768, 768), (768, 3072), (3072, 768)] {
            for tokens in [128, 197, 384] {
                for text in ["1:2", "2:4", "1:4", "1:8"] {
                    let mut p = FigsParams::for_pe(1024);
                    p.group = nm(text).m().max(4);
                    p.complete(1024, |name| name == "group");
                    let tiles = |v| p.tiles(v, nm(text), outputs, inputs).expect("runs");
                    let of = |v| p.cycles(v, tokens, tiles(v)) as f64;
                    let own = of(Variant::Figs);
                    let work = f64::from(tokens) * f64::from(inputs) * f64::from(outputs);
                    let ideal = work * nm(text).density() / 1024.0;
                    let what = format!("{tokens} x {inputs} x {outputs} {text}");
                    assert!(ideal / own >= 0.95, "{what}: {}", ideal / own);
                    let faster = of(Variant::DenseWs) / own;
                    assert!(faster >= 0.975 / nm(text).density(), "{what}: {faster}");
                }
            }
        }
    }
}
