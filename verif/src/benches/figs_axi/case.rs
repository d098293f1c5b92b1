// SPDX-License-Identifier: MIT OR Apache-2.0
//! Products of a run, what is wrong with them, and what surrounds the accelerator.

use serde::{Deserialize, Serialize};

use crate::kit::changed;
use crate::memory::Behaviour;

/// What is wrong with a product on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flaw {
    /// Nothing.
    None,
    /// Another operation.
    Op,
    /// A bit of an unnamed byte of the descriptor.
    Reserved,
    /// An address or stride, by number, that is not a multiple of what it must be.
    Misaligned(u8),
    /// No tokens.
    NoTokens,
    /// A token more than the array holds.
    ManyTokens,
    /// No tiles.
    NoTiles,
    /// A pattern beyond the array's.
    Pattern,
    /// A bit of the record of a tile that must be 0.
    TileBit,
    /// A tile that begins outputs where others go on, or goes on where they must begin.
    TileFirst,
    /// A last tile that leaves its outputs open.
    TileOpen,
    /// The address of the completion record.
    Completion,
    /// Something ends beyond the window by a few bytes: 0 records of tiles, 1 weights, 2 activations,
    /// 3 outputs.
    Outside(u8),
}

/// A product of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// Seed of weights, activations and whatever lies beside them.
    pub(super) seed: u64,
    /// Shape.
    pub(super) outputs: u32,
    pub(super) inputs: u32,
    pub(super) tokens: u32,
    /// Log2 of the weights of a block that are kept.
    pub(super) log_n: u32,
    /// Bytes more than there must be between tokens.
    pub(super) gap: u32,
    /// Whether the interrupt is asked for, and a record.
    pub(super) interrupt: bool,
    pub(super) record: bool,
    pub(super) flaw: Flaw,
}

impl Case {
    /// Lists simpler products.
    pub(super) fn plainer(&self) -> Vec<Self> {
        vec![
            changed(self, |c| c.flaw = Flaw::None),
            changed(self, |c| c.outputs = c.outputs.div_ceil(2)),
            changed(self, |c| c.inputs = c.inputs.div_ceil(2)),
            changed(self, |c| c.tokens = c.tokens.div_ceil(2)),
            changed(self, |c| c.gap = 0),
            changed(self, |c| c.interrupt = false),
            changed(self, |c| c.record = true),
            changed(self, |c| c.seed = 1),
        ]
    }
}

/// What surrounds the accelerator in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// Where everything begins, a multiple of 4096.
    pub(super) base: u64,
    /// Bytes from the end of everything to that of the window.
    pub(super) spare: u32,
    /// How the memory answers reads and writes.
    pub(super) read: Behaviour,
    pub(super) write: Behaviour,
    /// `AxPROT` and `AxCACHE`.
    pub(super) attributes: (u32, u32),
    /// Whether the tail is moved product by product, and not for all at once.
    pub(super) one_by_one: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            base: 0x10_0000,
            spare: 64,
            read: Behaviour::ideal(1),
            write: Behaviour::ideal(1),
            attributes: (0, 2),
            one_by_one: false,
        }
    }
}
