// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way of one port to the DRAM: which accesses a burst needs, and which of them have been done.

use super::backend::Part;
use super::behaviour::Behaviour;
use super::rules::Address;
use super::shared::Memory;

/// The way of one port to the DRAM, if its behaviour has one.
#[derive(Debug, Default)]
pub(super) struct Line {
    port: Option<usize>,
    /// Number of the last burst.
    number: u64,
    /// Whether what is under way is to be forgotten.
    cleared: bool,
}

impl Line {
    /// Forgets what is under way.
    pub(super) fn clear(&mut self) {
        self.cleared = true;
    }

    /// Goes on to core cycle `cycle`; returns the accesses that have been done.
    pub(super) fn advance(
        &mut self,
        behaviour: &Behaviour,
        cycle: u64,
        memory: &mut Memory,
    ) -> Vec<Part> {
        if behaviour.way().is_none() {
            return Vec::new();
        }
        let backend = memory.backend();
        let port = *self.port.get_or_insert_with(|| backend.port());
        if std::mem::take(&mut self.cleared) {
            backend.forget(port);
        }
        backend.advance(cycle);
        backend.take_done(port).collect()
    }

    /// Asks for the bytes of a burst of beats of `lanes` bytes that was taken in core cycle `cycle`.
    pub(super) fn ask(
        &mut self,
        behaviour: &Behaviour,
        cycle: u64,
        (address, lanes): (&Address, u32),
        write: bool,
        memory: &mut Memory,
    ) -> Parts {
        let Some(way) = behaviour.way() else {
            return Parts::default();
        };
        let backend = memory.backend();
        let port = *self.port.get_or_insert_with(|| backend.port());
        self.number += 1;
        let bytes = backend.access_bytes();
        let first = address.beat(0, lanes) / bytes;
        let last = (address.beat(address.beats - 1, lanes) + u64::from(lanes - 1)) / bytes;
        let burst = self.number;
        for (index, access) in (0..).zip(first..=last) {
            let part = Part { burst, index };
            backend.ask(port, cycle + 1 + way, access * bytes, write, part);
        }
        Parts {
            burst,
            bytes,
            first,
            done: vec![false; (last - first + 1) as usize],
        }
    }
}

/// The accesses of one burst: which of them have been done.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Number of the burst.
    pub(super) burst: u64,
    /// Bytes of an access, or 0 if there is no DRAM.
    bytes: u64,
    /// First access, as a multiple of its bytes.
    first: u64,
    done: Vec<bool>,
}

impl Parts {
    /// Notes that an access has been done.
    pub(super) fn note(&mut self, part: Part) {
        self.done[part.index as usize] = true;
    }

    /// Tells whether all of `lanes` bytes at `base` have come.
    pub(super) fn has(&self, base: u64, lanes: u32) -> bool {
        if self.bytes == 0 {
            return true;
        }
        let of = |address: u64| (address / self.bytes - self.first) as usize;
        self.done[of(base)..=of(base + u64::from(lanes - 1))]
            .iter()
            .all(|&done| done)
    }

    /// Counts the accesses that have not been done.
    pub(super) fn open(&self) -> usize {
        self.done.iter().filter(|&&done| !done).count()
    }
}
