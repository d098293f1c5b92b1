// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the stream writer: commands and words on a memory of any manners. Every burst, beat
//! and answer is compared with [`hwgen_golden::stream_writer`], all bytes of the window at the end.

mod job;
mod player;

use hwgen_sim::dut::Dut;

use super::stream::{Case, Setup, Shape, plan_runs};
use crate::kit::{Bench, RunOf};
use crate::memory::{Access, AxiWrite, Rules};
use crate::report::Fault;
pub(crate) use job::StreamWriterBench;
use job::{Job, Point};
use player::WriterPlayer;

impl Bench for StreamWriterBench {
    type Item = Case;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = WriterPlayer<'a>;
    const WORDS: [&'static str; 2] = ["command", "commands"];
    const STREAMS: &'static [&'static str] =
        &["commands stalled", "words stalled", "answers stalled"];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        let shape = Shape {
            beat: self.params.beat(),
            burst: self.params.burst,
            streams: (2, 1),
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

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<WriterPlayer<'a>, Fault> {
        let setup = &run.setup;
        let rules = Rules {
            bursts_in_flight: Some(self.params.bursts),
            attributes: Some(setup.attributes),
            ..Rules::new(self.params.beat(), self.params.burst)
        };
        let axi = AxiWrite::find(dut, "mem", 0, 1, rules, setup.behaviour.clone());
        let memory = setup.memory(run.seed, Access::Both);
        let jobs: Vec<Job> = run.items.iter().map(|c| self.foretell(c, setup)).collect();
        Ok(WriterPlayer::new(dut, &self.params, run, axi, memory, jobs))
    }

    fn plainer(case: &Case) -> Vec<Case> {
        case.plainer()
    }

    fn reaches(&self, point: Point) -> bool {
        match point {
            Point::PageCut => self.params.burst > 1,
            _ => true,
        }
    }
}
