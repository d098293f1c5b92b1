// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory behind the AXI4 ports of a device: what it holds, how it answers, and which rules the device
//! must keep.
//!
//! A bench owns one [`Memory`], and an [`AxiRead`] or [`AxiWrite`] for each channel of a port. In a
//! cycle it calls `drive` of each before the clock edge and `check` after it, as with the streams of
//! [`kit`](crate::kit). Rules and queues know no port (`rules`, `read_side`, `write_side`), so that
//! they are tested without a device. Knows no block and no layout of data.

// The readers use the ports; the DRAM behind them waits for the tops that have a command queue.
#![allow(dead_code, unused_imports)]

mod backend;
mod beat;
mod behaviour;
pub(crate) mod dram;
mod lanes;
mod read;
mod read_side;
mod rules;
mod space;
mod write;
mod write_side;

pub(crate) use backend::Backend;
pub(crate) use beat::{Beat, Resp};
pub(crate) use behaviour::{Accept, Behaviour, Errors, Latency, Order};
pub(crate) use dram::{Commands, Dram, Field, Mapping, Organisation, Preset, Timing};
pub(crate) use read::AxiRead;
pub(crate) use rules::{Address, Broken, Rules};
pub(crate) use space::{Access, Outside, Space};
pub(crate) use write::AxiWrite;

/// What the ports of a device read and write, shared by all of them.
pub(crate) struct Memory {
    /// The bytes.
    pub(crate) space: Space,
    /// When accesses are done, for ports with [`Latency::Dram`].
    pub(crate) backend: Option<Backend>,
}

impl Memory {
    /// Takes the bytes.
    pub(crate) fn new(space: Space) -> Self {
        let backend = None;
        Self { space, backend }
    }

    /// Takes the bytes and a DRAM that holds them, behind a core with a clock of `core_ps` picoseconds.
    /// The ratio of that to the clock of the memory is kept exactly.
    pub(crate) fn with_dram(space: Space, dram: Dram, core_ps: u64) -> Self {
        let backend = Some(Backend::new(dram, core_ps));
        Self { space, backend }
    }

    /// Returns the DRAM.
    ///
    /// # Panics
    /// If there is none, though a port behaves as if there were.
    fn backend(&mut self) -> &mut Backend {
        let backend = self.backend.as_mut();
        backend.expect("Latency::Dram needs Memory::with_dram")
    }
}

/// What happened at a port, for coverage and measurements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Bursts whose addresses were taken.
    pub(crate) bursts: u64,
    /// Data beats that went over the port.
    pub(crate) beats: u64,
    /// Cycles in which an address waited for ready.
    pub(crate) address_waits: u64,
    /// Cycles in which a data beat waited for ready.
    pub(crate) data_waits: u64,
    /// Most bursts in flight at one time.
    pub(crate) most_bursts: u32,
    /// Most beats announced and not yet transferred at one time.
    pub(crate) most_beats: u32,
    /// Replies that overtook one of another ID.
    pub(crate) overtakes: u64,
    /// Times that the data of two bursts came interleaved.
    pub(crate) interleaves: u64,
    /// Data that came before its address.
    pub(crate) data_ahead: u64,
    /// Beats (of reads) or bursts (of writes) that were answered with an error.
    pub(crate) errors: u64,
    /// Accesses outside what was allotted, in a space that answers them.
    pub(crate) denied: u64,
}
