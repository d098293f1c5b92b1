// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drives the streams into the core: jobs, token lists, queries, biases and responses.

use hwgen_golden::attention::fields::JOB_FIELDS;
use hwgen_golden::attention::{JobError, QUERY_W};

use super::play::CorePlayer;
use super::{BIASES, JOBS, Point, QUERIES, RESPONSES};
use crate::kit::{Io, pack};

/// How far the streams into the core are.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    /// Jobs accepted.
    pub(super) job: usize,
    /// Positions of the next job's list that are loaded.
    list: usize,
    /// The job whose list the core holds as a whole.
    loaded: Option<usize>,
    /// Job and query that come next.
    pub(super) query: (usize, usize),
    /// Job, query and row of the bias that come next.
    bias: (usize, usize, usize),
}

impl Sent {
    /// Begins with `job`.
    pub(super) fn from(job: usize) -> Self {
        Self {
            job,
            query: (job, 0),
            bias: (job, 0, 0),
            ..Self::default()
        }
    }
}

impl CorePlayer<'_> {
    pub(super) fn offer_job(&mut self, io: &mut Io<Point>) {
        if self.job.offered || self.list.offered {
            return;
        }
        let (jobs, sent) = (&self.jobs, &self.sent);
        let go = self.stalls[JOBS].go(io.cycle());
        let next = jobs.get(sent.job).filter(|_| go);
        let list = next.and_then(|live| live.list.as_deref()).unwrap_or(&[]);
        // The list of a job that uses one goes first, unless it is there already: the port opens
        // only when the core is empty.
        let held = sent.loaded.and_then(|job| jobs[job].list.as_deref());
        let listing = next.is_some() && sent.list < list.len() && held != Some(list);
        self.list.offer(io, listing);
        if listing {
            let beat = [sent.list as u64, list[sent.list].into()];
            self.list.put(io, beat);
        }
        let due = next.filter(|_| !listing);
        self.job.offer(io, due.is_some());
        match due {
            Some(live) => self.job.put(io, JOB_FIELDS.map(|f| (f.value)(&live.job))),
            None => self.job.scribble(io),
        }
    }

    pub(super) fn offer_query(&mut self, io: &mut Io<Point>) {
        if self.query.offered {
            return;
        }
        let (job, index) = self.sent.query;
        let go = self.stalls[QUERIES].go(io.cycle());
        let due = self.jobs.get(job).filter(|_| go);
        self.query.offer(io, due.is_some());
        let Some(live) = due else {
            return self.query.scribble(io);
        };
        let query = &live.queries[index];
        let [data, bound, last] = self.query.fields;
        io.set(bound, query.bound);
        io.set(last, index + 1 == live.queries.len());
        let elements = query.data.iter().map(|&element| element as u64);
        pack(io.dut.words_mut(data), QUERY_W, elements);
    }

    pub(super) fn offer_bias(&mut self, io: &mut Io<Point>) {
        if self.bias.offered {
            return;
        }
        let jobs = &self.jobs;
        let takes = |j: usize| jobs[j].job.bias && self.expected[j].error == JobError::Ok;
        while self.sent.bias.0 < jobs.len() && !takes(self.sent.bias.0) {
            self.sent.bias = (self.sent.bias.0 + 1, 0, 0);
        }
        let (job, index, row) = self.sent.bias;
        let go = self.stalls[BIASES].go(io.cycle());
        let due = jobs.get(job).filter(|_| go);
        self.bias.offer(io, due.is_some());
        self.bias.scribble(io);
        let Some(live) = due else { return };
        let visible = live.job.visible(index) as usize;
        let tokens = self.params.tokens() as usize;
        let biases = live.bias.as_ref().expect("the job takes biases");
        let here = row * tokens..visible.min((row + 1) * tokens);
        let (width, [data]) = (self.params.bias_w(), self.bias.fields);
        for (lane, &bias) in (0..).zip(&biases[index][here]) {
            io.dut.set_field(data, lane * width, width, bias as u64);
        }
    }

    pub(super) fn offer_response(&mut self, io: &mut Io<Point>) {
        if self.rsp.offered {
            return;
        }
        let (cycle, [data]) = (io.cycle(), self.rsp.fields);
        let go = self.stalls[RESPONSES].go(cycle);
        let due = self.memory.due(cycle).filter(|_| go);
        self.rsp.offer(io, due.is_some());
        match due {
            Some(words) => io.dut.words_mut(data).copy_from_slice(words),
            None => io.scribble(data),
        }
    }

    /// Notes which beats on the ports were taken; tells whether any was.
    pub(super) fn accept(&mut self, io: &mut Io<Point>) -> bool {
        let cycle = io.clocked();
        let job_taken = self.job.taken(io);
        if job_taken {
            io.count(Point::Overlapped, self.got.job < self.sent.job);
            self.first_in = self.first_in.or(Some(cycle));
            self.sent.job += 1;
            self.sent.list = 0;
        }
        let list = self.list.taken(io);
        if list {
            let job = self.sent.job;
            let length = self.jobs[job].list.as_ref().map_or(0, Vec::len);
            self.sent.list += 1;
            self.sent.loaded = (self.sent.list == length).then_some(job);
        }
        let query = self.query.taken(io);
        if query {
            if let Some(played) = &mut self.played {
                played.in_cycles.push(cycle);
            }
            let (job, index) = self.sent.query;
            let last = index + 1 == self.jobs[job].queries.len();
            self.sent.query = if last { (job + 1, 0) } else { (job, index + 1) };
        }
        let bias = self.bias.taken(io);
        if bias {
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
        let response = self.rsp.taken(io);
        if response {
            self.memory.answered();
        }
        job_taken || list || query || bias || response
    }
}
