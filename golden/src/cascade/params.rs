// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parameters of cascade pruning, and what they may be.

use crate::importance::{HEAD_ACC_W, ImportanceParams, TOKEN_ACC_W};
use crate::topk;
use crate::violation::Violation;
use crate::width::cnt_width;

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
        Violation::power_of_two("cascade.lanes", self.lanes, 1, topk::MAX_LANES, &mut out);
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
