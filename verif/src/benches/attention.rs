// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the attention core: whole jobs in, every output word, probability, report and
//! request compared with [`hwgen_golden::attention::run_job`].
//!
//! It knows the ports of the core and a memory behind them, and nothing of the pipeline between.

mod case;
mod check;
mod drive;
mod memory;
mod play;
mod stimulus;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use hwgen_golden::attention::{AttentionParams, Job, Query};

use crate::kit::{Bench, End, Lab, Player as _, RunOf, Session, Stall, points, read};
use crate::report::{Fault, plural};
use case::Case;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;
use play::CorePlayer;

/// Streams of the core, in the order of a run's stalls.
const STREAMS: usize = 8;
const JOBS: usize = 0;
const QUERIES: usize = 1;
const BIASES: usize = 2;
const REQUESTS: usize = 3;
const RESPONSES: usize = 4;
const PROBS: usize = 5;
const OUTPUTS: usize = 6;
const STATS: usize = 7;
/// Most queries of a job in a replay file.
const MAX_QUERIES: u32 = 4096;
/// Cycles between two looks at whether to stop.
const LOOK: u64 = 1_024;

/// A run of jobs.
type Run = RunOf<AttentionBench>;

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

impl Default for Memory {
    fn default() -> Self {
        Self::IDEAL
    }
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
    let bench = AttentionBench::new(engine)?;
    let model = lab.model(bundle, engine, Wave::Off)?;
    let mut dut = Dut::open(&model, 1)?;
    let mut played = Played::default();
    let mut core = Core::new(&bench.params, &mut dut, memory, half);
    match core
        .play(jobs, &mut played, watch)
        .map_err(|fault| engine.misbehaved(fault.to_string()))?
    {
        End::Done => Ok(played),
        End::Stopped => Err(VerifyError::Stopped),
    }
}

/// Reads the parameters of a core from its manifest.
pub fn params_of(engine: &Engine) -> Result<AttentionParams, VerifyError> {
    Ok(AttentionBench::new(engine)?.params)
}

/// A core that plays one batch of jobs after the other, reset only before the first.
pub(crate) struct Core<'a> {
    params: &'a AttentionParams,
    dut: &'a mut Dut,
    memory: Memory,
    stalls: Vec<Stall>,
    fresh: bool,
}

impl<'a> Core<'a> {
    /// Takes a fresh device. `half` stalls every stream at random in half of all cycles.
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
            stalls: if half {
                Stall::half(STREAMS)
            } else {
                vec![Stall::NONE; STREAMS]
            },
            fresh: true,
        }
    }

    /// Plays jobs and checks every word; `watch` is told now and then how many jobs have left, and
    /// the play stops where it returns false.
    pub(crate) fn play(
        &mut self,
        jobs: &[LiveJob],
        played: &mut Played,
        watch: &mut dyn FnMut(usize) -> bool,
    ) -> Result<End, Fault> {
        let (stalls, jobs) = (self.stalls.clone(), Cow::Borrowed(jobs));
        let mut player = CorePlayer::new(self.params, self.dut, jobs, stalls, self.memory);
        player.played = Some(std::mem::take(played));
        let mut session = Session::new(self.dut, 1, player);
        if std::mem::take(&mut self.fresh) {
            session.power_up()?;
        } else {
            session.player.quiet(&mut session.io);
        }
        let end = session.run(None, |cycle, player| {
            !cycle.is_multiple_of(LOOK) || player.done() || watch(player.left)
        });
        *played = session.player.played.unwrap_or_default();
        end
    }
}

points! {
    /// A job was refused.
    Refused,
    /// A query was refined by rule `head`.
    RefinedHead,
    /// A query was refined by rule `token`.
    RefinedToken,
    /// Rule `token` left some keys out and took others.
    RefinedPart,
    /// A query went through two rounds.
    TwoRounds,
    /// A refinement found a plane that an earlier query had fetched.
    PlaneShared,
    /// Values were left out by the k best.
    PrunedTopk,
    /// Values were left out by mass.
    PrunedMass,
    /// A value had been fetched by an earlier query.
    ValueShared,
    /// A job was causal.
    Causal,
    /// A bias masked some keys of a query.
    Masked,
    /// A bias masked all of them.
    AllMasked,
    /// Positions were translated.
    Listed,
    /// The last row was partly filled.
    PartialRow,
    /// A job had as many keys as the core takes.
    FullLength,
    /// A request had to wait.
    StalledRequest,
    /// An output had to wait.
    StalledOutput,
    /// A job was accepted before the previous one had left.
    Overlapped,
    /// Reset hit while a job was under way.
    Reset,
}

/// The core under test.
pub(crate) struct AttentionBench {
    pub(crate) params: AttentionParams,
}

impl AttentionBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = read(
            engine,
            AttentionParams::from_values,
            AttentionParams::interface,
        )?;
        Ok(Self { params })
    }
}

impl Bench for AttentionBench {
    type Item = Case;
    type Setup = Memory;
    type Point = Point;
    type Player<'a> = CorePlayer<'a>;
    const WORDS: [&'static str; 2] = ["job", "jobs"];
    const STREAMS: &'static [&'static str] = &["streams stalled"; STREAMS];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        stimulus::plan(&self.params, seed, cases)
    }

    fn refuse(&self, name: &str, case: &Case) -> Option<String> {
        let (n, d, most) = (case.queries, case.d, self.params.d_head);
        if n == 0 || n > MAX_QUERIES {
            Some(format!("{name} has {n} queries, not 1 to {MAX_QUERIES}"))
        } else {
            (d > most).then(|| format!("{name} has {d} elements, at most {most} fit"))
        }
    }

    fn weight(&self, case: &Case) -> u64 {
        u64::from(case.queries) * u64::from(case.keys)
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a Run) -> Result<CorePlayer<'a>, Fault> {
        let p = &self.params;
        let jobs = run.items.iter().map(|case| case.live(p)).collect();
        let (jobs, stalls) = (Cow::Owned(jobs), run.stalls.clone());
        Ok(CorePlayer::new(p, dut, jobs, stalls, run.setup))
    }

    fn plainer(case: &Case) -> Vec<Case> {
        case.simpler()
    }

    fn describe(&self, cases: &[Case]) -> String {
        let queries = cases.iter().map(|c| u64::from(c.queries)).sum();
        let keys = cases.iter().map(|c| u64::from(c.keys)).max();
        let jobs = plural(cases.len() as u64, "job", "jobs");
        let queries = plural(queries, "query", "queries");
        let keys = plural(keys.unwrap_or(0), "key", "keys");
        format!("{jobs}, {queries}, at most {keys}")
    }

    fn reaches(&self, point: Point) -> bool {
        let planes = self.params.k_planes.len();
        match point {
            Point::RefinedHead | Point::RefinedToken | Point::RefinedPart | Point::PlaneShared => {
                planes > 1
            }
            Point::TwoRounds => planes > 2,
            Point::PartialRow => self.params.tokens() > 1,
            _ => true,
        }
    }
}
