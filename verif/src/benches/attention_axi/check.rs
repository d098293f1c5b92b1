// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole of memory, when everything has ended: nothing else was written.

use hwgen_golden::accelerator::Use;
use hwgen_golden::command::COMPLETION;

use super::scene::{Scene, UNWRITTEN, fill_all};
use crate::kit::same;
use crate::memory::Memory;
use crate::report::Fault;

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
