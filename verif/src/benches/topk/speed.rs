// SPDX-License-Identifier: MIT OR Apache-2.0
//! Measures this harness against a C++ test bench of the same engine, model and stimulus.

use std::path::Path;
use std::process::Command;
use std::time::UNIX_EPOCH;

use serde::Serialize;

use hwgen_golden::topk::Variant;

use super::bench::TopkBench;
use super::play::TopkPlayer;
use super::{Run, stimulus};
use crate::kit::{Lab, RESET_CYCLES, Session};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::{Dut, Eval};
use hwgen_sim::model::{Model, ModelSpec, Recipe, Wave, address};
use hwgen_sim::run::run;

const BENCH_CPP: &str = include_str!("../../../cpp/topk_bench.cpp");
/// Every figure is the best of so many, because the machine does other things too.
const REPEATS: u32 = 5;
const SEED: u64 = 1;

/// Simulated cycles a second, all with every check on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HarnessSpeed {
    /// Cycles of one measurement, the same for all.
    pub cycles: u64,
    /// This harness as it is used.
    pub rust: f64,
    /// This harness through `eval_step`.
    pub rust_step: f64,
    /// The C++ bench calling `eval()`, as benches are written.
    pub cpp_eval: f64,
    /// The C++ bench evaluating directly.
    pub cpp_direct: f64,
}

/// Runs `queries` random queries in both harnesses and returns their speeds.
pub fn bench_harness(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    queries: u64,
) -> Result<HarnessSpeed, VerifyError> {
    let bench = TopkBench::new(engine)?;
    let model = lab.model(bundle, engine, Wave::Off)?;
    let program = build(lab, bundle, engine, &bench)?;
    let run = stimulus::speed(&bench.params, SEED, queries);
    let mut best = [(0, 0.0_f64); 4];
    for _ in 0..REPEATS {
        // Taken in turns, so that a disturbance meets all of them.
        let taken = [
            rust(&bench, &model, &run, Eval::Direct)?,
            rust(&bench, &model, &run, Eval::Step)?,
            cpp(&program, "eval", queries)?,
            cpp(&program, "direct", queries)?,
        ];
        for (best, (cycles, seconds)) in best.iter_mut().zip(taken) {
            *best = (cycles, best.1.max(cycles as f64 / seconds));
        }
    }
    let cycles = best[0].0;
    if best.iter().any(|b| b.0 != cycles) {
        return Err(engine.misbehaved(format!("the harnesses disagree on the cycles: {best:?}")));
    }
    let [rust, rust_step, cpp_eval, cpp_direct] = best.map(|b| b.1);
    Ok(HarnessSpeed {
        cycles,
        rust,
        rust_step,
        cpp_eval,
        cpp_direct,
    })
}

fn rust(
    bench: &TopkBench,
    model: &Model,
    run: &Run,
    eval: Eval,
) -> Result<(u64, f64), VerifyError> {
    let mut dut = Dut::open_with(model, run.seed, eval)?;
    let started = seconds();
    let player = TopkPlayer::new(&bench.params, bench.variant, &dut, run);
    let mut session = Session::new(&mut dut, run.seed, player);
    let outcome = session
        .power_up()
        .and_then(|()| session.run(None, |_, _| true));
    let seconds = seconds() - started;
    outcome.map_err(|fault| VerifyError::Misbehaved {
        engine: bench.variant.to_string(),
        failure: fault.to_string(),
    })?;
    Ok((dut.cycle() - u64::from(RESET_CYCLES), seconds))
}

fn cpp(program: &Path, eval: &str, queries: u64) -> Result<(u64, f64), VerifyError> {
    let mut command = Command::new(program);
    command.args([eval, &SEED.to_string(), &queries.to_string(), "1"]);
    let output = run(&mut command)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut words = said.split_whitespace();
    let both = words.next().zip(words.next());
    both.and_then(|(cycles, seconds)| Some((cycles.parse().ok()?, seconds.parse().ok()?)))
        .ok_or_else(|| VerifyError::ToolFailed {
            command: program.display().to_string(),
            status: "unreadable output".into(),
            tail: said,
        })
}

/// Returns the time that this thread has been running, or the time of day where the system does
/// not tell.
fn seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let first = told
        .as_deref()
        .and_then(|t| t.split(' ').next()?.parse::<f64>().ok());
    first.map_or_else(
        || UNIX_EPOCH.elapsed().map_or(0.0, |d| d.as_secs_f64()),
        |nanoseconds| nanoseconds * 1e-9,
    )
}

/// Builds the C++ bench with the model, or finds it.
fn build(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    bench: &TopkBench,
) -> Result<std::path::PathBuf, VerifyError> {
    let spec = ModelSpec::of_engine(bundle, engine, Wave::Off);
    let p = &bench.params;
    let capacity = match bench.variant {
        Variant::Stream => p.capacity,
        _ => 0,
    };
    let flags = [
        format!("-DP={}u", p.lanes),
        format!("-DW={}u", p.key_w),
        format!("-DIDX_W={}u", p.idx_w()),
        format!("-DCNT_W={}u", p.cnt_w()),
        format!("-DSIGNED={}", u8::from(p.signed)),
        format!("-DMAX_N={}u", p.max_n),
        format!("-DCAPACITY={capacity}u"),
    ];
    let key = address(&lab.tools, &spec)?
        .text(BENCH_CPP)
        .text(&flags.concat())
        .hex();
    let entry = lab.cache.entry(&key, |dir| {
        let recipe = Recipe::new(&lab.cache, &lab.tools, &spec)?;
        recipe.verilate(dir)?;
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        recipe.compile(dir, "topk_bench.cpp", BENCH_CPP, &flags)?;
        recipe.link(dir, "bench", &[])
    })?;
    Ok(entry.dir.join("bench"))
}
