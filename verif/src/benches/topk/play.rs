// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drives the two streams of a top-k engine.

use hwgen_golden::topk::passes::Passes;
use hwgen_golden::topk::{TopkParams, Variant, select};

use super::{KEYS, Pace, Point, Query, QueryResult, RESULTS, Run};
use crate::kit::{Io, Offer, Player, Take, Track, pack};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, mask};

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
    /// Query and number of each beat of keys and of each of results.
    pub(super) sent: Track<(usize, u32)>,
    pub(super) got: Track<(usize, u32)>,
    /// Cycles of the first and the last beat of keys of each query.
    pub(super) times: Vec<(u64, u64)>,
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

impl<'a> TopkPlayer<'a> {
    /// Prepares to play `run`.
    pub(super) fn new(params: &'a TopkParams, variant: Variant, dut: &Dut, run: &'a Run) -> Self {
        let expect = |query: &Query| {
            let n = query.keys.len() as u32;
            let selection = select(&query.keys, params.survivors(variant, n, query.k) as usize);
            Expected {
                indices: selection.indices,
                threshold: selection.threshold as u64 & mask(params.key_w),
            }
        };
        let expected: Vec<Expected> = run.items.iter().map(expect).collect();
        let sent = run.items.iter().map(|query| query.keys.len());
        let got = expected.iter().map(|e| e.indices.len());
        let fields = ["last", "keep", "data", "index", "threshold", "count"];
        Self {
            params,
            variant,
            run,
            key: Offer::find(dut, "key", ["last", "keep", "k", "data"]),
            res: Take::find(dut, "res", fields),
            sent: beats(params, sent),
            got: beats(params, got),
            expected,
            times: vec![(0, 0); run.items.len()],
            passes: Passes::default(),
            scratch: Vec::new(),
            results: None,
            patience: patience(params, variant, run),
        }
    }

    /// Returns the query of the next beat of keys.
    pub(super) fn sending(&self) -> usize {
        self.sent
            .next()
            .map_or(self.run.items.len(), |(query, _)| query)
    }

    /// Returns the query of the next beat of results.
    pub(super) fn getting(&self) -> usize {
        self.got
            .next()
            .map_or(self.run.items.len(), |(query, _)| query)
    }

    /// Notes whether the beat on the port was taken.
    #[inline]
    fn accept(&mut self, io: &mut Io<Point>) -> bool {
        let Some((query, beat)) = self.sent.next().filter(|_| self.key.offered) else {
            return false;
        };
        let (taken, cycle) = (self.key.taken(io), io.clocked());
        io.count(Point::StalledIn, !taken);
        if taken {
            io.count(Point::Overlapped, query > self.getting());
            let times = &mut self.times[query];
            *times = (if beat == 0 { cycle } else { times.0 }, cycle);
            self.sent.advance();
        }
        taken
    }
}

/// Lists the beats of queries of so many keys each.
fn beats(p: &TopkParams, keys: impl Iterator<Item = usize>) -> Track<(usize, u32)> {
    let all = keys.enumerate();
    Track::new(all.flat_map(|(query, n)| (0..p.beats(n as u32)).map(move |beat| (query, beat))))
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
        self.key.offer(io, false);
        self.key.scribble(io);
        self.res.quiet(io);
    }

    #[inline]
    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let (p, run) = (self.params, self.run);
        let now = self.getting();
        let free = |(query, beat): &(usize, u32)| {
            run.setup == Pace::BackToBack || *beat > 0 || *query == now
        };
        let next = self.sent.next().filter(free);
        self.key
            .feed(io, &run.stalls[KEYS], next, |io, fields, (query, beat)| {
                let [last, keep, k_port, data] = fields;
                let (query, lanes) = (&run.items[query], p.lanes as usize);
                let from = beat as usize * lanes;
                let keys = &query.keys[from..query.keys.len().min(from + lanes)];
                let k = if from == 0 {
                    query.k.into()
                } else {
                    io.noise.draw()
                };
                io.set(last, from + lanes >= query.keys.len());
                io.set(keep, mask(keys.len() as u32));
                io.set(k_port, k);
                let rest = (keys.len()..lanes).map(|_| io.noise.draw());
                let all = keys.iter().map(|&key| key as u64).chain(rest);
                pack(io.dut.words_mut(data), p.key_w, all);
            });
        let within = self.sent.next().is_some_and(|(_, beat)| beat > 0);
        io.count(Point::BubbleIn, within && !self.key.offered);
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
        self.got.done()
    }

    fn may_reset(&self) -> bool {
        !self.done()
    }

    fn restart(&mut self, io: &mut Io<Point>) {
        let within = self.sent.next().is_some_and(|(_, beat)| beat > 0);
        io.count(Point::ResetInKeys, within || self.key.offered);
        let now = self.getting();
        io.count(Point::ResetInResult, self.sending() > now);
        self.sent.back_to(|(query, _)| *query < now);
        self.got.back_to(|(query, _)| *query < now);
    }

    fn under_way(&self) -> usize {
        self.getting().min(self.run.items.len().saturating_sub(1))
    }

    fn missing(&self) -> (&'static str, &'static str) {
        if self.sending() > self.getting() {
            ("res_valid_o", "a result beat")
        } else {
            ("key_ready_o", "an accepted key beat")
        }
    }
}
