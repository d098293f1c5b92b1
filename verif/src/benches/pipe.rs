// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of pipelines without back-pressure: beats go in with gaps, and what an item of one or
//! more beats makes comes out a fixed number of cycles after its last beat, with its tag.
//!
//! Knows no block. What an item is, its beats and its result, the block says as [`Pipe`].

use std::collections::VecDeque;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::numbers::Kind;
use crate::kit::{
    self, Bench, Io, Player, Reset, RunOf, Stall, agree, differs, input, output, pack, points, same,
};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, In, Out, mask};
use hwgen_sim::rng::Rng;

/// Most items of one run.
const RUN_ITEMS: u64 = 60;
/// Cycles that no pipeline needs.
const PATIENCE: u64 = 200;
/// Cycles watched after the last result.
const REST: u64 = 19;

/// A port of fields of equal width, lowest first: its name, and the bits of a field.
pub(crate) type Fields = (&'static str, u32);

/// Values of the ports of a beat, in the order of [`Shape::inputs`].
pub(crate) type Beat = Vec<Vec<u64>>;

/// What a block of this kind looks like from outside, beside clock, reset, `valid_i` and `last_i`,
/// `tag_i`, `valid_o` and `tag_o`.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// What is there with a beat.
    pub(crate) inputs: Vec<Fields>,
    /// What comes of an item.
    pub(crate) output: Fields,
    /// Least cycles from one last beat to the next.
    pub(crate) spacing: u64,
    /// A result stays until this many cycles before the next, where it does.
    pub(crate) stays: Option<u64>,
}

/// An item as it goes in, and what is to come out.
pub(crate) struct Script {
    pub(crate) beats: Vec<Beat>,
    /// Fields of the output.
    pub(crate) result: Vec<u64>,
    /// Situations that it is, or is not.
    pub(crate) points: Vec<(Point, bool)>,
}

points! {
    /// A pause within an item.
    PauseWithin,
    /// An item right behind another.
    BackToBack,
    /// An item of one beat.
    SingleBeat,
    /// Reset hit while results were on their way.
    Reset,
    /// Digits were all of one value.
    AllEqual,
    /// Digits were all 0 but one.
    OneHot,
    /// Digits were the smallest or the largest.
    Extreme,
    /// A sum was the largest that there is.
    LargestSum,
    /// All weights of a beat were 0.
    NoWeight,
    /// A weight was all ones.
    FullWeight,
    /// A sum left its range.
    Wrapped,
    /// A beat was shifted as far as any may be.
    LargestShift,
}

/// Situations that every pipeline can be in.
const ALWAYS: [Point; 7] = [
    Point::PauseWithin,
    Point::BackToBack,
    Point::SingleBeat,
    Point::Reset,
    Point::AllEqual,
    Point::OneHot,
    Point::Extreme,
];

/// A block of this kind.
pub(crate) trait Pipe: Sync + 'static {
    /// What becomes one result.
    type Item: Clone + PartialEq + Sync + Serialize + DeserializeOwned;
    /// What items are called, one and several.
    const WORDS: [&'static str; 2];
    /// Situations that its scripts count, beside those that every pipeline can be in.
    const POINTS: &'static [Point];

    /// Describes the ports.
    fn shape(&self) -> Shape;
    /// Returns the fields of the output.
    fn results(&self) -> u32;
    /// Draws an item.
    fn draw(&self, rng: &mut Rng) -> Self::Item;
    /// Says why an item, called by `name`, cannot be played.
    fn refuse(&self, name: &str, item: &Self::Item) -> Option<String>;
    /// Makes the beats of an item, and its result by the golden model.
    fn script(&self, item: &Self::Item) -> Script;
    /// Lists simpler items.
    fn plainer(item: &Self::Item) -> Vec<Self::Item>;
}

/// Reads numbers as ports take them.
pub(crate) fn bits(numbers: &[i64]) -> Vec<u64> {
    numbers.iter().map(|&n| n as u64).collect()
}

/// Tells which situations the kind of an item's digits is.
pub(crate) fn kinds(digits: Kind) -> Vec<(Point, bool)> {
    vec![
        (Point::AllEqual, digits == Kind::Equal),
        (Point::OneHot, digits == Kind::OneHot),
        (Point::Extreme, digits == Kind::Extreme),
    ]
}

/// The pipeline under test.
pub(crate) struct PipeBench<P> {
    pub(crate) pipe: P,
}

impl<P: Pipe> Bench for PipeBench<P> {
    type Item = P::Item;
    type Setup = ();
    type Point = Point;
    type Player<'a> = PipePlayer;
    const WORDS: [&'static str; 2] = P::WORDS;
    const STREAMS: &'static [&'static str] = &["beats with gaps"];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = RunOf<Self>> + '_> {
        kit::plan(seed, cases, |rng, number, left| {
            let size = (1 + rng.below(RUN_ITEMS)).min(left);
            let stall = if rng.chance(60) {
                Stall::draw_offering(rng)
            } else {
                Stall::NONE
            };
            let reset = (number > 2 && rng.chance(25)).then(|| Reset::draw(rng, 4 * size + 20));
            RunOf::<Self> {
                seed: rng.draw(),
                stalls: vec![stall],
                reset,
                setup: (),
                items: (0..size).map(|_| self.pipe.draw(rng)).collect(),
            }
        })
    }

    fn refuse(&self, name: &str, item: &P::Item) -> Option<String> {
        self.pipe.refuse(name, item)
    }

    fn weight(&self, _: &P::Item) -> u64 {
        self.pipe.results().into()
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a RunOf<Self>) -> Result<PipePlayer, Fault> {
        let shape = self.pipe.shape();
        let inputs = shape.inputs.iter();
        Ok(PipePlayer {
            valid: input(dut, "valid_i"),
            last: input(dut, "last_i"),
            tag: input(dut, "tag_i"),
            inputs: inputs.map(|&(name, w)| (input(dut, name), w)).collect(),
            valid_o: output(dut, "valid_o"),
            tag_o: output(dut, "tag_o"),
            output: output(dut, shape.output.0),
            shape,
            stall: run.stalls[0],
            scripts: run.items.iter().map(|i| self.pipe.script(i)).collect(),
            at: (0, 0),
            pending: VecDeque::new(),
            seen: 0,
            latency: None,
            ended: None,
            staying: None,
            scratch: Vec::new(),
        })
    }

    fn plainer(item: &P::Item) -> Vec<P::Item> {
        P::plainer(item)
    }

    fn reaches(&self, point: Point) -> bool {
        ALWAYS.contains(&point) || P::POINTS.contains(&point)
    }
}

/// A result on its way: number of the item, tag, cycle of its last beat.
type Pending = (usize, u64, u64);

/// Plays items on a pipeline.
pub(crate) struct PipePlayer {
    shape: Shape,
    valid: In,
    last: In,
    tag: In,
    /// Ports with the bits of their fields.
    inputs: Vec<(In, u32)>,
    valid_o: Out,
    tag_o: Out,
    output: Out,
    stall: Stall,
    scripts: Vec<Script>,
    /// The item that goes in, and its beat.
    at: (usize, usize),
    pending: VecDeque<Pending>,
    /// Results that came out.
    seen: usize,
    /// Cycles from a last beat to its result, once known.
    latency: Option<u64>,
    /// Cycle of the last beat that ended an item.
    ended: Option<u64>,
    /// The result that stays, and until which cycle it did.
    staying: Option<(Pending, u64)>,
    scratch: Vec<u64>,
}

impl PipePlayer {
    /// Notes whether the last result is still there.
    fn check_staying(&mut self, io: &Io<Point>) {
        let Some(((item, tag, _), until)) = self.staying else {
            return;
        };
        let there = io.get(self.tag_o) == tag && {
            let (words, want) = (io.dut.words(self.output), &self.scripts[item].result);
            let (count, want) = (want.len() as u32, want.iter().copied());
            agree(words, &mut self.scratch, count, self.shape.output.1, want)
        };
        if there && until + 1 == io.clocked() {
            self.staying = self.staying.map(|(result, _)| (result, io.clocked()));
        }
    }

    /// Compares the result on the port with the model's.
    fn compare(&self, io: &Io<Point>, item: usize) -> Result<(), Fault> {
        let (name, width) = self.shape.output;
        for (at, want) in (0..).zip(&self.scripts[item].result) {
            let want = want & mask(width);
            let got = io.dut.get_field(self.output, at * width, width);
            if want != got {
                return Err(differs(format_args!("{name} {at}"), width, want, got));
            }
        }
        Ok(())
    }
}

impl Player for PipePlayer {
    type Point = Point;

    fn begin(&mut self, io: &mut Io<Point>) {
        for (point, is) in self.scripts.iter().flat_map(|script| &script.points) {
            io.count(*point, *is);
        }
    }

    fn patience(&self) -> u64 {
        PATIENCE + self.stall.longest()
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        io.set(self.valid, false);
    }

    /// Puts the next beat on the ports, or noise.
    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let ((item, beat), cycle) = (self.at, io.cycle());
        let due = self.scripts.get(item).filter(|script| {
            let ends = beat + 1 == script.beats.len();
            let spaced = self.ended.is_none_or(|at| cycle >= at + self.shape.spacing);
            self.stall.go(cycle) && (spaced || !ends)
        });
        io.set(self.valid, due.is_some());
        let tag = io.noise.draw() & mask(self.tag.width());
        io.set(self.tag, tag);
        let Some(script) = due else {
            io.count(Point::PauseWithin, beat > 0);
            io.scribble(self.last);
            for (port, _) in &self.inputs {
                io.scribble(*port);
            }
            return false;
        };
        let ends = beat + 1 == script.beats.len();
        io.set(self.last, ends);
        for ((port, width), values) in self.inputs.iter().zip(&script.beats[beat]) {
            pack(io.dut.words_mut(*port), *width, values.iter().copied());
        }
        io.count(Point::SingleBeat, ends && beat == 0);
        let behind = self.ended == cycle.checked_sub(1);
        io.count(Point::BackToBack, beat == 0 && behind);
        self.at = (item, beat + 1);
        if ends {
            self.pending.push_back((item, tag, cycle));
            self.ended = Some(cycle);
            self.at = (item + 1, 0);
        }
        true
    }

    /// Checks the outputs of a cycle; tells whether a result came.
    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let cycle = io.clocked();
        if !io.is(self.valid_o) {
            let late = self.pending.front().zip(self.latency);
            if late.is_some_and(|((_, _, at), latency)| cycle >= at + latency) {
                return Err(Fault::new("valid_o", "the result of an item", "nothing"));
            }
            self.check_staying(io);
            return Ok(false);
        }
        let Some(result) = self.pending.pop_front() else {
            return Err(Fault::new("valid_o", "no result before its item", "one"));
        };
        let took = cycle - result.2;
        let latency = *self.latency.get_or_insert(took);
        if latency != took {
            let say = |cycles: u64| format!("a result {cycles} cycles after its last beat");
            return Err(Fault::new("valid_o", say(latency), say(took)));
        }
        if let (Some(gap), Some((_, until))) = (self.shape.stays, self.staying)
            && until + gap < cycle
        {
            let want = format!("the result before until cycle {}", cycle - gap);
            let got = format!("another from cycle {} on", until + 1);
            return Err(Fault::new(self.shape.output.0, want, got));
        }
        same("tag_o", self.tag_o.width(), result.1, io.get(self.tag_o))?;
        self.compare(io, result.0)?;
        self.staying = Some((result, cycle));
        self.seen += 1;
        Ok(true)
    }

    fn done(&self) -> bool {
        self.seen == self.scripts.len()
    }

    /// Goes back to what has not come out.
    fn restart(&mut self, io: &mut Io<Point>) {
        io.count(Point::Reset, !self.pending.is_empty());
        self.at = (self.seen, 0);
        self.pending.clear();
        (self.ended, self.staying) = (None, None);
    }

    fn in_reset(&mut self, io: &mut Io<Point>) {
        let valid = io.noise.below(2);
        io.set(self.valid, valid);
    }

    fn under_way(&self) -> usize {
        self.seen
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("valid_o", "a result")
    }
}
