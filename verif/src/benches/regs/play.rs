// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays accesses on registers: the master on one side, the hardware on the other.

use hwgen_golden::regs::RegsParams;
use hwgen_golden::regs::model::{Inputs, Outputs, Regs};
use hwgen_golden::regs::table::Kind;

use super::Point;
use super::bus::{Bus, Executed};
use super::device::RegsBench;
use super::hardware::Hardware;
use crate::kit::{Io, Player, RunOf};
use crate::report::Fault;
use hwgen_sim::dut::Dut;

/// Cycles without progress that no access needs.
const PATIENCE: u64 = 50;
/// Cycles watched after the last access.
const REST: u64 = 9;
/// `IRQ_STATUS` and `RING_TAIL`, whose writes an event may meet.
const AWKWARD: [u32; 2] = [0x58, 0x6C];

/// Plays accesses on registers.
pub(crate) struct RegsPlayer {
    params: RegsParams,
    bus: Bus,
    hardware: Hardware,
    /// What the hardware says in this cycle.
    inputs: Inputs,
    items: usize,
    stalls: u64,
}

impl RegsPlayer {
    pub(super) fn new(bench: &RegsBench, dut: &Dut, run: &RunOf<RegsBench>) -> Self {
        let params = &bench.params;
        Self {
            params: params.clone(),
            bus: Bus::find(dut, bench, run),
            hardware: Hardware::find(dut, params, run.setup),
            inputs: Inputs::default(),
            items: run.items.len(),
            stalls: run.longest_stall(),
        }
    }

    /// Counts what the accesses of this cycle are, before the model is clocked.
    fn count_accesses(&self, io: &mut Io<Point>, executed: Executed) {
        let regs = self.bus.regs();
        let table = regs.table();
        if let Some(address) = executed.read {
            let place = table.at(address);
            let there = place.is_some_and(|p| p.register.readable());
            io.count(Point::Read, there);
            io.count(Point::ReadUnmapped, place.is_none());
            io.count(Point::ReadOfWriteOnly, place.is_some() && !there);
            io.count(Point::Unaligned, address % 4 != 0);
            let low = place.is_some_and(|p| p.register.fields[0].kind == Kind::Low);
            let value = regs.counter(address & !3).unwrap_or(0);
            io.count(Point::Counter, low && value != 0);
            let high = place.is_some_and(|p| p.register.fields[0].kind == Kind::High);
            io.count(Point::HighHalf, high && regs.kept() != 0);
        }
        if let Some(write) = executed.write {
            let place = table.at(write.address);
            let there = place.is_some_and(|p| p.register.writable());
            io.count(Point::Written, there);
            io.count(Point::WriteUnmapped, place.is_none());
            io.count(Point::WriteOfReadOnly, place.is_some() && !there);
            io.count(Point::Unaligned, write.address % 4 != 0);
            io.count(Point::NoBytes, write.strobe == 0);
            io.count(Point::SomeBytes, ![0, 15].contains(&write.strobe));
        }
    }

    /// Counts what a cycle brought about, between the registers before and behind it.
    fn count_effects(&self, io: &mut Io<Point>, executed: Executed, before: &Before) {
        let regs = self.bus.regs();
        let (was, is) = (&before.told, regs.outputs());
        let named = |name: &str| {
            let write = executed.write?;
            let place = regs.table().at(write.address)?;
            (place.register.name == name).then_some(write)
        };
        let tail = named("RING_TAIL").filter(|w| w.strobe & 3 != 0);
        let refused = tail.is_some() && !is.doorbell;
        io.count(Point::Doorbell, is.doorbell);
        io.count(Point::DoorbellStopped, refused && !was.enable);
        io.count(Point::TailRange, refused && was.enable);
        let raised = before.raised;
        let clears = named("IRQ_STATUS").filter(|w| w.strobe & 1 == 1);
        let clears = clears.map_or(0, |w| w.data);
        let events = before.events | u32::from(refused) << 1;
        io.count(Point::EventInClear, clears & events != 0);
        io.count(Point::Interrupt, is.irq && !was.irq);
        io.count(Point::RingEmpty, events & 4 != 0);
        io.count(Point::QueueReset, was.soft_reset && was.ring_tail != 0);
        let failed = raised || refused;
        let recorded = before.recorded;
        io.count(Point::Error, failed && !recorded);
        io.count(Point::SecondError, failed && recorded && !was.error_clear);
        io.count(Point::ErrorInClear, failed && recorded && was.error_clear);
        io.count(Point::ErrorsTogether, raised && refused);
        io.count(Point::CountInClear, before.clears && before.counts);
        io.count(Point::BelowMost, before.below);
    }
}

/// What the registers were before a cycle, as far as it is counted.
#[allow(clippy::struct_excessive_bools)] // Each is a situation.
struct Before {
    told: Outputs,
    raised: bool,
    events: u32,
    recorded: bool,
    clears: bool,
    counts: bool,
    below: bool,
}

impl Before {
    fn of(regs: &Regs, inputs: &Inputs) -> Self {
        let mut peaks = regs.most().iter().zip(&inputs.flight);
        Self {
            told: regs.outputs(),
            raised: regs.raises(inputs),
            events: regs.events(inputs, false),
            recorded: regs.error().is_some(),
            clears: regs.clears(),
            counts: regs.counts(),
            below: peaks.any(|(most, now)| now < most),
        }
    }
}

impl Player for RegsPlayer {
    type Point = Point;

    fn patience(&self) -> u64 {
        PATIENCE + self.stalls
    }

    fn rest(&self) -> u64 {
        REST
    }

    fn quiet(&mut self, io: &mut Io<Point>) {
        self.bus.quiet(io);
    }

    fn drive(&mut self, io: &mut Io<Point>) -> bool {
        let told = self.bus.regs().outputs();
        let write = self.bus.executed().write;
        let awkward = write.is_some_and(|w| AWKWARD.contains(&(w.address & !3)));
        self.inputs = self.hardware.speak(io, &told, awkward);
        self.bus.drive(io);
        false
    }

    fn check(&mut self, io: &mut Io<Point>) -> Result<bool, Fault> {
        let before = Before::of(self.bus.regs(), &self.inputs);
        self.hardware.check(io, &before.told)?;
        let executed = self.bus.executed();
        self.count_accesses(io, executed);
        let taken = self.bus.check(io, &self.inputs)?;
        self.count_effects(io, executed, &before);
        Ok(taken)
    }

    fn done(&self) -> bool {
        self.bus.answered() == self.items
    }

    fn restart(&mut self, io: &mut Io<Point>) {
        let under_way = self.bus.restart(&self.params);
        io.count(Point::Reset, under_way);
        self.hardware.reset();
    }

    fn under_way(&self) -> usize {
        self.bus.answered()
    }

    fn missing(&self) -> (&'static str, &'static str) {
        match self.bus {
            Bus::AxiLite(_) => ("regs_bvalid_o, regs_rvalid_o", "a response"),
            Bus::Apb(_) => ("regs_pready_o", "an end of the transfer"),
        }
    }
}
