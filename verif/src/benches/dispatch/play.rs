// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays descriptors on a dispatch.

use hwgen_golden::command::Code;
use hwgen_golden::dispatch::{DESCRIPTORS, DispatchParams, Feed, Kind};
use hwgen_sim::dut::{Dut, In, mask};

use super::around::{Ends, Held, Lists, Vectors};
use super::order::Order;
use super::script::{Blocks, End, Script, What};
use super::{DispatchBench, Point};
use crate::kit::{Beat as Shown, Io, Offer, Player, RunOf, Take, input, pack, same};
use crate::memory::{AxiRead, Memory};
use crate::report::Fault;

/// Cycles without progress that no dispatch needs.
const PATIENCE: u64 = 400;
/// Cycles watched after the last answer.
const REST: u64 = 40;

/// How an order must end, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
struct Verdict {
    code: u8,
    addr: u64,
}

impl Verdict {
    /// Hears of a code: the lowest counts.
    fn hear(&mut self, code: u8, addr: u64) {
        if code != 0 && (self.code == 0 || code < self.code) {
            (self.code, self.addr) = (code, addr);
        }
    }
}

/// Places in the script: how many of each have been taken.
#[derive(Debug, Clone, Copy, Default)]
struct Gone {
    records: usize,
    tables: usize,
    jobs: usize,
    results: usize,
    reads: usize,
    feeds: usize,
    appends: usize,
    commands: usize,
    answered_commands: usize,
    ended_reads: usize,
    ended: usize,
}

/// Plays descriptors on a dispatch.
pub(crate) struct DispatchPlayer<'a> {
    params: DispatchParams,
    run: &'a RunOf<DispatchBench>,
    orders: &'a [Order],
    desc: Offer<2>,
    done: Take<3>,
    job: Take<18>,
    read: Take<4>,
    feed: Take<4>,
    result: Take<4>,
    command: Take<6>,
    append: Take<5>,
    table: TableOut,
    saves: [hwgen_sim::dut::Out; 2],
    read_done: Offer<1>,
    answer: Offer<2>,
    ends: Ends,
    read_error: Held,
    write_error: Held,
    vectors: Vectors,
    lists: Lists,
    window: [In; 2],
    attributes: [In; 2],
    axi: AxiRead,
    memory: Memory,
    blocks: Blocks<'a>,
    script: Script,
    gone: Gone,
    verdicts: Vec<Verdict>,
    /// Descriptors that have been offered, taken and answered.
    offered: usize,
    taken: usize,
    answered: usize,
    /// An error was reported and is not cleared yet.
    waits: [bool; 2],
    /// Cycles since the last result ended.
    calm: u64,
    /// The cycle of the last entry of the table, and its order.
    last: Option<(u64, usize)>,
    bursts: u64,
}

/// The port of the table, which has no handshake.
struct TableOut {
    valid: hwgen_sim::dut::Out,
    index: hwgen_sim::dut::Out,
    bases: [hwgen_sim::dut::Out; 2],
    offsets: [hwgen_sim::dut::Out; 2],
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
        let out = |name: &str| crate::kit::output(dut, name);
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
    fn may_come(&self, what: &str, order: Option<usize>) -> Result<usize, Fault> {
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
            other.unwrap_or(self.answered + DESCRIPTORS - 1)
        };
        if order > before {
            let want = format!("descriptor {before} at most");
            return Err(Fault::new(what, want, order));
        }
        Ok(order)
    }

    /// Tells whether something of an order is still to come, or to end.
    fn is_open(&self, order: usize) -> bool {
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
    fn under_way(&self, order: usize) -> usize {
        let tables = &self.script.tables[..self.gone.tables];
        let given = tables.iter().filter(|t| t.order == order).count();
        let ended = &self.script.ends[..self.gone.ended];
        given
            - ended
                .iter()
                .filter(|e| e.order == order && e.what == What::Job)
                .count()
    }

    /// Tells whether the next thing to end may do so now.
    fn due_end(&self) -> Option<End> {
        let end = *self.script.ends.get(self.gone.ended)?;
        let gone = &self.gone;
        let there = match end.what {
            What::Job => gone.jobs > end.index && gone.results > end.index,
            What::Append => gone.appends > end.index,
            What::Save => gone.answered_commands > end.index,
        };
        (there && gone.ended_reads >= end.reads && !self.waits[1]).then_some(end)
    }

    fn drive_answers(&mut self, io: &mut Io<Point>) {
        let stalls = &self.run.stalls;
        let setup = &self.run.setup;
        // How commands of the stream reader end.
        let asked = self.gone.reads.min(self.gone.feeds);
        let next = (self.gone.ended_reads < asked && !self.waits[0])
            .then(|| self.script.reads[self.gone.ended_reads].is.1);
        if let Some(code) = next.filter(|_| !self.read_done.offered && stalls[1].go(io.cycle())) {
            if code != 0 {
                self.read_error.raise(&mut io.noise);
            }
            self.read_done.offer(io, true);
            let [port] = self.read_done.fields;
            io.set(port, code);
        } else if !self.read_done.offered {
            self.read_done.offer(io, false);
            self.read_done.scribble(io);
        }
        // How jobs, appended heads and lists end.
        let busy = self.ends.result.offered || self.ends.append.offered || self.ends.save.offered;
        if !busy {
            self.ends.result.offer(io, false);
            self.ends.append.offer(io, false);
            self.ends.save.offer(io, false);
            self.ends.result.scribble(io);
            self.ends.append.scribble(io);
            self.ends.save.scribble(io);
            let held = self.vectors.stands.is_some();
            let due = self.due_end().filter(|_| !held && stalls[2].go(io.cycle()));
            if let Some(end) = due {
                if end.code != 0 {
                    self.write_error.raise(&mut io.noise);
                }
                match end.what {
                    What::Job => {
                        self.ends.result.offer(io, true);
                        io.put(self.ends.result.fields, [end.error, end.code]);
                    }
                    What::Append => {
                        self.ends.append.offer(io, true);
                        io.put(self.ends.append.fields, [end.code]);
                    }
                    What::Save => {
                        self.ends.save.offer(io, true);
                        io.put(self.ends.save.fields, [end.code]);
                    }
                }
            }
        }
        self.read_error.drive(io);
        self.write_error.drive(io);
        // The vectors of jobs fail now and then, while no result has just ended.
        let some = (self.answered..self.offered).any(|order| self.under_way(order) > 0);
        let ended = self.ends.result.offered;
        let chance = io.noise.below(1000) < u64::from(setup.vectors);
        let due = some && !ended && self.calm > 6 && chance;
        self.vectors.drive(io, due);
        // Cascade pruning answers behind its lists.
        let command = self.script.commands.get(self.gone.answered_commands);
        let lists = self.lists.done() && self.gone.commands > self.gone.answered_commands;
        let order = command.filter(|_| lists).map(|c| &self.orders[c.order]);
        let tokens = order.map_or(0, |o| if o.answer == 0 { o.tokens } else { 0 });
        self.answer
            .feed(io, &stalls[3], order, |io, fields, order| {
                io.put(fields, [u64::from(order.answer), u64::from(tokens)]);
            });
    }

    fn check_records(&mut self, io: &Io<Point>) -> Result<bool, Fault> {
        // Records of a descriptor that has been taken are not asked for any more.
        while self
            .script
            .records
            .get(self.gone.records)
            .is_some_and(|r| r.order < self.taken)
        {
            self.gone.records += 1;
        }
        let moved = self.axi.check(io, &mut self.memory)?;
        let bursts = self.axi.counts().bursts;
        if bursts > self.bursts {
            self.bursts = bursts;
            let next = self.script.records.get(self.gone.records);
            self.may_come("mem_arvalid_o", next.map(|r| r.order))?;
            let want = next.map_or(0, |r| r.is.at);
            let inside = next.is_some_and(|r| r.is.inside);
            if !inside {
                return Err(Fault::new(
                    "mem_arvalid_o",
                    "no record outside of the window",
                    "one",
                ));
            }
            let got = io.get(crate::kit::output(io.dut, "mem_araddr_o"));
            same("mem_araddr_o", 64, want, got)?;
            self.gone.records += 1;
        }
        Ok(moved)
    }

    fn check_table(&mut self, io: &mut Io<Point>) -> Result<(), Fault> {
        if !io.is(self.table.valid) {
            return Ok(());
        }
        let next = self.script.tables.get(self.gone.tables);
        let order = self.may_come("table_valid_o", next.map(|t| t.order))?;
        let table = &self.script.tables[self.gone.tables].is;
        same(
            "table_index_o",
            8,
            table.slot.into(),
            io.get(self.table.index),
        )?;
        for (kind, name) in ["k", "v"].into_iter().enumerate() {
            let base = io.get(self.table.bases[kind]);
            same(
                format_args!("table_{name}_base_o"),
                64,
                table.entry.bases[kind],
                base,
            )?;
            for (plane, &want) in (0..).zip(&table.entry.offsets[kind]) {
                let got = io.dut.get_field(self.table.offsets[kind], 32 * plane, 32);
                let field = format_args!("table_{name}_offset_o, plane {plane}");
                same(field, 32, want.into(), got)?;
            }
        }
        let flight = self.gone.tables
            - self.script.ends[..self.gone.ended]
                .iter()
                .filter(|e| e.what == What::Job)
                .count();
        if flight as u32 >= self.params.limit() {
            let want = format!("less than {} jobs under way", self.params.limit());
            return Err(Fault::new("table_valid_o", want, flight));
        }
        self.paced(io, order)?;
        self.gone.tables += 1;
        io.count(Point::Limit, flight as u32 + 1 == self.params.limit());
        let before = order > 0 && order > self.answered && self.under_way(order - 1) > 0;
        io.count(Point::Overlap, before);
        Ok(())
    }

    /// Holds jobs of one query without biases to their pace, where nothing but the dispatch decides.
    fn paced(&mut self, io: &mut Io<Point>, order: usize) -> Result<(), Fault> {
        let now = io.clocked();
        let before = self
            .last
            .replace((now, order))
            .filter(|last| last.1 == order);
        let job = &self.script.jobs[self.gone.tables].is;
        let rows = self.script.results[self.gone.tables].is.1.rows;
        let calm = self.run.is_calm() && self.run.setup.behaviour.is_none();
        // The records ahead have come by the fifth job.
        let nth = self.script.tables[..self.gone.tables]
            .iter()
            .filter(|t| t.order == order)
            .count();
        if let Some((then, _)) = before.filter(|_| calm && rows == 1 && !job.bias && nth > 4) {
            let pace = u64::from(self.params.pace());
            if now - then > pace {
                return Err(Fault::new(
                    "cycles from a job to the next",
                    pace,
                    now - then,
                ));
            }
            io.count(Point::Paced, true);
        }
        Ok(())
    }

    fn check_job(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.job.watch(io)?;
        io.count(Point::JobWaits, shown == Shown::Waits);
        if shown == Shown::None {
            return Ok(false);
        }
        let next = self.script.jobs.get(self.gone.jobs);
        self.may_come("job_valid_o", next.map(|j| j.order))?;
        let job = &self.script.jobs[self.gone.jobs].is;
        if self.gone.jobs >= self.gone.tables {
            return Err(self.job.stray("its entry in the table before", "a job"));
        }
        self.job.compare(
            io,
            [
                job.head.into(),
                job.keys.into(),
                job.causal.into(),
                job.first.into(),
                job.k_start.into(),
                job.k_max.into(),
                job.v_count.into(),
                job.rule as u64,
                job.head_limit,
                job.eps_log2.into(),
                job.pre_shift as u64 & mask(6),
                job.mant.into(),
                job.select as u64,
                job.k.into(),
                job.mass.into(),
                job.renorm.into(),
                job.bias.into(),
                job.list.into(),
            ],
        )?;
        let taken = shown == Shown::Taken;
        self.gone.jobs += usize::from(taken);
        Ok(taken)
    }

    fn check_reads(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.read.watch(io)?;
        io.count(Point::ReadWaits, shown == Shown::Waits);
        if shown != Shown::None {
            let next = self.script.reads.get(self.gone.reads);
            self.may_come("read_valid_o", next.map(|r| r.order))?;
            let command = &self.script.reads[self.gone.reads].is.0.command;
            let stride = command.stride as u32;
            let rows = u64::from(command.rows);
            self.read.compare(
                io,
                [
                    command.addr,
                    command.bytes.into(),
                    rows,
                    if rows == 1 {
                        io.get(self.read.fields[3])
                    } else {
                        stride.into()
                    },
                ],
            )?;
        }
        let read = shown == Shown::Taken;
        let shown = self.feed.watch(io)?;
        if shown != Shown::None {
            let next = self.script.reads.get(self.gone.feeds);
            self.may_come("feed_valid_o", next.map(|r| r.order))?;
            let (next, _) = self.script.reads[self.gone.feeds].is;
            let rows = u64::from(next.command.rows);
            self.feed.compare(
                io,
                [next.feed as u64, rows, next.keys.into(), next.last.into()],
            )?;
        }
        let feed = shown == Shown::Taken;
        self.gone.reads += usize::from(read);
        self.gone.feeds += usize::from(feed);
        if self.gone.reads.abs_diff(self.gone.feeds) > 1 {
            return Err(Fault::new(
                "feed_valid_o",
                "one per command",
                "another number",
            ));
        }
        let both = self.gone.reads.min(self.gone.feeds);
        if (read || feed) && self.gone.reads == self.gone.feeds {
            let (done, _) = self.script.reads[both - 1].is;
            if done.feed == Feed::List {
                self.lists.entries = Some((done.keys, 0));
            }
        }
        Ok(read || feed)
    }

    fn check_others(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.result.watch(io)?;
        io.count(Point::ResultWaits, shown == Shown::Waits);
        if shown != Shown::None {
            let next = self.script.results.get(self.gone.results);
            self.may_come("result_valid_o", next.map(|r| r.order))?;
            let (number, command) = self.script.results[self.gone.results].is;
            let stride = command.stride as u32;
            self.result.compare(
                io,
                [
                    command.addr,
                    stride.into(),
                    command.rows.into(),
                    number.into(),
                ],
            )?;
        }
        let result = shown == Shown::Taken;
        self.gone.results += usize::from(result);
        let shown = self.append.watch(io)?;
        if shown != Shown::None {
            let next = self.script.appends.get(self.gone.appends);
            self.may_come("append_valid_o", next.map(|a| a.order))?;
            let (table, token) = &self.script.appends[self.gone.appends].is;
            let [k_base, v_base, k_offset, v_offset, at] = self.append.fields;
            same("append_k_base_o", 64, table.entry.bases[0], io.get(k_base))?;
            same("append_v_base_o", 64, table.entry.bases[1], io.get(v_base))?;
            same("append_token_o", 16, (*token).into(), io.get(at))?;
            for (kind, port) in [k_offset, v_offset].into_iter().enumerate() {
                for (plane, &want) in (0..).zip(&table.entry.offsets[kind]) {
                    let got = io.dut.get_field(port, 32 * plane, 32);
                    same(
                        format_args!("offset {plane} of append"),
                        32,
                        want.into(),
                        got,
                    )?;
                }
            }
        }
        let append = shown == Shown::Taken;
        self.gone.appends += usize::from(append);
        let shown = self.command.watch(io)?;
        if shown != Shown::None {
            let next = self.script.commands.get(self.gone.commands);
            let order = self.may_come("cascade_cmd_valid_o", next.map(|c| c.order))?;
            let c = &self.script.commands[self.gone.commands].is;
            let [op, tokens, heads, keep_tokens, keep_heads, window] = self.command.fields;
            same("cascade_cmd_op_o", 2, c.operation.into(), io.get(op))?;
            // Of a sequence that goes on its size is not read.
            if c.operation == 0 {
                same("cascade_cmd_tokens_o", 16, c.tokens.into(), io.get(tokens))?;
                if c.tokens > 0 {
                    same("cascade_cmd_heads_o", 9, c.heads.into(), io.get(heads))?;
                }
            }
            same(
                "cascade_cmd_keep_tokens_o",
                16,
                c.keep_tokens.into(),
                io.get(keep_tokens),
            )?;
            same(
                "cascade_cmd_keep_heads_o",
                9,
                c.keep_heads.into(),
                io.get(keep_heads),
            )?;
            same("cascade_cmd_window_o", 16, c.window.into(), io.get(window))?;
            if shown == Shown::Taken {
                let order = &self.orders[order];
                if order.answer == 0 {
                    self.lists.entries = Some((order.tokens, 0));
                    self.lists.heads.clone_from(&order.left);
                }
            }
        }
        let command = shown == Shown::Taken;
        self.gone.commands += usize::from(command);
        if self.ends.save.offered {
            let end = self.script.ends[self.gone.ended];
            let command = &self.script.commands[end.index].is;
            let want = [command.token_list, command.head_list];
            for (port, want) in self.saves.into_iter().zip(want) {
                same("save_addr_o", 64, want, io.get(port))?;
            }
        }
        Ok(result || append || command)
    }

    /// Hears how things ended.
    fn check_ends(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let mut moved = false;
        if self.read_done.taken(io) {
            let read = &self.script.reads[self.gone.ended_reads];
            let code = read.is.1;
            if code != 0 {
                let addr = self.read_error.stands.unwrap_or(0);
                self.verdicts[read.order].hear(Code::Read.value(), addr);
                self.waits[0] = true;
            }
            io.count(Point::ReadError, code != 0);
            self.gone.ended_reads += 1;
            moved = true;
        }
        let took = [
            self.ends.result.taken(io),
            self.ends.append.taken(io),
            self.ends.save.taken(io),
        ];
        self.calm += 1;
        if took.contains(&true) {
            let end = self.script.ends[self.gone.ended];
            let verdict = &mut self.verdicts[end.order];
            if end.error != 0 {
                verdict.hear(32 + end.error, 0);
            } else if end.code != 0 {
                verdict.hear(Code::Write.value(), self.write_error.stands.unwrap_or(0));
            }
            self.waits[1] = end.code != 0;
            io.count(Point::WriteError, end.code != 0);
            self.gone.ended += 1;
            self.calm = 0;
            moved = true;
        }
        for (which, held) in [&mut self.read_error, &mut self.write_error]
            .into_iter()
            .enumerate()
        {
            match held.check(io) {
                None => {
                    return Err(Fault::new(
                        "error_clear_o",
                        "no clear without an error",
                        "one",
                    ));
                }
                Some(cleared) => self.waits[which] &= !cleared,
            }
        }
        if self.answer.taken(io) {
            self.gone.answered_commands += 1;
            moved = true;
        }
        if self.vectors.fresh {
            let addr = self.vectors.stands.unwrap_or(0);
            let hit: Vec<usize> = (self.answered..self.offered)
                .filter(|&o| self.under_way(o) > 0)
                .collect();
            for &order in &hit {
                self.verdicts[order].hear(Code::Vector.value(), addr);
            }
            io.count(Point::VectorError, !hit.is_empty());
            io.count(Point::VectorTwice, hit.len() > 1);
        }
        let stood = self.vectors.stands.is_some();
        if self.vectors.cleared(io) && !stood {
            return Err(Fault::new(
                "vector_error_clear_o",
                "no clear without an error",
                "one",
            ));
        }
        Ok(moved)
    }

    /// Checks an answer, before which everything of its descriptor must have ended.
    fn check_done(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let shown = self.done.watch(io)?;
        io.count(Point::DoneWaits, shown == Shown::Waits);
        if shown == Shown::None {
            return Ok(false);
        }
        let order = self.answered;
        if order >= self.taken {
            return Err(self.done.stray("no answer", "one"));
        }
        if self.is_open(order) {
            return Err(self.done.stray("an answer behind everything", "one before"));
        }
        let Verdict { code, addr } = self.verdicts[order];
        let plan = &self.script.plans[&order];
        self.done
            .compare(io, [code.into(), addr, plan.count.into()])?;
        let taken = shown == Shown::Taken;
        self.answered += usize::from(taken);
        Ok(taken)
    }

    /// Counts the situations of an order that was taken.
    fn count(&self, io: &mut Io<Point>, number: usize) {
        let (order, plan) = (&self.orders[number], &self.script.plans[&number]);
        if order.code != 0 {
            io.count(Point::RingCode, true);
            return;
        }
        let code = plan.fault.map(|fault| fault.code);
        let Some(given) = &plan.given else {
            for (point, is) in [
                (Point::UnknownOp, Code::UnknownOp),
                (Point::Reserved, Code::Reserved),
                (Point::Alignment, Code::Alignment),
                (Point::Window, Code::Window),
                (Point::Heads, Code::Heads),
                (Point::Keys, Code::Keys),
                (Point::Queries, Code::Queries),
                (Point::ListCount, Code::List),
            ] {
                io.count(point, code == Some(is));
            }
            return;
        };
        let jobs = given.heads.iter().filter(|head| head.job.is_some());
        let attention = given.kind == Kind::Attention;
        io.count(Point::Job, jobs.clone().count() > 0);
        let biased = given
            .heads
            .iter()
            .any(|h| h.reads.iter().any(|r| r.feed == Feed::Biases));
        io.count(Point::Biased, biased);
        let core = super::script::core(&self.params);
        let refused = jobs
            .clone()
            .any(|h| h.job.as_ref().is_some_and(|j| j.error(&core).code() != 0));
        io.count(Point::Refused, refused);
        io.count(Point::RefusedBiased, refused && order.bytes[2] & 4 != 0);
        io.count(
            Point::LeftHeads,
            attention && order.bytes[2] & 16 != 0 && !given.heads.is_empty(),
        );
        io.count(
            Point::ListKeys,
            attention && order.bytes[2] & 32 != 0 && !given.heads.is_empty(),
        );
        io.count(Point::List, matches!(given.kind, Kind::List(_)));
        io.count(
            Point::Append,
            matches!(given.kind, Kind::Append(_)) && !given.heads.is_empty(),
        );
        if let Kind::Cascade(command) = &given.kind {
            io.count(Point::Cascade, code.is_none());
            io.count(Point::CascadeRefused, code.is_some() && command.is_some());
            io.count(Point::CascadeShort, command.is_none());
        }
        for (point, is) in [
            (Point::RecordFetch, Code::Fetch),
            (Point::RecordReserved, Code::Reserved),
            (Point::RecordAlignment, Code::Alignment),
            (Point::RecordShift, Code::Shift),
        ] {
            io.count(point, code == Some(is));
        }
        let outside = given
            .records
            .get(given.heads.len())
            .is_some_and(|place| !place.inside);
        io.count(Point::RecordOutside, outside);
        io.count(Point::RecordWindow, code == Some(Code::Window) && !outside);
        let wrong = code.is_some() && given.heads.len() < given.records.len();
        io.count(Point::Late, wrong && !given.heads.is_empty());
        io.count(
            Point::Dropped,
            wrong && given.heads.len() + 1 < given.records.len(),
        );
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
