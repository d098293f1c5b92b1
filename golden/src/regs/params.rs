// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parameters of the registers, and the widths and counts that are alike in every accelerator.

use crate::memory::{CHANNELS, DATA_W, HEADS, IO_W, Layout};
use crate::violation::Violation;
use crate::width::cnt_width;

/// Bits of an address of the registers: a window of 4 KiB.
pub const ADDR_W: u32 = 12;
/// Most channels of the memory.
pub const MAX_CHANNELS: u32 = CHANNELS.1;
/// Bits of a count of requests in flight.
pub const FLIGHT_W: u32 = 10;
/// Bits of an index into the command ring.
pub const RING_W: u32 = 16;
/// Bits of an error code.
pub const ERROR_W: u32 = 8;
/// Engines whose busy cycles are counted.
pub const ENGINES: u32 = 4;

/// The attention core in [`RegsParams::features`].
pub const ATTENTION: u32 = 1;
/// Cascade pruning in it.
pub const CASCADE: u32 = 2;
/// The appending of tokens in it.
pub const APPEND: u32 = 4;
/// The array for sparse GEMM in it.
pub const FIGS: u32 = 8;

/// Parameters of the registers: what the accelerator behind them is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegsParams {
    /// Elements of a head.
    pub d_head: u32,
    /// Multiplier lanes.
    pub lanes: u32,
    /// Most tokens of a job.
    pub max_tokens: u32,
    /// Bits of the planes of K, top plane first.
    pub k_planes: Vec<u32>,
    /// Bits of the planes of V, top plane first.
    pub v_planes: Vec<u32>,
    /// Jobs in flight.
    pub jobs: u32,
    /// Channels of the memory, a power of two, 1 to 32.
    pub channels: u32,
    /// Bits of the data of a channel, a power of two, 64 to 512.
    pub data_w: u32,
    /// Entries of the table of heads, a power of two, 4 to 256.
    pub heads: u32,
    /// Bits of the data of the port for descriptors and streams, a power of two, 64 to 512.
    pub io_w: u32,
    /// How the planes of the values lie.
    pub v_layout: Layout,
    /// What there is: [`ATTENTION`], [`CASCADE`], [`APPEND`] and [`FIGS`].
    pub features: u32,
}

impl Default for RegsParams {
    fn default() -> Self {
        Self {
            d_head: 64,
            lanes: 64,
            max_tokens: 1024,
            k_planes: vec![4, 4, 4],
            v_planes: vec![4, 4, 4],
            jobs: 8,
            channels: 1,
            data_w: 512,
            heads: 16,
            io_w: 64,
            v_layout: Layout::Plane,
            features: ATTENTION,
        }
    }
}

impl RegsParams {
    /// Returns every rule that the keys of the registers break. The shape of the core is judged
    /// with the core.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        for (field, value, (low, high)) in [
            ("memory.channels", self.channels, CHANNELS),
            ("memory.data_w", self.data_w, DATA_W),
            ("memory.heads", self.heads, HEADS),
            ("memory.io_w", self.io_w, IO_W),
        ] {
            Violation::power_of_two(field, value, low, high, &mut out);
        }
        out
    }

    /// Returns the keys that make a row.
    pub fn row_tokens(&self) -> u32 {
        (self.lanes / self.d_head).max(1)
    }

    /// Returns the bytes of a row of the widest plane, which is what may be asked for in a cycle.
    pub fn row_bytes(&self) -> u32 {
        let planes = self.k_planes.iter().chain(&self.v_planes);
        let widest = planes.copied().max().unwrap_or(0);
        self.row_tokens() * (self.d_head / 8) * widest
    }

    /// Returns the bits of a count of bytes of a plane that are asked for in a cycle.
    pub fn byte_w(&self) -> u32 {
        cnt_width(self.row_bytes())
    }

    /// Returns the bits of a count of bytes of streams that move in a cycle.
    pub fn io_byte_w(&self) -> u32 {
        cnt_width(self.io_w / 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_by_hand() {
        let p = RegsParams::default();
        // 64 elements of 4 bits are 32 bytes, a number of six bits.
        assert_eq!((p.row_tokens(), p.row_bytes(), p.byte_w()), (1, 32, 6));
        assert_eq!(p.io_byte_w(), 4);
        let wide = RegsParams {
            lanes: 512,
            k_planes: vec![8, 4],
            ..p
        };
        assert_eq!((wide.row_tokens(), wide.byte_w()), (8, 10));
    }

    #[test]
    fn all_rules_are_reported_at_once() {
        let bad = RegsParams {
            channels: 64,
            data_w: 96,
            heads: 2,
            io_w: 32,
            ..RegsParams::default()
        };
        let said: Vec<String> = bad.violations().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "memory.channels = 64: must be 1 to 32 (try 32)",
                "memory.data_w = 96: must be a power of two (try 64 or 128)",
                "memory.heads = 2: must be 4 to 256 (try 4)",
                "memory.io_w = 32: must be 64 to 512 (try 64)",
            ]
        );
    }
}
