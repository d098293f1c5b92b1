// SPDX-License-Identifier: MIT OR Apache-2.0
//! The score buffer as the verification loop sees it.

use std::collections::BTreeMap;

use hwgen_golden::score::ScoreParams;

use super::coverage::Coverage;
use super::play::Player;
use super::ports::wanted;
use super::{Item, Run};
use crate::pipe::Kind;
use crate::report::Fault;
use crate::shrink::simpler_by_items;
use crate::verify::Bench;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::rng::{self, Rng};
use hwgen_sim::stream::{Reset, Stall};

/// Most queries of one run.
const RUN_ITEMS: u64 = 16;

/// Parameters of the buffer under test.
pub(crate) struct ScoreBench {
    params: ScoreParams,
}

impl ScoreBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let widths = engine.number("KWidths")?;
        let count = engine.number("KPlanes")?;
        let params = ScoreParams {
            tokens: engine.number("Tokens")?,
            rows: engine.number("Rows")?,
            contexts: engine.number("Contexts")?,
            k_planes: (0..count.min(8)).map(|p| widths >> (4 * p) & 15).collect(),
            sum_w: engine.number("SumW")?,
            query_w: engine.number("QueryW")?,
            score_w: engine.number("ScoreW")?,
        };
        if let Some(violation) = params.violations().first() {
            return Err(engine.refused(violation.to_string()));
        }
        engine.declares(&wanted(&params))?;
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
    type Run = Run;
    type Coverage = Coverage;

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        rng::runs(seed, cases, RUN_ITEMS, move |rng, number, size| {
            let items: Vec<Item> = (0..size).map(|_| self.draw(rng)).collect();
            let beats: u32 = items.iter().map(|i| 2 * i.rows * i.planes).sum();
            let stall = |rng: &mut Rng| match rng.below(2) {
                0 => Stall::NONE,
                _ => Stall::draw_offering(rng),
            };
            let stalls = [stall(rng), stall(rng)];
            let reset =
                (number > 2 && rng.chance(25)).then(|| Reset::draw(rng, u64::from(beats) + 40));
            Run {
                seed: rng.draw(),
                stalls,
                reset,
                items,
            }
        })
    }

    fn refuse(&self, run: &Run) -> Option<String> {
        let p = &self.params;
        run.items.iter().enumerate().find_map(|(i, item)| {
            let wrong = !(1..=p.rows).contains(&item.rows)
                || !(1..=p.k_planes.len() as u32).contains(&item.planes);
            wrong.then(|| format!("query {i} does not fit the buffer"))
        })
    }

    fn seed(&self, run: &Run) -> u64 {
        run.seed
    }

    fn size(&self, run: &Run) -> (u64, u64) {
        let keys = |item: &Item| u64::from(item.rows * self.params.tokens);
        (run.items.len() as u64, run.items.iter().map(keys).sum())
    }

    fn play(&self, dut: &mut Dut, run: &Run, coverage: &mut Coverage) -> Result<(), Fault> {
        Player::new(&self.params, dut, run)?.play(coverage)
    }

    fn simpler(run: &Run) -> Box<dyn Iterator<Item = Run> + '_> {
        simpler_by_items(
            run,
            |r| &mut r.items,
            &[
                |r| r.reset = None,
                |r| r.stalls[0] = Stall::NONE,
                |r| r.stalls[1] = Stall::NONE,
                |r| r.seed = 1,
            ],
            plainer,
        )
    }

    fn describe(&self, run: &Run) -> String {
        let count = run.items.len();
        let rows: u32 = run.items.iter().map(|i| i.rows).sum();
        let mut text = format!(
            "{count} {}, {rows} row{}",
            if count == 1 { "query" } else { "queries" },
            if rows == 1 { "" } else { "s" },
        );
        if run.reset.is_some() {
            text.push_str(", reset in between");
        }
        if run.stalls != [Stall::NONE; 2] {
            text.push_str(", rows or reads with gaps");
        }
        text
    }

    fn named(&self, coverage: &Coverage) -> BTreeMap<String, u64> {
        coverage.named(self.params.k_planes.len())
    }
}

/// Lists simpler queries.
fn plainer(item: &Item) -> Vec<Item> {
    let all = [
        Item { rows: 1, ..*item },
        Item {
            rows: item.rows.div_ceil(2),
            ..*item
        },
        Item { planes: 1, ..*item },
        Item { refine: 0, ..*item },
        Item { seen: 100, ..*item },
        Item { seed: 1, ..*item },
        Item {
            sums: Kind::OneHot,
            ..*item
        },
        Item {
            bias: Kind::OneHot,
            ..*item
        },
    ];
    all.into_iter().filter(|simpler| simpler != item).collect()
}
