// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays tokens on a plane writer, as the writer of its rows would.

use std::collections::HashMap;

use hwgen_golden::memory::pack::pack;
use hwgen_sim::dut::{Dut, In};
use hwgen_sim::rng::Rng;

use super::case::{Job, PlaneWriterBench, Point, Setup};
use crate::kit::{Beat as Shown, Io, Offer, Player, RunOf, Stall, Take, input, same};
use crate::report::Fault;

/// Cycles watched after the last answer.
const REST: u64 = 30;

/// Plays tokens on a plane writer.
pub(crate) struct PlanePlayer<'a> {
    bench: &'a PlaneWriterBench,
    run: &'a RunOf<PlaneWriterBench>,
    job: Offer<5>,
    elements: Offer<1>,
    written: Offer<1>,
    cmd: Take<4>,
    words: Take<1>,
    done: Take<1>,
    channel_stride: In,
    jobs: Vec<Job>,
    /// Jobs that have been taken, and those that have been answered.
    sent: usize,
    answered: usize,
    /// The next word of elements, command, answer to a command, and word of a row, by token.
    element: (usize, usize),
    command: (usize, usize),
    answer: (usize, usize),
    word: (usize, usize, usize),
    /// Bytes that were written, with the token that wrote them last.
    memory: HashMap<u64, (u8, usize)>,
    /// Cycles in which the first word of elements and the job before were taken.
    began: Option<u64>,
    taken: Option<u64>,
    /// Whether nothing but the block has decided about its cycles so far.
    pristine: bool,
}

impl<'a> PlanePlayer<'a> {
    /// Puts a player on a device.
    pub(super) fn new(
        dut: &Dut,
        bench: &'a PlaneWriterBench,
        run: &'a RunOf<PlaneWriterBench>,
    ) -> Self {
        let mut noise = Rng::new(run.seed);
        let foretell = |case| bench.foretell(case, &run.setup, &mut noise);
        let fields = ["token", "k_base", "v_base", "k_offset", "v_offset"];
        Self {
            bench,
            run,
            job: Offer::find(dut, "job", fields),
            elements: Offer::find(dut, "in", ["data"]),
            written: Offer::find(dut, "written", ["code"]),
            cmd: Take::find(dut, "cmd", ["addr", "bytes", "rows", "stride"]),
            words: Take::find(dut, "out", ["data"]),
            done: Take::find(dut, "done", ["code"]),
            channel_stride: input(dut, "channel_stride_i"),
            jobs: run.items.iter().map(foretell).collect(),
            sent: 0,
            answered: 0,
            element: (0, 0),
            command: (0, 0),
            answer: (0, 0),
            word: (0, 0, 0),
            memory: HashMap::new(),
            began: None,
            taken: None,
            pristine: true,
        }
    }

    fn setup(&self) -> &'a Setup {
        &self.run.setup
    }

    /// Tells whether the writer has all of the row that it is to answer.
    fn owes(&self) -> bool {
        let (token, plane, _) = self.word;
        self.answer < self.command && self.answer < (token, plane)
    }

    fn take_command(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.cmd.watch(io)?;
        io.count(Point::CommandWaits, shown == Shown::Waits);
        if shown == Shown::None {
            return Ok(false);
        }
        let (token, plane) = self.command;
        if token >= self.sent {
            return Err(self.cmd.stray("no command before its job", "one"));
        }
        let commands = &self.jobs[token].commands;
        let c = commands[plane];
        let wanted = [c.addr, c.bytes.into(), c.rows.into(), c.stride as u64];
        self.cmd.compare(io, wanted)?;
        let taken = shown == Shown::Taken;
        if taken {
            let ends = plane + 1 == commands.len();
            self.command = if ends {
                (token + 1, 0)
            } else {
                (token, plane + 1)
            };
            io.count(Point::CommandsFirst, ends && self.element <= (token, 0));
        }
        Ok(taken)
    }

    fn take_word(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.words.watch(io)?;
        io.count(Point::WordWaits, shown == Shown::Waits);
        if shown == Shown::None {
            return Ok(false);
        }
        let (token, plane, at) = self.word;
        let job = self.jobs.get(token);
        let Some(job) = job.filter(|job| self.element >= (token, job.needs[plane])) else {
            return Err(self.words.stray("no word before its elements", "one"));
        };
        let row = &job.words[plane];
        let [port] = self.words.fields;
        let bytes = io
            .dut
            .words(port)
            .iter()
            .flat_map(|word| word.to_le_bytes());
        let got: Vec<u8> = bytes.take(row[at].len()).collect();
        for (byte, (&want, &got)) in row[at].iter().zip(&got).enumerate() {
            let field = format_args!("out_data_o byte {byte}, plane {plane}, word {at}");
            same(field, 8, want.into(), got.into())?;
        }
        if shown != Shown::Taken {
            return Ok(false);
        }
        let from = job.commands[plane].addr;
        let size = u64::from(self.bench.params.word_bytes());
        for (byte, value) in (0..).zip(got) {
            let at = from.wrapping_add(at as u64 * size + byte);
            self.memory.insert(at, (value, token));
        }
        self.word = if at + 1 < row.len() {
            (token, plane, at + 1)
        } else if plane + 1 < job.words.len() {
            (token, plane + 1, 0)
        } else {
            (token + 1, 0, 0)
        };
        let began = self
            .began
            .filter(|_| self.pristine && self.word == (1, 0, 0));
        if let Some(began) = began {
            let wanted = self.bench.params.word_cycles().into();
            let took = io.clocked() - began + 1;
            same(
                "cycles from the first element to the last digit",
                64,
                wanted,
                took,
            )?;
            io.count(Point::Foretold, true);
        }
        Ok(true)
    }

    fn take_answer(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.done.watch(io)?;
        io.count(Point::AnswerWaits, shown == Shown::Waits);
        if shown == Shown::None {
            return Ok(false);
        }
        if self.answer.0 <= self.answered {
            return Err(self.done.stray("no answer before all of its parts", "one"));
        }
        let code = self.jobs[self.answered].code;
        self.done.compare(io, [code.into()])?;
        let taken = shown == Shown::Taken;
        if taken {
            let before = self.answered.checked_sub(1).map(|at| self.jobs[at].code);
            io.count(
                Point::WellAgain,
                code == 0 && before.is_some_and(|c| c != 0),
            );
            self.answered += 1;
        }
        Ok(taken)
    }

    /// Notes a job that was taken; in a calm run jobs are taken at equal distances.
    fn take_job(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        io.count(Point::JobWaits, self.job.offered && !self.job.ready(io));
        if !self.job.taken(io) {
            return Ok(false);
        }
        let now = io.clocked();
        if let Some(before) = self.taken.filter(|_| self.pristine) {
            let wanted = self.bench.params.address_cycles().into();
            same("cycles from job to job", 64, wanted, now - before)?;
        }
        self.taken = Some(now);
        io.count(Point::Overlap, self.sent > self.answered);
        io.count(Point::ElementsFirst, self.element > (self.sent, 0));
        self.sent += 1;
        Ok(true)
    }

    /// Reads the tokens of a cache back, at the addresses of the reader.
    fn read_back(&self) -> Result<(), Fault> {
        let (p, reader) = (&self.bench.params, self.bench.reader());
        for (number, case) in self.run.items.iter().enumerate() {
            let channel = u64::from(case.token) % u64::from(p.channels);
            for (value, plane) in p.order() {
                let held = case.elements(p, value).into_iter();
                let held: Vec<i32> = held.map(|e| p.saturated(value, e)).collect();
                let wanted = pack(&held, p.planes(value), plane);
                let local = case
                    .entry(p)
                    .address(&reader, value, plane, case.token.into());
                let from = local + channel * self.setup().channel_stride;
                for (at, want) in (from..).zip(wanted) {
                    let Some(&(got, by)) = self.memory.get(&at) else {
                        return Err(Fault::new(format!("byte at {at:#x}"), want, "none"));
                    };
                    // A token that is written again has other bytes.
                    if by == number {
                        let field = format_args!("byte at {at:#x}");
                        same(field, 8, want.into(), got.into())?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Player for PlanePlayer<'_> {
    type Point = Point;

    fn patience(&self) -> u64 {
        let p = &self.bench.params;
        100 + u64::from(p.word_cycles() + p.address_cycles()) + self.run.longest_stall()
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn begin(&mut self, io: &mut Io<Point>) {
        for (case, job) in self.run.items.iter().zip(&self.jobs) {
            self.bench.count(io, case, job, self.setup());
        }
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.job.offer(io, false);
        self.elements.offer(io, false);
        self.written.offer(io, false);
        self.cmd.quiet(io);
        self.words.quiet(io);
        self.done.quiet(io);
        io.set(self.channel_stride, self.setup().channel_stride);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let stalls: &[Stall] = &self.run.stalls;
        let next = self.run.items.get(self.sent);
        let planes = self.bench.params.k_planes.len();
        self.job.feed(io, &stalls[0], next, |io, ports, case| {
            let [token, k_base, v_base, k_offset, v_offset] = ports;
            io.set(token, case.token);
            io.set(k_base, case.bases[0]);
            io.set(v_base, case.bases[1]);
            let (k, v) = case.offsets.split_at(planes);
            for (port, offsets) in [(k_offset, k), (v_offset, v)] {
                for (at, &offset) in (0..).zip(offsets) {
                    io.dut.set_field(port, 32 * at, 32, offset.into());
                }
            }
        });
        let (token, at) = self.element;
        let next = self.jobs.get(token).map(|job| &job.elements[at]);
        self.elements
            .feed(io, &stalls[1], next, |io, [port], word| {
                io.dut.words_mut(port).copy_from_slice(word);
            });
        let (token, plane) = self.answer;
        let next = self.owes().then(|| self.run.items[token].codes[plane]);
        self.written.feed(io, &stalls[2], next, |io, ports, code| {
            io.put(ports, [code]);
        });
        let planes = self.jobs.len();
        self.cmd.willing(io, &stalls[3], self.command.0 == planes);
        self.words.willing(io, &stalls[4], self.word.0 == planes);
        self.done.willing(io, &stalls[5], self.answered == planes);
        self.pristine &= stalls.iter().all(|s| *s == Stall::NONE);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let mut moved = self.take_answer(io)?;
        moved |= self.take_command(io)?;
        moved |= self.take_word(io)?;
        moved |= self.take_job(io)?;
        io.count(
            Point::ElementsWait,
            self.elements.offered && !self.elements.ready(io),
        );
        if self.elements.taken(io) {
            self.began.get_or_insert(io.clocked());
            let (token, at) = self.element;
            let ends = at + 1 == self.jobs[token].elements.len();
            self.element = if ends {
                (token + 1, 0)
            } else {
                (token, at + 1)
            };
            moved = true;
        }
        io.count(
            Point::WrittenWaits,
            self.written.offered && !self.written.ready(io),
        );
        if self.written.taken(io) {
            let (token, plane) = self.answer;
            let ends = plane + 1 == self.jobs[token].commands.len();
            self.answer = if ends {
                (token + 1, 0)
            } else {
                (token, plane + 1)
            };
            moved = true;
        }
        Ok(moved)
    }

    fn done(&self) -> bool {
        self.answered == self.jobs.len()
    }

    /// Begins anew with the first token that has not been answered.
    fn restart(&mut self, io: &mut Io<Point>) {
        let first = self.answered;
        io.count(Point::Reset, self.sent > first || self.element > (first, 0));
        self.sent = first;
        (self.element, self.command, self.answer) = ((first, 0), (first, 0), (first, 0));
        self.word = (first, 0, 0);
        self.pristine = false;
    }

    fn under_way(&self) -> usize {
        self.answered
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("done_valid_o", "an answer")
    }

    fn finish(&mut self, io: &mut Io<Point>) -> Result<(), Fault> {
        io.count(Point::ReadBack, self.setup().cache);
        if self.setup().cache {
            self.read_back()
        } else {
            Ok(())
        }
    }
}
