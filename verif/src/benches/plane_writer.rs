// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the plane writer: tokens, whose commands, words and answers are compared with
//! [`hwgen_golden::plane_writer`]. What was written is read back as a vector reader finds it.

mod case;
mod player;

use hwgen_sim::dut::Dut;

pub(crate) use case::PlaneWriterBench;
use case::{Case, Point, Setup};
use player::PlanePlayer;

use crate::kit::{self, Bench, Reset, RunOf, Stall};
use crate::report::Fault;

/// Most tokens of a run.
const RUN_ITEMS: u64 = 8;

impl Bench for PlaneWriterBench {
    type Item = Case;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = PlanePlayer<'a>;
    const WORDS: [&'static str; 2] = ["token", "tokens"];
    const STREAMS: &'static [&'static str] = &[
        "jobs stalled",
        "elements stalled",
        "answers of the writer stalled",
        "commands stalled",
        "words stalled",
        "answers stalled",
    ];

    /// A token alone comes first, then tokens without stalls.
    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        kit::plan(seed, cases, move |rng, number, left| {
            let size = (1 + rng.below(RUN_ITEMS)).min(left);
            let size = if number == 1 { 1 } else { size };
            let stalled = number > 3 && rng.chance(75);
            let most = 2 * size * u64::from(self.params.word_cycles());
            let reset = (number > 3 && rng.chance(25)).then(|| Reset::draw(rng, most));
            let cache = number == 2 || rng.chance(40);
            let setup = Setup::draw(rng, cache);
            RunOf::<Self> {
                seed: rng.draw(),
                stalls: Stall::draw_all(rng, stalled, 3, 3),
                reset,
                items: self.cases(rng, &setup, size),
                setup,
            }
        })
    }

    fn refuse(&self, name: &str, case: &Case) -> Option<String> {
        let planes = self.params.order().count();
        let lists = [case.offsets.len(), case.codes.len()];
        lists
            .iter()
            .any(|&len| len != planes)
            .then(|| format!("{name} has not an offset and a code for each of {planes} planes"))
    }

    fn weight(&self, _: &Case) -> u64 {
        2 * u64::from(self.params.d_head)
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<PlanePlayer<'a>, Fault> {
        Ok(PlanePlayer::new(dut, self, run))
    }

    fn plainer(case: &Case) -> Vec<Case> {
        case.plainer()
    }

    fn reaches(&self, point: Point) -> bool {
        match point {
            Point::Channel => self.params.channels > 1,
            Point::Partial => !self.params.d_head.is_multiple_of(self.params.data_w / 16),
            _ => true,
        }
    }
}
