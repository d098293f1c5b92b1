// SPDX-License-Identifier: MIT OR Apache-2.0
//! The vector reader: what it answers to the requests of the attention core.
//!
//! A request names a row of plane vectors; the answer holds their digits, each right-aligned in as
//! many bits as the widest plane has. Answers come in the order of the requests. Where the vectors
//! lie is said in [`memory`](crate::memory).

mod interface;

use crate::attention::AttentionParams;
use crate::memory::{Layout, MemoryParams};
use crate::violation::Violation;
use crate::width::{cnt_width, idx_width};

/// Parameters of the vector reader: the shape of the core that it serves, and the memory side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorReaderParams {
    /// Elements of a head.
    pub d_head: u32,
    /// Tokens of a row, T.
    pub tokens: u32,
    /// Most tokens of a job.
    pub max_tokens: u32,
    /// Bits of the planes of K, top plane first.
    pub k_planes: Vec<u32>,
    /// Bits of the planes of V.
    pub v_planes: Vec<u32>,
    /// Rows under way.
    pub outstanding: u32,
    /// Channels and their buffers.
    pub memory: MemoryParams,
}

impl Default for VectorReaderParams {
    fn default() -> Self {
        Self::of(&AttentionParams::default(), &MemoryParams::default())
    }
}

impl VectorReaderParams {
    /// Returns the reader that serves a core.
    pub fn of(core: &AttentionParams, memory: &MemoryParams) -> Self {
        Self {
            d_head: core.d_head,
            tokens: core.tokens(),
            max_tokens: core.max_tokens,
            k_planes: core.k_planes.clone(),
            v_planes: core.v_planes.clone(),
            outstanding: core.outstanding,
            memory: MemoryParams {
                // The reader has nothing on that port.
                io_w: MemoryParams::default().io_w,
                ..memory.clone()
            },
        }
    }

    /// Returns every rule that these parameters break, named as the keys of the core and the memory.
    pub fn violations(&self) -> Vec<Violation> {
        let lanes = match self.tokens {
            // Of the lanes that make rows of one token, the fewest.
            1 => 8,
            tokens => tokens.saturating_mul(self.d_head),
        };
        let core = AttentionParams {
            d_head: self.d_head,
            lanes,
            max_tokens: self.max_tokens,
            k_planes: self.k_planes.clone(),
            v_planes: self.v_planes.clone(),
            outstanding: self.outstanding,
            ..AttentionParams::default()
        };
        let mut out = core.violations();
        out.extend(self.memory.violations());
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

    /// Returns the bytes of a vector of a plane.
    pub fn vector_bytes(&self, value: bool, plane: usize) -> u32 {
        self.d_head / 8 * self.planes(value)[plane]
    }

    /// Returns the bytes from a token's vector to that of the next token of its channel.
    pub fn stride(&self, value: bool, plane: usize) -> u32 {
        if value {
            return self
                .memory
                .v_layout
                .stride(self.d_head, &self.v_planes, plane);
        }
        self.vector_bytes(value, plane)
    }

    /// Returns the bytes of so many places of a plane as far as they are read, from its first vector on:
    /// whole words, where a word is several beats. All planes of V count where they lie together.
    pub fn read_bytes(&self, value: bool, plane: usize, places: u32) -> u64 {
        let bytes = u64::from(places * self.stride(value, plane));
        match self.memory.word_beats() {
            1 => bytes,
            _ => bytes.next_multiple_of(self.memory.beat_bytes().into()),
        }
    }

    /// Tells whether the last beat of the keys is kept while values pass, which then share no beat:
    /// where a filled vector of the top plane of V has a beat of its own or more.
    pub fn keeps_keys(&self) -> bool {
        self.memory.v_layout == Layout::Filled && self.stride(true, 0) >= self.memory.beat_bytes()
    }

    /// Returns the greatest common divisor of a beat and all vectors, in bytes: what offsets of planes
    /// are multiples of.
    pub fn granule(&self) -> u32 {
        let planes = self.k_planes.iter().chain(&self.v_planes);
        let sizes = planes.map(|w| self.d_head / 8 * w);
        // A beat is a power of two.
        let all = sizes.fold(self.memory.beat_bytes(), |all, size| all | size);
        1 << all.trailing_zeros()
    }

    /// Returns the bits of a token's number, `TokW`.
    pub fn tok_w(&self) -> u32 {
        cnt_width(self.max_tokens)
    }

    /// Returns the bits of a digit in a response.
    pub fn plane_w(&self) -> u32 {
        let planes = self.k_planes.iter().chain(&self.v_planes);
        planes.copied().max().unwrap_or(0)
    }

    /// Returns the bits of the number of an entry of the table of heads.
    pub fn head_w(&self) -> u32 {
        idx_width(self.memory.heads)
    }

    /// Returns the cycles from a request to its response, where nothing else is under way and the
    /// memory sends the first beat `latency` cycles after it took the address: the vectors of the row
    /// lie in one beat of each channel.
    pub fn latency(&self, latency: u32) -> u32 {
        18 + latency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_by_hand() {
        let mut p = VectorReaderParams {
            k_planes: vec![6, 4],
            v_planes: vec![4, 2],
            ..VectorReaderParams::default()
        };
        assert_eq!(
            (p.vector_bytes(false, 0), p.vector_bytes(true, 1)),
            (48, 16)
        );
        // 48, 32, 16 and a beat of 64.
        assert_eq!(p.granule(), 16);
        p.d_head = 72;
        assert_eq!((p.vector_bytes(false, 0), p.granule()), (54, 2));
        p.memory.v_layout = Layout::Token;
        assert_eq!((p.stride(true, 1), p.stride(false, 1)), (54, 36));
    }

    #[test]
    fn rules_of_core_and_memory_come_together() {
        let mut p = VectorReaderParams {
            d_head: 60,
            ..VectorReaderParams::default()
        };
        p.memory.beats = 1;
        let fields: Vec<String> = p.violations().into_iter().map(|v| v.field).collect();
        assert_eq!(fields, ["attention.d_head", "memory.beats"]);
        assert_eq!(VectorReaderParams::default().violations(), []);
    }
}
