// SPDX-License-Identifier: MIT OR Apache-2.0
//! The form of the table: registers, their fields, and what may be done with them.

use super::RegsParams;
use super::list;

/// Offset of the first channel's registers.
pub const CHANNEL_BASE: u32 = 0x800;
/// Bytes from the registers of a channel to those of the next.
pub const CHANNEL_STRIDE: u32 = 0x10;

/// What a field holds, which says what software may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number of the configuration.
    Constant(u32),
    /// What software wrote last; after reset this value.
    Stored(u32),
    /// A bit that an event sets, and that software clears by writing 1.
    Event,
    /// A bit that does something where software writes 1, and holds nothing.
    Command,
    /// What the hardware shows.
    Shown,
    /// The low half of a counter; reading it keeps the high half.
    Low,
    /// The high half that was kept when a low half was read.
    High,
}

/// What software may do with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read.
    Ro,
    /// Read and write.
    Rw,
    /// Read, and write 1 to clear.
    W1c,
    /// Write.
    Wo,
}

impl Access {
    /// Returns the usual short word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ro => "ro",
            Self::Rw => "rw",
            Self::W1c => "w1c",
            Self::Wo => "wo",
        }
    }
}

/// A field of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name, in capitals.
    pub name: &'static str,
    /// Lowest bit.
    pub lsb: u32,
    /// Bits.
    pub width: u32,
    /// What it holds.
    pub kind: Kind,
    /// What it means: a sentence, or several.
    pub about: &'static str,
}

impl Field {
    /// Returns the bits of the field in its register.
    pub fn mask(&self) -> u32 {
        u32::MAX >> (32 - self.width) << self.lsb
    }

    /// Returns what software may do with it.
    pub fn access(&self) -> Access {
        match self.kind {
            Kind::Constant(_) | Kind::Shown | Kind::Low | Kind::High => Access::Ro,
            Kind::Stored(_) => Access::Rw,
            Kind::Event => Access::W1c,
            Kind::Command => Access::Wo,
        }
    }

    /// Returns what it holds after reset, if the registers alone decide about that.
    pub fn reset(&self) -> Option<u32> {
        match self.kind {
            Kind::Constant(value) | Kind::Stored(value) => Some(value),
            Kind::Event | Kind::Command | Kind::Low | Kind::High => Some(0),
            Kind::Shown => None,
        }
    }
}

/// A register of 32 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// Name, in capitals.
    pub name: String,
    /// Offset in bytes; in the registers of a channel, from the first of them.
    pub offset: u32,
    /// Fields, lowest first. Other bits read as 0, and writes do not change them.
    pub fields: Vec<Field>,
    /// What it means: a sentence, or several.
    pub about: String,
}

impl Register {
    /// Returns the bits whose fields satisfy `which`.
    pub fn mask(&self, which: impl Fn(&Field) -> bool) -> u32 {
        let fields = self.fields.iter().filter(|field| which(field));
        fields.fold(0, |mask, field| mask | field.mask())
    }

    /// Returns the bits that software writes.
    pub fn stored(&self) -> u32 {
        self.mask(|field| field.access() == Access::Rw)
    }

    /// Returns what the bits that software writes are after reset.
    pub fn reset(&self) -> u32 {
        let stored = self.fields.iter().filter(|f| f.access() == Access::Rw);
        stored.fold(0, |all, f| all | f.reset().unwrap_or(0) << f.lsb)
    }

    /// Tells whether a read is answered with a value.
    pub fn readable(&self) -> bool {
        self.fields.iter().any(|f| f.access() != Access::Wo)
    }

    /// Tells whether a write is taken.
    pub fn writable(&self) -> bool {
        self.fields.iter().any(|f| f.access() != Access::Ro)
    }
}

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
        list::table(params)
    }

    /// Lists the registers that any accelerator may have.
    pub fn largest() -> Self {
        Self::of(&RegsParams {
            channels: super::MAX_CHANNELS,
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
    use crate::regs::ADDR_W;

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
