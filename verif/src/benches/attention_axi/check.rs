// SPDX-License-Identifier: MIT OR Apache-2.0
//! What has to hold when everything has ended: nothing else was written, and the counters are right.

use std::collections::BTreeMap;

use hwgen_golden::accelerator::{Read, Use};
use hwgen_golden::command::COMPLETION;

use super::device::Device;
use super::scene::{Scene, UNWRITTEN, fill_all};
use crate::kit::same;
use crate::memory::{Counts, Memory};
use crate::report::Fault;

/// Counters that are read when everything has ended, beside the bytes of planes.
pub(super) const COUNTERS: [&str; 7] = [
    "CYCLES",
    "BUSY_QK",
    "BUSY_SCORE",
    "BUSY_SOFTMAX",
    "BUSY_PV",
    "IN_BYTES",
    "OUT_BYTES",
];

/// Holds the counters to what went over the ports, and to the rows that the commands ask for: a slice
/// of a row of K, or of V, takes QK, or PV, a cycle, and sums of QK take a cycle of the scores. Rows may
/// serve several queries, so that an engine may work longer. Where no counters were read, nothing is held.
pub(super) fn counters_are_right(
    device: &Device,
    scene: &Scene,
    [read, write]: [Counts; 2],
    counters: &BTreeMap<String, u64>,
) -> Result<(), Fault> {
    let all: Option<Vec<u64>> = COUNTERS
        .map(|name| counters.get(name).copied())
        .into_iter()
        .collect();
    let Some(&[cycles, qk, score, softmax, pv, in_bytes, out_bytes]) = all.as_deref() else {
        return Ok(());
    };
    let beat = u64::from(device.io_bytes());
    same("IN_BYTES", 64, read.beats * beat, in_bytes)?;
    same("OUT_BYTES", 64, write.strobed, out_bytes)?;
    let mut asked = Read::default();
    for planned in &scene.planned {
        asked.add(&planned.outcome.read);
    }
    let [k, v] = asked.0.map(|planes| planes.iter().sum::<u64>());
    let (lanes, fold) = (device.core.tokens(), device.core.fold());
    let least = |vectors: u64| u64::from(fold) * vectors.div_ceil(lanes.into());
    at_least("BUSY_QK", least(k), qk)?;
    same("BUSY_SCORE", 64, qk / u64::from(fold), score)?;
    let rows = asked.0[0][0].div_ceil(lanes.into());
    at_least("BUSY_SOFTMAX", rows, softmax)?;
    at_least("BUSY_PV", least(v), pv)?;
    let longest = qk.max(score).max(softmax).max(pv);
    at_least("CYCLES", longest + 1, cycles)
}

/// Says where a counter is too low.
fn at_least(name: &str, least: u64, got: u64) -> Result<(), Fault> {
    if got >= least {
        return Ok(());
    }
    Err(Fault::new(
        name,
        format!("{least} or more"),
        got.to_string(),
    ))
}

/// Compares every byte that the accelerator may write with what the commands leave there.
pub(super) fn memory_is_right(
    scene: &Scene,
    slots: &[u32],
    mut wanted: Memory,
    memory: &Memory,
) -> Result<(), Fault> {
    fill_all(&mut wanted, scene);
    let mut unknown = Vec::new();
    for (task, planned) in scene.planned.iter().enumerate() {
        let outcome = &planned.outcome;
        let mut record = outcome.record.clone();
        if let Some(address) = outcome.completion {
            wanted.space.fill(address, &[UNWRITTEN; COMPLETION]);
        }
        if let Some(record) = &mut record {
            let slot = (slots[task] as u16).to_le_bytes();
            record.bytes[6..8].copy_from_slice(&slot);
            // Which of the codes that it may have was judged when it came.
            let code = memory.space.bytes(record.address + 4, 1);
            if planned.may_share() {
                record.bytes[4] = code[0];
            }
        }
        for write in outcome.writes.iter().chain(&record) {
            wanted.space.fill(write.address, &write.bytes);
            if let Some(at) = write.cycles {
                unknown.push(write.address + at as u64);
            }
        }
    }
    unknown.sort_unstable();
    let is_unknown = |address: u64| {
        let at = unknown.partition_point(|&first| first <= address);
        at > 0 && address - unknown[at - 1] < 4
    };
    for range in scene.ranges.iter().filter(|r| r.allows != Use::Read) {
        let want = wanted.space.bytes(range.base, range.bytes);
        let got = memory.space.bytes(range.base, range.bytes);
        for (at, (want, got)) in (0..).zip(want.into_iter().zip(got)) {
            let address = range.base + at;
            if want != got && !is_unknown(address) {
                let name = format_args!("{}, byte {at} at {address:#x}, at the end", range.name);
                return same(name, 8, want.into(), got.into());
            }
        }
    }
    Ok(())
}
