// SPDX-License-Identifier: MIT OR Apache-2.0
//! The controller of one channel: queues, and which command goes next.
//!
//! First ready, first come: of the commands that the timing allows, the one of the oldest access. An
//! access that has opened a row comes before all others, and its row stays open for it; rows stay open
//! until another row of the bank is asked for. A refresh that is due stops everything but accesses that
//! have opened a row. Writes wait until their queue is four fifths full or there is no read, and go on
//! until it is a fifth full.

use std::collections::VecDeque;

use super::device::{Command, Device};
use super::mapping::Place;
use super::preset::{Preset, Timing};

/// Names an access until it is done.
pub type Ticket = u64;

/// What the commands of all channels were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Commands {
    /// Rows opened.
    pub activates: u64,
    /// Rows closed for an access to another one.
    pub precharges: u64,
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Refreshes of all banks of a pseudo channel.
    pub refreshes: u64,
}

/// A read or write of one burst of the device.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access {
    pub(super) ticket: Ticket,
    pub(super) place: Place,
    pub(super) write: bool,
}

/// Which commands may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bus {
    Rows,
    Columns,
    Both,
}

impl Bus {
    fn takes(self, command: Command) -> bool {
        match self {
            Self::Rows => !command.is_column(),
            Self::Columns => command.is_column(),
            Self::Both => true,
        }
    }
}

#[derive(Debug)]
pub(super) struct Channel {
    timing: Timing,
    two_buses: bool,
    room: usize,
    pub(super) device: Device,
    reads: VecDeque<Access>,
    writes: VecDeque<Access>,
    /// Accesses that have opened a row and wait for their column, and how many of each bank.
    active: VecDeque<Access>,
    active_of: Vec<u32>,
    writing: bool,
    /// Next refresh of each pseudo channel, and those that are due.
    refreshes: Vec<u64>,
    due: VecDeque<usize>,
    /// First clock in which the bus of the rows is free.
    bus_free: u64,
    /// Reads under way with the clocks in which their data has come.
    coming: VecDeque<(u64, Ticket)>,
    commands: Commands,
}

impl Channel {
    pub(super) fn new(preset: &Preset, refreshes: Vec<u64>) -> Self {
        let o = preset.organisation;
        let banks = o.pseudo_channels * o.groups * o.banks;
        Self {
            timing: preset.timing,
            two_buses: preset.two_buses,
            room: preset.queue,
            device: Device::new(o, preset.timing),
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            active: VecDeque::new(),
            active_of: vec![0; banks as usize],
            writing: false,
            refreshes,
            due: VecDeque::new(),
            bus_free: 0,
            coming: VecDeque::new(),
            commands: Commands::default(),
        }
    }

    pub(super) fn commands(&self) -> Commands {
        self.commands
    }

    /// Takes an access after clock `now`, if there is room. A read of what is to be written has its data
    /// in the next clock.
    pub(super) fn submit(&mut self, now: u64, access: Access) -> bool {
        if !access.write && self.writes.iter().any(|w| w.place == access.place) {
            self.coming.push_front((now + 1, access.ticket));
            return true;
        }
        let queue = if access.write {
            &mut self.writes
        } else {
            &mut self.reads
        };
        let room = queue.len() < self.room;
        if room {
            queue.push_back(access);
        }
        room
    }

    /// Plays clock `now`; adds the tickets of reads whose data has come to `done`.
    pub(super) fn clock(&mut self, now: u64, done: &mut Vec<Ticket>) {
        while let Some(&(clock, ticket)) = self.coming.front()
            && clock <= now
        {
            self.coming.pop_front();
            done.push(ticket);
        }
        for (number, next) in self.refreshes.iter_mut().enumerate() {
            if now >= *next {
                *next += self.timing.refi;
                self.due.push_back(number);
            }
        }
        if self.two_buses {
            self.slot(Bus::Columns, now);
            self.slot(Bus::Rows, now);
        } else {
            self.slot(Bus::Both, now);
        }
    }

    /// Gives one command on a bus, if one may go.
    fn slot(&mut self, bus: Bus, now: u64) {
        if bus != Bus::Columns && self.bus_free > now {
            return;
        }
        if bus != Bus::Rows
            && let Some(at) = self.oldest_ready(&self.active, Bus::Columns, now)
        {
            let access = self.active.remove(at).expect("it is in the queue");
            self.active_of[self.device.bank_of(&access.place)] -= 1;
            self.column(&access, now);
            return;
        }
        if let Some(&number) = self.due.front() {
            if bus != Bus::Columns && !self.has_active(number) {
                let (_, refreshed) = self.device.refresh(number, now);
                if refreshed {
                    self.due.pop_front();
                    self.commands.refreshes += 1;
                }
            }
            return;
        }
        self.choose_writing();
        let queue = if self.writing {
            &self.writes
        } else {
            &self.reads
        };
        let Some(at) = self.oldest_ready(queue, bus, now) else {
            return;
        };
        let access = queue[at];
        let command = self.device.needs(&access.place, access.write);
        if command == Command::Precharge {
            self.device.issue(command, &access.place, now);
            self.commands.precharges += 1;
            return;
        }
        let queue = if self.writing {
            &mut self.writes
        } else {
            &mut self.reads
        };
        queue.remove(at);
        if command == Command::Activate {
            self.device.issue(command, &access.place, now);
            self.commands.activates += 1;
            self.bus_free = now + self.timing.act_clocks;
            self.active_of[self.device.bank_of(&access.place)] += 1;
            self.active.push_back(access);
        } else {
            self.column(&access, now);
        }
    }

    /// Reads or writes a column.
    fn column(&mut self, access: &Access, now: u64) {
        let command = self.device.needs(&access.place, access.write);
        self.device.issue(command, &access.place, now);
        if access.write {
            self.commands.writes += 1;
        } else {
            self.commands.reads += 1;
            let come = now + self.timing.cl + self.timing.burst;
            self.coming.push_back((come, access.ticket));
        }
    }

    /// Returns the place in `queue` of the oldest access whose next command may go on `bus`.
    fn oldest_ready(&self, queue: &VecDeque<Access>, bus: Bus, now: u64) -> Option<usize> {
        queue.iter().position(|access| {
            let command = self.device.needs(&access.place, access.write);
            let closes = command == Command::Precharge;
            bus.takes(command)
                && self.device.allows(command, &access.place, now)
                && !(closes && self.active_of[self.device.bank_of(&access.place)] > 0)
        })
    }

    /// Tells whether an access has opened a row of a pseudo channel and waits.
    fn has_active(&self, pseudo_channel: usize) -> bool {
        let each = self.active_of.len() / self.refreshes.len();
        let own = &self.active_of[pseudo_channel * each..][..each];
        own.iter().any(|&count| count > 0)
    }

    fn choose_writing(&mut self) {
        let (writes, all) = (self.writes.len(), self.room);
        self.writing = if self.writing {
            self.reads.is_empty() || 5 * writes >= all
        } else {
            self.reads.is_empty() || 5 * writes > 4 * all
        };
    }
}
