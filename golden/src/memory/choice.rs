// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which memory side and which layout a kind of memory wants, as measured: `docs/memory/layout.md`.

use super::{Layout, MemoryParams};
use crate::attention::AttentionParams;

/// A kind of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// One channel of 64 bits of DDR4-2400.
    Ddr4,
    /// Four channels of 16 bits of LPDDR5-6400.
    Lpddr5,
    /// A stack of HBM2 with 16 pseudo channels.
    Hbm2,
    /// A stack of HBM3 with 32 pseudo channels.
    Hbm3,
}

impl Device {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ddr4, Self::Lpddr5, Self::Hbm2, Self::Hbm3];

    /// Returns the name, as that of the preset of the DRAM model.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ddr4 => "DDR4-2400",
            Self::Lpddr5 => "LPDDR5-6400",
            Self::Hbm2 => "HBM2",
            Self::Hbm3 => "HBM3",
        }
    }

    /// Returns the data buses: channels, or pseudo channels where there are such.
    pub const fn buses(self) -> u32 {
        match self {
            Self::Ddr4 => 1,
            Self::Lpddr5 => 4,
            Self::Hbm2 => 16,
            Self::Hbm3 => 32,
        }
    }

    /// Returns the bytes of an access: a whole burst of the device.
    pub const fn access_bytes(self) -> u32 {
        match self {
            Self::Ddr4 => 64,
            Self::Lpddr5 | Self::Hbm2 | Self::Hbm3 => 32,
        }
    }
}

/// Returns the memory side that gets most of a memory for a core that fetches `values` planes of V.
///
/// - Each data bus has a port of its own, and a piece of the address space: bases begin with pages, so
///   that ports which share buses meet at one of them all the time.
/// - A beat is an access, so that nothing is read that is not wanted and each access is asked for once.
/// - All planes of a value lie together, or each vector of V is filled up to a power of two of bytes, where
///   that takes fewer accesses per gathered value.
/// - So many beats are in flight as cover the way to the memory, its queue and the time of a row miss.
pub fn choose(device: Device, core: &AttentionParams, values: usize) -> MemoryParams {
    MemoryParams {
        channels: device.buses(),
        data_w: 8 * device.access_bytes(),
        v_layout: v_layout(device, core, values),
        ..MemoryParams::default()
    }
}

/// Returns the layout of V that takes fewer accesses where any value may be asked for alone.
fn v_layout(device: Device, core: &AttentionParams, values: usize) -> Layout {
    let access = device.access_bytes();
    let size = |width: &u32| core.d_head / 8 * width;
    let fetched = &core.v_planes[..values.min(core.v_planes.len())];
    let apart: u32 = fetched
        .iter()
        .map(|w| touched(size(w), size(w), access))
        .sum();
    let all = core.v_planes.iter().map(size).sum();
    let together = touched(fetched.iter().map(size).sum(), all, access);
    let filled = |w: &u32| touched(size(w), size(w).next_power_of_two(), access);
    let filled = fetched.iter().map(filled).sum::<u32>();
    // The first of those that take the fewest: the earlier ones leave no byte free.
    let counts = [apart, together, filled];
    let fewest = (0..counts.len()).min_by_key(|&i| counts[i]);
    Layout::ALL[fewest.unwrap_or_default()]
}

/// Counts the accesses that hold `bytes` at each of `access` multiples of `stride`, after which places
/// come round.
fn touched(bytes: u32, stride: u32, access: u32) -> u32 {
    let one = |place: u32| {
        let begin = place * stride % access;
        (begin + bytes).div_ceil(access)
    };
    (0..access).map(one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(v_planes: &[u32]) -> AttentionParams {
        AttentionParams {
            v_planes: v_planes.to_vec(),
            ..AttentionParams::default()
        }
    }

    #[test]
    fn accesses_by_hand() {
        // 48 bytes at 0, 48, 96 and 144 lie in 1, 2, 2 and 1 blocks of 64: 1.5 each.
        assert_eq!(touched(48, 48, 64), 96);
        // 96 bytes at 0, 96: bytes 0 to 95 and 32 to 127 of two blocks.
        assert_eq!(touched(96, 96, 64), 128);
        assert_eq!(touched(32, 32, 32), 32);
    }

    #[test]
    fn values_lie_so_that_they_take_fewest_accesses() {
        let of = |device, planes: &[u32], values| choose(device, &core(planes), values).v_layout;
        // Three vectors of 32 bytes: three accesses of 64 bytes or two; three of 32 bytes anyway.
        assert_eq!(of(Device::Ddr4, &[4, 4, 4], 3), Layout::Token);
        assert_eq!(of(Device::Hbm2, &[4, 4, 4], 3), Layout::Plane);
        // One plane of 48 bytes: 1.5 accesses of 64 either way, or one if it is filled up to 64.
        assert_eq!(of(Device::Ddr4, &[6, 4], 1), Layout::Filled);
        // 48 and 32 bytes of 32: 2 and 1 apart; 80 together at 0, 16: 3 and 3; filled up 2 and 1.
        assert_eq!(of(Device::Hbm3, &[6, 4], 2), Layout::Plane);
        // Of 64: 1.5 and 1 apart; 80 at 0, 16, 32, 48: 2 each; filled up 1 and 1.
        assert_eq!(of(Device::Ddr4, &[6, 4], 2), Layout::Token);
    }

    #[test]
    fn what_is_chosen_is_legal() {
        for device in Device::ALL {
            let memory = choose(device, &AttentionParams::default(), 3);
            assert_eq!(memory.violations(), []);
            assert_eq!(memory.channels, device.buses());
            assert_eq!(memory.beat_bytes(), device.access_bytes());
        }
    }
}
