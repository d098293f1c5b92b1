// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the accelerator says about itself.

use crate::error::Error;
use crate::layout::{Layout, Planes, Shape};
use crate::mmio::Mmio;
use crate::registers as r;

/// What there is, as the first registers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a bit of FEATURES.
pub struct Capabilities {
    /// Elements of a head.
    pub d_head: u32,
    /// Multiplier lanes.
    pub multipliers: u32,
    /// Tokens of a row.
    pub row_tokens: u32,
    /// Most tokens of a job.
    pub max_tokens: u32,
    /// Planes of the keys.
    pub k_planes: Planes,
    /// Planes of the values.
    pub v_planes: Planes,
    /// Jobs in flight in the core.
    pub jobs: u32,
    /// Channels of the memory.
    pub channels: u32,
    /// Bits of a beat of a channel.
    pub data_w: u32,
    /// Bits of a beat of the port for descriptors, queries and results.
    pub io_w: u32,
    /// Entries of the table of heads.
    pub heads: u32,
    /// How the vectors of the values lie.
    pub v_layout: Layout,
    /// Whether there is the attention core.
    pub attention: bool,
    /// Whether there is cascade pruning.
    pub cascade: bool,
    /// Whether tokens can be appended.
    pub append: bool,
    /// Whether there is the array for sparse GEMM.
    pub figs: bool,
}

/// Major version of the register map that this driver knows, and the least minor version.
const VERSION: [u16; 2] = [1, 1];

impl Capabilities {
    /// Reads what there is. Nothing is written, and no register is read that is not there.
    pub fn probe(mmio: &mut impl Mmio) -> Result<Self, Error> {
        let magic = mmio.read32(r::MAGIC);
        if magic != r::MAGIC_VALUE {
            return Err(Error::NotThere { magic });
        }
        let version = mmio.read32(r::VERSION);
        let (major, minor) = ((version >> 16) as u16, version as u16);
        if major != VERSION[0] || minor < VERSION[1] {
            return Err(Error::Version { major, minor });
        }
        let mut number = |register, name: &'static str, legal: fn(u32) -> bool| {
            let value = mmio.read32(register);
            let error = Error::Capability { name, value };
            legal(value).then_some(value).ok_or(error)
        };
        let planes =
            |name, value| Planes::from_register(value).ok_or(Error::Capability { name, value });
        let layout =
            |name, value| Layout::from_register(value).ok_or(Error::Capability { name, value });
        let some = |value: u32| value != 0;
        let channels = |value: u32| value.is_power_of_two() && value <= 32;
        let beat = |value: u32| value.is_power_of_two() && (64..=512).contains(&value);
        let d_head = |value: u32| value != 0 && value.is_multiple_of(8) && value <= 1 << 12;
        let tokens = |value: u32| (1..1 << 16).contains(&value);
        let features = number(r::FEATURES, "FEATURES", |_| true)?;
        Ok(Self {
            d_head: number(r::D_HEAD, "D_HEAD", d_head)?,
            multipliers: number(r::MULTIPLIERS, "MULTIPLIERS", some)?,
            row_tokens: number(r::ROW_TOKENS, "ROW_TOKENS", some)?,
            max_tokens: number(r::MAX_TOKENS, "MAX_TOKENS", tokens)?,
            k_planes: planes("K_PLANES", number(r::K_PLANES, "K_PLANES", some)?)?,
            v_planes: planes("V_PLANES", number(r::V_PLANES, "V_PLANES", some)?)?,
            jobs: number(r::JOBS, "JOBS", some)?,
            channels: number(r::CHANNELS, "CHANNELS", channels)?,
            data_w: number(r::DATA_W, "DATA_W", beat)?,
            io_w: number(r::IO_W, "IO_W", beat)?,
            heads: number(r::HEADS, "HEADS", some)?,
            v_layout: layout("V_LAYOUT", number(r::V_LAYOUT, "V_LAYOUT", |_| true)?)?,
            attention: features & r::FEATURES_ATTENTION != 0,
            cascade: features & r::FEATURES_CASCADE != 0,
            append: features & r::FEATURES_APPEND != 0,
            figs: features & r::FEATURES_FIGS != 0,
        })
    }

    /// Returns what the layout of keys and values follows from.
    pub fn shape(&self) -> Shape {
        Shape {
            d_head: self.d_head,
            k: self.k_planes,
            v: self.v_planes,
            channels: self.channels,
            beat: self.data_w / 8,
            v_layout: self.v_layout,
        }
    }

    /// Returns the bytes of a row of queries.
    pub fn query_bytes(&self) -> u32 {
        8 + 2 * self.d_head
    }

    /// Returns the bytes of a row of results.
    pub fn result_bytes(&self) -> u32 {
        2 * self.d_head + 16
    }
}
