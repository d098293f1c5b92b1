// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of cascade pruning: layers of probabilities and outputs and the commands between them,
//! every surviving token and head, its importance and every answer compared with
//! [`hwgen_golden::cascade::Engine`].
//!
//! [`pair`] runs the attention core and cascade pruning together over the layers of a model.

pub(crate) mod bench;
mod count;
pub mod pair;
mod play;
mod stimulus;

use hwgen_golden::cascade::{Command, Op};
use serde::{Deserialize, Serialize};

use super::importance::Shape;
use crate::kit::{self, points};

/// Streams of the block, in the order of a run's stalls; those that it drives come behind them.
const STREAMS: usize = 6;
const COMMANDS: usize = 0;
const ROWS: usize = 1;
const OUTPUTS: usize = 2;
const LISTS: usize = 3;

/// A run of layers.
type Run = kit::Run<Case>;

/// A layer's traffic and the command behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// Seed of the traffic.
    pub(crate) seed: u64,
    pub(crate) shape: Shape,
    /// Queries whose probabilities come; over the survivors, if there are any.
    pub(crate) queries: u32,
    /// Outputs that come.
    pub(crate) outputs: u32,
    /// Operation of the command.
    pub(crate) op: u32,
    pub(crate) tokens: u32,
    pub(crate) heads: u32,
    pub(crate) keep_tokens: u32,
    pub(crate) keep_heads: u32,
    pub(crate) window: u32,
}

impl Case {
    /// Returns the command.
    pub(crate) fn command(&self) -> Command {
        Command {
            op: Op::ALL[self.op as usize & 3],
            tokens: self.tokens,
            heads: self.heads,
            keep_tokens: self.keep_tokens,
            keep_heads: self.keep_heads,
            window: self.window,
        }
    }
}

points! {
    /// Tokens left.
    PrunedTokens,
    /// Heads left.
    PrunedHeads,
    /// Nobody left.
    KeptAll,
    /// A token stayed only because it is recent.
    Protected,
    /// The window was larger than what was to be kept.
    WindowWon,
    /// Equal keys stood on both sides of the limit.
    Tied,
    /// Sums had to be cut to fit keys: of tokens.
    CutTokens,
    /// Of heads.
    CutHeads,
    /// A generated token joined.
    Joined,
    /// As many tokens as fit.
    FullLength,
    /// Probabilities came of positions behind the last survivor.
    Beyond,
    /// An output came of a head that does not survive.
    Strange,
    /// A command was refused for each reason.
    RefusedOp,
    RefusedTokens,
    RefusedHeads,
    RefusedKeep,
    /// A list had to wait.
    StalledList,
    /// An answer had to wait.
    StalledAnswer,
    /// A beat of the next layer waited while a command ran.
    EarlyBeat,
    /// Reset hit while a sequence was under way.
    Reset,
}
