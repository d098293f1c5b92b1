// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays queries on the score buffer, cycle by cycle: rows of one query, rows of a refinement of
//! another and reads of a third may go on at the same time, as in the core.

use std::collections::VecDeque;

use hwgen_golden::score::ScoreParams;

use super::Run;
use super::coverage::Coverage;
use super::item::{Beat, Script};
use super::ports::Ports;
use crate::report::{Fault, spell};
use hwgen_sim::dut::{Dut, RtlError, mask};
use hwgen_sim::rng::Rng;
use hwgen_sim::stream::{Reset, Stall};

/// Cycles of the reset before a run.
const RESET_CYCLES: u32 = 3;
/// Cycles without any progress that no pass needs.
const PATIENCE: u64 = 300;
/// Cycles watched after the last read.
const REST: u64 = 30;

/// A pass under way: query, pass, next beat.
type Walk = (usize, usize, usize);
/// A read: query, pass that wrote, row.
type Read = (usize, usize, u32);

/// Drives and checks one device through one run.
pub(super) struct Player<'a> {
    params: &'a ScoreParams,
    dut: &'a mut Dut,
    ports: Ports,
    run: &'a Run,
    scripts: Vec<Script>,
    noise: Rng,
    start: u64,
    /// The query that owns each context.
    owners: Vec<Option<usize>>,
    /// Queries to come; those that wait to be refined or read, with the pass that is next or was.
    todo: VecDeque<usize>,
    to_refine: VecDeque<(usize, usize)>,
    to_read: VecDeque<(usize, usize)>,
    first: Option<Walk>,
    refining: Option<Walk>,
    reading: Option<Read>,
    /// Reads of this cycle, of the one before and of that before it, which is answered now.
    asked: [Option<Read>; 3],
    /// Passes whose end is on its way.
    ends: VecDeque<(usize, usize)>,
    done: Vec<bool>,
}

impl<'a> Player<'a> {
    /// Prepares to play `run` on a fresh device.
    pub(super) fn new(
        params: &'a ScoreParams,
        dut: &'a mut Dut,
        run: &'a Run,
    ) -> Result<Self, Fault> {
        let ports = Ports::find(dut).ok_or_else(|| Fault {
            transaction: 0,
            cycle: 0,
            field: "ports".into(),
            expected: "the ports of the block".into(),
            got: "one is missing".into(),
        })?;
        Ok(Self {
            params,
            dut,
            ports,
            run,
            scripts: run.items.iter().map(|i| Script::of(i, params)).collect(),
            noise: Rng::new(!run.seed),
            start: 0,
            owners: vec![None; params.contexts as usize],
            todo: (0..run.items.len()).collect(),
            to_refine: VecDeque::new(),
            to_read: VecDeque::new(),
            first: None,
            refining: None,
            reading: None,
            asked: [None; 3],
            ends: VecDeque::new(),
            done: vec![false; run.items.len()],
        })
    }

    /// Plays the run.
    pub(super) fn play(mut self, coverage: &mut Coverage) -> Result<(), Fault> {
        self.quiet();
        self.dut
            .reset(RESET_CYCLES)
            .map_err(|error| self.rtl_fault(&error))?;
        self.start = self.dut.cycle();
        for (item, script) in self.run.items.iter().zip(&self.scripts) {
            coverage.item(item, script, self.params);
        }
        let stalls: u64 = self.run.stalls.iter().map(Stall::longest).sum();
        let mut reset = self.run.reset;
        let (mut progress, mut rest) = (0, 0);
        while rest < REST {
            let cycle = self.cycle();
            if let Some(Reset { length, .. }) = reset.take_if(|r| r.cycle <= cycle) {
                coverage.count("reset", self.first.is_some() || !self.ends.is_empty());
                self.reset(length)?;
                progress = self.cycle();
                continue;
            }
            let moved = self.offer(cycle, coverage) | self.read(cycle, coverage);
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
            self.check_read()?;
            let ended = self.check_end()?;
            let done = self.done.iter().all(|d| *d);
            rest = if done { rest + 1 } else { 0 };
            if moved || ended || done {
                progress = cycle;
            } else if cycle - progress > PATIENCE + stalls {
                let got = format!("nothing for {} cycles", cycle - progress);
                return Err(self.fault("done_o", "the end of a pass", &got));
            }
        }
        Ok(())
    }

    fn context(&self, query: usize) -> u32 {
        let owner = self.owners.iter().position(|o| *o == Some(query));
        owner.expect("a query under way has a context") as u32
    }

    /// Puts a beat on the ports, or noise; tells whether it was a beat. Between two rows of a query a
    /// refinement may come in, but not between the planes of a row.
    fn offer(&mut self, cycle: u64, coverage: &mut Coverage) -> bool {
        let p = self.params;
        let noise = &mut self.noise;
        self.dut.set(self.ports.rest_valid, 0);
        self.dut.set(self.ports.rest_score, noise.draw());
        for context in 0..p.contexts {
            let sum = noise.draw();
            self.dut
                .set_field(self.ports.query_sums, context * p.query_w, p.query_w, sum);
        }
        self.begin();
        let within = self
            .first
            .is_some_and(|(n, _, beat)| beat > 0 && !self.beat(n, 0, beat).flags[1]);
        let turn = self.noise.chance(70);
        let refine = self.refining.is_some() && !within && (turn || self.first.is_none());
        let walk = if refine { self.refining } else { self.first };
        let Some((query, pass, at)) = walk.filter(|_| self.run.stalls[0].go(cycle)) else {
            let noise = &mut self.noise;
            self.ports.put_noise(self.dut, p, &mut || noise.draw());
            return false;
        };
        coverage.count("refinement_between_rows", refine && self.first.is_some());
        let context = self.context(query);
        let script = &self.scripts[query];
        let beats = &script.passes[pass].beats;
        self.ports.put(self.dut, p, context, &beats[at]);
        let sum = script.query_sum as u64;
        self.dut
            .set_field(self.ports.query_sums, context * p.query_w, p.query_w, sum);
        if refine && at == 0 {
            // The largest of the rest comes no later than the first row.
            let rest = script.passes[pass]
                .rest
                .map_or(1 << p.score_w, |r| r as u64);
            self.dut.set(self.ports.rest_valid, 1);
            self.dut.set(self.ports.rest_score, rest);
        }
        let ends = at + 1 == beats.len();
        if ends {
            self.ends.push_back((query, pass));
        }
        let next = (!ends).then_some((query, pass, at + 1));
        if refine {
            self.refining = next;
        } else {
            self.first = next;
        }
        true
    }

    fn beat(&self, query: usize, pass: usize, at: usize) -> &Beat {
        &self.scripts[query].passes[pass].beats[at]
    }

    /// Begins the next query where a context is free, and the next refinement where none is under
    /// way or about to end.
    fn begin(&mut self) {
        if self.first.is_none()
            && let Some(free) = self.owners.iter().position(Option::is_none)
            && let Some(query) = self.todo.pop_front()
        {
            self.owners[free] = Some(query);
            self.first = Some((query, 0, 0));
        }
        let ending = self.ends.iter().any(|(_, pass)| *pass > 0);
        if self.refining.is_none() && !ending {
            let next = self.to_refine.pop_front();
            self.refining = next.map(|(query, pass)| (query, pass, 0));
        }
    }

    /// Reads the next row, or puts noise; tells whether it read.
    fn read(&mut self, cycle: u64, coverage: &mut Coverage) -> bool {
        if self.reading.is_none() {
            let next = self.to_read.pop_front();
            self.reading = next.map(|(query, pass)| (query, pass, 0));
        }
        let due = self.reading.filter(|_| self.run.stalls[1].go(cycle));
        self.asked = [due, self.asked[0], self.asked[1]];
        let (dut, ports) = (&mut *self.dut, &self.ports);
        dut.set(ports.rd_en, u64::from(due.is_some()));
        dut.set(
            ports.rd_context,
            self.noise.below(self.params.contexts.into()),
        );
        dut.set(ports.rd_row, self.noise.below(self.params.rows.into()));
        let Some((query, pass, row)) = due else {
            return false;
        };
        let context = self.context(query);
        self.dut.set(self.ports.rd_context, context.into());
        self.dut.set(self.ports.rd_row, row.into());
        coverage.count(
            "read_beside_rows",
            self.first.is_some() || self.refining.is_some(),
        );
        let more = row + 1 < self.scripts[query].rows;
        self.reading = more.then_some((query, pass, row + 1));
        true
    }

    /// Compares the row that was asked for two cycles ago.
    fn check_read(&mut self) -> Result<(), Fault> {
        let Some((query, pass, row)) = self.asked[2] else {
            return Ok(());
        };
        let p = self.params;
        let script = &self.scripts[query];
        let after = &script.passes[pass].after;
        let max = after.max().map(|m| m as u64 & mask(p.score_w + 1));
        let got = self.dut.get(self.ports.rd_max);
        match max {
            Some(max) => self.same("rd_max_o", p.score_w + 1, max, got)?,
            None => self.same("rd_max_o top", 1, 1, got >> p.score_w)?,
        }
        for lane in 0..p.tokens {
            let key = after.keys()[(row * p.tokens + lane) as usize];
            let word = self
                .dut
                .get_field(self.ports.rd_keys, lane * p.key_w(), p.key_w());
            let (live, planes) = (word >> (p.score_w + 2), word >> p.score_w & 3);
            self.same(&format!("rd_keys_o {lane} live"), 1, key.live.into(), live)?;
            if key.live {
                let name = format!("rd_keys_o {lane} planes");
                self.same(&name, 2, key.planes.into(), planes)?;
                let (w, name) = (p.score_w, format!("rd_keys_o {lane} score"));
                self.same(&name, w, key.score as u64 & mask(w), word & mask(w))?;
            }
        }
        if row + 1 == script.rows {
            if pass + 1 < script.passes.len() {
                self.to_refine.push_back((query, pass + 1));
            } else {
                let context = self.context(query);
                self.owners[context as usize] = None;
                self.done[query] = true;
            }
        }
        Ok(())
    }

    /// Checks whether a pass ends; tells whether one did.
    fn check_end(&mut self) -> Result<bool, Fault> {
        if self.dut.get(self.ports.done) == 0 {
            return Ok(false);
        }
        let Some((query, pass)) = self.ends.pop_front() else {
            return Err(self.fault("done_o", "no end of a pass", "one"));
        };
        let (w, want) = (self.params.context_w(), self.context(query));
        let got = self.dut.get(self.ports.done_context);
        self.same("done_context_o", w, want.into(), got)?;
        self.to_read.push_back((query, pass));
        Ok(true)
    }

    fn same(&self, field: &str, width: u32, want: u64, got: u64) -> Result<(), Fault> {
        if want == got {
            return Ok(());
        }
        let unused = u64::BITS - width;
        let say = |v: u64| spell(v, width, (v << unused) as i64 >> unused);
        Err(self.fault(field, &say(want), &say(got)))
    }

    fn quiet(&mut self) {
        for port in [self.ports.in_valid, self.ports.rest_valid, self.ports.rd_en] {
            self.dut.set(port, 0);
        }
    }

    /// Resets the device: queries that were not read to their end begin anew.
    fn reset(&mut self, length: u64) -> Result<(), Fault> {
        self.quiet();
        self.dut.set(self.ports.rst_n, 0);
        for _ in 0..length {
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
        }
        self.dut.set(self.ports.rst_n, 1);
        self.todo = (0..self.done.len()).filter(|&n| !self.done[n]).collect();
        self.owners.fill(None);
        (self.first, self.refining, self.reading) = (None, None, None);
        self.asked = [None; 3];
        self.to_refine.clear();
        self.to_read.clear();
        self.ends.clear();
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
            transaction: self.done.iter().filter(|d| **d).count() as u64,
            cycle: self.cycle().saturating_sub(1),
            field: field.into(),
            expected: expected.into(),
            got: got.into(),
        }
    }
}
