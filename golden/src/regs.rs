// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers of an accelerator: what software reads and writes, at which offset, and what that
//! brings about.
//!
//! [`table`] states every register once. RTL, documents and the files for software follow from it;
//! [`model`] is a file of registers cycle by cycle, and [`axi_lite`] and [`apb`] are the ports in
//! front of it.

pub mod apb;
pub mod axi_lite;
mod interface;
mod list;
pub mod model;
mod params;
mod register;
pub mod table;
mod variant;

pub use params::{
    ADDR_W, APPEND, ATTENTION, CASCADE, ENGINES, ERROR_W, FIGS, FLIGHT_W, MAX_CHANNELS, RING_W,
    RegsParams,
};
pub use table::Table;
pub use variant::Variant;

/// An error that the registers find by themselves. Codes from [`FIRST_OUTSIDE`] on belong to the
/// modules that report theirs at `error_code_i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The tail was written while the accelerator was stopped.
    DoorbellStopped,
    /// A tail was written that is no index of the ring.
    TailRange,
}

/// The first code of the modules behind the registers.
pub const FIRST_OUTSIDE: u32 = 16;

impl Refusal {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 2] = [Self::DoorbellStopped, Self::TailRange];

    /// Returns the error code.
    pub const fn code(self) -> u32 {
        match self {
            Self::DoorbellStopped => 1,
            Self::TailRange => 2,
        }
    }

    /// Returns the name in the files for software.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DoorbellStopped => "DOORBELL_STOPPED",
            Self::TailRange => "TAIL_RANGE",
        }
    }

    /// Says what happened.
    pub const fn about(self) -> &'static str {
        match self {
            Self::DoorbellStopped => {
                "RING_TAIL was written while CONTROL.ENABLE was 0; the tail is as it was"
            }
            Self::TailRange => {
                "RING_TAIL was written with a value of RING_SIZE or more; the tail is as it was"
            }
        }
    }
}
