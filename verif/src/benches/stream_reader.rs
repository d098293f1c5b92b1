// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the stream reader: commands on a memory of any manners. Every burst, word and answer
//! is compared with [`hwgen_golden::stream_reader`], and what registers see in every cycle.

mod job;
mod player;

use hwgen_sim::dut::Dut;

use super::stream::{Case, Setup, Shape, plan_runs};
use crate::kit::{Bench, RunOf};
use crate::memory::{Access, AxiRead, Rules};
use crate::report::Fault;
pub(crate) use job::StreamReaderBench;
use job::{Job, Point};
use player::ReaderPlayer;

impl Bench for StreamReaderBench {
    type Item = Case;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = ReaderPlayer<'a>;
    const WORDS: [&'static str; 2] = ["command", "commands"];
    const STREAMS: &'static [&'static str] =
        &["commands stalled", "words stalled", "answers stalled"];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        let shape = Shape {
            beat: self.params.beat(),
            burst: self.params.burst,
            streams: (1, 2),
        };
        plan_runs(seed, cases, shape)
    }

    fn refuse(&self, name: &str, case: &Case) -> Option<String> {
        case.refuse(name)
    }

    fn weight(&self, case: &Case) -> u64 {
        let command = case.command();
        u64::from(command.bytes) * u64::from(command.rows)
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<ReaderPlayer<'a>, Fault> {
        let setup = &run.setup;
        let memory = setup.memory(run.seed, Access::Read);
        let cases = run.items.iter();
        let jobs: Vec<Job> = cases.map(|c| self.foretell(c, setup, &memory)).collect();
        let rules = Rules {
            beats_in_flight: Some(self.params.beats),
            attributes: Some(setup.attributes),
            ..Rules::new(self.params.beat(), self.params.burst)
        };
        let axi = AxiRead::find(dut, "mem", 0, 1, rules, setup.behaviour.clone());
        Ok(ReaderPlayer::new(dut, &self.params, run, axi, memory, jobs))
    }

    fn plainer(case: &Case) -> Vec<Case> {
        case.plainer()
    }

    fn reaches(&self, point: Point) -> bool {
        let p = &self.params;
        match point {
            // A burst of a whole page ends with it.
            Point::PageCut => p.burst > 1,
            _ => true,
        }
    }
}
