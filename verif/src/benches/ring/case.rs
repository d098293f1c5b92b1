// SPDX-License-Identifier: MIT OR Apache-2.0
//! Descriptors of a run, and what surrounds the ring.

use hwgen_golden::command::{COMPLETION, DESCRIPTOR};
use hwgen_golden::ring::{Answer, Place};
use hwgen_golden::stream::Window;
use hwgen_sim::rng;
use serde::{Deserialize, Serialize};

use crate::kit::{Stall, changed};
use crate::memory::{Access, Behaviour, Memory, Space};

/// Bytes in which all completion records of a run lie.
pub(super) const RECORDS: u64 = 1 << 15;

/// A descriptor, and what the bench answers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// Seed of the bytes that the ring only hands on.
    pub(super) seed: u64,
    /// Whether it asks for the interrupt.
    pub(super) interrupt: bool,
    /// Where its completion record is, from its own place on; none if it wants no record.
    pub(super) record: Option<u64>,
    /// Code, address and count of its answer, if the ring finds nothing wrong.
    pub(super) code: u8,
    pub(super) address: u64,
    pub(super) count: u32,
    /// Cycles from the one in which it was handed on to that of its answer, at least.
    pub(super) delay: u32,
}

impl Case {
    /// Returns the bytes of descriptor `number`.
    pub(super) fn bytes(&self, number: usize, setup: &Setup) -> [u8; DESCRIPTOR] {
        let mut out = std::array::from_fn(|at| rng::at(self.seed, at as u64) as u8);
        out[1] = out[1] & !1 | u8::from(self.interrupt);
        out[8..16].copy_from_slice(&self.completion(number, setup).to_le_bytes());
        out
    }

    /// Returns the address of its completion record. Where one can be written it is its own, so that
    /// none is written over another one or beside them.
    fn completion(&self, number: usize, setup: &Setup) -> u64 {
        let own = setup.own(number);
        let Some(away) = self.record else {
            return 0;
        };
        let address = own.wrapping_add(away);
        if address.is_multiple_of(COMPLETION as u64) && setup.holds(address) {
            own
        } else {
            address
        }
    }

    /// Returns the answer, if the ring finds nothing wrong.
    pub(super) fn answer(&self) -> Answer {
        Answer {
            code: self.code,
            address: self.address,
            count: self.count,
        }
    }

    /// Lists simpler descriptors.
    pub(super) fn plainer(&self) -> Vec<Self> {
        vec![
            changed(self, |c| c.record = None),
            changed(self, |c| c.interrupt = false),
            changed(self, |c| c.delay = 0),
            changed(self, |c| c.delay /= 2),
            changed(self, |c| (c.code, c.address) = (0, 0)),
            changed(self, |c| c.address = 0),
            changed(self, |c| c.count = 0),
            changed(self, |c| c.seed = 1),
        ]
    }
}

/// What surrounds the ring in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// First byte of the ring.
    pub(super) ring: u64,
    /// First byte of the completion records.
    pub(super) records: u64,
    /// Descriptors of the ring, at least 2.
    pub(super) size: u16,
    /// First byte of the window, and the byte behind its last.
    pub(super) window: (u64, u64),
    /// How the memory answers reads and writes.
    pub(super) read: Behaviour,
    pub(super) write: Behaviour,
    /// `AxPROT` and `AxCACHE`.
    pub(super) attributes: (u32, u32),
    /// When the ring is enabled.
    pub(super) enable: Stall,
    /// When software moves the tail, and by how many at most.
    pub(super) bells: Stall,
    pub(super) batch: u32,
    /// `error_clear_i` is set in so many of 100 cycles.
    pub(super) clear: u32,
    /// Cycles in which the queue is reset.
    pub(super) resets: Vec<u64>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            ring: 0x10_0000,
            records: 0x20_0000,
            size: 4,
            window: (0, u64::MAX),
            read: Behaviour::ideal(1),
            write: Behaviour::ideal(1),
            attributes: (0, 2),
            enable: Stall::NONE,
            bells: Stall::NONE,
            batch: 1,
            clear: 0,
            resets: Vec::new(),
        }
    }
}

impl Setup {
    /// Returns what the registers say.
    pub(super) fn place(&self) -> Place {
        let (base, end) = self.window;
        Place {
            base: self.ring,
            size: self.size,
            window: Window { base, end },
        }
    }

    /// Returns the place of the completion record of descriptor `number`.
    pub(super) fn own(&self, number: usize) -> u64 {
        self.records + (COMPLETION * number) as u64
    }

    /// Tells whether a completion record there is inside the window.
    fn holds(&self, address: u64) -> bool {
        let end = u128::from(address) + COMPLETION as u128;
        address >= self.window.0 && end <= u128::from(self.window.1)
    }

    /// Makes the memory: of the ring and of the records what is inside the window.
    pub(super) fn memory(&self, seed: u64) -> Memory {
        let mut space = Space::new(seed);
        let (low, high) = self.window;
        let mut allot = |name, base: u64, bytes, access| {
            let end = base.saturating_add(bytes).min(high);
            let base = base.max(low);
            if base < end {
                space.allot(name, base, end - base, access);
            }
        };
        allot("records", self.records, RECORDS, Access::Write);
        let bytes = u64::from(self.size) * DESCRIPTOR as u64;
        if self.ring.is_multiple_of(DESCRIPTOR as u64) {
            allot("ring", self.ring, bytes, Access::Read);
        }
        Memory::new(space)
    }

    /// Tells whether nothing but the ring decides about its cycles, and returns the latency of reads.
    pub(super) fn calm(&self) -> Option<u32> {
        use crate::memory::Latency;
        let Latency::Ideal(cycles) = self.read.latency else {
            return None;
        };
        let steady = self.enable == Stall::NONE && self.resets.is_empty();
        (steady && self.read == Behaviour::ideal(cycles)).then_some(cycles)
    }
}
