// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays jobs on the attention core.

use std::borrow::Cow;

use hwgen_golden::attention::fields::{JOB_FIELDS, STAT_FIELDS};
use hwgen_golden::attention::{AttentionParams, JobError, JobResult, run_job};

use super::check::Got;
use super::drive::Sent;
use super::memory::Pending;
use super::{LiveJob, Memory, OUTPUTS, PROBS, Played, Point, REQUESTS, STATS};
use crate::dut::Dut;
use crate::kit::{Beat, Io, Offer, Player, Stall, Take, input};
use crate::report::Fault;

/// Cycles without any progress that no core needs, whatever its size.
const PATIENCE: u64 = 2_000;
/// Cycles watched after the last job for beats that should not come.
const REST: u64 = 100;

/// Plays jobs on a core.
pub(crate) struct CorePlayer<'a> {
    pub(super) params: &'a AttentionParams,
    pub(super) jobs: Cow<'a, [LiveJob]>,
    pub(super) expected: Vec<JobResult>,
    pub(super) stalls: Vec<Stall>,
    pub(super) memory: Pending,
    /// The fields of a job, as the golden model lists them.
    pub(super) job: Offer<18>,
    /// Position, token.
    pub(super) list: Offer<2>,
    /// Data, bound, last.
    pub(super) query: Offer<3>,
    pub(super) bias: Offer<1>,
    pub(super) rsp: Offer<1>,
    /// Value, plane, head, mask, token.
    pub(super) req: Take<5>,
    /// Data, row, keep, last.
    pub(super) prob: Take<4>,
    /// Data, head, last.
    pub(super) out: Take<3>,
    /// The fields of a report, as the golden model lists them.
    pub(super) stat: Take<9>,
    pub(super) sent: Sent,
    pub(super) got: Got,
    pub(super) first_in: Option<u64>,
    /// What came out, where it is wanted.
    pub(super) played: Option<Played>,
    patience: u64,
}

impl<'a> CorePlayer<'a> {
    /// Prepares to play `jobs`.
    pub(super) fn new(
        params: &'a AttentionParams,
        dut: &Dut,
        jobs: Cow<'a, [LiveJob]>,
        stalls: Vec<Stall>,
        memory: Memory,
    ) -> Self {
        let expect = |live: &LiveJob| {
            let (bias, list) = (live.bias.as_deref(), live.list.as_deref());
            let (queries, k, v) = (&live.queries, &live.k, &live.v);
            run_job(params, &live.job, queries, k, v, bias, list)
        };
        let rows = u64::from(params.max_rows() * params.fold());
        let longest: u64 = stalls.iter().map(Stall::longest).sum();
        let job = JOB_FIELDS.map(|field| input(dut, field.port));
        let stat = STAT_FIELDS.map(|field| field.port.to_owned());
        Self {
            params,
            expected: jobs.iter().map(expect).collect(),
            memory: Pending::new(memory),
            job: Offer::of(dut, "job", job),
            list: Offer::find(dut, "list", ["position", "token"]),
            query: Offer::find(dut, "query", ["data", "bound", "last"]),
            bias: Offer::find(dut, "bias", ["data"]),
            rsp: Offer::find(dut, "rsp", ["data"]),
            req: Take::find(dut, "req", ["value", "plane", "head", "mask", "token"]),
            prob: Take::find(dut, "prob", ["data", "row", "keep", "last"]),
            out: Take::find(dut, "out", ["data", "head", "last"]),
            stat: Take::of(dut, "stat", stat),
            sent: Sent::default(),
            got: Got::new(jobs.len()),
            first_in: None,
            played: None,
            patience: PATIENCE + 32 * rows + 2 * u64::from(memory.latency) + longest,
            jobs,
            stalls,
        }
    }

    /// Returns the number of jobs that have left.
    pub(super) fn left(&self) -> usize {
        self.got.job
    }

    /// Moves the output streams past jobs that give none.
    fn skip_refused(&mut self) {
        let expected = &self.expected;
        let refused = |job| {
            expected
                .get(job)
                .is_some_and(|e: &JobResult| e.error != JobError::Ok)
        };
        while refused(self.got.out.0) {
            self.got.out = (self.got.out.0 + 1, 0);
        }
        while refused(self.got.prob.0) {
            self.got.prob = (self.got.prob.0 + 1, 0, 0);
        }
    }

    /// Checks the streams of the core; tells whether anything moved.
    fn check_streams(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        // Tokens of lanes that are not wanted may change.
        let held = self.req.fields;
        let req = self.req.watch_part(io, |dut, words| {
            words.extend(held[..4].iter().map(|&port| dut.get(port)));
        })?;
        let (prob, out) = (self.prob.watch(io)?, self.out.watch(io)?);
        let stat = self.stat.watch(io)?;
        io.count(Point::StalledRequest, req == Beat::Waits);
        io.count(Point::StalledOutput, out == Beat::Waits);
        if req == Beat::Taken {
            self.check_request(io)?;
        }
        if prob == Beat::Taken {
            self.check_prob(io)?;
        }
        if out == Beat::Taken {
            self.check_output(io)?;
        }
        if stat == Beat::Taken {
            self.check_stat(io)?;
        }
        Ok([req, prob, out, stat].contains(&Beat::Taken))
    }
}

impl Player for CorePlayer<'_> {
    type Point = Point;

    fn begin(&mut self, io: &mut Io<Point>) {
        self.count_jobs(io);
        self.skip_refused();
    }

    fn patience(&self) -> u64 {
        self.patience
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.job.offer(io, false);
        self.list.offer(io, false);
        self.query.offer(io, false);
        self.bias.offer(io, false);
        self.rsp.offer(io, false);
        self.req.quiet(io);
        self.prob.quiet(io);
        self.out.quiet(io);
        self.stat.quiet(io);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        self.offer_job(io);
        self.offer_query(io);
        self.offer_bias(io);
        self.offer_response(io);
        let (bandwidth, done) = (self.memory.start_cycle(), self.done());
        if bandwidth || done {
            self.req.willing(io, &self.stalls[REQUESTS], done);
        } else {
            self.req.unwilling(io);
        }
        self.prob.willing(io, &self.stalls[PROBS], done);
        self.out.willing(io, &self.stalls[OUTPUTS], done);
        self.stat.willing(io, &self.stalls[STATS], done);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let taken = self.accept(io);
        let came = self.check_streams(io)?;
        self.skip_refused();
        let before = self.got.job;
        while !self.done() && self.complete(self.got.job) {
            self.check_all_requested(self.got.job)?;
            self.got.job += 1;
        }
        if self.done() && self.got.job > before {
            if let Some(played) = &mut self.played {
                played.first_in = self.first_in.unwrap_or(0);
                played.last_out = io.clocked();
            }
            if !self.memory.is_empty() {
                return Err(Fault::new(
                    "rsp_ready_o",
                    "every response taken",
                    "some left",
                ));
            }
        }
        Ok(taken || came)
    }

    fn done(&self) -> bool {
        self.got.job == self.jobs.len()
    }

    fn may_reset(&self) -> bool {
        !self.done()
    }

    /// Goes back to the first job that has not left as a whole.
    fn restart(&mut self, io: &mut Io<Point>) {
        let job = self.got.job;
        io.count(Point::Reset, job < self.sent.job);
        self.sent = Sent::from(job);
        self.got.back_to(job);
        self.memory.clear();
        self.skip_refused();
    }

    fn under_way(&self) -> usize {
        self.got.job.min(self.jobs.len().saturating_sub(1))
    }

    fn missing(&self) -> (&'static str, &'static str) {
        let due = if self.sent.job <= self.got.job {
            "job_ready_o"
        } else if !self.memory.is_empty() && self.rsp.offered {
            "rsp_ready_o"
        } else if self.got.out.0 == self.got.job {
            "out_valid_o"
        } else if self.got.stat.0 == self.got.job {
            "stat_valid_o"
        } else {
            "prob_valid_o"
        };
        (due, "a beat")
    }
}
