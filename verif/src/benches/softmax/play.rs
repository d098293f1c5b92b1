// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays passes on the engine, and answers its reads.

use std::collections::VecDeque;

use hwgen_golden::softmax::{EXP_W, KEY_W, SUM_W, SoftmaxParams};

use super::{Item, Point, Run, Script, Verdict};
use crate::kit::{Io, Offer, Player, input, inputs, outputs, pack, same};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, In, Out, mask};

/// Cycles without any progress that no pass needs.
const PATIENCE: u64 = 300;
/// Cycles watched after the last result.
const REST: u64 = 39;
/// Fields of a command.
const CMD: [&str; 6] = ["certain", "context", "rows", "planes", "pre_shift", "mant"];

/// Ports of a scan's start.
const SCAN: [&str; 6] = ["start", "context", "rows", "planes", "all", "limit"];
/// A row of a pass: numbers of both.
type Row = (usize, u32);

/// Plays passes on an engine.
pub(crate) struct SoftmaxPlayer<'a> {
    params: &'a SoftmaxParams,
    run: &'a Run,
    cmd: Offer<6>,
    /// Start, context, rows, planes, all, limit.
    scan_cmd: [In; 6],
    /// Enable, row, and the keys.
    scan_rd: [Out; 2],
    scan_keys: In,
    /// Enable, context, row.
    rd: [Out; 3],
    /// Keys, largest score.
    row: [In; 2],
    /// Valid, row, key, exp, live, last.
    sel: [Out; 6],
    /// Valid, certain, sum, part, best.
    res: [Out; 5],
    /// Valid, row, mask, end, rest.
    scan: [Out; 5],
    scripts: Vec<Script>,
    /// Passes to come, the one on the port, and the row that is read.
    todo: VecDeque<usize>,
    offered: Option<usize>,
    reading: Option<Row>,
    /// Rows that were asked for one and two cycles ago.
    asked: [Option<Row>; 2],
    /// Passes to be scanned, the scan under way, whether it starts now, the rows that it reads.
    to_scan: VecDeque<usize>,
    scanning: Option<usize>,
    scan_starts: Option<usize>,
    scan_reading: Option<Row>,
    scan_asked: [Option<Row>; 2],
    /// What is to come: rows for the selection, sums, rows with marks.
    rows: VecDeque<Row>,
    sums: VecDeque<usize>,
    marks: VecDeque<Row>,
    done: Vec<bool>,
    /// The last verdict of a scan, while it stays.
    verdict: Option<usize>,
}

impl<'a> SoftmaxPlayer<'a> {
    /// Prepares to play `run`.
    pub(super) fn new(params: &'a SoftmaxParams, dut: &Dut, run: &'a Run) -> Self {
        Self {
            params,
            run,
            cmd: Offer::find(dut, "cmd", CMD),
            scan_cmd: inputs(dut, "scan", SCAN),
            scan_rd: outputs(dut, "scan_rd", ["en", "row"]),
            scan_keys: input(dut, "scan_rd_keys_i"),
            rd: outputs(dut, "rd", ["en", "context", "row"]),
            row: inputs(dut, "rd", ["keys", "max"]),
            sel: outputs(dut, "sel", ["valid", "row", "key", "exp", "live", "last"]),
            res: outputs(dut, "res", ["valid", "certain", "sum", "part", "best"]),
            scan: outputs(dut, "scan", ["valid", "row", "mask", "end", "rest"]),
            scripts: run.items.iter().map(|i| i.script(params)).collect(),
            todo: (0..run.items.len()).collect(),
            offered: None,
            reading: None,
            asked: [None; 2],
            to_scan: VecDeque::new(),
            scanning: None,
            scan_starts: None,
            scan_reading: None,
            scan_asked: [None; 2],
            rows: VecDeque::new(),
            sums: VecDeque::new(),
            marks: VecDeque::new(),
            done: vec![false; run.items.len()],
            verdict: None,
        }
    }

    fn item(&self, number: usize) -> &'a Item {
        &self.run.items[number]
    }

    /// Puts the next command on its port. A context whose scan is due has no pass before that.
    fn offer(&mut self, io: &mut Io<Point>) {
        if self.offered.is_none() && self.run.stalls[0].go(io.cycle()) {
            let free = |next: &&usize| {
                let due = |n: usize| !self.done[n] && self.scripts[n].scan.is_some();
                let context = self.item(**next).context;
                !(0..**next).any(|n| due(n) && self.item(n).context == context)
            };
            self.offered = self.todo.front().filter(free).copied();
            if self.offered.is_some() {
                self.todo.pop_front();
            }
        }
        self.cmd.offer(io, self.offered.is_some());
        if let Some(number) = self.offered {
            let item = self.item(number);
            let fields = [
                u64::from(item.certain),
                u64::from(item.context),
                u64::from(item.rows),
                u64::from(item.planes),
                item.pre_shift as u64,
                u64::from(item.mant),
            ];
            io.put(self.cmd.fields, fields);
        } else {
            self.cmd.scribble(io);
        }
    }

    /// Starts the next scan, at some time after the one before, and holds its fields to its end.
    fn offer_scan(&mut self, io: &mut Io<Point>) {
        let [start, context, rows, planes, all, most] = self.scan_cmd;
        let begins = self.scanning.is_none() && io.noise.chance(40);
        let next = begins.then(|| self.to_scan.pop_front()).flatten();
        io.set(start, next.is_some());
        for field in [context, rows, planes, all, most] {
            io.scribble(field);
        }
        if next.is_some() {
            (self.scanning, self.verdict) = (next, None);
        }
        let Some(number) = self.scanning else {
            return;
        };
        let item = self.item(number);
        io.set(context, item.context);
        io.set(rows, item.rows);
        io.set(planes, item.planes);
        io.set(all, item.scan == Verdict::All);
        if let Verdict::Limit(limit) = item.scan {
            io.set(most, limit);
        }
        self.scan_starts = next;
    }

    /// Puts the keys of a row on a port of the buffer, or noise.
    fn put_keys(&self, io: &mut Io<Point>, port: In, row: Option<Row>) {
        let p = self.params;
        let Some((number, row)) = row else {
            io.scribble(port);
            return;
        };
        let first = (row * p.tokens) as usize;
        let keys = self.scripts[number].keys[first..][..p.tokens as usize].iter();
        let keys = keys.map(|key| {
            let score = key.score as u64 & mask(p.score_w);
            (u64::from(key.live) << 2 | u64::from(key.planes)) << p.score_w | score
        });
        pack(io.dut.words_mut(port), p.key_w(), keys);
    }

    /// Gives the rows that were asked for two cycles ago, or noise.
    fn answer(&mut self, io: &mut Io<Point>) {
        let [rd_keys, rd_max] = self.row;
        self.put_keys(io, rd_keys, self.asked[1]);
        self.put_keys(io, self.scan_keys, self.scan_asked[1]);
        let Some((number, _)) = self.asked[1] else {
            io.scribble(rd_max);
            return;
        };
        let w = self.params.score_w;
        let none = 1 << w | io.noise.draw() & mask(w);
        io.set(rd_max, self.scripts[number].max.map_or(none, |m| m as u64));
    }

    /// Checks what a scan reads: a row per cycle from the cycle behind its start on.
    fn check_scan_reads(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let [en, at] = self.scan_rd.map(|port| io.get(port));
        let (starts, reading) = (self.scan_starts.take(), self.scan_reading.take());
        self.scan_reading = starts.map(|number| (number, 0));
        self.scan_asked = [reading, self.scan_asked[0]];
        same("scan_rd_en_o", 1, reading.is_some().into(), en)?;
        let Some((number, row)) = reading else {
            return Ok(starts.is_some());
        };
        same("scan_rd_row_o", self.params.row_w(), row.into(), at)?;
        io.count(Point::ScanBesidePass, self.asked[0].is_some());
        let (first, tokens) = (row * self.params.tokens, self.params.tokens as usize);
        let scan = self.scripts[number].scan.as_ref().expect("a scan reads");
        if scan.refine[first as usize..][..tokens].contains(&true) {
            self.marks.push_back((number, row));
        }
        let more = row + 1 < self.item(number).rows;
        self.scan_reading = more.then_some((number, row + 1));
        Ok(true)
    }

    /// Checks what is read and whether a command is taken: a row a cycle, without a pause between
    /// passes. Tells whether anything moved.
    fn check_reads(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let p = self.params;
        let [en, context, at] = self.rd.map(|port| io.get(port));
        let ready = self.cmd.ready(io);
        let last = self
            .reading
            .is_none_or(|(n, row)| row + 1 == self.item(n).rows);
        same("cmd_ready_o", 1, last.into(), ready.into())?;
        same("rd_en_o", 1, self.reading.is_some().into(), en)?;
        if let Some((number, row)) = self.reading {
            let want = self.item(number).context;
            same("rd_context_o", p.context_w(), want.into(), context)?;
            same("rd_row_o", p.row_w(), row.into(), at)?;
            self.expect(number, row);
        }
        self.asked = [self.reading, self.asked[0]];
        io.count(Point::WaitingCommand, self.offered.is_some() && !last);
        let moved = self.reading.is_some() || self.offered.is_some();
        self.reading = self.reading.map(|(n, row)| (n, row + 1)).filter(|_| !last);
        if let Some(number) = self.offered.take_if(|_| last) {
            io.count(Point::BackToBack, self.asked[0].is_some());
            self.reading = Some((number, 0));
        }
        Ok(moved)
    }

    /// Notes what is to come of a row that is read.
    fn expect(&mut self, number: usize, row: u32) {
        let last = row + 1 == self.item(number).rows;
        self.rows.push_back((number, row));
        if last {
            self.sums.push_back(number);
        }
    }

    /// Checks a row for the selection.
    fn check_rows(&mut self, io: &Io<Point>) -> Result<bool, Fault> {
        let [valid, sel_row, sel_key, sel_exp, sel_live, sel_last] = self.sel;
        if !io.is(valid) {
            return Ok(false);
        }
        let Some((number, row)) = self.rows.pop_front() else {
            return Err(Fault::new("sel_valid_o", "no row", "one"));
        };
        let (p, dut, script) = (self.params, &io.dut, &self.scripts[number]);
        same("sel_row_o", p.row_w(), row.into(), dut.get(sel_row))?;
        let last = row + 1 == self.item(number).rows;
        same("sel_last_o", 1, last.into(), dut.get(sel_last))?;
        for lane in 0..p.tokens {
            let at = (row * p.tokens + lane) as usize;
            let live = script.keys[at].live;
            let got = dut.get_field(sel_live, lane, 1);
            same(format_args!("sel_live_o {lane}"), 1, live.into(), got)?;
            let got = dut.get_field(sel_exp, lane * EXP_W, EXP_W);
            let want = script.pass.exps[at].into();
            same(format_args!("sel_exp_o {lane}"), EXP_W, want, got)?;
            if live {
                let got = dut.get_field(sel_key, lane * KEY_W, KEY_W);
                let want = script.pass.ranks[at].into();
                same(format_args!("sel_key_o {lane}"), KEY_W, want, got)?;
            }
        }
        Ok(true)
    }

    /// Checks the sums of a pass.
    fn check_sums(&mut self, io: &Io<Point>) -> Result<bool, Fault> {
        let [valid, certain, sum, part, best] = self.res.map(|port| io.get(port));
        if valid == 0 {
            return Ok(false);
        }
        let Some(number) = self.sums.pop_front() else {
            return Err(Fault::new("res_valid_o", "no sums", "sums"));
        };
        let pass = &self.scripts[number].pass;
        let (want, item) = ([pass.sum, pass.part], self.item(number));
        same("res_certain_o", 1, item.certain.into(), certain)?;
        same("res_sum_o", SUM_W, want[0], sum)?;
        same("res_part_o", SUM_W, want[1], part)?;
        match pass.best {
            Some(rank) => same("res_best_o", KEY_W + 1, rank.into(), best)?,
            None => same("res_best_o top", 1, 1, best >> KEY_W)?,
        }
        if self.scripts[number].scan.is_some() {
            self.to_scan.push_back(number);
        } else {
            self.done[number] = true;
        }
        Ok(true)
    }

    /// Checks marks and the end of a scan.
    fn check_scan(&mut self, io: &Io<Point>) -> Result<bool, Fault> {
        let p = self.params;
        let [valid, scan_row, scan_mask, end, scan_rest] = self.scan;
        let [valid, end] = [valid, end].map(|port| io.is(port));
        if valid {
            let Some((number, row)) = self.marks.pop_front() else {
                return Err(Fault::new("scan_valid_o", "no marks", "a row of them"));
            };
            let scan = self.scripts[number].scan.as_ref().expect("a scan marks");
            same("scan_row_o", p.row_w(), row.into(), io.get(scan_row))?;
            for lane in 0..p.tokens {
                let want = scan.refine[(row * p.tokens + lane) as usize];
                let got = io.dut.get_field(scan_mask, lane, 1);
                same(format_args!("scan_mask_o {lane}"), 1, want.into(), got)?;
            }
        }
        if end {
            let read = self.scan_starts.is_none() && self.scan_reading.is_none();
            let Some(number) = self.scanning.take_if(|_| read && self.marks.is_empty()) else {
                return Err(Fault::new("scan_end_o", "no end before all marks", "one"));
            };
            self.done[number] = true;
            self.verdict = Some(number);
        }
        if let Some(number) = self.verdict {
            let scan = self.scripts[number].scan.as_ref().expect("a scan ended");
            let rest = scan.rest.map_or(1 << p.score_w, |rest| rest as u64);
            let w = p.score_w + 1;
            same("scan_rest_o", w, rest & mask(w), io.get(scan_rest))?;
        }
        Ok(valid || end)
    }
}

impl Player for SoftmaxPlayer<'_> {
    type Point = Point;

    fn begin(&mut self, io: &mut Io<Point>) {
        for (item, script) in self.run.items.iter().zip(&self.scripts) {
            for (point, is) in script.points(item, self.params.rows) {
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
        self.cmd.offer(io, false);
        io.set(self.scan_cmd[0], false);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        self.offer(io);
        self.offer_scan(io);
        self.answer(io);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let came = self.check_rows(io)? | self.check_sums(io)? | self.check_scan(io)?;
        Ok(self.check_scan_reads(io)? | self.check_reads(io)? | came)
    }

    fn done(&self) -> bool {
        self.done.iter().all(|d| *d)
    }

    /// Sends passes without a result again.
    fn restart(&mut self, io: &mut Io<Point>) {
        io.count(Point::Reset, !self.rows.is_empty());
        self.todo = (0..self.done.len()).filter(|&n| !self.done[n]).collect();
        (self.offered, self.reading, self.scanning) = (None, None, None);
        (self.asked, self.verdict) = ([None; 2], None);
        (self.scan_asked, self.scan_reading, self.scan_starts) = ([None; 2], None, None);
        self.to_scan.clear();
        self.rows.clear();
        self.sums.clear();
        self.marks.clear();
    }

    fn under_way(&self) -> usize {
        self.done.iter().filter(|d| **d).count()
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("res_valid_o", "the result of a pass")
    }
}
