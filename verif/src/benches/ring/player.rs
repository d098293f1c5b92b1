// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays descriptors on a ring.

use std::collections::VecDeque;

use hwgen_golden::command::{COMPLETION, Code, DESCRIPTOR};
use hwgen_golden::ring::{Ending, Place, RingParams};
use hwgen_sim::dut::{Dut, In, Out};
use hwgen_sim::rng;

use super::case::{Case, Setup};
use super::engine::{Engine, Job};
use super::errors::Errors;
use super::point::Point;
use super::queue::Queue;
use crate::kit::{Beat, Io, Player, Run, Stall, input, output, same};
use crate::memory::{AxiRead, AxiWrite, Behaviour, Memory, Resp, Rules};
use crate::report::Fault;

/// Cycles without progress that no ring needs.
const PATIENCE: u64 = 100;
/// Cycles watched after the last descriptor ended.
const REST: u64 = 40;
/// Cycles in which a fetch begins after the ring was seen enabled.
const BEGIN: usize = 16;

/// Plays descriptors on a ring.
pub(crate) struct RingPlayer<'a> {
    params: RingParams,
    run: &'a Run<Case, Setup>,
    place: Place,
    queue: Queue,
    engine: Engine,
    errors: Errors,
    enable: In,
    clear: In,
    done: Out,
    arvalid: Out,
    araddr: Out,
    read: AxiRead,
    write: AxiWrite,
    memory: Memory,
    /// The bytes of all descriptors.
    bytes: Vec<[u8; DESCRIPTOR]>,
    /// Descriptors that were handed on, answered and seen to have ended.
    handed: usize,
    answered: usize,
    ended: usize,
    /// What the answer that was taken last must bring about, until that is seen.
    pending: Option<Ending>,
    /// Cycle in which the next descriptor was first asked for.
    asked: Option<u64>,
    /// Cycle of that of each descriptor under way.
    starts: VecDeque<Option<u64>>,
    /// What was written for each descriptor.
    records: Vec<Option<(u64, [u8; COMPLETION])>>,
    /// Whether the ring was enabled, of the last cycles.
    enabled: VecDeque<bool>,
    /// Clear of the cycle.
    clears: bool,
    /// Whether a descriptor was offered in the cycle before.
    offered: bool,
}

impl<'a> RingPlayer<'a> {
    pub(super) fn new(dut: &Dut, params: &RingParams, run: &'a Run<Case, Setup>) -> Self {
        let setup = &run.setup;
        let rules = |beats| Rules {
            bursts_in_flight: Some(1),
            attributes: Some(setup.attributes),
            ..Rules::new(params.beat(), beats)
        };
        let (read, write) = (setup.read.clone(), setup.write.clone());
        let items = run.items.iter().enumerate();
        let bytes = items.map(|(number, case)| case.bytes(number, setup));
        Self {
            params: params.clone(),
            run,
            place: setup.place(),
            queue: Queue::find(dut, setup, run.items.len()),
            engine: Engine::find(dut),
            errors: Errors::find(dut),
            enable: input(dut, "enable_i"),
            clear: input(dut, "error_clear_i"),
            done: output(dut, "done_o"),
            arvalid: output(dut, "mem_arvalid_o"),
            araddr: output(dut, "mem_araddr_o"),
            read: AxiRead::find(dut, "mem", 0, 1, rules(params.beats()), read),
            write: AxiWrite::find(dut, "mem", 0, 1, rules(2), write),
            memory: setup.memory(run.seed),
            bytes: bytes.collect(),
            handed: 0,
            answered: 0,
            ended: 0,
            pending: None,
            asked: None,
            starts: VecDeque::new(),
            records: vec![None; run.items.len()],
            enabled: VecDeque::new(),
            clears: false,
            offered: false,
        }
    }

    /// Checks the address channel of fetches.
    fn check_fetch(&mut self, io: &Io<Point>) -> Result<(), Fault> {
        if !io.is(self.arvalid) {
            return Ok(());
        }
        let item = self.handed;
        let index = self.queue.indices.get(item).copied().unwrap_or(0);
        if item >= self.queue.written || self.place.refused(index).is_some() {
            return Err(Fault::new("mem_arvalid_o", "no fetch", "one"));
        }
        let wanted = self.place.address(index);
        same("mem_araddr_o", 64, wanted, io.get(self.araddr))?;
        if self.asked.is_none() {
            if !self.enabled.contains(&true) {
                return Err(Fault::new("mem_arvalid_o", "0 while stopped", "1"));
            }
            self.asked = Some(io.clocked());
        }
        Ok(())
    }

    /// Takes a descriptor.
    fn take(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let item = self.handed;
        let case = self
            .run
            .items
            .get(item)
            .filter(|_| item < self.queue.written);
        let next = case.map(|case| (item, self.queue.indices[item], case, &self.bytes[item]));
        let lanes = self.params.beat();
        let errors = &self.run.setup.read.errors;
        let failed = |at: u64| {
            let beats = (0..self.params.beats()).map(|b| at.wrapping_add(u64::from(b * lanes)));
            beats
                .into_iter()
                .find(|&b| errors.at(b, lanes) != Resp::Okay)
        };
        let shown = self.engine.take(io, &self.place, next, failed)?;
        let first = shown != Beat::None && !std::mem::replace(&mut self.offered, true);
        if first {
            self.foretold(io, item)?;
        }
        if shown != Beat::Taken {
            return Ok(false);
        }
        self.offered = false;
        self.starts.push_back(self.asked.take());
        self.handed += 1;
        let under_way = self.handed - self.answered;
        if under_way > self.params.depth as usize {
            let most = format!("at most {} under way", self.params.depth);
            return Err(Fault::new("desc_valid_o", most, under_way));
        }
        io.count(Point::Crowd, under_way == self.params.depth as usize);
        Ok(true)
    }

    /// Compares the cycle in which a descriptor is offered, where that is known.
    fn foretold(&self, io: &mut Io<Point>, item: usize) -> Result<(), Fault> {
        let calm = self.run.setup.calm().filter(|_| self.asked.is_some());
        let (Some(latency), Some((alone, since))) = (calm, self.queue.alone) else {
            return Ok(());
        };
        if alone == item {
            let wanted = self.params.latency(latency);
            let field = "cycle of the descriptor";
            same(field, 64, wanted.into(), io.clocked() - since)?;
            io.count(Point::Foretold, true);
        }
        Ok(())
    }

    /// Notes what the answer to a descriptor must bring about.
    fn answer(&mut self, io: &mut Io<Point>, job: &Job) -> Result<(), Fault> {
        self.settle(io, false)?;
        let start = self.starts.pop_front().flatten();
        let cycles = start.map_or(0, |start| io.clocked() - start + 1);
        let bytes = &self.bytes[job.item];
        let place = &self.place;
        let ending = place.ending(job.index, bytes, &job.handed, job.answer, cycles as u32);
        if let Some((code, address)) = ending.error {
            self.errors.expect(code, address);
        }
        let write_fails = ending
            .record
            .is_some_and(|(address, _)| self.fails(address) != Resp::Okay);
        if let Some((address, _)) = ending.record.filter(|_| write_fails) {
            self.errors.expect(Code::Write.value(), address);
        }
        self.count(io, job, &ending, cycles);
        io.count(Point::RecordError, write_fails);
        self.records[job.item] = ending.record;
        self.pending = Some(ending);
        self.answered += 1;
        Ok(())
    }

    fn count(&self, io: &mut Io<Point>, job: &Job, ending: &Ending, cycles: u64) {
        let code = job.handed.fault.code;
        let completion = job.handed.fault.address;
        let misaligned = !completion.is_multiple_of(COMPLETION as u64);
        let bad = code == Code::Completion;
        let low = completion < self.place.window.base;
        let fine = code == Code::Okay;
        let failed = fine && job.answer.code != 0;
        io.count(Point::Record, ending.record.is_some());
        io.count(Point::NoRecord, fine && ending.record.is_none());
        io.count(
            Point::Interrupt,
            ending.interrupt && ending.record.is_some(),
        );
        io.count(
            Point::BareInterrupt,
            ending.interrupt && ending.record.is_none(),
        );
        io.count(Point::RingBase, code == Code::RingBase);
        io.count(Point::Outside, code == Code::Window);
        io.count(Point::FetchError, code == Code::Fetch);
        io.count(Point::Misaligned, bad && misaligned);
        io.count(Point::Below, bad && !misaligned && low);
        io.count(Point::Above, bad && !misaligned && !low);
        io.count(Point::OwnAddress, failed && job.answer.address != 0);
        io.count(Point::DescriptorAddress, failed && job.answer.address == 0);
        io.count(Point::Long, cycles >> 16 != 0 && ending.record.is_some());
    }

    /// Returns how the memory answers a record.
    fn fails(&self, address: u64) -> Resp {
        let lanes = self.params.beat();
        let size = u64::from(lanes);
        let first = address / size * size;
        let beats = (0..COMPLETION as u64).step_by(lanes.min(16) as usize);
        let mut resps = beats.map(|b| {
            self.run
                .setup
                .write
                .errors
                .at(first + b / size * size, lanes)
        });
        resps.find(|r| *r != Resp::Okay).unwrap_or(Resp::Okay)
    }

    /// Checks that the answer taken before has brought about everything; `interrupted` if the
    /// interrupt was raised in this cycle.
    fn settle(&mut self, io: &Io<Point>, interrupted: bool) -> Result<(), Fault> {
        let Some(ending) = self.pending.take() else {
            if interrupted {
                return Err(Fault::new("done_o", "no interrupt", "one"));
            }
            return Ok(());
        };
        same("done_o", 1, ending.interrupt.into(), interrupted.into())?;
        if let Some((address, bytes)) = ending.record {
            self.compare(address, &bytes)?;
            if !self.write.idle() {
                return Err(Fault::new(
                    "done_o",
                    "an end behind the response",
                    "one before",
                ));
            }
        }
        let _ = io;
        self.ended += 1;
        Ok(())
    }

    fn compare(&self, address: u64, wanted: &[u8]) -> Result<(), Fault> {
        let got = self.memory.space.bytes(address, wanted.len() as u64);
        let at = wanted.iter().zip(&got).position(|(w, g)| w != g);
        at.map_or(Ok(()), |at| {
            let field = format!("byte at {:#x}", address + at as u64);
            Err(Fault::new(field, wanted[at], got[at]))
        })
    }

    fn setup(&self) -> &'a Setup {
        &self.run.setup
    }
}

impl Player for RingPlayer<'_> {
    type Point = Point;

    fn patience(&self) -> u64 {
        let setup = self.setup();
        let slow = self.run.items.iter().map(|c| u64::from(c.delay)).max();
        let memory = [&setup.read, &setup.write].map(Behaviour::patience);
        let stalls = [&setup.enable, &setup.bells].map(Stall::longest);
        let outside = memory.iter().chain(&stalls).sum::<u64>();
        PATIENCE + self.run.longest_stall() + outside + slow.unwrap_or(0)
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.queue.quiet(io, self.setup());
        self.engine.quiet(io);
        self.read.quiet(io);
        self.write.quiet(io);
        io.put([self.enable, self.clear], [false; 2]);
        self.clears = false;
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let setup = self.setup();
        let enable = setup.enable.go(io.cycle());
        io.set(self.enable, enable);
        self.enabled.push_back(enable);
        if self.enabled.len() > BEGIN {
            self.enabled.pop_front();
        }
        let drawn = rng::at(self.run.seed ^ 0xc1ea, io.cycle());
        self.clears = rng::chance(drawn, setup.clear);
        io.set(self.clear, self.clears);
        self.queue.drive(io, setup, &self.bytes, &mut self.memory);
        let all = self.handed == self.run.items.len();
        self.engine.drive(io, &self.run.stalls, all);
        self.read.drive(io, &mut self.memory);
        self.write.drive(io, &mut self.memory);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        self.check_fetch(io)?;
        let mut moved = self.read.check(io, &mut self.memory)?;
        moved |= self.write.check(io, &mut self.memory)?;
        self.errors.check(io, self.clears)?;
        if io.is(self.done) {
            self.settle(io, true)?;
        }
        moved |= self.take(io)?;
        if let Some(job) = self.engine.answered(io) {
            self.answer(io, &job)?;
            moved = true;
        }
        let counts = (self.handed, self.answered);
        moved |= self.queue.check(io, counts, &mut self.memory)?;
        let idle = self.queue.idle(io);
        if idle && self.pending.is_some() {
            self.settle(io, false)?;
        }
        let stopped = self.enabled.back() == Some(&false) && self.queue.waiting() > 0;
        io.count(Point::Stopped, stopped && idle);
        io.count(Point::FetchWaits, self.read.counts().address_waits > 0);
        io.count(Point::DataAhead, self.write.counts().data_ahead > 0);
        Ok(moved)
    }

    fn done(&self) -> bool {
        self.ended == self.run.items.len()
    }

    /// Begins anew with the first descriptor that was not seen to have ended.
    fn restart(&mut self, io: &mut Io<Point>) {
        let busy = self.read.in_flight() + self.write.in_flight() > 0;
        io.count(Point::Reset, busy);
        (self.handed, self.answered) = (self.ended, self.ended);
        self.pending = None;
        self.asked = None;
        self.offered = false;
        self.starts.clear();
        self.errors.begin();
        self.queue.rewind(self.ended);
    }

    fn under_way(&self) -> usize {
        self.ended
    }

    fn missing(&self) -> (&'static str, &'static str) {
        if self.handed == self.answered {
            ("desc_valid_o", "a descriptor")
        } else {
            ("done_ready_o", "an answer taken")
        }
    }

    fn finish(&mut self, io: &mut Io<Point>) -> Result<(), Fault> {
        self.errors.finish()?;
        same("idle_o", 1, 1, self.queue.idle(io).into())?;
        if !self.read.idle() || !self.write.idle() {
            return Err(Fault::new("mem", "no burst in flight at the end", "some"));
        }
        // Records and nothing beside them.
        let setup = self.setup();
        let mut wanted = setup.memory(self.run.seed);
        for (address, bytes) in self.records.iter().flatten() {
            wanted.space.fill(*address, bytes);
        }
        let bytes = (COMPLETION * (self.run.items.len() + 4)) as u64;
        let base = setup.records - DESCRIPTOR as u64;
        let wanted = wanted.space.bytes(base, bytes + DESCRIPTOR as u64);
        self.compare(base, &wanted)
    }
}
