// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where keys and values lie in memory, and what their bytes are.
//!
//! Token n of a head lies in channel n mod C, there at place n div C. All channels hold the same
//! things at the same local addresses, each for its own tokens. An element of 12 bits is cut into
//! digits, one per plane, top plane first; a *vector* is the digits of one plane of a token, packed
//! one behind the other.

use crate::memory::Memory;

/// Bytes of a page, where bases of keys and values begin.
pub const PAGE: u64 = 4096;
/// Most planes of keys or of values.
pub const MOST_PLANES: usize = 3;

/// Keys or values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Keys.
    K,
    /// Values.
    V,
}

/// Bits of the planes of keys or of values, top plane first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planes {
    widths: [u8; MOST_PLANES],
    count: u8,
}

impl Planes {
    /// Makes planes of these bits: one to three planes of at least one bit, 12 bits in all at most.
    pub fn new(widths: &[u8]) -> Option<Self> {
        let sum: u32 = widths.iter().map(|&w| u32::from(w)).sum();
        let legal = (1..=MOST_PLANES).contains(&widths.len()) && sum <= 12 && !widths.contains(&0);
        if !legal {
            return None;
        }
        let mut all = [0; MOST_PLANES];
        all[..widths.len()].copy_from_slice(widths);
        Some(Self {
            widths: all,
            count: widths.len() as u8,
        })
    }

    /// Reads the registers `K_PLANES` and `V_PLANES`: four bits per plane, the top plane lowest.
    pub fn from_register(value: u32) -> Option<Self> {
        let widths = [0, 4, 8].map(|shift| (value >> shift & 15) as u8);
        let count = widths.iter().take_while(|&&w| w != 0).count();
        let rest = value.checked_shr(4 * count as u32).unwrap_or(0);
        if rest != 0 {
            return None;
        }
        Self::new(&widths[..count])
    }

    /// Returns the bits of each plane.
    pub fn widths(&self) -> &[u8] {
        &self.widths[..usize::from(self.count)]
    }

    /// Returns the number of planes.
    pub fn count(&self) -> u8 {
        self.count
    }

    /// Returns the bits of all planes together.
    pub fn bits(&self) -> u32 {
        self.widths().iter().map(|&w| u32::from(w)).sum()
    }

    /// Returns the digit of an element in a plane, without sign. An element that has more bits than
    /// all planes together is taken as the nearest one that has not.
    pub fn digit(&self, element: i16, plane: usize) -> u32 {
        let top = 1_i16 << (self.bits() - 1);
        let element = i32::from(element.clamp(-top, top - 1));
        let below: u32 = self.widths()[plane + 1..]
            .iter()
            .map(|&w| u32::from(w))
            .sum();
        (element >> below) as u32 & ((1 << self.widths()[plane]) - 1)
    }

    /// Packs the digits of a plane; `elements` are a multiple of eight, and `bytes` has room for
    /// `elements.len() / 8` times the bits of the plane.
    ///
    /// # Panics
    ///
    /// Panics if `bytes` has another length.
    pub fn pack(&self, elements: &[i16], plane: usize, bytes: &mut [u8]) {
        let width = usize::from(self.widths()[plane]);
        assert_eq!(bytes.len(), elements.len() / 8 * width, "bytes of a vector");
        let (mut held, mut bits) = (0_u32, 0);
        let mut out = bytes.iter_mut();
        for &element in elements {
            held |= self.digit(element, plane) << bits;
            bits += width;
            while bits >= 8 {
                if let Some(byte) = out.next() {
                    *byte = held as u8;
                }
                held >>= 8;
                bits -= 8;
            }
        }
    }
}

/// How the vectors of the values lie in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Layout {
    /// Planes apart, the vectors of each one behind the other.
    #[default]
    Plane,
    /// All planes of a value together.
    Token,
    /// Planes apart, each vector filled up to a power of two of bytes.
    Filled,
}

impl Layout {
    /// Returns the layout that register `V_LAYOUT` names.
    pub const fn from_register(value: u32) -> Option<Self> {
        match value {
            0 => Some(Self::Plane),
            1 => Some(Self::Token),
            2 => Some(Self::Filled),
            _ => None,
        }
    }
}

/// What the layout follows from; [`Capabilities::shape`](crate::Capabilities::shape) has that of an
/// accelerator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Elements of a head, a multiple of 8.
    pub d_head: u32,
    /// Planes of the keys.
    pub k: Planes,
    /// Planes of the values.
    pub v: Planes,
    /// Channels of the memory.
    pub channels: u32,
    /// Bytes of a beat of a channel.
    pub beat: u32,
    /// How the vectors of the values lie.
    pub v_layout: Layout,
}

/// Where the planes of a head lie, in each channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Base of the keys, a multiple of [`PAGE`].
    pub k_base: u64,
    /// Base of the values, a multiple of [`PAGE`].
    pub v_base: u64,
    /// Bytes from the base to each plane of the keys; 0 for planes that are not there.
    pub k_offset: [u32; MOST_PLANES],
    /// Likewise of the values.
    pub v_offset: [u32; MOST_PLANES],
}

impl Place {
    /// Returns the base and the offsets of keys or values.
    pub fn of(&self, kind: Kind) -> (u64, &[u32; MOST_PLANES]) {
        match kind {
            Kind::K => (self.k_base, &self.k_offset),
            Kind::V => (self.v_base, &self.v_offset),
        }
    }
}

/// Why nothing was placed or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayoutError {
    /// The base is no multiple of [`PAGE`].
    Base(u64),
    /// The head does not fit below 4 GiB of its base, or below the end of the addresses.
    Size,
    /// So many elements do not make a token.
    Elements(usize),
    /// The region does not hold the vector of the token.
    Region {
        /// Its local address.
        address: u64,
    },
}

impl core::fmt::Display for LayoutError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Base(base) => write!(f, "base {base:#x}: must be a multiple of {PAGE}"),
            Self::Size => write!(f, "head: must end within 4 GiB of its base (fewer tokens)"),
            Self::Elements(n) => write!(f, "{n} elements: must be as many as a head has"),
            Self::Region { address } => {
                write!(f, "vector at {address:#x}: must lie in the region")
            }
        }
    }
}

impl core::error::Error for LayoutError {}

impl Shape {
    /// Returns the planes of keys or values.
    pub fn planes(&self, kind: Kind) -> &Planes {
        match kind {
            Kind::K => &self.k,
            Kind::V => &self.v,
        }
    }

    /// Returns the bytes of a vector of a plane.
    pub fn vector_bytes(&self, kind: Kind, plane: usize) -> u32 {
        self.d_head / 8 * u32::from(self.planes(kind).widths()[plane])
    }

    /// Returns the bytes from a token's vector to that of the next token of its channel.
    pub fn stride(&self, kind: Kind, plane: usize) -> u32 {
        let bytes = self.vector_bytes(kind, plane);
        match (kind, self.v_layout) {
            (Kind::V, Layout::Token) => self.d_head / 8 * self.v.bits(),
            (Kind::V, Layout::Filled) => bytes.next_power_of_two(),
            _ => bytes,
        }
    }

    /// Returns what offsets of planes are multiples of: the greatest common divisor of a beat and
    /// all vectors, in bytes.
    pub fn granule(&self) -> u32 {
        let widths = self.k.widths().iter().chain(self.v.widths());
        // A beat is a power of two.
        let all = widths.fold(self.beat, |all, &w| all | (self.d_head / 8 * u32::from(w)));
        1 << all.trailing_zeros()
    }

    /// Places a head of `tokens` tokens from `base` on; returns the place and the first byte behind
    /// it, a multiple of [`PAGE`], where the next head may begin.
    ///
    /// Keys come first, plane by plane. Values begin `skew` bytes behind the page that follows, so
    /// that both lie in different banks of a DRAM.
    pub fn place(&self, base: u64, tokens: u32, skew: u32) -> Result<(Place, u64), LayoutError> {
        if !base.is_multiple_of(PAGE) {
            return Err(LayoutError::Base(base));
        }
        let places = u64::from(tokens.div_ceil(self.channels));
        let beat = u64::from(self.beat);
        let mut place = Place::default();
        let mut end = base;
        for kind in [Kind::K, Kind::V] {
            let begin = end
                .checked_next_multiple_of(PAGE)
                .ok_or(LayoutError::Size)?;
            let skew = u64::from(skew).next_multiple_of(beat);
            let mut at = if kind == Kind::V { skew } else { 0 };
            let together = kind == Kind::V && self.v_layout == Layout::Token;
            let mut offsets = [0; MOST_PLANES];
            let count = usize::from(self.planes(kind).count());
            for (plane, offset) in offsets.iter_mut().enumerate().take(count) {
                *offset = u32::try_from(at).map_err(|_| LayoutError::Size)?;
                at += if together {
                    u64::from(self.vector_bytes(kind, plane))
                } else {
                    apart(places * u64::from(self.stride(kind, plane)), beat)
                };
            }
            if together {
                at += places.saturating_sub(1) * u64::from(self.stride(kind, 0));
            }
            u32::try_from(at).map_err(|_| LayoutError::Size)?;
            end = begin.checked_add(at).ok_or(LayoutError::Size)?;
            match kind {
                Kind::K => (place.k_base, place.k_offset) = (begin, offsets),
                Kind::V => (place.v_base, place.v_offset) = (begin, offsets),
            }
        }
        let end = end.checked_next_multiple_of(PAGE);
        Ok((place, end.ok_or(LayoutError::Size)?))
    }

    /// Returns the channel of a token.
    pub fn channel(&self, token: u32) -> u32 {
        token % self.channels
    }

    /// Returns the local address of a token's vector in its channel.
    pub fn address(&self, place: &Place, kind: Kind, plane: usize, token: u32) -> u64 {
        let (base, offsets) = place.of(kind);
        let away = u64::from(token / self.channels) * u64::from(self.stride(kind, plane));
        base + u64::from(offsets[plane]) + away
    }

    /// Writes all planes of the key or value of a token. `region` is that of its
    /// [`channel`](Self::channel), and begins at the local address `begin`. Elements of more than 12
    /// bits saturate.
    pub fn write_token(
        &self,
        region: &mut dyn Memory,
        begin: u64,
        place: &Place,
        (kind, token): (Kind, u32),
        elements: &[i16],
    ) -> Result<(), LayoutError> {
        if elements.len() != self.d_head as usize {
            return Err(LayoutError::Elements(elements.len()));
        }
        let planes = self.planes(kind);
        let count = usize::from(planes.count());
        for plane in 0..count {
            let address = self.address(place, kind, plane, token);
            let bytes = u64::from(self.vector_bytes(kind, plane));
            let offset = address.checked_sub(begin);
            offset
                .filter(|&o| o <= region.len() && bytes <= region.len() - o)
                .ok_or(LayoutError::Region { address })?;
        }
        for plane in 0..count {
            let mut at = self.address(place, kind, plane, token) - begin;
            // Eight elements are as many bytes as the plane has bits.
            let width = usize::from(planes.widths()[plane]);
            let mut bytes = [0; 12 * 8];
            for some in elements.chunks(64) {
                let bytes = &mut bytes[..some.len() / 8 * width];
                planes.pack(some, plane, bytes);
                region.write(at, bytes);
                at += bytes.len() as u64;
            }
        }
        Ok(())
    }
}

/// Returns the bytes from a plane of so many bytes to the next one: whole beats, and a gap behind a
/// multiple of 1 KiB, so that planes do not lie a power of two apart.
fn apart(bytes: u64, beat: u64) -> u64 {
    let whole = bytes.next_multiple_of(beat);
    if whole.is_multiple_of(1024) {
        whole + beat
    } else {
        whole
    }
}
