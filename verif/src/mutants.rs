// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays the cases of an engine on many mutants of it, which one model holds behind an input port.
//!
//! Says which of them the bench notices, and by what. How they came into the model is the caller's
//! affair; nothing is shrunk, replayed or dumped.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use crate::benches::with_bench;
use crate::kit::{Bench, Coverage, Lab, RunOf, play};
use crate::report::Fault;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::{Model, Wave};

/// What to play on which mutants.
pub struct MutantOptions<'a> {
    /// Transactions a mutant, at most: the first failure ends it.
    pub cases: u64,
    /// Seed of everything random.
    pub seed: u64,
    /// Input port that selects the mutant; 0 is none.
    pub port: &'a str,
    /// Number of mutants, counted from 1.
    pub count: u64,
    /// Told how many are done, the number of the last, and by what it was noticed; called from
    /// several threads.
    pub progress: &'a (dyn Fn(u64, u64, Option<&Fault>) + Sync),
    /// Raised from outside to end cleanly.
    pub stop: &'a AtomicBool,
}

/// What became of the mutants.
#[derive(Debug, Clone)]
pub struct MutantRuns {
    /// Seconds to build or find the model.
    pub build_seconds: f64,
    /// Whether the model was in the cache.
    pub build_cached: bool,
    /// Seconds of all runs together.
    pub run_seconds: f64,
    /// What fails without any mutation; nothing was run then.
    pub baseline: Option<Fault>,
    /// By what each mutant was noticed, in their order; none if it survived.
    pub noticed: Vec<Option<Fault>>,
}

impl Lab {
    /// Runs the mutants in `model_of`, an engine of `bundle` derived from `engine`.
    pub fn mutants(
        &self,
        engine: &Engine,
        bundle: &Bundle,
        model_of: &Engine,
        opts: &MutantOptions,
    ) -> Result<MutantRuns, VerifyError> {
        // The bench knows the ports of the engine, not the one that selects.
        with_bench!(engine, |bench| {
            let model = self.model(bundle, model_of, Wave::Off)?;
            run_all(&model, &bench, opts)
        })
    }
}

fn run_all<B: Bench>(
    model: &Model,
    bench: &B,
    opts: &MutantOptions,
) -> Result<MutantRuns, VerifyError> {
    let started = Instant::now();
    let runs: Vec<RunOf<B>> = bench.plan(opts.seed, opts.cases).collect();
    let mut out = MutantRuns {
        build_seconds: model.seconds,
        build_cached: model.cached,
        run_seconds: 0.0,
        baseline: one(model, bench, &runs, 0, opts)?,
        noticed: Vec::new(),
    };
    if out.baseline.is_none() {
        out.noticed = all(model, bench, &runs, opts)?;
    }
    out.run_seconds = started.elapsed().as_secs_f64();
    Ok(out)
}

/// Plays the runs on every mutant, as many side by side as there are processors.
fn all<B: Bench>(
    model: &Model,
    bench: &B,
    runs: &[RunOf<B>],
    opts: &MutantOptions,
) -> Result<Vec<Option<Fault>>, VerifyError> {
    let (next, done) = (AtomicU64::new(1), AtomicU64::new(0));
    let work = || -> Result<Vec<(u64, Option<Fault>)>, VerifyError> {
        let mut mine = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number > opts.count {
                return Ok(mine);
            }
            let fault = one(model, bench, runs, number, opts)?;
            let count = done.fetch_add(1, Ordering::Relaxed) + 1;
            (opts.progress)(count, number, fault.as_ref());
            mine.push((number, fault));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ends = workers.into_iter().map(std::thread::ScopedJoinHandle::join);
        // A panic of the bench is a bug of it, and shall look like one.
        ends.map(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut found = Vec::new();
    for part in parts {
        found.extend(part?);
    }
    found.sort_by_key(|(number, _)| *number);
    Ok(found.into_iter().map(|(_, fault)| fault).collect())
}

/// Plays the runs on one mutant until it fails; a mutant that hangs is ended by the bench.
fn one<B: Bench>(
    model: &Model,
    bench: &B,
    runs: &[RunOf<B>],
    number: u64,
    opts: &MutantOptions,
) -> Result<Option<Fault>, VerifyError> {
    for run in runs {
        if opts.stop.load(Ordering::Relaxed) {
            return Err(VerifyError::Stopped);
        }
        let mut dut = Dut::open(model, run.seed)?;
        let port = dut.input(opts.port).ok_or_else(|| VerifyError::Load {
            path: model.path.clone(),
            reason: format!("it has no port {}", opts.port),
            remedy: "emit the bundle again".into(),
        })?;
        dut.set(port, number);
        if let Err(fault) = play(bench, &mut dut, run, &mut Coverage::default()) {
            return Ok(Some(fault));
        }
    }
    Ok(None)
}
