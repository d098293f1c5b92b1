// SPDX-License-Identifier: MIT OR Apache-2.0
//! A DRAM, clock by clock: when an access is done, not what it reads.
//!
//! Each channel has a controller with a queue of reads and one of writes, first-ready scheduling and
//! open rows (`channel`); banks, bank groups and pseudo channels keep the timing of the device
//! (`device`); a [`Mapping`] says which bits of an address mean what; a [`Preset`] holds the numbers.
//! Everything counts in clocks of the memory. Nothing is random but the phase of the refresh, if it is
//! drawn.

mod channel;
mod device;
mod mapping;
mod preset;

#[cfg(test)]
mod closed_forms;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod legality;
#[cfg(test)]
mod patterns;

pub use channel::{Commands, Ticket};
pub use mapping::{Field, Mapping};
pub use preset::{Organisation, Preset, Timing};

use std::collections::VecDeque;

use channel::{Access, Channel};
use hwgen_sim::rng::Rng;

/// A DRAM with its controllers.
#[derive(Debug)]
pub struct Dram {
    preset: Preset,
    mapping: Mapping,
    channels: Vec<Channel>,
    now: u64,
    tickets: Ticket,
    done: Vec<Ticket>,
}

impl Dram {
    /// Makes a DRAM whose pseudo channels all refresh for the first time after tREFI.
    pub fn new(preset: &Preset, mapping: &Mapping) -> Self {
        Self::with_phases(preset, mapping, |_| preset.timing.refi)
    }

    /// Makes a DRAM whose pseudo channels refresh at times of their own, drawn from `seed`.
    pub fn seeded(preset: &Preset, mapping: &Mapping, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        Self::with_phases(preset, mapping, |_| 1 + rng.below(preset.timing.refi))
    }

    /// Makes a DRAM whose pseudo channel of each number refreshes first in the clock that `first` gives.
    pub fn with_phases(
        preset: &Preset,
        mapping: &Mapping,
        mut first: impl FnMut(u32) -> u64,
    ) -> Self {
        let organisation = preset.organisation;
        let pseudo = organisation.pseudo_channels;
        let channel = |number: u32| {
            let phases = (0..pseudo).map(|i| first(number * pseudo + i)).collect();
            Channel::new(preset, phases)
        };
        Self {
            channels: (0..organisation.channels).map(channel).collect(),
            preset: preset.clone(),
            mapping: mapping.clone(),
            now: 0,
            tickets: 0,
            done: Vec::new(),
        }
    }

    /// Returns what it was made of.
    pub fn preset(&self) -> &Preset {
        &self.preset
    }

    /// Returns the clock, counted from 0.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Gives the access to the block of [`Organisation::access_bytes`] at `address` to its controller, if
    /// there is room in the queue. A read is done when its data has come; a write is done at once, for
    /// the controller posts it.
    pub fn submit(&mut self, address: u64, write: bool) -> Option<Ticket> {
        let place = self.mapping.place(&self.preset.organisation, address);
        let access = Access {
            ticket: self.tickets,
            place,
            write,
        };
        if !self.channels[place.channel as usize].submit(self.now, access) {
            return None;
        }
        self.tickets += 1;
        if write {
            self.done.push(access.ticket);
        }
        Some(access.ticket)
    }

    /// Goes on by one clock of the memory.
    pub fn clock(&mut self) {
        self.now += 1;
        for channel in &mut self.channels {
            channel.clock(self.now, &mut self.done);
        }
    }

    /// Reads the accesses that hold `addresses`, in order within each channel and as many as its queue
    /// takes, and returns the clocks to the last data: what an ideal reader gets for these bytes.
    ///
    /// Each address is an access of its own, also where two lie in one.
    pub fn read_all(&mut self, addresses: impl IntoIterator<Item = u64>) -> u64 {
        let start = self.now;
        let mut waiting = vec![VecDeque::new(); self.channels.len()];
        let mut left = 0;
        for address in addresses {
            let place = self.mapping.place(&self.preset.organisation, address);
            waiting[place.channel as usize].push_back(address);
            left += 1;
        }
        while left > 0 {
            for queue in &mut waiting {
                while let Some(&address) = queue.front()
                    && self.submit(address, false).is_some()
                {
                    queue.pop_front();
                }
            }
            self.clock();
            left -= self.take_done().count();
        }
        self.now - start
    }

    /// Takes what has been done since the last call.
    pub fn take_done(&mut self) -> impl Iterator<Item = Ticket> {
        self.done.drain(..)
    }

    /// Counts the commands so far.
    pub fn commands(&self) -> Commands {
        let mut all = Commands::default();
        for channel in &self.channels {
            let one = channel.commands();
            all.activates += one.activates;
            all.precharges += one.precharges;
            all.reads += one.reads;
            all.writes += one.writes;
            all.refreshes += one.refreshes;
        }
        all
    }
}
