// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of cascade pruning: layers of probabilities and outputs and the commands between them,
//! every surviving token and head, its importance and every answer compared with
//! [`hwgen_golden::cascade::Engine`].
//!
//! [`pair`] runs the attention core and cascade pruning together over the layers of a model.

mod bench;
mod coverage;
pub mod pair;
mod play;
mod ports;
mod stimulus;

use hwgen_golden::cascade::{Command, EngineParams, Op};
use serde::{Deserialize, Serialize};

use crate::importance::{Shape, params_of as sums_of};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::stream::{Reset, Stall};

pub(crate) use bench::CascadeBench;

/// One power-up and the layers after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// Seed of the initial state.
    pub(crate) seed: u64,
    /// When each stream moves: commands, rows, outputs, tokens, heads, answers.
    pub(crate) stalls: [Stall; 6],
    /// The reset in the middle, if there is one.
    pub(crate) reset: Option<Reset>,
    /// What happens, in order.
    pub(crate) cases: Vec<Case>,
}

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

/// Reads the parameters of cascade pruning from its manifest.
pub fn params_of(engine: &Engine) -> Result<EngineParams, VerifyError> {
    let params = EngineParams {
        importance: sums_of(engine)?,
        lanes: engine.number("Lanes")?,
        key_w: engine.number("KeyW")?,
        digit_w: engine.number("DigitW")?,
    };
    match params.violations().first() {
        Some(violation) => Err(engine.refused(violation.to_string())),
        None => Ok(params),
    }
}
