// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drives the streams into the core: jobs, token lists, queries, biases and responses.

use hwgen_golden::attention::QUERY_W;
use hwgen_golden::attention::fields::JOB_FIELDS;

use super::play::CorePlayer;
use super::{BIASES, JOBS, Point, QUERIES, RESPONSES};
use crate::kit::{Io, pack};

impl CorePlayer<'_> {
    /// Puts on the ports what is due, noise where nothing is.
    pub(super) fn offer(&mut self, io: &mut Io<Point>) {
        self.offer_job(io);
        let (p, jobs, stalls) = (self.params, &self.jobs, &self.stalls);
        let next = self.queries.next();
        self.query
            .feed(io, &stalls[QUERIES], next, |io, fields, (job, index)| {
                let ([data, bound, last], live) = (fields, &jobs[job]);
                let query = &live.queries[index];
                io.set(bound, query.bound);
                io.set(last, index + 1 == live.queries.len());
                let elements = query.data.iter().map(|&element| element as u64);
                pack(io.dut.words_mut(data), QUERY_W, elements);
            });
        let next = self.biases.next();
        self.bias.feed(
            io,
            &stalls[BIASES],
            next,
            |io, [data], (job, index, row)| {
                let (live, tokens) = (&jobs[job], p.tokens() as usize);
                let biases = live.bias.as_ref().expect("the job takes biases");
                let visible = live.job.visible(index) as usize;
                let here = row * tokens..visible.min((row + 1) * tokens);
                io.scribble(data);
                let width = p.bias_w();
                for (lane, &bias) in (0..).zip(&biases[index][here]) {
                    io.dut.set_field(data, lane * width, width, bias as u64);
                }
            },
        );
        let next = self.memory.due(io.cycle());
        self.rsp
            .feed(io, &stalls[RESPONSES], next, |io, [data], words| {
                io.dut.words_mut(data).copy_from_slice(words);
            });
    }

    /// Offers a job. The list of one that uses a list goes first, unless it is there already: the
    /// port opens only when the core is empty.
    fn offer_job(&mut self, io: &mut Io<Point>) {
        if self.job.offered || self.list.offered {
            return;
        }
        let (jobs, stall) = (&self.jobs, &self.stalls[JOBS]);
        let next = jobs.get(self.sent);
        let list = next.and_then(|live| live.list.as_deref()).unwrap_or(&[]);
        let held = self.held.and_then(|job| jobs[job].list.as_deref());
        let position = self.listed;
        let token = list.get(position).filter(|_| held != Some(list));
        self.list.feed(io, stall, token, |io, fields, &token| {
            io.put(fields, [position as u64, token.into()]);
        });
        let next = next.filter(|_| token.is_none());
        self.job.feed(io, stall, next, |io, fields, live| {
            io.put(fields, JOB_FIELDS.map(|field| (field.value)(&live.job)));
        });
    }

    /// Notes which beats on the ports were taken; tells whether any was.
    pub(super) fn accept(&mut self, io: &mut Io<Point>) -> bool {
        let cycle = io.clocked();
        let job = self.job.taken(io);
        if job {
            io.count(Point::Overlapped, self.left < self.sent);
            self.first_in = self.first_in.or(Some(cycle));
            self.sent += 1;
            self.listed = 0;
        }
        let list = self.list.taken(io);
        if list {
            let length = self.jobs[self.sent].list.as_ref().map_or(0, Vec::len);
            self.listed += 1;
            self.held = (self.listed == length).then_some(self.sent);
        }
        let query = self.query.taken(io);
        if query {
            if let Some((job, _)) = self.queries.next() {
                self.came[job].push(cycle);
            }
            self.queries.advance();
            if let Some(played) = &mut self.played {
                played.in_cycles.push(cycle);
            }
        }
        let bias = self.bias.taken(io);
        if bias {
            self.biases.advance();
        }
        let response = self.rsp.taken(io);
        if response {
            self.memory.answered();
        }
        job || list || query || bias || response
    }
}
