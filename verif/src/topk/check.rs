// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compares what the engine shows with the golden model, and says what differs.

use hwgen_golden::topk::{Variant, merges};

use super::coverage::{Coverage, Point};
use super::play::Player;
use super::{Pace, QueryResult};
use crate::pack::agree;
use crate::report::{Fault, spell};
use hwgen_sim::dut::{Out, mask};
use hwgen_sim::stream::Stall;

impl Player<'_> {
    /// Compares a result beat with the golden model.
    pub(super) fn check_beat(&mut self) -> Result<(), Fault> {
        let Self {
            params: p,
            dut,
            ports,
            scratch,
            ..
        } = self;
        let expected = &self.expected[self.got.query];
        let keys = &self.run.queries[self.got.query].keys;
        let lanes = p.lanes as usize;
        let count = expected.indices.len();
        let from = self.got.beat as usize * lanes;
        let here = &expected.indices[from..count.min(from + lanes)];
        let last = u64::from(from + lanes >= count);
        let kept = here.len() as u32;
        let good = dut.get(ports.res_keep) == mask(kept)
            && dut.get(ports.res_last) == last
            && dut.get(ports.res_threshold) == expected.threshold
            && dut.get(ports.res_count) == count as u64
            && {
                let values = here.iter().map(|&i| u64::from(i));
                let width = p.idx_w();
                agree(dut.words(ports.res_index), scratch, kept, width, values)
            }
            && {
                let values = here.iter().map(|&i| keys[i as usize] as u64);
                agree(dut.words(ports.res_data), scratch, kept, p.key_w, values)
            };
        if good { Ok(()) } else { Err(self.explain()) }
    }

    /// Finds the first field of the beat that differs.
    #[cold]
    fn explain(&self) -> Fault {
        let (p, dut, ports) = (self.params, &self.dut, &self.ports);
        let expected = &self.expected[self.got.query];
        let keys = &self.run.queries[self.got.query].keys;
        let count = expected.indices.len();
        let from = self.got.beat as usize * p.lanes as usize;
        let here = &expected.indices[from..count.min(from + p.lanes as usize)];
        let last = u64::from(from + p.lanes as usize >= count);
        let plain = |name: &str, port: Out, want: u64| {
            let got = dut.get(port);
            let say = |v: u64| spell(v, port.width(), v as i64);
            (got != want).then(|| self.fault(name, &say(want), &say(got)))
        };
        let key = |bits: u64| spell(bits, p.key_w, self.key_of(bits));
        let threshold = dut.get(ports.res_threshold);
        let lanes = || {
            here.iter().enumerate().find_map(|(lane, &index)| {
                let at = lane as u32;
                let got_index = dut.get_field(ports.res_index, at * p.idx_w(), p.idx_w());
                let got_key = dut.get_field(ports.res_data, at * p.key_w, p.key_w);
                let want_key = keys[index as usize] as u64 & mask(p.key_w);
                let say = |v: u64| spell(v, p.idx_w(), v as i64);
                if got_index != u64::from(index) {
                    let name = format!("res_index_o lane {lane}");
                    Some(self.fault(&name, &say(index.into()), &say(got_index)))
                } else if got_key != want_key {
                    let name = format!("res_data_o lane {lane}");
                    Some(self.fault(&name, &key(want_key), &key(got_key)))
                } else {
                    None
                }
            })
        };
        plain("res_count_o", ports.res_count, count as u64)
            .or_else(|| plain("res_last_o", ports.res_last, last))
            .or_else(|| plain("res_keep_o", ports.res_keep, mask(here.len() as u32)))
            .or_else(lanes)
            .unwrap_or_else(|| {
                self.fault("res_threshold_o", &key(expected.threshold), &key(threshold))
            })
    }

    /// Compares the cycles of the query whose last beat leaves in `cycle` with what the variant
    /// promises, where nothing but the engine can be to blame for them.
    pub(super) fn check_promises(&mut self, cycle: u64) -> Result<(), Fault> {
        let (p, run) = (self.params, self.run);
        if run.keys != Stall::NONE || run.results != Stall::NONE || run.reset.is_some() {
            return Ok(());
        }
        let number = self.got.query;
        let n = run.queries[number].keys.len() as u32;
        let count = self.expected[number].indices.len() as u32;
        let (first_in, _) = self.sent.times[number];
        let (what, promised, took) = match run.pace {
            Pace::Isolated if matches!(self.variant, Variant::Quickselect | Variant::Batcher) => {
                let query = &run.queries[number];
                let took = cycle - first_in + 1;
                let (due, why) = if self.variant == Variant::Batcher {
                    (merges::latency(p, &query.keys, query.k), "")
                } else {
                    let due = self.passes.latency(p, &query.keys, query.k);
                    (due, ", with these pivots")
                };
                if took != u64::from(due) {
                    let due = format!("{due} cycles{why}");
                    return Err(self.fault("latency", &due, &format!("{took} cycles")));
                }
                return Ok(());
            }
            Pace::Isolated => {
                let latency = p.latency(self.variant, n, count);
                ("latency", latency, cycle - first_in + 1)
            }
            // The interval is promised for queries of full length.
            Pace::BackToBack if run.queries.iter().all(|q| q.keys.len() as u32 == p.max_n) => {
                let Some(&(before, _)) = number.checked_sub(1).map(|i| &self.sent.times[i]) else {
                    return Ok(());
                };
                ("interval", p.interval(self.variant, n), first_in - before)
            }
            Pace::BackToBack => return Ok(()),
        };
        match promised {
            Some(most) if took > u64::from(most) => {
                let most = format!("at most {most} cycles, as promised");
                Err(self.fault(what, &most, &format!("{took} cycles")))
            }
            _ => Ok(()),
        }
    }

    /// Notes the answer on the port.
    pub(super) fn record(&self, cycle: u64, results: &mut Vec<QueryResult>) {
        let (p, dut, ports) = (self.params, &self.dut, &self.ports);
        if self.got.beat == 0 {
            let (first_in, last_in) = self.sent.times[self.got.query];
            results.push(QueryResult {
                indices: Vec::new(),
                keys: Vec::new(),
                threshold: self.key_of(dut.get(ports.res_threshold)),
                count: dut.get(ports.res_count) as u32,
                first_in,
                last_in,
                first_out: cycle,
                last_out: cycle,
            });
        }
        let result = results
            .last_mut()
            .expect("it was pushed with the first beat");
        result.last_out = cycle;
        for lane in 0..dut.get(ports.res_keep).count_ones() {
            let index = dut.get_field(ports.res_index, lane * p.idx_w(), p.idx_w());
            let key = dut.get_field(ports.res_data, lane * p.key_w, p.key_w);
            result.indices.push(index as u32);
            result.keys.push(self.key_of(key));
        }
    }

    /// Reads bits as a key.
    fn key_of(&self, bits: u64) -> i64 {
        let spare = 64 - self.params.key_w;
        if self.params.signed {
            ((bits << spare) as i64) >> spare
        } else {
            bits as i64
        }
    }

    /// Counts the situations that the queries themselves bring about.
    pub(super) fn count_queries(&self, coverage: &mut Coverage) {
        let p = self.params;
        for (query, expected) in self.run.queries.iter().zip(&self.expected) {
            let n = query.keys.len() as u32;
            let count = expected.indices.len() as u32;
            let at_threshold =
                |i: &usize| query.keys[*i] as u64 & mask(p.key_w) == expected.threshold;
            let tied = (0..query.keys.len()).filter(at_threshold).count();
            let kept = expected.indices.iter().map(|&i| i as usize);
            let kept = kept.filter(at_threshold).count();
            coverage.count(Point::KeepNone, query.k == 0);
            coverage.count(Point::KeepAll, query.k == n && n > 0);
            coverage.count(Point::KeepBeyond, query.k > n);
            coverage.count(Point::Empty, n == 0);
            coverage.count(Point::OneKey, n == 1);
            coverage.count(Point::FullLength, n == p.max_n);
            coverage.count(Point::PartialBeat, !n.is_multiple_of(p.lanes));
            coverage.count(Point::FullBeats, n > 0 && n.is_multiple_of(p.lanes));
            coverage.count(Point::TieCut, count > 0 && kept < tied);
            coverage.count(Point::AllEqual, n > 1 && tied == n as usize);
            coverage.count(Point::Capped, count < query.k.min(n));
        }
    }
}
