// SPDX-License-Identifier: MIT OR Apache-2.0
//! The top-k engine as the verification loop sees it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hwgen_golden::topk::{TopkParams, Variant};

use super::play::Player;
use super::ports::wanted;
use super::{Coverage, Pace, Query, Run, params_of, stimulus};
use crate::report::{Fault, plural};
use crate::shrink::{sooner, without_parts};
use crate::verify::Bench;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::stream::Stall;

/// Keys below which single values are simplified.
const FEW_KEYS: usize = 40;
/// Other stalls that are tried with fewer queries.
const STALL_SEEDS: u64 = 6;

/// Parameters of the engine under test.
pub(crate) struct TopkBench {
    pub(super) params: TopkParams,
    pub(super) variant: Variant,
}

impl TopkBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let (params, variant) = params_of(engine)?;
        engine.declares(&wanted(&params))?;
        Ok(Self { params, variant })
    }

    /// Names the first query that the engine cannot take.
    pub(super) fn refuse_queries(&self, run: &Run) -> Option<String> {
        let p = &self.params;
        let (low, high) = p.key_range();
        let most_k = (1_u64 << p.cnt_w()) - 1;
        run.queries.iter().enumerate().find_map(|(i, query)| {
            let n = query.keys.len();
            let alien = query.keys.iter().find(|&&key| key < low || key > high);
            if n > p.max_n as usize {
                Some(format!("query {i} has {n} keys, at most {} fit", p.max_n))
            } else if u64::from(query.k) > most_k {
                Some(format!(
                    "query {i} has k = {}, at most {most_k} fits",
                    query.k
                ))
            } else {
                alien.map(|key| format!("query {i} has key {key}, not {low} to {high}"))
            }
        })
    }
}

impl Bench for TopkBench {
    type Run = Run;
    type Coverage = Coverage;

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        Box::new(stimulus::plan(&self.params, self.variant, seed, cases))
    }

    fn refuse(&self, run: &Run) -> Option<String> {
        self.refuse_queries(run)
    }

    fn seed(&self, run: &Run) -> u64 {
        run.seed
    }

    fn size(&self, run: &Run) -> (u64, u64) {
        let keys = run.queries.iter().map(|q| q.keys.len() as u64).sum();
        (run.queries.len() as u64, keys)
    }

    fn play(&self, dut: &mut Dut, run: &Run, coverage: &mut Coverage) -> Result<(), Fault> {
        Player::new(self, dut, run)?.play(coverage, None)
    }

    fn simpler(run: &Run) -> Box<dyn Iterator<Item = Run> + '_> {
        let fewer = without_parts(&run.queries)
            .filter(|queries| !queries.is_empty())
            .map(|queries| Run {
                queries,
                ..bare(run)
            });
        let calmer = [
            (run.reset.is_some()).then(|| Run {
                reset: None,
                ..run.clone()
            }),
            (run.keys != Stall::NONE).then(|| Run {
                keys: Stall::NONE,
                ..run.clone()
            }),
            (run.results != Stall::NONE).then(|| Run {
                results: Stall::NONE,
                ..run.clone()
            }),
            (run.pace != Pace::Isolated).then(|| Run {
                pace: Pace::Isolated,
                ..run.clone()
            }),
            (run.seed != 1).then(|| Run {
                seed: 1,
                ..run.clone()
            }),
        ];
        // Some faults need a stall in just the right cycle, which fewer queries move elsewhere.
        let stalled = run.keys != Stall::NONE || run.results != Stall::NONE;
        let seeds = if stalled { STALL_SEEDS } else { 0 };
        let elsewhere = without_parts(&run.queries)
            .filter(|queries| !queries.is_empty())
            .flat_map(move |queries| {
                (1..=seeds).map(move |seed| Run {
                    queries: queries.clone(),
                    keys: restalled(run.keys, seed),
                    results: restalled(run.results, !seed),
                    ..bare(run)
                })
            });
        let sooner = sooner(run, |r| &mut r.reset);
        let smaller = run.queries.iter().enumerate().flat_map(move |(i, query)| {
            simpler_queries(query).map(move |query| {
                let mut simpler = run.clone();
                simpler.queries[i] = query;
                simpler
            })
        });
        let calmer = calmer.into_iter().flatten();
        Box::new(
            fewer
                .chain(calmer)
                .chain(elsewhere)
                .chain(smaller)
                .chain(sooner),
        )
    }

    fn describe(&self, run: &Run) -> String {
        let (queries, keys) = self.size(run);
        let mut text = format!(
            "{}, {}",
            plural(queries, "query", "queries"),
            plural(keys, "key", "keys")
        );
        if let [query] = &run.queries[..] {
            let _ = write!(text, ", k = {}", query.k);
        }
        if run.reset.is_some() {
            text.push_str(", reset in between");
        }
        if run.keys != Stall::NONE {
            text.push_str(", keys paused");
        }
        if run.results != Stall::NONE {
            text.push_str(", results stalled");
        }
        text
    }

    fn named(&self, coverage: &Coverage) -> BTreeMap<String, u64> {
        coverage.named(self.variant, self.params.lanes)
    }
}

/// Moves the pauses of a profile to other cycles, if it has any.
fn restalled(stall: Stall, seed: u64) -> Stall {
    if stall == Stall::NONE {
        return stall;
    }
    Stall { seed, ..stall }
}

/// Copies all but the queries.
fn bare(run: &Run) -> Run {
    Run {
        queries: Vec::new(),
        ..*run
    }
}

/// Lists simpler forms of a query, boldest first.
fn simpler_queries(query: &Query) -> impl Iterator<Item = Query> + '_ {
    let shorter = without_parts(&query.keys).map(|keys| Query { keys, k: query.k });
    let n = query.keys.len() as u32;
    let wanted = [0, 1, query.k / 2, query.k.saturating_sub(1), query.k.min(n)];
    let wanted = wanted.into_iter().filter(|&k| k < query.k).map(|k| Query {
        keys: query.keys.clone(),
        k,
    });
    let few = if query.keys.len() <= FEW_KEYS {
        &query.keys[..]
    } else {
        &[]
    };
    let plainer = few.iter().enumerate().flat_map(move |(i, &key)| {
        [0, key / 2, key - key.signum()]
            .into_iter()
            .filter(move |plain| plain.abs() < key.abs())
            .map(move |plain| {
                let mut keys = query.keys.clone();
                keys[i] = plain;
                Query { keys, k: query.k }
            })
    });
    shorter.chain(wanted).chain(plainer)
}
