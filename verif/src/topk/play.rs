// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays a run: drives the two streams of a top-k engine cycle by cycle and checks each beat.

use hwgen_golden::topk::passes::Passes;
use hwgen_golden::topk::{TopkParams, Variant, select};

use super::bench::TopkBench;
use super::coverage::{Coverage, Point};
use super::ports::{Ports, payload};
use super::{Pace, Query, QueryResult, Run};
use crate::pack::pack;
use crate::report::Fault;
use hwgen_sim::dut::{Dut, RtlError, mask};
use hwgen_sim::rng::Rng;
use hwgen_sim::stream::Monitor;

/// Cycles of the reset before a run.
pub(super) const RESET_CYCLES: u32 = 3;
/// Cycles without any progress that no engine needs, whatever its size.
const PATIENCE: u64 = 2_000;

/// Drives and checks one device through one run.
pub(super) struct Player<'a> {
    pub(super) params: &'a TopkParams,
    pub(super) variant: Variant,
    pub(super) dut: &'a mut Dut,
    pub(super) ports: Ports,
    pub(super) run: &'a Run,
    pub(super) expected: Vec<Expected>,
    /// Cycle after which counting starts.
    pub(super) start: u64,
    pub(super) noise: Rng,
    pub(super) monitor: Monitor,
    pub(super) sent: Sent,
    pub(super) got: Got,
    /// Pivots that quick-select draws, from the reset on.
    pub(super) passes: Passes,
    pub(super) scratch: Vec<u64>,
}

/// What a query must give.
pub(super) struct Expected {
    pub(super) indices: Vec<u32>,
    pub(super) threshold: u64,
}

/// How far the keys are.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) query: usize,
    pub(super) beat: u32,
    /// Whether a beat is on the port.
    pub(super) offered: bool,
    pub(super) first: u64,
    pub(super) times: Vec<(u64, u64)>,
}

/// How far the results are.
#[derive(Default)]
pub(super) struct Got {
    pub(super) query: usize,
    pub(super) beat: u32,
    pub(super) first: u64,
}

impl<'a> Player<'a> {
    /// Prepares to play `run` on a fresh device.
    pub(super) fn new(bench: &'a TopkBench, dut: &'a mut Dut, run: &'a Run) -> Result<Self, Fault> {
        let params = &bench.params;
        let ports = Ports::find(dut, params).map_err(|wrong| Fault {
            transaction: 0,
            cycle: 0,
            field: "ports".into(),
            expected: "the ports of a top-k engine".into(),
            got: wrong,
        })?;
        let expect = |query: &Query| {
            let n = query.keys.len() as u32;
            let count = params.survivors(bench.variant, n, query.k);
            let selection = select(&query.keys, count as usize);
            Expected {
                indices: selection.indices,
                threshold: selection.threshold as u64 & mask(params.key_w),
            }
        };
        Ok(Self {
            params,
            variant: bench.variant,
            ports,
            run,
            expected: run.queries.iter().map(expect).collect(),
            start: 0,
            noise: Rng::new(!run.seed),
            monitor: Monitor::new(),
            sent: Sent::default(),
            got: Got::default(),
            passes: Passes::default(),
            scratch: Vec::new(),
            dut,
        })
    }

    /// Plays the run; `results` gets the answers with their cycles.
    pub(super) fn play(
        mut self,
        coverage: &mut Coverage,
        mut results: Option<&mut Vec<QueryResult>>,
    ) -> Result<(), Fault> {
        let total = self.run.queries.len();
        self.count_queries(coverage);
        self.idle();
        self.dut.set(self.ports.res_ready, 0);
        self.dut
            .reset(RESET_CYCLES)
            .map_err(|error| self.rtl_fault(&error))?;
        self.start = self.dut.cycle();
        let patience = self.patience();
        let mut progress = 0;
        while self.got.query < total {
            let cycle = self.cycle();
            if let Some(reset) = self.run.reset
                && reset.cycle == cycle
            {
                coverage.count(Point::ResetInKeys, self.sent.beat > 0 || self.sent.offered);
                coverage.count(Point::ResetInResult, self.sent.query > self.got.query);
                self.reset(reset.length)?;
                progress = self.cycle();
                continue;
            }
            self.offer(cycle, coverage);
            let ready = self.run.results.take(cycle, self.monitor.waiting());
            self.dut.set(self.ports.res_ready, u64::from(ready));
            self.tick()?;
            let took = self.accept(cycle, coverage);
            let gave = self.result(cycle, ready, coverage, &mut results)?;
            if took || gave {
                progress = cycle;
            } else if cycle - progress > patience {
                return Err(self.hang(cycle - progress));
            }
        }
        self.rest()
    }

    /// Returns the cycle, counted from the end of the first reset.
    fn cycle(&self) -> u64 {
        self.dut.cycle() - self.start
    }

    fn tick(&mut self) -> Result<(), Fault> {
        self.dut.tick().map_err(|error| self.rtl_fault(&error))
    }

    /// Puts a beat on the port if one is due, noise if not.
    #[inline]
    fn offer(&mut self, cycle: u64, coverage: &mut Coverage) {
        if self.sent.offered {
            return;
        }
        let due = self.sent.query < self.run.queries.len()
            && (self.run.pace == Pace::BackToBack
                || self.sent.beat > 0
                || self.sent.query == self.got.query);
        if due && self.run.keys.go(cycle) {
            self.beat();
            self.sent.offered = true;
        } else {
            coverage.count(Point::BubbleIn, self.sent.beat > 0);
            self.idle();
        }
    }

    /// Puts the next beat of keys on the port.
    fn beat(&mut self) {
        let Self {
            params: p,
            dut,
            ports,
            noise,
            ..
        } = self;
        let query = &self.run.queries[self.sent.query];
        let lanes = p.lanes as usize;
        let from = self.sent.beat as usize * lanes;
        let keys = &query.keys[from..query.keys.len().min(from + lanes)];
        let k = if from == 0 {
            u64::from(query.k)
        } else {
            noise.draw()
        };
        dut.set(ports.key_valid, 1);
        dut.set(ports.key_last, u64::from(from + lanes >= query.keys.len()));
        dut.set(ports.key_keep, mask(keys.len() as u32));
        dut.set(ports.key_k, k);
        let rest = (keys.len()..lanes).map(|_| noise.draw());
        let all = keys.iter().map(|&key| key as u64).chain(rest);
        pack(dut.words_mut(ports.key_data), p.key_w, all);
    }

    /// Takes valid away and puts noise on the rest.
    fn idle(&mut self) {
        let Self {
            dut, ports, noise, ..
        } = self;
        let bits = noise.draw();
        dut.set(ports.key_valid, 0);
        dut.set(ports.key_last, bits);
        dut.set(ports.key_keep, bits >> 1);
        dut.set(ports.key_k, bits >> 32);
        let mut left = ports.key_data.width();
        for word in dut.words_mut(ports.key_data) {
            *word = noise.draw() & mask(left);
            left = left.saturating_sub(64);
        }
    }

    /// Notes whether the beat on the port was taken.
    #[inline]
    fn accept(&mut self, cycle: u64, coverage: &mut Coverage) -> bool {
        if !self.sent.offered {
            return false;
        }
        let taken = self.dut.get(self.ports.key_ready) != 0;
        coverage.count(Point::StalledIn, !taken);
        if taken {
            coverage.count(Point::Overlapped, self.sent.query > self.got.query);
            self.sent.offered = false;
            if self.sent.beat == 0 {
                self.sent.first = cycle;
            }
            self.sent.beat += 1;
            let n = self.run.queries[self.sent.query].keys.len() as u32;
            if self.sent.beat == self.params.beats(n) {
                self.sent.times.push((self.sent.first, cycle));
                self.sent.query += 1;
                self.sent.beat = 0;
            }
        }
        taken
    }

    /// Checks what the engine shows and notes whether a beat left.
    #[inline]
    fn result(
        &mut self,
        cycle: u64,
        ready: bool,
        coverage: &mut Coverage,
        results: &mut Option<&mut Vec<QueryResult>>,
    ) -> Result<bool, Fault> {
        let Self { dut, ports, .. } = self;
        let valid = dut.get(ports.res_valid) != 0;
        coverage.count(Point::StalledOut, valid && !ready);
        let held = self.monitor.check(valid, ready, |words| {
            payload(dut, ports, self.params, words);
        });
        if let Err(broken) = held {
            return Err(self.fault("res_valid_o", "a stable beat", &broken.to_string()));
        }
        if !valid || !ready {
            return Ok(false);
        }
        if self.got.query >= self.sent.query {
            return Err(self.fault(
                "res_valid_o",
                "no beat before the query has ended",
                "a beat",
            ));
        }
        self.check_beat()?;
        if self.got.beat == 0 {
            self.got.first = cycle;
        }
        if let Some(results) = results {
            self.record(cycle, results);
        }
        self.got.beat += 1;
        let count = self.expected[self.got.query].indices.len() as u32;
        if self.got.beat == self.params.beats(count) {
            self.check_promises(cycle)?;
            self.got.query += 1;
            self.got.beat = 0;
        }
        Ok(true)
    }

    /// Resets the device and goes back to the first query without a complete result.
    fn reset(&mut self, length: u64) -> Result<(), Fault> {
        self.idle();
        self.dut.set(self.ports.rst_n, 0);
        for _ in 0..length {
            self.tick()?;
        }
        self.dut.set(self.ports.rst_n, 1);
        self.got.beat = 0;
        self.sent.times.truncate(self.got.query);
        self.sent = Sent {
            query: self.got.query,
            times: std::mem::take(&mut self.sent.times),
            ..Sent::default()
        };
        self.monitor = Monitor::new();
        Ok(())
    }

    /// Watches for beats after the last one.
    fn rest(&mut self) -> Result<(), Fault> {
        self.dut.set(self.ports.res_ready, 1);
        for _ in 0..64 + 2 * self.params.beats(self.params.max_n) {
            self.idle();
            self.tick()?;
            if self.dut.get(self.ports.res_valid) != 0 {
                self.got.query = self.run.queries.len().saturating_sub(1);
                return Err(self.fault("res_valid_o", "no beat after the last result", "a beat"));
            }
        }
        Ok(())
    }

    /// Returns the cycles without progress after which the engine counts as hung.
    fn patience(&self) -> u64 {
        let p = self.params;
        let beats = u64::from(p.beats(p.max_n));
        let longest = self.run.queries.iter().map(|q| q.keys.len() as u64).max();
        let n = longest.unwrap_or(0);
        let busy = match self.variant {
            Variant::Radix | Variant::Stream => 32 * beats,
            // Each pass may drop one key only.
            Variant::Quickselect => n * (n / u64::from(p.lanes) + 16),
            // A full sort takes log^2 passes over all that fits.
            Variant::Batcher => 128 * beats,
        };
        PATIENCE + busy + self.run.keys.longest() + self.run.results.longest()
    }

    #[cold]
    fn hang(&self, cycles: u64) -> Fault {
        let (field, want) = if self.sent.query > self.got.query {
            ("res_valid_o", "a result beat")
        } else {
            ("key_ready_o", "an accepted key beat")
        };
        self.fault(field, want, &format!("nothing for {cycles} cycles"))
    }

    #[cold]
    fn rtl_fault(&self, error: &RtlError) -> Fault {
        self.fault("check in the RTL", "no error", &error.message)
    }

    #[cold]
    pub(super) fn fault(&self, field: &str, expected: &str, got: &str) -> Fault {
        Fault {
            transaction: self.got.query as u64,
            // The cycle that has just been clocked.
            cycle: self.cycle().saturating_sub(1),
            field: field.into(),
            expected: expected.into(),
            got: got.into(),
        }
    }
}
