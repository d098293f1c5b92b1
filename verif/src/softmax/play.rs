// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays passes on the engine, cycle by cycle, and answers its reads.

use std::collections::VecDeque;

use hwgen_golden::softmax::{EXP_W, KEY_W, SUM_W, SoftmaxParams};

use super::coverage::Coverage;
use super::ports::Ports;
use super::{Item, Run, Script, Verdict};
use crate::pack::pack;
use crate::report::{Fault, spell};
use hwgen_sim::dut::{Dut, RtlError, mask};
use hwgen_sim::rng::Rng;
use hwgen_sim::stream::Reset;

/// Cycles of the reset before a run.
const RESET_CYCLES: u32 = 3;
/// Cycles without any progress that no pass needs.
const PATIENCE: u64 = 300;
/// Cycles watched after the last result.
const REST: u64 = 40;

/// A row of a pass: numbers of both.
type Row = (usize, u32);

/// Drives and checks one device through one run.
pub(super) struct Player<'a> {
    params: &'a SoftmaxParams,
    dut: &'a mut Dut,
    ports: Ports,
    run: &'a Run,
    scripts: Vec<Script>,
    noise: Rng,
    start: u64,
    /// Passes to come, the one on the port, and the row that is read.
    todo: VecDeque<usize>,
    offered: Option<usize>,
    reading: Option<Row>,
    /// Rows that were asked for one and two cycles ago.
    asked: [Option<Row>; 2],
    /// The scan under way.
    scanning: Option<usize>,
    /// What is to come: rows for the selection, sums, rows with marks.
    rows: VecDeque<Row>,
    sums: VecDeque<usize>,
    marks: VecDeque<Row>,
    done: Vec<bool>,
    /// The last verdict of a scan, while it stands.
    verdict: Option<usize>,
}

impl<'a> Player<'a> {
    /// Prepares to play `run` on a fresh device.
    pub(super) fn new(
        params: &'a SoftmaxParams,
        dut: &'a mut Dut,
        run: &'a Run,
    ) -> Result<Self, Fault> {
        let ports = Ports::find(dut).ok_or_else(|| Fault {
            transaction: 0,
            cycle: 0,
            field: "ports".into(),
            expected: "the ports of the block".into(),
            got: "one is missing".into(),
        })?;
        Ok(Self {
            params,
            dut,
            ports,
            run,
            scripts: run.items.iter().map(|i| i.script(params)).collect(),
            noise: Rng::new(!run.seed),
            start: 0,
            todo: (0..run.items.len()).collect(),
            offered: None,
            reading: None,
            asked: [None; 2],
            scanning: None,
            rows: VecDeque::new(),
            sums: VecDeque::new(),
            marks: VecDeque::new(),
            done: vec![false; run.items.len()],
            verdict: None,
        })
    }

    /// Plays the run.
    pub(super) fn play(mut self, coverage: &mut Coverage) -> Result<(), Fault> {
        self.dut.set(self.ports.cmd_valid, 0);
        self.dut
            .reset(RESET_CYCLES)
            .map_err(|error| self.rtl_fault(&error))?;
        self.start = self.dut.cycle();
        for (item, script) in self.run.items.iter().zip(&self.scripts) {
            coverage.item(item, script, self.params.rows);
        }
        let mut reset = self.run.reset;
        let (mut progress, mut rest) = (0, 0);
        while rest < REST {
            let cycle = self.cycle();
            if let Some(Reset { length, .. }) = reset.take_if(|r| r.cycle <= cycle) {
                coverage.count("reset", !self.rows.is_empty());
                self.reset(length)?;
                progress = self.cycle();
                continue;
            }
            self.offer(cycle);
            self.answer();
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
            let came = self.check_rows()? | self.check_sums()? | self.check_scan()?;
            let moved = self.check_reads(coverage)?;
            let done = self.done.iter().all(|d| *d);
            rest = if done { rest + 1 } else { 0 };
            if moved || came || done {
                progress = cycle;
            } else if cycle - progress > PATIENCE + self.run.stall.longest() {
                let got = format!("nothing for {} cycles", cycle - progress);
                return Err(self.fault("res_valid_o", "the result of a pass", &got));
            }
        }
        Ok(())
    }

    fn item(&self, number: usize) -> &'a Item {
        &self.run.items[number]
    }

    /// Puts the next command on its port. One scan at a time, as they share its limit.
    fn offer(&mut self, cycle: u64) {
        if self.offered.is_none() && self.run.stall.go(cycle) {
            let free = |n: &&usize| self.scanning.is_none() || self.scripts[**n].scan.is_none();
            self.offered = self.todo.front().filter(free).copied();
            if self.offered.is_some() {
                self.todo.pop_front();
            }
        }
        let (dut, ports, noise) = (&mut *self.dut, &self.ports, &mut self.noise);
        dut.set(ports.cmd_valid, u64::from(self.offered.is_some()));
        for port in ports.cmd {
            dut.set(port, noise.draw());
        }
        dut.set(ports.scan_all, noise.draw());
        dut.set(ports.scan_limit, noise.draw());
        if let Some(number) = self.offered {
            let item = &self.run.items[number];
            let fields = [
                u64::from(item.scan != Verdict::Sums),
                u64::from(item.certain),
                u64::from(item.context),
                u64::from(item.rows),
                u64::from(item.planes),
                item.pre_shift as u64,
                u64::from(item.mant),
            ];
            for (port, field) in ports.cmd.into_iter().zip(fields) {
                dut.set(port, field);
            }
        }
        if let Some(number) = self.scanning {
            let limit = match self.run.items[number].scan {
                Verdict::Limit(limit) => Some(limit),
                _ => None,
            };
            dut.set(ports.scan_all, u64::from(limit.is_none()));
            if let Some(limit) = limit {
                dut.set(ports.scan_limit, limit.into());
            }
        }
    }

    /// Gives the row that was asked for two cycles ago, or noise.
    fn answer(&mut self) {
        let p = self.params;
        let (dut, ports, noise) = (&mut *self.dut, &self.ports, &mut self.noise);
        let Some((number, row)) = self.asked[1] else {
            dut.set(ports.rd_max, noise.draw());
            let noise = (0..p.tokens).map(|_| noise.draw());
            pack(dut.words_mut(ports.rd_keys), p.key_w(), noise);
            return;
        };
        let script = &self.scripts[number];
        let none = 1 << p.score_w | noise.draw() & mask(p.score_w);
        dut.set(ports.rd_max, script.max.map_or(none, |m| m as u64));
        let first = (row * p.tokens) as usize;
        let keys = script.keys[first..][..p.tokens as usize].iter().map(|key| {
            let score = key.score as u64 & mask(p.score_w);
            (u64::from(key.live) << 2 | u64::from(key.planes)) << p.score_w | score
        });
        pack(dut.words_mut(ports.rd_keys), p.key_w(), keys);
    }

    /// Checks what is read and whether a command is taken: a row a cycle, without a pause between
    /// passes. Tells whether anything moved.
    fn check_reads(&mut self, coverage: &mut Coverage) -> Result<bool, Fault> {
        let get = |port| self.dut.get(port);
        let p = self.params;
        let (ready, en) = (get(self.ports.cmd_ready), get(self.ports.rd_en));
        let last = self
            .reading
            .is_none_or(|(n, row)| row + 1 == self.item(n).rows);
        self.same("cmd_ready_o", 1, u64::from(last), ready)?;
        self.same("rd_en_o", 1, u64::from(self.reading.is_some()), en)?;
        if let Some((number, row)) = self.reading {
            let [context, at] = [self.ports.rd_context, self.ports.rd_row].map(get);
            let want = self.item(number).context;
            self.same("rd_context_o", p.context_w(), want.into(), context)?;
            self.same("rd_row_o", p.row_w(), row.into(), at)?;
            self.expect(number, row);
        }
        self.asked = [self.reading, self.asked[0]];
        coverage.count("waiting_command", self.offered.is_some() && !last);
        let moved = self.reading.is_some() || self.offered.is_some();
        self.reading = self.reading.map(|(n, row)| (n, row + 1)).filter(|_| !last);
        if let Some(number) = self.offered.take_if(|_| last) {
            coverage.count("back_to_back", self.asked[0].is_some());
            self.reading = Some((number, 0));
            if self.scripts[number].scan.is_some() {
                self.scanning = Some(number);
                self.verdict = None;
            }
        }
        Ok(moved)
    }

    /// Notes what is to come of a row that is read.
    fn expect(&mut self, number: usize, row: u32) {
        let last = row + 1 == self.item(number).rows;
        match &self.scripts[number].scan {
            None => {
                self.rows.push_back((number, row));
                if last {
                    self.sums.push_back(number);
                }
            }
            Some(scan) => {
                let (first, tokens) = (row * self.params.tokens, self.params.tokens as usize);
                if scan.refine[first as usize..][..tokens].contains(&true) {
                    self.marks.push_back((number, row));
                }
            }
        }
    }

    /// Checks a row for the selection.
    fn check_rows(&mut self) -> Result<bool, Fault> {
        if self.dut.get(self.ports.sel_valid) == 0 {
            return Ok(false);
        }
        let Some((number, row)) = self.rows.pop_front() else {
            return Err(self.fault("sel_valid_o", "no row", "one"));
        };
        let (p, ports, dut, script) = (self.params, &self.ports, &self.dut, &self.scripts[number]);
        self.same("sel_row_o", p.row_w(), row.into(), dut.get(ports.sel_row))?;
        let last = row + 1 == self.item(number).rows;
        self.same("sel_last_o", 1, last.into(), dut.get(ports.sel_last))?;
        for lane in 0..p.tokens {
            let at = (row * p.tokens + lane) as usize;
            let live = script.keys[at].live;
            let got = dut.get_field(ports.sel_live, lane, 1);
            self.same(&format!("sel_live_o {lane}"), 1, live.into(), got)?;
            let got = dut.get_field(ports.sel_exp, lane * EXP_W, EXP_W);
            let want = script.pass.exps[at].into();
            self.same(&format!("sel_exp_o {lane}"), EXP_W, want, got)?;
            if live {
                let got = dut.get_field(ports.sel_key, lane * KEY_W, KEY_W);
                let want = script.pass.ranks[at].into();
                self.same(&format!("sel_key_o {lane}"), KEY_W, want, got)?;
            }
        }
        Ok(true)
    }

    /// Checks the sums of a pass.
    fn check_sums(&mut self) -> Result<bool, Fault> {
        if self.dut.get(self.ports.res_valid) == 0 {
            return Ok(false);
        }
        let Some(number) = self.sums.pop_front() else {
            return Err(self.fault("res_valid_o", "no sums", "sums"));
        };
        let [certain, sum, part] = self.ports.res.map(|port| self.dut.get(port));
        let pass = &self.scripts[number].pass;
        let (want, item) = ([pass.sum, pass.part], self.item(number));
        self.same("res_certain_o", 1, item.certain.into(), certain)?;
        self.same("res_sum_o", SUM_W, want[0], sum)?;
        self.same("res_part_o", SUM_W, want[1], part)?;
        self.done[number] = true;
        Ok(true)
    }

    /// Checks marks and the end of a scan.
    fn check_scan(&mut self) -> Result<bool, Fault> {
        let (p, ports, dut) = (self.params, &self.ports, &self.dut);
        let [valid, end] = [ports.scan_valid, ports.scan_end].map(|port| dut.get(port) != 0);
        if valid {
            let Some((number, row)) = self.marks.pop_front() else {
                return Err(self.fault("scan_valid_o", "no marks", "a row of them"));
            };
            let scan = self.scripts[number].scan.as_ref().expect("a scan marks");
            self.same("scan_row_o", p.row_w(), row.into(), dut.get(ports.scan_row))?;
            for lane in 0..p.tokens {
                let want = scan.refine[(row * p.tokens + lane) as usize];
                let got = dut.get_field(ports.scan_mask, lane, 1);
                self.same(&format!("scan_mask_o {lane}"), 1, want.into(), got)?;
            }
        }
        if end {
            let read = self.reading.map(|(number, _)| number) != self.scanning;
            let Some(number) = self.scanning.take_if(|_| read && self.marks.is_empty()) else {
                return Err(self.fault("scan_end_o", "no end before all marks", "one"));
            };
            self.done[number] = true;
            self.verdict = Some(number);
        }
        if let Some(number) = self.verdict {
            let scan = self.scripts[number].scan.as_ref().expect("a scan ended");
            let any = u64::from(scan.refine.contains(&true));
            let rest = scan.rest.map_or(1 << p.score_w, |rest| rest as u64);
            let w = p.score_w + 1;
            let [got_any, got_rest] = [ports.scan_any, ports.scan_rest].map(|o| self.dut.get(o));
            self.same("scan_any_o", 1, any, got_any)?;
            self.same("scan_rest_o", w, rest & mask(w), got_rest)?;
        }
        Ok(valid || end)
    }

    fn same(&self, field: &str, width: u32, want: u64, got: u64) -> Result<(), Fault> {
        if want == got {
            return Ok(());
        }
        let say = |v: u64| spell(v, width, v as i64);
        Err(self.fault(field, &say(want), &say(got)))
    }

    /// Resets the device: passes without a result are sent again.
    fn reset(&mut self, length: u64) -> Result<(), Fault> {
        self.dut.set(self.ports.cmd_valid, 0);
        self.dut.set(self.ports.rst_n, 0);
        for _ in 0..length {
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
        }
        self.dut.set(self.ports.rst_n, 1);
        self.todo = (0..self.done.len()).filter(|&n| !self.done[n]).collect();
        (self.offered, self.reading, self.scanning) = (None, None, None);
        (self.asked, self.verdict) = ([None; 2], None);
        self.rows.clear();
        self.sums.clear();
        self.marks.clear();
        Ok(())
    }

    fn cycle(&self) -> u64 {
        self.dut.cycle() - self.start
    }

    #[cold]
    fn rtl_fault(&self, error: &RtlError) -> Fault {
        self.fault("check in the RTL", "no error", &error.message)
    }

    #[cold]
    fn fault(&self, field: &str, expected: &str, got: &str) -> Fault {
        Fault {
            transaction: self.done.iter().filter(|d| **d).count() as u64,
            cycle: self.cycle().saturating_sub(1),
            field: field.into(),
            expected: expected.into(),
            got: got.into(),
        }
    }
}
