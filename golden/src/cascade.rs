// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cascade pruning: tokens and heads that matter least leave between layers and never return.
//!
//! Before each layer the top-k rule ranks the survivors by the importance gathered in the layers
//! before it. What is pruned is in no later list, so that nothing of it is requested again.

use super::importance::{HeadImportance, TokenImportance, rank_keys};
use super::job::JobResult;
use crate::topk;
use crate::violation::Violation;

/// One as a keep ratio.
pub const RATIO_ONE: u32 = 1 << 16;
/// Smallest and largest width of the top-k engine's keys in bits.
pub const KEY_W: (u32, u32) = (8, 24);

/// How much survives in each layer: all in the first layers, then a linear ramp to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramp {
    /// First layers that keep everything.
    pub untouched: u32,
    /// Share kept in the first touched layer, 65536 is one.
    pub start: u32,
    /// Share kept in the last layer.
    pub end: u32,
}

impl Ramp {
    /// Keeps everything everywhere.
    pub const ALL: Self = Self {
        untouched: u32::MAX,
        start: RATIO_ONE,
        end: RATIO_ONE,
    };

    /// Returns the share kept in `layer` of `layers`, rounded down on the ramp.
    pub fn ratio(self, layer: u32, layers: u32) -> u32 {
        if layer < self.untouched {
            return RATIO_ONE;
        }
        let steps = i64::from(layers) - 1 - i64::from(self.untouched);
        if steps <= 0 {
            return self.end;
        }
        let done = i64::from(layer - self.untouched);
        let change = (i64::from(self.end) - i64::from(self.start)) * done;
        (i64::from(self.start) + change.div_euclid(steps)) as u32
    }

    /// Returns how many of `total` survive in `layer` of `layers`: rounded up, at least one.
    pub fn count(self, total: usize, layer: u32, layers: u32) -> usize {
        let kept = total as u64 * u64::from(self.ratio(layer, layers));
        kept.div_ceil(u64::from(RATIO_ONE)).max(1) as usize
    }

    fn violations(self, field: &str, out: &mut Vec<Violation>) {
        let mut share = |name: &str, value: u32, most: u32| {
            Violation::range(&format!("{field}_{name}"), value, 1, most, out)
        };
        if share("start", self.start, RATIO_ONE) && share("end", self.end, RATIO_ONE) {
            share("end", self.end, self.start);
        }
    }
}

/// The schedule of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CascadeParams {
    /// Layers of the model.
    pub layers: u32,
    /// Tokens kept, as a share of all tokens of the sequence.
    pub tokens: Ramp,
    /// Heads kept, as a share of all heads of a layer.
    pub heads: Ramp,
    /// Most recent tokens that always survive and count as kept.
    pub window: u32,
    /// Bits of the keys of the top-k engine that ranks.
    pub key_w: u32,
}

impl CascadeParams {
    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        Violation::range("cascade.layers", self.layers, 1, 1024, &mut out);
        self.tokens.violations("cascade.tokens", &mut out);
        self.heads.violations("cascade.heads", &mut out);
        Violation::range("cascade.key_w", self.key_w, KEY_W.0, KEY_W.1, &mut out);
        out
    }
}

/// The state of cascade pruning while a model runs.
#[derive(Debug, Clone)]
pub struct Cascade {
    params: CascadeParams,
    layer: u32,
    tokens: Vec<u32>,
    heads: Vec<u32>,
    token_importance: TokenImportance,
    head_importance: HeadImportance,
}

impl Cascade {
    /// Starts before layer 0 with all of `tokens` tokens and `heads` heads; layer 0's share is
    /// applied too, in index order as nothing is known yet.
    pub fn new(params: CascadeParams, tokens: u32, heads: u32) -> Self {
        let mut cascade = Self {
            params,
            layer: 0,
            tokens: (0..tokens).collect(),
            heads: (0..heads).collect(),
            token_importance: TokenImportance::new(tokens as usize),
            head_importance: HeadImportance::new(heads as usize),
        };
        cascade.prune();
        cascade
    }

    /// Adds what head `head` of this layer computed with the list of [`Cascade::tokens`].
    pub fn observe(&mut self, head: u32, result: &JobResult) {
        for probs in &result.probs {
            self.token_importance.add(probs, Some(&self.tokens));
        }
        for output in &result.outputs {
            self.head_importance.add(head as usize, output);
        }
    }

    /// Goes on to the next layer and prunes for it.
    pub fn next_layer(&mut self) {
        self.layer += 1;
        self.prune();
    }

    /// Goes back to layer 0 for the next generated token, which joins the survivors. Importance
    /// stays; what was pruned stays away.
    pub fn next_token(&mut self) {
        self.tokens.push(self.token_importance.sums().len() as u32);
        self.token_importance.push();
        self.layer = 0;
        self.prune();
    }

    /// Returns the surviving tokens of this layer, ascending: the token list of its jobs.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// Returns the surviving heads of this layer, ascending: those that run.
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

    fn prune(&mut self) {
        let p = &self.params;
        let total = self.token_importance.sums().len();
        let count = p.tokens.count(total, self.layer, p.layers);
        let sums = self.token_importance.sums();
        let sum = |&t: &u32| u64::from(sums[t as usize]);
        let window = p.window as usize;
        self.tokens = keep(&self.tokens, sum, count, window, p.key_w);

        let sums = self.head_importance.sums();
        let count = p.heads.count(sums.len(), self.layer, p.layers);
        let sum = |&h: &u32| sums[h as usize];
        self.heads = keep(&self.heads, sum, count, 0, p.key_w);
    }
}

/// Keeps the `count` most important of `survivors`, ties for the lowest, but always the last
/// `window`: they rank above all others, which stay one below the largest key.
fn keep(
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

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: u32 = RATIO_ONE / 4;

    fn params() -> CascadeParams {
        CascadeParams {
            layers: 5,
            tokens: Ramp {
                untouched: 2,
                start: 3 * QUARTER,
                end: QUARTER,
            },
            heads: Ramp {
                untouched: 4,
                start: 2 * QUARTER,
                end: 2 * QUARTER,
            },
            window: 3,
            key_w: 24,
        }
    }

    /// A layer's result in which the tokens of the list got `probs` from one query.
    fn result(probs: Vec<u32>, outputs: Vec<i16>) -> JobResult {
        JobResult {
            error: super::super::JobError::Ok,
            outputs: vec![outputs],
            probs: vec![probs],
            selected: Vec::new(),
            precision: Vec::new(),
            stats: Vec::new(),
            k_requests: Vec::new(),
            v_requests: Vec::new(),
        }
    }

    #[test]
    fn the_ramp_starts_after_the_untouched_layers_and_ends_in_the_last() {
        let ramp = params().tokens;
        let shares: Vec<u32> = (0..5).map(|l| ramp.ratio(l, 5)).collect();
        assert_eq!(shares, [4, 4, 3, 2, 1].map(|s| s * QUARTER));
        let counts: Vec<usize> = (0..5).map(|l| ramp.count(10, l, 5)).collect();
        assert_eq!(counts, [10, 10, 8, 5, 3]);
        assert_eq!(ramp.count(0, 4, 5), 1);
        assert_eq!(Ramp::ALL.ratio(4, 5), RATIO_ONE);
        let last_only = Ramp {
            untouched: 4,
            ..ramp
        };
        assert_eq!(last_only.ratio(4, 5), QUARTER);
    }

    #[test]
    fn the_least_important_leave_and_recent_tokens_stay() {
        let mut c = Cascade::new(params(), 12, 4);
        assert_eq!((c.tokens().len(), c.heads().len()), (12, 4));
        // Token t gets importance 100 - t, in the last layer head h gets 10 * h.
        for head in 0..4 {
            let probs = (0..12).map(|t| 100 - t).collect();
            c.observe(head, &result(probs, vec![10 * head as i16]));
        }
        c.next_layer();
        assert_eq!(c.tokens().len(), 12);
        c.next_layer();
        // Nine survive, three of them by the window.
        assert_eq!(c.tokens(), [0, 1, 2, 3, 4, 5, 9, 10, 11]);
        c.next_layer();
        assert_eq!(c.tokens(), [0, 1, 2, 9, 10, 11]);
        // A pruned token gains nothing; importance goes by token, not by position.
        c.observe(0, &result(vec![0, 0, 0, 0, 0, 9], vec![0]));
        assert_eq!(c.token_importance().sums()[11], 4 * 89 + 9);
        c.next_layer();
        assert_eq!(c.tokens(), [9, 10, 11]);
        assert_eq!(c.heads(), [2, 3]);
    }

    #[test]
    fn a_generated_token_joins_and_the_pruned_stay_away() {
        let mut c = Cascade::new(params(), 8, 2);
        for _ in 0..4 {
            c.next_layer();
        }
        assert_eq!(c.tokens(), [5, 6, 7]);
        c.next_token();
        assert_eq!(c.tokens(), [5, 6, 7, 8]);
        assert_eq!(c.token_importance().sums().len(), 9);
        assert_eq!(c.heads(), [0]);
    }

    #[test]
    fn a_window_larger_than_the_count_wins() {
        let p = CascadeParams {
            window: 100,
            ..params()
        };
        let mut c = Cascade::new(p, 12, 2);
        for _ in 0..4 {
            c.next_layer();
        }
        assert_eq!(c.tokens().len(), 12);
    }

    #[test]
    fn the_largest_sum_does_not_displace_the_window() {
        let kept = keep(
            &[4, 5, 6, 7],
            |&t| if t == 7 { 0 } else { 1 << 32 },
            2,
            1,
            8,
        );
        assert_eq!(kept, [4, 7]);
    }

    #[test]
    fn every_broken_rule_is_reported_at_once() {
        let mut p = params();
        p.layers = 0;
        p.tokens.start = 0;
        p.heads.end = 3 * QUARTER;
        p.key_w = 30;
        let said: Vec<String> = p.violations().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "cascade.layers = 0: must be 1 to 1024 (try 1)",
                "cascade.tokens_start = 0: must be 1 to 65536 (try 1)",
                "cascade.heads_end = 49152: must be 1 to 32768 (try 32768)",
                "cascade.key_w = 30: must be 8 to 24 (try 24)",
            ]
        );
    }
}
