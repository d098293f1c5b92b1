// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stimulus of the dispatch.

use hwgen_sim::dut::Dut;

use super::descriptor::Theme;
use super::order::{Order, REGION, Setup};
use super::play::DispatchPlayer;
use super::{DispatchBench, Point};
use crate::kit::{self, Bench, Reset, RunOf, Stall, changed};
use crate::memory::{AxiRead, Behaviour, Memory, Rules, Space};
use crate::report::Fault;

/// Most descriptors of one run.
const RUN_ITEMS: u64 = 16;
/// Bytes of the window of a run.
const ROOM: u64 = 1 << 27;

impl Bench for DispatchBench {
    type Item = Order;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = DispatchPlayer<'a>;
    const WORDS: [&'static str; 2] = ["descriptor", "descriptors"];
    const STREAMS: &'static [&'static str] = &[
        "descriptors stalled",
        "ends of reads stalled",
        "ends of results stalled",
        "answers of cascade pruning stalled",
        "lists stalled",
        "answers stalled",
        "jobs stalled",
        "reads stalled",
        "feeds stalled",
        "results stalled",
    ];

    /// The first run is of plain jobs at full pace, the second the same with results that never
    /// come soon, and then each is of anything.
    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        kit::plan(seed, cases, move |rng, number, left| {
            let size = (1 + rng.below(RUN_ITEMS)).min(left);
            let plain = number <= 2;
            let high = (rng.draw() >> 20) << 12;
            let base = match rng.below(6) {
                0 | 5 => 0,
                1 => (high | 0xffff_ffff) - 0x3ff_ffff,
                2 => u64::MAX - ROOM - 4095,
                _ => high.min(u64::MAX - 2 * ROOM),
            };
            // Edges that are no multiples of a page now and then.
            let base = base + [0, 0, 8, 1][rng.below(4) as usize];
            let end = (base + ROOM) / 4096 * 4096 + [0, 8, 4088, 1][rng.below(4) as usize];
            let mut setup = Setup {
                behaviour: (!plain).then(|| Behaviour::draw(rng)),
                window: (base, end),
                attributes: (rng.below(8) as u32, [0, 2, 3, 15][rng.below(4) as usize]),
                fails: if plain || rng.chance(60) {
                    0
                } else {
                    [5, 40][rng.below(2) as usize]
                },
                vectors: if plain || rng.chance(60) { 0 } else { 10 },
            };
            if let Some(behaviour) = setup.behaviour.as_mut().filter(|_| rng.chance(25)) {
                behaviour.errors.seed = rng.draw();
                behaviour.errors.per_mille = 10;
            }
            let wrong = [(0, 0), (20, 25), (60, 60)][rng.below(3) as usize];
            let mut theme = Theme {
                window: setup.window,
                entries: 0,
                left: Vec::new(),
                wrong: if plain { (0, 0) } else { wrong },
                plain,
                number: 0,
            };
            let stalled = !plain && rng.chance(70);
            let mut stalls = Stall::draw_all(rng, stalled, 5, 5);
            // Where results come late, jobs of two descriptors are under way.
            if number == 2 || (stalled && rng.chance(25)) {
                stalls[2] = Stall::rare(rng);
            }
            let reset = (!plain && rng.chance(25)).then(|| Reset::draw(rng, 120 * size));
            RunOf::<Self> {
                seed: rng.draw(),
                stalls,
                reset,
                items: (0..size).map(|_| theme.draw(rng, &self.params)).collect(),
                setup,
            }
        })
    }

    fn refuse(&self, name: &str, order: &Order) -> Option<String> {
        let records = order.records.iter().all(|record| record.len() == 128);
        let bytes = order.bytes.len() == 64 && records;
        if !bytes {
            return Some(format!("{name} has not 64 bytes, or a record not 128"));
        }
        let most = self.params.vectors.max_tokens;
        if !(1..=most).contains(&order.tokens) || order.answer > 4 {
            return Some(format!(
                "{name} has an answer that cascade pruning does not give"
            ));
        }
        (self.params.max_heads > 0 && order.bytes[0] == 3 && order.left.is_empty())
            .then(|| format!("{name} leaves no head"))
    }

    fn refuse_run(&self, run: &RunOf<Self>) -> Option<String> {
        let (streams, has) = (Self::STREAMS.len(), run.stalls.len());
        if has != streams {
            return Some(format!("it has stalls of {has} streams, not of {streams}"));
        }
        let mut items = run.items.iter().enumerate();
        items.find_map(|(i, order)| {
            let aligned = order.place.is_multiple_of(128) && order.place < u64::MAX - REGION;
            let placed = (!aligned).then(|| format!("descriptor {i} has records in no place"));
            self.refuse(&format!("descriptor {i}"), order).or(placed)
        })
    }

    fn weight(&self, order: &Order) -> u64 {
        1 + order.records.len() as u64
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<DispatchPlayer<'a>, Fault> {
        let lanes = self.params.vectors.memory.io_w / 8;
        let rules = Rules {
            attributes: Some(run.setup.attributes),
            bursts_in_flight: Some(self.params.records()),
            ..Rules::new(lanes, 128 / lanes)
        };
        let memory = Memory::new(Space::new(run.seed));
        let axi = AxiRead::find(dut, "mem", 0, 1, rules, run.setup.behaviour());
        Ok(DispatchPlayer::new(dut, &self.params, run, axi, memory))
    }

    fn plainer(order: &Order) -> Vec<Order> {
        let shorter = changed(order, |o| o.records.truncate(1));
        let fewer = changed(order, |o| (o.bytes[24], o.bytes[25]) = (1, 0));
        let flags = changed(order, |o| o.bytes[2] = 0);
        vec![shorter, fewer, flags]
    }

    fn reaches(&self, point: Point) -> bool {
        let p = &self.params;
        match point {
            Point::Cascade
            | Point::CascadeRefused
            | Point::CascadeShort
            | Point::LeftHeads
            | Point::RecordOutside => p.max_heads > 0,
            Point::Append => p.append,
            _ => true,
        }
    }
}
