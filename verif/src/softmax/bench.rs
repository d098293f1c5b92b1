// SPDX-License-Identifier: MIT OR Apache-2.0
//! The softmax passes as the verification loop sees them.

use std::collections::BTreeMap;

use hwgen_golden::softmax::SoftmaxParams;

use super::coverage::Coverage;
use super::play::Player;
use super::ports::wanted;
use super::{Item, Run, Shape, Verdict};
use crate::report::Fault;
use crate::shrink::simpler_by_items;
use crate::verify::Bench;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::rng::{self, Rng};
use hwgen_sim::stream::{Reset, Stall};

/// Most passes of one run.
const RUN_ITEMS: u64 = 24;

/// Parameters of the engine under test.
pub(crate) struct SoftmaxBench {
    params: SoftmaxParams,
}

impl SoftmaxBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = SoftmaxParams {
            tokens: engine.number("Tokens")?,
            rows: engine.number("Rows")?,
            contexts: engine.number("Contexts")?,
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
        let most = match rng.below(3) {
            0 => 3.min(p.rows),
            1 => 40.min(p.rows),
            _ => p.rows,
        };
        // As many shifts as bring scores of this width to the range of the table.
        let fitting = i64::from(p.score_w) - 20;
        let (low, high) = match rng.below(3) {
            0 => (-16, 31),
            _ => ((fitting - 6).clamp(-16, 31), (fitting + 6).clamp(-16, 31)),
        };
        let scan = match rng.below(6) {
            0 => Verdict::All,
            1 => Verdict::Limit(rng.below(4096) as u32),
            2 => Verdict::Limit(rng.below(64) as u32),
            _ => Verdict::Sums,
        };
        Item {
            context: rng.below(p.contexts.into()) as u32,
            rows: match rng.below(4) {
                0 => most,
                _ => 1 + rng.below(most.into()) as u32,
            },
            certain: rng.chance(50),
            planes: rng.below(4) as u32,
            pre_shift: rng.between(low, high) as i32,
            mant: [0x8000, 0xffff, 0, rng.below(1 << 16) as u32][rng.below(4) as usize],
            scan,
            seed: rng.draw(),
            shape: Shape::ALL[rng.below(6) as usize],
        }
    }
}

impl Bench for SoftmaxBench {
    type Run = Run;
    type Coverage = Coverage;

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        rng::runs(seed, cases, RUN_ITEMS, move |rng, number, size| {
            let items: Vec<Item> = (0..size).map(|_| self.draw(rng)).collect();
            let rows: u32 = items.iter().map(|i| i.rows).sum();
            let stall = if rng.chance(50) {
                Stall::draw_offering(rng)
            } else {
                Stall::NONE
            };
            let reset =
                (number > 2 && rng.chance(25)).then(|| Reset::draw(rng, u64::from(rows) + 60));
            Run {
                seed: rng.draw(),
                stall,
                reset,
                items,
            }
        })
    }

    fn refuse(&self, run: &Run) -> Option<String> {
        let p = &self.params;
        run.items.iter().enumerate().find_map(|(i, item)| {
            let wrong = item.context >= p.contexts
                || !(1..=p.rows).contains(&item.rows)
                || item.planes > 3
                || !(-16..=31).contains(&item.pre_shift)
                || item.mant > 0xffff
                || matches!(item.scan, Verdict::Limit(4096..));
            wrong.then(|| format!("pass {i} does not fit the engine"))
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
                |r| r.stall = Stall::NONE,
                |r| r.seed = 1,
            ],
            plainer,
        )
    }

    fn describe(&self, run: &Run) -> String {
        let count = run.items.len();
        let rows: u32 = run.items.iter().map(|i| i.rows).sum();
        let mut text = format!(
            "{count} pass{}, {rows} row{}",
            if count == 1 { "" } else { "es" },
            if rows == 1 { "" } else { "s" },
        );
        if run.reset.is_some() {
            text.push_str(", reset in between");
        }
        if run.stall != Stall::NONE {
            text.push_str(", commands with gaps");
        }
        text
    }

    fn named(&self, coverage: &Coverage) -> BTreeMap<String, u64> {
        coverage.named()
    }
}

/// Lists simpler passes.
fn plainer(item: &Item) -> Vec<Item> {
    let all = [
        Item { rows: 1, ..*item },
        Item {
            rows: item.rows.div_ceil(2),
            ..*item
        },
        Item {
            context: 0,
            ..*item
        },
        Item {
            certain: false,
            ..*item
        },
        Item { seed: 1, ..*item },
        Item {
            shape: Shape::Equal,
            ..*item
        },
        Item {
            scan: Verdict::Sums,
            ..*item
        },
        Item {
            pre_shift: 0,
            ..*item
        },
        Item {
            mant: 0x8000,
            ..*item
        },
    ];
    all.into_iter().filter(|simpler| simpler != item).collect()
}
