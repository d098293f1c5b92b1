// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command of attention: queries of all heads of a layer.

use super::bytes::{Reader, put};
use super::{Code, DESCRIPTOR, Fault, MAX_HEADS, MAX_QUERIES, RECORD, Shape};

/// Attention over one layer. A job per head; what heads do not share is in their records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of the descriptor.
pub struct Attention {
    /// Query i sees only keys 0 to `first` + i.
    pub causal: bool,
    /// The probabilities of the values that are selected are scaled to sum to one.
    pub renorm: bool,
    /// Each query comes with a bias per key.
    pub bias: bool,
    /// Positions are translated by the token list.
    pub list: bool,
    /// The heads are those that cascade pruning left.
    pub cascade_heads: bool,
    /// The keys are as many as the token list has entries.
    pub list_keys: bool,
    /// Address of the head records, a multiple of 128.
    pub records: u64,
    /// Heads, 1 to 256; 0 with `cascade_heads`.
    pub heads: u16,
    /// Keys of each head, 1 to the most tokens; 0 with `list_keys`.
    pub keys: u16,
    /// Position of query 0 among the keys, at most the most tokens.
    pub first: u16,
    /// Queries of each head, 1 to 4096.
    pub queries: u16,
    /// Planes of K that are fetched up front, 0 to 3.
    pub k_start: u8,
    /// Most planes of K that a key gets, 0 to 3.
    pub k_max: u8,
    /// Planes of V that are fetched, 0 to 3.
    pub v_count: u8,
    /// Which keys get more planes: 0 static, 1 head, 2 token.
    pub rule: u8,
    /// Which values are fetched: 0 all, 1 the `k` best, 2 by `mass`.
    pub select: u8,
    /// Values kept with selection 1, at most the most tokens.
    pub k: u16,
    /// Mass kept with selection 2; 65536 is one. 17 bits.
    pub mass: u32,
    /// Rule 2: minus log2 of the probability limit, in 2^-14 octaves. 20 bits.
    pub eps_log2: u32,
}

impl Attention {
    pub(super) fn encode(&self, out: &mut [u8; DESCRIPTOR]) {
        let flags = [
            self.causal,
            self.renorm,
            self.bias,
            self.list,
            self.cascade_heads,
            self.list_keys,
        ];
        let flags = (0..).zip(flags).map(|(bit, set)| u16::from(set) << bit);
        put(out, 2, flags.sum::<u16>().to_le_bytes());
        put(out, 16, self.records.to_le_bytes());
        put(out, 24, self.heads.to_le_bytes());
        put(out, 26, self.keys.to_le_bytes());
        put(out, 28, self.first.to_le_bytes());
        put(out, 30, self.queries.to_le_bytes());
        let small = [
            self.k_start,
            self.k_max,
            self.v_count,
            self.rule,
            self.select,
        ];
        put(out, 32, small);
        put(out, 38, self.k.to_le_bytes());
        put(out, 40, self.mass.to_le_bytes());
        put(out, 44, self.eps_log2.to_le_bytes());
    }

    pub(super) fn decode(
        r: &mut Reader<'_, DESCRIPTOR>,
        at: u64,
        shape: &Shape,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let flags = r.u16(2);
        let flag = |bit: u32| flags >> bit & 1 != 0;
        let [k_start, k_max, v_count, rule, select] = r.take(32);
        let op = Self {
            causal: flag(0),
            renorm: flag(1),
            bias: flag(2),
            list: flag(3),
            cascade_heads: flag(4),
            list_keys: flag(5),
            records: r.u64(16),
            heads: r.u16(24),
            keys: r.u16(26),
            first: r.u16(28),
            queries: r.u16(30),
            k_start,
            k_max,
            v_count,
            rule,
            select,
            k: r.u16(38),
            mass: r.u32(40),
            eps_log2: r.u32(44),
        };
        op.reserved(r, flags, shape);
        op.judge(at, shape, faults);
        op
    }

    /// Notes bits that must be 0: flags that do not exist or ask for what is not there, numbers that
    /// another place gives, and bits beyond those of a field.
    fn reserved(&self, r: &mut Reader<'_, DESCRIPTOR>, flags: u16, shape: &Shape) {
        r.zero(flags >> 6);
        r.zero(u8::from(self.cascade_heads && !shape.cascade));
        r.zero(u8::from(self.list_keys && !self.list));
        r.zero(if self.cascade_heads { self.heads } else { 0 });
        r.zero(if self.list_keys { self.keys } else { 0 });
        for small in [
            self.k_start,
            self.k_max,
            self.v_count,
            self.rule,
            self.select,
        ] {
            r.zero(small >> 2);
        }
        r.zero(self.mass >> 17);
        r.zero(self.eps_log2 >> 20);
    }

    fn judge(&self, at: u64, shape: &Shape, faults: &mut Vec<Fault>) {
        let most = shape.vectors.max_tokens;
        let mut say = |wrong: bool, code| {
            if wrong {
                faults.push(Fault { code, address: at });
            }
        };
        let heads = u32::from(self.heads);
        say(
            !self.cascade_heads && !(1..=MAX_HEADS).contains(&heads),
            Code::Heads,
        );
        let keys = u32::from(self.keys);
        say(
            (!self.list_keys && !(1..=most).contains(&keys))
                || u32::from(self.first) > most
                || u32::from(self.k) > most,
            Code::Keys,
        );
        say(
            !(1..=MAX_QUERIES).contains(&u32::from(self.queries)),
            Code::Queries,
        );
        Shape::aligned(self.records, RECORD as u64, faults);
        if !self.cascade_heads {
            shape.inside(self.records, u64::from(heads) * RECORD as u64, faults);
        }
    }

    /// Returns the tokens of the cache that a job over `keys` keys may touch: those before a number.
    /// Entries of the token list are any.
    pub fn tokens(&self, keys: u32, shape: &Shape) -> u32 {
        if self.list {
            shape.vectors.max_tokens
        } else {
            keys
        }
    }
}
