// SPDX-License-Identifier: MIT OR Apache-2.0
//! The attention core as the verification loop sees it.

use std::collections::BTreeMap;

use hwgen_golden::attention::AttentionParams;

use super::ports::wanted;
use super::{Case, Coverage, LiveJob, Memory, Player, Run, Stalls, params_of, stimulus};
use crate::dut::Dut;
use crate::error::VerifyError;
use crate::manifest::Engine;
use crate::report::Fault;
use crate::shrink::without_parts;
use crate::stream::Stall;
use crate::verify::Bench;

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
        let fewer = without_parts(&run.cases)
            .filter(|cases| !cases.is_empty())
            .map(|cases| Run {
                cases,
                ..run.clone()
            });
        let mut calmer = Vec::new();
        let mut put = |simpler: Run| {
            if simpler != *run {
                calmer.push(simpler);
            }
        };
        put(Run {
            reset: None,
            ..run.clone()
        });
        put(Run {
            stalls: Stalls::NONE,
            ..run.clone()
        });
        put(Run {
            memory: Memory::IDEAL,
            ..run.clone()
        });
        for at in 0..8 {
            let mut simpler = run.clone();
            *simpler.stalls.all()[at] = Stall::NONE;
            put(simpler);
        }
        put(Run {
            seed: 1,
            ..run.clone()
        });
        let smaller = run.cases.iter().enumerate().flat_map(move |(i, case)| {
            case.simpler().into_iter().map(move |case| {
                let mut simpler = run.clone();
                simpler.cases[i] = case;
                simpler
            })
        });
        let sooner = run.reset.into_iter().flat_map(move |(cycle, length)| {
            [cycle / 2, cycle.saturating_sub(1)]
                .into_iter()
                .filter(move |&sooner| sooner < cycle)
                .map(move |sooner| Run {
                    reset: Some((sooner, length)),
                    ..run.clone()
                })
        });
        Box::new(fewer.chain(calmer).chain(smaller).chain(sooner))
    }

    fn describe(&self, run: &Run) -> String {
        let plural =
            |n: u64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
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
