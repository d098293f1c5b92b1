// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of cascade pruning: layers of probabilities and outputs and the commands between them,
//! every surviving token and head, its importance and every answer compared with
//! [`hwgen_golden::cascade::Engine`].
//!
//! [`pair`] runs the attention core and cascade pruning together over the layers of a model.

mod count;
pub mod pair;
mod play;
mod stimulus;

use hwgen_golden::cascade::{Command, EngineParams, Op};
use serde::{Deserialize, Serialize};

use super::importance::Shape;
use crate::kit::{Bench, RunOf, changed, points, read};
use crate::report::{Fault, plural};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use play::CascadePlayer;

/// Most queries or outputs of a layer in a replay file.
const MAX_TRAFFIC: u32 = 100_000;
/// Streams of the block, in the order of a run's stalls; those that it drives come behind them.
const COMMANDS: usize = 0;
const ROWS: usize = 1;
const OUTPUTS: usize = 2;
const LISTS: usize = 3;

/// A run of layers.
type Run = RunOf<CascadeBench>;

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

/// The block under test.
pub(crate) struct CascadeBench {
    params: EngineParams,
}

impl CascadeBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = read(engine, EngineParams::from_values, EngineParams::interface)?;
        Ok(Self { params })
    }
}

impl Bench for CascadeBench {
    type Item = Case;
    type Setup = ();
    type Point = Point;
    type Player<'a> = CascadePlayer<'a>;
    const WORDS: [&'static str; 2] = ["command", "commands"];
    const STREAMS: &'static [&'static str] = &["streams stalled"; 6];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        stimulus::plan(&self.params, seed, cases)
    }

    fn refuse(&self, name: &str, c: &Case) -> Option<String> {
        let (tok_w, heads_w) = (self.params.importance.tok_w(), self.params.heads_w());
        let tokens = [c.tokens, c.keep_tokens, c.window];
        if tokens.iter().any(|t| t >> tok_w > 0) {
            Some(format!("{name} names tokens beyond {tok_w} bits"))
        } else if [c.heads, c.keep_heads].iter().any(|h| h >> heads_w > 0) {
            Some(format!("{name} names heads beyond {heads_w} bits"))
        } else if c.queries.max(c.outputs) > MAX_TRAFFIC || c.op > 3 {
            Some(format!("{name} is none that this bench plays"))
        } else {
            None
        }
    }

    fn weight(&self, case: &Case) -> u64 {
        u64::from(case.queries) + u64::from(case.outputs)
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a Run) -> Result<CascadePlayer<'a>, Fault> {
        let stalls = run.stalls.clone();
        Ok(CascadePlayer::new(&self.params, dut, stalls, &run.items))
    }

    fn plainer(case: &Case) -> Vec<Case> {
        vec![
            changed(case, |c| (c.queries, c.outputs) = (0, 0)),
            changed(case, |c| c.queries /= 2),
            changed(case, |c| c.outputs /= 2),
            changed(case, |c| c.window = 0),
            changed(case, |c| c.tokens = c.tokens.div_ceil(2)),
            changed(case, |c| c.heads = c.heads.div_ceil(2)),
            changed(case, |c| c.tokens = c.tokens.saturating_sub(1)),
            changed(case, |c| c.keep_tokens = c.keep_tokens.div_ceil(2)),
            changed(case, |c| c.keep_heads = c.keep_heads.div_ceil(2)),
            changed(case, |c| c.keep_tokens = c.keep_tokens.saturating_sub(1)),
            changed(case, |c| c.shape = Shape::Small),
            changed(case, |c| c.seed = 1),
        ]
    }

    fn describe(&self, cases: &[Case]) -> String {
        let sum = |f: fn(&Case) -> u32| cases.iter().map(|c| u64::from(f(c))).sum();
        let commands = plural(cases.len() as u64, "command", "commands");
        let queries = plural(sum(|c| c.queries), "query", "queries");
        let outputs = plural(sum(|c| c.outputs), "output", "outputs");
        format!("{commands}, {queries}, {outputs}")
    }

    fn reaches(&self, point: Point) -> bool {
        point != Point::PrunedHeads || self.params.importance.max_heads > 1
    }
}
