// SPDX-License-Identifier: MIT OR Apache-2.0
//! The master on AXI4-Lite, beside the model of its port.

use hwgen_golden::regs::RegsParams;
use hwgen_golden::regs::axi_lite::{AxiLite, Master};
use hwgen_golden::regs::model::Inputs;

use super::{
    Access, Point, READ_ADDRESS, READ_RESPONSE, WRITE_ADDRESS, WRITE_DATA, WRITE_RESPONSE,
};
use crate::kit::{Io, Stall, input, output, same};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, In, Out};

/// SLVERR.
const ERROR: u64 = 2;

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
    pub(super) model: AxiLite,
    /// Write addresses, write data, read addresses.
    lanes: [Lane; 3],
    b: (Out, In, Out),
    r: (Out, In, Out, Out),
    stalls: [Stall; 2],
    /// Whether the master takes responses to writes and to reads in this cycle.
    willing: [bool; 2],
    /// Writes and reads that have been answered.
    pub(super) answered: [usize; 2],
    count: usize,
    ordered: bool,
}

impl AxiMaster {
    pub(super) fn find(
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

    pub(super) fn quiet(&mut self, io: &mut Io<Point>) {
        for lane in &mut self.lanes {
            lane.quiet(io);
        }
        io.put([self.b.1, self.r.1], [false; 2]);
        self.willing = [false; 2];
    }

    pub(super) fn drive(&mut self, io: &mut Io<Point>) {
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
        let sides = self.willing.iter_mut().zip(&self.stalls).zip(waits);
        for ((willing, stall), waited) in sides {
            *willing = at_rest || stall.take(io.cycle(), waited);
        }
        io.put([self.b.1, self.r.1], self.willing);
    }

    pub(super) fn check(&mut self, io: &mut Io<Point>, inputs: &Inputs) -> Result<bool, Fault> {
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

    pub(super) fn restart(&mut self, params: &RegsParams) -> bool {
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
