// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the score buffer: queries whose rows, refinements and reads overlap across
//! contexts; every key and maximum that is read is compared with [`hwgen_golden::score::Scores`].

mod item;
mod play;

use hwgen_golden::score::ScoreParams;
use serde::{Deserialize, Serialize};

use super::numbers::Kind;
use crate::kit::{self, Bench, Reset, RunOf, Stall, changed, points, read};
use crate::report::{Fault, plural};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::rng::Rng;
use play::ScorePlayer;

/// Most queries of one run.
const RUN_ITEMS: u64 = 16;
/// Streams of the buffer, in the order of a run's stalls.
const ROWS: usize = 0;
const READS: usize = 1;

/// A run of queries, each of which takes the next context.
type Run = RunOf<ScoreBench>;

/// A query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    pub(crate) rows: u32,
    /// Planes of the first pass.
    pub(crate) planes: u32,
    /// Share of the candidates that get another plane, in percent; 0 ends the query.
    pub(crate) refine: u32,
    /// What sums, biases and masks are drawn from.
    pub(crate) seed: u64,
    pub(crate) sums: Kind,
    pub(crate) bias: Kind,
    /// Share of the keys that are seen, in percent.
    pub(crate) seen: u32,
}

points! {
    /// Products were all of one value.
    AllEqual,
    /// Products were all 0 but one.
    OneHot,
    /// Products were the smallest or the largest.
    Extreme,
    /// No key of a query was seen.
    NothingLive,
    /// A bias masked a key.
    MaskedByBias,
    /// The first pass had more than one plane.
    SeveralPlanes,
    /// A query had as many rows as a context.
    WholeContext,
    /// A query was refined.
    Refined,
    /// A query was refined twice.
    RefinedTwice,
    /// A refinement left some keys alone.
    PartRefined,
    /// A refinement took all keys.
    NothingLeftAlone,
    /// A row of a refinement came between two of a first pass.
    RefinementBetweenRows,
    /// A row was read while another came in.
    ReadBesideRows,
    /// Reset hit while a pass was under way.
    Reset,
}

/// The buffer under test.
pub(crate) struct ScoreBench {
    params: ScoreParams,
}

impl ScoreBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = read(engine, ScoreParams::from_values, ScoreParams::interface)?;
        Ok(Self { params })
    }

    fn draw(&self, rng: &mut Rng) -> Item {
        let p = &self.params;
        let most = [3.min(p.rows), p.rows][rng.below(2) as usize];
        Item {
            rows: match rng.below(4) {
                0 => most,
                _ => 1 + rng.below(most.into()) as u32,
            },
            planes: 1 + rng.below(p.k_planes.len() as u64) as u32,
            refine: [0, 10, 50, 100][rng.below(4) as usize],
            seed: rng.draw(),
            sums: Kind::draw(rng),
            bias: Kind::draw(rng),
            seen: [0, 60, 95, 100, 100, 100][rng.below(6) as usize],
        }
    }
}

impl Bench for ScoreBench {
    type Item = Item;
    type Setup = ();
    type Point = Point;
    type Player<'a> = ScorePlayer<'a>;
    const WORDS: [&'static str; 2] = ["query", "queries"];
    const STREAMS: &'static [&'static str] = &["rows or reads with gaps"; 2];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        kit::plan(seed, cases, |rng, number, left| {
            let size = (1 + rng.below(RUN_ITEMS)).min(left);
            let items: Vec<Item> = (0..size).map(|_| self.draw(rng)).collect();
            let beats: u32 = items.iter().map(|i| 2 * i.rows * i.planes).sum();
            let stall = |rng: &mut Rng| match rng.below(2) {
                0 => Stall::NONE,
                _ => Stall::draw_offering(rng),
            };
            let stalls = vec![stall(rng), stall(rng)];
            let reset = number > 2 && rng.chance(25);
            let reset = reset.then(|| Reset::draw(rng, u64::from(beats) + 40));
            Run {
                seed: rng.draw(),
                stalls,
                reset,
                setup: (),
                items,
            }
        })
    }

    fn refuse(&self, name: &str, item: &Item) -> Option<String> {
        let p = &self.params;
        let wrong = !(1..=p.rows).contains(&item.rows)
            || !(1..=p.k_planes.len() as u32).contains(&item.planes);
        wrong.then(|| format!("{name} does not fit the buffer"))
    }

    fn weight(&self, item: &Item) -> u64 {
        u64::from(item.rows * self.params.tokens)
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a Run) -> Result<ScorePlayer<'a>, Fault> {
        Ok(ScorePlayer::new(&self.params, dut, run))
    }

    fn plainer(item: &Item) -> Vec<Item> {
        vec![
            changed(item, |i| i.rows = 1),
            changed(item, |i| i.rows = i.rows.div_ceil(2)),
            changed(item, |i| i.planes = 1),
            changed(item, |i| i.refine = 0),
            changed(item, |i| i.seen = 100),
            changed(item, |i| i.seed = 1),
            changed(item, |i| i.sums = Kind::OneHot),
            changed(item, |i| i.bias = Kind::OneHot),
        ]
    }

    fn describe(&self, items: &[Item]) -> String {
        let rows = items.iter().map(|i| u64::from(i.rows)).sum();
        let queries = plural(items.len() as u64, "query", "queries");
        format!("{queries}, {}", plural(rows, "row", "rows"))
    }

    fn reaches(&self, point: Point) -> bool {
        use Point::{NothingLeftAlone, PartRefined, Refined, RefinementBetweenRows, SeveralPlanes};
        let planes = self.params.k_planes.len();
        match point {
            SeveralPlanes | Refined | PartRefined | NothingLeftAlone | RefinementBetweenRows => {
                planes > 1
            }
            Point::RefinedTwice => planes > 2,
            _ => true,
        }
    }
}
