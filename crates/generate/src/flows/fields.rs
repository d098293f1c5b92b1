// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which bits of a vector file's words hold which port.

use hwgen_bundle::manifest::{self, Dir, Engine};
use serde_json::json;

/// Says which bits of a vector file's words hold which port, low bits first.
///
/// `masked` are the fields that hold something only in the lanes that `keep` marks.
pub(crate) fn fields(engine: &Engine, wanted: Dir) -> Vec<serde_json::Value> {
    let stream = |p: &&manifest::Port| {
        let handshake = ["_valid_", "_ready_", "clk_", "rst_"];
        p.dir == wanted && !handshake.iter().any(|h| p.name.contains(h))
    };
    // Data and index, then keep, last and what belongs to the whole query.
    let rank = |p: &&manifest::Port| {
        let order = ["_data_", "_index_", "_keep_", "_last_"];
        order
            .iter()
            .position(|o| p.name.contains(o))
            .unwrap_or(order.len())
    };
    let mut ports: Vec<&manifest::Port> = engine.ports.iter().filter(stream).collect();
    ports.sort_by_key(rank);
    let keep = ports.iter().find(|p| p.name.contains("_keep_"));
    let mut low = 0;
    let mut rows = Vec::new();
    for p in &ports {
        let (width, high) = (p.width, low + p.width - 1);
        let masked = keep.is_some() && rank(p) < 2;
        let lane = keep.map_or(width, |k| width / k.width);
        rows.push(json!({
            "name": p.name, "low": low, "high": high, "width": width, "masked": masked, "lane": lane,
        }));
        low += width;
    }
    rows
}
