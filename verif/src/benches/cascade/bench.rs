// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cascade pruning as the kit sees it.

use hwgen_golden::cascade::EngineParams;

use super::play::CascadePlayer;
use super::{Case, Point, Run, STREAMS, stimulus};
use crate::benches::importance::Shape;
use crate::kit::{Bench, changed, read};
use crate::report::{Fault, plural};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;

/// Most queries or outputs of a layer in a replay file.
const MAX_TRAFFIC: u32 = 100_000;
/// The block under test.
pub(crate) struct CascadeBench {
    pub(super) params: EngineParams,
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
    const STREAMS: &'static [&'static str] = &["streams stalled"; STREAMS];

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
