// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers cycle by cycle, behind whatever bus.
//!
//! [`Regs::clock`] is one cycle: at most one write and one read, and what the hardware says in it.
//! A read sees the registers as they were before the write of the same cycle.

mod count;

use std::collections::BTreeMap;

use super::table::{Access, Field, Kind, Place, Table};
use super::{Refusal, RegsParams};

/// An access that is answered with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// The answer to an access, if there was one.
pub type Answer<T> = Option<Result<T, Refused>>;

/// A write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write {
    /// Address in bytes; its two low bits say nothing.
    pub address: u32,
    /// Data.
    pub data: u32,
    /// Bytes of the data that count, a bit each.
    pub strobe: u32,
}

impl Write {
    /// Returns the bits that the strobes let through.
    fn bits(self) -> u32 {
        (0..4).fold(0, |bits, b| {
            bits | ((self.strobe >> b & 1) * 0xFF) << (8 * b)
        })
    }

    /// Returns what `old` becomes where `mask` may be written.
    fn over(self, old: u32, mask: u32) -> u32 {
        let mask = mask & self.bits();
        old & !mask | self.data & mask
    }
}

/// What the hardware says in a cycle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a port.
pub struct Inputs {
    /// Nothing is in flight.
    pub idle: bool,
    /// A job is under way.
    pub running: bool,
    /// A job is complete that asked for an interrupt.
    pub done: bool,
    /// An error is there; it goes in the cycle after [`Outputs::error_clear`].
    pub error_valid: bool,
    /// Its code.
    pub error_code: u32,
    /// Its address.
    pub error_addr: u64,
    /// Index of the first descriptor that has not been fetched.
    pub ring_head: u32,
    /// Engines that work, a bit each.
    pub busy: u32,
    /// Bytes of each plane of K that were read.
    pub k_bytes: Vec<u32>,
    /// Bytes of each plane of V that were read.
    pub v_bytes: Vec<u32>,
    /// Bytes of streams that were read.
    pub in_bytes: u32,
    /// Bytes of streams that were written.
    pub out_bytes: u32,
    /// Requests in flight of each channel.
    pub flight: Vec<u32>,
    /// Channels on which a request waits, a bit each.
    pub blocked: u32,
}

/// What the registers tell the hardware, all of it from flip-flops.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a port.
pub struct Outputs {
    /// Commands may begin.
    pub enable: bool,
    /// The queue is to be emptied, for a cycle.
    pub soft_reset: bool,
    /// Errors are to be cleared, for a cycle.
    pub error_clear: bool,
    /// The interrupt.
    pub irq: bool,
    /// Address of the ring.
    pub ring_base: u64,
    /// Entries of the ring.
    pub ring_size: u32,
    /// Its tail.
    pub ring_tail: u32,
    /// The tail has been written, for a cycle.
    pub doorbell: bool,
    /// `AxPROT`.
    pub axprot: u32,
    /// `AxCACHE`.
    pub axcache: u32,
    /// Bytes from a channel to the next.
    pub channel_stride: u64,
    /// First byte of memory that may be touched.
    pub window_base: u64,
    /// The byte behind the last.
    pub window_end: u64,
}

/// Bits of `COMMAND`.
const RESET_QUEUE: u32 = 1;
const CLEAR_COUNTERS: u32 = 2;
const CLEAR_ERROR: u32 = 4;
const PRESET_COUNTERS: u32 = 8;

/// The registers between two cycles.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a flip-flop.
pub struct Regs {
    table: Table,
    /// Registers that are written, by name: stored bits and events.
    held: BTreeMap<String, u32>,
    /// Counters, by the offset of their low half.
    counters: BTreeMap<u32, u64>,
    /// Most requests in flight of each channel.
    most: Vec<u32>,
    /// The high half that the last read of a low half kept.
    kept: u32,
    /// Code and address of the first error.
    error: Option<(u32, u64)>,
    /// What counters add in this cycle: what the hardware said in the cycle before.
    steps: Vec<(u32, u32)>,
    /// What `COMMAND` does in this cycle.
    command: u32,
    doorbell: bool,
    irq: bool,
    /// Of the cycle before: whether the ring was empty, an error there, and errors cleared.
    was_empty: bool,
    had_error: bool,
    had_clear: bool,
}

impl Regs {
    /// Makes registers as they are after reset.
    pub fn new(params: &RegsParams) -> Self {
        let table = Table::of(params);
        let written = table.registers.iter().filter(|r| r.writable());
        let held = written.map(|r| (r.name.clone(), r.reset())).collect();
        let low = |p: &Place<'_>| p.register.fields[0].kind == Kind::Low;
        let offsets = table.offsets().into_iter();
        let counters = offsets.filter(|&o| table.at(o).is_some_and(|p| low(&p)));
        let counters = counters.map(|o| (o, 0)).collect();
        Self {
            held,
            counters,
            most: vec![0; params.channels as usize],
            kept: 0,
            error: None,
            steps: Vec::new(),
            command: 0,
            doorbell: false,
            irq: false,
            was_empty: true,
            had_error: false,
            had_clear: false,
            table,
        }
    }

    /// Returns the table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn held(&self, name: &str) -> u32 {
        self.held.get(name).copied().unwrap_or(0)
    }

    fn wide(&self, name: &str) -> u64 {
        let half = |end| u64::from(self.held(&format!("{name}_{end}")));
        half("HI") << 32 | half("LO")
    }

    /// Returns the outputs of this cycle.
    pub fn outputs(&self) -> Outputs {
        let attr = self.held("AXI_ATTR");
        Outputs {
            enable: self.held("CONTROL") & 1 == 1,
            soft_reset: self.command & RESET_QUEUE != 0,
            error_clear: self.command & CLEAR_ERROR != 0,
            irq: self.irq,
            ring_base: self.wide("RING_BASE"),
            ring_size: self.held("RING_SIZE"),
            ring_tail: self.held("RING_TAIL"),
            doorbell: self.doorbell,
            axprot: attr & 7,
            axcache: attr >> 4,
            channel_stride: self.wide("CHANNEL_STRIDE"),
            window_base: self.wide("WINDOW_BASE"),
            window_end: self.wide("WINDOW_END"),
        }
    }

    /// Returns a counter by the offset of its low half.
    pub fn counter(&self, offset: u32) -> Option<u64> {
        self.counters.get(&offset).copied()
    }

    /// Returns the high half that was kept when a low half was read.
    pub fn kept(&self) -> u32 {
        self.kept
    }

    /// Returns code and address of the error that is recorded.
    pub fn error(&self) -> Option<(u32, u64)> {
        self.error
    }

    /// Returns the most requests in flight of each channel.
    pub fn most(&self) -> &[u32] {
        &self.most
    }

    /// Tells whether an error of the hardware is a new one.
    pub fn raises(&self, inputs: &Inputs) -> bool {
        inputs.error_valid && (!self.had_error || self.had_clear)
    }

    /// Returns the bits of the interrupt status that are set in this cycle, in which a doorbell is
    /// `refused` or not.
    pub fn events(&self, inputs: &Inputs, refused: bool) -> u32 {
        let empty = inputs.ring_head == self.held("RING_TAIL");
        u32::from(inputs.done)
            | u32::from(self.raises(inputs) || refused) << 1
            | u32::from(empty && !self.was_empty) << 2
    }

    /// Tells whether a counter or a peak is being cleared in this cycle.
    pub fn clears(&self) -> bool {
        self.command & CLEAR_COUNTERS != 0
    }

    /// Plays a cycle; returns the answers to the read and to the write.
    pub fn clock(
        &mut self,
        read: Option<u32>,
        write: Option<Write>,
        inputs: &Inputs,
    ) -> (Answer<u32>, Answer<()>) {
        let value = read.map(|address| self.read(address, inputs));
        let before = self.outputs();
        self.irq = self.held("IRQ_STATUS") & self.held("IRQ_ENABLE") != 0;
        self.count(inputs);
        let raised = self.raises(inputs);
        let events = self.events(inputs, false);
        let cleared = std::mem::take(&mut self.command);
        self.doorbell = false;
        let (done, refused) = write.map_or((None, None), |write| self.write(write));
        if cleared & RESET_QUEUE != 0 {
            self.held.insert("RING_TAIL".to_owned(), 0);
        }
        let outside = (inputs.error_code, inputs.error_addr);
        let errors = raised.then_some(outside);
        let errors = errors.or(refused.map(|r| (r.code(), 0)));
        let kept = self.error.filter(|_| cleared & CLEAR_ERROR == 0);
        self.error = kept.or(errors);

        let failed = u32::from(refused.is_some()) << 1;
        let status = self.held("IRQ_STATUS") | events | failed;
        self.held.insert("IRQ_STATUS".to_owned(), status);
        self.was_empty = inputs.ring_head == before.ring_tail;
        self.had_error = inputs.error_valid;
        self.had_clear = before.error_clear;
        (value, done)
    }

    /// Reads a register; a low half keeps the high one.
    fn read(&mut self, address: u32, inputs: &Inputs) -> Result<u32, Refused> {
        let place = self.table.at(address).ok_or(Refused)?;
        if !place.register.readable() {
            return Err(Refused);
        }
        let counter = self.counter(address & !3);
        let fields = place.register.fields.iter();
        let value = fields.fold(0, |all, f| {
            let value = self.field(place, f, counter, inputs);
            all | value << f.lsb & f.mask()
        });
        if let Some(all) = counter {
            self.kept = (all >> 32) as u32;
        }
        Ok(value)
    }

    fn field(&self, place: Place<'_>, f: &Field, counter: Option<u64>, inputs: &Inputs) -> u32 {
        let name = place.register.name.as_str();
        match f.kind {
            Kind::Constant(value) => value,
            Kind::Stored(_) | Kind::Event => self.held(name) >> f.lsb,
            Kind::Command => 0,
            Kind::Low => counter.unwrap_or(0) as u32,
            Kind::High => self.kept,
            Kind::Shown => self.shown((name, f.name), place.channel, inputs),
        }
    }

    fn shown(&self, field: (&str, &str), channel: Option<u32>, inputs: &Inputs) -> u32 {
        let channel = channel.unwrap_or(0) as usize;
        let (code, addr) = self.error.unwrap_or((0, 0));
        match field {
            ("STATUS", "IDLE") => inputs.idle.into(),
            ("STATUS", "RUNNING") => inputs.running.into(),
            ("STATUS", "ERROR") => self.error.is_some().into(),
            ("STATUS", "RING_EMPTY") => (inputs.ring_head == self.held("RING_TAIL")).into(),
            ("ERROR_CODE", _) => code,
            ("ERROR_ADDR_LO", _) => addr as u32,
            ("ERROR_ADDR_HI", _) => (addr >> 32) as u32,
            ("RING_HEAD", _) => inputs.ring_head,
            ("FLIGHT", "NOW") => inputs.flight[channel],
            ("FLIGHT", "MOST") => self.most[channel],
            (register, name) => panic!("nothing is shown in {register}.{name}"),
        }
    }

    /// Writes a register; returns the answer, and the error that the write itself is.
    fn write(&mut self, write: Write) -> (Option<Result<(), Refused>>, Option<Refusal>) {
        let place = self.table.at(write.address);
        let Some(register) = place.map(|p| p.register).filter(|r| r.writable()) else {
            return (Some(Err(Refused)), None);
        };
        let name = register.name.clone();
        let old = self.held(&name);
        let new = write.over(old, register.stored());
        let ones = write.data & write.bits();
        let of = |access| register.mask(|f| f.access() == access);
        let cleared = ones & of(Access::W1c);
        let commands = ones & of(Access::Wo);
        if name == "RING_TAIL" {
            let refused = self.ring(write, new, register.stored());
            return (Some(Ok(())), refused);
        }
        self.command |= commands;
        self.held.insert(name, new & !cleared);
        (Some(Ok(())), None)
    }

    /// Takes a new tail, or refuses it.
    fn ring(&mut self, write: Write, tail: u32, mask: u32) -> Option<Refusal> {
        if write.bits() & mask == 0 {
            return None;
        }
        if self.held("CONTROL") & 1 == 0 {
            return Some(Refusal::DoorbellStopped);
        }
        if tail >= self.held("RING_SIZE") {
            return Some(Refusal::TailRange);
        }
        self.held.insert("RING_TAIL".to_owned(), tail);
        self.doorbell = true;
        None
    }
}

#[cfg(test)]
mod tests;
