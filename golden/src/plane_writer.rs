// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plane writer: a token's key and value become plane vectors in a head's cache.
//!
//! The elements are saturated to the bits of all planes of their kind, and cut into digits that are
//! packed as [`pack`] says. Where they go is what [`layout`](crate::memory::layout) says: token n
//! lies in channel n mod C, there at place n div C. Each plane is a row of a stream writer, with a
//! command of its own.

mod interface;

use crate::attention::AttentionParams;
use crate::memory::layout::Entry;
use crate::memory::pack::pack;
use crate::memory::{Layout, MemoryParams};
use crate::stream::{Code, Command};
use crate::violation::Violation;

/// Bits of an element as it comes.
pub const ELEMENT_W: u32 = 16;
/// Bits of a token's number.
pub const TOKEN_W: u32 = 16;

/// Parameters of the plane writer: the shape of the core whose cache it fills, and of the memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaneWriterParams {
    /// Elements of a head.
    pub d_head: u32,
    /// Bits of the planes of K, top plane first.
    pub k_planes: Vec<u32>,
    /// Bits of the planes of V.
    pub v_planes: Vec<u32>,
    /// How the planes of the values lie.
    pub v_layout: Layout,
    /// Channels that tokens are spread over.
    pub channels: u32,
    /// Bits of a word, of elements and of planes alike: those of the port that writes.
    pub data_w: u32,
}

impl Default for PlaneWriterParams {
    fn default() -> Self {
        Self::of(&AttentionParams::default(), &MemoryParams::default())
    }
}

impl PlaneWriterParams {
    /// Returns the writer that fills the cache of a core.
    pub fn of(core: &AttentionParams, memory: &MemoryParams) -> Self {
        Self {
            d_head: core.d_head,
            k_planes: core.k_planes.clone(),
            v_planes: core.v_planes.clone(),
            v_layout: memory.v_layout,
            channels: memory.channels,
            data_w: memory.io_w,
        }
    }

    /// Returns every rule that these parameters break, named as the keys of the core and the memory.
    pub fn violations(&self) -> Vec<Violation> {
        let core = AttentionParams {
            d_head: self.d_head,
            // Of the lanes that a head of any length can have, the fewest.
            lanes: 8,
            k_planes: self.k_planes.clone(),
            v_planes: self.v_planes.clone(),
            ..AttentionParams::default()
        };
        let memory = MemoryParams {
            channels: self.channels,
            io_w: self.data_w,
            ..MemoryParams::default()
        };
        let mut out = core.violations();
        out.extend(memory.violations());
        out
    }

    /// Returns the bits of the planes of V or of K.
    pub fn planes(&self, value: bool) -> &[u32] {
        if value {
            &self.v_planes
        } else {
            &self.k_planes
        }
    }

    /// Lists the planes in the order in which they are written: those of K, then those of V, each as
    /// its kind and its number.
    pub fn order(&self) -> impl Iterator<Item = (bool, usize)> + '_ {
        [false, true]
            .into_iter()
            .flat_map(|value| (0..self.planes(value).len()).map(move |plane| (value, plane)))
    }

    /// Returns the bytes of a word.
    pub fn word_bytes(&self) -> u32 {
        self.data_w / 8
    }

    /// Returns the words that the elements of a kind come in: they begin a word, and what is left of
    /// their last word is not read.
    pub fn element_words(&self) -> u32 {
        (self.d_head * ELEMENT_W).div_ceil(self.data_w)
    }

    /// Returns the bytes of a vector of a plane.
    pub fn vector_bytes(&self, value: bool, plane: usize) -> u32 {
        self.d_head / 8 * self.planes(value)[plane]
    }

    /// Returns the words that a vector of a plane leaves in.
    pub fn vector_words(&self, value: bool, plane: usize) -> u32 {
        self.vector_bytes(value, plane).div_ceil(self.word_bytes())
    }

    /// Returns the bytes from a token's vector to that of the next token of its channel.
    pub fn stride(&self, value: bool, plane: usize) -> u32 {
        if value {
            return self.v_layout.stride(self.d_head, &self.v_planes, plane);
        }
        self.vector_bytes(value, plane)
    }

    /// Returns an element as the planes of its kind hold it: the nearest number of their bits.
    pub fn saturated(&self, value: bool, element: i16) -> i32 {
        let half = 1 << (self.planes(value).iter().sum::<u32>() - 1);
        i32::from(element).clamp(-half, half - 1)
    }

    /// Returns the bytes of a plane of the elements of a token.
    pub fn vector(&self, value: bool, plane: usize, elements: &[i16]) -> Vec<u8> {
        let saturated = elements.iter().map(|&e| self.saturated(value, e));
        pack(&saturated.collect::<Vec<_>>(), self.planes(value), plane)
    }

    /// Returns the words of a plane, the last one filled up with zeros.
    pub fn words(&self, value: bool, plane: usize, elements: &[i16]) -> Vec<Vec<u8>> {
        let bytes = self.vector(value, plane, elements);
        let chunks = bytes.chunks(self.word_bytes() as usize);
        chunks
            .map(|chunk| {
                let mut word = chunk.to_vec();
                word.resize(self.word_bytes() as usize, 0);
                word
            })
            .collect()
    }

    /// Returns the address of a plane of a token, modulo 2^64; channels begin `channel_stride` bytes
    /// apart.
    pub fn address(
        &self,
        entry: &Entry,
        channel_stride: u64,
        token: u16,
        value: bool,
        plane: usize,
    ) -> u64 {
        let kind = usize::from(value);
        let (channel, place) = (
            u64::from(token) % u64::from(self.channels),
            u64::from(token) / u64::from(self.channels),
        );
        channel
            .wrapping_mul(channel_stride)
            .wrapping_add(entry.bases[kind])
            .wrapping_add(entry.offsets[kind][plane].into())
            .wrapping_add(place * u64::from(self.stride(value, plane)))
    }

    /// Lists the commands that write a token, one per plane in [`Self::order`].
    pub fn commands(&self, entry: &Entry, channel_stride: u64, token: u16) -> Vec<Command> {
        self.order()
            .map(|(value, plane)| Command {
                addr: self.address(entry, channel_stride, token, value, plane),
                bytes: self.vector_bytes(value, plane),
                rows: 1,
                stride: 0,
            })
            .collect()
    }

    /// Returns the answer to a token from those to its commands: the first that is not okay.
    pub fn answer(codes: &[Code]) -> Code {
        let bad = codes.iter().find(|&&code| code != Code::Okay);
        bad.copied().unwrap_or(Code::Okay)
    }

    /// Returns the bits of a digit that are moved at a time: the greatest common divisor of all
    /// widths of planes and of 16.
    pub fn unit(&self) -> u32 {
        let all = self.k_planes.iter().chain(&self.v_planes);
        1 << all.fold(ELEMENT_W, |all, w| all | w).trailing_zeros()
    }

    /// Returns the cycles from the first word of elements of a token to its last word of digits, both
    /// counted, where nothing stalls: one per word of elements, one before the first plane, and for
    /// each word of digits one per unit and one in which it leaves.
    pub fn word_cycles(&self) -> u32 {
        let planes = self.order().map(|(v, p)| self.vector_words(v, p));
        2 * self.element_words() + 1 + planes.sum::<u32>() * (ELEMENT_W / self.unit() + 1)
    }

    /// Returns the factor of the place in the address of a plane, in units of the largest power of two
    /// that divides `d_head / 8`.
    fn factor(&self, value: bool, plane: usize) -> u32 {
        self.stride(value, plane) >> (self.d_head / 8).trailing_zeros()
    }

    /// Returns the cycles from a job that is taken to the next one, where nothing stalls: for each
    /// plane four for each bit of the product, four each for offset and base, and two; and with more
    /// than one channel, for each kind four for each bit of its number and four for the base.
    pub fn address_cycles(&self) -> u32 {
        let factors = self.order().map(|(v, p)| self.factor(v, p));
        let bits = u32::BITS - factors.max().unwrap_or(1).leading_zeros();
        let planes = (self.k_planes.len() + self.v_planes.len()) as u32;
        let channel = match self.channels {
            1 => 0,
            many => 4 * (many.trailing_zeros() + 1),
        };
        planes * (4 * (bits + 2) + 2) + 2 * channel + 1
    }
}

#[cfg(test)]
mod tests;
