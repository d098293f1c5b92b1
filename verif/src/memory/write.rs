// SPDX-License-Identifier: MIT OR Apache-2.0
//! A memory behind one channel of a port that writes.

use super::behaviour::Behaviour;
use super::counts::Counts;
use super::lanes::{AddressLanes, InLane, OutLane};
use super::rules::Rules;
use super::shared::Memory;
use super::write_side::{Response, WriteBeat, WriteSide};
use crate::kit::{Io, Monitor, Point};
use crate::report::Fault;
use hwgen_sim::dut::Dut;

/// A subordinate on the AW, W and B channels of a port of the device. It takes addresses and data in the
/// order that its behaviour allows, checks them, and writes the bytes at the latest when it answers.
pub(crate) struct AxiWrite {
    /// For reports: `channel 3: mem`.
    name: String,
    valid: OutLane,
    ready: InLane,
    address: AddressLanes,
    data_valid: OutLane,
    data_ready: InLane,
    data: OutLane,
    /// Strobes and last.
    beside: [OutLane; 2],
    response_valid: InLane,
    response_ready: OutLane,
    /// ID and response.
    reply: [InLane; 2],
    behaviour: Behaviour,
    address_monitor: Monitor,
    data_monitor: Monitor,
    willing: [bool; 2],
    offered: Option<Response>,
    side: WriteSide,
}

impl AxiWrite {
    /// Finds the part of `channel` in port `name` of the device, whose signals are vectors of so many
    /// `channels`.
    pub(crate) fn find(
        dut: &Dut,
        name: &str,
        channel: u32,
        channels: u32,
        rules: Rules,
        behaviour: Behaviour,
    ) -> Self {
        let from =
            |signal: &str| OutLane::find(dut, &format!("{name}_{signal}"), channel, channels);
        let to = |signal: &str| InLane::find(dut, &format!("{name}_{signal}"), channel, channels);
        Self {
            name: format!("channel {channel}: {name}"),
            valid: from("awvalid_o"),
            ready: to("awready_i"),
            address: AddressLanes::find(dut, &format!("{name}_aw"), channel, channels),
            data_valid: from("wvalid_o"),
            data_ready: to("wready_i"),
            data: from("wdata_o"),
            beside: ["wstrb_o", "wlast_o"].map(from),
            response_valid: to("bvalid_i"),
            response_ready: from("bready_o"),
            reply: ["bid_i", "bresp_i"].map(to),
            side: WriteSide::new(rules, behaviour.clone()),
            behaviour,
            address_monitor: Monitor::default(),
            data_monitor: Monitor::default(),
            willing: [false; 2],
            offered: None,
        }
    }

    /// Takes ready and valid away and forgets what is in flight, for a reset.
    pub(crate) fn quiet<P: Point>(&mut self, io: &mut Io<P>) {
        self.willing = [false; 2];
        self.offered = None;
        self.address_monitor = Monitor::default();
        self.data_monitor = Monitor::default();
        self.side.clear();
        self.ready.set(io, false);
        self.data_ready.set(io, false);
        self.response_valid.set(io, false);
    }

    /// Drives the inputs of a cycle.
    pub(crate) fn drive<P: Point>(&mut self, io: &mut Io<P>, memory: &mut Memory) {
        let cycle = io.cycle();
        self.side.advance(cycle, memory);
        let (address_waits, data_waits) =
            (self.address_monitor.waiting(), self.data_monitor.waiting());
        let Behaviour { address, data, .. } = &self.behaviour;
        self.willing = [
            address.take(cycle, address_waits) && self.side.takes_address(data_waits),
            data.take(cycle, data_waits) && self.side.takes_data(),
        ];
        self.ready.set(io, self.willing[0]);
        self.data_ready.set(io, self.willing[1]);
        if self.offered.is_none() && self.behaviour.response.go(cycle) {
            self.offered = self.side.offer(cycle, memory);
            if let Some(response) = self.offered {
                self.reply[0].set(io, response.id);
                self.reply[1].set(io, response.resp as u64);
            }
        }
        self.response_valid.set(io, self.offered.is_some());
        if self.offered.is_none() {
            self.reply.iter().for_each(|lane| lane.scribble(io));
        }
    }

    /// Checks the outputs of a cycle and notes what was taken; tells whether anything moved.
    pub(crate) fn check<P: Point>(
        &mut self,
        io: &Io<P>,
        memory: &mut Memory,
    ) -> Result<bool, Fault> {
        let address_taken = self.check_address(io, memory)?;
        let data_taken = self.check_data(io, memory)?;
        let ready = self.response_ready.get(io) != 0;
        let answered = self.offered.take_if(|_| ready).is_some();
        if answered {
            self.side.taken();
        }
        Ok(address_taken || data_taken || answered)
    }

    fn check_address<P: Point>(&mut self, io: &Io<P>, memory: &mut Memory) -> Result<bool, Fault> {
        let valid = self.valid.get(io) != 0;
        let kept = self.address_monitor.check(valid, self.willing[0], |words| {
            words.extend(self.address.words(io));
        });
        kept.map_err(|broken| {
            let field = format!("{}_awvalid_o", self.name);
            Fault::new(field, "a stable address", broken)
        })?;
        self.side.counts.address_waits += u64::from(valid && !self.willing[0]);
        let taken = valid && self.willing[0];
        if taken {
            let (cycle, address) = (io.clocked(), self.address.address(io));
            let legal = self.side.address(cycle, address, memory);
            legal.map_err(|broken| broken.fault(&format!("{}_aw", self.name)))?;
        }
        Ok(taken)
    }

    fn check_data<P: Point>(&mut self, io: &Io<P>, memory: &mut Memory) -> Result<bool, Fault> {
        let valid = self.data_valid.get(io) != 0;
        let kept = self.data_monitor.check(valid, self.willing[1], |words| {
            words.extend(self.data.beat(io).0);
            words.extend(self.beside.map(|lane| lane.get(io)));
        });
        kept.map_err(|broken| {
            let field = format!("{}_wvalid_o", self.name);
            Fault::new(field, "a stable beat", broken)
        })?;
        self.side.counts.data_waits += u64::from(valid && !self.willing[1]);
        let taken = valid && self.willing[1];
        if taken {
            let [strobes, last] = self.beside.map(|lane| lane.get(io));
            let beat = WriteBeat {
                data: self.data.beat(io),
                strobes,
                last: last != 0,
            };
            let legal = self.side.data(io.clocked(), beat, memory);
            legal.map_err(|broken| broken.fault(&format!("{}_w", self.name)))?;
        }
        Ok(taken)
    }

    /// Tells whether nothing is in flight and nothing waits.
    pub(crate) fn idle(&self) -> bool {
        let waits = self.address_monitor.waiting() || self.data_monitor.waiting();
        self.side.in_flight() == 0 && !waits
    }

    /// Returns the bursts in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.side.in_flight()
    }

    /// Tells what has happened so far.
    pub(crate) fn counts(&self) -> Counts {
        self.side.counts
    }
}
