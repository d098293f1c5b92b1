// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the jobs of a run bring about, and what came of them.

use super::play::FigsPlayer;
use super::{Job, Point, Product};
use crate::kit::Io;

impl FigsPlayer<'_> {
    /// Counts the situations that the jobs themselves bring about.
    pub(super) fn count(&self, io: &mut Io<Point>) {
        let (p, v) = (self.params, self.variant);
        for (job, prepared) in self.run.items.iter().zip(&self.jobs) {
            let (Job::Gemm(gemm), Some(packed)) = (job, &prepared.packed) else {
                continue;
            };
            let deep = p.k_tile(v, packed.log_n);
            let wide = p.channels(v, packed.log_n);
            let absent = packed.tiles.len() < packed.grid as usize;
            io.count(Point::RaggedInputs, !gemm.inputs.is_multiple_of(deep));
            io.count(Point::RaggedOutputs, !gemm.outputs.is_multiple_of(wide));
            io.count(Point::Chunks, gemm.tokens > p.max_t);
            io.count(Point::Absent, absent);
            for work in &prepared.tiles {
                let t = work.tile.tokens;
                io.count(Point::Short, t < p.rows);
                io.count(Point::OneToken, t == 1);
                io.count(Point::FullTile, t == p.max_t);
                io.count(Point::Summed, !work.tile.first);
            }
        }
    }

    /// Returns what the GEMMs gave, with their cycles.
    pub(super) fn products(&self) -> Vec<Product> {
        let mut products = Vec::new();
        for ((job, prepared), &(first_in, last_out)) in
            self.run.items.iter().zip(&self.jobs).zip(&self.times)
        {
            let (Job::Gemm(gemm), Some(packed)) = (job, &prepared.packed) else {
                continue;
            };
            let tiles = prepared.tiles.iter();
            products.push(Product {
                sums: packed.gather(gemm.tokens, &prepared.outputs),
                tiles: prepared.tiles.len() as u64,
                first_in,
                last_out,
                act_beats: tiles.clone().map(|w| w.acts.len() as u64).sum(),
                weight_beats: tiles.map(|w| w.weights.len() as u64).sum(),
                out_beats: prepared.outputs.len() as u64,
            });
        }
        products
    }
}
