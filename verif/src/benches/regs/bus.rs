// SPDX-License-Identifier: MIT OR Apache-2.0
//! The masters of the registers: one on AXI4-Lite, one on APB4, each beside the model of its port.

use hwgen_golden::regs::apb::{Apb, Request};
use hwgen_golden::regs::axi_lite::{AxiLite, Master};
use hwgen_golden::regs::model::{Inputs, Refused, Regs, Write};
use hwgen_golden::regs::{RegsParams, Variant};

use super::bench::RegsBench;
use super::{
    Access, Point, READ_ADDRESS, READ_RESPONSE, WRITE_ADDRESS, WRITE_DATA, WRITE_RESPONSE,
};
use crate::kit::{Io, RunOf, Stall, input, output, same};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, In, Out};

/// SLVERR.
const ERROR: u64 = 2;

/// What is executed in a cycle.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Executed {
    pub(super) read: Option<u32>,
    pub(super) write: Option<Write>,
}

/// A master and the model of the port that it is on.
pub(super) enum Bus {
    AxiLite(Box<AxiMaster>),
    Apb(Box<ApbMaster>),
}

impl Bus {
    pub(super) fn find(dut: &Dut, bench: &RegsBench, run: &RunOf<RegsBench>) -> Self {
        let (params, stalls, items) = (&bench.params, &run.stalls[..], &run.items[..]);
        match bench.variant {
            Variant::AxiLite => Self::AxiLite(Box::new(AxiMaster::find(
                dut,
                params,
                stalls,
                items,
                run.setup.ordered,
            ))),
            Variant::Apb => Self::Apb(Box::new(ApbMaster::find(dut, params, stalls, items))),
        }
    }

    pub(super) fn regs(&self) -> &Regs {
        match self {
            Self::AxiLite(master) => &master.model.regs,
            Self::Apb(master) => &master.model.regs,
        }
    }

    /// Takes everything away from the port.
    pub(super) fn quiet(&mut self, io: &mut Io<Point>) {
        match self {
            Self::AxiLite(master) => master.quiet(io),
            Self::Apb(master) => master.quiet(io),
        }
    }

    /// Drives the port for a cycle.
    pub(super) fn drive(&mut self, io: &mut Io<Point>) {
        match self {
            Self::AxiLite(master) => master.drive(io),
            Self::Apb(master) => master.drive(io),
        }
    }

    /// Returns what the model executes in this cycle.
    pub(super) fn executed(&self) -> Executed {
        match self {
            Self::AxiLite(master) => Executed {
                read: master.model.read(),
                write: master.model.write(),
            },
            Self::Apb(master) => match master.model.request {
                Some(Request::Read(address)) => Executed {
                    read: Some(address),
                    write: None,
                },
                Some(Request::Write(write)) => Executed {
                    read: None,
                    write: Some(write),
                },
                None => Executed::default(),
            },
        }
    }

    /// Compares the port with the model, and clocks the model; tells whether a response was taken.
    pub(super) fn check(&mut self, io: &mut Io<Point>, inputs: &Inputs) -> Result<bool, Fault> {
        match self {
            Self::AxiLite(master) => master.check(io, inputs),
            Self::Apb(master) => master.check(io, inputs),
        }
    }

    /// Returns the accesses that have been answered.
    pub(super) fn answered(&self) -> usize {
        match self {
            Self::AxiLite(master) => master.answered.iter().sum(),
            Self::Apb(master) => master.at,
        }
    }

    /// Begins anew with what has not been answered; tells whether anything was under way.
    pub(super) fn restart(&mut self, params: &RegsParams) -> bool {
        match self {
            Self::AxiLite(master) => master.restart(params),
            Self::Apb(master) => master.restart(params),
        }
    }
}

/// A channel on which the master offers beats.
struct Lane {
    name: &'static str,
    valid: In,
    ready: Out,
    fields: Vec<In>,
    stall: Stall,
    /// Fields of each beat, and the access that it belongs to.
    beats: Vec<(usize, Vec<u64>)>,
    at: usize,
    offered: bool,
}

impl Lane {
    fn find(dut: &Dut, name: &'static str, fields: &[&str], stall: Stall) -> Self {
        let field = |f: &&str| input(dut, &format!("regs_{f}_i"));
        Self {
            name,
            valid: input(dut, &format!("regs_{name}valid_i")),
            ready: output(dut, &format!("regs_{name}ready_o")),
            fields: fields.iter().map(field).collect(),
            stall,
            beats: Vec::new(),
            at: 0,
            offered: false,
        }
    }

    /// Offers the next beat, if it belongs to one of the first `open` accesses.
    fn drive(&mut self, io: &mut Io<Point>, open: usize) {
        if self.offered {
            return;
        }
        let go = self.stall.go(io.cycle());
        let next = self.beats.get(self.at);
        let due = next.filter(|(item, _)| go && *item < open);
        for (i, &port) in self.fields.iter().enumerate() {
            match due {
                Some((_, beat)) => io.set(port, beat[i]),
                None => io.scribble(port),
            }
        }
        self.offered = due.is_some();
        io.set(self.valid, self.offered);
    }

    /// Checks ready, and goes on where a beat is taken; returns the beat that is offered.
    fn check(&mut self, io: &Io<Point>, ready: bool) -> Result<Option<&[u64]>, Fault> {
        let name = format_args!("regs_{}ready_o", self.name);
        same(name, 1, ready.into(), io.get(self.ready))?;
        if !self.offered {
            return Ok(None);
        }
        if ready {
            self.offered = false;
            self.at += 1;
            return Ok(Some(&self.beats[self.at - 1].1));
        }
        Ok(Some(&self.beats[self.at].1))
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.offered = false;
        io.set(self.valid, false);
    }
}

/// A master on AXI4-Lite.
pub(super) struct AxiMaster {
    model: AxiLite,
    /// Write addresses, write data, read addresses.
    lanes: [Lane; 3],
    b: (Out, In, Out),
    r: (Out, In, Out, Out),
    stalls: [Stall; 2],
    /// Whether the master takes responses to writes and to reads in this cycle.
    willing: [bool; 2],
    /// Writes and reads that have been answered.
    answered: [usize; 2],
    count: usize,
    ordered: bool,
}

impl AxiMaster {
    fn find(
        dut: &Dut,
        params: &RegsParams,
        stalls: &[Stall],
        items: &[Access],
        ordered: bool,
    ) -> Self {
        let mut aw = Lane::find(dut, "aw", &["awaddr", "awprot"], stalls[WRITE_ADDRESS]);
        let mut w = Lane::find(dut, "w", &["wdata", "wstrb"], stalls[WRITE_DATA]);
        let mut ar = Lane::find(dut, "ar", &["araddr", "arprot"], stalls[READ_ADDRESS]);
        for (i, item) in items.iter().enumerate() {
            let address = vec![item.address().into(), i as u64 % 8];
            match item.write() {
                Some(write) => {
                    aw.beats.push((i, address));
                    w.beats
                        .push((i, vec![write.data.into(), write.strobe.into()]));
                }
                None => ar.beats.push((i, address)),
            }
        }
        let out = |name| output(dut, name);
        Self {
            model: AxiLite::new(params),
            lanes: [aw, w, ar],
            b: (
                out("regs_bvalid_o"),
                input(dut, "regs_bready_i"),
                out("regs_bresp_o"),
            ),
            r: (
                out("regs_rvalid_o"),
                input(dut, "regs_rready_i"),
                out("regs_rresp_o"),
                out("regs_rdata_o"),
            ),
            stalls: [stalls[WRITE_RESPONSE], stalls[READ_RESPONSE]],
            willing: [false; 2],
            answered: [0; 2],
            count: items.len(),
            ordered,
        }
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        for lane in &mut self.lanes {
            lane.quiet(io);
        }
        io.put([self.b.1, self.r.1], [false; 2]);
        self.willing = [false; 2];
    }

    fn drive(&mut self, io: &mut Io<Point>) {
        let answered = self.answered.iter().sum::<usize>();
        let open = if self.ordered {
            answered + 1
        } else {
            self.count
        };
        for lane in &mut self.lanes {
            lane.drive(io, open);
        }
        let at_rest = answered == self.count;
        let waits = [self.model.b.is_some(), self.model.r.is_some()];
        for i in 0..2 {
            self.willing[i] = at_rest || self.stalls[i].take(io.cycle(), waits[i]);
        }
        io.put([self.b.1, self.r.1], self.willing);
    }

    fn check(&mut self, io: &mut Io<Point>, inputs: &Inputs) -> Result<bool, Fault> {
        let model = &self.model;
        let [aw, w, ar] = &mut self.lanes;
        let half = |beat: Option<&[u64]>, i: usize| beat.map(|b| b[i] as u32);
        let data = w.check(io, model.w.is_none())?;
        let master = Master {
            aw: half(aw.check(io, model.aw.is_none())?, 0),
            w: half(data, 0).zip(half(data, 1)),
            ar: half(ar.check(io, model.ar.is_none())?, 0),
            b_ready: self.willing[0],
            r_ready: self.willing[1],
        };
        let code = |failed: bool| if failed { ERROR } else { 0 };
        same(
            "regs_bvalid_o",
            1,
            model.b.is_some().into(),
            io.get(self.b.0),
        )?;
        if let Some(b) = model.b {
            same("regs_bresp_o", 2, code(b.is_err()), io.get(self.b.2))?;
        }
        same(
            "regs_rvalid_o",
            1,
            model.r.is_some().into(),
            io.get(self.r.0),
        )?;
        if let Some(r) = model.r {
            same("regs_rresp_o", 2, code(r.is_err()), io.get(self.r.2))?;
            let value = r.unwrap_or(0).into();
            same("regs_rdata_o", 32, value, io.get(self.r.3))?;
        }
        io.count(Point::DataFirst, model.w.is_some() && model.aw.is_none());
        io.count(Point::AddressFirst, model.aw.is_some() && model.w.is_none());
        let (read, write) = (model.read().is_some(), model.write().is_some());
        io.count(Point::Together, read && write);
        io.count(Point::PastRead, write && model.r.is_some());
        io.count(Point::PastWrite, read && model.b.is_some());
        let waits = model.aw.is_some() && model.w.is_some() && !write;
        io.count(Point::HeldUp, waits || model.ar.is_some() && !read);

        let taken = [
            model.b.is_some() && self.willing[0],
            model.r.is_some() && self.willing[1],
        ];
        for (all, one) in self.answered.iter_mut().zip(taken) {
            *all += usize::from(one);
        }
        self.model.clock(&master, inputs);
        Ok(taken != [false; 2])
    }

    fn restart(&mut self, params: &RegsParams) -> bool {
        let [writes, reads] = self.answered;
        let begins = [writes, writes, reads];
        let mut under_way = false;
        for (lane, begin) in self.lanes.iter_mut().zip(begins) {
            under_way |= lane.at != begin || lane.offered;
            lane.at = begin;
        }
        self.model = AxiLite::new(params);
        under_way
    }
}

/// A master on APB4, which does one access after the other.
pub(super) struct ApbMaster {
    model: Apb,
    /// Select, enable, address, protection, direction, data, strobes.
    ports: [In; 7],
    ready: Out,
    data: Out,
    error: Out,
    stall: Stall,
    items: Vec<Access>,
    at: usize,
    /// Whether a transfer is on the port, and whether this is its first cycle.
    open: bool,
    first: bool,
}

impl ApbMaster {
    fn find(dut: &Dut, params: &RegsParams, stalls: &[Stall], items: &[Access]) -> Self {
        let names = [
            "psel", "penable", "paddr", "pprot", "pwrite", "pwdata", "pstrb",
        ];
        Self {
            model: Apb::new(params),
            ports: names.map(|name| input(dut, &format!("regs_{name}_i"))),
            ready: output(dut, "regs_pready_o"),
            data: output(dut, "regs_prdata_o"),
            error: output(dut, "regs_pslverr_o"),
            stall: stalls[WRITE_ADDRESS],
            items: items.to_vec(),
            at: 0,
            open: false,
            first: false,
        }
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.open = false;
        io.put([self.ports[0], self.ports[1]], [false; 2]);
    }

    fn drive(&mut self, io: &mut Io<Point>) {
        let [select, enable, fields @ ..] = self.ports;
        if self.open {
            self.first = false;
            io.set(enable, true);
            return;
        }
        let go = self.stall.go(io.cycle());
        let due = self.items.get(self.at).filter(|_| go);
        self.open = due.is_some();
        self.first = true;
        io.put([select, enable], [self.open, false]);
        match due {
            Some(item) => {
                let write = item.write();
                let (data, strobe) = write.map_or((0, 0), |w| (w.data, w.strobe));
                let direction = u64::from(write.is_some());
                let values = [item.address().into(), self.at as u64 % 8, direction];
                let [address, protection, way, wide, bytes] = fields;
                io.put([address, protection, way], values);
                io.put([wide, bytes], [data, strobe]);
            }
            None => fields.into_iter().for_each(|port| io.scribble(port)),
        }
    }

    fn check(&mut self, io: &mut Io<Point>, inputs: &Inputs) -> Result<bool, Fault> {
        let answer = self.model.answer;
        same(
            "regs_pready_o",
            1,
            answer.is_some().into(),
            io.get(self.ready),
        )?;
        let value = answer.and_then(Result::ok).unwrap_or(0);
        same("regs_prdata_o", 32, value.into(), io.get(self.data))?;
        let failed = answer == Some(Err(Refused));
        same("regs_pslverr_o", 1, failed.into(), io.get(self.error))?;
        let asked = self.items.get(self.at).filter(|_| self.open);
        let request = asked.map(|item| match item.write() {
            Some(write) => Request::Write(write),
            None => Request::Read(item.address()),
        });
        self.model.clock(request, inputs);
        let taken = answer.is_some() && self.open && !self.first;
        if taken {
            self.open = false;
            self.at += 1;
        }
        Ok(taken)
    }

    fn restart(&mut self, params: &RegsParams) -> bool {
        self.model = Apb::new(params);
        self.open
    }
}
