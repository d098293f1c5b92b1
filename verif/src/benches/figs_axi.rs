// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the FiGS array on AXI4: software that writes registers and waits, and a memory of any
//! manners in which everything lies. All of the memory that may be written, every completion record
//! and the registers are compared with [`hwgen_golden::figs_axi`].

mod case;
mod draw;
mod lite;
mod player;
mod point;
mod scene;

use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_golden::figs_axi::FigsAxiParams;
use hwgen_sim::dut::Dut;

use self::case::{Case, Setup};
use self::player::FigsAxiPlayer;
use self::point::Point;
use crate::kit::{Bench, RunOf, read};
use crate::report::Fault;

/// The array on AXI4 under test.
pub(crate) struct FigsAxiBench {
    params: FigsAxiParams,
}

impl FigsAxiBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = FigsAxiParams::interface;
        let params = read(engine, FigsAxiParams::from_values, interface)?;
        Ok(Self { params })
    }
}

impl Bench for FigsAxiBench {
    type Item = Case;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = FigsAxiPlayer;
    const WORDS: [&'static str; 2] = ["command", "commands"];
    const STREAMS: &'static [&'static str] = &["registers stalled"];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        draw::plan_runs(&self.params, seed, cases)
    }

    fn refuse(&self, name: &str, case: &Case) -> Option<String> {
        let sized = (1..=4096).contains(&case.outputs) && (1..=4096).contains(&case.inputs);
        let fits = case.inputs <= self.params.figs.max_k && case.tokens >= 1;
        let holds = case.tokens <= self.params.figs.max_t;
        let no = !(sized && fits && holds);
        no.then(|| format!("{name} is larger than the array's, or empty"))
    }

    fn weight(&self, case: &Case) -> u64 {
        u64::from(case.outputs) * u64::from(case.inputs) * u64::from(case.tokens)
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<FigsAxiPlayer, Fault> {
        Ok(FigsAxiPlayer::new(dut, &self.params, run))
    }

    fn plainer(case: &Case) -> Vec<Case> {
        case.plainer()
    }

    fn reaches(&self, point: Point) -> bool {
        let figs = &self.params.figs;
        match point {
            Point::Sparse => figs.n_min() < figs.group,
            _ => true,
        }
    }
}
