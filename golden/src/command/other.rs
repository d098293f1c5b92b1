// SPDX-License-Identifier: MIT OR Apache-2.0
//! The commands beside attention: token lists, cascade pruning, appending.

use super::bytes::{Reader, put};
use super::{Code, DESCRIPTOR, Fault, MAX_HEADS, RECORD, Shape};

/// Loads the token list of the core from memory: positions 0, 1 and so on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct List {
    /// Address of the entries, 2 bytes each; a multiple of 8.
    pub address: u64,
    /// Entries, 1 to the most tokens.
    pub count: u16,
}

/// Commands cascade pruning, and writes the survivors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cascade {
    /// 0 a new sequence, 1 the next layer, 2 the next token.
    pub operation: u8,
    /// Tokens of the new sequence.
    pub tokens: u16,
    /// Heads of the new sequence.
    pub heads: u16,
    /// Tokens kept.
    pub keep_tokens: u16,
    /// Heads kept.
    pub keep_heads: u16,
    /// Most recent tokens that stay in any case.
    pub window: u16,
    /// Address of the tokens that survive, 8 bytes each; a multiple of 8, 0 if they are not wanted.
    pub token_list: u64,
    /// Address of the heads that survive, likewise.
    pub head_list: u64,
}

/// Appends a token to the planes of all heads of a layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Append {
    /// Address of the head records, a multiple of 128.
    pub records: u64,
    /// Heads, 1 to 256.
    pub heads: u16,
    /// The token's place in the cache, less than the most tokens.
    pub token: u16,
}

impl List {
    pub(super) fn encode(&self, out: &mut [u8; DESCRIPTOR]) {
        put(out, 16, self.address.to_le_bytes());
        put(out, 24, self.count.to_le_bytes());
    }

    pub(super) fn decode(
        r: &mut Reader<'_, DESCRIPTOR>,
        at: u64,
        shape: &Shape,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let op = Self {
            address: r.u64(16),
            count: r.u16(24),
        };
        Shape::aligned(op.address, 8, faults);
        shape.inside(op.address, 2 * u64::from(op.count), faults);
        if !(1..=shape.vectors.max_tokens).contains(&u32::from(op.count)) {
            let code = Code::List;
            faults.push(Fault { code, address: at });
        }
        op
    }
}

impl Cascade {
    pub(super) fn encode(&self, out: &mut [u8; DESCRIPTOR]) {
        put(out, 2, u16::from(self.operation).to_le_bytes());
        put(out, 16, self.tokens.to_le_bytes());
        put(out, 18, self.heads.to_le_bytes());
        put(out, 20, self.keep_tokens.to_le_bytes());
        put(out, 22, self.keep_heads.to_le_bytes());
        put(out, 24, self.window.to_le_bytes());
        put(out, 32, self.token_list.to_le_bytes());
        put(out, 40, self.head_list.to_le_bytes());
    }

    /// The numbers are judged by cascade pruning itself, which knows what survives.
    pub(super) fn decode(
        r: &mut Reader<'_, DESCRIPTOR>,
        shape: &Shape,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let flags = r.u16(2);
        r.zero(flags >> 2);
        let op = Self {
            operation: (flags & 3) as u8,
            tokens: r.u16(16),
            heads: r.u16(18),
            keep_tokens: r.u16(20),
            keep_heads: r.u16(22),
            window: r.u16(24),
            token_list: r.u64(32),
            head_list: r.u64(40),
        };
        // The most recent tokens stay even if they are more than those that are kept.
        let tokens = u32::from(op.keep_tokens.max(op.window)).min(shape.vectors.max_tokens);
        let heads = u32::from(op.keep_heads).min(MAX_HEADS);
        for (address, most) in [(op.token_list, tokens), (op.head_list, heads)] {
            Shape::aligned(address, 8, faults);
            if address != 0 {
                shape.inside(address, 8 * u64::from(most), faults);
            }
        }
        op
    }
}

impl Append {
    pub(super) fn encode(&self, out: &mut [u8; DESCRIPTOR]) {
        put(out, 16, self.records.to_le_bytes());
        put(out, 24, self.heads.to_le_bytes());
        put(out, 26, self.token.to_le_bytes());
    }

    pub(super) fn decode(
        r: &mut Reader<'_, DESCRIPTOR>,
        at: u64,
        shape: &Shape,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let op = Self {
            records: r.u64(16),
            heads: r.u16(24),
            token: r.u16(26),
        };
        let heads = u32::from(op.heads);
        for (wrong, code) in [
            (!(1..=MAX_HEADS).contains(&heads), Code::Heads),
            (u32::from(op.token) >= shape.vectors.max_tokens, Code::Keys),
        ] {
            if wrong {
                faults.push(Fault { code, address: at });
            }
        }
        Shape::aligned(op.records, RECORD as u64, faults);
        shape.inside(op.records, u64::from(heads) * RECORD as u64, faults);
        op
    }
}
