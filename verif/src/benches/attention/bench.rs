// SPDX-License-Identifier: MIT OR Apache-2.0
//! The attention core as the kit sees it, and jobs that are merely run.

use std::borrow::Cow;

use hwgen_golden::attention::AttentionParams;

use super::case::{Case, Run};
use super::play::CorePlayer;
use super::{LiveJob, Memory, Played, Point, STREAMS, stimulus};
use crate::kit::{Bench, End, Lab, Player as _, Session, Stall, read};
use crate::report::{Fault, plural};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;

/// Most queries of a job in a replay file.
const MAX_QUERIES: u32 = 4096;
/// Cycles between two looks at whether to stop.
const LOOK: u64 = 1_024;

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
