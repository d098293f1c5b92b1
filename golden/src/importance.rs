// SPDX-License-Identifier: MIT OR Apache-2.0
//! Importance of tokens and heads: what cascade pruning ranks (SpAtten, section III-B).
//!
//! A token's importance is the sum of the probabilities that queries gave it, over all queries,
//! heads and layers; a head's is the sum of its outputs' magnitudes, over all queries and layers.
//! [`Importance`] is the hardware: both kinds of sums in memories, and accesses to them.

mod interface;

use crate::attention::AttentionParams;
use crate::violation::Violation;
use crate::width::{cnt_width, idx_width};
#[cfg(test)]
pub(crate) use interface::legal_accumulators;

/// Bits of a token's accumulator, which saturates.
pub const TOKEN_ACC_W: u32 = 32;
/// Bits of a head's accumulator, which saturates.
pub const HEAD_ACC_W: u32 = 40;
/// Smallest and largest number of heads.
pub const MAX_HEADS: (u32, u32) = (1, 256);
/// Bits that an access to the sums carries along.
pub const TAG_W: u32 = 8;

/// Parameters of the accumulators. They fit the attention core with the same `lanes`, `d_head` and
/// `max_tokens`, and obey its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportanceParams {
    /// Elements of an output.
    pub d_head: u32,
    /// Multiplier lanes of the core, which with `d_head` say how many tokens make a row.
    pub lanes: u32,
    /// Most tokens.
    pub max_tokens: u32,
    /// Most heads, 1 to 256.
    pub max_heads: u32,
}

impl Default for ImportanceParams {
    fn default() -> Self {
        let core = AttentionParams::default();
        Self {
            d_head: core.d_head,
            lanes: core.lanes,
            max_tokens: core.max_tokens,
            max_heads: 32,
        }
    }
}

impl ImportanceParams {
    /// Returns a core that these accumulators fit.
    pub fn core(&self) -> AttentionParams {
        AttentionParams {
            d_head: self.d_head,
            lanes: self.lanes,
            max_tokens: self.max_tokens,
            ..AttentionParams::default()
        }
    }

    /// Returns every rule that these parameters break; those of the core by the core's names.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = self.core().violations();
        let field = "importance.max_heads";
        Violation::range(field, self.max_heads, MAX_HEADS.0, MAX_HEADS.1, &mut out);
        out
    }

    /// Returns the tokens of a row.
    pub fn tokens(&self) -> u32 {
        self.core().tokens()
    }

    /// Returns the bits of a row's number.
    pub fn row_w(&self) -> u32 {
        idx_width(self.max_tokens / self.tokens())
    }

    /// Returns the bits of a token's number and of a count of tokens.
    pub fn tok_w(&self) -> u32 {
        cnt_width(self.max_tokens)
    }

    /// Returns the bits of an index into either kind of sums, and of one that does not exist.
    pub fn index_w(&self) -> u32 {
        cnt_width(self.max_tokens.max(self.max_heads))
    }
}

/// What an access does with the sums, beside reading one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// Nothing.
    Read,
    /// Copies what it read to the target.
    Copy,
    /// Writes data to the target.
    Write,
    /// The encoding that has no meaning; it is answered as an error.
    Reserved,
}

impl Code {
    /// All encodings, in order.
    pub const ALL: [Self; 4] = [Self::Read, Self::Copy, Self::Write, Self::Reserved];

    /// Returns the encoding on the port.
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// An access to the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Whether sums of heads are meant, not of tokens.
    pub head: bool,
    /// What it does.
    pub code: Code,
    /// Sum that is read.
    pub index: u32,
    /// Sum that is written.
    pub target: u32,
    /// What [`Code::Write`] writes.
    pub data: u64,
    /// Whether what was seen is forgotten first.
    pub restart: bool,
}

/// The accumulators as the hardware holds them: tokens by position, heads by number.
#[derive(Debug, Clone)]
pub struct Importance {
    params: ImportanceParams,
    tokens: TokenImportance,
    heads: HeadImportance,
    /// Bitwise or of the sums written since the restart: tokens, heads.
    seen: [u64; 2],
}

impl Importance {
    /// Starts with all sums 0, which the hardware does not.
    pub fn new(params: ImportanceParams) -> Self {
        Self {
            tokens: TokenImportance::new(params.max_tokens as usize),
            heads: HeadImportance::new(params.max_heads as usize),
            seen: [0; 2],
            params,
        }
    }

    /// Adds a row of probabilities in the lanes that `keep` marks.
    pub fn add_row(&mut self, row: u32, probs: &[u32], keep: u64) {
        let first = row * self.params.tokens();
        for (lane, &prob) in (0..).zip(probs).filter(|(lane, _)| keep >> lane & 1 == 1) {
            let sum = &mut self.tokens.sums[(first + lane) as usize];
            *sum = sum.saturating_add(prob);
            self.seen[0] |= u64::from(*sum);
        }
    }

    /// Adds an output; of a head that does not exist it is dropped.
    pub fn add_output(&mut self, head: u32, outputs: &[i16]) {
        if head < self.params.max_heads {
            self.heads.add(head as usize, outputs);
            self.seen[1] |= self.heads.sums[head as usize];
        }
    }

    /// Carries an access out; returns the sum that was read, nothing of an access in error.
    pub fn access(&mut self, access: &Access) -> Option<u64> {
        let Access {
            head,
            code,
            index,
            target,
            ..
        } = *access;
        let most = if head {
            self.params.max_heads
        } else {
            self.params.max_tokens
        };
        if code == Code::Reserved || index >= most || (code != Code::Read && target >= most) {
            return None;
        }
        let read = |i: u32| {
            if head {
                self.heads.sums[i as usize]
            } else {
                u64::from(self.tokens.sums[i as usize])
            }
        };
        let sum = read(index);
        let seen = &mut self.seen[usize::from(head)];
        if access.restart {
            *seen = 0;
        }
        let word = match code {
            Code::Copy => sum,
            _ => access.data,
        };
        if code != Code::Read {
            if head {
                let word = word & ((1 << HEAD_ACC_W) - 1);
                self.heads.sums[target as usize] = word;
                *seen |= word;
            } else {
                self.tokens.sums[target as usize] = word as u32;
                *seen |= u64::from(word as u32);
            }
        }
        Some(sum)
    }

    /// Returns the bitwise or of the sums written since the restart: of tokens and of heads.
    pub fn seen(&self) -> [u64; 2] {
        self.seen
    }
}

/// Accumulators of tokens, by token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenImportance {
    sums: Vec<u32>,
}

impl TokenImportance {
    /// Starts `tokens` accumulators at 0.
    pub fn new(tokens: usize) -> Self {
        Self {
            sums: vec![0; tokens],
        }
    }

    /// Adds one token, whose accumulator starts at 0.
    pub fn push(&mut self) {
        self.sums.push(0);
    }

    /// Adds the probabilities of one query's visible keys; `list` gives the token of a position.
    pub fn add(&mut self, probs: &[u32], list: Option<&[u32]>) {
        for (position, &prob) in probs.iter().enumerate() {
            let token = list.map_or(position, |l| l[position] as usize);
            self.sums[token] = self.sums[token].saturating_add(prob);
        }
    }

    /// Returns the sums, by token; 65536 is one.
    pub fn sums(&self) -> &[u32] {
        &self.sums
    }
}

/// Accumulators of heads, by head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadImportance {
    sums: Vec<u64>,
}

impl HeadImportance {
    /// Starts `heads` accumulators at 0.
    pub fn new(heads: usize) -> Self {
        Self {
            sums: vec![0; heads],
        }
    }

    /// Adds the outputs of one query of head `head`.
    pub fn add(&mut self, head: usize, outputs: &[i16]) {
        let sum: u64 = outputs.iter().map(|o| u64::from(o.unsigned_abs())).sum();
        self.sums[head] = (self.sums[head] + sum).min((1 << HEAD_ACC_W) - 1);
    }

    /// Returns the sums, by head, in the outputs' units.
    pub fn sums(&self) -> &[u64] {
        &self.sums
    }
}

/// Cuts sums to the unsigned keys of a top-k engine of `key_w` bits: all are shifted right by the
/// least that makes the largest fit.
pub fn rank_keys(sums: &[u64], key_w: u32) -> Vec<u64> {
    let bits = sums
        .iter()
        .max()
        .map_or(0, |m| u64::BITS - m.leading_zeros());
    let shift = bits.saturating_sub(key_w);
    sums.iter().map(|s| s >> shift).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_accumulate_through_the_list_and_saturate() {
        let mut acc = TokenImportance::new(4);
        acc.add(&[1, 2, 3], Some(&[3, 0, 2]));
        acc.add(&[10, 20], None);
        assert_eq!(acc.sums(), [12, 20, 3, 1]);
        acc.add(&[u32::MAX - 12], None);
        assert_eq!(acc.sums()[0], u32::MAX);
        acc.add(&[65536], None);
        assert_eq!(acc.sums()[0], u32::MAX);
        acc.push();
        acc.add(&[0, 0, 0, 0, 7], None);
        assert_eq!(acc.sums()[4], 7);
    }

    #[test]
    fn heads_accumulate_magnitudes_and_saturate() {
        let mut acc = HeadImportance::new(2);
        acc.add(1, &[-32768, 5, 0]);
        assert_eq!(acc.sums(), [0, 32773]);
        acc.sums[0] = (1 << HEAD_ACC_W) - 2;
        acc.add(0, &[-3]);
        assert_eq!(acc.sums()[0], (1 << HEAD_ACC_W) - 1);
    }

    #[test]
    fn accesses_see_what_came_before_and_refuse_what_is_not_there() {
        let params = ImportanceParams {
            d_head: 8,
            lanes: 16,
            max_tokens: 8,
            max_heads: 2,
        };
        let mut sums = Importance::new(params);
        let read = Access {
            head: false,
            code: Code::Read,
            index: 3,
            target: 0,
            data: 0,
            restart: false,
        };
        sums.add_row(1, &[5, 6], 0b10);
        assert_eq!(sums.access(&read), Some(6));
        let copy = Access {
            code: Code::Copy,
            target: 2,
            restart: true,
            ..read
        };
        assert_eq!(sums.access(&copy), Some(6));
        let write = Access {
            code: Code::Write,
            target: 3,
            data: u64::MAX - 9,
            ..read
        };
        assert_eq!(sums.access(&write), Some(6));
        assert_eq!(sums.seen(), [u64::from(u32::MAX - 9) | 6, 0]);
        sums.add_row(1, &[0, 100], 0b11);
        assert_eq!(sums.access(&read), Some(u64::from(u32::MAX)));
        assert_eq!(sums.access(&Access { index: 2, ..read }), Some(6));
        sums.add_output(1, &[-3, 4]);
        sums.add_output(2, &[-3, 4]);
        let head = Access {
            head: true,
            index: 1,
            ..read
        };
        assert_eq!(sums.access(&head), Some(7));
        assert_eq!(sums.seen()[1], 7);
        for wrong in [
            Access { index: 8, ..read },
            Access { index: 2, ..head },
            Access { target: 8, ..copy },
            Access {
                code: Code::Reserved,
                ..read
            },
        ] {
            assert_eq!(sums.access(&wrong), None);
        }
        // The target of a read is not looked at.
        assert_eq!(
            sums.access(&Access { target: 9, ..read }),
            Some(u64::from(u32::MAX))
        );
    }

    #[test]
    fn rank_keys_share_one_shift() {
        assert_eq!(rank_keys(&[15, 16, 255], 8), [15, 16, 255]);
        assert_eq!(rank_keys(&[15, 16, 256], 8), [7, 8, 128]);
        assert_eq!(rank_keys(&[0, 0], 8), [0, 0]);
        assert_eq!(rank_keys(&[], 8), [0; 0]);
    }
}
