// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cascade pruning: tokens and heads that matter least leave between layers and never return.
//!
//! Before each layer the top-k rule ranks the survivors by the importance gathered in the layers
//! before it. What is pruned is in no later list, so that nothing of it is requested again.
//!
//! [`Cascade`] follows a schedule; the [`Command`]s it gives are those that the hardware takes, and
//! [`Engine`] is the hardware.

mod interface;
mod schedule;

use crate::attention::JobResult;
use crate::importance::{
    HEAD_ACC_W, HeadImportance, ImportanceParams, TOKEN_ACC_W, TokenImportance, rank_keys,
};
use crate::topk;
use crate::violation::Violation;
use crate::width::cnt_width;
pub use schedule::{CascadeParams, MAX_LAYERS, RATIO_ONE, Ramp, SHARE_ONE, Schedule};

/// Smallest and largest width of the top-k engine's keys in bits.
pub const KEY_W: (u32, u32) = (8, 24);

/// Parameters of the hardware. Field `key_w` is SystemVerilog parameter `KeyW`, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineParams {
    /// Accumulators, and the core in front of them.
    pub importance: ImportanceParams,
    /// Keys a beat of the top-k engine; a power of two, 1 to 64.
    pub lanes: u32,
    /// Bits of its keys, 8 to 24.
    pub key_w: u32,
    /// Bits of its digits, 1 to 6.
    pub digit_w: u32,
}

impl Default for EngineParams {
    fn default() -> Self {
        Self {
            importance: ImportanceParams::default(),
            lanes: 16,
            key_w: 16,
            digit_w: 4,
        }
    }
}

impl EngineParams {
    /// Returns every rule that these parameters break, but those of the accumulators.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        let field = "cascade.lanes";
        if Violation::range(field, self.lanes, 1, topk::MAX_LANES, &mut out)
            && !self.lanes.is_power_of_two()
        {
            let above = self.lanes.next_power_of_two();
            let remedy = format!("try {} or {above}", above / 2);
            let rule = "must be a power of two";
            out.push(Violation::new(field, self.lanes, rule, remedy));
        }
        Violation::range("cascade.key_w", self.key_w, KEY_W.0, KEY_W.1, &mut out);
        let (low, high) = topk::DIGIT_W;
        Violation::range("cascade.digit_w", self.digit_w, low, high, &mut out);
        out
    }

    /// Returns the bits of a count of heads.
    pub fn heads_w(&self) -> u32 {
        cnt_width(self.importance.max_heads)
    }

    /// Returns the most cycles from a command to its answer on `tokens` and `heads` survivors, with
    /// lists that are taken at once; `start` if it sets them up.
    ///
    /// Each survivor is read once to be ranked and, if it stays, once to be moved. A pass begins and
    /// ends with the pipelines of walk, sums and keys, and looks for the width of the largest sum.
    pub fn command_cycles(&self, tokens: u32, heads: u32, start: bool) -> u32 {
        let pass = |n: u32, sum_w: u32| {
            let scale = sum_w.saturating_sub(self.key_w);
            let set_up = if start { n + 6 } else { 0 };
            set_up + scale + 2 * n + self.topk().radix_latency(n) + 24
        };
        pass(tokens, TOKEN_ACC_W) + pass(heads, HEAD_ACC_W) + self.importance.d_head / 8 + 16
    }

    /// Returns the parameters of the top-k engine inside.
    pub fn topk(&self) -> topk::TopkParams {
        let most = self.importance.max_tokens.max(self.importance.max_heads);
        topk::TopkParams {
            lanes: self.lanes,
            key_w: self.key_w,
            signed: false,
            max_n: most.max(self.lanes),
            digit_w: self.digit_w,
            ..topk::TopkParams::default()
        }
    }
}

/// What a command begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// A new sequence: all its tokens and heads survive, all sums are 0.
    Start,
    /// The next layer.
    Layer,
    /// The next generated token, which joins the survivors with sum 0.
    Token,
    /// The encoding that has no meaning; it makes a command illegal.
    Reserved,
}

impl Op {
    /// All encodings, in order.
    pub const ALL: [Self; 4] = [Self::Start, Self::Layer, Self::Token, Self::Reserved];

    /// Returns the encoding on the port.
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// What is to be done before a layer. The survivors' lists answer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// What it begins with.
    pub op: Op,
    /// Tokens of the new sequence.
    pub tokens: u32,
    /// Heads of the new sequence.
    pub heads: u32,
    /// Tokens kept, at least 1.
    pub keep_tokens: u32,
    /// Heads kept, at least 1.
    pub keep_heads: u32,
    /// Most recent tokens that stay in any case and count as kept.
    pub window: u32,
}

/// Why a command is refused, in order of precedence; the first that applies is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CommandError {
    /// It is not.
    Ok,
    /// The reserved op, or a layer or token before the first start.
    Op,
    /// A start without tokens or with more than `max_tokens`, or a token too many.
    Tokens,
    /// A start without heads or with more than `max_heads`.
    Heads,
    /// No token or no head to keep.
    Keep,
}

impl CommandError {
    /// Returns the code on the answer port.
    pub fn code(self) -> u32 {
        self as u32
    }
}

/// Survivors of a sequence and the importance of all its tokens and heads.
#[derive(Debug, Clone)]
pub struct Survivors {
    key_w: u32,
    tokens: Vec<u32>,
    heads: Vec<u32>,
    token_importance: TokenImportance,
    head_importance: HeadImportance,
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

    /// Adds the probabilities that one query gave the surviving tokens, by position.
    pub fn add_probs(&mut self, probs: &[u32]) {
        self.token_importance.add(probs, Some(&self.tokens));
    }

    /// Adds one output of head `head`.
    pub fn add_output(&mut self, head: u32, output: &[i16]) {
        self.head_importance.add(head as usize, output);
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

/// The hardware: survivors under commands.
#[derive(Debug, Clone)]
pub struct Engine {
    params: EngineParams,
    survivors: Option<Survivors>,
}

impl Engine {
    /// Starts without a sequence, as after reset.
    pub fn new(params: EngineParams) -> Self {
        Self {
            params,
            survivors: None,
        }
    }

    /// Returns why `command` would be refused.
    pub fn error(&self, command: &Command) -> CommandError {
        let p = &self.params.importance;
        let start = command.op == Op::Start;
        let full = |s: &Survivors| s.token_importance.sums().len() as u32 >= p.max_tokens;
        if command.op == Op::Reserved || (!start && self.survivors.is_none()) {
            CommandError::Op
        } else if (start && !(1..=p.max_tokens).contains(&command.tokens))
            || (command.op == Op::Token && self.survivors.as_ref().is_some_and(full))
        {
            CommandError::Tokens
        } else if start && !(1..=p.max_heads).contains(&command.heads) {
            CommandError::Heads
        } else if command.keep_tokens == 0 || command.keep_heads == 0 {
            CommandError::Keep
        } else {
            CommandError::Ok
        }
    }

    /// Carries a command out, or refuses it and changes nothing.
    pub fn command(&mut self, command: &Command) -> CommandError {
        let error = self.error(command);
        if error != CommandError::Ok {
            return error;
        }
        if command.op == Op::Start {
            let key_w = self.params.key_w;
            self.survivors = Some(Survivors::new(command.tokens, command.heads, key_w));
        }
        if let Some(survivors) = &mut self.survivors {
            if command.op == Op::Token {
                survivors.push_token();
            }
            survivors.prune(command.keep_tokens, command.keep_heads, command.window);
        }
        error
    }

    /// Returns the survivors of the sequence, if one was started.
    pub fn survivors(&self) -> Option<&Survivors> {
        self.survivors.as_ref()
    }

    /// Returns the survivors to add importance to, if a sequence was started.
    pub fn survivors_mut(&mut self) -> Option<&mut Survivors> {
        self.survivors.as_mut()
    }
}

/// The state of cascade pruning while a model runs.
#[derive(Debug, Clone)]
pub struct Cascade {
    params: CascadeParams,
    layer: u32,
    survivors: Survivors,
    command: Command,
}

impl Cascade {
    /// Starts before layer 0 with all of `tokens` tokens and `heads` heads; layer 0's share is
    /// applied too, in index order as nothing is known yet.
    pub fn new(params: CascadeParams, tokens: u32, heads: u32) -> Self {
        let mut cascade = Self {
            survivors: Survivors::new(tokens, heads, params.key_w),
            command: Command {
                op: Op::Start,
                tokens,
                heads,
                keep_tokens: 0,
                keep_heads: 0,
                window: 0,
            },
            params,
            layer: 0,
        };
        cascade.prune(Op::Start);
        cascade
    }

    /// Adds what head `head` of this layer computed with the list of [`Cascade::tokens`].
    pub fn observe(&mut self, head: u32, result: &JobResult) {
        for probs in &result.probs {
            self.survivors.add_probs(probs);
        }
        for output in &result.outputs {
            self.survivors.add_output(head, output);
        }
    }

    /// Goes on to the next layer and prunes for it.
    pub fn next_layer(&mut self) {
        self.layer += 1;
        self.prune(Op::Layer);
    }

    /// Goes back to layer 0 for the next generated token, which joins the survivors. Importance
    /// stays; what was pruned stays away.
    pub fn next_token(&mut self) {
        self.survivors.push_token();
        self.layer = 0;
        self.prune(Op::Token);
    }

    /// Returns the command that brings the hardware from the layer before to this one.
    pub fn command(&self) -> Command {
        self.command
    }

    /// Returns the surviving tokens of this layer, ascending: the token list of its jobs.
    pub fn tokens(&self) -> &[u32] {
        self.survivors.tokens()
    }

    /// Returns the surviving heads of this layer, ascending: those that run.
    pub fn heads(&self) -> &[u32] {
        self.survivors.heads()
    }

    /// Returns the importance of all tokens.
    pub fn token_importance(&self) -> &TokenImportance {
        self.survivors.token_importance()
    }

    /// Returns the importance of all heads.
    pub fn head_importance(&self) -> &HeadImportance {
        self.survivors.head_importance()
    }

    fn prune(&mut self, op: Op) {
        let p = &self.params;
        let tokens = self.token_importance().sums().len();
        let heads = self.head_importance().sums().len();
        self.command = Command {
            op,
            tokens: tokens as u32,
            heads: heads as u32,
            keep_tokens: schedule::count(&p.tokens, self.layer, tokens),
            keep_heads: schedule::count(&p.heads, self.layer, heads),
            // A window over everything is as good as any larger one, and fits the port.
            window: p.window.min(tokens as u32),
        };
        let c = self.command;
        self.survivors.prune(c.keep_tokens, c.keep_heads, c.window);
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
            tokens: [4, 4, 3, 2, 1].map(|q| q * QUARTER).to_vec(),
            heads: [4, 4, 4, 4, 2].map(|q| q * QUARTER).to_vec(),
            window: 3,
            key_w: 24,
        }
    }

    /// A layer's result in which the tokens of the list got `probs` from one query.
    fn result(probs: Vec<u32>, outputs: Vec<i16>) -> JobResult {
        JobResult {
            error: crate::attention::JobError::Ok,
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
    fn the_engine_does_what_the_schedule_commands() {
        let mut c = Cascade::new(params(), 12, 4);
        let mut engine = Engine::new(EngineParams {
            key_w: params().key_w,
            ..EngineParams::default()
        });
        let mut check = |c: &Cascade, add: &dyn Fn(&mut Survivors)| {
            assert_eq!(engine.command(&c.command()), CommandError::Ok);
            let survivors = engine.survivors_mut().expect("started");
            assert_eq!(
                (survivors.tokens(), survivors.heads()),
                (c.tokens(), c.heads())
            );
            add(survivors);
        };
        for step in 0..7_u32 {
            let probs: Vec<u32> = (0..c.tokens().len() as u32).map(|p| p * 7 % 5).collect();
            let output = vec![3 * step as i16 - 9; 8];
            check(&c, &|s| {
                s.add_probs(&probs);
                s.add_output(1, &output);
            });
            c.observe(1, &result(probs.clone(), output.clone()));
            if step == 4 {
                c.next_token();
            } else {
                c.next_layer();
            }
        }
    }

    #[test]
    fn illegal_commands_change_nothing_and_the_lowest_code_counts() {
        let params = EngineParams {
            importance: ImportanceParams {
                d_head: 8,
                lanes: 8,
                max_tokens: 8,
                max_heads: 3,
            },
            ..EngineParams::default()
        };
        let mut engine = Engine::new(params);
        let start = Command {
            op: Op::Start,
            tokens: 7,
            heads: 3,
            keep_tokens: 5,
            keep_heads: 2,
            window: 0,
        };
        let layer = Command {
            op: Op::Layer,
            tokens: 0,
            heads: 0,
            ..start
        };
        assert_eq!(engine.command(&layer), CommandError::Op);
        assert_eq!(engine.command(&start), CommandError::Ok);
        let wrong = [
            (
                Command {
                    op: Op::Reserved,
                    keep_heads: 0,
                    ..start
                },
                CommandError::Op,
            ),
            (
                Command {
                    tokens: 0,
                    heads: 0,
                    ..start
                },
                CommandError::Tokens,
            ),
            (Command { tokens: 9, ..start }, CommandError::Tokens),
            (
                Command {
                    heads: 0,
                    keep_tokens: 0,
                    ..start
                },
                CommandError::Heads,
            ),
            (Command { heads: 4, ..start }, CommandError::Heads),
            (
                Command {
                    keep_tokens: 0,
                    ..layer
                },
                CommandError::Keep,
            ),
            (
                Command {
                    keep_heads: 0,
                    ..layer
                },
                CommandError::Keep,
            ),
        ];
        for (command, error) in wrong {
            assert_eq!(engine.command(&command), error, "{command:?}");
        }
        assert_eq!(engine.command(&layer), CommandError::Ok);
        assert_eq!(
            engine.survivors().expect("started").tokens(),
            [0, 1, 2, 3, 4]
        );
        let token = Command {
            op: Op::Token,
            ..layer
        };
        assert_eq!(engine.command(&token), CommandError::Ok);
        assert_eq!(engine.command(&token), CommandError::Tokens);
    }

    #[test]
    fn every_broken_rule_of_the_hardware_is_reported_at_once() {
        let p = EngineParams {
            importance: ImportanceParams {
                d_head: 60,
                max_heads: 300,
                ..ImportanceParams::default()
            },
            lanes: 12,
            key_w: 4,
            digit_w: 9,
        };
        let all = p.importance.violations().into_iter().chain(p.violations());
        let said: Vec<String> = all.map(|v| v.to_string()).collect();
        assert_eq!(
            said,
            [
                "attention.d_head = 60: must be a multiple of 8 (try 56 or 64)",
                "importance.max_heads = 300: must be 1 to 256 (try 256)",
                "cascade.lanes = 12: must be a power of two (try 8 or 16)",
                "cascade.key_w = 4: must be 8 to 24 (try 8)",
                "cascade.digit_w = 9: must be 1 to 6 (try 6)",
            ]
        );
    }
}
