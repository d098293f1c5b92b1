// SPDX-License-Identifier: MIT OR Apache-2.0
//! Importance of tokens and heads: what cascade pruning ranks (SpAtten, section III-B).
//!
//! A token's importance is the sum of the probabilities that queries gave it, over all queries,
//! heads and layers; a head's is the sum of its outputs' magnitudes, over all queries and layers.

/// Bits of a token's accumulator, which saturates.
pub const TOKEN_ACC_W: u32 = 32;
/// Bits of a head's accumulator, which saturates.
pub const HEAD_ACC_W: u32 = 40;

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
    fn rank_keys_share_one_shift() {
        assert_eq!(rank_keys(&[15, 16, 255], 8), [15, 16, 255]);
        assert_eq!(rank_keys(&[15, 16, 256], 8), [7, 8, 128]);
        assert_eq!(rank_keys(&[0, 0], 8), [0, 0]);
        assert_eq!(rank_keys(&[], 8), [0; 0]);
    }
}
