// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the accelerator writes when a command has ended.

use super::bytes::{Reader, put};
use super::{COMPLETION, Code};

/// A completion record: 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    /// The descriptor's tag.
    pub tag: u32,
    /// How it ended.
    pub code: Code,
    /// The descriptor's first byte.
    pub op: u8,
    /// The descriptor's index in the ring.
    pub index: u16,
    /// Rows of results written, tokens that survive, or tokens appended.
    pub count: u32,
    /// Cycles from the fetch of the descriptor to the end of the command; wraps at 2^32.
    pub cycles: u32,
}

impl Completion {
    /// Returns the bytes.
    pub fn encode(&self) -> [u8; COMPLETION] {
        let mut out = [0; COMPLETION];
        put(&mut out, 0, self.tag.to_le_bytes());
        (out[4], out[5]) = (self.code.value(), self.op);
        put(&mut out, 6, self.index.to_le_bytes());
        put(&mut out, 8, self.count.to_le_bytes());
        put(&mut out, 12, self.cycles.to_le_bytes());
        out
    }

    /// Reads the bytes, or nothing if the code is none.
    pub fn decode(bytes: &[u8; COMPLETION]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        Some(Self {
            tag: r.u32(0),
            code: Code::of(r.u8(4))?,
            op: r.u8(5),
            index: r.u16(6),
            count: r.u32(8),
            cycles: r.u32(12),
        })
    }
}
