// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bursts that a port writes: rules, pairing of addresses and data, order and responses, without a
//! port.

use std::collections::VecDeque;

use super::beat::{Beat, Resp};
use super::behaviour::{Accept, Behaviour, Order};
use super::counts::Counts;
use super::line::{Line, Parts};
use super::rules::{Address, Broken, Rules};
use super::shared::Memory;
use hwgen_sim::rng::Rng;

/// Accesses that wait for room in the DRAM, with which a port takes no more data.
const BACKLOG: usize = 64;

/// A beat of data as it comes from the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WriteBeat {
    pub(super) data: Beat,
    pub(super) strobes: u64,
    pub(super) last: bool,
}

/// A response as it goes to the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) id: u64,
    pub(super) resp: Resp,
}

#[derive(Debug)]
struct Burst {
    address: Address,
    beats: Vec<WriteBeat>,
    /// First cycle in which its response may be on the port.
    due: u64,
    /// Whether its bytes are still to be written when the response goes, rather than before.
    late: bool,
    resp: Resp,
    /// What the DRAM has taken.
    parts: Parts,
}

impl Burst {
    /// Tells whether it may be answered.
    fn ready(&self, cycle: u64) -> bool {
        self.due <= cycle && self.parts.open() == 0
    }
}

/// Bursts in flight at a port that writes.
#[derive(Debug)]
pub(super) struct WriteSide {
    rules: Rules,
    behaviour: Behaviour,
    rng: Rng,
    /// Addresses whose data is not complete.
    announced: VecDeque<Address>,
    /// Data of bursts that are not complete, or whose addresses have not come; in order.
    data: VecDeque<Vec<WriteBeat>>,
    /// Bursts that wait for their responses, in order.
    bursts: Vec<Burst>,
    /// Number of the burst whose response is on the port.
    current: Option<usize>,
    line: Line,
    pub(super) counts: Counts,
}

impl WriteSide {
    pub(super) fn new(rules: Rules, behaviour: Behaviour) -> Self {
        Self {
            rules,
            rng: Rng::new(behaviour.seed),
            behaviour,
            announced: VecDeque::new(),
            data: VecDeque::new(),
            bursts: Vec::new(),
            current: None,
            line: Line::default(),
            counts: Counts::default(),
        }
    }

    /// Forgets what is in flight, as a reset does: bytes of bursts without a response may or may not
    /// have been written.
    pub(super) fn clear(&mut self) {
        self.announced.clear();
        self.data.clear();
        self.bursts.clear();
        self.current = None;
        self.line.clear();
    }

    /// Returns the bursts that have begun, with an address or data, and have no response yet.
    pub(super) fn in_flight(&self) -> usize {
        self.announced.len().max(self.data.len()) + self.bursts.len()
    }

    /// Tells whether an address may come; `waits` if data is on the port and not taken yet.
    pub(super) fn takes_address(&self, waits: bool) -> bool {
        let ahead = self.data.len() + usize::from(waits && !self.under_way());
        let data_there = self.behaviour.accept != Accept::DataFirst || ahead > self.announced.len();
        let begun = self.announced.len() + self.bursts.len();
        data_there && self.behaviour.has_room(begun)
    }

    /// Tells whether data may come.
    pub(super) fn takes_data(&self) -> bool {
        let begun = self.data.len() + self.bursts.len();
        let more = self.under_way() || self.behaviour.has_room(begun);
        let ahead = self.data.len() + usize::from(!self.under_way());
        let taken: usize = self.bursts.iter().map(|burst| burst.parts.open()).sum();
        taken < BACKLOG
            && more
            && (self.behaviour.accept != Accept::AddressFirst || ahead <= self.announced.len())
    }

    /// Takes an address in `cycle`.
    pub(super) fn address(
        &mut self,
        cycle: u64,
        address: Address,
        memory: &mut Memory,
    ) -> Result<(), Broken> {
        let bursts = self.announced.len() + self.bursts.len();
        let beats: u32 = self.announced.iter().map(|a| a.beats).sum();
        let came: usize = self.data.iter().map(Vec::len).sum();
        let open = beats.saturating_sub(came as u32);
        self.rules.check(&address, bursts as u32, open)?;
        self.counts.data_ahead += u64::from(self.data.len() > self.announced.len());
        self.announced.push_back(address);
        self.counts.bursts += 1;
        let most = &mut self.counts.most_bursts;
        *most = (*most).max(bursts as u32 + 1);
        self.counts.most_beats = self.counts.most_beats.max(open + address.beats);
        self.settle(cycle, memory)
    }

    /// Takes data in `cycle`.
    pub(super) fn data(
        &mut self,
        cycle: u64,
        beat: WriteBeat,
        memory: &mut Memory,
    ) -> Result<(), Broken> {
        if !self.under_way() {
            self.data.push_back(Vec::new());
        }
        let burst = self.data.back_mut().expect("a burst is under way");
        self.counts.strobed += u64::from(beat.strobes.count_ones());
        burst.push(beat);
        self.counts.beats += 1;
        self.settle(cycle, memory)
    }

    /// Returns the response that goes to the port in `cycle`, if one is due; it stays there until
    /// [`Self::taken`].
    pub(super) fn offer(&mut self, cycle: u64, memory: &mut Memory) -> Option<Response> {
        let number = self.choose(cycle)?;
        self.current = Some(number);
        if self.bursts[number].late {
            self.store(number, memory);
        }
        let burst = &self.bursts[number];
        Some(Response {
            id: burst.address.id,
            resp: burst.resp,
        })
    }

    /// Says that the response on the port was taken.
    pub(super) fn taken(&mut self) {
        let number = self.current.take().expect("a response is on the port");
        self.counts.overtakes += u64::from(number > 0);
        let burst = self.bursts.remove(number);
        self.counts.errors += u64::from(burst.resp != Resp::Okay);
    }

    /// Tells whether the last data was not the end of a burst.
    fn under_way(&self) -> bool {
        let last = self.data.back().and_then(|burst| burst.last());
        last.is_some_and(|beat| !beat.last)
    }

    /// Brings the first address and the first data together, once both are there.
    fn settle(&mut self, cycle: u64, memory: &mut Memory) -> Result<(), Broken> {
        while let (Some(address), Some(data)) = (self.announced.front(), self.data.front()) {
            let came = data.len() as u32;
            let ended = data.last().is_some_and(|beat| beat.last);
            if ended && came < address.beats {
                return Err(Broken::LastEarly(came, address.beats));
            }
            if came > address.beats || (came == address.beats && !ended) {
                return Err(Broken::LastMissing(address.beats));
            }
            if !ended {
                break;
            }
            let (address, beats) = (self.announced.pop_front(), self.data.pop_front());
            let (address, beats) = address.zip(beats).expect("both are there");
            self.complete(cycle, address, beats, memory)?;
        }
        Ok(())
    }

    /// Checks a burst that has come as a whole, and plans its response.
    fn complete(
        &mut self,
        cycle: u64,
        address: Address,
        beats: Vec<WriteBeat>,
        memory: &mut Memory,
    ) -> Result<(), Broken> {
        let lanes = self.rules.lanes;
        let mut resp = Resp::Okay;
        let mut first_error = |this: Resp| {
            if resp == Resp::Okay {
                resp = this;
            }
        };
        for (index, beat) in (0..).zip(&beats) {
            self.rules.strobes(&address, index, beat.strobes)?;
            let base = address.beat(index, lanes);
            match memory.space.may_write(base, beat.strobes) {
                Ok(()) => first_error(self.behaviour.errors.at(base, lanes)),
                Err(_) if memory.space.answers_outside => {
                    self.counts.denied += 1;
                    first_error(Resp::DecErr);
                }
                Err(outside) => return Err(Broken::Outside(outside)),
            }
        }
        let due = cycle + self.behaviour.wait(&mut self.rng);
        let late = self.rng.chance(50);
        let of = (&address, self.rules.lanes);
        let parts = self.line.ask(&self.behaviour, cycle, of, true, memory);
        self.bursts.push(Burst {
            address,
            beats,
            due,
            late,
            resp,
            parts,
        });
        if !late {
            self.store_up_to(self.bursts.len() - 1, memory);
        }
        Ok(())
    }

    /// Goes on to `cycle` in the DRAM, if there is one, and notes what it has taken.
    pub(super) fn advance(&mut self, cycle: u64, memory: &mut Memory) {
        for part in self.line.advance(&self.behaviour, cycle, memory) {
            let burst = self.bursts.iter_mut().find(|b| b.parts.burst == part.burst);
            burst.expect("a burst waits for room").parts.note(part);
        }
    }

    /// Writes the bytes of a burst, and before them those of older ones with its ID: bursts of an ID
    /// are seen in their order.
    fn store_up_to(&mut self, number: usize, memory: &mut Memory) {
        let id = self.bursts[number].address.id;
        for older in 0..number {
            if self.bursts[older].late && self.bursts[older].address.id == id {
                self.store(older, memory);
            }
        }
        self.store(number, memory);
    }

    /// Writes the bytes of a burst, but for those outside.
    fn store(&mut self, number: usize, memory: &mut Memory) {
        let burst = &mut self.bursts[number];
        for (index, beat) in (0..).zip(&burst.beats) {
            let base = burst.address.beat(index, self.rules.lanes);
            if memory.space.may_write(base, beat.strobes).is_ok() {
                memory.space.store(base, &beat.data, beat.strobes);
            }
        }
        burst.late = false;
    }

    /// Chooses a burst that may be answered: the first, or the first of any ID, that is due.
    fn choose(&mut self, cycle: u64) -> Option<usize> {
        if self.behaviour.order == Order::Fifo {
            let first = self.bursts.first().filter(|b| b.ready(cycle));
            return first.map(|_| 0);
        }
        let first = |number: usize| {
            let id = self.bursts[number].address.id;
            self.bursts[..number].iter().all(|b| b.address.id != id)
        };
        let ready = |&number: &usize| self.bursts[number].ready(cycle) && first(number);
        let ready: Vec<usize> = (0..self.bursts.len()).filter(ready).collect();
        if ready.is_empty() {
            return None;
        }
        Some(ready[self.rng.below(ready.len() as u64) as usize])
    }
}

#[cfg(test)]
mod tests;
