// SPDX-License-Identifier: MIT OR Apache-2.0
//! How an accelerator is set up.

use crate::registers as r;

/// How the accelerator is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// First byte that the accelerator may touch, and the one behind the last.
    pub window: (u64, u64),
    /// Bytes from the address space of a channel to that of the next, a multiple of 4096; 0 if every
    /// channel has an address space of its own.
    pub channel_stride: u64,
    /// `AxPROT` of all accesses, 3 bits.
    pub prot: u8,
    /// `AxCACHE` of all accesses, 4 bits.
    pub cache: u8,
    /// Which events raise the interrupt.
    pub interrupts: Events,
    /// How often the driver looks before it says that the accelerator does not answer.
    pub patience: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            window: (0, u64::MAX),
            channel_stride: 0,
            prot: 0,
            cache: 0b0011,
            interrupts: Events::default(),
            patience: 1_000_000,
        }
    }
}

/// Events of the register `IRQ_STATUS`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Events {
    /// A job is complete that asked for an interrupt.
    pub done: bool,
    /// An error happened.
    pub error: bool,
    /// The ring has become empty.
    pub ring_empty: bool,
}

impl Events {
    pub(crate) const fn of(bits: u32) -> Self {
        Self {
            done: bits & r::IRQ_STATUS_DONE != 0,
            error: bits & r::IRQ_STATUS_ERROR != 0,
            ring_empty: bits & r::IRQ_STATUS_RING_EMPTY != 0,
        }
    }

    pub(crate) const fn bits(self) -> u32 {
        (self.done as u32) << r::IRQ_STATUS_DONE_SHIFT
            | (self.error as u32) << r::IRQ_STATUS_ERROR_SHIFT
            | (self.ring_empty as u32) << r::IRQ_STATUS_RING_EMPTY_SHIFT
    }

    /// Tells whether anything happened.
    pub const fn any(self) -> bool {
        self.done || self.error || self.ring_empty
    }
}
