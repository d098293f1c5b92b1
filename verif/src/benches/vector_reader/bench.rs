// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stimulus of the vector reader.

use super::Point;
use super::case::{Ask, Kind, Setup};
use super::device::VectorReaderBench;
use super::play::ReaderPlayer;
use crate::kit::{self, Bench, Pattern, Reset, RunOf, Stall, changed};
use crate::memory::Behaviour;
use crate::report::Fault;
use hwgen_sim::dut::Dut;

/// Most requests of one run.
const RUN_ITEMS: u64 = 60;
/// Most tokens of a head.
const MOST_TOKENS: u32 = 512;

impl Bench for VectorReaderBench {
    type Item = Ask;
    type Setup = Setup;
    type Point = Point;
    type Player<'a> = ReaderPlayer<'a>;
    const WORDS: [&'static str; 2] = ["request", "requests"];
    const STREAMS: &'static [&'static str] = &[
        "requests stalled",
        "stopped now and then",
        "errors cleared",
        "responses stalled",
    ];

    /// The first runs are streams of rows on a memory that answers in a cycle, in a few, and rows one
    /// by one; then each other kind has a run.
    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        let p = &self.params;
        let most = (p.max_tokens / p.tokens).min(MOST_TOKENS / p.tokens).max(1) * p.tokens;
        kit::plan(seed, cases, move |rng, number, left| {
            let size = (1 + rng.below(RUN_ITEMS)).min(left);
            let size = if number <= 3 {
                left.min(2 * RUN_ITEMS)
            } else {
                size
            };
            let rows = 1 + rng.below(u64::from(most / p.tokens)) as u32;
            let tokens = if rng.chance(50) {
                most
            } else {
                rows * p.tokens
            };
            let kind = match number {
                1 => Kind::Top,
                3 => Kind::Refined,
                2 => Kind::Rows,
                4..=8 => Kind::ALL[number as usize - 2],
                _ => Kind::ALL[rng.below(7) as usize],
            };
            let setup = match number {
                1..=3 => Setup {
                    behaviour: Some(Behaviour::ideal([1, 5, 1][number as usize - 1])),
                    tokens: most,
                    ..Setup::default()
                },
                _ => Setup::draw(rng, p, tokens),
            };
            let stalled = number > 3 && rng.chance(70);
            let mut stalls = Stall::draw_all(rng, stalled, 3, 1);
            if number > 3 && rng.chance(50) {
                // Errors are cleared only where the stream is stalled.
                stalls[2] = Stall::half(1)[0];
            }
            if number == 3 {
                // Rows come one by one, so that a beat that two of them share is asked for twice.
                stalls[0] = Stall::half(1)[0];
                stalls[0].pattern = Pattern::Random { percent: 5 };
            }
            let reset = (number > 3 && rng.chance(25)).then(|| Reset::draw(rng, 3 * size + 60));
            RunOf::<Self> {
                seed: rng.draw(),
                stalls,
                reset,
                items: kind.draw(rng, p, &setup, size),
                setup,
            }
        })
    }

    fn refuse(&self, name: &str, ask: &Ask) -> Option<String> {
        let p = &self.params;
        let lanes = ask.tokens.len();
        if lanes != p.tokens as usize {
            return Some(format!("{name} has {lanes} lanes of {}", p.tokens));
        }
        let planes = p.planes(ask.value).len();
        (ask.plane as usize >= planes)
            .then(|| format!("{name} is of plane {} of {planes}", ask.plane))
    }

    fn refuse_run(&self, run: &RunOf<Self>) -> Option<String> {
        let (streams, has) = (Self::STREAMS.len(), run.stalls.len());
        if has != streams {
            return Some(format!("it has stalls of {has} streams, not of {streams}"));
        }
        let (tokens, heads) = (run.setup.tokens(&self.params), run.setup.heads);
        if tokens == 0 || heads == 0 || heads > self.params.memory.heads {
            return Some(format!("it has {heads} heads of {tokens} tokens"));
        }
        run.items.iter().enumerate().find_map(|(i, ask)| {
            let name = format!("request {i}");
            let slot = u32::from(ask.head) % self.params.memory.heads;
            let outside = ask.tokens.iter().any(|&t| t >= tokens) || slot >= heads;
            let outside = outside.then(|| format!("{name} is of a token or head without a place"));
            self.refuse(&name, ask).or(outside)
        })
    }

    fn weight(&self, ask: &Ask) -> u64 {
        ask.mask.count_ones().into()
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<ReaderPlayer<'a>, Fault> {
        Ok(ReaderPlayer::new(&self.params, dut, run))
    }

    fn plainer(ask: &Ask) -> Vec<Ask> {
        let lowest = ask.mask & ask.mask.wrapping_neg();
        vec![
            changed(ask, |a| a.mask = lowest),
            changed(ask, |a| a.plane = 0),
            changed(ask, |a| a.tokens.fill(0)),
        ]
    }

    fn reaches(&self, point: Point) -> bool {
        let p = &self.params;
        let (channels, t) = (p.memory.channels, p.tokens);
        let beat = p.memory.beat_bytes();
        let all = [false, true].map(|v| (0..p.planes(v).len()).map(move |i| (v, i)));
        let mut vectors = all.into_iter().flatten();
        match point {
            // Two lanes in one channel.
            Point::Masked | Point::Conflict => t > 1,
            Point::Run => t > channels,
            Point::Long => p.memory.chunk() > 1,
            Point::Shared | Point::Again => {
                vectors.any(|(v, i)| !p.stride(v, i).is_multiple_of(beat))
            }
            Point::Whole | Point::Page | Point::Crowded => p.memory.chunk() <= 16,
            Point::Rewritten => p.memory.heads > 3,
            _ => true,
        }
    }
}
