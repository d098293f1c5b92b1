// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays layers and commands on cascade pruning, cycle by cycle.

use std::collections::VecDeque;

use hwgen_golden::cascade::{Command, CommandError, Engine, EngineParams, Op};
use hwgen_golden::importance::rank_keys;

use super::coverage::{Coverage, Point};
use super::ports::{Ports, fields};
use super::{Case, Run};
use crate::report::{Fault, spell};
use hwgen_sim::dut::{Dut, RtlError, mask};
use hwgen_sim::rng::Rng;
use hwgen_sim::stream::{Monitor, Reset, Stall};

/// Cycles of the reset before a run.
const RESET_CYCLES: u32 = 3;
/// Cycles without any progress that no block needs, whatever its size.
const PATIENCE: u64 = 1_000;
/// Cycles watched after the last command.
const REST: u64 = 40;

/// A row of probabilities: number, data, lanes that count.
pub(super) type Row = (u32, Vec<u32>, u64);

/// Beats of a layer that have not been taken.
#[derive(Default)]
pub(super) struct Traffic {
    pub(super) rows: VecDeque<Row>,
    pub(super) outputs: VecDeque<(u32, Vec<i16>)>,
}

/// Drives and checks one device.
pub(super) struct Player<'a> {
    params: &'a EngineParams,
    dut: &'a mut Dut,
    ports: Ports,
    fields: [Vec<(&'static str, u32)>; 3],
    stalls: [Stall; 6],
    pub(super) model: Engine,
    pub(super) traffic: Traffic,
    /// Whether a beat of each is on its port: command, row, output.
    offered: [bool; 3],
    /// Fields that are still to come: tokens, heads, answers.
    expected: [VecDeque<Vec<u64>>; 3],
    /// What the device has said of the running command: tokens and heads.
    pub(super) said: [Vec<u32>; 2],
    noise: Rng,
    monitors: [Monitor; 3],
    start: u64,
    progress: u64,
    /// Commands answered.
    answered: u64,
    /// Cycle in which the running command was taken, and the most it may take.
    deadline: Option<(u64, u64)>,
}

impl<'a> Player<'a> {
    /// Prepares a fresh device.
    pub(super) fn new(
        params: &'a EngineParams,
        dut: &'a mut Dut,
        stalls: [Stall; 6],
        seed: u64,
    ) -> Result<Self, Fault> {
        let ports = Ports::find(dut, params).map_err(|wrong| Fault {
            transaction: 0,
            cycle: 0,
            field: "ports".into(),
            expected: "the ports of cascade pruning".into(),
            got: wrong,
        })?;
        let mut player = Self {
            params,
            ports,
            fields: fields(params),
            stalls,
            model: Engine::new(params.clone()),
            traffic: Traffic::default(),
            offered: [false; 3],
            expected: Default::default(),
            said: Default::default(),
            noise: Rng::new(!seed),
            monitors: std::array::from_fn(|_| Monitor::new()),
            start: 0,
            progress: 0,
            answered: 0,
            deadline: None,
            dut,
        };
        player.idle();
        let reset = player.dut.reset(RESET_CYCLES);
        reset.map_err(|error| player.rtl_fault(&error))?;
        player.start = player.dut.cycle();
        Ok(player)
    }

    /// Plays a run.
    pub(super) fn play(mut self, run: &Run, coverage: &mut Coverage) -> Result<(), Fault> {
        let mut reset = run.reset;
        let mut at = 0;
        while let Some(case) = run.cases.get(at) {
            self.load(case);
            let command = case.command();
            let mut sent = false;
            // Beats of the next layer come while this command runs, unless it is the last.
            while !sent {
                if let Some(Reset { length, .. }) = reset.take_if(|r| r.cycle <= self.cycle()) {
                    let under_way = self.model.survivors().is_some();
                    coverage.count(Point::Reset, under_way);
                    self.reset(length)?;
                    // The sequence is gone; it begins anew.
                    let first = |c: &&Case| c.op == Op::Start.code();
                    let begun = run.cases[..=at].iter().rev().position(|c| first(&c));
                    at -= begun.unwrap_or(0);
                    break;
                }
                sent = self.step(Some(&command), coverage)?;
            }
            at += usize::from(sent);
        }
        self.settle(coverage)?;
        for _ in 0..REST {
            self.step(None, coverage)?;
        }
        Ok(())
    }

    /// Runs until everything that is due has come.
    pub(super) fn settle(&mut self, coverage: &mut Coverage) -> Result<(), Fault> {
        while self.expected.iter().any(|due| !due.is_empty()) {
            self.step(None, coverage)?;
        }
        Ok(())
    }

    /// Gives a command behind the traffic that is loaded and runs until it is taken.
    pub(super) fn command(
        &mut self,
        command: &Command,
        coverage: &mut Coverage,
    ) -> Result<(), Fault> {
        while !self.step(Some(command), coverage)? {}
        Ok(())
    }

    /// Draws a layer's traffic and tells the model.
    fn load(&mut self, case: &Case) {
        self.traffic = Traffic::default();
        let p = &self.params.importance;
        let Some(survivors) = self.model.survivors_mut() else {
            return;
        };
        let mut rng = Rng::new(case.seed);
        let tokens = p.tokens() as usize;
        let count = survivors.tokens().len();
        for _ in 0..case.queries {
            // Causal queries see the first of them.
            let seen = if rng.chance(60) {
                count
            } else {
                1 + rng.below(count as u64) as usize
            };
            let mut probs = case.shape.probs(&mut rng, seen as u32);
            for (row, here) in (0..).zip(probs.chunks_mut(tokens)) {
                let mut keep = mask(here.len() as u32);
                if rng.chance(20) {
                    // A bias has masked some.
                    keep &= rng.draw();
                }
                for (lane, prob) in here.iter_mut().enumerate() {
                    *prob *= u32::from(keep >> lane & 1 == 1);
                }
                let mut data = here.to_vec();
                data.resize(tokens, 0);
                for (lane, prob) in data.iter_mut().enumerate() {
                    if keep >> lane & 1 == 0 {
                        *prob = self.noise.below(1 << 17) as u32;
                    }
                }
                self.traffic.rows.push_back((row, data, keep));
            }
            survivors.add_probs(&probs);
        }
        for _ in 0..case.outputs {
            let heads = survivors.heads();
            let head = heads[rng.below(heads.len() as u64) as usize];
            let output = case.shape.output(&mut rng, p.d_head);
            survivors.add_output(head, &output);
            self.traffic.outputs.push_back((head, output));
        }
    }

    /// Plays one cycle; `command` goes out once the traffic has. Tells whether it was taken.
    fn step(&mut self, command: Option<&Command>, coverage: &mut Coverage) -> Result<bool, Fault> {
        let cycle = self.cycle();
        self.offer(cycle, command);
        let waited: [bool; 3] = std::array::from_fn(|i| self.monitors[i].waiting());
        let ready: [bool; 3] = std::array::from_fn(|i| self.stalls[i + 3].take(cycle, waited[i]));
        for (port, ready) in self.ports.ready.into_iter().zip(ready) {
            self.dut.set(port, u64::from(ready));
        }
        self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
        let mut moved = self.check(ready, coverage)?;
        let (dut, ports) = (&self.dut, &self.ports);
        let can = [ports.cmd_ready, ports.core.prob_ready, ports.core.out_ready];
        let can = can.map(|port| dut.get(port) != 0);
        let took: [bool; 3] = std::array::from_fn(|i| self.offered[i] && can[i]);
        let running = self.expected.iter().any(|due| !due.is_empty());
        let early = self.offered[1] || self.offered[2];
        coverage.count(Point::EarlyBeat, early && running);
        for (offered, took) in self.offered.iter_mut().zip(took) {
            *offered &= !took;
            moved |= took;
        }
        if took[1] {
            self.traffic.rows.pop_front();
        }
        if took[2] {
            self.traffic.outputs.pop_front();
        }
        if let (true, Some(command)) = (took[0], command) {
            self.expect(command, cycle, coverage);
        }
        if moved {
            self.progress = cycle;
        }
        self.watch(cycle)?;
        Ok(took[0])
    }

    /// Gives up on a device from which nothing comes.
    fn watch(&self, cycle: u64) -> Result<(), Fault> {
        let idle = cycle - self.progress;
        let p = &self.params.importance;
        let stalls: u64 = self.stalls.iter().map(Stall::longest).sum();
        let most = self.params.command_cycles(p.max_tokens, p.max_heads, true);
        let due = self.expected.iter().any(|due| !due.is_empty()) || self.offered.contains(&true);
        if due && idle > PATIENCE + stalls + u64::from(most) {
            let got = format!("nothing for {idle} cycles");
            return Err(self.fault("a stream", "a beat", &got));
        }
        Ok(())
    }

    fn offer(&mut self, cycle: u64, command: Option<&Command>) {
        let Self {
            dut,
            ports,
            offered,
            traffic,
            stalls,
            ..
        } = self;
        if !offered[1] {
            let due = traffic.rows.front().filter(|_| stalls[1].go(cycle));
            let due = due.map(|(row, data, keep)| (*row, &data[..], *keep));
            offered[1] = due.is_some();
            ports.core.put_row(dut, due);
        }
        if !offered[2] {
            let due = traffic.outputs.front().filter(|_| stalls[2].go(cycle));
            let due = due.map(|(head, data)| (*head, &data[..]));
            offered[2] = due.is_some();
            ports.core.put_output(dut, due);
        }
        if !offered[0] {
            let through = traffic.rows.is_empty() && traffic.outputs.is_empty();
            let due = command.filter(|_| through && stalls[0].go(cycle));
            offered[0] = due.is_some();
            ports.put_command(dut, due);
        }
    }

    /// Runs the model on a command that was taken and notes what must come.
    fn expect(&mut self, command: &Command, cycle: u64, coverage: &mut Coverage) {
        let before = self.model.clone();
        let error = self.model.command(command);
        self.said = Default::default();
        count(self.params, &before, command, error, &self.model, coverage);
        let (mut tokens, mut heads) = (0, 0);
        if let Some(survivors) = self.model.survivors() {
            (tokens, heads) = (survivors.tokens().len(), survivors.heads().len());
            if error == CommandError::Ok {
                let sums = survivors.token_importance().sums();
                for (position, &token) in survivors.tokens().iter().enumerate() {
                    self.expected[0].push_back(vec![
                        position as u64,
                        u64::from(token),
                        u64::from(sums[token as usize]),
                        u64::from(position + 1 == tokens),
                    ]);
                }
                let sums = survivors.head_importance().sums();
                for (i, &head) in survivors.heads().iter().enumerate() {
                    self.expected[1].push_back(vec![
                        u64::from(head),
                        sums[head as usize],
                        u64::from(i + 1 == heads),
                    ]);
                }
            }
        }
        let answer = vec![u64::from(error.code()), tokens as u64, heads as u64];
        self.expected[2].push_back(answer);
        // Before the first start the counts say nothing yet, but they are 0.
        let calm = self.stalls[3..].iter().all(|s| *s == Stall::NONE);
        let most = match before.survivors() {
            _ if command.op == Op::Start => {
                self.params
                    .command_cycles(command.tokens, command.heads, true)
            }
            Some(s) => {
                let (t, h) = (s.tokens().len() + 1, s.heads().len());
                self.params.command_cycles(t as u32, h as u32, false)
            }
            None => 16,
        };
        self.deadline = calm.then_some((cycle, u64::from(most)));
    }

    /// Checks the streams of the device; tells whether anything moved.
    fn check(&mut self, ready: [bool; 3], coverage: &mut Coverage) -> Result<bool, Fault> {
        let mut moved = false;
        for (i, ready) in ready.into_iter().enumerate() {
            let (port, name, payload) = &self.ports.streams[i];
            let name = *name;
            let valid = self.dut.get(*port) != 0;
            let got: Vec<u64> = if valid {
                payload.iter().map(|&port| self.dut.get(port)).collect()
            } else {
                Vec::new()
            };
            let held = self.monitors[i].check(valid, ready, |words| {
                words.extend_from_slice(&got);
            });
            if let Err(broken) = held {
                return Err(self.fault(name, "a stable beat", &broken.to_string()));
            }
            if valid && !ready {
                coverage.count(Point::StalledList, i < 2);
                coverage.count(Point::StalledAnswer, i == 2);
            }
            if !valid || !ready {
                continue;
            }
            moved = true;
            if i == 2 && (!self.expected[0].is_empty() || !self.expected[1].is_empty()) {
                return Err(self.fault(name, "no answer before its lists", "one"));
            }
            let Some(want) = self.expected[i].pop_front() else {
                return Err(self.fault(name, "no beat", "one"));
            };
            for (((field, width), want), got) in self.fields[i].iter().zip(want).zip(&got) {
                if want != *got {
                    let say = |v: u64| spell(v, *width, v as i64);
                    return Err(self.fault(field, &say(want), &say(*got)));
                }
            }
            match i {
                0 => self.said[0].push(got[1] as u32),
                1 => self.said[1].push(got[0] as u32),
                _ => self.answer()?,
            }
        }
        Ok(moved)
    }

    /// Notes an answer and holds the device to its cycles.
    fn answer(&mut self) -> Result<(), Fault> {
        self.answered += 1;
        if let Some((taken, most)) = self.deadline.take() {
            let took = self.cycle() - 1 - taken;
            if took > most {
                let (want, got) = (format!("at most {most} cycles"), took.to_string());
                return Err(self.fault("cycles to the answer", &want, &got));
            }
        }
        Ok(())
    }

    /// Resets the device; everything is forgotten.
    fn reset(&mut self, length: u64) -> Result<(), Fault> {
        self.idle();
        self.dut.set(self.ports.rst_n, 0);
        for _ in 0..length {
            self.dut.tick().map_err(|error| self.rtl_fault(&error))?;
        }
        self.dut.set(self.ports.rst_n, 1);
        self.offered = [false; 3];
        self.traffic = Traffic::default();
        self.expected = Default::default();
        self.model = Engine::new(self.params.clone());
        self.monitors = std::array::from_fn(|_| Monitor::new());
        self.deadline = None;
        self.progress = self.cycle();
        Ok(())
    }

    fn idle(&mut self) {
        let (dut, ports) = (&mut *self.dut, &self.ports);
        for valid in [ports.cmd_valid, ports.core.prob_valid, ports.core.out_valid] {
            dut.set(valid, 0);
        }
        for ready in ports.ready {
            dut.set(ready, 0);
        }
    }

    /// Returns the cycle, counted from the end of the first reset.
    pub(super) fn cycle(&self) -> u64 {
        self.dut.cycle() - self.start
    }

    #[cold]
    fn rtl_fault(&self, error: &RtlError) -> Fault {
        self.fault("check in the RTL", "no error", &error.message)
    }

    #[cold]
    fn fault(&self, field: &str, expected: &str, got: &str) -> Fault {
        Fault {
            transaction: self.answered,
            cycle: self.cycle().saturating_sub(1),
            field: field.into(),
            expected: expected.into(),
            got: got.into(),
        }
    }
}

/// Counts what a command brought about.
fn count(
    params: &EngineParams,
    before: &Engine,
    command: &Command,
    error: CommandError,
    after: &Engine,
    coverage: &mut Coverage,
) {
    let refusals = [
        (CommandError::Op, Point::RefusedOp),
        (CommandError::Tokens, Point::RefusedTokens),
        (CommandError::Heads, Point::RefusedHeads),
        (CommandError::Keep, Point::RefusedKeep),
    ];
    for (reason, point) in refusals {
        coverage.count(point, error == reason);
    }
    let Some(now) = after.survivors().filter(|_| error == CommandError::Ok) else {
        return;
    };
    coverage.count(Point::Joined, command.op == Op::Token);
    let full = now.token_importance().sums().len() as u32 == params.importance.max_tokens;
    coverage.count(Point::FullLength, full);
    let Some(was) = before.survivors().filter(|_| command.op == Op::Layer) else {
        return;
    };
    let fewer = now.tokens().len() < was.tokens().len();
    coverage.count(Point::PrunedTokens, fewer);
    coverage.count(Point::PrunedHeads, now.heads().len() < was.heads().len());
    coverage.count(Point::KeptAll, !fewer);
    coverage.count(
        Point::WindowWon,
        fewer && command.window > command.keep_tokens,
    );
    let sums = was.token_importance().sums();
    let all: Vec<u64> = was
        .tokens()
        .iter()
        .map(|&t| sums[t as usize].into())
        .collect();
    let keys = rank_keys(&all, params.key_w);
    coverage.count(Point::CutTokens, keys != all);
    let open = was.tokens().len().saturating_sub(command.window as usize);
    let stays = |at: usize| now.tokens().binary_search(&was.tokens()[at]).is_ok();
    let weakest = (0..open).filter(|&at| stays(at)).map(|at| keys[at]).min();
    let strongest = (0..open).filter(|&at| !stays(at)).map(|at| keys[at]).max();
    coverage.count(Point::Tied, weakest.is_some() && weakest == strongest);
    let recent = (open..keys.len()).map(|at| keys[at]).min();
    coverage.count(Point::Protected, recent.is_some() && recent < strongest);
    let sums = was.head_importance().sums();
    let all: Vec<u64> = was.heads().iter().map(|&h| sums[h as usize]).collect();
    coverage.count(Point::CutHeads, rank_keys(&all, params.key_w) != all);
}
