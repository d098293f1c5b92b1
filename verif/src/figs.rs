// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the FiGS array and its baselines: whole sparse GEMMs in, every word of every output
//! compared with [`hwgen_golden::figs`].
//!
//! One bench serves every variant: the golden packer makes the beats, the golden array says what
//! comes of them, and what comes is compared with the plain product besides.

mod bench;
mod coverage;
mod drive;
mod play;
mod ports;
mod stimulus;

use serde::{Deserialize, Serialize};

use hwgen_golden::figs::{FigsParams, Matrix, Mode, Pattern, SelectBy, Variant};

use crate::verify::Lab;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;
use hwgen_sim::stream::{Reset, Stall};

pub(crate) use bench::FigsBench;
use coverage::Coverage;
use play::Player;

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

/// One power-up and the jobs after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// Seed of the initial state and of what is on the ports when nothing is valid.
    pub(crate) seed: u64,
    /// When tiles are offered.
    pub(crate) tiles: Stall,
    /// When weights are offered.
    pub(crate) weights: Stall,
    /// When activations are offered.
    pub(crate) acts: Stall,
    /// When outputs are taken.
    pub(crate) outputs: Stall,
    /// A reset in the middle.
    pub(crate) reset: Option<Reset>,
    /// The jobs in order.
    pub(crate) jobs: Vec<Job>,
}

impl Run {
    /// Tells whether nothing but the engine decides about its cycles.
    fn calm(&self) -> bool {
        let sides = [self.tiles, self.weights, self.acts, self.outputs];
        sides == [Stall::NONE; 4] && self.reset.is_none()
    }
}

/// Runs `gemms` on an engine without stalls, checks every word and every cycle, and returns the
/// products.
pub fn run_in(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    gemms: &[Gemm],
) -> Result<Vec<Product>, VerifyError> {
    let bench = FigsBench::new(engine)?;
    let run = Run {
        seed: 1,
        tiles: Stall::NONE,
        weights: Stall::NONE,
        acts: Stall::NONE,
        outputs: Stall::NONE,
        reset: None,
        jobs: gemms.iter().cloned().map(Job::Gemm).collect(),
    };
    if let Some(reason) = bench.refuse_jobs(&run) {
        return Err(engine.misbehaved(reason));
    }
    let model = lab.model(bundle, engine, Wave::Off)?;
    let mut dut = Dut::open(&model, run.seed)?;
    let mut products = Vec::with_capacity(gemms.len());
    Player::new(&bench, &mut dut, &run)
        .and_then(|player| player.play(&mut Coverage::default(), Some(&mut products)))
        .map_err(|fault| engine.misbehaved(fault.to_string()))?;
    Ok(products)
}

/// Reads the parameters of an engine from its manifest. The longest sum is what fits its words.
pub fn params_of(engine: &Engine) -> Result<(FigsParams, Variant), VerifyError> {
    let variant: Variant = engine
        .variant
        .parse()
        .map_err(|error: hwgen_golden::Violation| engine.refused(error.to_string()))?;
    let need = |name: &str| engine.number(name);
    // A baseline has no groups to select within; the rules want some.
    let own = |name: &str, otherwise: u32| match variant {
        Variant::Figs => need(name),
        _ => Ok(otherwise),
    };
    let (weight_w, act_w, psum_w) = (need("WeightW")?, need("ActW")?, need("PsumW")?);
    let spare = psum_w
        .saturating_sub(weight_w.saturating_add(act_w))
        .min(16);
    let params = FigsParams {
        rows: need("Rows")?,
        columns: need("Columns")?,
        lanes: need("Lanes")?,
        group: own("Group", 2)?,
        alpha: own("Alpha", 1)?,
        weight_w,
        act_w,
        psum_w,
        max_t: need("MaxT")?,
        max_k: 1 << spare,
        select: match own("SelShared", 0)? {
            0 => SelectBy::Lane,
            _ => SelectBy::Pe,
        },
        mode: match own("Exchange", 0)? {
            0 => Mode::Select,
            _ => Mode::Exchange,
        },
    };
    match params.violations().first() {
        Some(violation) => Err(engine.refused(violation.to_string())),
        None => Ok((params, variant)),
    }
}
