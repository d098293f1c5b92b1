// SPDX-License-Identifier: MIT OR Apache-2.0
//! The score buffer as the kit sees it.

use hwgen_golden::score::ScoreParams;

use super::play::ScorePlayer;
use super::{Item, Point, Run};
use crate::benches::numbers::Kind;
use crate::kit::{self, Bench, Reset, Stall, changed, read};
use crate::report::{Fault, plural};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::rng::Rng;

/// Most queries of one run.
const RUN_ITEMS: u64 = 16;

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
        use Point::{NothingLeftAlone, PartRefined, Refined, SeveralPlanes};
        use Point::{RefinementBetweenRows, RefinementsFollow};
        let planes = self.params.k_planes.len();
        match point {
            SeveralPlanes
            | Refined
            | PartRefined
            | NothingLeftAlone
            | RefinementBetweenRows
            | RefinementsFollow => planes > 1,
            Point::RefinedTwice => planes > 2,
            _ => true,
        }
    }
}
