// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rows played on the reader behind a DRAM: how long all of them take.
//!
//! The reader is asked as fast as it takes requests, and its responses are taken at once, so that
//! nothing but the reader and the DRAM decide. Of each response a lane is compared with memory.

use hwgen_golden::memory::fetch::Request;
use hwgen_golden::memory::layout::Entry;
use hwgen_golden::memory::pack::unpack;
use hwgen_golden::vector_reader::VectorReaderParams;

use super::Point;
use super::device::VectorReaderBench;
use crate::kit::{
    Beat, End, Io, Lab, Offer, Player, Session, Stall, Take, input, inputs, pack, same,
};
use crate::memory::dram::{Commands, Dram};
use crate::memory::{Access, AxiRead, Behaviour, Memory, Rules, Space};
use crate::report::Fault;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::{Dut, In};
use hwgen_sim::model::Wave;

/// Cycles without progress that no reader and no DRAM need.
const PATIENCE: u64 = 20_000;
/// Cycles between two looks at whether to stop.
const LOOK: u64 = 1_024;
/// Bytes of the address space, all of which may be read.
const SPACE: u64 = 1 << 48;

/// Rows of plane vectors that a reader is asked for, in order.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    /// The table of heads, at most as many as it has room for.
    pub entries: Vec<Entry>,
    /// The number of the entry with each request.
    pub rows: Vec<(u32, Request)>,
}

/// What lies behind the reader.
#[derive(Debug)]
pub struct Behind {
    /// The memory.
    pub dram: Dram,
    /// Picoseconds of a cycle of the reader.
    pub core_ps: u64,
    /// Cycles from a port to the memory.
    pub way: u32,
    /// Bytes from a channel to the next, a multiple of 4 KiB.
    pub channel_stride: u64,
}

/// What a reader did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Delivered {
    /// Cycles from the first request to the last response.
    pub cycles: u64,
    /// Bursts of all channels.
    pub bursts: u64,
    /// Beats of all channels.
    pub beats: u64,
    /// Cycles in which a burst waited for its port, over all channels.
    pub waits: u64,
    /// Most beats in flight at one channel.
    pub most_beats: u32,
    /// Commands of the DRAM.
    pub commands: Commands,
}

/// Plays rows on a reader; `watch` is told now and then how many have been answered, and the run
/// stops where it returns false.
pub fn deliver(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    traffic: &Traffic,
    behind: Behind,
    watch: &mut dyn FnMut(usize) -> bool,
) -> Result<Delivered, VerifyError> {
    let bench = VectorReaderBench::new(engine)?;
    let model = lab.model(bundle, engine, Wave::Off)?;
    let mut dut = Dut::open(&model, 1)?;
    let player = Deliverer::new(&bench.params, &dut, traffic, behind);
    let mut session = Session::new(&mut dut, 1, player);
    let ended = session.power_up().and_then(|()| {
        session.run(None, |cycle, player| {
            !cycle.is_multiple_of(LOOK) || watch(player.answered)
        })
    });
    match ended.map_err(|fault| engine.misbehaved(fault.to_string()))? {
        End::Done => Ok(session.player.delivered()),
        End::Stopped => Err(VerifyError::Stopped),
    }
}

/// Plays rows on a reader.
struct Deliverer<'a> {
    params: &'a VectorReaderParams,
    traffic: &'a Traffic,
    memory: Memory,
    ports: Vec<AxiRead>,
    stride: u64,
    req: Offer<5>,
    rsp: Take<1>,
    /// Valid, index, bases, offsets.
    table: [In; 6],
    /// Stop, clear, stride, attributes.
    steady: [In; 5],
    written: usize,
    next: usize,
    answered: usize,
    /// Cycle of the first request, and of the last response.
    span: (Option<u64>, u64),
}

impl<'a> Deliverer<'a> {
    fn new(
        params: &'a VectorReaderParams,
        dut: &Dut,
        traffic: &'a Traffic,
        behind: Behind,
    ) -> Self {
        let mut space = Space::new(1);
        space.allot("all", 0, SPACE, Access::Read);
        let m = &params.memory;
        let rules = Rules::of_vectors(m);
        let port = |c| {
            let behaviour = Behaviour::dram(behind.way);
            AxiRead::find(dut, "mem", c, m.channels, rules, behaviour)
        };
        let table = ["valid", "index", "k_base", "v_base", "k_offset", "v_offset"];
        let steady = [
            "stop_i",
            "error_clear_i",
            "channel_stride_i",
            "axprot_i",
            "axcache_i",
        ];
        Self {
            params,
            traffic,
            ports: (0..m.channels).map(port).collect(),
            memory: Memory::with_dram(space, behind.dram, behind.core_ps),
            stride: behind.channel_stride,
            req: Offer::find(dut, "req", ["value", "plane", "head", "mask", "token"]),
            rsp: Take::find(dut, "rsp", ["data"]),
            table: inputs(dut, "table", table),
            steady: steady.map(|name| input(dut, name)),
            written: 0,
            next: 0,
            answered: 0,
            span: (None, 0),
        }
    }

    fn delivered(&self) -> Delivered {
        let mut all = Delivered {
            cycles: self.span.1 - self.span.0.unwrap_or(0),
            ..Delivered::default()
        };
        for port in &self.ports {
            let counts = port.counts();
            all.bursts += counts.bursts;
            all.beats += counts.beats;
            all.waits += counts.address_waits;
            all.most_beats = all.most_beats.max(counts.most_beats);
        }
        if let Some(backend) = &self.memory.backend {
            all.commands = backend.dram().commands();
        }
        all
    }

    /// Writes the next entry of the table, if any is left.
    fn drive_table(&mut self, io: &mut Io<Point>) -> bool {
        let [valid, index, bases @ .., k_offsets, v_offsets] = self.table;
        let entry = self.traffic.entries.get(self.written);
        io.set(valid, entry.is_some());
        let Some(entry) = entry else { return false };
        io.set(index, self.written as u64);
        io.put(bases, entry.bases);
        for (port, offsets) in [k_offsets, v_offsets].into_iter().zip(&entry.offsets) {
            pack(
                io.dut.words_mut(port),
                32,
                offsets.iter().map(|&o| o.into()),
            );
        }
        self.written += 1;
        true
    }

    /// Compares a lane of the response that is due, another one each time.
    fn compare(&self, io: &Io<Point>) -> Result<(), Fault> {
        let (slot, request) = &self.traffic.rows[self.answered];
        let wanted = request.mask.count_ones();
        if wanted == 0 {
            return Ok(());
        }
        let skip = self.answered as u32 % wanted;
        let left = (0..skip).fold(request.mask, |mask, _| mask & (mask - 1));
        let lane = left.trailing_zeros();
        let (p, plane) = (self.params, request.plane);
        let width = p.planes(request.value)[plane];
        let token = request.tokens[lane as usize];
        let entry = &self.traffic.entries[*slot as usize];
        let address = u64::from(token % p.memory.channels) * self.stride
            + entry.address(p, request.value, plane, token);
        let bytes = u64::from(p.vector_bytes(request.value, plane));
        let digits = unpack(&self.memory.space.bytes(address, bytes), width);
        let digit_w = p.plane_w();
        for (d, &want) in (0..).zip(&digits) {
            let at = (lane * p.d_head + d) * digit_w;
            let got = io.dut.get_field(self.rsp.fields[0], at, digit_w);
            let field = format_args!("rsp_data_o, digit {d} of lane {lane}");
            same(field, digit_w, want.into(), got)?;
        }
        Ok(())
    }
}

impl Player for Deliverer<'_> {
    type Point = Point;

    fn patience(&self) -> u64 {
        PATIENCE
    }

    fn rest(&self) -> u64 {
        0
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.req.offer(io, false);
        self.rsp.quiet(io);
        io.set(self.table[0], false);
        io.put(self.steady, [0, 0, self.stride, 0, 0]);
        for port in &mut self.ports {
            port.quiet(io);
        }
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let writes = self.drive_table(io);
        // Origins settle while the entries are written.
        let settled = io.cycle() > u64::from(self.params.memory.channels) + 1;
        let next = self
            .traffic
            .rows
            .get(self.next)
            .filter(|_| !writes && settled);
        let tok_w = self.params.tok_w();
        self.req.feed(
            io,
            &Stall::NONE,
            next,
            |io, [value, plane, head, lanes, token], (slot, request)| {
                io.set(value, request.value);
                io.set(plane, request.plane as u64);
                io.set(head, *slot);
                io.set(lanes, request.mask);
                let tokens = request.tokens.iter().map(|&t| t.into());
                pack(io.dut.words_mut(token), tok_w, tokens);
            },
        );
        self.rsp.willing(io, &Stall::NONE, false);
        for port in &mut self.ports {
            port.drive(io, &mut self.memory);
        }
        writes || !settled
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let asked = self.req.taken(io);
        if asked {
            self.span.0.get_or_insert(io.clocked());
            self.next += 1;
        }
        let mut moved = asked;
        for port in &mut self.ports {
            moved |= port.check(io, &mut self.memory)?;
        }
        let shown = self.rsp.watch(io)?;
        if shown == Beat::Taken {
            if self.answered >= self.next {
                return Err(self.rsp.stray("no response", "one"));
            }
            self.compare(io)?;
            self.answered += 1;
            self.span.1 = io.cycle();
            moved = true;
        }
        Ok(moved)
    }

    fn done(&self) -> bool {
        self.answered == self.traffic.rows.len()
    }

    fn restart(&mut self, _: &mut Io<Point>) {
        // No run of a delivery has a reset in the middle.
        self.next = self.answered;
    }

    fn under_way(&self) -> usize {
        self.answered
    }

    fn missing(&self) -> (&'static str, &'static str) {
        ("rsp_valid_o", "a response")
    }
}
