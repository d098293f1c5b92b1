// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the bench of a block says of itself, and what follows from it for all blocks.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::coverage::{Coverage, Point};
use super::player::{Player, Session};
use super::run::Run;
use super::stall::Stall;
use crate::report::{Fault, plural};
use hwgen_sim::dut::Dut;

/// A run of bench `B`.
pub(crate) type RunOf<B> = Run<<B as Bench>::Item, <B as Bench>::Setup>;

/// The bench of a block.
pub(crate) trait Bench: Sync + 'static {
    /// What a run is made of: a query, a job, a beat.
    type Item: Clone + PartialEq + Sync + Serialize + DeserializeOwned;
    /// What surrounds the block, where that is more than streams; the default is the simplest.
    type Setup: Clone + PartialEq + Default + Sync + Serialize + DeserializeOwned;
    /// Situations that are counted.
    type Point: Point;
    /// What plays a run.
    type Player<'a>: Player<Point = Self::Point>
    where
        Self: 'a;
    /// What one item is called, and several.
    const WORDS: [&'static str; 2];
    /// What a report says when a stream of the block stalls, stream by stream.
    const STREAMS: &'static [&'static str];

    /// Lists runs that hold `cases` items together.
    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_>;
    /// Says why an item, called by `name`, cannot be played on this engine.
    fn refuse(&self, name: &str, item: &Self::Item) -> Option<String>;
    /// Returns the data that an item holds: keys, products.
    fn weight(&self, item: &Self::Item) -> u64;
    /// Makes what plays `run`.
    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<Self::Player<'a>, Fault>;
    /// Lists simpler items, boldest first.
    fn plainer(item: &Self::Item) -> Vec<Self::Item>;
    /// Describes the items of a run in words.
    fn describe(&self, items: &[Self::Item]) -> String {
        let [one, many] = Self::WORDS;
        plural(items.len() as u64, one, many)
    }
    /// Tells whether a block of these parameters can be in a situation at all.
    fn reaches(&self, _: Self::Point) -> bool {
        true
    }

    /// Says why `run` cannot be played on this engine.
    fn refuse_run(&self, run: &RunOf<Self>) -> Option<String> {
        let (streams, has) = (Self::STREAMS.len(), run.stalls.len());
        if has != streams {
            return Some(format!("it has stalls of {has} streams, not of {streams}"));
        }
        let [one, _] = Self::WORDS;
        let mut items = run.items.iter().enumerate();
        items.find_map(|(i, item)| self.refuse(&format!("{one} {i}"), item))
    }

    /// Returns the items and the data of a run.
    fn size(&self, run: &RunOf<Self>) -> (u64, u64) {
        let data = run.items.iter().map(|item| self.weight(item)).sum();
        (run.items.len() as u64, data)
    }

    /// Describes a run in words.
    fn describe_run(&self, run: &RunOf<Self>) -> String {
        let mut text = self.describe(&run.items);
        if run.reset.is_some() {
            text.push_str(", reset in between");
        }
        let sides = run.stalls.iter().zip(Self::STREAMS);
        let mut words: Vec<&str> = sides
            .filter(|(stall, _)| **stall != Stall::NONE)
            .map(|(_, words)| *words)
            .collect();
        words.dedup();
        for words in words {
            text.push_str(", ");
            text.push_str(words);
        }
        text
    }

    /// Names the counts of the situations that the block can be in.
    fn named(&self, coverage: &Coverage<Self::Point>) -> BTreeMap<String, u64> {
        let counts = coverage.counts();
        let reached = counts.filter(|(point, _)| self.reaches(*point));
        reached.map(|(point, n)| (point.name(), n)).collect()
    }
}

/// Plays a run on a fresh device.
pub(crate) fn play<B: Bench>(
    bench: &B,
    dut: &mut Dut,
    run: &RunOf<B>,
    coverage: &mut Coverage<B::Point>,
) -> Result<(), Fault> {
    let player = bench.player(dut, run)?;
    let mut session = Session::new(dut, run.seed, player);
    let played = session
        .power_up()
        .and_then(|()| session.run(run.reset, |_, _| true));
    coverage.add(&session.io.coverage);
    played.map(|_| ())
}
