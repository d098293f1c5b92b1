// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parameters of the FiGS array on AXI4.

use crate::figs::FigsParams;
use crate::memory::{DATA_W, MemoryParams};
use crate::regs::{self, RegsParams};
use crate::ring::RingParams;
use crate::violation::Violation;

/// Most beats of a burst of the movers.
pub const BURST: u32 = 16;

/// Parameters of the FiGS array on AXI4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigsAxiParams {
    /// The array.
    pub figs: FigsParams,
    /// Bits of a beat of the port: 64, 128, 256 or 512.
    pub io_w: u32,
}

impl Default for FigsAxiParams {
    fn default() -> Self {
        Self {
            figs: FigsParams::default(),
            io_w: MemoryParams::default().io_w,
        }
    }
}

impl FigsAxiParams {
    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = self.figs.violations();
        let (low, high) = DATA_W;
        Violation::power_of_two("memory.io_w", self.io_w, low, high, &mut out);
        out
    }

    /// Returns the bytes of a beat.
    pub fn beat(&self) -> u32 {
        self.io_w / 8
    }

    /// Returns the parameters of the ring.
    pub fn ring(&self) -> RingParams {
        RingParams {
            data_w: self.io_w,
            ..RingParams::default()
        }
    }

    /// Returns the parameters of the registers. There is no core, so that what they say of one means
    /// nothing.
    pub fn regs(&self) -> RegsParams {
        RegsParams {
            d_head: 8,
            lanes: 8,
            max_tokens: 8,
            k_planes: vec![4],
            v_planes: vec![4],
            jobs: 4,
            channels: 1,
            data_w: self.io_w,
            heads: 4,
            io_w: self.io_w,
            features: regs::FIGS,
            ..RegsParams::default()
        }
    }
}
