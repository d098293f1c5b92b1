// SPDX-License-Identifier: MIT OR Apache-2.0
//! The banks of a channel: which rows are open, and from which clock on each command is allowed.

use super::mapping::Place;
use super::preset::{Organisation, Timing};

/// A command to one bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Activate,
    Precharge,
    Read,
    Write,
}

impl Command {
    /// Tells whether it goes to a column of an open row.
    pub(super) fn is_column(self) -> bool {
        matches!(self, Self::Read | Self::Write)
    }
}

/// What a command was, and to what, for tests.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// A command to one bank.
    Bank(Command, Place),
    /// All banks of a pseudo channel were closed.
    Close(u32),
    /// All banks of a pseudo channel were refreshed.
    Refresh(u32),
}

/// First clocks in which commands are allowed.
#[derive(Debug, Clone, Copy, Default)]
struct Allowed {
    activate: u64,
    precharge: u64,
    read: u64,
    write: u64,
}

impl Allowed {
    fn of(&self, command: Command) -> u64 {
        match command {
            Command::Activate => self.activate,
            Command::Precharge => self.precharge,
            Command::Read => self.read,
            Command::Write => self.write,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Bank {
    open: Option<u64>,
    allowed: Allowed,
}

#[derive(Debug, Clone, Default)]
struct PseudoChannel {
    /// Its precharge is that of all banks.
    allowed: Allowed,
    refresh: u64,
    /// Clocks of the last four activates and the next place.
    window: [Option<u64>; 4],
    next: usize,
}

/// The banks of a channel.
#[derive(Debug)]
pub(super) struct Device {
    organisation: Organisation,
    timing: Timing,
    banks: Vec<Bank>,
    groups: Vec<Allowed>,
    pseudo_channels: Vec<PseudoChannel>,
    /// All commands with their clocks.
    #[cfg(test)]
    pub(super) log: Vec<(u64, Event)>,
}

impl Device {
    pub(super) fn new(organisation: Organisation, timing: Timing) -> Self {
        let o = &organisation;
        let groups = (o.pseudo_channels * o.groups) as usize;
        Self {
            banks: vec![Bank::default(); groups * o.banks as usize],
            groups: vec![Allowed::default(); groups],
            pseudo_channels: vec![PseudoChannel::default(); o.pseudo_channels as usize],
            organisation,
            timing,
            #[cfg(test)]
            log: Vec::new(),
        }
    }

    /// Returns the number of a place's bank in the channel.
    pub(super) fn bank_of(&self, place: &Place) -> usize {
        self.group_of(place) * self.organisation.banks as usize + place.bank as usize
    }

    fn group_of(&self, place: &Place) -> usize {
        (place.pseudo_channel * self.organisation.groups + place.group) as usize
    }

    /// Returns the next command that an access needs.
    pub(super) fn needs(&self, place: &Place, write: bool) -> Command {
        match self.banks[self.bank_of(place)].open {
            None => Command::Activate,
            Some(row) if row != place.row => Command::Precharge,
            Some(_) if write => Command::Write,
            Some(_) => Command::Read,
        }
    }

    /// Tells whether a command to a place is allowed in clock `now`.
    pub(super) fn allows(&self, command: Command, place: &Place, now: u64) -> bool {
        let bank = &self.banks[self.bank_of(place)];
        let pseudo = &self.pseudo_channels[place.pseudo_channel as usize];
        if bank.allowed.of(command) > now {
            return false;
        }
        if command == Command::Precharge {
            return true;
        }
        let group = self.groups[self.group_of(place)].of(command);
        let window = pseudo.window[pseudo.next].map_or(0, |oldest| oldest + self.timing.faw);
        let window = if command == Command::Activate {
            window
        } else {
            0
        };
        group.max(pseudo.allowed.of(command)).max(window) <= now
    }

    /// Gives a command in clock `now`, in which it is allowed.
    pub(super) fn issue(&mut self, command: Command, place: &Place, now: u64) {
        #[cfg(test)]
        self.log.push((now, Event::Bank(command, *place)));
        let (bank, group) = (self.bank_of(place), self.group_of(place));
        let bank = &mut self.banks[bank];
        let group = &mut self.groups[group];
        let pseudo = &mut self.pseudo_channels[place.pseudo_channel as usize];
        let t = &self.timing;
        let after = |clock: &mut u64, wait: u64| *clock = (*clock).max(now + wait);
        match command {
            Command::Activate => {
                bank.open = Some(place.row);
                after(&mut bank.allowed.read, t.act_shift + t.rcd_read);
                after(&mut bank.allowed.write, t.act_shift + t.rcd_write);
                after(&mut bank.allowed.precharge, t.act_shift + t.ras);
                after(&mut bank.allowed.activate, t.rc);
                after(&mut group.activate, t.rrd[1]);
                after(&mut pseudo.allowed.activate, t.rrd[0]);
                after(&mut pseudo.allowed.precharge, t.act_shift + t.ras);
                after(&mut pseudo.refresh, t.act_shift + t.rc);
                pseudo.window[pseudo.next] = Some(now);
                pseudo.next = (pseudo.next + 1) % pseudo.window.len();
            }
            Command::Precharge => {
                bank.open = None;
                after(&mut bank.allowed.activate, t.rp - t.act_shift);
                after(&mut pseudo.refresh, t.rp);
            }
            Command::Read => {
                after(&mut bank.allowed.precharge, t.rtp);
                after(&mut group.read, t.ccd[1]);
                after(&mut pseudo.allowed.precharge, t.rtp);
                after(&mut pseudo.allowed.read, t.ccd[0].max(t.burst));
                let turn = t.cl + t.burst + t.turn - t.cwl;
                after(&mut pseudo.allowed.write, turn);
            }
            Command::Write => {
                let end = t.cwl + t.burst;
                after(&mut bank.allowed.precharge, end + t.wr);
                after(&mut group.write, t.ccd[1]);
                after(&mut group.read, end + t.wtr[1]);
                after(&mut pseudo.allowed.precharge, end + t.wr);
                after(&mut pseudo.allowed.write, t.ccd[0].max(t.burst));
                after(&mut pseudo.allowed.read, end + t.wtr[0]);
            }
        }
    }

    /// Goes on towards a refresh of all banks of a pseudo channel: closes them, or refreshes. Returns
    /// whether it took the command bus in clock `now`, and whether it was the refresh itself.
    pub(super) fn refresh(&mut self, number: usize, now: u64) -> (bool, bool) {
        let each = self.banks.len() / self.pseudo_channels.len();
        let banks = &mut self.banks[number * each..][..each];
        let pseudo = &mut self.pseudo_channels[number];
        let t = &self.timing;
        if banks.iter().any(|bank| bank.open.is_some()) {
            if pseudo.allowed.precharge > now {
                return (false, false);
            }
            let activate = now + t.rp - t.act_shift;
            for bank in banks {
                bank.open = None;
                bank.allowed.activate = bank.allowed.activate.max(activate);
            }
            pseudo.refresh = pseudo.refresh.max(now + t.rp);
            #[cfg(test)]
            self.log.push((now, Event::Close(number as u32)));
            return (true, false);
        }
        if pseudo.refresh > now {
            return (false, false);
        }
        let activate = now + t.rfc - t.act_shift;
        pseudo.allowed.activate = pseudo.allowed.activate.max(activate);
        pseudo.refresh = now + t.rfc;
        #[cfg(test)]
        self.log.push((now, Event::Refresh(number as u32)));
        (true, true)
    }
}
