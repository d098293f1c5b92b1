// SPDX-License-Identifier: MIT OR Apache-2.0
//! The memory behind the accelerator: which DRAM it is, if any, and how its ports behave.

use hwgen_golden::accelerator::{Range, Use};
use serde::{Deserialize, Serialize};

use crate::memory::{Access, Behaviour, Dram, Mapping, Memory, Preset, Space};
use hwgen_sim::rng;

/// Picoseconds of a cycle of the accelerator.
pub(super) const CORE_PS: u64 = 1000;
/// Bytes from a channel's address space to that of the next: what a pseudo channel has, where each
/// channel has one of its own.
pub(super) const CHANNEL_BYTES: u64 = 1 << 28;
/// Bytes in a row of a channel, where channels are fewer than pseudo channels.
const INTERLEAVE: u64 = 256;

/// A memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answers after so many cycles, a beat per cycle and port.
    Ideal,
    /// One channel of DDR4-2400.
    Ddr4,
    /// Four channels of LPDDR5-6400.
    Lpddr5,
    /// A stack of HBM2.
    Hbm2,
    /// A stack of HBM3.
    Hbm3,
}

/// The memory behind the accelerator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Store {
    /// Which one.
    pub kind: Kind,
    /// Cycles to it.
    pub latency: u32,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Ideal,
        Self::Ddr4,
        Self::Lpddr5,
        Self::Hbm2,
        Self::Hbm3,
    ];

    /// Returns the DRAM, if it is one.
    pub(super) fn preset(self) -> Option<Preset> {
        match self {
            Self::Ideal => None,
            Self::Ddr4 => Some(Preset::ddr4_2400()),
            Self::Lpddr5 => Some(Preset::lpddr5_6400()),
            Self::Hbm2 => Some(Preset::hbm2()),
            Self::Hbm3 => Some(Preset::hbm3()),
        }
    }

    /// Returns how a port of it behaves that is `latency` cycles away.
    pub(super) fn behaviour(self, latency: u32) -> Behaviour {
        match self {
            Self::Ideal => Behaviour::ideal(latency),
            _ => Behaviour::dram(latency),
        }
    }
}

/// Makes the memory that holds `ranges`, for `channels` channels; what nobody has written is noise of
/// `seed`.
pub(super) fn memory(kind: Kind, channels: u32, ranges: &[Range], seed: u64) -> Memory {
    let mut space = Space::new(seed);
    for range in ranges {
        let access = match range.allows {
            Use::Read => Access::Read,
            Use::Write => Access::Write,
            Use::Both => Access::Both,
        };
        space.allot(&range.name, range.base, range.bytes, access);
    }
    let Some(preset) = kind.preset() else {
        return Memory::new(space);
    };
    let o = preset.organisation;
    let mapping = if channels < o.channels * o.pseudo_channels {
        Mapping::spread(&o, INTERLEAVE, true)
    } else {
        Mapping::private(&o, CHANNEL_BYTES)
    };
    Memory::with_dram(space, Dram::seeded(&preset, &mapping, seed), CORE_PS)
}

/// Returns `behaviour` as port `number` has it: with draws of its own.
pub(super) fn of_port(behaviour: &Behaviour, number: u64) -> Behaviour {
    let mut own = behaviour.clone();
    let stalls = [&mut own.address, &mut own.data, &mut own.response];
    for seed in stalls.map(|stall| &mut stall.seed) {
        *seed = rng::at(*seed, number);
    }
    own.seed = rng::at(own.seed, number);
    own
}
