// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the ring of commands: software that writes descriptors and moves the tail, a memory of
//! any manners, and somebody who carries descriptors out. What is handed on, every completion record,
//! error and interrupt is compared with [`hwgen_golden::ring`].

mod case;
mod draw;
mod engine;
mod errors;
mod player;
mod point;
mod queue;

use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_golden::ring::RingParams;
use hwgen_sim::dut::Dut;

use self::case::{Case, Setup};
use self::player::RingPlayer;
use self::point::Point;
use crate::kit::{Bench, RunOf, read};
use crate::report::Fault;

/// The ring under test.
pub(crate) struct RingBench {
    params: RingParams,
}

impl RingBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = read(engine, RingParams::from_values, RingParams::interface)?;
        Ok(Self { params })
    }
}

impl Bench for RingBench {
    type Item = Case;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = RingPlayer<'a>;
    const WORDS: [&'static str; 2] = ["command", "commands"];
    const STREAMS: &'static [&'static str] = &["answers stalled", "commands stalled"];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        draw::plan_runs(seed, cases)
    }

    fn refuse(&self, _: &str, _: &Case) -> Option<String> {
        None
    }

    fn refuse_run(&self, run: &RunOf<Self>) -> Option<String> {
        if run.setup.size < 2 {
            return Some("its ring has fewer than two descriptors".to_owned());
        }
        let (streams, has) = (Self::STREAMS.len(), run.stalls.len());
        (has != streams).then(|| format!("it has stalls of {has} streams, not of {streams}"))
    }

    fn weight(&self, _: &Case) -> u64 {
        1
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<RingPlayer<'a>, Fault> {
        Ok(RingPlayer::new(dut, &self.params, run))
    }

    fn plainer(case: &Case) -> Vec<Case> {
        case.plainer()
    }

    fn reaches(&self, point: Point) -> bool {
        match point {
            // A beat of 512 bits is taken whole, and one descriptor leaves no other waiting.
            Point::Crowd => self.params.depth < 6,
            _ => true,
        }
    }
}
