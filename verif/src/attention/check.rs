// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compares what the core shows with the golden model: requests, probabilities, outputs, reports.

use hwgen_golden::attention::{JobError, OUT_W, PROB_W, Request};

use super::coverage::{Coverage, Point};
use super::play::Player;
use super::ports::STAT;
use crate::pack::pack;
use crate::report::{Fault, spell};
use hwgen_sim::dut::{Out, mask};

/// How far the streams out of the core are.
#[derive(Debug, Clone, Default)]
pub(super) struct Got {
    /// Jobs of which everything has left.
    pub(super) job: usize,
    /// Job and query of the next output.
    pub(super) out: (usize, usize),
    /// Job, query and row of the next probabilities.
    pub(super) prob: (usize, usize, usize),
    /// Job and report that come next.
    pub(super) stat: (usize, usize),
    /// Requests made so far, by job, then kind, then plane.
    pub(super) requests: Vec<[[usize; 3]; 2]>,
    /// Beats and plane vectors asked for, and their bytes.
    pub(super) asked: (u64, u64, u64),
    /// Plane vectors of K and of V, by plane.
    pub(super) by_plane: [[u64; 3]; 2],
}

impl Player<'_> {
    /// Checks the request on the port and hands it to the memory.
    pub(super) fn check_request(&mut self, cycle: u64) -> Result<(), Fault> {
        let (dut, ports) = (&self.dut, &self.ports);
        let value = dut.get(ports.req_value) != 0;
        let plane = dut.get(ports.req_plane) as usize;
        let head = dut.get(ports.req_head) as u32;
        let kind = if value { "V" } else { "K" };
        // Neighbouring jobs overlap; the head tells whose request it is.
        let due = (self.got.job..self.jobs.len().min(self.sent.job)).find_map(|job| {
            let expected = &self.expected[job];
            let all = if value {
                &expected.v_requests
            } else {
                &expected.k_requests
            };
            let made = *self.got.requests[job][usize::from(value)].get(plane)?;
            let next = all.get(plane)?.get(made)?;
            (next.head == head).then_some((job, *next))
        });
        let Some((job, request)) = due else {
            let got = format!("{kind} plane {plane} of head {head}");
            let want = "no request that no job needs (or not again)";
            return Err(self.fault("req_valid_o", want, &got));
        };
        let lanes = dut.get(ports.req_mask);
        if lanes != request.mask {
            let say = |v: u64| spell(v, self.params.tokens(), v as i64);
            let field = format!("req_mask_o ({kind} plane {plane}, row {})", request.row);
            return Err(self.fault(&field, &say(request.mask), &say(lanes)));
        }
        let tok_w = self.params.tok_w();
        let list = self.jobs[job].list.as_deref();
        for (lane, token) in request.wanted(self.params, list) {
            let got = dut.get_field(ports.req_token, lane * tok_w, tok_w);
            if got != u64::from(token) {
                let say = |v: u64| spell(v, tok_w, v as i64);
                let field = format!("req_token_o lane {lane} ({kind} plane {plane})");
                return Err(self.fault(&field, &say(token.into()), &say(got)));
            }
        }
        self.got.requests[job][usize::from(value)][plane] += 1;
        let vectors = u64::from(request.vectors());
        let bytes = vectors * u64::from(self.params.vector_bytes(value, plane));
        self.got.asked.0 += 1;
        self.got.asked.1 += vectors;
        self.got.by_plane[usize::from(value)][plane] += vectors;
        self.got.asked.2 += bytes;
        let data = self.response(job, &request);
        self.memory.take(cycle, bytes, data);
        let most = self.params.outstanding as usize;
        if self.memory.len() > most {
            let got = format!("{} of them", self.memory.len());
            let want = format!("at most {most} requests without a response");
            return Err(self.fault("req_valid_o", &want, &got));
        }
        Ok(())
    }

    /// Makes the row of plane vectors that answers a request.
    fn response(&mut self, job: usize, request: &Request) -> Vec<u64> {
        let p = self.params;
        let planes = if request.value {
            &p.v_planes
        } else {
            &p.k_planes
        };
        let plane = request.plane as usize;
        let below: u32 = planes[plane + 1..].iter().sum();
        let (width, digit_w) = (planes[plane], p.plane_w());
        let live = &self.jobs[job];
        let all = if request.value { &live.v } else { &live.k };
        // Lanes that were not asked for carry anything.
        let fields = p.tokens() * p.d_head;
        let mut digits: Vec<u64> = (0..fields).map(|_| self.noise.draw()).collect();
        for (lane, token) in request.wanted(p, live.list.as_deref()) {
            let lane = &mut digits[(lane * p.d_head) as usize..];
            for (digit, &element) in lane.iter_mut().zip(&all[token as usize]) {
                *digit = (element >> below) as u64 & mask(width);
            }
        }
        let mut words = vec![0; p.response_w().div_ceil(64) as usize];
        pack(&mut words, digit_w, digits.into_iter());
        words
    }

    /// Checks a beat of probabilities.
    pub(super) fn check_prob(&mut self) -> Result<(), Fault> {
        let (job, index, row) = self.got.prob;
        if (job, index) >= self.sent.query {
            return Err(self.fault("prob_valid_o", "no beat before its query", "a beat"));
        }
        let (dut, ports, p) = (&self.dut, &self.ports, self.params);
        let (live, expected) = (&self.jobs[job], &self.expected[job]);
        let tokens = p.tokens() as usize;
        let visible = live.job.visible(index) as usize;
        let rows = p.rows(visible as u32) as usize;
        let here = row * tokens..visible.min((row + 1) * tokens);
        let masked = |j: usize| {
            live.bias
                .as_ref()
                .is_some_and(|b| live.job.bias && b[index][j] == self.params.bias_masked())
        };
        let keep = (0..)
            .zip(here.clone())
            .filter(|&(_, j)| !masked(j))
            .fold(0_u64, |keep, (lane, _)| keep | 1 << lane);
        self.plain("prob_row_o", ports.prob_row, row as u64)?;
        self.plain("prob_keep_o", ports.prob_keep, keep)?;
        self.plain("prob_last_o", ports.prob_last, u64::from(row + 1 == rows))?;
        for lane in 0..tokens as u32 {
            let got = dut.get_field(ports.prob_data, lane * PROB_W, PROB_W);
            let want = match here.clone().nth(lane as usize) {
                Some(j) => u64::from(expected.probs[index][j]),
                None => 0,
            };
            if got != want {
                let say = |v: u64| spell(v, PROB_W, v as i64);
                let field = format!("prob_data_o lane {lane} (row {row})");
                return Err(self.fault(&field, &say(want), &say(got)));
            }
        }
        self.got.prob = if row + 1 < rows {
            (job, index, row + 1)
        } else if index + 1 < live.queries.len() {
            (job, index + 1, 0)
        } else {
            (job + 1, 0, 0)
        };
        Ok(())
    }

    /// Checks an output.
    pub(super) fn check_output(&mut self) -> Result<(), Fault> {
        let (job, index) = self.got.out;
        if (job, index) >= self.sent.query {
            return Err(self.fault("out_valid_o", "no beat before its query", "a beat"));
        }
        let (dut, ports) = (&self.dut, &self.ports);
        let live = &self.jobs[job];
        let last = index + 1 == live.queries.len();
        self.plain("out_head_o", ports.out_head, u64::from(live.job.head))?;
        self.plain("out_last_o", ports.out_last, u64::from(last))?;
        for (d, &want) in (0..).zip(&self.expected[job].outputs[index]) {
            let got = dut.get_field(ports.out_data, d * OUT_W, OUT_W);
            if got as u16 as i16 != want {
                let say = |v: i16| spell(u64::from(v as u16), OUT_W, i64::from(v));
                let field = format!("out_data_o element {d}");
                return Err(self.fault(&field, &say(want), &say(got as u16 as i16)));
            }
        }
        self.got.out = if last { (job + 1, 0) } else { (job, index + 1) };
        Ok(())
    }

    /// Checks a report.
    pub(super) fn check_stat(&mut self) -> Result<(), Fault> {
        let (job, index) = self.got.stat;
        if (job, index) >= self.sent.query {
            return Err(self.fault("stat_valid_o", "no report before its query", "a beat"));
        }
        let stats = &self.expected[job].stats;
        let want = &stats[index];
        let fields = [
            u64::from(want.head),
            u64::from(want.error.code()),
            u64::from(want.last),
            u64::from(want.k_fetched),
            u64::from(want.refined),
            u64::from(want.selected),
            u64::from(want.v_fetched),
            u64::from(want.rounds),
        ];
        for ((&port, name), want) in self.ports.stat.iter().zip(STAT).zip(fields) {
            self.plain(&format!("stat_{name}_o"), port, want & mask(port.width()))?;
        }
        self.got.stat = if index + 1 < stats.len() {
            (job, index + 1)
        } else {
            (job + 1, 0)
        };
        Ok(())
    }

    /// Tells whether everything of `job` has left.
    pub(super) fn complete(&self, job: usize) -> bool {
        let refused = self.expected[job].error != JobError::Ok;
        self.got.stat.0 > job && (refused || (self.got.out.0 > job && self.got.prob.0 > job))
    }

    /// Checks that a job made all of its requests.
    pub(super) fn check_all_requested(&self, job: usize) -> Result<(), Fault> {
        let expected = &self.expected[job];
        for (kind, all) in [("K", &expected.k_requests), ("V", &expected.v_requests)] {
            for (plane, wanted) in all.iter().enumerate() {
                let made = self.got.requests[job][usize::from(kind == "V")][plane];
                if made < wanted.len() {
                    let field = format!("{kind} plane {plane} requests");
                    let (want, got) = (wanted.len().to_string(), made.to_string());
                    return Err(self.fault(&field, &want, &got));
                }
            }
        }
        Ok(())
    }

    /// Compares a port of up to 64 bits.
    fn plain(&self, name: &str, port: Out, want: u64) -> Result<(), Fault> {
        let got = self.dut.get(port);
        if got == want {
            return Ok(());
        }
        let say = |v: u64| spell(v, port.width(), v as i64);
        Err(self.fault(name, &say(want), &say(got)))
    }

    /// Counts the situations that the jobs themselves bring about.
    pub(super) fn count_jobs(&self, coverage: &mut Coverage) {
        for (live, expected) in self.jobs.iter().zip(&self.expected) {
            let job = &live.job;
            let refused = expected.error != JobError::Ok;
            coverage.count(Point::Refused, refused);
            if refused {
                continue;
            }
            coverage.count(Point::Causal, job.causal);
            coverage.count(Point::Listed, job.list);
            let t = self.params.tokens();
            coverage.count(Point::PartialRow, !job.keys.is_multiple_of(t));
            coverage.count(Point::FullLength, job.keys == self.params.max_tokens);
            for (index, stat) in expected.stats.iter().enumerate() {
                let visible = job.visible(index);
                let rule = job.rule.code();
                let kept = expected.probs[index].len();
                coverage.count(Point::RefinedHead, rule == 1 && stat.rounds > 0);
                coverage.count(Point::RefinedToken, rule == 2 && stat.rounds > 0);
                let part = stat.refined > 0 && stat.refined < visible;
                coverage.count(Point::RefinedPart, rule == 2 && part);
                coverage.count(Point::TwoRounds, stat.rounds > 1);
                coverage.count(Point::PlaneShared, stat.k_fetched < stat.refined);
                let pruned = (stat.selected as usize) < kept && stat.selected > 0;
                coverage.count(Point::PrunedTopk, job.select.code() == 1 && pruned);
                coverage.count(Point::PrunedMass, job.select.code() == 2 && pruned);
                let vectors = stat.selected * job.v_count;
                coverage.count(Point::ValueShared, stat.v_fetched < vectors);
                let masks = live.bias.as_ref().filter(|_| job.bias).map_or(0, |b| {
                    let seen = &b[index][..visible as usize];
                    let hidden = |b: &&i64| **b == self.params.bias_masked();
                    seen.iter().filter(hidden).count() as u32
                });
                coverage.count(Point::Masked, masks > 0 && masks < visible);
                coverage.count(Point::AllMasked, masks == visible);
            }
        }
    }
}
