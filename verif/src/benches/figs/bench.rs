// SPDX-License-Identifier: MIT OR Apache-2.0
//! The arrays for sparse GEMM as the kit sees them, and GEMMs that are merely run.

use hwgen_golden::Violation;
use hwgen_golden::figs::{FigsParams, Variant};
use hwgen_golden::interface::Values;

use super::play::FigsPlayer;
use super::prepare::{Prepared, prepare};
use super::{Gemm, Job, OF_N, Point, Product, Run, STREAMS, stimulus};
use crate::kit::{Bench, Lab, Session, changed, read};
use crate::report::{Fault, plural};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;

/// Elements below which single values are simplified.
const FEW: usize = 64;

/// Runs `gemms` on an engine without stalls, checks every word and every cycle, and returns the
/// products.
pub fn run_in(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    gemms: &[Gemm],
) -> Result<Vec<Product>, VerifyError> {
    let bench = FigsBench::new(engine)?;
    let jobs = gemms.iter().cloned().map(Job::Gemm).collect();
    let run = Run::calm(1, STREAMS.len(), jobs);
    if let Some(reason) = bench.refuse_run(&run) {
        return Err(engine.misbehaved(reason));
    }
    let model = lab.model(bundle, engine, Wave::Off)?;
    let mut dut = Dut::open(&model, run.seed)?;
    let wrong = |fault: Fault| engine.misbehaved(fault.to_string());
    let player = bench.player(&dut, &run).map_err(wrong)?;
    let mut session = Session::new(&mut dut, run.seed, player);
    session
        .power_up()
        .and_then(|()| session.run(None, |_, _| true))
        .map_err(wrong)?;
    Ok(session.player.products())
}

/// The engine under test.
pub(crate) struct FigsBench {
    params: FigsParams,
    variant: Variant,
}

impl FigsBench {
    /// Reads what the bench needs from the manifest. The longest sum is what fits its words.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let variant: Result<Variant, Violation> = engine.variant.parse();
        let variant = variant.map_err(|violation| engine.refused(violation.to_string()))?;
        let parameters = |values: &Values<'_>| FigsParams::from_values(variant, values);
        let params = read(engine, parameters, |p| p.interface(variant))?;
        Ok(Self { params, variant })
    }
}

impl Bench for FigsBench {
    type Item = Job;
    type Setup = ();
    type Point = Point;
    type Player<'a> = FigsPlayer<'a>;
    const WORDS: [&'static str; 2] = ["job", "jobs"];
    const STREAMS: &'static [&'static str] = &STREAMS;

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        stimulus::plan(&self.params, self.variant, seed, cases)
    }

    fn refuse(&self, name: &str, job: &Job) -> Option<String> {
        let reason = prepare(&self.params, self.variant, job).err()?;
        Some(format!("{name}: {reason}"))
    }

    fn weight(&self, job: &Job) -> u64 {
        match job {
            Job::Gemm(g) => u64::from(g.tokens) * u64::from(g.outputs) * u64::from(g.inputs),
            Job::Stray(_) => 0,
        }
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a Run) -> Result<FigsPlayer<'a>, Fault> {
        let jobs = run.items.iter();
        let jobs = jobs.map(|job| prepare(&self.params, self.variant, job));
        let jobs = jobs.collect::<Result<Vec<Prepared>, String>>();
        let jobs = jobs.map_err(|e| Fault::new("model", "a job that can be packed", e))?;
        Ok(FigsPlayer::new(&self.params, self.variant, dut, run, jobs))
    }

    /// Lists simpler forms of a GEMM. Outputs and inputs go at the end only, and weights only to 0,
    /// so that the pattern stays what it is, whoever shares its masks.
    fn plainer(job: &Job) -> Vec<Job> {
        match job {
            Job::Gemm(gemm) => simpler_gemms(gemm).map(Job::Gemm).collect(),
            Job::Stray(_) => Vec::new(),
        }
    }

    fn describe(&self, jobs: &[Job]) -> String {
        match jobs {
            [Job::Gemm(g)] => format!(
                "one {}:{} GEMM, {} tokens, {} inputs, {} outputs",
                g.n, g.m, g.tokens, g.inputs, g.outputs
            ),
            jobs => plural(jobs.len() as u64, "job", "jobs"),
        }
    }

    fn reaches(&self, point: Point) -> bool {
        let (p, variant) = (&self.params, self.variant);
        let mut all = (0..OF_N.len() as u32).filter(|&log_n| p.runs(variant, log_n));
        match point {
            Point::Switched => all.count() > 1,
            Point::RaggedOutputs => all.any(|log_n| p.channels(variant, log_n) > 1),
            _ => match OF_N.iter().position(|of_n| *of_n == point) {
                Some(log_n) => p.runs(variant, log_n as u32),
                None => true,
            },
        }
    }
}

fn simpler_gemms(gemm: &Gemm) -> impl Iterator<Item = Gemm> + '_ {
    let less = |n: u32| {
        [1, n / 2, n - 1]
            .into_iter()
            .filter(move |&k| 0 < k && k < n)
    };
    let cut = |tokens: u32, outputs: u32, inputs: u32| {
        let rows = |data: &[i64], rows: u32| -> Vec<i64> {
            data.chunks(gemm.inputs as usize)
                .take(rows as usize)
                .flat_map(|row| row[..inputs as usize].to_vec())
                .collect()
        };
        Gemm {
            outputs,
            inputs,
            tokens,
            weights: rows(&gemm.weights, outputs),
            acts: rows(&gemm.acts, tokens),
            ..*gemm
        }
    };
    let (t, o, k) = (gemm.tokens, gemm.outputs, gemm.inputs);
    let cuts = less(t)
        .map(move |t| cut(t, o, k))
        .chain(less(o).map(move |o| cut(t, o, k)))
        .chain(less(k).map(move |k| cut(t, o, k)));
    let zeros = |data: &Vec<i64>| -> Vec<Vec<i64>> {
        let there: Vec<usize> = (0..data.len()).filter(|&i| data[i] != 0).collect();
        let parts = if there.len() > FEW { 4 } else { there.len() };
        let part = there.len().div_ceil(parts.max(1)).max(1);
        let without = |chunk: &[usize]| {
            let mut data = data.clone();
            for &i in chunk {
                data[i] = 0;
            }
            data
        };
        there.chunks(part).map(without).collect()
    };
    let weights = zeros(&gemm.weights).into_iter();
    let weights = weights.map(|weights| changed(gemm, |g| g.weights = weights));
    let acts = zeros(&gemm.acts).into_iter();
    let acts = acts.map(|acts| changed(gemm, |g| g.acts = acts));
    cuts.chain(weights).chain(acts)
}
