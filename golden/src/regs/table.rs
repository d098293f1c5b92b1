// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table of all registers, and where each of them lies.

use super::list;
use super::params::{MAX_CHANNELS, RegsParams};

pub use super::register::{Access, Field, Kind, Register};

/// Offset of the first channel's registers.
pub const CHANNEL_BASE: u32 = 0x800;
/// Bytes from the registers of a channel to those of the next.
pub const CHANNEL_STRIDE: u32 = 0x10;

/// Where a register of the table lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The register.
    pub register: &'a Register,
    /// The channel that it belongs to, if it belongs to one.
    pub channel: Option<u32>,
}

/// All registers of an accelerator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Those that are there once, in the order of their offsets.
    pub registers: Vec<Register>,
    /// Those of each channel, likewise.
    pub channel: Vec<Register>,
    /// Channels.
    pub channels: u32,
}

impl Table {
    /// Lists the registers of an accelerator.
    pub fn of(params: &RegsParams) -> Self {
        Self {
            registers: list::registers(params),
            channel: list::channel(),
            channels: params.channels,
        }
    }

    /// Lists the registers that any accelerator may have.
    pub fn largest() -> Self {
        Self::of(&RegsParams {
            channels: MAX_CHANNELS,
            ..RegsParams::default()
        })
    }

    /// Finds the register of an address, whose two low bits say nothing.
    pub fn at(&self, address: u32) -> Option<Place<'_>> {
        let offset = address & !3;
        if let Some(inside) = offset.checked_sub(CHANNEL_BASE) {
            let channel = inside / CHANNEL_STRIDE;
            let offset = inside % CHANNEL_STRIDE;
            let register = self.channel.iter().find(|r| r.offset == offset)?;
            let channel = (channel < self.channels).then_some(channel)?;
            return Some(Place {
                register,
                channel: Some(channel),
            });
        }
        let register = self.registers.iter().find(|r| r.offset == offset)?;
        Some(Place {
            register,
            channel: None,
        })
    }

    /// Finds a register by its name.
    pub fn named(&self, name: &str) -> Option<&Register> {
        let mut all = self.registers.iter().chain(&self.channel);
        all.find(|r| r.name == name)
    }

    /// Returns the offsets of all registers, those of every channel included.
    pub fn offsets(&self) -> Vec<u32> {
        let once = self.registers.iter().map(|r| r.offset);
        let channels = (0..self.channels).flat_map(|c| {
            let begin = CHANNEL_BASE + c * CHANNEL_STRIDE;
            self.channel.iter().map(move |r| begin + r.offset)
        });
        once.chain(channels).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::regs::params::ADDR_W;

    fn judge(table: &Table) {
        let offsets = table.offsets();
        let apart: BTreeSet<_> = offsets.iter().collect();
        assert_eq!(apart.len(), offsets.len(), "no two at one offset");
        assert!(offsets.is_sorted(), "{offsets:?}");
        assert!(offsets.iter().all(|o| o % 4 == 0 && o >> ADDR_W == 0));
        let all = || table.registers.iter().chain(&table.channel);
        let names: BTreeSet<_> = all().map(|r| &r.name).collect();
        assert_eq!(names.len(), all().count(), "no two of one name");
        for register in all() {
            let mut taken = 0;
            for field in &register.fields {
                assert!(field.lsb + field.width <= 32, "{}", register.name);
                assert_eq!(taken & field.mask(), 0, "{} overlaps", register.name);
                assert!(field.mask() > taken, "{}: lowest first", register.name);
                taken |= field.mask();
                let fits = field.reset().unwrap_or(0) <= u32::MAX >> (32 - field.width);
                assert!(fits, "{}.{}", register.name, field.name);
                let dot = field.about.ends_with('.') && register.about.ends_with('.');
                assert!(dot, "{}.{}", register.name, field.name);
            }
            // One access a register, so that an error response says all.
            let kinds: BTreeSet<_> = register.fields.iter().map(|f| f.access().name()).collect();
            assert_eq!(kinds.len(), 1, "{}", register.name);
        }
    }

    #[test]
    fn the_largest_and_the_smallest_table_are_sound() {
        judge(&Table::largest());
        judge(&Table::of(&RegsParams {
            k_planes: vec![8, 4],
            v_planes: vec![6],
            ..RegsParams::default()
        }));
    }

    #[test]
    fn addresses_by_hand() {
        let table = Table::of(&RegsParams {
            channels: 4,
            v_planes: vec![8, 4],
            ..RegsParams::default()
        });
        let name = |a| table.at(a).map(|p| (p.register.name.clone(), p.channel));
        let own = |name: &str, channel| Some((name.to_owned(), channel));
        assert_eq!(name(0), own("MAGIC", None));
        // The two low bits say nothing.
        assert_eq!(name(0x5B), own("IRQ_STATUS", None));
        assert_eq!(name(0x16C), own("V_BYTES1_HI", None));
        assert_eq!(name(0x170), None, "there is no third plane of V");
        assert_eq!(name(0x838), own("BLOCKED_LO", Some(3)));
        assert_eq!(name(0x804), None);
        assert_eq!(name(0x840), None, "there is no fifth channel");
        assert_eq!(name(0xFFC), None);
    }
}
