// SPDX-License-Identifier: MIT OR Apache-2.0
//! The form of a register: its fields, and what may be done with them.

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
