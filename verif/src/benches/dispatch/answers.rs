// SPDX-License-Identifier: MIT OR Apache-2.0
//! How everything around the dispatch answers, and how the dispatch answers.

use hwgen_golden::command::Code;

use super::Point;
use super::play::{DispatchPlayer, Verdict};
use super::script::{End, What};
use crate::kit::{Beat as Shown, Io};
use crate::report::Fault;

impl DispatchPlayer<'_> {
    /// Tells whether the next thing to end may do so now.
    pub(super) fn due_end(&self) -> Option<End> {
        let end = *self.script.ends.get(self.gone.ended)?;
        let gone = &self.gone;
        let there = match end.what {
            What::Job => gone.jobs > end.index && gone.results > end.index,
            What::Append => gone.appends > end.index,
            What::Save => gone.answered_commands > end.index,
        };
        (there && gone.ended_reads >= end.reads && !self.waits[1]).then_some(end)
    }

    pub(super) fn drive_answers(&mut self, io: &mut Io<Point>) {
        let stalls = &self.run.stalls;
        let setup = &self.run.setup;
        // How commands of the stream reader end.
        let asked = self.gone.reads.min(self.gone.feeds);
        let next = (self.gone.ended_reads < asked && !self.waits[0])
            .then(|| self.script.reads[self.gone.ended_reads].is.1);
        if let Some(code) = next.filter(|_| !self.read_done.offered && stalls[1].go(io.cycle())) {
            if code != 0 {
                self.read_error.raise(&mut io.noise);
            }
            self.read_done.offer(io, true);
            let [port] = self.read_done.fields;
            io.set(port, code);
        } else if !self.read_done.offered {
            self.read_done.offer(io, false);
            self.read_done.scribble(io);
        }
        // How jobs, appended heads and lists end.
        let busy = self.ends.result.offered || self.ends.append.offered || self.ends.save.offered;
        if !busy {
            self.ends.result.offer(io, false);
            self.ends.append.offer(io, false);
            self.ends.save.offer(io, false);
            self.ends.result.scribble(io);
            self.ends.append.scribble(io);
            self.ends.save.scribble(io);
            let held = self.vectors.stands.is_some();
            let due = self.due_end().filter(|_| !held && stalls[2].go(io.cycle()));
            if let Some(end) = due {
                if end.code != 0 {
                    self.write_error.raise(&mut io.noise);
                }
                match end.what {
                    What::Job => {
                        self.ends.result.offer(io, true);
                        io.put(self.ends.result.fields, [end.error, end.code]);
                    }
                    What::Append => {
                        self.ends.append.offer(io, true);
                        io.put(self.ends.append.fields, [end.code]);
                    }
                    What::Save => {
                        self.ends.save.offer(io, true);
                        io.put(self.ends.save.fields, [end.code]);
                    }
                }
            }
        }
        self.read_error.drive(io);
        self.write_error.drive(io);
        // The vectors of jobs fail now and then, while no result has just ended.
        let some = (self.answered..self.offered).any(|order| self.under_way(order) > 0);
        let ended = self.ends.result.offered;
        let chance = io.noise.below(1000) < u64::from(setup.vectors);
        let due = some && !ended && self.calm > 6 && chance;
        self.vectors.drive(io, due);
        // Cascade pruning answers behind its lists.
        let command = self.script.commands.get(self.gone.answered_commands);
        let lists = self.lists.done() && self.gone.commands > self.gone.answered_commands;
        let order = command.filter(|_| lists).map(|c| &self.orders[c.order]);
        let tokens = order.map_or(0, |o| if o.answer == 0 { o.tokens } else { 0 });
        self.answer
            .feed(io, &stalls[3], order, |io, fields, order| {
                io.put(fields, [u64::from(order.answer), u64::from(tokens)]);
            });
    }

    /// Hears how things ended.
    pub(super) fn check_ends(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let mut moved = false;
        if self.read_done.taken(io) {
            let read = &self.script.reads[self.gone.ended_reads];
            let code = read.is.1;
            if code != 0 {
                let addr = self.read_error.stands.unwrap_or(0);
                self.verdicts[read.order].hear(Code::Read.value(), addr);
                self.waits[0] = true;
            }
            io.count(Point::ReadError, code != 0);
            self.gone.ended_reads += 1;
            moved = true;
        }
        let took = [
            self.ends.result.taken(io),
            self.ends.append.taken(io),
            self.ends.save.taken(io),
        ];
        self.calm += 1;
        if took.contains(&true) {
            let end = self.script.ends[self.gone.ended];
            let verdict = &mut self.verdicts[end.order];
            if end.error != 0 {
                verdict.hear(32 + end.error, 0);
            } else if end.code != 0 {
                verdict.hear(Code::Write.value(), self.write_error.stands.unwrap_or(0));
            }
            self.waits[1] = end.code != 0;
            io.count(Point::WriteError, end.code != 0);
            self.gone.ended += 1;
            self.calm = 0;
            moved = true;
        }
        for (which, held) in [&mut self.read_error, &mut self.write_error]
            .into_iter()
            .enumerate()
        {
            match held.check(io) {
                None => {
                    return Err(Fault::new(
                        "error_clear_o",
                        "no clear without an error",
                        "one",
                    ));
                }
                Some(cleared) => self.waits[which] &= !cleared,
            }
        }
        if self.answer.taken(io) {
            self.gone.answered_commands += 1;
            moved = true;
        }
        if self.vectors.fresh {
            let addr = self.vectors.stands.unwrap_or(0);
            let hit: Vec<usize> = (self.answered..self.offered)
                .filter(|&o| self.under_way(o) > 0)
                .collect();
            for &order in &hit {
                self.verdicts[order].hear(Code::Vector.value(), addr);
            }
            io.count(Point::VectorError, !hit.is_empty());
            io.count(Point::VectorTwice, hit.len() > 1);
        }
        let stood = self.vectors.stands.is_some();
        if self.vectors.cleared(io) && !stood {
            return Err(Fault::new(
                "vector_error_clear_o",
                "no clear without an error",
                "one",
            ));
        }
        Ok(moved)
    }

    /// Checks an answer, before which everything of its descriptor must have ended.
    pub(super) fn check_done(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.done.watch(io)?;
        io.count(Point::DoneWaits, shown == Shown::Waits);
        if shown == Shown::None {
            return Ok(false);
        }
        let order = self.answered;
        if order >= self.taken {
            return Err(self.done.stray("no answer", "one"));
        }
        if self.is_open(order) {
            return Err(self.done.stray("an answer behind everything", "one before"));
        }
        let Verdict { code, addr } = self.verdicts[order];
        let plan = &self.script.plans[&order];
        self.done
            .compare(io, [code.into(), addr, plan.count.into()])?;
        let taken = shown == Shown::Taken;
        self.answered += usize::from(taken);
        Ok(taken)
    }
}
