// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the FiGS array and its baselines: whole sparse GEMMs in, every word of every output
//! compared with [`hwgen_golden::figs`].
//!
//! One bench serves every variant: the golden packer makes the beats, the golden array says what
//! comes of them, and what comes is compared with the plain product besides.

mod play;
mod prepare;
mod stimulus;

use serde::{Deserialize, Serialize};

use hwgen_golden::Violation;
use hwgen_golden::figs::{FigsParams, Matrix, Pattern, Variant};
use hwgen_golden::interface::Values;

use crate::kit::{Bench, Io, Lab, RunOf, Session, changed, points, read};
use crate::report::{Fault, plural};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;
use play::FigsPlayer;
use prepare::{Prepared, prepare};

/// Streams of an engine, in the order of a run's stalls.
const TILES: usize = 0;
const WEIGHTS: usize = 1;
const ACTS: usize = 2;
const OUTPUTS: usize = 3;
/// Elements below which single values are simplified.
const FEW: usize = 64;

/// A run of jobs.
type Run = RunOf<FigsBench>;

/// `Y[T, O] = X[T, K] * W[O, K]^T`, the weights of one N:M pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gemm {
    /// Weights that a block keeps.
    pub n: u32,
    /// Weights of a block.
    pub m: u32,
    /// Outputs, O.
    pub outputs: u32,
    /// Inner dimension, K.
    pub inputs: u32,
    /// Tokens, T.
    pub tokens: u32,
    /// Weights, output by output; an element that is 0 is absent.
    pub weights: Vec<i64>,
    /// Activations, token by token.
    pub acts: Vec<i64>,
}

impl Gemm {
    /// Takes two matrices: weights, outputs by inputs, and activations, tokens by inputs.
    ///
    /// # Panics
    /// If the inner dimensions differ.
    pub fn new(pattern: Pattern, weights: &Matrix, acts: &Matrix) -> Self {
        assert_eq!(weights.cols(), acts.cols(), "inner dimensions");
        Self {
            n: pattern.n(),
            m: pattern.m(),
            outputs: weights.rows(),
            inputs: weights.cols(),
            tokens: acts.rows(),
            weights: weights.data().to_vec(),
            acts: acts.data().to_vec(),
        }
    }
}

/// What the engine made of a GEMM, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Tokens by outputs.
    pub sums: Matrix,
    /// Tiles that were sent.
    pub tiles: u64,
    /// Cycle in which the first activation was accepted.
    pub first_in: u64,
    /// Cycle in which the last output was accepted.
    pub last_out: u64,
    /// Beats of activations.
    pub act_beats: u64,
    /// Beats of weights.
    pub weight_beats: u64,
    /// Beats of outputs.
    pub out_beats: u64,
}

/// A tile that the engine must drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stray {
    /// Tokens it says it has.
    pub(crate) tokens: u32,
    /// Log2 of the weights it says its blocks have.
    pub(crate) log_n: u32,
}

/// One item of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Job {
    /// A GEMM.
    Gemm(Gemm),
    /// A tile that no engine of these parameters runs.
    Stray(Stray),
}

points! {
    /// A tile of 1 weight a block; the five after it are those of 2, 4, ... 32.
    N1,
    N2,
    N4,
    N8,
    N16,
    N32,
    /// A tile had another N than the one before.
    Switched,
    /// A tile had fewer tokens than its weights have beats.
    Short,
    /// A tile had one token.
    OneToken,
    /// A tile had as many tokens as there may be.
    FullTile,
    /// Sums went over several tiles.
    Summed,
    /// A sum was wanted again in the fewest cycles that there may be.
    Close,
    /// The inner dimension ended inside a tile.
    RaggedInputs,
    /// The outputs ended inside a tile.
    RaggedOutputs,
    /// The tokens did not fit into one tile.
    Chunks,
    /// A tile without weights was left out.
    Absent,
    /// A tile was dropped for its tokens.
    StrayTokens,
    /// A tile was dropped for its N.
    StrayN,
    /// A beat of weights waited for the tile before to start.
    StalledWeights,
    /// A token had to wait.
    StalledActs,
    /// An output had to wait.
    StalledOut,
    /// Weights were taken while tokens of the tile before were.
    Overlapped,
    /// Reset hit while weights were loading.
    ResetInWeights,
    /// Reset hit while tokens were under way.
    ResetInTokens,
    /// Every cycle of a run was as promised.
    Timed,
}

/// The points of tiles by their N: that of `2^log_n` weights a block.
const OF_N: [Point; 6] = [
    Point::N1,
    Point::N2,
    Point::N4,
    Point::N8,
    Point::N16,
    Point::N32,
];

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
    let run = Run::calm(1, FigsBench::STREAMS.len(), jobs);
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

    /// Counts the situations that the jobs themselves bring about.
    fn count(&self, run: &Run, jobs: &[Prepared], io: &mut Io<Point>) {
        let (p, v) = (&self.params, self.variant);
        for (job, prepared) in run.items.iter().zip(jobs) {
            let (Job::Gemm(gemm), Some(packed)) = (job, &prepared.packed) else {
                continue;
            };
            let deep = p.k_tile(v, packed.log_n);
            let wide = p.channels(v, packed.log_n);
            let absent = packed.tiles.len() < packed.grid as usize;
            io.count(Point::RaggedInputs, !gemm.inputs.is_multiple_of(deep));
            io.count(Point::RaggedOutputs, !gemm.outputs.is_multiple_of(wide));
            io.count(Point::Chunks, gemm.tokens > p.max_t);
            io.count(Point::Absent, absent);
            for work in &prepared.tiles {
                let t = work.tile.tokens;
                io.count(Point::Short, t < p.rows);
                io.count(Point::OneToken, t == 1);
                io.count(Point::FullTile, t == p.max_t);
                io.count(Point::Summed, !work.tile.first);
            }
        }
    }
}

impl Bench for FigsBench {
    type Item = Job;
    type Setup = ();
    type Point = Point;
    type Player<'a> = FigsPlayer<'a>;
    const WORDS: [&'static str; 2] = ["job", "jobs"];
    const STREAMS: &'static [&'static str] = &[
        "tiles paused",
        "weights paused",
        "activations paused",
        "outputs stalled",
    ];

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
        Ok(FigsPlayer::new(self, dut, run, jobs))
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
