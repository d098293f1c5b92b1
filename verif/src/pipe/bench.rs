// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pipeline as the verification loop sees it.

use std::collections::BTreeMap;

use super::coverage::Coverage;
use super::play::Player;
use super::{Pipe, Run, Shape};
use crate::report::Fault;
use crate::shrink::simpler_by_items;
use crate::verify::Bench;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::rng;
use hwgen_sim::stream::{Reset, Stall};

/// Most items of one run.
const RUN_ITEMS: u64 = 60;

/// The pipeline under test.
pub(crate) struct PipeBench<P> {
    pipe: P,
    shape: Shape,
}

impl<P: Pipe> PipeBench<P> {
    /// Compares the ports of the manifest with those of the block.
    pub(crate) fn new(engine: &Engine, pipe: P) -> Result<Self, VerifyError> {
        let shape = pipe.shape();
        engine.declares(&shape.wanted())?;
        Ok(Self { pipe, shape })
    }
}

impl<P: Pipe> Bench for PipeBench<P> {
    type Run = Run<P::Item>;
    type Coverage = Coverage;

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Self::Run> + '_> {
        rng::runs(seed, cases, RUN_ITEMS, move |rng, number, size| {
            let stall = if rng.chance(60) {
                Stall::draw_offering(rng)
            } else {
                Stall::NONE
            };
            let reset = (number > 2 && rng.chance(25)).then(|| Reset::draw(rng, 4 * size + 20));
            Run {
                seed: rng.draw(),
                stall,
                reset,
                items: (0..size).map(|_| self.pipe.draw(rng)).collect(),
            }
        })
    }

    fn refuse(&self, run: &Self::Run) -> Option<String> {
        let mut items = run.items.iter().enumerate();
        let [one, _] = P::WORDS;
        items.find_map(|(i, item)| Some(format!("{one} {i} {}", self.pipe.refuse(item)?)))
    }

    fn seed(&self, run: &Self::Run) -> u64 {
        run.seed
    }

    fn size(&self, run: &Self::Run) -> (u64, u64) {
        let items = run.items.len() as u64;
        (items, items * u64::from(self.shape.output.count))
    }

    fn play(&self, dut: &mut Dut, run: &Self::Run, coverage: &mut Coverage) -> Result<(), Fault> {
        let scripts = run
            .items
            .iter()
            .map(|item| self.pipe.script(item))
            .collect();
        let schedule = (run.seed, run.stall, run.reset);
        Player::new(&self.shape, dut, schedule, scripts)?.play(coverage)
    }

    fn simpler(run: &Self::Run) -> Box<dyn Iterator<Item = Self::Run> + '_> {
        simpler_by_items(
            run,
            |r| &mut r.items,
            &[
                |r| r.reset = None,
                |r| r.stall = Stall::NONE,
                |r| r.seed = 1,
            ],
            P::plainer,
        )
    }

    fn describe(&self, run: &Self::Run) -> String {
        let [one, many] = P::WORDS;
        let count = run.items.len();
        let mut text = format!("{count} {}", if count == 1 { one } else { many });
        if run.reset.is_some() {
            text.push_str(", reset in between");
        }
        if run.stall != Stall::NONE {
            text.push_str(", beats with gaps");
        }
        text
    }

    fn named(&self, coverage: &Coverage) -> BTreeMap<String, u64> {
        coverage.named(P::SITUATIONS)
    }
}
