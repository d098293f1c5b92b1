// SPDX-License-Identifier: MIT OR Apache-2.0
//! The vector reader behind the DRAM model, beside an ideal reader.

use hwgen_console::error::Error;
use hwgen_golden::memory::choice::{Device, choose};
use hwgen_golden::memory::layout::place_tight;
use hwgen_golden::memory::{Layout, MemoryParams};
use hwgen_golden::vector_reader::VectorReaderParams;
use hwgen_verif::dram::{Dram, Mapping};
use hwgen_verif::reader::{Behind, Traffic, deliver};
use hwgen_verif::session;
use serde::Serialize;

use super::places::accesses;
use super::study::{PIECE, chosen};
use super::works::{Work, fed_by};
use crate::topk::emit_with;

/// Cycles from a port to the memory, and as many back are within the reader.
const WAY: u32 = 10;
/// Entries of the table of heads.
const HEADS: u32 = 64;

/// What the reader did for a work on a device.
#[derive(Debug, Clone, Serialize)]
pub struct Reader {
    /// The memory.
    pub device: &'static str,
    /// AXI channels, and bits of each.
    pub ports: [u32; 2],
    /// Tokens of a row.
    pub tokens: u32,
    /// What was asked for.
    pub work: &'static str,
    /// Whether all planes of a value lie together.
    pub v_by_token: bool,
    /// Beats in flight per channel, at most.
    pub beats: u32,
    /// Requests.
    pub requests: usize,
    /// Bytes that are wanted.
    pub wanted: u64,
    /// Cycles from the first request to the last response.
    pub cycles: u64,
    /// Cycles of an ideal reader of the same vectors, each access once.
    pub ideal: f64,
    /// Cycles of an ideal reader of as many bytes one behind the other.
    pub packed: f64,
    /// Accesses of the reader, and of the ideal one.
    pub accesses: [u64; 2],
    /// Bursts of the reader.
    pub bursts: u64,
    /// Share of its accesses that found their row open.
    pub row_hits: f64,
    /// Share of the bytes that were read and not wanted.
    pub wasted: f64,
}

/// Plays a work on the reader that is chosen for a device, or with other beats in flight.
pub(super) fn measure(device: Device, work: &Work, beats: Option<u32>) -> Result<Reader, Error> {
    let chosen_memory = choose(device, &work.core, work.values);
    let memory = MemoryParams {
        beats: beats.unwrap_or(chosen_memory.beats),
        heads: HEADS,
        ..chosen_memory
    };
    let (tokens, core_ps) = fed_by(device);
    let (preset, mapping, way) = chosen(device, work);
    let access = u64::from(preset.organisation.access_bytes);
    let found = accesses(&work.asked, &work.sizes(), way, access);
    let cycles = |clocks: u64| (clocks * preset.timing.clock_ps) as f64 / core_ps as f64;
    let ideal = Dram::new(&preset, &mapping).read_all(found.addresses.iter().copied());
    let all = Mapping::spread(&preset.organisation, access, true);
    let stream = (0..found.wanted).step_by(access as usize);
    let packed = Dram::new(&preset, &all).read_all(stream);

    let settings = settings(work, &memory);
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let (_folder, bundle) = emit_with(&settings)?;
    let lab = session::lab()?;
    let traffic = traffic(work, &memory);
    let behind = Behind {
        dram: Dram::new(&preset, &mapping),
        core_ps,
        way: WAY,
        channel_stride: if device.buses() > 1 { PIECE } else { 0 },
    };
    let engine = &bundle.manifest.engines[0];
    let ran = session::watched("requests", traffic.rows.len(), |watch| {
        deliver(&lab, &bundle, engine, &traffic, behind, watch)
    })?;
    let reads = ran.commands.reads;
    Ok(Reader {
        device: device.name(),
        ports: [memory.channels, memory.port_bits()],
        tokens,
        work: work.name,
        v_by_token: memory.v_layout == Layout::Token,
        beats: memory.beats,
        requests: traffic.rows.len(),
        wanted: found.wanted,
        cycles: ran.cycles,
        ideal: cycles(ideal),
        packed: cycles(packed),
        accesses: [reads, found.addresses.len() as u64],
        bursts: ran.bursts,
        row_hits: 1.0 - ran.commands.activates as f64 / reads.max(1) as f64,
        wasted: 1.0 - found.wanted as f64 / (reads.max(1) * access) as f64,
    })
}

/// Returns the requests with the table of heads.
fn traffic(work: &Work, memory: &MemoryParams) -> Traffic {
    let p = VectorReaderParams::of(&work.core, memory);
    let mut at = 0;
    let place = |&tokens: &u32| {
        let placed = place_tight(&p, at, tokens);
        at = placed.end;
        placed.entry
    };
    Traffic {
        entries: work.asked.tokens.iter().map(place).collect(),
        rows: work.asked.rows.clone(),
    }
}

/// Returns the settings of the reader.
fn settings(work: &Work, memory: &MemoryParams) -> Vec<String> {
    let core = &work.core;
    let list = |planes: &[u32]| {
        let words: Vec<String> = planes.iter().map(u32::to_string).collect();
        words.join(",")
    };
    vec![
        "blocks=vector_reader".to_owned(),
        format!("pe={}", core.lanes),
        format!("attention.d_head={}", core.d_head),
        format!("attention.max_tokens={}", core.max_tokens),
        format!("attention.k_planes={}", list(&core.k_planes)),
        format!("attention.v_planes={}", list(&core.v_planes)),
        format!("attention.outstanding={}", core.outstanding),
        format!("memory.channels={}", memory.channels),
        format!("memory.data_w={}", memory.data_w),
        format!("memory.beats={}", memory.beats),
        format!("memory.burst={}", memory.burst),
        format!("memory.heads={}", memory.heads),
        format!("memory.v_layout={}", memory.v_layout.name()),
    ]
}
