// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays layers and commands on cascade pruning.

use std::collections::VecDeque;

use hwgen_golden::cascade::{Command, CommandError, Engine, EngineParams, Op};

use super::count::count;
use super::{COMMANDS, Case, LISTS, OUTPUTS, Point, ROWS};
use crate::benches::importance::{FromCore, Shape};
use crate::kit::{Beat, Io, Offer, Player, Stall, Take};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, mask};
use hwgen_sim::rng::Rng;

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

/// Plays commands on a block.
pub(crate) struct CascadePlayer<'a> {
    params: &'a EngineParams,
    stalls: Vec<Stall>,
    cases: &'a [Case],
    /// Op, tokens, heads, kept tokens, kept heads, window.
    cmd: Offer<6>,
    core: FromCore,
    /// Position, token, sum, last.
    list: Take<4>,
    /// Index, sum, last.
    head: Take<3>,
    /// Error, tokens, heads.
    ans: Take<3>,
    pub(super) model: Engine,
    pub(super) traffic: Traffic,
    /// The case that is next.
    at: usize,
    /// The command that goes out once the traffic has, until it is taken.
    pub(super) command: Option<Command>,
    /// What is still to come.
    tokens: VecDeque<[u64; 4]>,
    heads: VecDeque<[u64; 3]>,
    answers: VecDeque<[u64; 3]>,
    /// What the device has said of the running command: tokens and heads.
    pub(super) said: [Vec<u32>; 2],
    /// Commands answered.
    answered: usize,
    /// Cycle in which the running command was taken, and the most it may take.
    deadline: Option<(u64, u64)>,
}

impl<'a> CascadePlayer<'a> {
    /// Prepares to play `cases`.
    pub(super) fn new(
        params: &'a EngineParams,
        dut: &Dut,
        stalls: Vec<Stall>,
        cases: &'a [Case],
    ) -> Self {
        let cmd = [
            "op",
            "tokens",
            "heads",
            "keep_tokens",
            "keep_heads",
            "window",
        ];
        Self {
            params,
            stalls,
            cases,
            cmd: Offer::find(dut, "cmd", cmd),
            core: FromCore::find(dut),
            list: Take::find(dut, "list", ["position", "token", "sum", "last"]),
            head: Take::find(dut, "head", ["index", "sum", "last"]),
            ans: Take::find(dut, "ans", ["error", "tokens", "heads"]),
            model: Engine::new(params.clone()),
            traffic: Traffic::default(),
            at: 0,
            command: None,
            tokens: VecDeque::new(),
            heads: VecDeque::new(),
            answers: VecDeque::new(),
            said: Default::default(),
            answered: 0,
            deadline: None,
        }
    }

    /// Tells whether everything has come that commands so far give.
    pub(super) fn settled(&self) -> bool {
        self.tokens.is_empty() && self.heads.is_empty() && self.answers.is_empty()
    }

    /// Draws a layer's traffic and tells the model.
    fn load(&mut self, io: &mut Io<Point>, case: &Case) {
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
            let seen = match rng.below(100) {
                0..60 => count,
                // Positions behind the last survivor count for nothing.
                60..70 => 1 + rng.below(p.max_tokens.into()) as usize,
                _ => 1 + rng.below(count as u64) as usize,
            };
            io.count(Point::Beyond, seen > count);
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
                self.traffic.rows.push_back((row, data, keep));
            }
            survivors.add_probs(&probs);
        }
        for _ in 0..case.outputs {
            let heads = survivors.heads();
            let (mut head, mut shape) = (heads[rng.below(heads.len() as u64) as usize], case.shape);
            if rng.chance(15) {
                // Nor do heads that have left or that the sequence never had, loud as they may be.
                let most = if rng.chance(70) { p.max_heads } else { 256 };
                (head, shape) = (rng.below(most.into()) as u32, Shape::Extreme);
            }
            io.count(Point::Strange, heads.binary_search(&head).is_err());
            let output = shape.output(&mut rng, p.d_head);
            survivors.add_output(head, &output);
            self.traffic.outputs.push_back((head, output));
        }
    }

    /// Runs the model on a command that was taken and notes what must come.
    fn expect(&mut self, io: &mut Io<Point>, command: &Command) {
        let before = self.model.clone();
        let error = self.model.command(command);
        self.said = Default::default();
        count(self.params, &before, command, error, &self.model, io);
        let (mut tokens, mut heads) = (0, 0);
        if let Some(survivors) = self.model.survivors() {
            (tokens, heads) = (survivors.tokens().len(), survivors.heads().len());
            if error == CommandError::Ok {
                let sums = survivors.token_importance().sums();
                for (position, &token) in survivors.tokens().iter().enumerate() {
                    self.tokens.push_back([
                        position as u64,
                        u64::from(token),
                        u64::from(sums[token as usize]),
                        u64::from(position + 1 == tokens),
                    ]);
                }
                let sums = survivors.head_importance().sums();
                for (i, &head) in survivors.heads().iter().enumerate() {
                    self.heads.push_back([
                        u64::from(head),
                        sums[head as usize],
                        u64::from(i + 1 == heads),
                    ]);
                }
            }
        }
        let answer = [u64::from(error.code()), tokens as u64, heads as u64];
        self.answers.push_back(answer);
        // Before the first start the counts say nothing yet, but they are 0.
        let calm = self.stalls[LISTS..].iter().all(|s| *s == Stall::NONE);
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
        self.deadline = calm.then_some((io.clocked(), u64::from(most)));
    }

    /// Checks the streams of the device; tells whether anything moved.
    fn check_streams(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let list = self.list.watch(io)?;
        if list == Beat::Taken {
            let want = self.tokens.pop_front();
            self.list.expect(io, want)?;
            self.said[0].push(self.list.values(io)[1] as u32);
        }
        let head = self.head.watch(io)?;
        if head == Beat::Taken {
            let want = self.heads.pop_front();
            self.head.expect(io, want)?;
            self.said[1].push(self.head.values(io)[0] as u32);
        }
        let ans = self.ans.watch(io)?;
        if ans == Beat::Taken {
            if !self.tokens.is_empty() || !self.heads.is_empty() {
                return Err(self.ans.stray("no answer before its lists", "one"));
            }
            let want = self.answers.pop_front();
            self.ans.expect(io, want)?;
            self.answer(io)?;
        }
        for stream in [list, head] {
            io.count(Point::StalledList, stream == Beat::Waits);
        }
        io.count(Point::StalledAnswer, ans == Beat::Waits);
        Ok([list, head, ans].contains(&Beat::Taken))
    }

    /// Notes an answer and holds the device to its cycles.
    fn answer(&mut self, io: &Io<Point>) -> Result<(), Fault> {
        self.answered += 1;
        if let Some((taken, most)) = self.deadline.take() {
            let took = io.clocked() - taken;
            if took > most {
                let most = format!("at most {most} cycles");
                return Err(Fault::new("cycles to the answer", most, took));
            }
        }
        Ok(())
    }
}

impl Player for CascadePlayer<'_> {
    type Point = Point;

    fn patience(&self) -> u64 {
        let p = &self.params.importance;
        let most = self.params.command_cycles(p.max_tokens, p.max_heads, true);
        let stalls: u64 = self.stalls.iter().map(Stall::longest).sum();
        PATIENCE + stalls + u64::from(most)
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.cmd.offer(io, false);
        self.core.quiet(io);
        self.list.quiet(io);
        self.head.quiet(io);
        self.ans.quiet(io);
    }

    /// Puts traffic on the ports, and the command once the traffic has gone out. Beats of the next
    /// layer come while a command runs, unless it is the last.
    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        if let (None, Some(case)) = (self.command, self.cases.get(self.at)) {
            self.load(io, case);
            self.command = Some(case.command());
        }
        let (traffic, stalls) = (&self.traffic, &self.stalls);
        self.core.feed_row(io, &stalls[ROWS], traffic.rows.front());
        let next = traffic.outputs.front();
        self.core.feed_output(io, &stalls[OUTPUTS], next);
        let through = traffic.rows.is_empty() && traffic.outputs.is_empty();
        let next = self.command.filter(|_| through);
        self.cmd.feed(io, &stalls[COMMANDS], next, |io, fields, c| {
            let values = [
                c.op.code(),
                c.tokens,
                c.heads,
                c.keep_tokens,
                c.keep_heads,
                c.window,
            ];
            io.put(fields, values);
        });
        self.list.willing(io, &stalls[LISTS], false);
        self.head.willing(io, &stalls[LISTS + 1], false);
        self.ans.willing(io, &stalls[LISTS + 2], false);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let moved = self.check_streams(io)?;
        let early = self.core.prob.offered || self.core.out.offered;
        io.count(Point::EarlyBeat, early && !self.settled());
        let [row, output, command] = [
            self.core.prob.taken(io),
            self.core.out.taken(io),
            self.cmd.taken(io),
        ];
        if row {
            self.traffic.rows.pop_front();
        }
        if output {
            self.traffic.outputs.pop_front();
        }
        if let Some(command) = self.command.take_if(|_| command) {
            self.expect(io, &command);
            self.at += 1;
        }
        Ok(moved || row || output || command)
    }

    fn done(&self) -> bool {
        self.command.is_none() && self.at >= self.cases.len() && self.settled()
    }

    fn may_reset(&self) -> bool {
        self.at < self.cases.len()
    }

    /// Forgets everything; the sequence begins anew.
    fn restart(&mut self, io: &mut Io<Point>) {
        io.count(Point::Reset, self.model.survivors().is_some());
        let first = |c: &Case| c.op == Op::Start.code();
        let begun = self.cases[..=self.at].iter().rev().position(first);
        self.at -= begun.unwrap_or(0);
        self.command = None;
        self.traffic = Traffic::default();
        self.tokens.clear();
        self.heads.clear();
        self.answers.clear();
        self.model = Engine::new(self.params.clone());
        self.deadline = None;
    }

    fn under_way(&self) -> usize {
        self.answered
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("a stream", "a beat")
    }
}
