// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the registers: reads and writes of any kind on AXI4-Lite or APB4, while the hardware
//! says whatever it likes; every port compared with [`hwgen_golden::regs`] in every cycle.

mod apb;
mod axi_lite;
mod bench;
mod bus;
pub(crate) mod device;
mod hardware;
mod play;
mod stimulus;

use hwgen_golden::regs::model::Write;
use serde::{Deserialize, Serialize};

use crate::kit::points;

/// Channels of a bus, in the order of a run's stalls; APB has only the first.
const WRITE_ADDRESS: usize = 0;
const WRITE_DATA: usize = 1;
const READ_ADDRESS: usize = 2;
const WRITE_RESPONSE: usize = 3;
const READ_RESPONSE: usize = 4;

/// An access. Reads and writes each go in in their order; on APB all do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Access {
    /// A read.
    Read {
        /// Address, of which the low bits say nothing.
        address: u32,
    },
    /// A write.
    Write {
        /// Address, likewise.
        address: u32,
        /// Data.
        data: u32,
        /// Bytes that count.
        strobe: u32,
    },
}

impl Access {
    fn address(self) -> u32 {
        match self {
            Self::Read { address } | Self::Write { address, .. } => address,
        }
    }

    fn write(self) -> Option<Write> {
        match self {
            Self::Read { .. } => None,
            Self::Write {
                address,
                data,
                strobe,
            } => Some(Write {
                address,
                data,
                strobe,
            }),
        }
    }
}

/// What surrounds the registers in a run: what the hardware says is a function of seed and cycle, and
/// of what it is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// Seed of what it says.
    seed: u64,
    /// Cycles in 100 in which an event happens; counters run in any case.
    percent: u32,
    /// Whether an access waits for the one before it to be answered, as on a bus with one master
    /// that does one thing after the other; else reads do not wait for writes.
    ordered: bool,
}

points! {
    /// A register was read.
    Read,
    /// A register was written.
    Written,
    /// A read of an address without a register was refused.
    ReadUnmapped,
    /// A read of a register that is only written was refused.
    ReadOfWriteOnly,
    /// A write of an address without a register was refused.
    WriteUnmapped,
    /// A write of a register that is only read was refused.
    WriteOfReadOnly,
    /// A write left some bytes alone.
    SomeBytes,
    /// A write left all bytes alone.
    NoBytes,
    /// An access had an address within a word.
    Unaligned,
    /// A read and a write were executed in the same cycle.
    Together,
    /// Data of a write came before their address.
    DataFirst,
    /// The address of a write came before its data.
    AddressFirst,
    /// A write was executed while the response to a read waited.
    PastRead,
    /// A read was executed while the response to a write waited.
    PastWrite,
    /// An access was held up by the response before it.
    HeldUp,
    /// A doorbell was taken.
    Doorbell,
    /// A doorbell was refused because the accelerator was stopped.
    DoorbellStopped,
    /// A doorbell of an index beyond the ring was refused.
    TailRange,
    /// A bit of the interrupt status was set and cleared in the same cycle.
    EventInClear,
    /// The interrupt rose.
    Interrupt,
    /// The ring became empty.
    RingEmpty,
    /// The queue was reset.
    QueueReset,
    /// An error was recorded.
    Error,
    /// An error came while another one was recorded.
    SecondError,
    /// An error came in the cycle in which errors were cleared.
    ErrorInClear,
    /// A doorbell was refused in the cycle of an error of the hardware.
    ErrorsTogether,
    /// Counters were cleared while they counted.
    CountInClear,
    /// The low half of a counter was read that was not 0.
    Counter,
    /// The high half of a counter was read that was not 0.
    HighHalf,
    /// Requests in flight were fewer than the most.
    BelowMost,
    /// Reset hit while an access was under way.
    Reset,
}
