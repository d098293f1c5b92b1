// SPDX-License-Identifier: MIT OR Apache-2.0
//! The softmax passes as the kit sees them.

use hwgen_golden::softmax::SoftmaxParams;

use super::play::SoftmaxPlayer;
use super::{Item, Point, Run, Shape, Verdict};
use crate::kit::{self, Bench, Reset, Stall, changed, read};
use crate::report::{Fault, plural};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::rng::Rng;

/// Most passes of one run.
const RUN_ITEMS: u64 = 24;

/// The passes under test.
pub(crate) struct SoftmaxBench {
    params: SoftmaxParams,
}

impl SoftmaxBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let params = read(engine, SoftmaxParams::from_values, SoftmaxParams::interface)?;
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
    type Item = Item;
    type Setup = ();
    type Point = Point;
    type Player<'a> = SoftmaxPlayer<'a>;
    const WORDS: [&'static str; 2] = ["pass", "passes"];
    const STREAMS: &'static [&'static str] = &["commands with gaps"];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        kit::plan(seed, cases, |rng, number, left| {
            let size = (1 + rng.below(RUN_ITEMS)).min(left);
            let items: Vec<Item> = (0..size).map(|_| self.draw(rng)).collect();
            let rows: u32 = items.iter().map(|i| i.rows).sum();
            let stall = if rng.chance(50) {
                Stall::draw_offering(rng)
            } else {
                Stall::NONE
            };
            let reset = number > 2 && rng.chance(25);
            let reset = reset.then(|| Reset::draw(rng, u64::from(rows) + 60));
            Run {
                seed: rng.draw(),
                stalls: vec![stall],
                reset,
                setup: (),
                items,
            }
        })
    }

    fn refuse(&self, name: &str, item: &Item) -> Option<String> {
        let p = &self.params;
        let wrong = item.context >= p.contexts
            || !(1..=p.rows).contains(&item.rows)
            || item.planes > 3
            || !(-16..=31).contains(&item.pre_shift)
            || item.mant > 0xffff
            || matches!(item.scan, Verdict::Limit(4096..));
        wrong.then(|| format!("{name} does not fit the engine"))
    }

    fn weight(&self, item: &Item) -> u64 {
        u64::from(item.rows * self.params.tokens)
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a Run) -> Result<SoftmaxPlayer<'a>, Fault> {
        Ok(SoftmaxPlayer::new(&self.params, dut, run))
    }

    fn plainer(item: &Item) -> Vec<Item> {
        vec![
            changed(item, |i| i.rows = 1),
            changed(item, |i| i.rows = i.rows.div_ceil(2)),
            changed(item, |i| i.context = 0),
            changed(item, |i| i.certain = false),
            changed(item, |i| i.seed = 1),
            changed(item, |i| i.shape = Shape::Equal),
            changed(item, |i| i.scan = Verdict::Sums),
            changed(item, |i| i.pre_shift = 0),
            changed(item, |i| i.mant = 0x8000),
        ]
    }

    fn describe(&self, items: &[Item]) -> String {
        let rows = items.iter().map(|i| u64::from(i.rows)).sum();
        let passes = plural(items.len() as u64, "pass", "passes");
        format!("{passes}, {}", plural(rows, "row", "rows"))
    }
}
