// SPDX-License-Identifier: MIT OR Apache-2.0
//! The engine of cascade pruning, and a stack of layers that it prunes.

use super::command::{Command, CommandError, Op};
use super::params::EngineParams;
use super::schedule::{self, CascadeParams};
use super::survivors::Survivors;
use crate::attention::JobResult;
use crate::importance::{HeadImportance, TokenImportance};

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
