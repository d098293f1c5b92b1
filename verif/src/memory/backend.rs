// SPDX-License-Identifier: MIT OR Apache-2.0
//! A DRAM behind the ports of a device: its clock beside that of the core, and whose turn it is.
//!
//! Each port gives its accesses in order; the first that finds no room in the queue of its channel holds
//! up those behind it. Between ports nothing is in the way: the switch is ideal, and they take turns.

use std::collections::{HashMap, VecDeque};

use super::Memory;
use super::behaviour::Behaviour;
use super::dram::{Dram, Ticket};
use super::rules::Address;

/// Names an access of a port: the number of its burst, and its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) burst: u64,
    pub(super) index: u32,
}

#[derive(Debug, Clone, Copy)]
struct Request {
    /// First cycle of the core in which it may go.
    from: u64,
    address: u64,
    write: bool,
    part: Part,
}

#[derive(Debug, Default)]
struct Port {
    waiting: VecDeque<Request>,
    done: Vec<Part>,
}

/// A DRAM and what waits for it.
#[derive(Debug)]
pub(crate) struct Backend {
    dram: Dram,
    core_ps: u64,
    /// Time that the core has had and the memory has not.
    ahead_ps: u64,
    /// The last cycle of the core.
    cycle: Option<u64>,
    ports: Vec<Port>,
    flying: HashMap<Ticket, (usize, Part)>,
    /// The ports, that first which has waited longest since it gave an access.
    turns: VecDeque<usize>,
}

impl Backend {
    /// Puts a DRAM behind a core with a clock of `core_ps` picoseconds.
    pub(super) fn new(dram: Dram, core_ps: u64) -> Self {
        Self {
            dram,
            core_ps,
            ahead_ps: 0,
            cycle: None,
            ports: Vec::new(),
            flying: HashMap::new(),
            turns: VecDeque::new(),
        }
    }

    /// Returns the DRAM.
    pub(crate) fn dram(&self) -> &Dram {
        &self.dram
    }

    /// Returns the bytes of an access.
    pub(super) fn access_bytes(&self) -> u64 {
        u64::from(self.dram.preset().organisation.access_bytes)
    }

    /// Makes a port.
    pub(super) fn port(&mut self) -> usize {
        let number = self.ports.len();
        self.ports.push(Port::default());
        self.turns.push_back(number);
        number
    }

    /// Adds the access that holds `address`, which may go from core cycle `from` on.
    pub(super) fn ask(&mut self, port: usize, from: u64, address: u64, write: bool, part: Part) {
        self.ports[port].waiting.push_back(Request {
            from,
            address,
            write,
            part,
        });
    }

    /// Drops all accesses of a port: those that the controllers have go on and are not heard of.
    pub(super) fn forget(&mut self, port: usize) {
        self.ports[port] = Port::default();
        self.flying.retain(|_, (owner, _)| *owner != port);
    }

    /// Goes on to core cycle `cycle`, once for each cycle, and plays the clocks of the memory until then.
    pub(super) fn advance(&mut self, cycle: u64) {
        if self.cycle == Some(cycle) {
            return;
        }
        let passed = self.cycle.and_then(|last| cycle.checked_sub(last));
        self.cycle = Some(cycle);
        self.ahead_ps += self.core_ps * passed.unwrap_or(1);
        let clock_ps = self.dram.preset().timing.clock_ps;
        while self.ahead_ps >= clock_ps {
            self.ahead_ps -= clock_ps;
            self.submit(cycle);
            self.dram.clock();
            self.collect();
        }
    }

    /// Takes the accesses of a port that have been done.
    pub(super) fn take_done(&mut self, port: usize) -> impl Iterator<Item = Part> {
        self.ports[port].done.drain(..)
    }

    /// Gives the controllers what they have room for, an access of each port in turn.
    fn submit(&mut self, cycle: u64) {
        let mut open: Vec<usize> = self.turns.iter().copied().collect();
        while !open.is_empty() {
            open.retain(|&number| {
                let port = &mut self.ports[number];
                let Some(request) = port.waiting.front().filter(|r| r.from <= cycle) else {
                    return false;
                };
                let ticket = self.dram.submit(request.address, request.write);
                if let Some(ticket) = ticket {
                    self.flying.insert(ticket, (number, request.part));
                    port.waiting.pop_front();
                    self.turns.retain(|&other| other != number);
                    self.turns.push_back(number);
                }
                ticket.is_some()
            });
        }
    }

    fn collect(&mut self) {
        for ticket in self.dram.take_done() {
            if let Some((port, part)) = self.flying.remove(&ticket) {
                self.ports[port].done.push(part);
            }
        }
    }
}

/// The way of one port to the DRAM, if its behaviour has one.
#[derive(Debug, Default)]
pub(super) struct Line {
    port: Option<usize>,
    /// Number of the last burst.
    number: u64,
    /// Whether what is under way is to be forgotten.
    cleared: bool,
}

impl Line {
    /// Forgets what is under way.
    pub(super) fn clear(&mut self) {
        self.cleared = true;
    }

    /// Goes on to core cycle `cycle`; returns the accesses that have been done.
    pub(super) fn advance(
        &mut self,
        behaviour: &Behaviour,
        cycle: u64,
        memory: &mut Memory,
    ) -> Vec<Part> {
        if behaviour.way().is_none() {
            return Vec::new();
        }
        let backend = memory.backend();
        let port = *self.port.get_or_insert_with(|| backend.port());
        if std::mem::take(&mut self.cleared) {
            backend.forget(port);
        }
        backend.advance(cycle);
        backend.take_done(port).collect()
    }

    /// Asks for the bytes of a burst of beats of `lanes` bytes that was taken in core cycle `cycle`.
    pub(super) fn ask(
        &mut self,
        behaviour: &Behaviour,
        cycle: u64,
        (address, lanes): (&Address, u32),
        write: bool,
        memory: &mut Memory,
    ) -> Parts {
        let Some(way) = behaviour.way() else {
            return Parts::default();
        };
        let backend = memory.backend();
        let port = *self.port.get_or_insert_with(|| backend.port());
        self.number += 1;
        let bytes = backend.access_bytes();
        let first = address.beat(0, lanes) / bytes;
        let last = (address.beat(address.beats - 1, lanes) + u64::from(lanes - 1)) / bytes;
        let burst = self.number;
        for (index, access) in (0..).zip(first..=last) {
            let part = Part { burst, index };
            backend.ask(port, cycle + 1 + way, access * bytes, write, part);
        }
        Parts {
            burst,
            bytes,
            first,
            done: vec![false; (last - first + 1) as usize],
        }
    }
}

/// The accesses of one burst: which of them have been done.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Number of the burst.
    pub(super) burst: u64,
    /// Bytes of an access, or 0 if there is no DRAM.
    bytes: u64,
    /// First access, as a multiple of its bytes.
    first: u64,
    done: Vec<bool>,
}

impl Parts {
    /// Notes that an access has been done.
    pub(super) fn note(&mut self, part: Part) {
        self.done[part.index as usize] = true;
    }

    /// Tells whether all of `lanes` bytes at `base` have come.
    pub(super) fn has(&self, base: u64, lanes: u32) -> bool {
        if self.bytes == 0 {
            return true;
        }
        let of = |address: u64| (address / self.bytes - self.first) as usize;
        self.done[of(base)..=of(base + u64::from(lanes - 1))]
            .iter()
            .all(|&done| done)
    }

    /// Counts the accesses that have not been done.
    pub(super) fn open(&self) -> usize {
        self.done.iter().filter(|&&done| !done).count()
    }
}

#[cfg(test)]
mod tests;
