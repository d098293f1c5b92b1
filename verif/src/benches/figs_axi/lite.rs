// SPDX-License-Identifier: MIT OR Apache-2.0
//! Software on the registers: one access at a time over AXI4-Lite.

use hwgen_sim::dut::{Dut, In, Out};

use super::point::Point;
use crate::kit::{Io, Monitor, Stall, input, output};
use crate::report::Fault;

/// An access to a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// A read of an offset.
    Read(u32),
    /// A write of all bytes at an offset.
    Write(u32, u32),
}

/// A channel on which software offers a beat.
struct Lane {
    valid: In,
    ready: Out,
    fields: Vec<In>,
    due: Option<Vec<u64>>,
    offered: bool,
}

impl Lane {
    fn find(dut: &Dut, name: &str, fields: [&str; 2]) -> Self {
        Self {
            valid: input(dut, &format!("s_axi_{name}valid_i")),
            ready: output(dut, &format!("s_axi_{name}ready_o")),
            fields: fields
                .iter()
                .map(|f| input(dut, &format!("s_axi_{f}_i")))
                .collect(),
            due: None,
            offered: false,
        }
    }

    fn drive(&mut self, io: &mut Io<Point>, go: bool) {
        if !self.offered {
            self.offered = go && self.due.is_some();
            for (at, &port) in self.fields.iter().enumerate() {
                match &self.due {
                    Some(beat) if self.offered => io.set(port, beat[at]),
                    _ => io.scribble(port),
                }
            }
        }
        io.set(self.valid, self.offered);
    }

    fn check(&mut self, io: &Io<Point>) {
        if self.offered && io.is(self.ready) {
            (self.offered, self.due) = (false, None);
        }
    }
}

/// A channel on which responses come.
struct Back {
    valid: Out,
    ready: In,
    resp: Out,
    data: Option<Out>,
    monitor: Monitor,
    willing: bool,
}

impl Back {
    fn find(dut: &Dut, name: &str, data: Option<&str>) -> Self {
        Self {
            valid: output(dut, &format!("s_axi_{name}valid_o")),
            ready: input(dut, &format!("s_axi_{name}ready_i")),
            resp: output(dut, &format!("s_axi_{name}resp_o")),
            data: data.map(|name| output(dut, name)),
            monitor: Monitor::default(),
            willing: false,
        }
    }

    /// Returns the data of a response that is taken.
    fn check(&mut self, io: &Io<Point>, wanted: bool) -> Result<Option<u32>, Fault> {
        let valid = io.is(self.valid);
        let data = self.data.map_or(0, |port| io.get(port));
        let resp = io.get(self.resp);
        let kept = self
            .monitor
            .check(valid, self.willing, |words| words.extend([data, resp]));
        kept.map_err(|broken| Fault::new("s_axi response", "a stable one", broken))?;
        if valid && !wanted {
            return Err(Fault::new("s_axi response", "none", "one"));
        }
        if !(valid && self.willing) {
            return Ok(None);
        }
        if resp != 0 {
            return Err(Fault::new("s_axi response", "OKAY", resp));
        }
        Ok(Some(data as u32))
    }
}

/// A master that does one access after the other.
pub(super) struct Lite {
    lanes: [Lane; 3],
    back: [Back; 2],
    access: Option<Access>,
}

impl Lite {
    pub(super) fn find(dut: &Dut) -> Self {
        Self {
            lanes: [
                Lane::find(dut, "aw", ["awaddr", "awprot"]),
                Lane::find(dut, "w", ["wdata", "wstrb"]),
                Lane::find(dut, "ar", ["araddr", "arprot"]),
            ],
            back: [
                Back::find(dut, "b", None),
                Back::find(dut, "r", Some("s_axi_rdata_o")),
            ],
            access: None,
        }
    }

    /// Tells whether nothing is under way.
    pub(super) fn is_free(&self) -> bool {
        self.access.is_none()
    }

    /// Begins an access.
    pub(super) fn begin(&mut self, access: Access) {
        let [aw, w, ar] = &mut self.lanes;
        match access {
            Access::Read(offset) => ar.due = Some(vec![offset.into(), 0]),
            Access::Write(offset, data) => {
                aw.due = Some(vec![offset.into(), 0]);
                w.due = Some(vec![data.into(), 0xf]);
            }
        }
        self.access = Some(access);
    }

    /// Forgets what is under way, for a reset.
    pub(super) fn quiet(&mut self, io: &mut Io<Point>) {
        self.access = None;
        for lane in &mut self.lanes {
            (lane.offered, lane.due) = (false, None);
            io.set(lane.valid, false);
        }
        for back in &mut self.back {
            (back.willing, back.monitor) = (false, Monitor::default());
            io.set(back.ready, false);
        }
    }

    /// Drives a cycle; every channel stalls on its own.
    pub(super) fn drive(&mut self, io: &mut Io<Point>, stall: &Stall) {
        let of = |number: u64| Stall {
            seed: stall.seed ^ number,
            ..*stall
        };
        let cycle = io.cycle();
        for (number, lane) in (0..).zip(&mut self.lanes) {
            lane.drive(io, of(number).go(cycle));
        }
        for (number, back) in (3..).zip(&mut self.back) {
            back.willing = of(number).take(cycle, back.monitor.waiting());
            io.set(back.ready, back.willing);
        }
    }

    /// Checks a cycle; returns the data of an access that has ended, 0 of a write.
    pub(super) fn check(&mut self, io: &Io<Point>) -> Result<Option<u32>, Fault> {
        // A response belongs to what was taken before this cycle.
        let sent = self.lanes.iter().all(|lane| lane.due.is_none());
        let reads = matches!(self.access, Some(Access::Read(_)));
        let due = sent && self.access.is_some();
        let written = self.back[0].check(io, due && !reads)?;
        let read = self.back[1].check(io, due && reads)?;
        for lane in &mut self.lanes {
            lane.check(io);
        }
        let answer = written.or(read);
        if answer.is_some() {
            self.access = None;
        }
        Ok(answer)
    }
}
