// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loop that every engine is verified with: build, play runs, shrink and report a mismatch.
//!
//! Knows no engine. What a run is, how it is played and what is simpler, the bench of the block
//! says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::benches::with_bench;
use crate::kit::{Bench, Coverage, Replay, RunOf, header_of, play, replayed, shrink, simpler};
use crate::report::{EngineReport, Failure, Fault};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::{Model, Wave};

pub use crate::kit::{Lab, ReplayHeader, replay_header};

/// Trials of the search for the smallest failing case.
const SHRINK_ATTEMPTS: u32 = 4_000;

/// What to verify and whom to tell.
pub struct VerifyOptions<'a> {
    /// Transactions an engine.
    pub cases: u64,
    /// Seed of everything random.
    pub seed: u64,
    /// Where to dump waves, of a replay or of a failure.
    pub wave: Option<PathBuf>,
    /// Whether a failure is dumped even where `wave` names no file. Without, a failing engine is
    /// built once, not twice.
    pub waves: bool,
    /// A replay file to run instead of new cases.
    pub replay: Option<PathBuf>,
    /// Folder for replay files and waves of failures; made when needed.
    pub artifacts: PathBuf,
    /// Told what goes on.
    pub progress: &'a mut dyn FnMut(Progress),
    /// Raised from outside to end cleanly.
    pub stop: &'a AtomicBool,
}

/// What goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// A model is being built or looked up.
    Building {
        /// Top module.
        engine: String,
        /// Whether it is the variant that dumps waves.
        wave: bool,
    },
    /// It is there.
    Built {
        /// Whether it was in the cache.
        cached: bool,
        /// How long that took.
        seconds: f64,
    },
    /// Cases are being run.
    Running {
        /// Cases done.
        done: u64,
        /// Cases in all.
        total: u64,
    },
    /// A mismatch was found and is being reduced.
    Shrinking {
        /// Trials so far.
        tried: u64,
    },
}

/// Verifies an engine of a bundle with the tools and the cache of this machine.
pub fn verify_engine(
    bundle: &Bundle,
    engine: &Engine,
    opts: &mut VerifyOptions,
) -> Result<EngineReport, VerifyError> {
    Lab::open()?.verify_engine(bundle, engine, opts)
}

impl Lab {
    /// Verifies an engine of a bundle.
    pub fn verify_engine(
        &self,
        bundle: &Bundle,
        engine: &Engine,
        opts: &mut VerifyOptions,
    ) -> Result<EngineReport, VerifyError> {
        with_bench!(engine, |bench| verify(self, bundle, engine, &bench, opts))
    }
}

fn verify<B: Bench>(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    bench: &B,
    opts: &mut VerifyOptions,
) -> Result<EngineReport, VerifyError> {
    let replayed = opts
        .replay
        .as_deref()
        .map(|path| replayed(bench, engine, path))
        .transpose()?;
    let build = |wave: Wave, opts: &mut VerifyOptions| -> Result<Model, VerifyError> {
        (opts.progress)(Progress::Building {
            engine: engine.top.clone(),
            wave: wave != Wave::Off,
        });
        let model = lab.model(bundle, engine, wave)?;
        (opts.progress)(Progress::Built {
            cached: model.cached,
            seconds: model.seconds,
        });
        Ok(model)
    };
    let model = build(Wave::Off, opts)?;
    let mut report = EngineReport {
        block: engine.block.clone(),
        variant: engine.variant.clone(),
        top: engine.top.clone(),
        cases: 0,
        keys: 0,
        cycles: 0,
        build_seconds: model.seconds,
        build_cached: model.cached,
        run_seconds: 0.0,
        coverage: BTreeMap::new(),
        failure: None,
    };
    let started = Instant::now();
    let mut failing = None;
    let mut coverage = Coverage::default();
    let total = replayed.as_ref().map_or(opts.cases, |r| bench.size(r).0);
    let runs = replayed.map_or_else(
        || bench.plan(opts.seed, opts.cases).collect::<Vec<_>>(),
        |run| vec![run],
    );
    for run in &runs {
        if opts.stop.load(Ordering::Relaxed) {
            return Err(VerifyError::Stopped);
        }
        let mut dut = Dut::open(&model, run.seed)?;
        let outcome = play(bench, &mut dut, run, &mut coverage);
        let (cases, keys) = bench.size(run);
        report.cases += cases;
        report.keys += keys;
        report.cycles += dut.cycle();
        if let Err(fault) = outcome {
            failing = Some((run.clone(), fault));
            break;
        }
        (opts.progress)(Progress::Running {
            done: report.cases,
            total,
        });
    }
    report.run_seconds = started.elapsed().as_secs_f64();
    report.coverage = bench.named(&coverage);
    if let Some((run, fault)) = failing {
        let found_in = bench.describe_run(&run);
        // A replay is small already, and must show what its file says.
        let (run, fault) = if opts.replay.is_some() {
            (run, fault)
        } else {
            smallest(bench, &model, run, fault, opts)?
        };
        let mut failure = write_down(bundle, engine, bench, &run, fault, found_in, opts)?;
        let own = || opts.waves.then(|| failure.replay.with_extension("fst"));
        if let Some(wave) = opts.wave.clone().or_else(own) {
            match dump(bench, &run, wave, |format| build(format, opts)) {
                Ok(wave) => failure.wave = Some(wave),
                Err(error) => failure.wave_missing = Some(error.to_string()),
            }
        }
        report.failure = Some(failure);
    } else if let (Some(wave), Some(run)) = (opts.wave.clone(), runs.first()) {
        dump(bench, run, wave, |format| build(format, opts))?;
    }
    Ok(report)
}

/// Reduces a failing run to the smallest that fails.
fn smallest<B: Bench>(
    bench: &B,
    model: &Model,
    run: RunOf<B>,
    fault: Fault,
    opts: &mut VerifyOptions,
) -> Result<(RunOf<B>, Fault), VerifyError> {
    let mut last = fault;
    let mut trouble = None;
    let mut tried = 0;
    let (run, _) = shrink(run, SHRINK_ATTEMPTS, simpler::<B>, |run| {
        if trouble.is_some() || opts.stop.load(Ordering::Relaxed) {
            return false;
        }
        tried += 1;
        (opts.progress)(Progress::Shrinking { tried });
        let mut unused = Coverage::default();
        let opened = Dut::open(model, run.seed);
        match opened.map(|mut dut| play(bench, &mut dut, run, &mut unused)) {
            Ok(Ok(())) => false,
            Ok(Err(fault)) => {
                last = fault;
                true
            }
            Err(error) => {
                trouble = Some(error);
                false
            }
        }
    });
    trouble.map_or(Ok((run, last)), Err)
}

/// Writes the replay file and fills the report of a failure.
fn write_down<B: Bench>(
    bundle: &Bundle,
    engine: &Engine,
    bench: &B,
    run: &RunOf<B>,
    fault: Fault,
    found_in: String,
    opts: &VerifyOptions,
) -> Result<Failure, VerifyError> {
    let Engine { block, variant, .. } = engine;
    let path = if let Some(path) = &opts.replay {
        path.clone()
    } else {
        std::fs::create_dir_all(&opts.artifacts).map_err(VerifyError::io(&opts.artifacts))?;
        let name = format!("{block}-{variant}-{}.json", opts.seed);
        let path = opts.artifacts.join(name);
        let replay = Replay {
            engine: header_of(engine),
            failure: fault.to_string(),
            run: run.clone(),
        };
        let mut text = serde_json::to_string_pretty(&replay).expect("a run is plain data");
        text.push('\n');
        std::fs::write(&path, text).map_err(|e| {
            // Half a replay file would only mislead; a folder that holds others stays.
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_dir(&opts.artifacts);
            VerifyError::io(&path)(e)
        })?;
        path
    };
    let (dir, flags) = match &bundle.origin {
        Some(origin) => (&origin.dir, format!("{} ", origin.flags)),
        None => (&bundle.dir, String::new()),
    };
    let command = format!(
        "hwgen verify {} {flags}--block {block} --replay {}",
        dir.display(),
        path.display()
    );
    Ok(Failure {
        block: block.clone(),
        variant: variant.clone(),
        config: engine.parameters.clone(),
        device: bundle.origin.as_ref().map(|o| o.what.clone()),
        seed: run.seed,
        transaction: fault.transaction,
        cycle: fault.cycle,
        field: fault.field,
        expected: fault.expected,
        got: fault.got,
        case: bench.describe_run(run),
        found_in,
        wave: None,
        wave_missing: None,
        replay: path,
        command,
    })
}

/// Plays a run once more and dumps waves of it: FST, or VCD where FST lacks a library or the path
/// says so. Returns the file.
fn dump<B: Bench>(
    bench: &B,
    run: &RunOf<B>,
    path: PathBuf,
    mut build: impl FnMut(Wave) -> Result<Model, VerifyError>,
) -> Result<PathBuf, VerifyError> {
    let text = path.extension().is_some_and(|e| e == "vcd");
    let (model, path) = match build(if text { Wave::Vcd } else { Wave::Fst }) {
        Err(VerifyError::ToolMissing { .. }) => (build(Wave::Vcd)?, path.with_extension("vcd")),
        model => (model?, path),
    };
    let mut dut = Dut::open(&model, run.seed)?;
    dut.open_wave(&path)?;
    // Its outcome is known.
    let _ = play(bench, &mut dut, run, &mut Coverage::default());
    Ok(path)
}
