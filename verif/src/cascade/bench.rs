// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cascade pruning as the verification loop sees it.

use std::collections::BTreeMap;

use hwgen_golden::cascade::EngineParams;

use super::coverage::Coverage;
use super::play::Player;
use super::ports::wanted;
use super::{Case, Run, params_of, stimulus};
use crate::importance::Shape;
use crate::report::{Fault, plural};
use crate::shrink::simpler_by_items;
use crate::verify::Bench;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::stream::Stall;

/// Most queries or outputs of a layer in a replay file.
const MAX_TRAFFIC: u32 = 100_000;

/// Parameters of the block under test.
pub(crate) struct CascadeBench {
    params: EngineParams,
}

impl CascadeBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = params_of(engine)?;
        engine.declares(&wanted(&params))?;
        Ok(Self { params })
    }
}

impl Bench for CascadeBench {
    type Run = Run;
    type Coverage = Coverage;

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        Box::new(stimulus::plan(&self.params, seed, cases))
    }

    fn refuse(&self, run: &Run) -> Option<String> {
        let (tok_w, heads_w) = (self.params.importance.tok_w(), self.params.heads_w());
        run.cases.iter().enumerate().find_map(|(i, c)| {
            let tokens = [c.tokens, c.keep_tokens, c.window];
            if tokens.iter().any(|t| t >> tok_w > 0) {
                Some(format!("command {i} names tokens beyond {tok_w} bits"))
            } else if [c.heads, c.keep_heads].iter().any(|h| h >> heads_w > 0) {
                Some(format!("command {i} names heads beyond {heads_w} bits"))
            } else if c.queries.max(c.outputs) > MAX_TRAFFIC || c.op > 3 {
                Some(format!("command {i} is none that this bench plays"))
            } else {
                None
            }
        })
    }

    fn seed(&self, run: &Run) -> u64 {
        run.seed
    }

    fn size(&self, run: &Run) -> (u64, u64) {
        let traffic = |c: &Case| u64::from(c.queries) + u64::from(c.outputs);
        (run.cases.len() as u64, run.cases.iter().map(traffic).sum())
    }

    fn play(&self, dut: &mut Dut, run: &Run, coverage: &mut Coverage) -> Result<(), Fault> {
        Player::new(&self.params, dut, run.stalls, run.seed)?.play(run, coverage)
    }

    fn simpler(run: &Run) -> Box<dyn Iterator<Item = Run> + '_> {
        simpler_by_items(
            run,
            |r| &mut r.cases,
            &[
                |r| r.reset = None,
                |r| r.stalls = [Stall::NONE; 6],
                |r| r.stalls[0] = Stall::NONE,
                |r| r.stalls[1] = Stall::NONE,
                |r| r.stalls[2] = Stall::NONE,
                |r| r.stalls[3] = Stall::NONE,
                |r| r.stalls[4] = Stall::NONE,
                |r| r.stalls[5] = Stall::NONE,
                |r| r.seed = 1,
            ],
            plainer,
        )
    }

    fn describe(&self, run: &Run) -> String {
        let sum = |f: fn(&Case) -> u32| run.cases.iter().map(|c| u64::from(f(c))).sum();
        let mut text = format!(
            "{}, {}, {}",
            plural(run.cases.len() as u64, "command", "commands"),
            plural(sum(|c| c.queries), "query", "queries"),
            plural(sum(|c| c.outputs), "output", "outputs"),
        );
        if run.reset.is_some() {
            text.push_str(", reset in between");
        }
        if run.stalls != [Stall::NONE; 6] {
            text.push_str(", streams stalled");
        }
        text
    }

    fn named(&self, coverage: &Coverage) -> BTreeMap<String, u64> {
        coverage.named(&self.params)
    }
}

/// Lists simpler cases.
fn plainer(&case: &Case) -> Vec<Case> {
    let mut out = Vec::new();
    let mut put = |change: &dyn Fn(&mut Case)| {
        let mut simpler = case;
        change(&mut simpler);
        if simpler != case {
            out.push(simpler);
        }
    };
    put(&|c| (c.queries, c.outputs) = (0, 0));
    put(&|c| c.queries /= 2);
    put(&|c| c.outputs /= 2);
    put(&|c| c.window = 0);
    put(&|c| c.tokens = c.tokens.div_ceil(2));
    put(&|c| c.heads = c.heads.div_ceil(2));
    put(&|c| c.tokens = c.tokens.saturating_sub(1));
    put(&|c| c.keep_tokens = c.keep_tokens.div_ceil(2));
    put(&|c| c.keep_heads = c.keep_heads.div_ceil(2));
    put(&|c| c.keep_tokens = c.keep_tokens.saturating_sub(1));
    put(&|c| c.shape = Shape::Small);
    put(&|c| c.seed = 1);
    out
}
