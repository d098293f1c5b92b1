// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compares what the engine shows with the golden model, and says what differs.

use hwgen_golden::topk::{Variant, merges};

use super::play::TopkPlayer;
use super::{Pace, Point, QueryResult};
use crate::kit::{Beat, Io, agree, same};
use crate::report::{Fault, spell};
use hwgen_sim::dut::{Dut, mask};

impl TopkPlayer<'_> {
    /// Checks what the engine shows and notes whether a beat left.
    #[inline]
    pub(super) fn result(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let [last, keep, data, index, threshold, count] = self.res.fields;
        let p = self.params;
        // Kept lanes and all scalars.
        let shown = self.res.watch_part(io, |dut, words| {
            let kept = dut.get(keep);
            words.extend([kept, dut.get(last), dut.get(threshold), dut.get(count)]);
            if kept == mask(p.lanes) {
                words.extend_from_slice(dut.words(data));
                words.extend_from_slice(dut.words(index));
                return;
            }
            for lane in (0..p.lanes).filter(|lane| kept >> lane & 1 == 1) {
                words.push(dut.get_field(data, lane * p.key_w, p.key_w));
                words.push(dut.get_field(index, lane * p.idx_w(), p.idx_w()));
            }
        })?;
        io.count(Point::StalledOut, shown == Beat::Waits);
        if shown != Beat::Taken {
            return Ok(false);
        }
        let Some((query, beat)) = self.got.next() else {
            return Err(self.res.stray("no beat after the last result", "a beat"));
        };
        if query >= self.sending() {
            let expected = "no beat before the query has ended";
            return Err(self.res.stray(expected, "a beat"));
        }
        self.check_beat(io.dut, query, beat)?;
        let cycle = io.clocked();
        if self.results.is_some() {
            self.record(io.dut, cycle, query, beat);
        }
        self.got.advance();
        if self.getting() > query {
            self.check_promises(cycle, query)?;
        }
        Ok(true)
    }

    /// Compares a result beat with the golden model.
    fn check_beat(&mut self, dut: &Dut, query: usize, beat: u32) -> Result<(), Fault> {
        let p = self.params;
        let [last_port, keep, data, index, threshold, count_port] = self.res.fields;
        let expected = &self.expected[query];
        let keys = &self.run.items[query].keys;
        let (lanes, count) = (p.lanes as usize, expected.indices.len());
        let from = beat as usize * lanes;
        let here = &expected.indices[from..count.min(from + lanes)];
        let last = u64::from(from + lanes >= count);
        let kept = here.len() as u32;
        let good = dut.get(keep) == mask(kept)
            && dut.get(last_port) == last
            && dut.get(threshold) == expected.threshold
            && dut.get(count_port) == count as u64
            && {
                let values = here.iter().map(|&i| u64::from(i));
                let width = p.idx_w();
                agree(dut.words(index), &mut self.scratch, kept, width, values)
            }
            && {
                let values = here.iter().map(|&i| keys[i as usize] as u64);
                agree(dut.words(data), &mut self.scratch, kept, p.key_w, values)
            };
        if good {
            return Ok(());
        }
        // The first field that differs.
        let key = |field: String, want: u64, got: u64| {
            let say = |bits: u64| spell(bits, p.key_w, self.key_of(bits));
            let fault = || Fault::new(field, say(want), say(got));
            if want == got { Ok(()) } else { Err(fault()) }
        };
        same("res_count_o", p.cnt_w(), count as u64, dut.get(count_port))?;
        same("res_last_o", 1, last, dut.get(last_port))?;
        same("res_keep_o", p.lanes, mask(kept), dut.get(keep))?;
        for (lane, &wanted) in (0..).zip(here) {
            let (idx_w, name) = (p.idx_w(), format!("res_index_o lane {lane}"));
            same(
                name,
                idx_w,
                wanted.into(),
                dut.get_field(index, lane * idx_w, idx_w),
            )?;
            let want = keys[wanted as usize] as u64 & mask(p.key_w);
            let got = dut.get_field(data, lane * p.key_w, p.key_w);
            key(format!("res_data_o lane {lane}"), want, got)?;
        }
        key(
            "res_threshold_o".into(),
            expected.threshold,
            dut.get(threshold),
        )
    }

    /// Compares the cycles of the query whose last beat leaves in `cycle` with what the variant
    /// promises, where nothing but the engine can be to blame for them.
    fn check_promises(&mut self, cycle: u64, number: usize) -> Result<(), Fault> {
        let (p, run) = (self.params, self.run);
        if !run.is_calm() {
            return Ok(());
        }
        let n = run.items[number].keys.len() as u32;
        let count = self.expected[number].indices.len() as u32;
        let (first_in, _) = self.times[number];
        let (what, promised, took) = match run.setup {
            Pace::Isolated if matches!(self.variant, Variant::Quickselect | Variant::Batcher) => {
                let query = &run.items[number];
                let took = cycle - first_in + 1;
                let (due, why) = if self.variant == Variant::Batcher {
                    (merges::latency(p, &query.keys, query.k), "")
                } else {
                    let due = self.passes.latency(p, &query.keys, query.k);
                    (due, ", with these pivots")
                };
                if took != u64::from(due) {
                    let due = format!("{due} cycles{why}");
                    return Err(Fault::new("latency", due, format!("{took} cycles")));
                }
                return Ok(());
            }
            Pace::Isolated => {
                let latency = p.latency(self.variant, n, count);
                ("latency", latency, cycle - first_in + 1)
            }
            // The interval is promised for queries of full length.
            Pace::BackToBack if run.items.iter().all(|q| q.keys.len() as u32 == p.max_n) => {
                let Some(&(before, _)) = number.checked_sub(1).map(|i| &self.times[i]) else {
                    return Ok(());
                };
                ("interval", p.interval(self.variant, n), first_in - before)
            }
            Pace::BackToBack => return Ok(()),
        };
        match promised {
            Some(most) if took > u64::from(most) => {
                let most = format!("at most {most} cycles, as promised");
                Err(Fault::new(what, most, format!("{took} cycles")))
            }
            _ => Ok(()),
        }
    }

    /// Notes the answer on the port, if it is wanted.
    fn record(&mut self, dut: &Dut, cycle: u64, query: usize, beat: u32) {
        let [_, keep, data, index, threshold, count] = self.res.fields;
        let (first_in, last_in) = self.times[query];
        let new = QueryResult {
            indices: Vec::new(),
            keys: Vec::new(),
            threshold: self.key_of(dut.get(threshold)),
            count: dut.get(count) as u32,
            first_in,
            last_in,
            first_out: cycle,
            last_out: cycle,
        };
        let (idx_w, key_w) = (self.params.idx_w(), self.params.key_w);
        let lanes = 0..dut.get(keep).count_ones();
        let here = lanes.map(|lane| {
            let key = self.key_of(dut.get_field(data, lane * key_w, key_w));
            (dut.get_field(index, lane * idx_w, idx_w) as u32, key)
        });
        let here: Vec<(u32, i64)> = here.collect();
        let Some(results) = &mut self.results else {
            return;
        };
        if beat == 0 {
            results.push(new);
        }
        if let Some(result) = results.last_mut() {
            result.last_out = cycle;
            for (index, key) in here {
                result.indices.push(index);
                result.keys.push(key);
            }
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
    pub(super) fn count_queries(&self, io: &mut Io<Point>) {
        let p = self.params;
        for (query, expected) in self.run.items.iter().zip(&self.expected) {
            let n = query.keys.len() as u32;
            let count = expected.indices.len() as u32;
            let at_threshold =
                |i: &usize| query.keys[*i] as u64 & mask(p.key_w) == expected.threshold;
            let tied = (0..query.keys.len()).filter(at_threshold).count();
            let kept = expected.indices.iter().map(|&i| i as usize);
            let kept = kept.filter(at_threshold).count();
            io.count(Point::KeepNone, query.k == 0);
            io.count(Point::KeepAll, query.k == n && n > 0);
            io.count(Point::KeepBeyond, query.k > n);
            io.count(Point::Empty, n == 0);
            io.count(Point::OneKey, n == 1);
            io.count(Point::FullLength, n == p.max_n);
            io.count(Point::PartialBeat, !n.is_multiple_of(p.lanes));
            io.count(Point::FullBeats, n > 0 && n.is_multiple_of(p.lanes));
            io.count(Point::TieCut, count > 0 && kept < tied);
            io.count(Point::AllEqual, n > 1 && tied == n as usize);
            io.count(Point::Capped, count < query.k.min(n));
        }
    }
}
