// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays items on a pipeline, cycle by cycle.

use std::collections::VecDeque;

use super::coverage::Coverage;
use super::{Fields, Script, Shape};
use crate::pack::{agree, pack};
use crate::report::{Fault, spell};
use hwgen_sim::dut::{Dut, In, Out, RtlError, mask};
use hwgen_sim::rng::Rng;
use hwgen_sim::stream::{Reset, Stall};

/// Cycles of the reset before a run.
const RESET_CYCLES: u32 = 3;
/// Cycles that no pipeline needs.
const PATIENCE: u64 = 200;
/// Cycles watched after the last result.
const REST: u64 = 20;

/// Handles of the ports.
struct Ports {
    rst_n: In,
    valid: In,
    last: In,
    tag: In,
    inputs: Vec<(In, Fields)>,
    valid_o: Out,
    tag_o: Out,
    output: Out,
}

/// A result on its way: number of the item, tag, cycle of its last beat.
type Pending = (usize, u64, u64);

/// Drives and checks one device through one run.
pub(super) struct Player<'a> {
    shape: &'a Shape,
    dut: &'a mut Dut,
    ports: Ports,
    stall: Stall,
    reset: Option<Reset>,
    scripts: Vec<Script>,
    noise: Rng,
    start: u64,
    /// The item that goes in, and its beat.
    at: (usize, usize),
    pending: VecDeque<Pending>,
    /// Results that came out.
    seen: usize,
    /// Cycles from a last beat to its result, once known.
    latency: Option<u64>,
    /// Cycle of the last beat that ended an item, and of the last beat.
    ended: Option<u64>,
    /// The result that stands, and until which cycle it did.
    standing: Option<(Pending, u64)>,
    scratch: Vec<u64>,
}

impl<'a> Player<'a> {
    /// Prepares to play on a fresh device.
    pub(super) fn new(
        shape: &'a Shape,
        dut: &'a mut Dut,
        (seed, stall, reset): (u64, Stall, Option<Reset>),
        scripts: Vec<Script>,
    ) -> Result<Self, Fault> {
        let ports = Ports::find(shape, dut).ok_or_else(|| Fault {
            transaction: 0,
            cycle: 0,
            field: "ports".into(),
            expected: "the ports of the block".into(),
            got: "one is missing".into(),
        })?;
        Ok(Self {
            shape,
            dut,
            ports,
            stall,
            reset,
            scripts,
            noise: Rng::new(!seed),
            start: 0,
            at: (0, 0),
            pending: VecDeque::new(),
            seen: 0,
            latency: None,
            ended: None,
            standing: None,
            scratch: Vec::new(),
        })
    }

    /// Plays the run.
    pub(super) fn play(mut self, coverage: &mut Coverage) -> Result<(), Fault> {
        self.dut.set(self.ports.valid, 0);
        self.dut
            .reset(RESET_CYCLES)
            .map_err(|error| self.rtl_fault(&error))?;
        self.start = self.dut.cycle();
        for script in &self.scripts {
            coverage.item(&script.situations);
        }
        let (mut progress, mut rest) = (0, 0);
        while rest < REST {
            let cycle = self.cycle();
            if let Some(reset) = self.reset.take_if(|r| r.cycle <= cycle) {
                coverage.count("reset", !self.pending.is_empty());
                self.reset(reset.length)?;
                progress = self.cycle();
                continue;
            }
            let moved = self.offer(cycle, coverage);
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
            let came = self.check(cycle)?;
            let done = self.seen == self.scripts.len();
            rest = if done { rest + 1 } else { 0 };
            if moved || came || done {
                progress = cycle;
            } else if cycle - progress > PATIENCE + self.stall.longest() {
                let got = format!("nothing for {} cycles", cycle - progress);
                return Err(self.fault("valid_o", "a result", &got));
            }
        }
        Ok(())
    }

    /// Puts the next beat on the ports, or noise; tells whether it was a beat.
    fn offer(&mut self, cycle: u64, coverage: &mut Coverage) -> bool {
        let (item, beat) = self.at;
        let due = self.scripts.get(item).filter(|script| {
            let ends = beat + 1 == script.beats.len();
            let spaced = self.ended.is_none_or(|at| cycle >= at + self.shape.spacing);
            self.stall.go(cycle) && (spaced || !ends)
        });
        let ports = &self.ports;
        self.dut.set(ports.valid, u64::from(due.is_some()));
        let tag = self.noise.draw() & mask(self.shape.tag_w);
        self.dut.set(ports.tag, tag);
        let Some(script) = due else {
            coverage.count("pause_within", beat > 0);
            let noise = &mut self.noise;
            self.dut.set(ports.last, noise.draw());
            for (port, fields) in &ports.inputs {
                let values = (0..fields.count).map(|_| noise.draw());
                pack(self.dut.words_mut(*port), fields.width, values);
            }
            return false;
        };
        let ends = beat + 1 == script.beats.len();
        self.dut.set(ports.last, u64::from(ends));
        for ((port, fields), values) in ports.inputs.iter().zip(&script.beats[beat]) {
            pack(
                self.dut.words_mut(*port),
                fields.width,
                values.iter().copied(),
            );
        }
        coverage.count("single_beat", ends && beat == 0);
        coverage.count(
            "back_to_back",
            beat == 0 && self.ended == cycle.checked_sub(1),
        );
        if ends {
            self.pending.push_back((item, tag, cycle));
            self.ended = Some(cycle);
        }
        self.at = if ends {
            (item + 1, 0)
        } else {
            (item, beat + 1)
        };
        true
    }

    /// Checks the outputs of a cycle; tells whether a result came.
    fn check(&mut self, cycle: u64) -> Result<bool, Fault> {
        if self.dut.get(self.ports.valid_o) == 0 {
            let late = self.pending.front().zip(self.latency);
            if late.is_some_and(|((_, _, at), latency)| cycle >= at + latency) {
                return Err(self.fault("valid_o", "the result of an item", "nothing"));
            }
            self.check_standing(cycle);
            return Ok(false);
        }
        let Some(result) = self.pending.pop_front() else {
            return Err(self.fault("valid_o", "no result before its item", "one"));
        };
        let took = cycle - result.2;
        if *self.latency.get_or_insert(took) != took {
            let say = |cycles: u64| format!("a result {cycles} cycles after its last beat");
            let want = say(self.latency.unwrap_or(took));
            return Err(self.fault("valid_o", &want, &say(took)));
        }
        if let (Some(gap), Some((_, until))) = (self.shape.stands, self.standing)
            && until + gap < cycle
        {
            let want = format!("the result before until cycle {}", cycle - gap);
            let got = format!("another from cycle {} on", until + 1);
            return Err(self.fault(self.shape.output.name, &want, &got));
        }
        let tag = self.dut.get(self.ports.tag_o);
        if tag != result.1 {
            let w = self.shape.tag_w;
            let say = |v: u64| spell(v, w, v as i64);
            return Err(self.fault("tag_o", &say(result.1), &say(tag)));
        }
        self.compare(&result)?;
        self.standing = Some((result, cycle));
        self.seen += 1;
        Ok(true)
    }

    /// Notes whether the last result is still there.
    fn check_standing(&mut self, cycle: u64) {
        let Some(((item, tag, _), until)) = self.standing else {
            return;
        };
        let there = self.dut.get(self.ports.tag_o) == tag && {
            let (words, fields) = (self.dut.words(self.ports.output), self.shape.output);
            let want = self.scripts[item].result.iter().copied();
            agree(words, &mut self.scratch, fields.count, fields.width, want)
        };
        if there && until + 1 == cycle {
            self.standing = self.standing.map(|(result, _)| (result, cycle));
        }
    }

    /// Compares the result on the port with the model's.
    fn compare(&self, (item, _, _): &Pending) -> Result<(), Fault> {
        let Fields { name, width, .. } = self.shape.output;
        let wanted = (0..).zip(&self.scripts[*item].result);
        for (at, want) in wanted {
            let want = want & mask(width);
            let got = self.dut.get_field(self.ports.output, at * width, width);
            if want != got {
                let unused = u64::BITS - width;
                let say = |v: u64| spell(v, width, (v << unused) as i64 >> unused);
                return Err(self.fault(&format!("{name} {at}"), &say(want), &say(got)));
            }
        }
        Ok(())
    }

    /// Resets the device: what has not come out is sent again.
    fn reset(&mut self, length: u64) -> Result<(), Fault> {
        self.dut.set(self.ports.rst_n, 0);
        for _ in 0..length {
            self.dut.set(self.ports.valid, self.noise.below(2));
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
        }
        self.dut.set(self.ports.rst_n, 1);
        self.at = (self.seen, 0);
        self.pending.clear();
        (self.ended, self.standing) = (None, None);
        Ok(())
    }

    fn cycle(&self) -> u64 {
        self.dut.cycle() - self.start
    }

    #[cold]
    fn rtl_fault(&self, error: &RtlError) -> Fault {
        self.fault("check in the RTL", "no error", &error.message)
    }

    #[cold]
    fn fault(&self, field: &str, expected: &str, got: &str) -> Fault {
        Fault {
            transaction: self.seen as u64,
            cycle: self.cycle().saturating_sub(1),
            field: field.into(),
            expected: expected.into(),
            got: got.into(),
        }
    }
}

impl Ports {
    fn find(shape: &Shape, dut: &Dut) -> Option<Self> {
        let inputs = shape.inputs.iter();
        Some(Self {
            rst_n: dut.input("rst_ni")?,
            valid: dut.input("valid_i")?,
            last: dut.input("last_i")?,
            tag: dut.input("tag_i")?,
            inputs: inputs
                .map(|f| Some((dut.input(f.name)?, *f)))
                .collect::<Option<_>>()?,
            valid_o: dut.output("valid_o")?,
            tag_o: dut.output("tag_o")?,
            output: dut.output(shape.output.name)?,
        })
    }
}
