// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drives the streams into the core: jobs, token lists, queries, biases and responses.

use hwgen_golden::attention::{JobError, QUERY_W};

use super::coverage::{Coverage, Point};
use super::play::Player;
use hwgen_sim::dut::{Dut, In, mask};
use hwgen_sim::rng::Rng;

/// How far the streams into the core are.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    /// Jobs accepted.
    pub(super) job: usize,
    /// Positions of the next job's list that are loaded.
    pub(super) list: usize,
    /// The job whose list the core holds as a whole.
    pub(super) loaded: Option<usize>,
    /// Job and query that come next.
    pub(super) query: (usize, usize),
    /// Job, query and row of the bias that come next.
    pub(super) bias: (usize, usize, usize),
    /// Whether a beat is on the port: a beat that is offered stays.
    pub(super) offered: [bool; 5],
}

/// Streams in [`Sent::offered`].
const JOBS: usize = 0;
const LIST: usize = 1;
const QUERIES: usize = 2;
const BIASES: usize = 3;
const RESPONSES: usize = 4;

impl Player<'_> {
    /// Puts on the ports what is due in `cycle`, noise where nothing is.
    pub(super) fn offer(&mut self, cycle: u64) {
        self.offer_job(cycle);
        self.offer_query(cycle);
        self.offer_bias(cycle);
        self.offer_response(cycle);
    }

    /// Takes valid away from every stream.
    pub(super) fn idle(&mut self) {
        let Self { dut, ports, .. } = self;
        for valid in [
            ports.job_valid,
            ports.list_valid,
            ports.query_valid,
            ports.bias_valid,
            ports.rsp_valid,
        ] {
            dut.set(valid, 0);
        }
        self.sent.offered = [false; 5];
    }

    fn offer_job(&mut self, cycle: u64) {
        let Self {
            dut,
            ports,
            sent,
            jobs,
            noise,
            stalls,
            ..
        } = self;
        if sent.offered[JOBS] || sent.offered[LIST] {
            return;
        }
        let go = stalls.jobs.go(cycle);
        let next = jobs.get(sent.job).filter(|_| go);
        let list = next.and_then(|live| live.list.as_deref()).unwrap_or(&[]);
        // The list of a job that uses one goes first, unless it is there already: the port opens
        // only when the core is empty.
        let held = sent.loaded.and_then(|job| jobs[job].list.as_deref());
        let listing = next.is_some() && sent.list < list.len() && held != Some(list);
        dut.set(ports.list_valid, u64::from(listing));
        if listing {
            dut.set(ports.list_position, sent.list as u64);
            dut.set(ports.list_token, u64::from(list[sent.list]));
        }
        sent.offered[LIST] = listing;
        let due = next.filter(|_| !listing);
        dut.set(ports.job_valid, u64::from(due.is_some()));
        sent.offered[JOBS] = due.is_some();
        if let Some(live) = due {
            let job = &live.job;
            let fields = [
                u64::from(job.head),
                u64::from(job.keys),
                u64::from(job.causal),
                u64::from(job.first),
                u64::from(job.k_start),
                u64::from(job.k_max),
                u64::from(job.v_count),
                u64::from(job.rule.code()),
                job.head_limit,
                u64::from(job.eps_log2),
                i64::from(job.pre_shift) as u64,
                u64::from(job.mant),
                u64::from(job.select.code()),
                u64::from(job.k),
                u64::from(job.mass),
                u64::from(job.renorm),
                u64::from(job.bias),
                u64::from(job.list),
            ];
            for (&port, field) in ports.job.iter().zip(fields) {
                dut.set(port, field);
            }
        } else {
            for &port in &ports.job {
                dut.set(port, noise.draw());
            }
        }
    }

    fn offer_query(&mut self, cycle: u64) {
        let Self {
            dut,
            ports,
            sent,
            jobs,
            noise,
            stalls,
            ..
        } = self;
        if sent.offered[QUERIES] {
            return;
        }
        let (job, index) = sent.query;
        let due = jobs.get(job).filter(|_| stalls.queries.go(cycle));
        dut.set(ports.query_valid, u64::from(due.is_some()));
        sent.offered[QUERIES] = due.is_some();
        if let Some(live) = due {
            let query = &live.queries[index];
            dut.set(ports.query_bound, u64::from(query.bound));
            dut.set(ports.query_last, u64::from(index + 1 == live.queries.len()));
            for (i, &element) in (0..).zip(&query.data) {
                dut.set_field(ports.query_data, i * QUERY_W, QUERY_W, element as u64);
            }
        } else {
            fill(dut, ports.query_data, noise);
            dut.set(ports.query_bound, noise.draw());
            dut.set(ports.query_last, noise.draw());
        }
    }

    fn offer_bias(&mut self, cycle: u64) {
        let Self {
            dut,
            ports,
            sent,
            jobs,
            noise,
            stalls,
            params,
            expected,
            ..
        } = self;
        if sent.offered[BIASES] {
            return;
        }
        let takes = |j: usize| jobs[j].job.bias && expected[j].error == JobError::Ok;
        while sent.bias.0 < jobs.len() && !takes(sent.bias.0) {
            sent.bias = (sent.bias.0 + 1, 0, 0);
        }
        let (job, index, row) = sent.bias;
        let due = jobs.get(job).filter(|_| stalls.bias.go(cycle));
        dut.set(ports.bias_valid, u64::from(due.is_some()));
        sent.offered[BIASES] = due.is_some();
        fill(dut, ports.bias_data, noise);
        if let Some(live) = due {
            let visible = live.job.visible(index) as usize;
            let tokens = params.tokens() as usize;
            let biases = live.bias.as_ref().expect("the job takes biases");
            let here = row * tokens..visible.min((row + 1) * tokens);
            let width = params.bias_w();
            for (lane, &bias) in (0..).zip(&biases[index][here]) {
                dut.set_field(ports.bias_data, lane * width, width, bias as u64);
            }
        }
    }

    fn offer_response(&mut self, cycle: u64) {
        let Self {
            dut,
            ports,
            sent,
            memory,
            noise,
            stalls,
            ..
        } = self;
        if sent.offered[RESPONSES] {
            return;
        }
        let due = memory.due(cycle).filter(|_| stalls.responses.go(cycle));
        dut.set(ports.rsp_valid, u64::from(due.is_some()));
        sent.offered[RESPONSES] = due.is_some();
        match due {
            Some(data) => dut.words_mut(ports.rsp_data).copy_from_slice(data),
            None => fill(dut, ports.rsp_data, noise),
        }
    }

    /// Notes which beats on the ports were taken; tells whether any was.
    pub(super) fn accept(&mut self, cycle: u64, coverage: &mut Coverage) -> bool {
        let Self {
            dut, ports, sent, ..
        } = self;
        let ready = [
            ports.job_ready,
            ports.list_ready,
            ports.query_ready,
            ports.bias_ready,
            ports.rsp_ready,
        ]
        .map(|port| dut.get(port) != 0);
        let mut taken = [false; 5];
        for stream in 0..5 {
            taken[stream] = sent.offered[stream] && ready[stream];
            sent.offered[stream] &= !ready[stream];
        }
        if taken[JOBS] {
            coverage.count(Point::Overlapped, self.got.job < self.sent.job);
            if self.sent.job == 0 && self.first_in.is_none() {
                self.first_in = Some(cycle);
            }
            self.sent.job += 1;
            self.sent.list = 0;
        }
        if taken[LIST] {
            let job = self.sent.job;
            let length = self.jobs[job].list.as_ref().map_or(0, Vec::len);
            self.sent.list += 1;
            self.sent.loaded = (self.sent.list == length).then_some(job);
        }
        if taken[QUERIES] {
            self.in_cycles.push(cycle);
            let (job, index) = self.sent.query;
            self.sent.query = if index + 1 == self.jobs[job].queries.len() {
                (job + 1, 0)
            } else {
                (job, index + 1)
            };
        }
        if taken[BIASES] {
            let (job, index, row) = self.sent.bias;
            let live = &self.jobs[job];
            let rows = self.params.rows(live.job.visible(index)) as usize;
            self.sent.bias = if row + 1 < rows {
                (job, index, row + 1)
            } else if index + 1 < live.queries.len() {
                (job, index + 1, 0)
            } else {
                (job + 1, 0, 0)
            };
        }
        if taken[RESPONSES] {
            self.memory.answered();
        }
        taken.contains(&true)
    }
}

/// Puts noise on a port.
pub(super) fn fill(dut: &mut Dut, port: In, noise: &mut Rng) {
    let mut left = port.width();
    for word in dut.words_mut(port) {
        *word = noise.draw() & mask(left);
        left = left.saturating_sub(64);
    }
}
