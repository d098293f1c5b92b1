// SPDX-License-Identifier: MIT OR Apache-2.0
//! The numbers of the devices, in clocks of the command bus.
//!
//! DDR4: JESD79-4 (speed bin 2400R, 8 Gb x8) as in the tables of Ramulator 2.1 (`DDR4_2400R`,
//! `DDR4_8Gb_x8`). HBM2: JESD235 with the vendors' typical values that Ramulator 2.1 has in
//! `HBM2_2000Mbps` and `HBM2_8Gb`. HBM3: JESD238, of which array timings are the vendors' affair and
//! are taken from Ramulator's `HBM3_6400Mbps`. LPDDR5: JESD209-5B, bank group mode, 6400 Mb/s, CKR 4:1,
//! read latency set 17, 16 Gb x16, as in Ramulator's `LPDDR5_6400`.

/// How a memory is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Organisation {
    /// Channels, each with a controller.
    pub channels: u32,
    /// Pseudo channels per channel: data buses of their own on one command bus.
    pub pseudo_channels: u32,
    /// Bank groups per pseudo channel.
    pub groups: u32,
    /// Banks per bank group.
    pub banks: u32,
    /// Accesses per row.
    pub columns: u32,
    /// Bytes of an access: a whole burst of the device.
    pub access_bytes: u32,
}

/// Times between commands, in clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Picoseconds of a clock.
    pub clock_ps: u64,
    /// Clocks in which the data of an access is on the bus.
    pub burst: u64,
    /// tCL: read to its first data.
    pub cl: u64,
    /// tCWL: write to its first data.
    pub cwl: u64,
    /// tRCD before a read.
    pub rcd_read: u64,
    /// tRCD before a write.
    pub rcd_write: u64,
    /// tRP: precharge to activate.
    pub rp: u64,
    /// tRAS: activate to precharge.
    pub ras: u64,
    /// tRC: activate to activate of one bank.
    pub rc: u64,
    /// tRTP: read to precharge.
    pub rtp: u64,
    /// tWR: last data of a write to precharge.
    pub wr: u64,
    /// tCCD, other and same bank group.
    pub ccd: [u64; 2],
    /// tRRD, other and same bank group.
    pub rrd: [u64; 2],
    /// tWTR, other and same bank group: last data of a write to read.
    pub wtr: [u64; 2],
    /// Clocks of the bus between the data of a read and that of a write; tRTW is
    /// `cl + burst + turn - cwl`.
    pub turn: u64,
    /// tFAW: the window of four activates.
    pub faw: u64,
    /// tREFI: between refreshes of all banks.
    pub refi: u64,
    /// tRFC: a refresh of all banks.
    pub rfc: u64,
    /// Clocks in which an activate is on the command bus.
    pub act_clocks: u64,
    /// Clocks after the first in which an activate takes effect.
    pub act_shift: u64,
}

/// A memory with its controllers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Name in tables.
    pub name: &'static str,
    /// How it is divided.
    pub organisation: Organisation,
    /// Its times.
    pub timing: Timing,
    /// Whether commands to rows and to columns have buses of their own.
    pub two_buses: bool,
    /// Reads, and as many writes, that a controller of one channel holds.
    pub queue: usize,
}

impl Preset {
    /// One channel of 64 bits of DDR4-2400, one rank of 8 Gb x8: 19.2 GB/s.
    pub fn ddr4_2400() -> Self {
        Self {
            name: "DDR4-2400",
            organisation: Organisation {
                channels: 1,
                pseudo_channels: 1,
                groups: 4,
                banks: 4,
                columns: 128,
                access_bytes: 64,
            },
            timing: Timing {
                clock_ps: 833,
                burst: 4,
                cl: 16,
                cwl: 12,
                rcd_read: 16,
                rcd_write: 16,
                rp: 16,
                ras: 39,
                rc: 55,
                rtp: 9,
                wr: 18,
                ccd: [4, 6],
                rrd: [4, 6],
                wtr: [3, 9],
                turn: 2,
                faw: 26,
                refi: 9364,
                // 350 ns, JESD79-4 for 8 Gb.
                rfc: 421,
                act_clocks: 1,
                act_shift: 0,
            },
            two_buses: false,
            queue: 32,
        }
    }

    /// Four channels of 16 bits of LPDDR5-6400, 16 Gb each: 51.2 GB/s. The clock is CK, a quarter of
    /// WCK; ACT-1 and ACT-2 take two clocks of the bus and count from the first.
    pub fn lpddr5_6400() -> Self {
        Self {
            name: "LPDDR5-6400",
            organisation: Organisation {
                channels: 4,
                pseudo_channels: 1,
                groups: 4,
                banks: 4,
                // 2 KiB rows.
                columns: 64,
                access_bytes: 32,
            },
            timing: Timing {
                clock_ps: 1250,
                burst: 2,
                cl: 17,
                cwl: 9,
                rcd_read: 15,
                rcd_write: 15,
                rp: 15,
                ras: 34,
                rc: 49,
                rtp: 8,
                wr: 28,
                ccd: [2, 4],
                rrd: [4, 4],
                wtr: [5, 10],
                turn: 2,
                faw: 16,
                refi: 3125,
                rfc: 224,
                act_clocks: 2,
                act_shift: 0,
            },
            two_buses: false,
            queue: 32,
        }
    }

    /// A stack of HBM2 at 2 Gb/s: 8 channels of two pseudo channels of 64 bits, 256 GB/s.
    pub fn hbm2() -> Self {
        Self {
            name: "HBM2",
            organisation: Organisation {
                channels: 8,
                pseudo_channels: 2,
                groups: 4,
                banks: 4,
                // 1 KiB rows.
                columns: 32,
                access_bytes: 32,
            },
            timing: Timing {
                clock_ps: 1000,
                burst: 2,
                cl: 14,
                cwl: 5,
                rcd_read: 14,
                rcd_write: 12,
                rp: 14,
                ras: 34,
                rc: 48,
                rtp: 5,
                wr: 16,
                ccd: [2, 4],
                rrd: [4, 4],
                wtr: [6, 8],
                turn: 2,
                faw: 15,
                refi: 3900,
                rfc: 350,
                act_clocks: 2,
                act_shift: 1,
            },
            two_buses: true,
            queue: 32,
        }
    }

    /// A stack of HBM3 at 6.4 Gb/s: 16 channels of two pseudo channels of 32 bits, 819 GB/s. An activate
    /// takes one and a half clocks of its bus, here two.
    pub fn hbm3() -> Self {
        Self {
            name: "HBM3",
            organisation: Organisation {
                channels: 16,
                pseudo_channels: 2,
                groups: 4,
                banks: 4,
                // 1 KiB rows.
                columns: 32,
                access_bytes: 32,
            },
            timing: Timing {
                clock_ps: 625,
                burst: 2,
                cl: 26,
                cwl: 8,
                rcd_read: 26,
                rcd_write: 14,
                rp: 26,
                ras: 48,
                rc: 74,
                rtp: 6,
                wr: 24,
                ccd: [2, 4],
                rrd: [8, 8],
                wtr: [8, 12],
                turn: 2,
                faw: 24,
                refi: 6240,
                rfc: 560,
                act_clocks: 2,
                act_shift: 1,
            },
            two_buses: true,
            queue: 32,
        }
    }

    /// Returns all of them.
    pub fn all() -> [Self; 4] {
        [
            Self::ddr4_2400(),
            Self::lpddr5_6400(),
            Self::hbm2(),
            Self::hbm3(),
        ]
    }

    /// Returns the bytes that all data buses together carry in a clock.
    pub fn bytes_per_clock(&self) -> f64 {
        let Organisation {
            channels,
            pseudo_channels,
            access_bytes,
            ..
        } = self.organisation;
        f64::from(channels * pseudo_channels * access_bytes) / self.timing.burst as f64
    }
}
