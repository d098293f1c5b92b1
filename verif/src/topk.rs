// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the top-k engine: whole queries in, survivors compared with
//! [`hwgen_golden::topk::select`].
//!
//! One bench serves every variant, `cargo test` and the command line. It knows the ports of the
//! engine and nothing of how a variant works.

mod bench;
mod check;
mod coverage;
mod play;
mod ports;
mod speed;
mod stimulus;

use serde::{Deserialize, Serialize};

use hwgen_golden::topk::{TopkParams, Variant};

use crate::verify::Lab;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;
use hwgen_sim::stream::{Reset, Stall};

pub(crate) use bench::TopkBench;
use coverage::Coverage;
use play::Player;

pub use speed::{HarnessSpeed, bench_harness};

/// The keys of one query and how many of them to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Keys in index order.
    pub keys: Vec<i64>,
    /// Survivors wanted; may exceed the number of keys.
    pub k: u32,
}

/// What the engine answered, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryResult {
    /// Indices of the survivors.
    pub indices: Vec<u32>,
    /// Keys of the survivors.
    pub keys: Vec<i64>,
    /// Smallest surviving key, 0 where nothing survives.
    pub threshold: i64,
    /// Number of survivors.
    pub count: u32,
    /// Cycle in which the first key beat was accepted.
    pub first_in: u64,
    /// Cycle in which the last key beat was accepted.
    pub last_in: u64,
    /// Cycle in which the first result beat was accepted.
    pub first_out: u64,
    /// Cycle in which the last result beat was accepted.
    pub last_out: u64,
}

/// When a query may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// Only when the result of the previous one has left: latency.
    Isolated,
    /// As soon as the engine takes it: throughput.
    BackToBack,
}

/// One power-up and the queries after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// Seed of the initial state and of what is on the ports when nothing is valid.
    pub(crate) seed: u64,
    /// When keys are offered.
    pub(crate) keys: Stall,
    /// When results are taken.
    pub(crate) results: Stall,
    /// When a query may start.
    pub(crate) pace: Pace,
    /// A reset in the middle.
    pub(crate) reset: Option<Reset>,
    /// The queries in order.
    pub(crate) queries: Vec<Query>,
}

/// Runs `queries` on an engine without stalls, checks the answers and returns them with their
/// cycles.
pub fn run(
    bundle: &Bundle,
    engine: &Engine,
    queries: &[Query],
    pace: Pace,
) -> Result<Vec<QueryResult>, VerifyError> {
    run_in(&Lab::open()?, bundle, engine, queries, pace)
}

/// Does the same with tools and cache that were looked up before.
pub fn run_in(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    queries: &[Query],
    pace: Pace,
) -> Result<Vec<QueryResult>, VerifyError> {
    let bench = TopkBench::new(engine)?;
    let run = Run {
        seed: 1,
        keys: Stall::NONE,
        results: Stall::NONE,
        pace,
        reset: None,
        queries: queries.to_vec(),
    };
    if let Some(reason) = bench.refuse_queries(&run) {
        return Err(engine.misbehaved(reason));
    }
    let model = lab.model(bundle, engine, Wave::Off)?;
    let mut dut = Dut::open(&model, run.seed)?;
    let mut results = Vec::with_capacity(queries.len());
    Player::new(&bench, &mut dut, &run)
        .and_then(|player| player.play(&mut Coverage::default(), Some(&mut results)))
        .map_err(|fault| engine.misbehaved(fault.to_string()))?;
    Ok(results)
}

/// Reads the parameters of an engine from its manifest.
fn params_of(engine: &Engine) -> Result<(TopkParams, Variant), VerifyError> {
    let variant: Variant = engine
        .variant
        .parse()
        .map_err(|error: hwgen_golden::Violation| engine.refused(error.to_string()))?;
    let need = |name: &str| engine.number(name);
    let usual = TopkParams::default();
    let params = TopkParams {
        lanes: need("Lanes")?,
        key_w: need("KeyW")?,
        signed: need("Signed")? != 0,
        max_n: need("MaxN")?,
        capacity: match variant {
            Variant::Stream => need("Capacity")?,
            _ => usual.capacity,
        },
        digit_w: match engine.parameters.get("DigitW") {
            Some(_) => need("DigitW")?,
            None => usual.digit_w,
        },
    };
    match params.violations(&[variant]).first() {
        Some(violation) => Err(engine.refused(violation.to_string())),
        None => Ok((params, variant)),
    }
}
