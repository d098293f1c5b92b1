// SPDX-License-Identifier: MIT OR Apache-2.0
//! The attention core as the verification loop sees it.

use std::collections::BTreeMap;

use hwgen_golden::attention::AttentionParams;

use super::ports::wanted;
use super::{Case, Coverage, LiveJob, Memory, Player, Run, Stalls, params_of, stimulus};
use crate::report::{Fault, plural};
use crate::shrink::{simpler_by_items, sooner};
use crate::verify::Bench;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::stream::Stall;

/// Most queries of a job in a replay file.
const MAX_QUERIES: u32 = 4096;

/// Parameters of the core under test.
pub(crate) struct AttentionBench {
    params: AttentionParams,
}

impl AttentionBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = params_of(engine)?;
        engine.declares(&wanted(&params))?;
        Ok(Self { params })
    }
}

impl Bench for AttentionBench {
    type Run = Run;
    type Coverage = Coverage;

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        Box::new(stimulus::plan(&self.params, seed, cases))
    }

    fn refuse(&self, run: &Run) -> Option<String> {
        run.cases.iter().enumerate().find_map(|(i, case)| {
            if case.queries == 0 || case.queries > MAX_QUERIES {
                let n = case.queries;
                Some(format!("job {i} has {n} queries, not 1 to {MAX_QUERIES}"))
            } else if case.d > self.params.d_head {
                let (d, most) = (case.d, self.params.d_head);
                Some(format!("job {i} has {d} elements, at most {most} fit"))
            } else {
                None
            }
        })
    }

    fn seed(&self, run: &Run) -> u64 {
        run.seed
    }

    fn size(&self, run: &Run) -> (u64, u64) {
        let scores = |c: &Case| u64::from(c.queries) * u64::from(c.keys);
        (run.cases.len() as u64, run.cases.iter().map(scores).sum())
    }

    fn play(&self, dut: &mut Dut, run: &Run, coverage: &mut Coverage) -> Result<(), Fault> {
        let p = &self.params;
        let jobs: Vec<LiveJob> = run.cases.iter().map(|case| case.live(p)).collect();
        Player::new(p, dut, &jobs, run.stalls, run.memory, run.seed)?
            .play(run.reset, coverage, None)
            .map(|_| ())
    }

    fn simpler(run: &Run) -> Box<dyn Iterator<Item = Run> + '_> {
        let simpler = simpler_by_items(
            run,
            |r| &mut r.cases,
            &[
                |r| r.reset = None,
                |r| r.stalls = Stalls::NONE,
                |r| r.memory = Memory::IDEAL,
                |r| r.stalls.jobs = Stall::NONE,
                |r| r.stalls.queries = Stall::NONE,
                |r| r.stalls.bias = Stall::NONE,
                |r| r.stalls.requests = Stall::NONE,
                |r| r.stalls.responses = Stall::NONE,
                |r| r.stalls.probs = Stall::NONE,
                |r| r.stalls.outputs = Stall::NONE,
                |r| r.stalls.stats = Stall::NONE,
                |r| r.seed = 1,
            ],
            Case::simpler,
        );
        Box::new(simpler.chain(sooner(run, |r| &mut r.reset)))
    }

    fn describe(&self, run: &Run) -> String {
        let queries = run.cases.iter().map(|c| u64::from(c.queries)).sum();
        let keys = run.cases.iter().map(|c| u64::from(c.keys)).max();
        let mut text = format!(
            "{}, {}, at most {}",
            plural(run.cases.len() as u64, "job", "jobs"),
            plural(queries, "query", "queries"),
            plural(keys.unwrap_or(0), "key", "keys"),
        );
        if run.reset.is_some() {
            text.push_str(", reset in between");
        }
        if run.stalls != Stalls::NONE {
            text.push_str(", streams stalled");
        }
        text
    }

    fn named(&self, coverage: &Coverage) -> BTreeMap<String, u64> {
        coverage.named(self.params.k_planes.len(), self.params.tokens())
    }
}
