// SPDX-License-Identifier: MIT OR Apache-2.0
//! Counters of 64 bits.

use crate::capabilities::Capabilities;
use crate::mmio::Mmio;
use crate::registers as r;

/// A counter. Those of planes and channels that are not there cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Cycles in which a job was under way.
    Cycles,
    /// Cycles in which QK worked.
    BusyQk,
    /// Cycles in which the scores were made.
    BusyScore,
    /// Cycles in which the softmax worked.
    BusySoftmax,
    /// Cycles in which PV worked.
    BusyPv,
    /// Bytes of the beats that were read for queries, biases, lists and descriptors.
    InBytes,
    /// Bytes that were written.
    OutBytes,
    /// Bytes of a plane of the keys that were asked for.
    KBytes(u8),
    /// Bytes of a plane of the values that were asked for.
    VBytes(u8),
    /// Cycles in which a request of this channel waited for the memory.
    Blocked(u8),
}

/// Requests of a channel that are in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flight {
    /// Now.
    pub now: u16,
    /// The most since counters were cleared.
    pub most: u16,
}

/// Returns where the registers of a channel lie, if it is there.
fn channel(there: &Capabilities, channel: u8) -> Option<u32> {
    let here = u32::from(channel) < there.channels;
    here.then(|| r::CHANNEL_BASE + r::CHANNEL_STRIDE_BYTES * u32::from(channel))
}

impl Counter {
    /// Returns where the low half lies, if the counter is there.
    pub fn offset(self, there: &Capabilities) -> Option<u32> {
        let plane = |first: u32, plane: u8, planes: u8| {
            (plane < planes).then(|| first + 8 * u32::from(plane))
        };
        match self {
            Self::Cycles => Some(r::CYCLES_LO),
            Self::BusyQk => Some(r::BUSY_QK_LO),
            Self::BusyScore => Some(r::BUSY_SCORE_LO),
            Self::BusySoftmax => Some(r::BUSY_SOFTMAX_LO),
            Self::BusyPv => Some(r::BUSY_PV_LO),
            Self::InBytes => Some(r::IN_BYTES_LO),
            Self::OutBytes => Some(r::OUT_BYTES_LO),
            Self::KBytes(p) => plane(r::K_BYTES0_LO, p, there.k_planes.count()),
            Self::VBytes(p) => plane(r::V_BYTES0_LO, p, there.v_planes.count()),
            Self::Blocked(c) => channel(there, c).map(|base| base + r::BLOCKED_LO),
        }
    }

    /// Reads the counter, if it is there. The read of the low half keeps the high one.
    pub(crate) fn read(self, mmio: &mut impl Mmio, there: &Capabilities) -> Option<u64> {
        let offset = self.offset(there)?;
        let low = mmio.read32(offset);
        let high = mmio.read32(offset + 4);
        Some(u64::from(high) << 32 | u64::from(low))
    }
}

impl Flight {
    /// Reads those of a channel, if it is there.
    pub(crate) fn read(mmio: &mut impl Mmio, there: &Capabilities, of: u8) -> Option<Self> {
        let value = mmio.read32(channel(there, of)? + r::FLIGHT);
        Some(Self {
            now: (value & r::FLIGHT_NOW) as u16,
            most: ((value & r::FLIGHT_MOST) >> r::FLIGHT_MOST_SHIFT) as u16,
        })
    }
}
