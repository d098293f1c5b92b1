// SPDX-License-Identifier: MIT OR Apache-2.0
//! A DRAM behind the ports of a device: its clock beside that of the core, and whose turn it is.
//!
//! Each port gives its accesses in order; the first that finds no room in the queue of its channel holds
//! up those behind it. Between ports nothing is in the way: the switch is ideal, and they take turns.

use std::collections::{HashMap, VecDeque};

use super::dram::{Dram, Ticket};

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

#[cfg(test)]
mod tests;
