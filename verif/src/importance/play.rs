// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays beats on the accumulators, cycle by cycle.

use std::collections::VecDeque;

use hwgen_golden::importance::{
    Access, Code, HEAD_ACC_W, Importance, ImportanceParams, TAG_W, TOKEN_ACC_W,
};

use super::coverage::{Coverage, Point};
use super::ports::Ports;
use super::{Item, Run};
use crate::report::{Fault, spell};
use hwgen_sim::dut::{Dut, RtlError, mask};
use hwgen_sim::rng::Rng;
use hwgen_sim::stream::{Monitor, Reset};

/// Cycles of the reset before a run.
const RESET_CYCLES: u32 = 3;
/// Cycles without any progress that no accumulator needs.
const PATIENCE: u64 = 500;
/// Cycles watched after the last beat.
const REST: u64 = 40;

/// A row of probabilities: number, data, lanes that count.
type Row = (u32, Vec<u32>, u64);

/// Drives and checks one device through one run.
pub(super) struct Player<'a> {
    params: &'a ImportanceParams,
    dut: &'a mut Dut,
    ports: Ports,
    run: &'a Run,
    rows: Vec<Row>,
    outputs: Vec<(u32, Vec<i16>)>,
    accesses: Vec<Access>,
    /// Rows, outputs and accesses that were taken.
    taken: [usize; 3],
    /// Whether a beat of each is on its port.
    offered: [bool; 3],
    /// Sums that are still to be written before anything else.
    set_up: Vec<Access>,
    model: Importance,
    /// Of accesses under way: whether the memory held more than noise, sum and tag.
    expected: VecDeque<(bool, Option<u64>, u64)>,
    /// Tag of the access on the port.
    tag: u64,
    noise: Rng,
    monitor: Monitor,
    start: u64,
    /// Number and cycle of the last row taken; kind and target of the last access that writes.
    last_row: Option<(u32, u64)>,
    last_write: Option<(bool, u32)>,
}

impl<'a> Player<'a> {
    /// Prepares to play `run` on a fresh device.
    pub(super) fn new(
        params: &'a ImportanceParams,
        dut: &'a mut Dut,
        run: &'a Run,
    ) -> Result<Self, Fault> {
        let ports = Ports::find(dut).map_err(|wrong| Fault {
            transaction: 0,
            cycle: 0,
            field: "ports".into(),
            expected: "the ports of the accumulators".into(),
            got: wrong,
        })?;
        let (mut rows, mut outputs, mut accesses) = (Vec::new(), Vec::new(), Vec::new());
        for item in &run.items {
            match *item {
                Item::Row { row, seed, shape } => {
                    let mut rng = Rng::new(seed);
                    let probs = shape.probs(&mut rng, params.tokens());
                    let keep = rng.draw() | if rng.chance(50) { u64::MAX } else { 0 };
                    rows.push((row, probs, keep & mask(params.tokens())));
                }
                Item::Output { head, seed, shape } => {
                    let data = shape.output(&mut Rng::new(seed), params.d_head);
                    outputs.push((head, data));
                }
                Item::Access {
                    head,
                    code,
                    index,
                    target,
                    data,
                    restart,
                } => accesses.push(Access {
                    head,
                    code: Code::ALL[code as usize],
                    index,
                    target,
                    data,
                    restart,
                }),
            }
        }
        Ok(Self {
            params,
            ports,
            run,
            rows,
            outputs,
            accesses,
            taken: [0; 3],
            offered: [false; 3],
            set_up: set_up(params),
            model: Importance::new(params.clone()),
            expected: VecDeque::new(),
            tag: 0,
            noise: Rng::new(!run.seed),
            monitor: Monitor::new(),
            start: 0,
            last_row: None,
            last_write: None,
            dut,
        })
    }

    /// Plays the run.
    pub(super) fn play(mut self, coverage: &mut Coverage) -> Result<(), Fault> {
        self.idle();
        self.dut
            .reset(RESET_CYCLES)
            .map_err(|error| self.rtl_fault(&error))?;
        self.start = self.dut.cycle();
        let stalls: u64 = self
            .run
            .stalls
            .iter()
            .map(hwgen_sim::stream::Stall::longest)
            .sum();
        let mut reset = self.run.reset;
        let mut progress = 0;
        let mut rest = 0;
        while rest < REST {
            let cycle = self.cycle();
            if let Some(Reset { length, .. }) = reset.take_if(|r| r.cycle <= cycle) {
                coverage.count(Point::Reset, self.taken != [0; 3]);
                self.reset(length)?;
                progress = self.cycle();
                continue;
            }
            self.offer(cycle);
            let ready = self.run.stalls[3].take(cycle, self.monitor.waiting());
            self.dut.set(self.ports.sum_ready, u64::from(ready));
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
            self.check_seen()?;
            let moved = self.check_answer(ready, coverage)? | self.accept(cycle, coverage)?;
            let all = [self.rows.len(), self.outputs.len(), self.accesses.len()];
            let done = self.taken == all && self.set_up.is_empty() && self.expected.is_empty();
            rest = if done { rest + 1 } else { 0 };
            if moved || done {
                progress = cycle;
            } else if cycle - progress > PATIENCE + stalls {
                let got = format!("nothing for {} cycles", cycle - progress);
                return Err(self.fault("a stream", "a beat", &got));
            }
        }
        if self.dut.get(self.ports.idle) == 0 {
            return Err(self.fault("idle_o", "1 at rest", "0"));
        }
        Ok(())
    }

    fn offer(&mut self, cycle: u64) {
        let Self {
            dut,
            ports,
            offered,
            taken,
            ..
        } = self;
        let ready = self.set_up.is_empty();
        let go = |stream: usize| self.run.stalls[stream].go(cycle);
        if !offered[0] {
            let due = self.rows.get(taken[0]).filter(|_| ready && go(0));
            let beat = due.map(|(row, probs, keep)| {
                // Lanes that do not count hold noise.
                let lane = |(lane, &p): (u32, &u32)| match keep >> lane & 1 {
                    1 => p,
                    _ => self.noise.draw() as u32,
                };
                let probs: Vec<u32> = (0..).zip(probs).map(lane).collect();
                (*row, probs, *keep)
            });
            offered[0] = beat.is_some();
            let beat = beat
                .as_ref()
                .map(|(row, probs, keep)| (*row, &probs[..], *keep));
            ports.core.put_row(dut, beat);
        }
        if !offered[1] {
            let due = self.outputs.get(taken[1]).filter(|_| ready && go(1));
            offered[1] = due.is_some();
            ports
                .core
                .put_output(dut, due.map(|(head, data)| (*head, &data[..])));
        }
        if !offered[2] {
            let next = self.set_up.last().or(self.accesses.get(taken[2]));
            let due = next.filter(|_| go(2));
            offered[2] = due.is_some();
            dut.set(ports.op_valid, u64::from(due.is_some()));
            if let Some(access) = due {
                let fields = [
                    u64::from(access.head),
                    u64::from(access.code.code()),
                    u64::from(access.index),
                    u64::from(access.target),
                    access.data,
                    u64::from(access.restart),
                    cycle & mask(TAG_W),
                ];
                for (&port, field) in ports.op.iter().zip(fields) {
                    dut.set(port, field);
                }
                self.tag = cycle & mask(TAG_W);
            }
        }
    }

    /// Tells the model which beats were taken; tells whether any was.
    fn accept(&mut self, cycle: u64, coverage: &mut Coverage) -> Result<bool, Fault> {
        let (dut, ports) = (&self.dut, &self.ports);
        let ready = [ports.core.prob_ready, ports.core.out_ready, ports.op_ready];
        let ready = ready.map(|port| dut.get(port) != 0);
        let took: [bool; 3] = std::array::from_fn(|i| self.offered[i] && ready[i]);
        coverage.count(
            Point::WaitingRow,
            self.offered[0] && !ready[0] && self.offered[2],
        );
        if took[2] && (took[0] || took[1]) {
            return Err(self.fault("op_ready_o", "no access beside a beat", "both"));
        }
        for (offered, took) in self.offered.iter_mut().zip(took) {
            *offered &= !took;
        }
        if took[0] {
            let (row, probs, keep) = &self.rows[self.taken[0]];
            let at_once = self.last_row == Some((*row, cycle.wrapping_sub(1)));
            coverage.count(Point::RepeatedRow, at_once);
            self.last_row = Some((*row, cycle));
            self.model.add_row(*row, probs, *keep);
            self.taken[0] += 1;
        }
        if took[1] {
            let (head, data) = &self.outputs[self.taken[1]];
            coverage.count(Point::StrayHead, *head >= self.params.max_heads);
            self.model.add_output(*head, data);
            self.taken[1] += 1;
        }
        if took[2] {
            let set_up = self.set_up.pop();
            let access = set_up.unwrap_or_else(|| self.accesses[self.taken[2]]);
            self.taken[2] += usize::from(set_up.is_none());
            let sum = self.model.access(&access);
            let largest = if access.head { HEAD_ACC_W } else { TOKEN_ACC_W };
            let full = sum == Some(mask(largest));
            coverage.count(Point::SaturatedToken, full && !access.head);
            coverage.count(Point::SaturatedHead, full && access.head);
            coverage.count(Point::Refused, sum.is_none());
            let done = sum.is_some() && set_up.is_none();
            coverage.count(Point::Copied, done && access.code == Code::Copy);
            coverage.count(Point::Written, done && access.code == Code::Write);
            coverage.count(Point::Restarted, done && access.restart);
            let here = Some((access.head, access.index));
            coverage.count(Point::Dependent, done && self.last_write == here);
            let writes = done && access.code != Code::Read;
            self.last_write = writes.then_some((access.head, access.target));
            let known = set_up.is_none();
            self.expected.push_back((known, sum, self.tag));
        }
        Ok(took.contains(&true))
    }

    /// Checks the answer on the port; tells whether one was taken.
    fn check_answer(&mut self, ready: bool, coverage: &mut Coverage) -> Result<bool, Fault> {
        let (dut, ports, monitor) = (&self.dut, &self.ports, &mut self.monitor);
        let valid = dut.get(ports.sum_valid) != 0;
        let held = monitor.check(valid, ready, |words| {
            words.extend(ports.sum.map(|port| dut.get(port)));
        });
        if let Err(broken) = held {
            return Err(self.fault("sum_valid_o", "a stable beat", &broken.to_string()));
        }
        coverage.count(Point::StalledAnswer, valid && !ready);
        if !valid || !ready {
            return Ok(false);
        }
        let Some((known, expected, tag)) = self.expected.pop_front() else {
            return Err(self.fault("sum_valid_o", "no answer before its access", "one"));
        };
        let [error, sum, got_tag] = self.ports.sum.map(|port| self.dut.get(port));
        self.same("sum_tag_o", TAG_W, tag, got_tag)?;
        if known {
            self.same("sum_error_o", 1, u64::from(expected.is_none()), error)?;
            self.same("sum_data_o", HEAD_ACC_W, expected.unwrap_or(0), sum)?;
        }
        Ok(true)
    }

    /// Checks what was seen, whenever the device says that it counts.
    fn check_seen(&self) -> Result<(), Fault> {
        if self.dut.get(self.ports.idle) == 0 || !self.expected.is_empty() {
            return Ok(());
        }
        let want = self.model.seen();
        let [token, head] = self.ports.seen.map(|port| self.dut.get(port));
        self.same("token_seen_o", TOKEN_ACC_W, want[0], token)?;
        self.same("head_seen_o", HEAD_ACC_W, want[1], head)
    }

    fn same(&self, field: &str, width: u32, want: u64, got: u64) -> Result<(), Fault> {
        if want == got {
            return Ok(());
        }
        let say = |v: u64| spell(v, width, v as i64);
        Err(self.fault(field, &say(want), &say(got)))
    }

    /// Resets the device: sums are noise again, beats under way are gone.
    fn reset(&mut self, length: u64) -> Result<(), Fault> {
        self.idle();
        self.dut.set(self.ports.rst_n, 0);
        for _ in 0..length {
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
        }
        self.dut.set(self.ports.rst_n, 1);
        self.offered = [false; 3];
        self.set_up = set_up(self.params);
        self.model = Importance::new(self.params.clone());
        self.expected.clear();
        self.monitor = Monitor::new();
        (self.last_row, self.last_write) = (None, None);
        Ok(())
    }

    fn idle(&mut self) {
        let (dut, ports) = (&mut *self.dut, &self.ports);
        for valid in [ports.core.prob_valid, ports.core.out_valid, ports.op_valid] {
            dut.set(valid, 0);
        }
        dut.set(ports.sum_ready, 0);
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
            transaction: self.taken.iter().sum::<usize>() as u64,
            cycle: self.cycle().saturating_sub(1),
            field: field.into(),
            expected: expected.into(),
            got: got.into(),
        }
    }
}

/// Lists the accesses that make all sums 0, last first.
fn set_up(params: &ImportanceParams) -> Vec<Access> {
    let zero = |head: bool, index: u32| Access {
        head,
        code: Code::Write,
        index,
        target: index,
        data: 0,
        restart: index == 0,
    };
    let tokens = (0..params.max_tokens).map(|i| zero(false, i));
    let heads = (0..params.max_heads).map(|i| zero(true, i));
    tokens.chain(heads).rev().collect()
}
