// SPDX-License-Identifier: MIT OR Apache-2.0
//! A memory behind one channel of a port that reads.

use super::behaviour::Behaviour;
use super::counts::Counts;
use super::lanes::{AddressLanes, InLane, OutLane};
use super::read_side::{ReadBeat, ReadSide};
use super::rules::Rules;
use super::shared::Memory;
use crate::kit::{Io, Monitor, Point};
use crate::report::Fault;
use hwgen_sim::dut::Dut;

/// A subordinate on the AR and R channels of a port of the device. It takes addresses, checks them, and
/// answers with what the memory holds, or held when the address was taken.
pub(crate) struct AxiRead {
    /// For reports: `mem_ar of channel 3`.
    name: String,
    valid: OutLane,
    ready: InLane,
    address: AddressLanes,
    data_valid: InLane,
    data_ready: OutLane,
    /// ID, response, last.
    reply: [InLane; 3],
    data: InLane,
    behaviour: Behaviour,
    monitor: Monitor,
    willing: bool,
    offered: Option<ReadBeat>,
    side: ReadSide,
}

impl AxiRead {
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
            name: format!("channel {channel}: {name}_ar"),
            valid: from("arvalid_o"),
            ready: to("arready_i"),
            address: AddressLanes::find(dut, &format!("{name}_ar"), channel, channels),
            data_valid: to("rvalid_i"),
            data_ready: from("rready_o"),
            reply: ["rid_i", "rresp_i", "rlast_i"].map(to),
            data: to("rdata_i"),
            side: ReadSide::new(rules, behaviour.clone()),
            behaviour,
            monitor: Monitor::default(),
            willing: false,
            offered: None,
        }
    }

    /// Takes ready and valid away and forgets what is in flight, for a reset.
    pub(crate) fn quiet<P: Point>(&mut self, io: &mut Io<P>) {
        self.willing = false;
        self.offered = None;
        self.monitor = Monitor::default();
        self.side.clear();
        self.ready.set(io, false);
        self.data_valid.set(io, false);
    }

    /// Drives the inputs of a cycle.
    pub(crate) fn drive<P: Point>(&mut self, io: &mut Io<P>, memory: &mut Memory) {
        let cycle = io.cycle();
        self.side.advance(cycle, memory);
        let room = self.behaviour.has_room(self.side.in_flight());
        let stall = &self.behaviour.address;
        self.willing = room && stall.take(cycle, self.monitor.waiting());
        self.ready.set(io, self.willing);
        if self.offered.is_none() && self.behaviour.data.go(cycle) {
            self.offered = self.side.offer(cycle, memory);
            if let Some(beat) = self.offered {
                let fields = [beat.id, beat.resp as u64, u64::from(beat.last)];
                for (lane, value) in self.reply.into_iter().zip(fields) {
                    lane.set(io, value);
                }
                self.data.set_beat(io, &beat.data);
            }
        }
        self.data_valid.set(io, self.offered.is_some());
        if self.offered.is_none() {
            self.reply.iter().for_each(|lane| lane.scribble(io));
            self.data.scribble(io);
        }
    }

    /// Checks the outputs of a cycle and notes what was taken; tells whether anything moved.
    pub(crate) fn check<P: Point>(
        &mut self,
        io: &Io<P>,
        memory: &mut Memory,
    ) -> Result<bool, Fault> {
        let valid = self.valid.get(io) != 0;
        let kept = self.monitor.check(valid, self.willing, |words| {
            words.extend(self.address.words(io));
        });
        kept.map_err(|broken| {
            Fault::new(format!("{}valid_o", self.name), "a stable address", broken)
        })?;
        self.side.counts.address_waits += u64::from(valid && !self.willing);
        let asked = valid && self.willing;
        if asked {
            let taken = self
                .side
                .accept(io.clocked(), self.address.address(io), memory);
            taken.map_err(|broken| broken.fault(&self.name))?;
        }
        let ready = self.data_ready.get(io) != 0;
        self.side.counts.data_waits += u64::from(self.offered.is_some() && !ready);
        let came = self.offered.take_if(|_| ready);
        if let Some(beat) = &came {
            self.side.taken(beat);
        }
        Ok(asked || came.is_some())
    }

    /// Tells whether nothing is in flight and no address waits.
    pub(crate) fn idle(&self) -> bool {
        self.side.in_flight() == 0 && !self.monitor.waiting()
    }

    /// Returns the bursts in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.side.in_flight()
    }

    /// Returns the beats that were asked for and have not been taken.
    pub(crate) fn beats_in_flight(&self) -> u32 {
        self.side.beats_in_flight()
    }

    /// Tells what has happened so far.
    pub(crate) fn counts(&self) -> Counts {
        self.side.counts
    }
}
