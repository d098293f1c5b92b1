// SPDX-License-Identifier: MIT OR Apache-2.0
//! What leaves the ports of the dispatch, compared with the script.

use hwgen_golden::dispatch::Feed;
use hwgen_sim::dut::mask;

use super::Point;
use super::play::DispatchPlayer;
use super::script::What;
use crate::kit::{Beat as Shown, Io, output, same};
use crate::report::Fault;

impl DispatchPlayer<'_> {
    pub(super) fn check_records(&mut self, io: &Io<Point>) -> Result<bool, Fault> {
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
            let got = io.get(output(io.dut, "mem_araddr_o"));
            same("mem_araddr_o", 64, want, got)?;
            self.gone.records += 1;
        }
        Ok(moved)
    }

    pub(super) fn check_table(&mut self, io: &mut Io<Point>) -> Result<(), Fault> {
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
    pub(super) fn paced(&mut self, io: &mut Io<Point>, order: usize) -> Result<(), Fault> {
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

    pub(super) fn check_job(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
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

    pub(super) fn check_reads(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
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

    pub(super) fn check_others(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
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
}
