// SPDX-License-Identifier: MIT OR Apache-2.0
//! A descriptor with its records, what surrounds the dispatch, and how everything around it ends.

use hwgen_golden::stream::Window;
use serde::{Deserialize, Serialize};

use crate::memory::Behaviour;
use hwgen_sim::rng::at;

/// Bytes between the records of one descriptor and those of the next: as many as 256 records take.
pub(super) const REGION: u64 = 0x8000;

/// A descriptor, and what it finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// Its 64 bytes.
    pub(super) bytes: Vec<u8>,
    /// What the ring says of it.
    pub(super) code: u8,
    /// Where its records lie.
    pub(super) place: u64,
    /// Record n is number n of these, modulo as many as there are.
    pub(super) records: Vec<Vec<u8>>,
    /// Seed of how reads and writes end.
    pub(super) seed: u64,
    /// Of cascade pruning: why it refuses, or 0.
    pub(super) answer: u8,
    /// Tokens that survive.
    pub(super) tokens: u32,
    /// Heads that survive.
    pub(super) left: Vec<u8>,
}

impl Order {
    /// Returns the bytes as a block.
    pub(super) fn descriptor(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(&self.bytes);
        bytes
    }

    /// Returns the record at an address, if it is one of this descriptor's.
    pub(super) fn record(&self, address: u64) -> Option<[u8; 128]> {
        let far = address.wrapping_sub(self.place);
        if far >= REGION || !far.is_multiple_of(128) || self.records.is_empty() {
            return None;
        }
        let mut bytes = [0; 128];
        bytes.copy_from_slice(&self.records[(far / 128) as usize % self.records.len()]);
        Some(bytes)
    }
}

/// What surrounds the dispatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// How the memory behaves; with a latency of one cycle if nothing is said.
    pub(super) behaviour: Option<Behaviour>,
    /// The window.
    pub(super) window: (u64, u64),
    /// `AxPROT` and `AxCACHE`.
    pub(super) attributes: (u32, u32),
    /// Reads and writes that fail, of 1000.
    pub(super) fails: u32,
    /// Cycles in which plane vectors fail, of 1000.
    pub(super) vectors: u32,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            behaviour: None,
            window: (0, u64::MAX),
            attributes: (0, 0),
            fails: 0,
            vectors: 0,
        }
    }
}

impl Setup {
    /// Returns the behaviour of the memory.
    pub(super) fn behaviour(&self) -> Behaviour {
        self.behaviour
            .clone()
            .unwrap_or_else(|| Behaviour::ideal(1))
    }

    /// Returns the window.
    pub(super) fn window(&self) -> Window {
        let (base, end) = self.window;
        Window { base, end }
    }

    /// Returns how number `index` of what an order reads or writes ends.
    pub(super) fn code(&self, order: &Order, write: bool, index: usize) -> u8 {
        let drawn = at(at(order.seed, u64::from(write)), index as u64);
        // Lists have one read each, and are used by what follows.
        let often = if order.bytes[0] == 2 { 8 } else { 1 };
        if drawn % 1000 < u64::from(self.fails * often) {
            1 + (drawn >> 32) as u8 % 7
        } else {
            0
        }
    }
}
