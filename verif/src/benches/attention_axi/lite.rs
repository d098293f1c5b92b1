// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bus of the host: one access to a register at a time, over AXI4-Lite.

use super::point::Point;
use crate::kit::{Io, Monitor, Stall, input, output};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, In, Out};

/// Channels of the bus, in the order of a run's stalls.
pub(super) const CHANNELS: usize = 5;
const WRITE_ADDRESS: usize = 0;
const WRITE_DATA: usize = 1;
const READ_ADDRESS: usize = 2;
const WRITE_RESPONSE: usize = 3;
const READ_RESPONSE: usize = 4;

/// An access to a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// A read of an offset.
    Read(u32),
    /// A write of all bytes at an offset.
    Write(u32, u32),
}

/// What answers an access: the data of a read, 0 for a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) access: Access,
    pub(super) data: u32,
}

/// A channel on which the master offers beats.
struct Lane {
    valid: In,
    ready: Out,
    fields: Vec<In>,
    /// What is to be offered, and whether it is on the port.
    due: Option<Vec<u64>>,
    offered: bool,
}

impl Lane {
    fn find(dut: &Dut, name: &'static str, fields: &[&str]) -> Self {
        let field = |f: &&str| input(dut, &format!("s_axi_{f}_i"));
        Self {
            valid: input(dut, &format!("s_axi_{name}valid_i")),
            ready: output(dut, &format!("s_axi_{name}ready_o")),
            fields: fields.iter().map(field).collect(),
            due: None,
            offered: false,
        }
    }

    fn drive(&mut self, io: &mut Io<Point>, stall: &Stall) {
        if self.offered {
            return;
        }
        let due = self.due.as_ref().filter(|_| stall.go(io.cycle()));
        self.offered = due.is_some();
        for (i, &port) in self.fields.iter().enumerate() {
            match due {
                Some(beat) => io.set(port, beat[i]),
                None => io.scribble(port),
            }
        }
        io.set(self.valid, self.offered);
    }

    fn taken(&mut self, io: &Io<Point>) -> bool {
        let taken = self.offered && io.is(self.ready);
        if taken {
            self.offered = false;
            self.due = None;
        }
        taken
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.offered = false;
        self.due = None;
        io.set(self.valid, false);
    }
}

/// A channel on which responses come.
struct Back {
    name: &'static str,
    valid: Out,
    ready: In,
    resp: Out,
    data: Option<Out>,
    monitor: Monitor,
    willing: bool,
}

impl Back {
    fn find(dut: &Dut, name: &'static str, data: Option<&str>) -> Self {
        let from = |signal: &str| output(dut, &format!("s_axi_{signal}_o"));
        Self {
            name,
            valid: from(&format!("{name}valid")),
            ready: input(dut, &format!("s_axi_{name}ready_i")),
            resp: from(&format!("{name}resp")),
            data: data.map(from),
            monitor: Monitor::default(),
            willing: false,
        }
    }

    fn drive(&mut self, io: &mut Io<Point>, stall: &Stall) {
        self.willing = stall.take(io.cycle(), self.monitor.waiting());
        io.set(self.ready, self.willing);
    }

    /// Returns the data of a response that is taken.
    fn taken(&mut self, io: &Io<Point>, wanted: bool) -> Result<Option<u32>, Fault> {
        let field = || format!("s_axi_{}valid_o", self.name);
        let valid = io.is(self.valid);
        let data = |io: &Io<Point>| self.data.map_or(0, |port| io.get(port));
        let words = |words: &mut Vec<u64>| words.extend([data(io), io.get(self.resp)]);
        let kept = self.monitor.check(valid, self.willing, words);
        kept.map_err(|broken| Fault::new(field(), "a stable response", broken))?;
        if valid && !wanted {
            return Err(Fault::new(field(), "no response", "one"));
        }
        if !valid || !self.willing {
            return Ok(None);
        }
        if io.get(self.resp) != 0 {
            let field = format!("s_axi_{}resp_o", self.name);
            return Err(Fault::new(field, "OKAY", io.get(self.resp)));
        }
        Ok(Some(data(io) as u32))
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.monitor = Monitor::default();
        self.willing = false;
        io.set(self.ready, false);
    }
}

/// A master on AXI4-Lite that does one access after the other.
pub(super) struct LiteMaster {
    lanes: [Lane; 3],
    back: [Back; 2],
    stalls: Vec<Stall>,
    /// What is under way.
    access: Option<Access>,
}

impl LiteMaster {
    /// Finds the port; `stalls` are those of its channels.
    pub(super) fn find(dut: &Dut, stalls: &[Stall]) -> Self {
        Self {
            lanes: [
                Lane::find(dut, "aw", &["awaddr", "awprot"]),
                Lane::find(dut, "w", &["wdata", "wstrb"]),
                Lane::find(dut, "ar", &["araddr", "arprot"]),
            ],
            back: [
                Back::find(dut, "b", None),
                Back::find(dut, "r", Some("rdata")),
            ],
            stalls: stalls[..CHANNELS].to_vec(),
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

    /// Takes valid and ready away and forgets what is under way, for a reset.
    pub(super) fn quiet(&mut self, io: &mut Io<Point>) {
        self.access = None;
        self.lanes.iter_mut().for_each(|lane| lane.quiet(io));
        self.back.iter_mut().for_each(|back| back.quiet(io));
    }

    /// Drives the inputs of a cycle.
    pub(super) fn drive(&mut self, io: &mut Io<Point>) {
        let offered = [WRITE_ADDRESS, WRITE_DATA, READ_ADDRESS];
        for (lane, channel) in self.lanes.iter_mut().zip(offered) {
            lane.drive(io, &self.stalls[channel]);
        }
        for (back, channel) in self.back.iter_mut().zip([WRITE_RESPONSE, READ_RESPONSE]) {
            back.drive(io, &self.stalls[channel]);
        }
    }

    /// Checks the outputs of a cycle; returns the answer to the access that is under way.
    pub(super) fn check(&mut self, io: &mut Io<Point>) -> Result<Option<Answer>, Fault> {
        for lane in &mut self.lanes {
            lane.taken(io);
        }
        let sent = self.lanes.iter().all(|lane| lane.due.is_none());
        let mut answer = None;
        for (back, is_read) in self.back.iter_mut().zip([false, true]) {
            let of_kind = |a: &Access| matches!(a, Access::Read(_)) == is_read;
            let wanted = self.access.filter(|a| sent && of_kind(a));
            if let Some(data) = back.taken(io, wanted.is_some())? {
                answer = wanted.map(|access| Answer { access, data });
            }
        }
        if answer.is_some() {
            self.access = None;
        }
        Ok(answer)
    }

    /// Names the port on which nothing comes, if an access is under way.
    pub(super) fn missing(&self) -> Option<(&'static str, &'static str)> {
        self.access?;
        let ready = ["s_axi_awready_o", "s_axi_wready_o", "s_axi_arready_o"];
        let lane = self.lanes.iter().zip(ready).find(|(l, _)| l.due.is_some());
        let response = match self.access {
            Some(Access::Read(_)) => "s_axi_rvalid_o",
            _ => "s_axi_bvalid_o",
        };
        Some((
            lane.map_or(response, |(_, port)| port),
            "an access to a register",
        ))
    }
}
