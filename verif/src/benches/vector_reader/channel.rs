// SPDX-License-Identifier: MIT OR Apache-2.0
//! One channel: the memory behind it, and the beats that may be asked for.

use std::collections::VecDeque;

use hwgen_golden::memory::PAGE;
use hwgen_golden::memory::fetch::{Fetch, Need, fragments};
use hwgen_golden::memory::layout::Entry;
use hwgen_golden::vector_reader::VectorReaderParams;

use super::Point;
use super::case::{Ask, Setup};
use crate::kit::{Io, output};
use crate::memory::{AxiRead, Behaviour, Memory, Resp, Rules};
use crate::report::Fault;
use hwgen_sim::dut::{Dut, Out};

/// A beat that came in a cycle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came {
    pub(super) address: u64,
    pub(super) resp: Resp,
}

/// What is seen of a channel in a cycle.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) moved: bool,
    pub(super) came: Option<Came>,
    /// A burst waited.
    pub(super) blocked: bool,
}

/// A channel.
pub(super) struct Channel {
    number: u32,
    pub(super) memory: Memory,
    port: AxiRead,
    behaviour: Behaviour,
    valid: Out,
    address: Out,
    len: Out,
    origin: u64,
    fetch: Fetch,
    /// The same for what has been answered.
    past: Fetch,
    /// Beats that the requests taken so far need and that have not been asked for, each with whether
    /// the need before is for the same beat.
    needs: VecDeque<(Need, bool)>,
    /// The shared one that came again last, and how often: some of these may have been for the next
    /// ones of the same word.
    again: (u64, u32),
    /// The last beat that they needed.
    wanted: Option<u64>,
    /// Addresses of beats that are in flight.
    flight: VecDeque<u64>,
}

impl Channel {
    pub(super) fn new(
        p: &VectorReaderParams,
        dut: &Dut,
        setup: &Setup,
        entries: &[Entry],
        number: u32,
        seed: u64,
    ) -> Self {
        let behaviour = setup.behaviour(number);
        let rules = Rules {
            attributes: Some(setup.attributes),
            ..Rules::of_vectors(&p.memory)
        };
        let channels = p.memory.channels;
        Self {
            number,
            memory: setup.memory(p, entries, number, seed),
            port: AxiRead::find(dut, "mem", number, channels, rules, behaviour.clone()),
            behaviour,
            valid: output(dut, "mem_arvalid_o"),
            address: output(dut, "mem_araddr_o"),
            len: output(dut, "mem_arlen_o"),
            origin: u64::from(number) * setup.stride,
            fetch: Fetch::new(number),
            past: Fetch::new(number),
            needs: VecDeque::new(),
            again: (0, 0),
            wanted: None,
            flight: VecDeque::new(),
        }
    }

    /// Returns the bytes at an address counted from the beginning of the channel.
    pub(super) fn bytes(&self, address: u64, count: u32) -> Vec<u8> {
        self.memory.space.bytes(self.origin + address, count.into())
    }

    /// Writes bytes at an address counted from the beginning of the channel.
    pub(super) fn fill(&mut self, address: u64, bytes: &[u8]) {
        self.memory.space.fill(self.origin + address, bytes);
    }

    /// Notes what a request needs.
    pub(super) fn wants(&mut self, p: &VectorReaderParams, entry: &Entry, ask: &Ask) {
        for need in self.fetch.needs(p, entry, &ask.request()) {
            self.needs
                .push_back((need, self.wanted == Some(need.address)));
            self.wanted = Some(need.address);
        }
    }

    /// Returns the fragments of a request, and the beats that those before it did not need; asked once
    /// for each request.
    pub(super) fn needed(
        &mut self,
        p: &VectorReaderParams,
        entry: &Entry,
        ask: &Ask,
    ) -> (u64, u64) {
        let cut = fragments(p, entry, &ask.request(), self.number).len();
        let needs = self.past.needs(p, entry, &ask.request());
        let beats = needs.iter().filter(|need| !need.shared).count();
        (cut as u64, beats as u64)
    }

    fn came_again(&self, need: &Need) -> bool {
        self.again.0 == need.address && self.again.1 > 0
    }

    /// Tells whether all that is needed has come.
    pub(super) fn done(&self) -> bool {
        self.flight.is_empty()
            && self
                .needs
                .iter()
                .all(|(need, same)| need.shared || *same && self.came_again(need))
    }

    /// Returns the bursts in flight and an address that waits.
    pub(super) fn begun(&self, io: &Io<Point>) -> (u64, u64) {
        let waits = io.dut.get_field(self.valid, self.number, 1);
        (self.port.in_flight() as u64, waits)
    }

    pub(super) fn patience(&self) -> u64 {
        self.behaviour.patience()
    }

    pub(super) fn quiet(&mut self, io: &mut Io<Point>) {
        self.port.quiet(io);
    }

    /// Forgets what is under way.
    pub(super) fn restart(&mut self) {
        self.fetch = Fetch::new(self.number);
        self.needs.clear();
        (self.again, self.wanted) = ((0, 0), None);
        self.flight.clear();
    }

    pub(super) fn drive(&mut self, io: &mut Io<Point>) {
        self.port.drive(io, &mut self.memory);
    }

    pub(super) fn check(
        &mut self,
        p: &VectorReaderParams,
        io: &mut Io<Point>,
    ) -> Result<Seen, Fault> {
        let before = self.port.counts();
        // Beats in flight before this cycle's: what has come by now has come before the address.
        let quiet = self.flight.is_empty();
        let moved = self.port.check(io, &mut self.memory)?;
        let after = self.port.counts();
        let mut seen = Seen {
            moved,
            blocked: after.address_waits > before.address_waits,
            ..Seen::default()
        };
        if after.beats > before.beats {
            let address = self.flight.pop_front().expect("it was asked for");
            let resp = self.behaviour.errors.at(address, p.memory.port_bytes());
            seen.came = Some(Came { address, resp });
        }
        if after.bursts > before.bursts {
            self.asked(p, io, quiet)?;
        }
        let crowd = p.memory.word_beats() * (p.memory.beats - p.memory.chunk());
        io.count(Point::Crowded, self.flight.len() >= crowd as usize);
        Ok(seen)
    }

    /// Compares a burst with what is needed; `quiet` if no beat was in flight.
    fn asked(
        &mut self,
        p: &VectorReaderParams,
        io: &mut Io<Point>,
        quiet: bool,
    ) -> Result<(), Fault> {
        let start = io.dut.get_field(self.address, self.number * 64, 64);
        let [bytes, beats] = [p.memory.port_bytes(), p.memory.word_beats()].map(u64::from);
        let asked = io.dut.get_field(self.len, self.number * 8, 8) + 1;
        if !asked.is_multiple_of(beats) {
            let field = format!("channel {}: beats of a burst", self.number);
            return Err(Fault::new(field, format!("whole words of {beats}"), asked));
        }
        let (words, word) = (asked / beats, bytes * beats);
        for number in 0..words {
            let address = start + number * word;
            let wanted = loop {
                let need = self.needs.pop_front();
                let is_it = |n: &Need| self.origin + n.address == address;
                match need {
                    // That was taken for a shared one of the same word, which did not come again.
                    Some((need, true)) if !need.shared && self.came_again(&need) => {
                        if is_it(&need) {
                            break Some(address);
                        }
                        self.again.1 -= 1;
                    }
                    Some((need, _)) if need.shared => {
                        // It may come twice only if the first one had come.
                        let again = quiet && number == 0 && is_it(&need);
                        io.count(Point::Again, again);
                        io.count(Point::Shared, !again);
                        if again {
                            let before = if self.came_again(&need) {
                                self.again.1
                            } else {
                                0
                            };
                            self.again = (need.address, before + 1);
                            break Some(address);
                        }
                    }
                    need => break need.map(|(need, _)| self.origin + need.address),
                }
            };
            if wanted != Some(address) {
                let want = wanted.map_or("no word".to_owned(), |a| format!("{a:#x}"));
                let field = format!("channel {}: word {number} of a burst", self.number);
                return Err(Fault::new(field, want, format!("{address:#x}")));
            }
            let beats = (0..beats).map(|beat| address + beat * bytes);
            self.flight.extend(beats);
        }
        let end = start + words * word;
        io.count(Point::Long, words > 1);
        io.count(Point::Whole, words == u64::from(p.memory.chunk()));
        io.count(Point::Page, end.is_multiple_of(PAGE));
        Ok(())
    }
}
