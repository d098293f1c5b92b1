// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays a run: drives the two streams of a top-k engine cycle by cycle and checks each beat.

use hwgen_golden::topk::{TopkParams, Variant, select};

use super::bench::TopkBench;
use super::coverage::{Coverage, Point};
use super::{Pace, Query, QueryResult, Run};
use crate::dut::{Dut, In, Out, RtlError, mask};
use crate::report::{Fault, spell};
use crate::rng::Rng;
use crate::stream::Monitor;

/// Cycles of the reset before a run.
pub(super) const RESET_CYCLES: u32 = 3;
/// Cycles without any progress that no engine needs, whatever its size.
const PATIENCE: u64 = 2_000;

/// Drives and checks one device through one run.
pub(super) struct Player<'a> {
    params: &'a TopkParams,
    variant: Variant,
    dut: &'a mut Dut,
    ports: Ports,
    run: &'a Run,
    expected: Vec<Expected>,
    /// Cycle after which counting starts.
    start: u64,
    noise: Rng,
    monitor: Monitor,
    sent: Sent,
    got: Got,
    scratch: Vec<u64>,
}

/// What a query must give.
struct Expected {
    indices: Vec<u32>,
    threshold: u64,
}

/// How far the keys are.
#[derive(Default)]
struct Sent {
    query: usize,
    beat: u32,
    /// Whether a beat is on the port.
    offered: bool,
    first: u64,
    times: Vec<(u64, u64)>,
}

/// How far the results are.
#[derive(Default)]
struct Got {
    query: usize,
    beat: u32,
    first: u64,
}

struct Ports {
    rst_n: In,
    key_valid: In,
    key_last: In,
    key_keep: In,
    key_data: In,
    key_k: In,
    res_ready: In,
    key_ready: Out,
    res_valid: Out,
    res_last: Out,
    res_keep: Out,
    res_data: Out,
    res_index: Out,
    res_threshold: Out,
    res_count: Out,
}

impl Ports {
    /// Finds the ports and checks their widths.
    fn find(dut: &Dut, p: &TopkParams) -> Result<Self, String> {
        let sized = |name: &str, width: u32, has: Option<u32>| match has {
            Some(has) if has == width => Ok(()),
            Some(has) => Err(format!("{name} has {has} bits, not {width}")),
            None => Err(format!("{name} is missing")),
        };
        let input = |name: &str, width: u32| {
            let port = dut.input(name);
            sized(name, width, port.map(In::width)).map(|()| port.expect("it was found"))
        };
        let output = |name: &str, width: u32| {
            let port = dut.output(name);
            sized(name, width, port.map(Out::width)).map(|()| port.expect("it was found"))
        };
        let (lanes, key_w, idx_w, cnt_w) = (p.lanes, p.key_w, p.idx_w(), p.cnt_w());
        Ok(Self {
            rst_n: input("rst_ni", 1)?,
            key_valid: input("key_valid_i", 1)?,
            key_last: input("key_last_i", 1)?,
            key_keep: input("key_keep_i", lanes)?,
            key_data: input("key_data_i", lanes * key_w)?,
            key_k: input("key_k_i", cnt_w)?,
            res_ready: input("res_ready_i", 1)?,
            key_ready: output("key_ready_o", 1)?,
            res_valid: output("res_valid_o", 1)?,
            res_last: output("res_last_o", 1)?,
            res_keep: output("res_keep_o", lanes)?,
            res_data: output("res_data_o", lanes * key_w)?,
            res_index: output("res_index_o", lanes * idx_w)?,
            res_threshold: output("res_threshold_o", key_w)?,
            res_count: output("res_count_o", cnt_w)?,
        })
    }
}

impl<'a> Player<'a> {
    /// Prepares to play `run` on a fresh device.
    pub(super) fn new(bench: &'a TopkBench, dut: &'a mut Dut, run: &'a Run) -> Result<Self, Fault> {
        let params = &bench.params;
        let ports = Ports::find(dut, params).map_err(|wrong| Fault {
            transaction: 0,
            cycle: 0,
            field: "ports".into(),
            expected: "the ports of a top-k engine".into(),
            got: wrong,
        })?;
        let expect = |query: &Query| {
            let n = query.keys.len() as u32;
            let count = params.survivors(bench.variant, n, query.k);
            let selection = select(&query.keys, count as usize);
            Expected {
                indices: selection.indices,
                threshold: selection.threshold as u64 & mask(params.key_w),
            }
        };
        Ok(Self {
            params,
            variant: bench.variant,
            ports,
            run,
            expected: run.queries.iter().map(expect).collect(),
            start: 0,
            noise: Rng::new(!run.seed),
            monitor: Monitor::new(),
            sent: Sent::default(),
            got: Got::default(),
            scratch: Vec::new(),
            dut,
        })
    }

    /// Plays the run; `results` gets the answers with their cycles.
    pub(super) fn play(
        mut self,
        coverage: &mut Coverage,
        mut results: Option<&mut Vec<QueryResult>>,
    ) -> Result<(), Fault> {
        let total = self.run.queries.len();
        self.count_queries(coverage);
        self.idle();
        self.dut.set(self.ports.res_ready, 0);
        self.dut
            .reset(RESET_CYCLES)
            .map_err(|error| self.rtl_fault(&error))?;
        self.start = self.dut.cycle();
        let patience = self.patience();
        let mut progress = 0;
        while self.got.query < total {
            let cycle = self.cycle();
            if let Some(reset) = self.run.reset
                && reset.cycle == cycle
            {
                coverage.count(Point::ResetInKeys, self.sent.beat > 0 || self.sent.offered);
                coverage.count(Point::ResetInResult, self.sent.query > self.got.query);
                self.reset(reset.length)?;
                progress = self.cycle();
                continue;
            }
            self.offer(cycle, coverage);
            let ready = self.run.results.take(cycle, self.monitor.waiting());
            self.dut.set(self.ports.res_ready, u64::from(ready));
            self.tick()?;
            let took = self.accept(cycle, coverage);
            let gave = self.result(cycle, ready, coverage, &mut results)?;
            if took || gave {
                progress = cycle;
            } else if cycle - progress > patience {
                return Err(self.hang(cycle - progress));
            }
        }
        self.rest()
    }

    /// Returns the cycle, counted from the end of the first reset.
    fn cycle(&self) -> u64 {
        self.dut.cycle() - self.start
    }

    fn tick(&mut self) -> Result<(), Fault> {
        self.dut.tick().map_err(|error| self.rtl_fault(&error))
    }

    /// Puts a beat on the port if one is due, noise if not.
    #[inline]
    fn offer(&mut self, cycle: u64, coverage: &mut Coverage) {
        if self.sent.offered {
            return;
        }
        let due = self.sent.query < self.run.queries.len()
            && (self.run.pace == Pace::BackToBack
                || self.sent.beat > 0
                || self.sent.query == self.got.query);
        if due && self.run.keys.go(cycle) {
            self.beat();
            self.sent.offered = true;
        } else {
            coverage.count(Point::BubbleIn, self.sent.beat > 0);
            self.idle();
        }
    }

    /// Puts the next beat of keys on the port.
    fn beat(&mut self) {
        let Self {
            params: p,
            dut,
            ports,
            noise,
            ..
        } = self;
        let query = &self.run.queries[self.sent.query];
        let lanes = p.lanes as usize;
        let from = self.sent.beat as usize * lanes;
        let keys = &query.keys[from..query.keys.len().min(from + lanes)];
        let k = if from == 0 {
            u64::from(query.k)
        } else {
            noise.draw()
        };
        dut.set(ports.key_valid, 1);
        dut.set(ports.key_last, u64::from(from + lanes >= query.keys.len()));
        dut.set(ports.key_keep, mask(keys.len() as u32));
        dut.set(ports.key_k, k);
        let rest = (keys.len()..lanes).map(|_| noise.draw());
        let all = keys.iter().map(|&key| key as u64).chain(rest);
        pack(dut.words_mut(ports.key_data), p.key_w, all);
    }

    /// Takes valid away and puts noise on the rest.
    fn idle(&mut self) {
        let Self {
            dut, ports, noise, ..
        } = self;
        let bits = noise.draw();
        dut.set(ports.key_valid, 0);
        dut.set(ports.key_last, bits);
        dut.set(ports.key_keep, bits >> 1);
        dut.set(ports.key_k, bits >> 32);
        let mut left = ports.key_data.width();
        for word in dut.words_mut(ports.key_data) {
            *word = noise.draw() & mask(left);
            left = left.saturating_sub(64);
        }
    }

    /// Notes whether the beat on the port was taken.
    #[inline]
    fn accept(&mut self, cycle: u64, coverage: &mut Coverage) -> bool {
        if !self.sent.offered {
            return false;
        }
        let taken = self.dut.get(self.ports.key_ready) != 0;
        coverage.count(Point::StalledIn, !taken);
        if taken {
            coverage.count(Point::Overlapped, self.sent.query > self.got.query);
            self.sent.offered = false;
            if self.sent.beat == 0 {
                self.sent.first = cycle;
            }
            self.sent.beat += 1;
            let n = self.run.queries[self.sent.query].keys.len() as u32;
            if self.sent.beat == self.params.beats(n) {
                self.sent.times.push((self.sent.first, cycle));
                self.sent.query += 1;
                self.sent.beat = 0;
            }
        }
        taken
    }

    /// Checks what the engine shows and notes whether a beat left.
    #[inline]
    fn result(
        &mut self,
        cycle: u64,
        ready: bool,
        coverage: &mut Coverage,
        results: &mut Option<&mut Vec<QueryResult>>,
    ) -> Result<bool, Fault> {
        let Self { dut, ports, .. } = self;
        let valid = dut.get(ports.res_valid) != 0;
        coverage.count(Point::StalledOut, valid && !ready);
        let held = self.monitor.check(valid, ready, |words| {
            payload(dut, ports, self.params, words);
        });
        if let Err(broken) = held {
            return Err(self.fault("res_valid_o", "a stable beat", &broken.to_string()));
        }
        if !valid || !ready {
            return Ok(false);
        }
        if self.got.query >= self.sent.query {
            return Err(self.fault(
                "res_valid_o",
                "no beat before the query has ended",
                "a beat",
            ));
        }
        self.check_beat()?;
        if self.got.beat == 0 {
            self.got.first = cycle;
        }
        if let Some(results) = results {
            self.record(cycle, results);
        }
        self.got.beat += 1;
        let count = self.expected[self.got.query].indices.len() as u32;
        if self.got.beat == self.params.beats(count) {
            self.got.query += 1;
            self.got.beat = 0;
        }
        Ok(true)
    }

    /// Compares a result beat with the golden model.
    fn check_beat(&mut self) -> Result<(), Fault> {
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

    /// Notes the answer on the port.
    fn record(&self, cycle: u64, results: &mut Vec<QueryResult>) {
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

    /// Resets the device and goes back to the first query without a complete result.
    fn reset(&mut self, length: u64) -> Result<(), Fault> {
        self.idle();
        self.dut.set(self.ports.rst_n, 0);
        for _ in 0..length {
            self.tick()?;
        }
        self.dut.set(self.ports.rst_n, 1);
        self.got.beat = 0;
        self.sent.times.truncate(self.got.query);
        self.sent = Sent {
            query: self.got.query,
            times: std::mem::take(&mut self.sent.times),
            ..Sent::default()
        };
        self.monitor = Monitor::new();
        Ok(())
    }

    /// Watches for beats after the last one.
    fn rest(&mut self) -> Result<(), Fault> {
        self.dut.set(self.ports.res_ready, 1);
        for _ in 0..64 + 2 * self.params.beats(self.params.max_n) {
            self.idle();
            self.tick()?;
            if self.dut.get(self.ports.res_valid) != 0 {
                self.got.query = self.run.queries.len().saturating_sub(1);
                return Err(self.fault("res_valid_o", "no beat after the last result", "a beat"));
            }
        }
        Ok(())
    }

    /// Returns the cycles without progress after which the engine counts as hung.
    fn patience(&self) -> u64 {
        let p = self.params;
        let beats = u64::from(p.beats(p.max_n));
        let longest = self.run.queries.iter().map(|q| q.keys.len() as u64).max();
        let n = longest.unwrap_or(0);
        let busy = match self.variant {
            Variant::Radix | Variant::Stream => 32 * beats,
            // Each pass may drop one key only.
            Variant::Quickselect => n * (n / u64::from(p.lanes) + 16),
            // A full sort takes log^2 passes over all that fits.
            Variant::Batcher => 128 * beats,
        };
        PATIENCE + busy + self.run.keys.longest() + self.run.results.longest()
    }

    #[cold]
    fn hang(&self, cycles: u64) -> Fault {
        let (field, want) = if self.sent.query > self.got.query {
            ("res_valid_o", "a result beat")
        } else {
            ("key_ready_o", "an accepted key beat")
        };
        self.fault(field, want, &format!("nothing for {cycles} cycles"))
    }

    #[cold]
    fn rtl_fault(&self, error: &RtlError) -> Fault {
        self.fault("check in the RTL", "no error", &error.message)
    }

    #[cold]
    fn fault(&self, field: &str, expected: &str, got: &str) -> Fault {
        Fault {
            transaction: self.got.query as u64,
            // The cycle that has just been clocked.
            cycle: self.cycle().saturating_sub(1),
            field: field.into(),
            expected: expected.into(),
            got: got.into(),
        }
    }

    fn count_queries(&self, coverage: &mut Coverage) {
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

/// Packs `values` of `width` bits into words, lowest first, and clears the rest of the last word.
#[inline]
fn pack(words: &mut [u64], width: u32, values: impl Iterator<Item = u64>) {
    let (mut word, mut bits, mut at) = (0, 0, 0);
    for value in values {
        let value = value & mask(width);
        word |= value << bits;
        bits += width;
        if bits >= 64 {
            words[at] = word;
            at += 1;
            bits -= 64;
            // A shift by 64 would be one by 0.
            word = if bits == 0 {
                0
            } else {
                value >> (width - bits)
            };
        }
    }
    if bits > 0 {
        words[at] = word;
    }
}

/// Compares the first `kept` fields of `words` with `values`. What lanes carry that are not kept
/// has no meaning.
#[inline]
fn agree(
    words: &[u64],
    scratch: &mut Vec<u64>,
    kept: u32,
    width: u32,
    values: impl Iterator<Item = u64>,
) -> bool {
    scratch.clear();
    scratch.resize(words.len(), 0);
    pack(scratch, width, values);
    let mut left = kept * width;
    words.iter().zip(scratch.iter()).all(|(got, want)| {
        let differ = (got ^ want) & mask(left.min(64));
        left = left.saturating_sub(64);
        differ == 0
    })
}

/// Lists what must not change while a result waits: kept lanes and all scalars.
fn payload(dut: &Dut, ports: &Ports, p: &TopkParams, words: &mut Vec<u64>) {
    let keep = dut.get(ports.res_keep);
    words.extend([
        keep,
        dut.get(ports.res_last),
        dut.get(ports.res_threshold),
        dut.get(ports.res_count),
    ]);
    if keep == mask(p.lanes) {
        words.extend_from_slice(dut.words(ports.res_data));
        words.extend_from_slice(dut.words(ports.res_index));
        return;
    }
    for lane in (0..p.lanes).filter(|lane| keep >> lane & 1 == 1) {
        words.push(dut.get_field(ports.res_data, lane * p.key_w, p.key_w));
        words.push(dut.get_field(ports.res_index, lane * p.idx_w(), p.idx_w()));
    }
}

#[cfg(test)]
mod tests {
    use super::pack;

    #[test]
    fn fields_cross_words() {
        let mut words = [0; 2];
        pack(&mut words, 12, [0xabc; 6].into_iter());
        assert_eq!(words, [0xcabc_abca_bcab_cabc, 0xab]);
        let mut words = [u64::MAX; 1];
        pack(&mut words, 16, [1, 2, 3, 4].into_iter());
        assert_eq!(words, [0x0004_0003_0002_0001]);
    }
}
