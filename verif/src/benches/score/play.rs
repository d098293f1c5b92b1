// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays queries on the score buffer: rows of one query, rows of a refinement of another and reads
//! of a third may go on at the same time, as in the core.

use std::collections::VecDeque;

use hwgen_golden::score::ScoreParams;

use super::item::{Beat, Script};
use super::{Point, READS, ROWS, Run};
use crate::kit::{Io, Player, input, inputs, output, outputs, pack, same, same_signed};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, In, Out, mask};

/// Cycles without any progress that no pass needs.
const PATIENCE: u64 = 300;
/// Cycles watched after the last read.
const REST: u64 = 29;

/// A pass under way: query, pass, next beat.
type Walk = (usize, usize, usize);
/// A read: query, pass that wrote, row.
type Read = (usize, usize, u32);

/// Plays queries on a buffer.
pub(crate) struct ScorePlayer<'a> {
    params: &'a ScoreParams,
    run: &'a Run,
    query_sums: In,
    /// Valid, tag, sums.
    beats: [In; 3],
    /// Valid, context, score.
    rest: [In; 3],
    done_o: Out,
    done_context: Out,
    /// Enable, context, row.
    rd: [In; 3],
    /// Keys, largest score.
    row: [Out; 2],
    /// The same of scans, which have no largest score.
    scan: [In; 3],
    scan_keys: Out,
    scripts: Vec<Script>,
    /// The query that owns each context.
    owners: Vec<Option<usize>>,
    /// Queries to come; those that wait to be refined or read, with the pass that is next or was.
    todo: VecDeque<usize>,
    to_refine: VecDeque<(usize, usize)>,
    to_read: VecDeque<(usize, usize)>,
    first: Option<Walk>,
    refining: Option<Walk>,
    reading: Option<Read>,
    /// Reads of this cycle, of the one before and of that before it, which is answered now.
    asked: [Option<Read>; 3],
    /// A context that was read to its end is scanned, while the next is read.
    to_scan: VecDeque<(usize, usize)>,
    scanning: Option<Read>,
    scanned: [Option<Read>; 3],
    /// Passes whose end is on its way.
    ends: VecDeque<(usize, usize)>,
    done: Vec<bool>,
}

impl<'a> ScorePlayer<'a> {
    /// Prepares to play `run`.
    pub(super) fn new(params: &'a ScoreParams, dut: &Dut, run: &'a Run) -> Self {
        Self {
            params,
            run,
            query_sums: input(dut, "query_sums_i"),
            beats: inputs(dut, "in", ["valid", "tag", "sums"]),
            rest: inputs(dut, "rest", ["valid", "context", "score"]),
            done_o: output(dut, "done_o"),
            done_context: output(dut, "done_context_o"),
            rd: inputs(dut, "rd", ["en", "context", "row"]),
            row: outputs(dut, "rd", ["keys", "max"]),
            scan: inputs(dut, "scan", ["en", "context", "row"]),
            scan_keys: output(dut, "scan_keys_o"),
            scripts: run.items.iter().map(|i| Script::of(i, params)).collect(),
            owners: vec![None; params.contexts as usize],
            todo: (0..run.items.len()).collect(),
            to_refine: VecDeque::new(),
            to_read: VecDeque::new(),
            first: None,
            refining: None,
            reading: None,
            asked: [None; 3],
            to_scan: VecDeque::new(),
            scanning: None,
            scanned: [None; 3],
            ends: VecDeque::new(),
            done: vec![false; run.items.len()],
        }
    }

    fn context(&self, query: usize) -> u32 {
        let owner = self.owners.iter().position(|o| *o == Some(query));
        owner.expect("a query under way has a context") as u32
    }

    /// Puts a beat on the ports, or noise; tells whether it was a beat. Between two rows of a query a
    /// refinement may come in, but not between the planes of a row.
    fn offer(&mut self, io: &mut Io<Point>) -> bool {
        let p = self.params;
        let [rest_valid, rest_context, rest_score] = self.rest;
        io.set(rest_valid, false);
        io.scribble(rest_context);
        io.scribble(rest_score);
        let sums = (0..p.contexts).map(|_| io.noise.draw());
        pack(io.dut.words_mut(self.query_sums), p.query_w, sums);
        self.begin_next(io);
        let within = |(n, _, beat): Walk| beat > 0 && !self.beat(n, 0, beat).flags[1];
        let within = self.first.is_some_and(within);
        let turn = io.noise.chance(70);
        let refine = self.refining.is_some() && !within && (turn || self.first.is_none());
        let walk = if refine { self.refining } else { self.first };
        let go = self.run.stalls[ROWS].go(io.cycle());
        let Some((query, pass, at)) = walk.filter(|_| go) else {
            self.put_noise(io);
            return false;
        };
        io.count(Point::RefinementBetweenRows, refine && self.first.is_some());
        let context = self.context(query);
        let script = &self.scripts[query];
        let beats = &script.passes[pass].beats;
        self.put(io, context, &beats[at]);
        let (width, sum) = (p.query_w, script.query_sum as u64);
        io.dut
            .set_field(self.query_sums, context * width, width, sum);
        if refine && at == 0 {
            // The largest of the rest comes no later than the first row.
            let rest = script.passes[pass].rest;
            io.set(rest_valid, true);
            io.set(rest_context, context);
            io.set(rest_score, rest.map_or(1 << p.score_w, |r| r as u64));
        }
        let ends = at + 1 == beats.len();
        if ends {
            self.ends.push_back((query, pass));
        }
        let next = (!ends).then_some((query, pass, at + 1));
        if refine {
            self.refining = next;
        } else {
            self.first = next;
        }
        true
    }

    /// Puts a beat of `context` on the ports.
    fn put(&self, io: &mut Io<Point>, context: u32, beat: &Beat) {
        let p = self.params;
        let [valid, tag, sums] = self.beats;
        io.set(valid, true);
        let mut at = 0;
        let mut field = |width: u32, value: u64| {
            io.dut.set_field(tag, at, width, value);
            at += width;
        };
        // Lowest first.
        for &bias in &beat.bias {
            field(p.bias_w(), bias as u64);
        }
        field(p.tokens, beat.mask);
        for &flag in beat.flags.iter().rev() {
            field(1, u64::from(flag));
        }
        field(2, beat.plane.into());
        field(p.row_w(), beat.row.into());
        field(p.context_w(), context.into());
        let values = beat.sums.iter().map(|&sum| sum as u64);
        pack(io.dut.words_mut(sums), p.sum_w, values);
    }

    /// Puts noise where a beat would be.
    fn put_noise(&self, io: &mut Io<Point>) {
        let p = self.params;
        let [valid, tag, sums] = self.beats;
        io.set(valid, false);
        // As many draws as ever, on which the turns of passes depend.
        let noise = (0..p.tag_w()).map(|_| io.noise.draw());
        pack(io.dut.words_mut(tag), 1, noise);
        let noise = (0..p.tokens).map(|_| io.noise.draw());
        pack(io.dut.words_mut(sums), p.sum_w, noise);
    }

    fn beat(&self, query: usize, pass: usize, at: usize) -> &Beat {
        &self.scripts[query].passes[pass].beats[at]
    }

    /// Begins the next query where a context is free, and the next refinement where the rows of none
    /// are on their way to the port.
    fn begin_next(&mut self, io: &mut Io<Point>) {
        if self.first.is_none()
            && let Some(free) = self.owners.iter().position(Option::is_none)
            && let Some(query) = self.todo.pop_front()
        {
            self.owners[free] = Some(query);
            self.first = Some((query, 0, 0));
        }
        if self.refining.is_none() {
            let next = self.to_refine.pop_front();
            let ending = self.ends.iter().any(|(_, pass)| *pass > 0);
            io.count(Point::RefinementsFollow, ending && next.is_some());
            self.refining = next.map(|(query, pass)| (query, pass, 0));
        }
    }

    /// Reads the next row, or puts noise; tells whether it read.
    fn read(&mut self, io: &mut Io<Point>) -> bool {
        if self.reading.is_none() {
            let next = self.to_read.pop_front();
            self.reading = next.map(|(query, pass)| (query, pass, 0));
        }
        let go = self.run.stalls[READS].go(io.cycle());
        let due = self.reading.filter(|_| go);
        self.asked = [due, self.asked[0], self.asked[1]];
        let [enable, rd_context, rd_row] = self.rd;
        let noise = [self.params.contexts, self.params.rows].map(|n| io.noise.below(n.into()));
        io.set(enable, due.is_some());
        io.set(rd_context, noise[0]);
        io.set(rd_row, noise[1]);
        let Some((query, pass, row)) = due else {
            return false;
        };
        io.set(rd_context, self.context(query));
        io.set(rd_row, row);
        let beside = self.first.is_some() || self.refining.is_some();
        io.count(Point::ReadBesideRows, beside);
        let more = row + 1 < self.scripts[query].rows;
        self.reading = more.then_some((query, pass, row + 1));
        true
    }

    /// Scans the next row, or puts noise; tells whether it did.
    fn scan(&mut self, io: &mut Io<Point>) -> bool {
        if self.scanning.is_none() {
            let next = self.to_scan.pop_front();
            self.scanning = next.map(|(query, pass)| (query, pass, 0));
        }
        let due = self.scanning.filter(|_| io.noise.chance(80));
        self.scanned = [due, self.scanned[0], self.scanned[1]];
        let [enable, context, at] = self.scan;
        let noise = [self.params.contexts, self.params.rows].map(|n| io.noise.below(n.into()));
        io.set(enable, due.is_some());
        io.set(context, noise[0]);
        io.set(at, noise[1]);
        let Some((query, pass, row)) = due else {
            return false;
        };
        io.set(context, self.context(query));
        io.set(at, row);
        io.count(Point::ScanBesideReads, self.asked[0].is_some());
        let more = row + 1 < self.scripts[query].rows;
        self.scanning = more.then_some((query, pass, row + 1));
        true
    }

    /// Compares the keys of a row with what the buffer holds behind a pass.
    fn check_keys(&self, io: &Io<Point>, name: &str, port: Out, read: Read) -> Result<(), Fault> {
        let p = self.params;
        let (score_w, key_w) = (p.score_w, p.key_w());
        let (query, pass, row) = read;
        let after = &self.scripts[query].passes[pass].after;
        for lane in 0..p.tokens {
            let key = after.keys()[(row * p.tokens + lane) as usize];
            let word = io.dut.get_field(port, lane * key_w, key_w);
            let (live, planes) = (word >> (score_w + 2), word >> score_w & 3);
            let field = |part: &str| format!("{name} {lane} {part}");
            same_signed(field("live"), 1, key.live.into(), live)?;
            if key.live {
                same_signed(field("planes"), 2, key.planes.into(), planes)?;
                let [want, got] = [key.score as u64, word].map(|v| v & mask(score_w));
                same_signed(field("score"), score_w, want, got)?;
            }
        }
        Ok(())
    }

    /// Compares the row that was asked for two cycles ago.
    fn check_read(&mut self, io: &Io<Point>) -> Result<(), Fault> {
        let Some((query, pass, row)) = self.asked[2] else {
            return Ok(());
        };
        let score_w = self.params.score_w;
        let [rd_keys, rd_max] = self.row;
        let script = &self.scripts[query];
        let max = script.passes[pass].after.max();
        let got = io.get(rd_max);
        match max.map(|m| m as u64 & mask(score_w + 1)) {
            Some(max) => same_signed("rd_max_o", score_w + 1, max, got)?,
            None => same("rd_max_o top", 1, 1, got >> score_w)?,
        }
        self.check_keys(io, "rd_keys_o", rd_keys, (query, pass, row))?;
        if row + 1 == script.rows {
            self.to_scan.push_back((query, pass));
        }
        Ok(())
    }

    /// Compares the row that was scanned two cycles ago; behind the last of them a query goes on.
    fn check_scan(&mut self, io: &Io<Point>) -> Result<(), Fault> {
        let Some((query, pass, row)) = self.scanned[2] else {
            return Ok(());
        };
        self.check_keys(io, "scan_keys_o", self.scan_keys, (query, pass, row))?;
        let script = &self.scripts[query];
        if row + 1 == script.rows {
            if pass + 1 < script.passes.len() {
                self.to_refine.push_back((query, pass + 1));
            } else {
                let context = self.context(query);
                self.owners[context as usize] = None;
                self.done[query] = true;
            }
        }
        Ok(())
    }

    /// Checks whether a pass ends; tells whether one did.
    fn check_end(&mut self, io: &Io<Point>) -> Result<bool, Fault> {
        if !io.is(self.done_o) {
            return Ok(false);
        }
        let Some((query, pass)) = self.ends.pop_front() else {
            return Err(Fault::new("done_o", "no end of a pass", "one"));
        };
        let (w, want) = (self.params.context_w(), self.context(query));
        same_signed("done_context_o", w, want.into(), io.get(self.done_context))?;
        self.to_read.push_back((query, pass));
        Ok(true)
    }
}

impl Player for ScorePlayer<'_> {
    type Point = Point;

    fn begin(&mut self, io: &mut Io<Point>) {
        for (item, script) in self.run.items.iter().zip(&self.scripts) {
            for (point, is) in script.points(item, self.params) {
                io.count(point, is);
            }
        }
    }

    fn patience(&self) -> u64 {
        PATIENCE + self.run.longest_stall()
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        for port in [self.beats[0], self.rest[0], self.rd[0], self.scan[0]] {
            io.set(port, false);
        }
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        self.offer(io) | self.read(io) | self.scan(io)
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        self.check_read(io)?;
        self.check_scan(io)?;
        self.check_end(io)
    }

    fn done(&self) -> bool {
        self.done.iter().all(|d| *d)
    }

    /// Begins queries anew that were not read to their end.
    fn restart(&mut self, io: &mut Io<Point>) {
        let under_way = self.first.is_some() || !self.ends.is_empty();
        io.count(Point::Reset, under_way);
        self.todo = (0..self.done.len()).filter(|&n| !self.done[n]).collect();
        self.owners.fill(None);
        (self.first, self.refining, self.reading) = (None, None, None);
        (self.asked, self.scanned, self.scanning) = ([None; 3], [None; 3], None);
        self.to_refine.clear();
        self.to_read.clear();
        self.to_scan.clear();
        self.ends.clear();
    }

    fn under_way(&self) -> usize {
        self.done.iter().filter(|d| **d).count()
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("done_o", "the end of a pass")
    }
}
