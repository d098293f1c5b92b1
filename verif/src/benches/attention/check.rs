// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compares what the core shows with the golden model: requests, probabilities, outputs, reports.

use hwgen_golden::attention::fields::STAT_FIELDS;
use hwgen_golden::attention::{JobError, OUT_W, PROB_W, Request};

use super::play::CorePlayer;
use super::{Played, Point};
use crate::kit::{Io, pack, same, same_signed};
use crate::report::Fault;
use hwgen_sim::dut::mask;

impl CorePlayer<'_> {
    /// Checks the request on the port and hands it to the memory.
    pub(super) fn check_request(&mut self, io: &mut Io<Point>) -> Result<(), Fault> {
        let [value, plane, head, lanes, tokens] = self.req.fields;
        let [value, plane, head, lanes] = [value, plane, head, lanes].map(|port| io.get(port));
        let (value, plane, head) = (value != 0, plane as usize, head as u32);
        let kind = if value { "V" } else { "K" };
        // Neighbouring jobs overlap; the head tells whose request it is.
        let due = (self.left..self.jobs.len().min(self.sent)).find_map(|job| {
            let expected = &self.expected[job];
            let all = if value {
                &expected.v_requests
            } else {
                &expected.k_requests
            };
            let made = *self.requests[job][usize::from(value)].get(plane)?;
            let next = all.get(plane)?.get(made)?;
            (next.head == head).then(|| (job, next.clone()))
        });
        let Some((job, request)) = due else {
            let got = format!("{kind} plane {plane} of head {head}");
            return Err(self
                .req
                .stray("no request that no job needs (or not again)", &got));
        };
        let p = self.params;
        let first = request.positions[0];
        // Nothing is asked for before a query that sees it has come.
        let sees = |index: usize| self.jobs[job].job.visible(index);
        let visible = self.came[job].len().checked_sub(1).map_or(0, sees);
        if first >= visible {
            let got = format!("{kind} plane {plane} from position {first}");
            let want = format!("requests of the {visible} keys that queries see so far");
            return Err(self.req.stray(&want, &got));
        }
        let field = format_args!("req_mask_o ({kind} plane {plane}, from position {first})");
        let wanted = request.wanted(p, None).map(|(lane, _)| 1_u64 << lane);
        same(field, p.tokens(), wanted.sum(), lanes)?;
        let tok_w = p.tok_w();
        let list = self.jobs[job].list.as_deref();
        for (lane, token) in request.wanted(p, list) {
            let got = io.dut.get_field(tokens, lane * tok_w, tok_w);
            let field = format_args!("req_token_o lane {lane} ({kind} plane {plane})");
            same(field, tok_w, token.into(), got)?;
        }
        self.requests[job][usize::from(value)][plane] += 1;
        let vectors = u64::from(request.vectors());
        let bytes = vectors * u64::from(p.vector_bytes(value, plane));
        if let Some(played) = &mut self.played {
            played.requests += 1;
            played.vectors += vectors;
            played.by_plane[usize::from(value)][plane] += vectors;
            played.bytes += bytes;
            if let Some(beats) = &mut played.beats {
                for lane in (0..p.tokens()).filter(|lane| lanes >> lane & 1 == 1) {
                    let token = io.dut.get_field(tokens, lane * tok_w, tok_w);
                    beats.requested.insert((head, token as u32));
                }
            }
        }
        let data = self.response(io, job, &request);
        self.memory.take(io.clocked(), bytes, data);
        let most = p.outstanding as usize;
        if self.memory.len() > most {
            let got = format!("{} of them", self.memory.len());
            let want = format!("at most {most} requests without a response");
            return Err(self.req.stray(&want, &got));
        }
        Ok(())
    }

    /// Makes the row of plane vectors that answers a request.
    fn response(&self, io: &mut Io<Point>, job: usize, request: &Request) -> Vec<u64> {
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
        let mut digits: Vec<u64> = (0..fields).map(|_| io.noise.draw()).collect();
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
    pub(super) fn check_prob(&mut self, io: &Io<Point>) -> Result<(), Fault> {
        let next = self.probs.next();
        let Some((job, index, row)) = next.filter(|next| self.is_in(next.0, next.1)) else {
            return Err(self.prob.stray("no beat before its query", "a beat"));
        };
        let p = self.params;
        let (live, expected) = (&self.jobs[job], &self.expected[job]);
        let tokens = p.tokens() as usize;
        let visible = live.job.visible(index) as usize;
        let rows = p.rows(visible as u32) as usize;
        let here = row * tokens..visible.min((row + 1) * tokens);
        let biases = live.bias.as_ref().filter(|_| live.job.bias);
        let masked = |j: usize| biases.is_some_and(|b| b[index][j] == p.bias_masked());
        let lanes = (0..).zip(here.clone()).filter(|&(_, j)| !masked(j));
        let keep = lanes.fold(0_u64, |keep, (lane, _)| keep | 1 << lane);
        let [data, row_port, keep_port, last] = self.prob.fields;
        same("prob_row_o", p.row_w(), row as u64, io.get(row_port))?;
        same("prob_keep_o", p.tokens(), keep, io.get(keep_port))?;
        same("prob_last_o", 1, u64::from(row + 1 == rows), io.get(last))?;
        for lane in 0..tokens as u32 {
            let got = io.dut.get_field(data, lane * PROB_W, PROB_W);
            let want = here.clone().nth(lane as usize);
            let want = want.map_or(0, |j| expected.probs[index][j].into());
            same(
                format_args!("prob_data_o lane {lane} (row {row})"),
                PROB_W,
                want,
                got,
            )?;
        }
        self.probs.advance();
        if let Some(beats) = self.played.as_mut().and_then(|p| p.beats.as_mut()) {
            let lane = |lane| io.dut.get_field(data, lane * PROB_W, PROB_W) as u32;
            let lanes = (0..p.tokens()).map(lane).collect();
            let row = io.get(row_port) as u32;
            beats.rows.push((row, lanes, io.get(keep_port)));
        }
        Ok(())
    }

    /// Checks an output.
    pub(super) fn check_output(&mut self, io: &Io<Point>) -> Result<(), Fault> {
        let next = self.outputs.next();
        let Some((job, index)) = next.filter(|next| self.is_in(next.0, next.1)) else {
            return Err(self.out.stray("no beat before its query", "a beat"));
        };
        let live = &self.jobs[job];
        let ends = index + 1 == live.queries.len();
        let [data, head, last] = self.out.fields;
        same(
            "out_head_o",
            head.width(),
            live.job.head.into(),
            io.get(head),
        )?;
        same("out_last_o", 1, ends.into(), io.get(last))?;
        let want = &self.expected[job].outputs[index];
        for (d, &want) in (0..).zip(want) {
            let got = io.dut.get_field(data, d * OUT_W, OUT_W);
            let field = format_args!("out_data_o element {d}");
            same_signed(field, OUT_W, u64::from(want as u16), got)?;
        }
        self.gone[job].push(io.clocked());
        self.outputs.advance();
        if let Some(Played {
            outputs,
            out_cycles,
            beats,
            ..
        }) = &mut self.played
        {
            outputs.push(want.clone());
            out_cycles.push(io.clocked());
            if let Some(beats) = beats {
                let element = |d| io.dut.get_field(data, d * OUT_W, OUT_W) as u16 as i16;
                let elements = (0..self.params.d_head).map(element).collect();
                beats.outputs.push((io.get(head) as u32, elements));
            }
        }
        Ok(())
    }

    /// Checks a report.
    pub(super) fn check_stat(&mut self, io: &Io<Point>) -> Result<(), Fault> {
        let next = self.stats.next();
        let Some((job, index)) = next.filter(|next| self.is_in(next.0, next.1)) else {
            return Err(self.stat.stray("no report before its query", "a beat"));
        };
        let stats = &self.expected[job].stats;
        for (port, field) in self.stat.fields.into_iter().zip(STAT_FIELDS) {
            if let Some(value) = field.value {
                let (width, want) = (port.width(), value(&stats[index]));
                same(field.port, width, want & mask(width), io.get(port))?;
            }
        }
        self.check_cycles(io, job, index)?;
        self.stats.advance();
        Ok(())
    }

    /// Checks the cycles of a report: from the acceptance of the query to that of its output. A job
    /// that is refused has no output: its last query ends between the report before and its own.
    fn check_cycles(&mut self, io: &Io<Point>, job: usize, index: usize) -> Result<(), Fault> {
        let [.., port] = self.stat.fields;
        let cycles = io.get(port);
        let refused = self.expected[job].error != JobError::Ok;
        let came = if refused {
            self.came[job].last()
        } else {
            self.came[job].get(index)
        };
        let Some(&came) = came else {
            return Err(self.stat.stray("no report before its query", "a beat"));
        };
        if refused {
            let (from, before) = (self.ended.unwrap_or(came).max(came), io.clocked());
            let (least, most) = (from + 1 - came, before - came - 1);
            if !(least..=most).contains(&cycles) {
                let want = format!("{least} to {most}");
                return Err(Fault::new("stat_cycles_o", want, cycles.to_string()));
            }
        } else {
            let Some(&gone) = self.gone[job].get(index) else {
                return Err(self.stat.stray("no report before its output", "a beat"));
            };
            same("stat_cycles_o", port.width(), gone - came, cycles)?;
        }
        self.ended = Some(came + cycles);
        Ok(())
    }

    /// Tells whether a query of a job has gone in.
    fn is_in(&self, job: usize, query: usize) -> bool {
        self.queries.next().is_none_or(|next| (job, query) < next)
    }

    /// Tells whether everything of `job` has left.
    pub(super) fn complete(&self, job: usize) -> bool {
        self.outputs.next().is_none_or(|next| next.0 > job)
            && self.probs.next().is_none_or(|next| next.0 > job)
            && self.stats.next().is_none_or(|next| next.0 > job)
    }

    /// Checks that a job made all of its requests.
    pub(super) fn check_all_requested(&self, job: usize) -> Result<(), Fault> {
        let expected = &self.expected[job];
        for (kind, all) in [("K", &expected.k_requests), ("V", &expected.v_requests)] {
            for (plane, wanted) in all.iter().enumerate() {
                let made = self.requests[job][usize::from(kind == "V")][plane];
                if made < wanted.len() {
                    let field = format!("{kind} plane {plane} requests");
                    let (want, got) = (wanted.len().to_string(), made.to_string());
                    return Err(Fault::new(field, want, got));
                }
            }
        }
        Ok(())
    }

    /// Counts the situations that the jobs themselves bring about.
    pub(super) fn count_jobs(&self, io: &mut Io<Point>) {
        for (live, expected) in self.jobs.iter().zip(&self.expected) {
            let job = &live.job;
            let refused = expected.error != JobError::Ok;
            io.count(Point::Refused, refused);
            if refused {
                continue;
            }
            io.count(Point::Causal, job.causal);
            io.count(Point::Listed, job.list);
            let t = self.params.tokens();
            io.count(Point::PartialRow, !job.keys.is_multiple_of(t));
            io.count(Point::FullLength, job.keys == self.params.max_tokens);
            for (index, stat) in expected.stats.iter().enumerate() {
                let visible = job.visible(index);
                let rule = job.rule.code();
                let kept = expected.probs[index].len();
                io.count(Point::RefinedHead, rule == 1 && stat.rounds > 0);
                io.count(Point::RefinedToken, rule == 2 && stat.rounds > 0);
                let part = stat.refined > 0 && stat.refined < visible;
                io.count(Point::RefinedPart, rule == 2 && part);
                io.count(Point::TwoRounds, stat.rounds > 1);
                io.count(Point::PlaneShared, stat.k_fetched < stat.refined);
                let pruned = (stat.selected as usize) < kept && stat.selected > 0;
                io.count(Point::PrunedTopk, job.select.code() == 1 && pruned);
                io.count(Point::PrunedMass, job.select.code() == 2 && pruned);
                let vectors = stat.selected * job.v_count;
                io.count(Point::ValueShared, stat.v_fetched < vectors);
                let masks = live.bias.as_ref().filter(|_| job.bias).map_or(0, |b| {
                    let seen = &b[index][..visible as usize];
                    let hidden = |b: &&i64| **b == self.params.bias_masked();
                    seen.iter().filter(hidden).count() as u32
                });
                io.count(Point::Masked, masks > 0 && masks < visible);
                io.count(Point::AllMasked, masks == visible);
            }
        }
    }
}
