// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays commands and words on a stream writer.

use hwgen_golden::stream::Code;
use hwgen_golden::stream_writer::StreamWriterParams;
use hwgen_sim::dut::{Dut, In, Out};

use super::job::{Job, Point, StreamWriterBench};
use crate::benches::stream::{Ended, Errors, Levels, Watch, driven};
use crate::kit::{Beat as Shown, Io, Offer, Player, RunOf, Stall, Take, input, output, same};
use crate::memory::{Access, AxiWrite, Memory};
use crate::report::Fault;

/// Cycles without progress that no writer needs.
const PATIENCE: u64 = 200;
/// Cycles watched after the last answer.
const REST: u64 = 30;
/// Bytes of a window that are all compared at the end; of a larger one, those of rows and near some.
const COMPARED: u64 = 1 << 17;

/// Plays commands and words on a stream writer.
pub(crate) struct WriterPlayer<'a> {
    params: StreamWriterParams,
    run: &'a RunOf<StreamWriterBench>,
    cmd: Offer<4>,
    input: Offer<1>,
    done: Take<1>,
    levels: Levels,
    watch: Watch,
    errors: Errors,
    data: [Out; 3],
    wvalid: Out,
    wready: In,
    awvalid: Out,
    bvalid: In,
    bready: Out,
    bresp: In,
    axi: AxiWrite,
    memory: Memory,
    jobs: Vec<Job>,
    /// The first command since the last reset.
    first: usize,
    /// Commands that have been taken, and those that have been answered.
    sent: usize,
    answered: usize,
    /// The command and the number of the next word, and of the next beat.
    word: (usize, usize),
    beat: (usize, usize),
    /// Words that have been taken since the last reset.
    words: usize,
    /// Words that each burst since the last reset needs before it may begin.
    needs: Vec<usize>,
    /// Stop and clear of the cycle.
    levels_now: [bool; 2],
    /// Cycle in which the last command was taken.
    taken_at: u64,
    /// Whether nothing but the block has decided about its cycles so far.
    pristine: bool,
}

impl<'a> WriterPlayer<'a> {
    /// Puts a player on a device, with what its commands bring about.
    pub(super) fn new(
        dut: &Dut,
        params: &StreamWriterParams,
        run: &'a RunOf<StreamWriterBench>,
        axi: AxiWrite,
        memory: Memory,
        jobs: Vec<Job>,
    ) -> Self {
        let mut player = Self {
            params: params.clone(),
            run,
            cmd: Offer::find(dut, "cmd", ["addr", "bytes", "rows", "stride"]),
            input: Offer::find(dut, "in", ["data"]),
            done: Take::find(dut, "done", ["code"]),
            levels: Levels::find(dut),
            watch: Watch::find(dut, "aw"),
            errors: Errors::find(dut, run.setup.clear == 100),
            data: ["wdata", "wstrb", "wlast"].map(|n| output(dut, &format!("mem_{n}_o"))),
            wvalid: output(dut, "mem_wvalid_o"),
            wready: input(dut, "mem_wready_i"),
            awvalid: output(dut, "mem_awvalid_o"),
            bvalid: input(dut, "mem_bvalid_i"),
            bready: output(dut, "mem_bready_o"),
            bresp: input(dut, "mem_bresp_i"),
            axi,
            memory,
            jobs,
            first: 0,
            sent: 0,
            answered: 0,
            word: (0, 0),
            words: 0,
            beat: (0, 0),
            needs: Vec::new(),
            levels_now: [false; 2],
            taken_at: 0,
            pristine: true,
        };
        player.rewind(0);
        player
    }

    /// Goes back to command `first`, of which nothing counts.
    fn rewind(&mut self, first: usize) {
        (self.first, self.sent, self.answered) = (first, first, first);
        (self.word, self.beat, self.words) = ((first, 0), (first, 0), 0);
        let rest = &self.jobs[first..];
        let bursts = rest.iter().flat_map(|job| job.bursts.iter().copied());
        self.watch.begin(bursts.collect());
        let errors = rest.iter().flat_map(|job| job.errors.iter().copied());
        self.errors.begin(errors.collect());
        let (lanes, mut before) = (self.params.beat(), 0);
        self.needs.clear();
        for job in rest {
            self.needs
                .extend(job.needs(lanes).iter().map(|n| before + n));
            before += job.words.len();
        }
    }

    /// Goes to the next command that has any of what is counted, if this one has no more.
    fn settle(&mut self) {
        while self
            .jobs
            .get(self.word.0)
            .is_some_and(|j| j.words.len() == self.word.1)
        {
            self.word = (self.word.0 + 1, 0);
        }
        while self
            .jobs
            .get(self.beat.0)
            .is_some_and(|j| j.beats.len() == self.beat.1)
        {
            self.beat = (self.beat.0 + 1, 0);
        }
    }

    /// Compares a beat that is on the port; `taken` if it goes.
    fn check_beat(&mut self, io: &Io<Point>, taken: bool) -> Result<(), Fault> {
        let Some(job) = self
            .jobs
            .get(self.beat.0)
            .filter(|_| self.beat.0 < self.sent)
        else {
            return Err(Fault::new("mem_wvalid_o", "no beat", "one"));
        };
        let wanted = &job.beats[self.beat.1];
        let [data, strb, last] = self.data;
        for (at, (part, &got)) in wanted.data.chunks(8).zip(io.dut.words(data)).enumerate() {
            let mut full = [0; 8];
            full.copy_from_slice(part);
            let want = u64::from_le_bytes(full);
            same(format_args!("mem_wdata_o word {at}"), 64, want, got)?;
        }
        same("mem_wstrb_o", strb.width(), wanted.strobes, io.get(strb))?;
        same("mem_wlast_o", 1, wanted.last.into(), io.get(last))?;
        self.beat.1 += usize::from(taken);
        Ok(())
    }

    fn take_answer(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.done.watch(io)?;
        io.count(Point::AnswerWaits, shown == Shown::Waits);
        if shown == Shown::None {
            return Ok(false);
        }
        if self.answered >= self.sent {
            return Err(self.done.stray("no answer", "one"));
        }
        let job = &self.jobs[self.answered];
        self.done.compare(io, [job.code as u64])?;
        let due = self.jobs[self.first..=self.answered].iter();
        let bursts: usize = due.map(|job| job.bursts.len()).sum();
        if self.watch.ended() < bursts {
            return Err(self
                .done
                .stray("an answer behind all responses", "one before"));
        }
        let taken = shown == Shown::Taken;
        if taken && self.pristine && self.jobs.len() == 1 && job.code == Code::Okay {
            let latency = self.run.setup.latency();
            if let Some(wanted) = self.params.done_cycle(&job.case.command(), latency) {
                same(
                    "cycle of the answer",
                    64,
                    wanted,
                    io.clocked() - self.taken_at,
                )?;
                io.count(Point::Foretold, true);
            }
        }
        self.answered += usize::from(taken);
        Ok(taken)
    }

    /// Compares the bytes of the window with what they should be.
    fn compare(&self) -> Result<(), Fault> {
        let setup = &self.run.setup;
        let mut wanted = setup.memory(self.run.seed, Access::Both);
        for job in &self.jobs {
            for beat in &job.beats {
                for (lane, &byte) in (0..).zip(&beat.data) {
                    if beat.strobes >> lane & 1 == 1 {
                        wanted.space.fill(beat.addr + lane, &[byte]);
                    }
                }
            }
        }
        let near = |&(base, bytes): &(u64, u64)| {
            let (want, got) = (
                wanted.space.bytes(base, bytes),
                self.memory.space.bytes(base, bytes),
            );
            let at = want.iter().zip(&got).position(|(w, g)| w != g)?;
            let field = format!("byte at {:#x}", base + at as u64);
            Some(Fault::new(field, want[at], got[at]))
        };
        let parts: Vec<(u64, u64)> = if setup.bytes <= COMPARED {
            vec![(setup.base, setup.bytes)]
        } else {
            let beats = || self.jobs.iter().flat_map(|job| &job.beats);
            let near = beats()
                .step_by(500)
                .map(|b| (b.addr.saturating_sub(512), 1100));
            let lanes = self.params.beat().into();
            beats().map(|b| (b.addr, lanes)).chain(near).collect()
        };
        parts.iter().find_map(near).map_or(Ok(()), Err)
    }

    /// Checks the bus in a cycle; tells whether anything moved there.
    fn check_bus(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let [stop, clear] = self.levels_now;
        let offered = io.is(self.wvalid);
        let taken = offered && driven(io, self.wready) != 0;
        let replied = driven(io, self.bvalid) != 0 && io.is(self.bready);
        let ended = Ended {
            burst: replied,
            beat: taken,
            waits: offered && !taken,
        };
        io.count(Point::BeatWaits, ended.waits);
        let waits = io.is(self.awvalid);
        let number = self.watch.check(io, stop, ended)?;
        io.count(Point::AddressWaits, waits && number.is_none());
        let needs = number.map_or(0, |n| self.needs[n]);
        if self.words < needs {
            let wanted = format!("a burst behind {needs} words");
            return Err(Fault::new("mem_awvalid_o", wanted, self.words));
        }
        io.count(Point::Stopped, stop && self.watch.due());
        io.count(
            Point::StoppedIdle,
            stop && self.axi.idle() && self.watch.due(),
        );
        let replaced = self.errors.check(io, clear)?;
        io.count(Point::Replaced, replaced);
        let resp = driven(io, self.bresp);
        self.errors.comes(replied && resp != 0);
        io.count(Point::SlvErr, replied && resp == 2);
        io.count(Point::DecErr, replied && resp == 3);
        let moved = self.axi.check(io, &mut self.memory)?;
        let all = self.axi.in_flight() == self.params.bursts as usize;
        io.count(Point::AllBursts, all);
        io.count(Point::DataAhead, self.axi.counts().data_ahead > 0);
        if offered {
            self.check_beat(io, taken)?;
        }
        Ok(moved)
    }
}

impl Player for WriterPlayer<'_> {
    type Point = Point;

    fn patience(&self) -> u64 {
        let setup = &self.run.setup;
        PATIENCE + self.run.longest_stall() + setup.behaviour.patience() + setup.run.longest()
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn begin(&mut self, io: &mut Io<Point>) {
        for job in &self.jobs {
            job.count(io, &self.params);
        }
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.cmd.offer(io, false);
        self.input.offer(io, false);
        self.done.quiet(io);
        self.axi.quiet(io);
        self.levels_now = self.levels.drive(io, &self.run.setup);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        self.settle();
        let [cmd, words, done] = [0, 1, 2].map(|at: usize| &self.run.stalls[at]);
        let next = self.run.items.get(self.sent);
        self.cmd.feed(io, cmd, next, |io, ports, case| {
            io.put(ports, case.fields());
        });
        let job = self.jobs.get(self.word.0);
        let next = job.map(|job| &job.words[self.word.1]);
        self.input.feed(io, words, next, |io, [port], word| {
            for (to, part) in io.dut.words_mut(port).iter_mut().zip(word.chunks(8)) {
                let mut full = [0; 8];
                full.copy_from_slice(part);
                *to = u64::from_le_bytes(full);
            }
        });
        self.done
            .willing(io, done, self.answered == self.jobs.len());
        self.axi.drive(io, &mut self.memory);
        self.levels_now = self.levels.drive(io, &self.run.setup);
        self.pristine &= [cmd, words, done].iter().all(|s| **s == Stall::NONE);
        self.pristine &= self.run.setup.is_calm();
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        self.settle();
        let mut moved = self.check_bus(io)?;
        let under_way = self.sent - self.answered;
        moved |= self.take_answer(io)?;
        io.count(
            Point::WordWaits,
            self.input.offered && !self.input.ready(io),
        );
        if self.input.taken(io) {
            if self.word.0 >= self.sent {
                return Err(Fault::new("in_ready_o", "0 without a command", "1"));
            }
            self.word.1 += 1;
            self.words += 1;
            moved = true;
        }
        if self.cmd.taken(io) {
            if under_way == self.params.commands as usize {
                return Err(Fault::new(
                    "cmd_ready_o",
                    "0 with all commands under way",
                    "1",
                ));
            }
            self.taken_at = io.clocked();
            self.sent += 1;
            moved = true;
        }
        io.count(
            Point::Crowd,
            self.sent - self.answered == self.params.commands as usize,
        );
        Ok(moved)
    }

    fn done(&self) -> bool {
        self.answered == self.jobs.len()
    }

    /// Begins anew with the first command that has not been answered.
    fn restart(&mut self, io: &mut Io<Point>) {
        io.count(Point::Reset, self.axi.in_flight() > 0);
        self.pristine = false;
        self.rewind(self.answered);
    }

    fn under_way(&self) -> usize {
        self.answered
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("done_valid_o", "an answer")
    }

    fn finish(&mut self, _: &mut Io<Point>) -> Result<(), Fault> {
        self.watch.finish()?;
        self.errors.finish()?;
        self.settle();
        same("words", 64, self.jobs.len() as u64, self.word.0 as u64)?;
        same("beats", 64, self.jobs.len() as u64, self.beat.0 as u64)?;
        if !self.axi.idle() {
            return Err(Fault::new("mem", "no burst in flight at the end", "some"));
        }
        self.compare()
    }
}
