// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drives the two streams of a top-k engine.

use hwgen_golden::topk::passes::Passes;
use hwgen_golden::topk::{TopkParams, Variant, select};

use super::{KEYS, Pace, Point, Query, QueryResult, RESULTS, Run, TopkBench};
use crate::dut::{Dut, mask};
use crate::kit::{Io, Offer, Player, Take, pack};
use crate::report::Fault;

/// Cycles without any progress that no engine needs, whatever its size.
const PATIENCE: u64 = 2_000;

/// Plays queries on an engine.
pub(crate) struct TopkPlayer<'a> {
    pub(super) params: &'a TopkParams,
    pub(super) variant: Variant,
    pub(super) run: &'a Run,
    pub(super) expected: Vec<Expected>,
    /// Last, keep, k, data.
    pub(super) key: Offer<4>,
    /// Last, keep, data, index, threshold, count.
    pub(super) res: Take<6>,
    pub(super) sent: Sent,
    /// Query and beat of the next result.
    pub(super) got: (usize, u32),
    /// Pivots that quick-select draws, from the reset on.
    pub(super) passes: Passes,
    pub(super) scratch: Vec<u64>,
    /// Answers, where they are wanted.
    pub(super) results: Option<Vec<QueryResult>>,
    patience: u64,
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
    first: u64,
    /// Cycles of the first and the last beat of each query.
    pub(super) times: Vec<(u64, u64)>,
}

impl<'a> TopkPlayer<'a> {
    /// Prepares to play `run`.
    pub(super) fn new(bench: &'a TopkBench, dut: &Dut, run: &'a Run) -> Self {
        let (params, variant) = (&bench.params, bench.variant);
        let expect = |query: &Query| {
            let n = query.keys.len() as u32;
            let selection = select(&query.keys, params.survivors(variant, n, query.k) as usize);
            Expected {
                indices: selection.indices,
                threshold: selection.threshold as u64 & mask(params.key_w),
            }
        };
        let fields = ["last", "keep", "data", "index", "threshold", "count"];
        Self {
            params,
            variant,
            run,
            expected: run.items.iter().map(expect).collect(),
            key: Offer::find(dut, "key", ["last", "keep", "k", "data"]),
            res: Take::find(dut, "res", fields),
            sent: Sent::default(),
            got: (0, 0),
            passes: Passes::default(),
            scratch: Vec::new(),
            results: None,
            patience: patience(params, variant, run),
        }
    }

    /// Puts the next beat of keys on the port.
    fn beat(&mut self, io: &mut Io<Point>) {
        let query = &self.run.items[self.sent.query];
        let lanes = self.params.lanes as usize;
        let from = self.sent.beat as usize * lanes;
        let keys = &query.keys[from..query.keys.len().min(from + lanes)];
        let k = if from == 0 {
            query.k.into()
        } else {
            io.noise.draw()
        };
        let [last, keep, k_port, data] = self.key.fields;
        self.key.offer(io, true);
        io.set(last, from + lanes >= query.keys.len());
        io.set(keep, mask(keys.len() as u32));
        io.set(k_port, k);
        let rest = (keys.len()..lanes).map(|_| io.noise.draw());
        let all = keys.iter().map(|&key| key as u64).chain(rest);
        pack(io.dut.words_mut(data), self.params.key_w, all);
    }

    /// Takes valid away and puts noise on the rest.
    fn idle(&mut self, io: &mut Io<Point>) {
        let [last, keep, k, data] = self.key.fields;
        self.key.offer(io, false);
        let bits = io.noise.draw();
        io.set(last, bits);
        io.set(keep, bits >> 1);
        io.set(k, bits >> 32);
        io.scribble(data);
    }

    /// Notes whether the beat on the port was taken.
    #[inline]
    fn accept(&mut self, io: &mut Io<Point>) -> bool {
        if !self.key.offered {
            return false;
        }
        let (taken, cycle) = (self.key.taken(io), io.clocked());
        io.count(Point::StalledIn, !taken);
        if taken {
            io.count(Point::Overlapped, self.sent.query > self.got.0);
            if self.sent.beat == 0 {
                self.sent.first = cycle;
            }
            self.sent.beat += 1;
            let n = self.run.items[self.sent.query].keys.len() as u32;
            if self.sent.beat == self.params.beats(n) {
                self.sent.times.push((self.sent.first, cycle));
                self.sent.query += 1;
                self.sent.beat = 0;
            }
        }
        taken
    }
}

/// Returns the cycles without progress after which the engine counts as hung.
fn patience(p: &TopkParams, variant: Variant, run: &Run) -> u64 {
    let beats = u64::from(p.beats(p.max_n));
    let n = run.items.iter().map(|q| q.keys.len() as u64).max();
    let n = n.unwrap_or(0);
    let busy = match variant {
        Variant::Radix | Variant::Stream => 32 * beats,
        // Each pass may drop one key only.
        Variant::Quickselect => n * (n / u64::from(p.lanes) + 16),
        // A full sort takes log^2 passes over all that fits.
        Variant::Batcher => 128 * beats,
    };
    PATIENCE + busy + run.longest_stall()
}

impl Player for TopkPlayer<'_> {
    type Point = Point;

    fn patience(&self) -> u64 {
        self.patience
    }

    fn rest(&self) -> u64 {
        64 + 2 * u64::from(self.params.beats(self.params.max_n))
    }

    fn begin(&mut self, io: &mut Io<Point>) {
        self.count_queries(io);
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.idle(io);
        self.res.quiet(io);
    }

    #[inline]
    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        if !self.key.offered {
            let due = self.sent.query < self.run.items.len()
                && (self.run.setup == Pace::BackToBack
                    || self.sent.beat > 0
                    || self.sent.query == self.got.0);
            if due && self.run.stalls[KEYS].go(io.cycle()) {
                self.beat(io);
            } else {
                io.count(Point::BubbleIn, self.sent.beat > 0);
                self.idle(io);
            }
        }
        let done = self.done();
        self.res.willing(io, &self.run.stalls[RESULTS], done);
        false
    }

    #[inline]
    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let took = self.accept(io);
        Ok(self.result(io)? | took)
    }

    fn done(&self) -> bool {
        self.got.0 == self.run.items.len()
    }

    fn may_reset(&self) -> bool {
        !self.done()
    }

    fn restart(&mut self, io: &mut Io<Point>) {
        let sent = &self.sent;
        io.count(Point::ResetInKeys, sent.beat > 0 || self.key.offered);
        io.count(Point::ResetInResult, sent.query > self.got.0);
        self.got.1 = 0;
        self.sent.times.truncate(self.got.0);
        self.sent = Sent {
            query: self.got.0,
            times: std::mem::take(&mut self.sent.times),
            ..Sent::default()
        };
    }

    fn under_way(&self) -> usize {
        self.got.0.min(self.run.items.len().saturating_sub(1))
    }

    fn missing(&self) -> (&'static str, &'static str) {
        if self.sent.query > self.got.0 {
            ("res_valid_o", "a result beat")
        } else {
            ("key_ready_o", "an accepted key beat")
        }
    }
}
