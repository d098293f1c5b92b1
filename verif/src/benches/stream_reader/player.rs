// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays commands on a stream reader.

use hwgen_golden::stream::{Code, Command};
use hwgen_golden::stream_reader::StreamReaderParams;
use hwgen_sim::dut::{Dut, In, Out};

use super::job::{Job, Point, StreamReaderBench};
use crate::benches::stream::{Ended, Errors, Levels, Watch, driven};
use crate::kit::{Beat as Shown, Io, Offer, Player, RunOf, Stall, Take, input, output, same};
use crate::memory::{AxiRead, Memory};
use crate::report::Fault;

/// Cycles without progress that no reader needs.
const PATIENCE: u64 = 200;
/// Cycles watched after the last answer.
const REST: u64 = 30;
/// Words that may wait behind the answer of their command.
const BEHIND: usize = 2;

/// Plays commands on a stream reader.
pub(crate) struct ReaderPlayer<'a> {
    params: StreamReaderParams,
    run: &'a RunOf<StreamReaderBench>,
    cmd: Offer<4>,
    out: Take<4>,
    done: Take<1>,
    levels: Levels,
    watch: Watch,
    errors: Errors,
    rvalid: In,
    rlast: In,
    rresp: In,
    arvalid: Out,
    axi: AxiRead,
    memory: Memory,
    jobs: Vec<Job>,
    /// Commands that have been taken, and those that have been answered.
    sent: usize,
    answered: usize,
    /// The command and the number of the next word.
    word: (usize, usize),
    /// Whether a word is still to come.
    left: bool,
    /// Stop and clear of the cycle.
    levels_now: [bool; 2],
    /// Cycle in which the first command was taken.
    begun: Option<u64>,
    /// Whether nothing but the block has decided about its cycles so far.
    pristine: bool,
}

impl<'a> ReaderPlayer<'a> {
    /// Puts a player on a device, with what its commands bring about.
    pub(super) fn new(
        dut: &Dut,
        params: &StreamReaderParams,
        run: &'a RunOf<StreamReaderBench>,
        axi: AxiRead,
        memory: Memory,
        jobs: Vec<Job>,
    ) -> Self {
        let mut player = Self {
            params: params.clone(),
            run,
            cmd: Offer::find(dut, "cmd", ["addr", "bytes", "rows", "stride"]),
            out: Take::find(dut, "out", ["data", "bytes", "row_last", "last"]),
            done: Take::find(dut, "done", ["code"]),
            levels: Levels::find(dut),
            watch: Watch::find(dut, "ar"),
            errors: Errors::find(dut, run.setup.clear == 100),
            rvalid: input(dut, "mem_rvalid_i"),
            rlast: input(dut, "mem_rlast_i"),
            rresp: input(dut, "mem_rresp_i"),
            arvalid: output(dut, "mem_arvalid_o"),
            axi,
            memory,
            jobs,
            sent: 0,
            answered: 0,
            word: (0, 0),
            left: false,
            levels_now: [false; 2],
            begun: None,
            pristine: true,
        };
        player.rewind(0);
        player
    }

    /// Goes back to command `first`, of which nothing counts.
    fn rewind(&mut self, first: usize) {
        (self.sent, self.answered) = (first, first);
        self.word = (first, 0);
        self.skip();
        let rest = &self.jobs[first..];
        let bursts = rest.iter().flat_map(|job| job.bursts.iter().copied());
        self.watch.begin(bursts.collect());
        let errors = rest.iter().flat_map(|job| job.errors.iter().copied());
        self.errors.begin(errors.collect());
    }

    /// Goes to the next command that has words, if the words of this one are over.
    fn skip(&mut self) {
        while self
            .jobs
            .get(self.word.0)
            .is_some_and(|job| job.words.len() == self.word.1)
        {
            self.word = (self.word.0 + 1, 0);
        }
        self.left = self.word.0 < self.jobs.len();
    }

    /// Checks a word, and the cycle of the last one where it is foretold.
    fn take_word(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.out.watch(io)?;
        io.count(Point::WordWaits, shown == Shown::Waits);
        if shown == Shown::None {
            return Ok(false);
        }
        if self.word.0 >= self.sent {
            return Err(self.out.stray("no word", "one"));
        }
        let (job, number) = (&self.jobs[self.word.0], self.word.1);
        let wanted = &job.words[number];
        let [data, bytes, row_last, last] = self.out.fields;
        let ports = io.dut.words(data).iter();
        for (at, (part, &got)) in wanted.data.chunks(8).zip(ports).enumerate() {
            let mut full = [0; 8];
            full.copy_from_slice(part);
            let want = u64::from_le_bytes(full);
            same(format_args!("out_data_o word {at}"), 64, want, got)?;
        }
        same(
            "out_bytes_o",
            bytes.width(),
            wanted.bytes.into(),
            io.get(bytes),
        )?;
        same(
            "out_row_last_o",
            1,
            wanted.row_last.into(),
            io.get(row_last),
        )?;
        same("out_last_o", 1, wanted.last.into(), io.get(last))?;
        if shown != Shown::Taken {
            return Ok(false);
        }
        self.word.1 += 1;
        self.skip();
        if !self.left {
            self.foretold(io)?;
        }
        Ok(true)
    }

    /// Compares the cycle of the last word with what the model foretells.
    fn foretold(&self, io: &mut Io<Point>) -> Result<(), Fault> {
        let latency = self.run.setup.latency();
        let commands: Vec<Command> = self.jobs.iter().map(|job| job.command).collect();
        let legal = self.jobs.iter().all(|job| job.code == Code::Okay);
        if !self.pristine || !legal || !self.params.flows(&commands, latency) {
            return Ok(());
        }
        let cycles = io.clocked() - self.begun.unwrap_or_default();
        let wanted = self.params.last_cycle(&commands, latency);
        same("cycle of the last word", 64, wanted, cycles)?;
        io.count(Point::Foretold, true);
        io.count(Point::Flowed, commands.len() > 1);
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
        let code = self.jobs[self.answered].code as u64;
        self.done.compare(io, [code])?;
        // Its words are there, but for those that the consumer has left on the port.
        let (at, number) = self.word;
        let jobs = self.jobs.get(at..=self.answered).unwrap_or_default();
        let words: usize = jobs.iter().map(|job| job.words.len()).sum();
        let behind = words.saturating_sub(number);
        if behind > BEHIND {
            return Err(self.done.stray("an answer behind all words", "one before"));
        }
        let taken = shown == Shown::Taken;
        self.answered += usize::from(taken);
        Ok(taken)
    }
}

impl Player for ReaderPlayer<'_> {
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
        self.out.quiet(io);
        self.done.quiet(io);
        self.axi.quiet(io);
        self.levels_now = self.levels.drive(io, &self.run.setup);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let [cmd, out, done] = [0, 1, 2].map(|at: usize| &self.run.stalls[at]);
        let next = self.run.items.get(self.sent);
        self.cmd.feed(io, cmd, next, |io, ports, case| {
            io.put(ports, case.fields());
        });
        let at_rest = self.done();
        self.out.willing(io, out, at_rest);
        self.done.willing(io, done, at_rest);
        self.axi.drive(io, &mut self.memory);
        self.levels_now = self.levels.drive(io, &self.run.setup);
        self.pristine &= [cmd, out, done].iter().all(|s| **s == Stall::NONE);
        self.pristine &= self.run.setup.is_calm();
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let [stop, clear] = self.levels_now;
        let came = driven(io, self.rvalid) != 0;
        let ended = Ended {
            burst: came && driven(io, self.rlast) != 0,
            beat: came,
            waits: false,
        };
        let waits = io.is(self.arvalid);
        let number = self.watch.check(io, stop, ended)?;
        io.count(Point::AddressWaits, waits && number.is_none());
        io.count(Point::Stopped, stop && self.watch.due());
        io.count(
            Point::StoppedIdle,
            stop && self.axi.idle() && self.watch.due(),
        );
        let replaced = self.errors.check(io, clear)?;
        io.count(Point::Replaced, replaced);
        let resp = driven(io, self.rresp);
        self.errors.comes(came && resp != 0);
        io.count(Point::SlvErr, came && resp == 2);
        io.count(Point::DecErr, came && resp == 3);
        let mut moved = self.axi.check(io, &mut self.memory)?;
        let full = self.axi.beats_in_flight() == self.params.beats;
        io.count(Point::BufferFull, full);
        if self.axi.counts().data_waits > 0 {
            return Err(Fault::new("mem_rready_o", "1", "0"));
        }
        moved |= self.take_word(io)?;
        let under_way = self.sent - self.answered;
        moved |= self.take_answer(io)?;
        if self.cmd.taken(io) {
            if under_way == self.params.commands as usize {
                return Err(Fault::new(
                    "cmd_ready_o",
                    "0 with all commands under way",
                    "1",
                ));
            }
            self.begun = self.begun.or(Some(io.clocked()));
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
        self.answered == self.jobs.len() && !self.left
    }

    /// Begins anew with the first command of which a word or the answer has not been taken.
    fn restart(&mut self, io: &mut Io<Point>) {
        io.count(Point::Reset, self.axi.in_flight() > 0);
        self.pristine = false;
        self.rewind(self.answered.min(self.word.0));
    }

    fn under_way(&self) -> usize {
        self.answered
    }

    fn missing(&self) -> (&'static str, &'static str) {
        if self.left {
            ("out_valid_o", "a word")
        } else {
            ("done_valid_o", "an answer")
        }
    }

    fn finish(&mut self, _: &mut Io<Point>) -> Result<(), Fault> {
        self.watch.finish()?;
        self.errors.finish()?;
        if self.axi.idle() {
            return Ok(());
        }
        Err(Fault::new("mem", "no burst in flight at the end", "some"))
    }
}
