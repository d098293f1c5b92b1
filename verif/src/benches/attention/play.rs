// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays jobs on the attention core.

use std::borrow::Cow;

use hwgen_golden::attention::fields::{JOB_FIELDS, STAT_FIELDS};
use hwgen_golden::attention::{AttentionParams, JobError, JobResult, run_job};

use super::memory::Pending;
use super::{LiveJob, Memory, OUTPUTS, PROBS, Played, Point, REQUESTS, STATS};
use crate::kit::{Beat, Io, Offer, Player, Stall, Take, Track, input};
use crate::report::Fault;
use hwgen_sim::dut::Dut;

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
    /// Jobs accepted.
    pub(super) sent: usize,
    /// Positions of the next job's list that are loaded, and the job whose list the core holds.
    pub(super) listed: usize,
    pub(super) held: Option<usize>,
    /// Job and number of each query, of each output and of each report.
    pub(super) queries: Track<(usize, usize)>,
    pub(super) outputs: Track<(usize, usize)>,
    pub(super) stats: Track<(usize, usize)>,
    /// Job, query and row of each bias and of each row of probabilities.
    pub(super) biases: Track<(usize, usize, usize)>,
    pub(super) probs: Track<(usize, usize, usize)>,
    /// Cycles in which the queries of each job went in, and in which its outputs left.
    pub(super) came: Vec<Vec<u64>>,
    pub(super) gone: Vec<Vec<u64>>,
    /// Cycle in which the query of the last report ended, as that report has it.
    pub(super) ended: Option<u64>,
    /// Requests made so far, by job, then kind, then plane.
    pub(super) requests: Vec<[[usize; 3]; 2]>,
    /// Jobs of which everything has left.
    pub(super) left: usize,
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
        let expected: Vec<JobResult> = jobs.iter().map(expect).collect();
        let all = || jobs.iter().zip(&expected).enumerate();
        let queries = || {
            all().flat_map(|(i, (live, _))| (0..live.queries.len()).map(move |query| (i, query)))
        };
        let legal = |job: &usize| expected[*job].error == JobError::Ok;
        let rows = |(job, query): (usize, usize)| {
            let rows = params.rows(jobs[job].job.visible(query));
            (0..rows as usize).map(move |row| (job, query, row))
        };
        let outputs = || queries().filter(|(job, _)| legal(job));
        let stats = all().flat_map(|(i, (_, e))| (0..e.stats.len()).map(move |stat| (i, stat)));
        let biases = outputs().filter(|(job, _)| jobs[*job].job.bias);
        let most_rows = u64::from(params.max_rows() * params.fold());
        let longest: u64 = stalls.iter().map(Stall::longest).sum();
        let job = JOB_FIELDS.map(|field| input(dut, field.port));
        let stat = STAT_FIELDS.map(|field| field.port.to_owned());
        Self {
            params,
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
            sent: 0,
            listed: 0,
            held: None,
            queries: Track::new(queries()),
            outputs: Track::new(outputs()),
            stats: Track::new(stats),
            biases: Track::new(biases.flat_map(rows)),
            probs: Track::new(outputs().flat_map(rows)),
            came: vec![Vec::new(); jobs.len()],
            gone: vec![Vec::new(); jobs.len()],
            ended: None,
            requests: vec![[[0; 3]; 2]; jobs.len()],
            left: 0,
            first_in: None,
            played: None,
            patience: PATIENCE + 32 * most_rows + 2 * u64::from(memory.latency) + longest,
            expected,
            jobs,
            stalls,
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
        self.offer(io);
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
        let before = self.left;
        while !self.done() && self.complete(self.left) {
            self.check_all_requested(self.left)?;
            self.left += 1;
        }
        if self.done() && self.left > before {
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
        self.left == self.jobs.len()
    }

    fn may_reset(&self) -> bool {
        !self.done()
    }

    /// Goes back to the first job that has not left as a whole.
    fn restart(&mut self, io: &mut Io<Point>) {
        let job = self.left;
        io.count(Point::Reset, job < self.sent);
        (self.sent, self.listed, self.held) = (job, 0, None);
        for track in [&mut self.queries, &mut self.outputs, &mut self.stats] {
            track.back_to(|(of, _)| *of < job);
        }
        for track in [&mut self.biases, &mut self.probs] {
            track.back_to(|(of, ..)| *of < job);
        }
        self.requests[job..].fill([[0; 3]; 2]);
        for cycles in [&mut self.came, &mut self.gone] {
            cycles[job..].fill(Vec::new());
        }
        self.ended = None;
        self.memory.clear();
    }

    fn under_way(&self) -> usize {
        self.left.min(self.jobs.len().saturating_sub(1))
    }

    fn missing(&self) -> (&'static str, &'static str) {
        let due = |next: Option<(usize, usize)>| next.is_some_and(|(job, _)| job == self.left);
        let due = if self.sent <= self.left {
            "job_ready_o"
        } else if !self.memory.is_empty() && self.rsp.offered {
            "rsp_ready_o"
        } else if due(self.outputs.next()) {
            "out_valid_o"
        } else if due(self.stats.next()) {
            "stat_valid_o"
        } else {
            "prob_valid_o"
        };
        (due, "a beat")
    }
}
