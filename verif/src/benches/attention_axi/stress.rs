// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a seed puts around jobs of real layers: ports that stall and answer late and in any order, and
//! commands before them whose memory fails.

use hwgen_golden::attention::Select;
use hwgen_golden::command::HeadRecord;
use hwgen_sim::rng::Rng;

use super::device::Device;
use super::store::{Kind, Store};
use super::task::{Fail, bus};
use crate::benches::attention::LiveJob;
use crate::kit::Stall;
use crate::memory::{Behaviour, Latency};

/// What the memory fails at: a command for each, before the first layer.
pub(super) const FAILS: [Fail; 5] = [
    Fail::Record,
    Fail::Query,
    Fail::Key,
    Fail::Value,
    Fail::Result,
];
/// Most heads and queries of a command that is to fail.
const HEADS: usize = 2;
const QUERIES: usize = 2;

/// Draws how the ports of vectors and that of all else behave, and the stalls of the register port. A
/// DRAM keeps its times, and has stalls on the way to it.
pub(super) fn around(seed: u64, store: Store) -> ([Behaviour; 2], Vec<Stall>) {
    let mut rng = Rng::new(seed);
    let behaviours = std::array::from_fn(|_| {
        let mut one = Behaviour::draw(&mut rng);
        if store.kind != Kind::Ideal {
            one.latency = Latency::Dram(store.latency);
        }
        one
    });
    (behaviours, bus(&mut rng, true))
}

/// Makes a small copy of a layer's first jobs, over all of their tokens and with all values, so that what
/// fails is certainly read.
pub(super) fn copy(jobs: &[LiveJob]) -> Option<Vec<LiveJob>> {
    let count = jobs.first()?.queries.len().min(QUERIES);
    let same = |live: &&LiveJob| live.queries.len() >= count;
    let small = |live: &LiveJob| {
        let mut live = live.clone();
        live.queries.truncate(count);
        if let Some(rows) = &mut live.bias {
            rows.truncate(count);
        }
        live.job.select = Select::All;
        (live.job.list, live.list) = (false, None);
        live
    };
    Some(jobs.iter().take(HEADS).filter(same).map(small).collect())
}

/// Returns the port (0 vectors, 1 all else) and the address of what fails: in the first head, whose record
/// lies at `at`.
pub(super) fn address(device: &Device, fail: Fail, at: u64, record: &HeadRecord) -> (usize, u64) {
    let beat = u64::from(device.reader.memory.beat_bytes());
    let vector = |base: u64, offset: u32| (base + u64::from(offset)) / beat * beat;
    match fail {
        Fail::Key => (0, vector(record.k_base, record.k_offset[0])),
        Fail::Value => (0, vector(record.v_base, record.v_offset[0])),
        Fail::Query => (1, record.query),
        Fail::Result => (1, record.result),
        _ => (1, at),
    }
}
