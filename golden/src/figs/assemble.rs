// SPDX-License-Identifier: MIT OR Apache-2.0
//! A packed matrix from parts that come from outside, such as a file.

use super::pack::{Packed, PackedTile};
use super::params::FigsParams;
use super::{Pattern, Variant};
use crate::violation::Violation;

impl Packed {
    /// Puts a packed matrix together, judging everything that [`super::pack`] guarantees: places of
    /// tiles, ranges of weights and selects, nothing beyond the matrix, and that unpacking and
    /// packing again gives the same. Returns the first rule that is broken.
    pub fn assemble(
        params: &FigsParams,
        variant: Variant,
        pattern: Pattern,
        (outputs, inputs): (u32, u32),
        tiles: Vec<PackedTile>,
    ) -> Result<Self, Violation> {
        let broken = |what: &str, value: String, rule: String| {
            let remedy = "pack the matrix again";
            Err(Violation::new(
                format!("packed.{what}"),
                value,
                rule,
                remedy,
            ))
        };
        if let Some(v) = params.violations().into_iter().next() {
            return Err(v);
        }
        let log_n = pattern.log_n(params, variant)?;
        if outputs == 0 || inputs == 0 || inputs > params.max_k {
            let rule = format!("must be 1 or more by 1 to figs.max_k = {}", params.max_k);
            return broken("shape", format!("{outputs} x {inputs}"), rule);
        }
        let (channels, depth) = (
            params.channels(variant, log_n),
            params.k_tile(variant, log_n),
        );
        let lanes = params.row_lanes() as usize;
        let selects = params.selects(variant) as usize;
        let sources = params.block(variant);
        let most = 1_i64 << (params.weight_w - 1);
        for (i, tile) in tiles.iter().enumerate() {
            let at = format!("tile {i}");
            let placed = tile.o0 < outputs
                && tile.k0 < inputs
                && tile.o0.is_multiple_of(channels)
                && tile.k0.is_multiple_of(depth);
            if !placed {
                let rule = format!("tiles start at multiples of {channels} and {depth}, inside");
                return broken("place", format!("{at} at {}, {}", tile.o0, tile.k0), rule);
            }
            let whole = tile.weights.len() == params.rows as usize
                && tile
                    .weights
                    .iter()
                    .all(|b| b.data.len() == lanes && b.sel.len() == selects);
            if !whole {
                let rule = format!("has {} rows of {lanes} weights", params.rows);
                return broken("tile", at, rule);
            }
            let data = tile.weights.iter().flat_map(|b| &b.data);
            if let Some(w) = data.into_iter().find(|w| !(-most..most).contains(*w)) {
                let rule = format!("must fit {} bits", params.weight_w);
                return broken("weight", format!("{w} in {at}"), rule);
            }
            for (row, beat) in (0..).zip(&tile.weights) {
                let base = params.select_base(variant, row);
                if let Some(s) = beat.sel.iter().find(|s| base + **s >= sources) {
                    let rule = format!("row {row} selects from {sources} less {base}");
                    return broken("select", format!("{s} in {at}"), rule);
                }
            }
        }
        let mut packed = Self::from_tiles(params, variant, pattern, (outputs, inputs), tiles)?;
        let matrix = packed.try_unpack()?;
        match super::pack(params, variant, pattern, &matrix) {
            Ok(again) if again.tiles == packed.tiles => {
                packed.grid = again.grid;
                Ok(packed)
            }
            Ok(_) => {
                let rule = "are not those of the matrix that they hold".to_owned();
                broken("tiles", packed.tiles.len().to_string(), rule)
            }
            Err(refusal) => broken(
                "matrix",
                format!("{outputs} x {inputs}"),
                refusal.to_string(),
            ),
        }
    }
}
