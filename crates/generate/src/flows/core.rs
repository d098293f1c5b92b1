// SPDX-License-Identifier: MIT OR Apache-2.0
//! The test bench of the attention core: its streams, and what the memory behind it holds.

use hwgen_bundle::manifest::{Engine, Port};
use hwgen_golden::attention::planes::bits_below;
use hwgen_golden::attention::{AttentionParams, Variant};
use serde_json::{Value, json};

/// Streams that the bench sends, and those that it compares.
const INS: [&str; 4] = ["job", "list", "query", "bias"];
const OUTS: [&str; 3] = ["prob", "out", "stat"];
/// What the memory behind the core holds.
const MEMORIES: [&str; 2] = ["k", "v"];
/// What a report says of time, which the golden model does not know.
const FREE: &str = "stat_cycles_o";

/// Tells whether an engine is the attention core with a stream for everything.
fn alone(engine: &Engine) -> bool {
    engine.block == "attention" && engine.variant == Variant::Core.name()
}

/// Describes the bench of an attention core; `lines` counts those of a vector file.
pub(super) fn bench(engine: &Engine, lines: &dyn Fn(&str) -> Option<usize>) -> Option<Value> {
    if !alone(engine) {
        return None;
    }
    let p = engine.read(AttentionParams::from_values).ok()?;
    let describe = |name: &&str| {
        let fields = fields(&engine.ports, name);
        let bits: u64 = fields.iter().filter_map(|f| f["width"].as_u64()).sum();
        let beats = lines(name)?;
        Some(json!({ "name": name, "bits": bits, "beats": beats, "fields": fields }))
    };
    let ins = INS.iter().map(describe).collect::<Option<Vec<_>>>()?;
    let outs = OUTS.iter().map(describe).collect::<Option<Vec<_>>>()?;
    let mut planes = Vec::new();
    for (value, widths) in [(0, &p.k_planes), (1, &p.v_planes)] {
        for (plane, width) in widths.iter().enumerate() {
            let below = bits_below(widths, plane + 1);
            planes.push(json!({ "value": value, "plane": plane, "below": below, "width": width }));
        }
    }
    let files = [&INS[..], &OUTS, &MEMORIES].concat();
    let heads = crate::blocks::attention::vectors::VECTOR_HEADS;
    Some(json!({
        "files": files,
        "ins": ins,
        "outs": outs,
        "lists": lines("list")?,
        "outputs": lines("out")?,
        "heads": heads,
        "tokens": lines("k")? / heads,
        "d_head": p.d_head,
        "lanes": p.tokens(),
        "tok_w": p.tok_w(),
        "digit_w": p.plane_w(),
        "k": { "bits": p.k_w() },
        "v": { "bits": p.v_w() },
        "planes": planes,
        "depth": p.outstanding.next_power_of_two() * 2,
    }))
}

/// Lays out the words of every stream of an attention core; nothing for other engines.
pub(crate) fn streams(engine: &Engine) -> Option<Vec<Value>> {
    let all = INS.iter().chain(&OUTS);
    let layout = |name: &&str| json!({ "name": name, "fields": fields(&engine.ports, name) });
    alone(engine).then(|| all.map(layout).collect())
}

/// Says which bits of a stream's words hold which port, in the order of the ports.
fn fields(ports: &[Port], stream: &str) -> Vec<Value> {
    let mut low = 0;
    let mut out = Vec::new();
    for port in ports {
        let rest = port.name.strip_prefix(stream);
        let Some(rest) = rest.and_then(|r| r.strip_prefix('_')) else {
            continue;
        };
        if ["valid_i", "valid_o", "ready_i", "ready_o"].contains(&rest) {
            continue;
        }
        let (name, width, high) = (&port.name, port.width, low + port.width - 1);
        out.push(json!({
            "name": name, "low": low, "high": high, "width": width, "free": name == FREE,
        }));
        low += width;
    }
    out
}
