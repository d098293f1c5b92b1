// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays descriptors on a dispatch.

use hwgen_golden::dispatch::{DispatchParams, Kind};
use hwgen_sim::dut::{Dut, In, Out};

use super::around::{Ends, Held, Lists, Vectors};
use super::order::Order;
use super::script::{Blocks, Script, What};
use super::{DispatchBench, Point};
use crate::kit::{Io, Offer, Player, RunOf, Take, input, output, pack};
use crate::memory::{AxiRead, Memory};
use crate::report::Fault;

/// Cycles without progress that no dispatch needs.
const PATIENCE: u64 = 400;
/// Cycles watched after the last answer.
const REST: u64 = 40;

/// How an order must end, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Verdict {
    pub(super) code: u8,
    pub(super) addr: u64,
}

impl Verdict {
    /// Hears of a code: the lowest counts.
    pub(super) fn hear(&mut self, code: u8, addr: u64) {
        if code != 0 && (self.code == 0 || code < self.code) {
            (self.code, self.addr) = (code, addr);
        }
    }
}

/// Places in the script: how many of each have been taken.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gone {
    pub(super) records: usize,
    pub(super) tables: usize,
    pub(super) jobs: usize,
    pub(super) results: usize,
    pub(super) reads: usize,
    pub(super) feeds: usize,
    pub(super) appends: usize,
    pub(super) commands: usize,
    pub(super) answered_commands: usize,
    pub(super) ended_reads: usize,
    pub(super) ended: usize,
}

/// Plays descriptors on a dispatch.
pub(crate) struct DispatchPlayer<'a> {
    pub(super) params: DispatchParams,
    pub(super) run: &'a RunOf<DispatchBench>,
    pub(super) orders: &'a [Order],
    pub(super) desc: Offer<2>,
    pub(super) done: Take<3>,
    pub(super) job: Take<18>,
    pub(super) read: Take<4>,
    pub(super) feed: Take<4>,
    pub(super) result: Take<4>,
    pub(super) command: Take<6>,
    pub(super) append: Take<5>,
    pub(super) table: TableOut,
    pub(super) saves: [Out; 2],
    pub(super) read_done: Offer<1>,
    pub(super) answer: Offer<2>,
    pub(super) ends: Ends,
    pub(super) read_error: Held,
    pub(super) write_error: Held,
    pub(super) vectors: Vectors,
    pub(super) lists: Lists,
    pub(super) window: [In; 2],
    pub(super) attributes: [In; 2],
    pub(super) axi: AxiRead,
    pub(super) memory: Memory,
    pub(super) blocks: Blocks<'a>,
    pub(super) script: Script,
    pub(super) gone: Gone,
    pub(super) verdicts: Vec<Verdict>,
    /// Descriptors that have been offered, taken and answered.
    pub(super) offered: usize,
    pub(super) taken: usize,
    pub(super) answered: usize,
    /// An error was reported and is not cleared yet.
    pub(super) waits: [bool; 2],
    /// Cycles since the last result ended.
    pub(super) calm: u64,
    /// The cycle of the last entry of the table, and its order.
    pub(super) last: Option<(u64, usize)>,
    pub(super) bursts: u64,
}

/// The port of the table, which has no handshake.
pub(super) struct TableOut {
    pub(super) valid: Out,
    pub(super) index: Out,
    pub(super) bases: [Out; 2],
    pub(super) offsets: [Out; 2],
}

impl<'a> DispatchPlayer<'a> {
    /// Puts a player on a device.
    pub(super) fn new(
        dut: &Dut,
        params: &DispatchParams,
        run: &'a RunOf<DispatchBench>,
        axi: AxiRead,
        memory: Memory,
    ) -> Self {
        let out = |name: &str| output(dut, name);
        let mut player = Self {
            params: params.clone(),
            run,
            orders: &run.items,
            desc: Offer::find(dut, "desc", ["data", "code"]),
            done: Take::find(dut, "done", ["code", "addr", "count"]),
            job: Take::find(
                dut,
                "job",
                [
                    "head",
                    "keys",
                    "causal",
                    "first",
                    "k_start",
                    "k_max",
                    "v_count",
                    "rule",
                    "head_limit",
                    "eps_log2",
                    "pre_shift",
                    "mant",
                    "select",
                    "k",
                    "mass",
                    "renorm",
                    "bias",
                    "list",
                ],
            ),
            read: Take::find(dut, "read", ["addr", "bytes", "rows", "stride"]),
            feed: Take::find(dut, "feed", ["kind", "rows", "keys", "last"]),
            result: Take::find(dut, "result", ["addr", "stride", "queries", "index"]),
            command: Take::find(
                dut,
                "cascade_cmd",
                [
                    "op",
                    "tokens",
                    "heads",
                    "keep_tokens",
                    "keep_heads",
                    "window",
                ],
            ),
            append: Take::find(
                dut,
                "append",
                ["k_base", "v_base", "k_offset", "v_offset", "token"],
            ),
            table: TableOut {
                valid: out("table_valid_o"),
                index: out("table_index_o"),
                bases: ["table_k_base_o", "table_v_base_o"].map(out),
                offsets: ["table_k_offset_o", "table_v_offset_o"].map(out),
            },
            saves: ["save_tokens_addr_o", "save_heads_addr_o"].map(out),
            read_done: Offer::find(dut, "read_done", ["code"]),
            answer: Offer::find(dut, "cascade_ans", ["error", "tokens"]),
            ends: Ends::find(dut),
            read_error: Held::find(dut, "read"),
            write_error: Held::find(dut, "write"),
            vectors: Vectors::find(dut),
            lists: Lists::find(dut),
            window: ["window_base_i", "window_end_i"].map(|name| input(dut, name)),
            attributes: ["axprot_i", "axcache_i"].map(|name| input(dut, name)),
            axi,
            memory,
            blocks: Blocks::new(&run.items, run.seed),
            script: Script::default(),
            gone: Gone::default(),
            verdicts: Vec::new(),
            offered: 0,
            taken: 0,
            answered: 0,
            waits: [false; 2],
            calm: 0,
            last: None,
            bursts: 0,
        };
        player.rewind(0);
        player
    }

    /// Goes back to order `first`, of which nothing counts.
    fn rewind(&mut self, first: usize) {
        let (setup, blocks, memory) = (&self.run.setup, &mut self.blocks, &mut self.memory);
        self.script = Script::new(&self.params, self.orders, setup, first, blocks, memory);
        self.gone = Gone::default();
        self.verdicts = vec![Verdict::default(); self.orders.len()];
        for (&number, plan) in &self.script.plans {
            if let Some(fault) = &plan.fault {
                self.verdicts[number].hear(fault.code.value(), fault.address);
            }
        }
        (self.offered, self.taken, self.answered) = (first, first, first);
        self.waits = [false; 2];
        self.read_error.stands = None;
        self.write_error.stands = None;
        self.last = None;
        self.calm = 0;
    }

    /// Checks that something of `order` may come: it is offered, not yet taken, and if it is to be
    /// alone, everything before it has been answered.
    pub(super) fn may_come(&self, what: &str, order: Option<usize>) -> Result<usize, Fault> {
        let Some(order) = order else {
            return Err(Fault::new(what, "nothing", "something"));
        };
        if order >= self.offered {
            return Err(Fault::new(
                what,
                "nothing of a descriptor that was not offered",
                order,
            ));
        }
        let plans = &self.script.plans;
        let alone = plans.get(&order).is_some_and(|plan| plan.alone);
        let before = if alone {
            self.answered
        } else {
            // Behind anything but attention, everything of that has ended.
            let other = |o: &usize| {
                let given = plans.get(o).and_then(|plan| plan.given.as_ref());
                given.is_some_and(|given| given.kind != Kind::Attention) && self.is_open(*o)
            };
            let other = (self.answered..order).find(other);
            other.unwrap_or(self.answered + self.params.descriptors() as usize - 1)
        };
        if order > before {
            let want = format!("descriptor {before} at most");
            return Err(Fault::new(what, want, order));
        }
        Ok(order)
    }

    /// Tells whether something of an order is still to come, or to end.
    pub(super) fn is_open(&self, order: usize) -> bool {
        let (script, gone) = (&self.script, &self.gone);
        let ends = script
            .ends
            .get(gone.ended)
            .is_some_and(|e| e.order == order);
        let reads = script.reads.get(gone.ended_reads);
        let tables = script.tables.get(gone.tables);
        ends || reads.is_some_and(|r| r.order == order) || tables.is_some_and(|t| t.order == order)
    }

    /// Returns the jobs that are under way, by order.
    pub(super) fn under_way(&self, order: usize) -> usize {
        let tables = &self.script.tables[..self.gone.tables];
        let given = tables.iter().filter(|t| t.order == order).count();
        let ended = &self.script.ends[..self.gone.ended];
        given
            - ended
                .iter()
                .filter(|e| e.order == order && e.what == What::Job)
                .count()
    }
}

impl Player for DispatchPlayer<'_> {
    type Point = Point;

    fn patience(&self) -> u64 {
        PATIENCE + self.run.longest_stall() + 4 * self.run.setup.behaviour().patience()
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn begin(&mut self, io: &mut Io<Point>) {
        let (base, end) = self.run.setup.window;
        io.put(self.window, [base, end]);
        let (prot, cache) = self.run.setup.attributes;
        io.put(self.attributes, [prot, cache]);
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.desc.offer(io, false);
        self.done.quiet(io);
        self.job.quiet(io);
        self.read.quiet(io);
        self.feed.quiet(io);
        self.result.quiet(io);
        self.command.quiet(io);
        self.append.quiet(io);
        self.read_done.offer(io, false);
        self.answer.offer(io, false);
        self.ends.result.offer(io, false);
        self.ends.append.offer(io, false);
        self.ends.save.offer(io, false);
        self.vectors.quiet(io);
        self.lists.quiet(io);
        self.axi.quiet(io);
        self.begin(io);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let run = self.run;
        let next = self.orders.get(self.taken);
        self.desc
            .feed(io, &run.stalls[0], next, |io, [data, code], order| {
                let words = io.dut.words_mut(data);
                pack(words, 8, order.bytes.iter().map(|&byte| byte.into()));
                io.set(code, order.code);
            });
        self.offered = self.taken + usize::from(self.desc.offered);
        self.drive_answers(io);
        let moved = self.lists.drive(io, &run.stalls[4]);
        let at_rest = self.done();
        self.done.willing(io, &run.stalls[5], at_rest);
        self.job.willing(io, &run.stalls[6], at_rest);
        self.read.willing(io, &run.stalls[7], at_rest);
        self.feed.willing(io, &run.stalls[8], at_rest);
        self.result.willing(io, &run.stalls[9], at_rest);
        self.command.willing(io, &run.stalls[7], at_rest);
        self.append.willing(io, &run.stalls[6], at_rest);
        self.axi.drive(io, &mut self.memory);
        moved
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        self.check_table(io)?;
        let mut moved = self.check_records(io)?;
        moved |= self.check_job(io)?;
        moved |= self.check_reads(io)?;
        moved |= self.check_others(io)?;
        moved |= self.check_ends(io)?;
        moved |= self.check_done(io)?;
        if self.desc.taken(io) {
            self.count(io, self.taken);
            self.taken += 1;
            moved = true;
        }
        Ok(moved)
    }

    fn done(&self) -> bool {
        self.answered == self.orders.len()
    }

    fn restart(&mut self, io: &mut Io<Point>) {
        let some = (self.answered..self.offered).any(|order| self.under_way(order) > 0);
        io.count(Point::Reset, some);
        self.rewind(self.answered);
    }

    fn under_way(&self) -> usize {
        self.answered
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("done_valid_o", "an answer")
    }

    fn finish(&mut self, _: &mut Io<Point>) -> Result<(), Fault> {
        let left =
            self.script.jobs.len() - self.gone.jobs + self.script.reads.len() - self.gone.reads;
        if left == 0 {
            return Ok(());
        }
        Err(Fault::new("ports", "all that was due", "less"))
    }
}
