// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays beats on the accumulators.

use std::collections::VecDeque;

use hwgen_golden::importance::{
    Access, Code, HEAD_ACC_W, Importance, ImportanceParams, TAG_W, TOKEN_ACC_W,
};

use super::{ACCESSES, ANSWERS, Data, FromCore, Item, OUTPUTS, Point, ROWS, Run};
use crate::kit::{Beat, Io, Offer, Player, Take, output, same};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, Out, mask};
use hwgen_sim::rng::Rng;

/// Cycles without any progress that no accumulator needs.
const PATIENCE: u64 = 500;
/// Cycles watched after the last beat.
const REST: u64 = 39;

/// A row of probabilities: number, data, lanes that count.
type Row = (u32, Vec<u32>, u64);

/// Plays beats on accumulators.
pub(crate) struct ImportancePlayer<'a> {
    params: &'a ImportanceParams,
    run: &'a Run,
    core: FromCore,
    /// Head, code, index, target, data, restart, tag.
    op: Offer<7>,
    /// Error, data, tag.
    sum: Take<3>,
    token_seen: Out,
    head_seen: Out,
    idle: Out,
    rows: Vec<Row>,
    outputs: Vec<(u32, Vec<i16>)>,
    accesses: Vec<Access>,
    /// Rows, outputs and accesses that were taken.
    taken: [usize; 3],
    /// Sums that are still to be written before anything else.
    set_up: Vec<Access>,
    model: Importance,
    /// Of accesses under way: whether the memory held more than noise, sum and tag.
    expected: VecDeque<(bool, Option<u64>, u64)>,
    /// Tag of the access on the port.
    tag: u64,
    /// Number and cycle of the last row taken; kind and target of the last access that writes.
    last_row: Option<(u32, u64)>,
    last_write: Option<(bool, u32)>,
}

impl<'a> ImportancePlayer<'a> {
    /// Prepares to play `run`.
    pub(super) fn new(params: &'a ImportanceParams, dut: &Dut, run: &'a Run) -> Self {
        let (mut rows, mut outputs, mut accesses) = (Vec::new(), Vec::new(), Vec::new());
        for item in &run.items {
            match *item {
                Item::Row(Data {
                    number,
                    seed,
                    shape,
                }) => {
                    let mut rng = Rng::new(seed);
                    let probs = shape.probs(&mut rng, params.tokens());
                    let keep = rng.draw() | if rng.chance(50) { u64::MAX } else { 0 };
                    rows.push((number, probs, keep & mask(params.tokens())));
                }
                Item::Output(Data {
                    number,
                    seed,
                    shape,
                }) => {
                    let data = shape.output(&mut Rng::new(seed), params.d_head);
                    outputs.push((number, data));
                }
                Item::Access(access) => accesses.push(Access {
                    head: access.head,
                    code: Code::ALL[access.code as usize],
                    index: access.index,
                    target: access.target,
                    data: access.data,
                    restart: access.restart,
                }),
            }
        }
        let fields = ["head", "code", "index", "target", "data", "restart", "tag"];
        Self {
            params,
            run,
            core: FromCore::find(dut),
            op: Offer::find(dut, "op", fields),
            sum: Take::find(dut, "sum", ["error", "data", "tag"]),
            token_seen: output(dut, "token_seen_o"),
            head_seen: output(dut, "head_seen_o"),
            idle: output(dut, "idle_o"),
            rows,
            outputs,
            accesses,
            taken: [0; 3],
            set_up: set_up(params),
            model: Importance::new(params.clone()),
            expected: VecDeque::new(),
            tag: 0,
            last_row: None,
            last_write: None,
        }
    }

    /// Tells the model which beats were taken; tells whether any was.
    fn accept(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let cycle = io.clocked();
        let waits = self.core.prob.offered && !self.core.prob.ready(io);
        io.count(Point::WaitingRow, waits && self.op.offered);
        let took = [
            self.core.prob.taken(io),
            self.core.out.taken(io),
            self.op.taken(io),
        ];
        if took[2] && (took[0] || took[1]) {
            return Err(Fault::new("op_ready_o", "no access beside a beat", "both"));
        }
        if took[0] {
            let (row, probs, keep) = &self.rows[self.taken[0]];
            let at_once = self.last_row == Some((*row, cycle.wrapping_sub(1)));
            io.count(Point::RepeatedRow, at_once);
            self.last_row = Some((*row, cycle));
            self.model.add_row(*row, probs, *keep);
            self.taken[0] += 1;
        }
        if took[1] {
            let (head, data) = &self.outputs[self.taken[1]];
            io.count(Point::StrayHead, *head >= self.params.max_heads);
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
            io.count(Point::SaturatedToken, full && !access.head);
            io.count(Point::SaturatedHead, full && access.head);
            io.count(Point::Refused, sum.is_none());
            let done = sum.is_some() && set_up.is_none();
            io.count(Point::Copied, done && access.code == Code::Copy);
            io.count(Point::Written, done && access.code == Code::Write);
            io.count(Point::Restarted, done && access.restart);
            let here = Some((access.head, access.index));
            io.count(Point::Dependent, done && self.last_write == here);
            let writes = done && access.code != Code::Read;
            self.last_write = writes.then_some((access.head, access.target));
            let known = set_up.is_none();
            self.expected.push_back((known, sum, self.tag));
        }
        Ok(took.contains(&true))
    }

    /// Checks the answer on the port; tells whether one was taken.
    fn check_answer(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.sum.watch(io)?;
        io.count(Point::StalledAnswer, shown == Beat::Waits);
        if shown != Beat::Taken {
            return Ok(false);
        }
        let Some((known, expected, tag)) = self.expected.pop_front() else {
            return Err(self.sum.stray("no answer before its access", "one"));
        };
        let [error, sum, got_tag] = self.sum.values(io);
        same("sum_tag_o", TAG_W, tag, got_tag)?;
        if known {
            same("sum_error_o", 1, expected.is_none().into(), error)?;
            same("sum_data_o", HEAD_ACC_W, expected.unwrap_or(0), sum)?;
        }
        Ok(true)
    }

    /// Checks what was seen, whenever the device says that it counts.
    fn check_seen(&self, io: &Io<Point>) -> Result<(), Fault> {
        if !io.is(self.idle) || !self.expected.is_empty() {
            return Ok(());
        }
        let [token, head] = self.model.seen();
        same("token_seen_o", TOKEN_ACC_W, token, io.get(self.token_seen))?;
        same("head_seen_o", HEAD_ACC_W, head, io.get(self.head_seen))
    }
}

impl Player for ImportancePlayer<'_> {
    type Point = Point;

    fn patience(&self) -> u64 {
        PATIENCE + self.run.longest_stall()
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.core.quiet(io);
        self.op.offer(io, false);
        self.sum.quiet(io);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let (stalls, tag) = (&self.run.stalls, io.cycle() & mask(TAG_W));
        let ready = self.set_up.is_empty();
        let next = self.rows.get(self.taken[0]).filter(|_| ready);
        self.core.feed_row(io, &stalls[ROWS], next);
        let next = self.outputs.get(self.taken[1]).filter(|_| ready);
        self.core.feed_output(io, &stalls[OUTPUTS], next);
        if !self.op.offered {
            self.tag = tag;
        }
        let next = self.set_up.last().or(self.accesses.get(self.taken[2]));
        self.op
            .feed(io, &stalls[ACCESSES], next, |io, fields, access| {
                let values = [
                    u64::from(access.head),
                    u64::from(access.code.code()),
                    u64::from(access.index),
                    u64::from(access.target),
                    access.data,
                    u64::from(access.restart),
                    tag,
                ];
                io.put(fields, values);
            });
        self.sum.willing(io, &self.run.stalls[ANSWERS], false);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        self.check_seen(io)?;
        Ok(self.check_answer(io)? | self.accept(io)?)
    }

    fn done(&self) -> bool {
        let all = [self.rows.len(), self.outputs.len(), self.accesses.len()];
        self.taken == all && self.set_up.is_empty() && self.expected.is_empty()
    }

    /// Begins anew: sums are noise again, beats under way are gone.
    fn restart(&mut self, io: &mut Io<Point>) {
        io.count(Point::Reset, self.taken != [0; 3]);
        self.set_up = set_up(self.params);
        self.model = Importance::new(self.params.clone());
        self.expected.clear();
        (self.last_row, self.last_write) = (None, None);
    }

    fn under_way(&self) -> usize {
        self.taken.iter().sum()
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("a stream", "a beat")
    }

    fn finish(&mut self, io: &mut Io<Point>) -> Result<(), Fault> {
        if io.is(self.idle) {
            return Ok(());
        }
        Err(Fault::new("idle_o", "1 at rest", "0"))
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
