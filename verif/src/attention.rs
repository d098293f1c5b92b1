// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the attention core: whole jobs in, every output word, probability, report and
//! request compared with [`hwgen_golden::attention::run_job`].
//!
//! It knows the ports of the core and a memory behind them, and nothing of the pipeline between.

mod bench;
mod case;
mod check;
mod coverage;
mod drive;
mod memory;
mod play;
mod ports;
mod record;
mod stimulus;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use hwgen_golden::attention::{AttentionParams, Job, Query};

use crate::report::Fault;
use crate::verify::Lab;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;
use hwgen_sim::stream::{Reset, Stall};

pub(crate) use bench::AttentionBench;
use case::Case;
use coverage::Coverage;
pub(crate) use play::End;
use play::Player;

/// A job with its data.
#[derive(Debug, Clone)]
pub struct LiveJob {
    /// What the job port carries.
    pub job: Job,
    /// Its queries, at least one.
    pub queries: Vec<Query>,
    /// Keys by token; jobs may share them.
    pub k: Arc<[Vec<i32>]>,
    /// Values by token.
    pub v: Arc<[Vec<i32>]>,
    /// A bias for each visible key of each query, if the job says so.
    pub bias: Option<Vec<Vec<i64>>>,
    /// The token of each position, if the job says so.
    pub list: Option<Vec<u32>>,
}

/// The memory behind the vector port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Cycles from a request to its response, at least 1.
    pub latency: u32,
    /// Bytes of plane vectors a cycle at most; 0 is no limit but a row a cycle.
    pub bytes_per_cycle: u32,
}

impl Memory {
    /// Answers in the next cycle and takes a row a cycle.
    pub const IDEAL: Self = Self {
        latency: 1,
        bytes_per_cycle: 0,
    };
}

/// What came out of the jobs, and when.
#[derive(Debug, Clone, Default)]
pub struct Played {
    /// Outputs of each query of each job, in order.
    pub outputs: Vec<Vec<i16>>,
    /// Cycle in which each output left.
    pub out_cycles: Vec<u64>,
    /// Cycle in which each query was accepted.
    pub in_cycles: Vec<u64>,
    /// Cycle of the first accepted job.
    pub first_in: u64,
    /// Cycle in which the last output, report and probability had left.
    pub last_out: u64,
    /// Beats on the request port.
    pub requests: u64,
    /// Plane vectors asked for.
    pub vectors: u64,
    /// The same of K and of V, by plane.
    pub by_plane: [[u64; 3]; 2],
    /// Bytes asked for.
    pub bytes: u64,
    /// The words themselves, if they are wanted.
    pub beats: Option<Beats>,
}

impl Played {
    /// Returns the cycles from the first accepted job to the last word that left.
    pub fn cycles(&self) -> u64 {
        self.last_out - self.first_in + 1
    }
}

/// What was on the ports of the core.
#[derive(Debug, Clone, Default)]
pub struct Beats {
    /// Rows of probabilities: number, data by lane, lanes that count.
    pub rows: Vec<(u32, Vec<u32>, u64)>,
    /// Outputs with their heads.
    pub outputs: Vec<(u32, Vec<i16>)>,
    /// Head and token of all that was asked for.
    pub requested: BTreeSet<(u32, u32)>,
}

/// A core that plays one batch of jobs after the other, reset only before the first.
pub(crate) struct Session<'a> {
    params: &'a AttentionParams,
    dut: &'a mut Dut,
    memory: Memory,
    stalls: Stalls,
    fresh: bool,
}

impl<'a> Session<'a> {
    /// Takes a fresh device.
    pub(crate) fn new(
        params: &'a AttentionParams,
        dut: &'a mut Dut,
        memory: Memory,
        half: bool,
    ) -> Self {
        Self {
            params,
            dut,
            memory,
            stalls: if half { Stalls::half() } else { Stalls::NONE },
            fresh: true,
        }
    }

    /// Plays jobs and checks every word; `watch` is told now and then how many jobs have left, and
    /// the play stops where it returns false.
    pub(crate) fn play<'b>(
        &'b mut self,
        jobs: &'b [LiveJob],
        played: &mut Played,
        watch: Option<&'b mut (dyn FnMut(usize) -> bool + 'b)>,
    ) -> Result<End, Fault> {
        let Self {
            params,
            dut,
            memory,
            stalls,
            fresh,
        } = self;
        let mut player = Player::new(params, dut, jobs, *stalls, *memory, 1)?;
        player.fresh = std::mem::take(fresh);
        player.watch = watch;
        player.play(None, &mut Coverage::default(), Some(played))
    }
}

/// One power-up and the jobs after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// Seed of the initial state and of what is on the ports when nothing is valid.
    pub(crate) seed: u64,
    /// When each stream moves.
    pub(crate) stalls: Stalls,
    /// The memory.
    pub(crate) memory: Memory,
    /// The reset in the middle, if there is one.
    pub(crate) reset: Option<Reset>,
    /// The jobs in order.
    pub(crate) cases: Vec<Case>,
}

/// When each stream moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stalls {
    pub(crate) jobs: Stall,
    pub(crate) queries: Stall,
    pub(crate) bias: Stall,
    pub(crate) requests: Stall,
    pub(crate) responses: Stall,
    pub(crate) probs: Stall,
    pub(crate) outputs: Stall,
    pub(crate) stats: Stall,
}

impl Stalls {
    /// No stream stalls.
    pub(crate) const NONE: Self = Self {
        jobs: Stall::NONE,
        queries: Stall::NONE,
        bias: Stall::NONE,
        requests: Stall::NONE,
        responses: Stall::NONE,
        probs: Stall::NONE,
        outputs: Stall::NONE,
        stats: Stall::NONE,
    };

    /// Every stream stalls at random in half of all cycles.
    fn half() -> Self {
        let mut stalls = Self::NONE;
        for (seed, stall) in (1..).zip(stalls.all()) {
            *stall = Stall {
                seed,
                pattern: hwgen_sim::stream::Pattern::Random { percent: 50 },
            };
        }
        stalls
    }

    /// Lists the profiles.
    pub(crate) fn all(&mut self) -> [&mut Stall; 8] {
        [
            &mut self.jobs,
            &mut self.queries,
            &mut self.bias,
            &mut self.requests,
            &mut self.responses,
            &mut self.probs,
            &mut self.outputs,
            &mut self.stats,
        ]
    }
}

/// Runs jobs on a core, checks every word and returns outputs and cycles.
///
/// `half` stalls every stream at random in half of all cycles.
pub fn run_in(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    jobs: &[LiveJob],
    memory: Memory,
    half: bool,
) -> Result<Played, VerifyError> {
    run_watched(lab, bundle, engine, jobs, memory, half, &mut |_| true)
}

/// Does what [`run_in`] does, and tells `watch` now and then how many jobs have left; the run
/// stops where that returns false.
pub fn run_watched(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    jobs: &[LiveJob],
    memory: Memory,
    half: bool,
    watch: &mut dyn FnMut(usize) -> bool,
) -> Result<Played, VerifyError> {
    let params = params_of(engine)?;
    let model = lab.model(bundle, engine, Wave::Off)?;
    let mut dut = Dut::open(&model, 1)?;
    let mut played = Played::default();
    let mut session = Session::new(&params, &mut dut, memory, half);
    match session
        .play(jobs, &mut played, Some(watch))
        .map_err(|fault| engine.misbehaved(fault.to_string()))?
    {
        End::Done => Ok(played),
        End::Stopped => Err(VerifyError::Stopped),
    }
}

/// Reads the parameters of a core from its manifest.
pub fn params_of(engine: &Engine) -> Result<AttentionParams, VerifyError> {
    let need = |name: &str| engine.number(name);
    let planes = |kind: &str| -> Result<Vec<u32>, VerifyError> {
        // Absent planes have width 0; four bits a plane, the top plane lowest.
        let packed = need(&format!("{kind}Planes"))?;
        let widths = (0..3).map(|p| packed >> (4 * p) & 15);
        Ok(widths.take_while(|&w| w > 0).collect())
    };
    let params = AttentionParams {
        d_head: need("DHead")?,
        lanes: need("Lanes")?,
        max_tokens: need("MaxTokens")?,
        k_planes: planes("K")?,
        v_planes: planes("V")?,
        contexts: need("Contexts")?,
        outstanding: need("Outstanding")?,
    };
    match params.violations().first() {
        Some(violation) => Err(engine.refused(violation.to_string())),
        None => Ok(params),
    }
}
