// SPDX-License-Identifier: MIT OR Apache-2.0
//! The memory side: channels of a bus, and where data lie behind them.
//!
//! [`layout`] says where the planes of K and V lie, [`pack`] what their bytes are, [`fetch`] which beats
//! of the bus a sequence of requests needs, and [`choice`] what suits a kind of memory.

pub mod choice;
pub mod fetch;
pub mod layout;
pub mod pack;

use crate::interface::{Problem, Values};
use crate::violation::{Violation, named};

/// Smallest and largest number of channels; a power of two.
pub const CHANNELS: (u32, u32) = (1, 32);
/// Smallest and largest width of a beat in bits; a power of two.
pub const DATA_W: (u32, u32) = (64, 512);
/// Smallest and largest number of beats that the read buffer of a channel holds.
pub const BEATS: (u32, u32) = (16, 512);
/// Smallest and largest number of beats of a burst; a power of two.
pub const BURST: (u32, u32) = (1, 256);
/// Smallest and largest number of entries of the table of heads; a power of two.
pub const HEADS: (u32, u32) = (4, 256);
/// Smallest and largest width of a beat of the port for descriptors and streams; a power of two.
pub const IO_W: (u32, u32) = (64, 512);
/// Bytes of a page, which no burst crosses and where bases begin.
pub const PAGE: u64 = 4096;
/// Bits of a burst's number on every port.
pub const ID_W: u32 = 4;

/// How the planes of the values lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// All tokens of a plane one behind the other, planes apart.
    Plane,
    /// All planes of a token together, tokens one behind the other.
    Token,
    /// Planes apart, each vector filled up to a power of two of bytes: none begins in one beat and
    /// ends in the next, unless it is longer than a beat.
    Filled,
}

impl Layout {
    /// All of them, by their encodings.
    pub const ALL: [Self; 3] = [Self::Plane, Self::Token, Self::Filled];

    /// Returns the name in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plane => "plane",
            Self::Token => "token",
            Self::Filled => "filled",
        }
    }

    /// Returns the encoding as a parameter and in registers.
    pub const fn code(self) -> u32 {
        self as u32
    }

    /// Returns the bytes from a token's vector of a plane of V to that of the next token of its
    /// channel, for planes of so many bits of each of `d_head` elements.
    pub fn stride(self, d_head: u32, planes: &[u32], plane: usize) -> u32 {
        let bytes = d_head / 8 * planes[plane];
        match self {
            Self::Plane => bytes,
            Self::Token => d_head / 8 * planes.iter().sum::<u32>(),
            Self::Filled => bytes.next_power_of_two(),
        }
    }

    /// Reads parameter `VLayout` back.
    ///
    /// # Errors
    /// It is missing, or is no layout.
    pub(crate) fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        let value = values.number("VLayout")?;
        let named = Self::ALL.into_iter().find(|l| l.code() == value);
        named.ok_or(Problem::Fixed {
            name: "VLayout",
            value,
            wanted: 0,
        })
    }
}

impl std::str::FromStr for Layout {
    type Err = Violation;

    fn from_str(s: &str) -> Result<Self, Violation> {
        named(
            "memory.v_layout",
            s,
            &Self::ALL,
            Self::name,
            "is not a layout",
        )
    }
}

/// Parameters of the memory side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryParams {
    /// Channels, 1 to 32, a power of two.
    pub channels: u32,
    /// Bits of a word, 64 to 512, a power of two: what planes are aligned to, and what a channel hands
    /// on in a cycle.
    pub data_w: u32,
    /// Bits of a beat of a channel's port, 64 to `data_w`, a power of two; 0: a beat is a word.
    pub port_w: u32,
    /// Words that the read buffer of a channel holds, 16 to 512: so many can be in flight.
    pub beats: u32,
    /// Most words of a burst, 1 to 256, a power of two, at most half of `beats`.
    pub burst: u32,
    /// Entries of the table of heads, 4 to 256, a power of two.
    pub heads: u32,
    /// How the planes of the values lie.
    pub v_layout: Layout,
    /// Bits of a beat of the port for descriptors and streams, 64 to 512, a power of two.
    pub io_w: u32,
}

impl Default for MemoryParams {
    fn default() -> Self {
        Self {
            channels: 1,
            data_w: 512,
            port_w: 0,
            beats: 64,
            burst: 16,
            heads: 64,
            v_layout: Layout::Plane,
            io_w: 64,
        }
    }
}

impl MemoryParams {
    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        let mut burst = true;
        for (field, value, (low, high)) in [
            ("memory.channels", self.channels, CHANNELS),
            ("memory.data_w", self.data_w, DATA_W),
            ("memory.burst", self.burst, BURST),
            ("memory.heads", self.heads, HEADS),
            ("memory.io_w", self.io_w, IO_W),
        ] {
            let legal = Violation::power_of_two(field, value, low, high, &mut out);
            burst &= legal || field != "memory.burst";
        }
        if self.port_w != 0 {
            let (field, (low, high)) = ("memory.port_w", DATA_W);
            let legal = Violation::power_of_two(field, self.port_w, low, high, &mut out);
            if legal && self.port_w > self.data_w {
                let rule = format!("must be at most memory.data_w = {}", self.data_w);
                out.push(Violation::new(
                    field,
                    self.port_w,
                    rule,
                    "try 0, which makes them equal",
                ));
            }
        }
        if Violation::range("memory.beats", self.beats, BEATS.0, BEATS.1, &mut out)
            && burst
            && 2 * self.burst > self.beats
        {
            let rule = format!(
                "must hold two bursts of memory.burst = {} beats",
                self.burst
            );
            let remedy = format!("try {}", 2 * self.burst);
            out.push(Violation::new("memory.beats", self.beats, rule, remedy));
        }
        out
    }

    /// Returns the bytes of a word.
    pub fn beat_bytes(&self) -> u32 {
        self.data_w / 8
    }

    /// Returns the bits of a beat of a channel's port.
    pub fn port_bits(&self) -> u32 {
        match self.port_w {
            0 => self.data_w,
            bits => bits,
        }
    }

    /// Returns the bytes of a beat of a channel's port.
    pub fn port_bytes(&self) -> u32 {
        self.port_bits() / 8
    }

    /// Returns the beats of a word.
    pub fn word_beats(&self) -> u32 {
        self.data_w / self.port_bits()
    }

    /// Returns the words at whose multiples bursts end: the most words of a burst, as far as they fit
    /// in a page and in 256 beats.
    pub fn chunk(&self) -> u32 {
        let page = PAGE as u32 / self.beat_bytes();
        self.burst.min(page).min(256 / self.word_beats())
    }

    /// Reads parameter `PortW` back.
    ///
    /// # Errors
    /// It is missing or no number.
    pub(crate) fn port_w_of(values: &Values<'_>) -> Result<u32, Problem> {
        let [port_w, data_w] = [values.number("PortW")?, values.number("DataW")?];
        Ok(if port_w == data_w { 0 } else { port_w })
    }
}

#[cfg(test)]
impl MemoryParams {
    /// Returns a `port_w` that makes beats of a port 2^`by` times narrower than words of so many bits, as
    /// far as 64 bits allow.
    pub(crate) fn narrower(data_w: u32, by: u32) -> u32 {
        match (data_w >> by).max(64) {
            bits if bits == data_w => 0,
            bits => bits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_reported_at_once() {
        let bad = MemoryParams {
            channels: 3,
            data_w: 1024,
            port_w: 48,
            beats: 8,
            burst: 0,
            heads: 5,
            v_layout: Layout::Plane,
            io_w: 16,
        };
        let said: Vec<String> = bad.violations().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "memory.channels = 3: must be a power of two (try 2 or 4)",
                "memory.data_w = 1024: must be 64 to 512 (try 512)",
                "memory.burst = 0: must be 1 to 256 (try 1)",
                "memory.heads = 5: must be a power of two (try 4 or 8)",
                "memory.io_w = 16: must be 64 to 512 (try 64)",
                "memory.port_w = 48: must be 64 to 512 (try 64)",
                "memory.beats = 8: must be 16 to 512 (try 16)",
            ]
        );
        let tight = MemoryParams {
            beats: 31,
            ..MemoryParams::default()
        };
        let said: Vec<String> = tight.violations().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            ["memory.beats = 31: must hold two bursts of memory.burst = 16 beats (try 32)"]
        );
        let wide = MemoryParams {
            data_w: 128,
            port_w: 256,
            ..MemoryParams::default()
        };
        let said: Vec<String> = wide.violations().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "memory.port_w = 256: must be at most memory.data_w = 128 (try 0, which makes them equal)"
            ]
        );
        assert_eq!(MemoryParams::default().violations(), []);
    }

    #[test]
    fn bursts_end_within_a_page() {
        let of = |burst, data_w| {
            let p = MemoryParams {
                data_w,
                burst,
                ..MemoryParams::default()
            };
            p.chunk()
        };
        // A page holds 64 beats of 64 bytes, and 512 of 8.
        assert_eq!((of(16, 512), of(256, 512), of(256, 64)), (16, 64, 256));
    }
}
