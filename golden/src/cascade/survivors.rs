// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is left, and what has been gathered of each.

use crate::importance::{HeadImportance, TokenImportance, rank_keys};
use crate::topk;

/// Survivors of a sequence and the importance of all its tokens and heads.
#[derive(Debug, Clone)]
pub struct Survivors {
    key_w: u32,
    tokens: Vec<u32>,
    heads: Vec<u32>,
    pub(super) token_importance: TokenImportance,
    pub(super) head_importance: HeadImportance,
}

impl Survivors {
    /// Starts with all of `tokens` tokens and `heads` heads; ranks with keys of `key_w` bits.
    pub fn new(tokens: u32, heads: u32, key_w: u32) -> Self {
        Self {
            key_w,
            tokens: (0..tokens).collect(),
            heads: (0..heads).collect(),
            token_importance: TokenImportance::new(tokens as usize),
            head_importance: HeadImportance::new(heads as usize),
        }
    }

    /// Adds the probabilities that one query gave the surviving tokens, by position. Positions
    /// beyond them count for nothing.
    pub fn add_probs(&mut self, probs: &[u32]) {
        let probs = &probs[..probs.len().min(self.tokens.len())];
        self.token_importance.add(probs, Some(&self.tokens));
    }

    /// Adds one output of head `head`. A head that does not survive, or that the sequence never had,
    /// counts for nothing.
    pub fn add_output(&mut self, head: u32, output: &[i16]) {
        if self.heads.binary_search(&head).is_ok() {
            self.head_importance.add(head as usize, output);
        }
    }

    /// Adds the next token, which survives.
    pub fn push_token(&mut self) {
        self.tokens.push(self.token_importance.sums().len() as u32);
        self.token_importance.push();
    }

    /// Keeps the most important `keep_tokens` tokens, in any case the last `window`, and
    /// `keep_heads` heads.
    pub fn prune(&mut self, keep_tokens: u32, keep_heads: u32, window: u32) {
        let sums = self.token_importance.sums();
        let sum = |&t: &u32| u64::from(sums[t as usize]);
        let (count, window) = (keep_tokens as usize, window as usize);
        self.tokens = keep(&self.tokens, sum, count, window, self.key_w);
        let sums = self.head_importance.sums();
        let sum = |&h: &u32| sums[h as usize];
        self.heads = keep(&self.heads, sum, keep_heads as usize, 0, self.key_w);
    }

    /// Returns the surviving tokens, ascending.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// Returns the surviving heads, ascending.
    pub fn heads(&self) -> &[u32] {
        &self.heads
    }

    /// Returns the importance of all tokens.
    pub fn token_importance(&self) -> &TokenImportance {
        &self.token_importance
    }

    /// Returns the importance of all heads.
    pub fn head_importance(&self) -> &HeadImportance {
        &self.head_importance
    }
}

/// Keeps the `count` most important of `survivors`, ties for the lowest, but always the last
/// `window`: they rank above all others, which stay one below the largest key.
pub(super) fn keep(
    survivors: &[u32],
    importance: impl Fn(&u32) -> u64,
    count: usize,
    window: usize,
    key_w: u32,
) -> Vec<u32> {
    let sums: Vec<u64> = survivors.iter().map(importance).collect();
    let most = (1_u64 << key_w) - 1;
    let mut keys: Vec<i64> = rank_keys(&sums, key_w)
        .iter()
        .map(|&key| key.min(most - 1) as i64)
        .collect();
    let protected = survivors.len().saturating_sub(window);
    keys[protected..].fill(most as i64);
    let kept = topk::select(&keys, count.max(window));
    kept.indices
        .iter()
        .map(|&i| survivors[i as usize])
        .collect()
}
