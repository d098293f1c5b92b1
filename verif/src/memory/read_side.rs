// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bursts that a port reads: rules, order and data, without a port.

use super::beat::{Beat, Resp};
use super::behaviour::{Behaviour, Order};
use super::counts::Counts;
use super::line::{Line, Parts};
use super::rules::{Address, Broken, Rules};
use super::shared::Memory;
use hwgen_sim::rng::Rng;

/// A beat of data as it goes to the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReadBeat {
    pub(super) id: u64,
    pub(super) data: Beat,
    pub(super) resp: Resp,
    pub(super) last: bool,
}

#[derive(Debug)]
struct Burst {
    address: Address,
    /// First cycle in which its data may be on the port.
    due: u64,
    /// Beats that have gone.
    gone: u32,
    /// Its data as of the cycle in which the address was taken, where it was drawn to be that old.
    early: Option<Vec<Beat>>,
    /// What has come from the DRAM.
    parts: Parts,
}

/// Bursts in flight at a port that reads.
#[derive(Debug)]
pub(super) struct ReadSide {
    rules: Rules,
    behaviour: Behaviour,
    rng: Rng,
    /// In the order of their addresses.
    bursts: Vec<Burst>,
    /// Number of the burst whose data is going.
    current: Option<usize>,
    /// Beats asked for that have not gone.
    beats: u32,
    line: Line,
    pub(super) counts: Counts,
}

impl ReadSide {
    pub(super) fn new(rules: Rules, behaviour: Behaviour) -> Self {
        Self {
            rules,
            rng: Rng::new(behaviour.seed),
            behaviour,
            bursts: Vec::new(),
            current: None,
            beats: 0,
            line: Line::default(),
            counts: Counts::default(),
        }
    }

    /// Forgets what is in flight, as a reset does.
    pub(super) fn clear(&mut self) {
        self.bursts.clear();
        self.current = None;
        self.beats = 0;
        self.line.clear();
    }

    /// Returns the bursts in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.bursts.len()
    }

    /// Returns the beats in flight.
    pub(super) fn beats_in_flight(&self) -> u32 {
        self.beats
    }

    /// Takes an address in `cycle`.
    pub(super) fn accept(
        &mut self,
        cycle: u64,
        address: Address,
        memory: &mut Memory,
    ) -> Result<(), Broken> {
        self.rules
            .check(&address, self.bursts.len() as u32, self.beats)?;
        for base in self.bases(&address) {
            if let Err(outside) = memory.space.may_read(base, self.rules.lanes) {
                if !memory.space.answers_outside {
                    return Err(Broken::Outside(outside));
                }
                self.counts.denied += 1;
            }
        }
        let early = self.rng.chance(50).then(|| {
            let bases = self.bases(&address);
            bases
                .map(|base| memory.space.beat(base, self.rules.lanes))
                .collect()
        });
        let due = cycle + self.behaviour.wait(&mut self.rng);
        let of = (&address, self.rules.lanes);
        let parts = self.line.ask(&self.behaviour, cycle, of, false, memory);
        self.bursts.push(Burst {
            address,
            due,
            gone: 0,
            early,
            parts,
        });
        self.beats += address.beats;
        self.counts.bursts += 1;
        self.counts.most_bursts = self.counts.most_bursts.max(self.bursts.len() as u32);
        self.counts.most_beats = self.counts.most_beats.max(self.beats);
        Ok(())
    }

    /// Returns the beat that goes to the port in `cycle`, if one is due; it stays there until
    /// [`Self::taken`].
    pub(super) fn offer(&mut self, cycle: u64, memory: &Memory) -> Option<ReadBeat> {
        let number = self.choose(cycle)?;
        if self.current.is_some_and(|current| current != number) {
            self.counts.interleaves += 1;
        }
        self.current = Some(number);
        let lanes = self.rules.lanes;
        let burst = &self.bursts[number];
        let base = burst.address.beat(burst.gone, lanes);
        let data = match &burst.early {
            Some(beats) => beats[burst.gone as usize],
            None => memory.space.beat(base, lanes),
        };
        let resp = match memory.space.may_read(base, lanes) {
            Ok(()) => self.behaviour.errors.at(base, lanes),
            Err(_) => Resp::DecErr,
        };
        Some(ReadBeat {
            id: burst.address.id,
            data,
            resp,
            last: burst.gone + 1 == burst.address.beats,
        })
    }

    /// Says that the beat on the port was taken.
    pub(super) fn taken(&mut self, beat: &ReadBeat) {
        let number = self.current.expect("a beat is on the port");
        self.bursts[number].gone += 1;
        self.beats -= 1;
        self.counts.beats += 1;
        self.counts.errors += u64::from(beat.resp != Resp::Okay);
        if beat.last {
            self.counts.overtakes += u64::from(number > 0);
            self.bursts.remove(number);
            self.current = None;
        }
    }

    /// Goes on to `cycle` in the DRAM, if there is one, and notes what has come from it.
    pub(super) fn advance(&mut self, cycle: u64, memory: &mut Memory) {
        for part in self.line.advance(&self.behaviour, cycle, memory) {
            let burst = self.bursts.iter_mut().find(|b| b.parts.burst == part.burst);
            burst.expect("a burst waits for its data").parts.note(part);
        }
    }

    /// Tells whether the next beat of a burst may go.
    fn ready(&self, number: usize, cycle: u64) -> bool {
        let burst = &self.bursts[number];
        let base = burst.address.beat(burst.gone, self.rules.lanes);
        burst.due <= cycle && burst.parts.has(base, self.rules.lanes)
    }

    /// Chooses a burst whose data may go: the one under way, or the first of any ID that is due.
    fn choose(&mut self, cycle: u64) -> Option<usize> {
        if self.behaviour.order != Order::Interleaved && self.current.is_some() {
            return self.current.filter(|&number| self.ready(number, cycle));
        }
        if self.bursts.is_empty() {
            return None;
        }
        if self.behaviour.order == Order::Fifo {
            return Some(0).filter(|&number| self.ready(number, cycle));
        }
        let first = |number: usize| {
            let id = self.bursts[number].address.id;
            self.bursts[..number].iter().all(|b| b.address.id != id)
        };
        let ready = |&number: &usize| self.ready(number, cycle) && first(number);
        let ready: Vec<usize> = (0..self.bursts.len()).filter(ready).collect();
        if ready.is_empty() {
            return None;
        }
        Some(ready[self.rng.below(ready.len() as u64) as usize])
    }

    fn bases(&self, address: &Address) -> impl Iterator<Item = u64> + use<> {
        let (address, lanes) = (*address, self.rules.lanes);
        (0..address.beats).map(move |index| address.beat(index, lanes))
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::burst;
    use super::super::{Access, Errors, Latency, Space};
    use super::*;

    fn memory() -> Memory {
        let mut space = Space::new(5);
        space.allot("all", 0, 0x4000, Access::Read);
        Memory::new(space)
    }

    fn of(id: u64, address: u64, beats: u32) -> Address {
        Address {
            id,
            ..burst(address, beats)
        }
    }

    /// Plays until nothing is in flight; returns cycle, ID and last of each beat.
    fn drain(side: &mut ReadSide, memory: &Memory, from: u64) -> Vec<(u64, ReadBeat)> {
        let mut beats = Vec::new();
        for cycle in from.. {
            if side.in_flight() == 0 {
                break;
            }
            if let Some(beat) = side.offer(cycle, memory) {
                side.taken(&beat);
                beats.push((cycle, beat));
            }
        }
        beats
    }

    #[test]
    fn an_ideal_memory_answers_after_its_latency_a_beat_a_cycle() {
        let mut memory = memory();
        let mut side = ReadSide::new(Rules::new(32, 16), Behaviour::ideal(30));
        side.accept(10, of(0, 0x100, 3), &mut memory)
            .expect("legal");
        side.accept(11, of(1, 0x200, 1), &mut memory)
            .expect("legal");
        let beats = drain(&mut side, &memory, 11);
        let shape: Vec<_> = beats.iter().map(|(c, b)| (*c, b.id, b.last)).collect();
        assert_eq!(
            shape,
            [(40, 0, false), (41, 0, false), (42, 0, true), (43, 1, true)]
        );
        assert_eq!(beats[1].1.data, memory.space.beat(0x120, 32));
        assert_eq!((side.counts.most_bursts, side.counts.most_beats), (2, 4));
    }

    /// All interleavings of two IDs with two bursts each come about, and none that mixes an ID's own.
    #[test]
    fn orders_between_ids_are_all_met() {
        let mut memory = memory();
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..400 {
            let behaviour = Behaviour {
                seed,
                latency: Latency::Random(1, 9),
                order: Order::Free,
                ..Behaviour::ideal(1)
            };
            let mut side = ReadSide::new(Rules::new(32, 16), behaviour);
            for (at, id) in [(0, 0), (1, 0), (2, 1), (3, 1)] {
                side.accept(0, of(id, at * 0x100, 2), &mut memory)
                    .expect("legal");
            }
            let beats = drain(&mut side, &memory, 1);
            let data: Vec<_> = beats.iter().map(|(_, beat)| beat.data).collect();
            let which = |beat: &Beat| {
                let at = (0..4).find(|at| *beat == memory.space.beat(at * 0x100, 32));
                at.map(|at| at as usize)
            };
            seen.insert(data.iter().filter_map(which).collect::<Vec<_>>());
        }
        let all = [
            [0, 1, 2, 3],
            [0, 2, 1, 3],
            [0, 2, 3, 1],
            [2, 0, 1, 3],
            [2, 0, 3, 1],
            [2, 3, 0, 1],
        ];
        assert_eq!(seen, all.iter().map(|order| order.to_vec()).collect());
    }

    #[test]
    fn interleaved_data_keeps_the_order_of_each_id() {
        let mut memory = memory();
        let behaviour = Behaviour {
            order: Order::Interleaved,
            ..Behaviour::ideal(1)
        };
        let mut side = ReadSide::new(Rules::new(32, 16), behaviour);
        for id in 0..3 {
            side.accept(0, of(id, id * 0x400, 8), &mut memory)
                .expect("legal");
        }
        let beats = drain(&mut side, &memory, 1);
        assert!(side.counts.interleaves > 0);
        for id in 0..3 {
            let own: Vec<_> = beats.iter().filter(|(_, b)| b.id == id).collect();
            for (at, (_, beat)) in own.iter().enumerate() {
                let wanted = memory.space.beat(id * 0x400 + at as u64 * 32, 32);
                assert_eq!((beat.data, beat.last), (wanted, at == 7));
            }
        }
    }

    #[test]
    fn errors_come_with_their_beats() {
        let mut memory = memory();
        let behaviour = Behaviour {
            errors: Errors {
                at: vec![0x121],
                ..Errors::default()
            },
            ..Behaviour::ideal(1)
        };
        let mut side = ReadSide::new(Rules::new(32, 16), behaviour);
        side.accept(0, of(0, 0x100, 3), &mut memory).expect("legal");
        let resps: Vec<_> = drain(&mut side, &memory, 1)
            .iter()
            .map(|b| b.1.resp)
            .collect();
        assert_eq!(resps, [Resp::Okay, Resp::SlvErr, Resp::Okay]);
        assert_eq!(side.counts.errors, 1);
    }

    #[test]
    fn outside_fails_or_is_answered() {
        let mut memory = memory();
        let mut side = ReadSide::new(Rules::new(32, 16), Behaviour::ideal(1));
        let refused = side.accept(0, of(0, 0x4000, 1), &mut memory);
        assert!(matches!(refused, Err(Broken::Outside(_))));
        memory.space.answers_outside = true;
        side.accept(0, of(0, 0x3fe0, 1), &mut memory)
            .expect("legal");
        side.accept(0, of(0, 0x4000, 1), &mut memory)
            .expect("legal");
        let resps: Vec<_> = drain(&mut side, &memory, 1)
            .iter()
            .map(|b| b.1.resp)
            .collect();
        assert_eq!(resps, [Resp::Okay, Resp::DecErr]);
        assert_eq!(side.counts.denied, 1);
    }

    #[test]
    fn the_bound_on_beats_counts_what_has_not_come() {
        let mut memory = memory();
        let rules = Rules {
            beats_in_flight: Some(4),
            ..Rules::new(32, 16)
        };
        let mut side = ReadSide::new(rules, Behaviour::ideal(1));
        side.accept(0, of(0, 0, 4), &mut memory).expect("legal");
        let beat = side.offer(1, &memory).expect("legal");
        let more = side.accept(1, of(0, 0x80, 1), &mut memory);
        assert_eq!(more, Err(Broken::Beats(4, 5)));
        side.taken(&beat);
        side.accept(1, of(0, 0x80, 1), &mut memory).expect("legal");
    }
}
