// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays requests on the vector reader.

use hwgen_golden::memory::fetch::fragments;
use hwgen_golden::memory::layout::Entry;
use hwgen_golden::memory::pack::unpack;
use hwgen_golden::vector_reader::VectorReaderParams;

use super::Point;
use super::case::Ask;
use super::channel::{Channel, Seen};
use super::device::VectorReaderBench;
use super::pace::Pace;
use super::status::Status;
use crate::kit::{Beat, Io, Offer, Player, RunOf, Take, input, inputs, pack, same};
use crate::memory::{Behaviour, Latency};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, In, mask};

/// Cycles without progress that no reader needs.
const PATIENCE: u64 = 400;
/// Cycles watched after the last response.
const REST: u64 = 60;

/// Plays requests on a vector reader.
pub(crate) struct ReaderPlayer<'a> {
    params: &'a VectorReaderParams,
    run: &'a RunOf<VectorReaderBench>,
    entries: Vec<Entry>,
    channels: Vec<Channel>,
    status: Status,
    req: Offer<5>,
    rsp: Take<1>,
    /// Valid, index, bases, offsets.
    table: [In; 6],
    stop: In,
    clear: In,
    stride: In,
    attributes: [In; 2],
    /// What is on `stop` and `clear`.
    held: [bool; 2],
    /// Entries that are written.
    written: usize,
    /// The next request, and the next response.
    next: usize,
    answered: usize,
    /// When the first request was taken, and the steps since.
    began: Option<u64>,
    pace: Pace,
}

impl<'a> ReaderPlayer<'a> {
    pub(super) fn new(
        params: &'a VectorReaderParams,
        dut: &Dut,
        run: &'a RunOf<VectorReaderBench>,
    ) -> Self {
        let entries = run.setup.entries(params);
        let channels = 0..params.memory.channels;
        let channel = |c| Channel::new(params, dut, &run.setup, &entries, c, run.seed);
        let table = ["valid", "index", "k_base", "v_base", "k_offset", "v_offset"];
        Self {
            channels: channels.map(channel).collect(),
            params,
            run,
            entries,
            status: Status::new(params, dut),
            req: Offer::find(dut, "req", ["value", "plane", "head", "mask", "token"]),
            rsp: Take::find(dut, "rsp", ["data"]),
            table: inputs(dut, "table", table),
            stop: input(dut, "stop_i"),
            clear: input(dut, "error_clear_i"),
            stride: input(dut, "channel_stride_i"),
            attributes: ["axprot_i", "axcache_i"].map(|name| input(dut, name)),
            held: [false; 2],
            written: 0,
            next: 0,
            answered: 0,
            began: None,
            pace: Pace::new(params.memory.channels, params.memory.word_beats()),
        }
    }

    fn entry(&self, ask: &Ask) -> &Entry {
        &self.entries[ask.head as usize % self.params.memory.heads as usize]
    }

    /// Writes the entries before the first request, and noise to entries of no head beside them.
    fn drive_table(&mut self, io: &mut Io<Point>) -> bool {
        let [valid, index, bases @ .., k_offsets, v_offsets] = self.table;
        let heads = u64::from(self.params.memory.heads);
        let used = self.entries.len() as u64;
        let noise = self.written == self.entries.len();
        for port in self.table {
            io.scribble(port);
        }
        if noise {
            let due = used < heads && io.noise.chance(25);
            let free = if due {
                io.noise.below(heads - used) + used
            } else {
                0
            };
            io.set(index, free);
            io.set(valid, due);
            io.count(Point::Rewritten, due && self.next > self.answered);
            return false;
        }
        let entry = &self.entries[self.written];
        io.set(valid, true);
        io.set(index, self.written as u64);
        io.put(bases, entry.bases);
        for (port, offsets) in [k_offsets, v_offsets].into_iter().zip(&entry.offsets) {
            let words = io.dut.words_mut(port);
            pack(words, 32, offsets.iter().map(|&o| o.into()));
        }
        self.written += 1;
        true
    }

    /// Writes the vectors of the next request anew while nothing is under way, as a host does that
    /// appends tokens: a beat that was read before is then too old.
    fn renew(&mut self, io: &mut Io<Point>) {
        let quiet = self.next == self.answered && !self.req.offered;
        let Some(ask) = self.run.items.get(self.next).filter(|_| quiet) else {
            return;
        };
        if !io.noise.chance(20) {
            return;
        }
        let (p, plane) = (self.params, ask.plane as usize);
        let entry = self.entry(ask).clone();
        for lane in (0..p.tokens).filter(|lane| ask.mask >> lane & 1 == 1) {
            let token = ask.tokens[lane as usize];
            let address = entry.address(p, ask.value, plane, token);
            let channel = &mut self.channels[(token % p.memory.channels) as usize];
            let bytes = (0..p.vector_bytes(ask.value, plane)).map(|_| io.noise.draw() as u8);
            channel.fill(address, &bytes.collect::<Vec<u8>>());
        }
        io.count(Point::Renewed, ask.mask != 0);
    }

    /// Notes that a request was taken.
    fn taken(&mut self, io: &mut Io<Point>) {
        let ask = &self.run.items[self.next];
        let p = self.params;
        let entry = self.entry(ask).clone();
        for (c, channel) in (0..).zip(&mut self.channels) {
            let cut = fragments(p, &entry, &ask.request(), c);
            io.count(Point::Conflict, cut.len() > 1);
            io.count(Point::Run, cut.iter().any(|f| f.lanes.len() > 1));
            channel.wants(p, &entry, ask);
        }
        io.count(Point::Key, !ask.value);
        io.count(Point::Value, ask.value);
        io.count(Point::Empty, ask.mask == 0);
        io.count(Point::Masked, ask.mask != 0 && ask.mask != mask(p.tokens));
        self.began.get_or_insert(io.clocked());
        self.next += 1;
    }

    /// Compares a response with what lies in memory; lanes that were not asked for hold anything.
    fn compare(&self, io: &Io<Point>, ask: &Ask) -> Result<(), Fault> {
        let p = self.params;
        let (width, digit_w) = (p.planes(ask.value)[ask.plane as usize], p.plane_w());
        let bytes = p.vector_bytes(ask.value, ask.plane as usize);
        for lane in (0..p.tokens).filter(|lane| ask.mask >> lane & 1 == 1) {
            let token = ask.tokens[lane as usize];
            let address = self
                .entry(ask)
                .address(p, ask.value, ask.plane as usize, token);
            let channel = &self.channels[(token % p.memory.channels) as usize];
            let digits = unpack(&channel.bytes(address, bytes), width);
            for (d, &want) in (0..).zip(&digits) {
                let at = (lane * p.d_head + d) * digit_w;
                let got = io.dut.get_field(self.rsp.fields[0], at, digit_w);
                let field = format_args!("rsp_data_o, digit {d} of lane {lane}");
                same(field, digit_w, want.into(), got)?;
            }
        }
        Ok(())
    }

    /// Holds responses to their cycles, where nothing but the reader decides about them.
    fn on_time(&mut self, io: &Io<Point>) -> Result<(), Fault> {
        let p = self.params;
        let ideal = self.run.setup.behaviour.as_ref();
        let latency = ideal.filter(|b| **b == Behaviour::ideal(b.patience() as u32));
        let Some(Latency::Ideal(latency)) = latency.map(|b| b.latency) else {
            return Ok(());
        };
        let late = self.pace.late;
        let short = latency + 16 <= p.memory.beats / 2 && p.outstanding >= 64;
        if !self.run.is_calm() || !short || self.pace.crossed {
            return Ok(());
        }
        let due = self.began.unwrap_or(0) + u64::from(p.latency(latency)) + late;
        same("cycle of the response", 64, due, io.clocked())
    }

    /// Counts the steps that the response that is due has needed.
    fn count_steps(&mut self) {
        let ask = &self.run.items[self.answered];
        let entry = self.entry(ask).clone();
        let row = self.answered as u64;
        for (c, channel) in self.channels.iter_mut().enumerate() {
            let (fragments, beats) = channel.needed(self.params, &entry, ask);
            self.pace.channel(c, row, fragments, beats);
        }
        self.pace.row();
    }
}

impl Player for ReaderPlayer<'_> {
    type Point = Point;

    fn patience(&self) -> u64 {
        let memories = self
            .channels
            .iter()
            .map(Channel::patience)
            .max()
            .unwrap_or(0);
        PATIENCE + 4 * memories + self.run.longest_stall()
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn begin(&mut self, io: &mut Io<Point>) {
        let setup = &self.run.setup;
        io.set(self.stride, setup.stride);
        let (prot, cache) = setup.attributes;
        io.put(self.attributes, [prot, cache]);
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.req.offer(io, false);
        self.rsp.quiet(io);
        self.held = [false; 2];
        for port in [self.table[0], self.stop, self.clear] {
            io.set(port, false);
        }
        for channel in &mut self.channels {
            channel.quiet(io);
        }
        // The origins of the channels follow from the stride, a channel per cycle.
        self.begin(io);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let written = self.written == self.entries.len();
        self.renew(io);
        let [asks, stops, clears, takes] = [0, 1, 2, 3].map(|i| self.run.stalls[i]);
        // Origins settle while the entries are written.
        let settled = io.cycle() > u64::from(self.params.memory.channels);
        let next = self.run.items.get(self.next).filter(|_| written && settled);
        let p = self.params;
        self.req.feed(
            io,
            &asks,
            next,
            |io, [value, plane, head, lanes, token], ask| {
                io.set(value, ask.value);
                io.set(plane, ask.plane);
                io.set(head, ask.head);
                io.set(lanes, ask.mask);
                let tok_w = p.tok_w();
                // Tokens of lanes that are not wanted mean nothing; often they are those that would
                // follow.
                let noise: Vec<u64> = ask.tokens.iter().map(|_| io.noise.draw()).collect();
                let token_of = |(lane, &t): (usize, &u32)| match ask.mask >> lane & 1 {
                    1 => u64::from(t),
                    _ if noise[lane] >> 63 == 1 => u64::from(t),
                    _ => noise[lane] & mask(tok_w),
                };
                let words = io.dut.words_mut(token);
                pack(words, tok_w, ask.tokens.iter().enumerate().map(token_of));
            },
        );
        let at_rest = self.done();
        self.rsp.willing(io, &takes, at_rest);
        self.held = [!stops.go(io.cycle()), !clears.go(io.cycle())];
        io.set(self.stop, self.held[0]);
        io.set(self.clear, self.held[1]);
        for channel in &mut self.channels {
            channel.drive(io);
        }
        self.drive_table(io)
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        io.count(Point::Refused, self.req.offered && !self.req.ready(io));
        let stopped = self.held[0] && self.status.is_idle() && self.next > self.answered;
        io.count(Point::Stopped, stopped);
        let asked = self.req.taken(io);
        if asked {
            self.taken(io);
        }
        let begun: Vec<(u64, u64)> = self.channels.iter().map(|c| c.begun(io)).collect();
        let mut seen: Vec<Seen> = Vec::new();
        for channel in &mut self.channels {
            seen.push(channel.check(self.params, io)?);
        }
        io.count(Point::Blocked, seen.iter().any(|s| s.blocked));
        self.status.check(io, &seen, &begun, self.held)?;
        let shown = self.rsp.watch(io)?;
        io.count(Point::Waited, shown == Beat::Waits);
        if shown != Beat::None {
            if self.answered >= self.next {
                return Err(self.rsp.stray("no response", "one"));
            }
            let ask = &self.run.items[self.answered];
            self.compare(io, ask)?;
        }
        let answer = shown == Beat::Taken;
        if answer {
            self.count_steps();
            self.on_time(io)?;
            self.answered += 1;
        }
        Ok(asked || answer || seen.iter().any(|s| s.moved))
    }

    fn done(&self) -> bool {
        self.answered == self.run.items.len()
    }

    /// What was not answered is asked for again; the table keeps its entries.
    fn restart(&mut self, io: &mut Io<Point>) {
        io.count(Point::Reset, !self.status.is_idle());
        self.next = self.answered;
        self.status.restart();
        for channel in &mut self.channels {
            channel.restart();
        }
    }

    fn under_way(&self) -> usize {
        self.answered
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("rsp_valid_o", "a response")
    }

    fn finish(&mut self, _: &mut Io<Point>) -> Result<(), Fault> {
        if self.channels.iter().all(Channel::done) {
            return Ok(());
        }
        let got = "some that were not";
        Err(Fault::new("mem_arvalid_o", "all beats asked for", got))
    }
}
