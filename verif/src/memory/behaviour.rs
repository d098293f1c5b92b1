// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a memory answers: when, in which order, and with which errors.

use serde::{Deserialize, Serialize};

use super::beat::Resp;
use crate::kit::Stall;
use hwgen_sim::rng::{self, Rng};

/// Cycles in which a DRAM may do nothing for a port: a refresh and full queues, whatever the clocks.
const DRAM_PATIENCE: u64 = 10_000;

/// How long a burst takes from the cycle in which its address is taken to that of its first data (of a
/// read), or from that of its last data to that of its response (of a write).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Latency {
    /// The same for all, at least 1.
    Ideal(u32),
    /// Drawn for each burst between two bounds, at least 1.
    Random(u32, u32),
    /// As the DRAM of the memory has it, and so many cycles on the way there. A write is answered when
    /// the controllers have room for it.
    Dram(u32),
}

/// In which order bursts are answered. Those of one ID always keep their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// As they came, whatever the ID.
    Fifo,
    /// Any order between IDs that latencies and draws bring about.
    Free,
    /// The same, and data of reads of several IDs interleaved beat by beat.
    Interleaved,
}

/// Whether a memory takes the address and the data of a write in any order. AXI4 lets it wait for the
/// one or the other, and a manager must offer both without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Accept {
    /// Whatever comes.
    Any,
    /// Data only after its address.
    AddressFirst,
    /// An address only when its first data is there.
    DataFirst,
}

/// Which addresses are answered with an error. The data goes through all the same, so that a bench may
/// compare it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Errors {
    /// Seed of the drawn ones.
    pub(crate) seed: u64,
    /// Drawn in so many of 1000 beats.
    pub(crate) per_mille: u32,
    /// Beats that are answered with SLVERR besides: any address in them.
    pub(crate) at: Vec<u64>,
}

impl Errors {
    /// Returns the response to an access to the beat of `lanes` bytes at `base`, a multiple of it. A
    /// function of the address alone, so that a bench can foretell it.
    pub(crate) fn at(&self, base: u64, lanes: u32) -> Resp {
        let within = |&at: &u64| at / u64::from(lanes) == base / u64::from(lanes);
        if self.at.iter().any(within) {
            return Resp::SlvErr;
        }
        let drawn = rng::at(self.seed, base);
        if (u128::from(drawn) * 1000) >> 64 >= u128::from(self.per_mille) {
            return Resp::Okay;
        }
        if drawn & 1 == 0 {
            Resp::SlvErr
        } else {
            Resp::DecErr
        }
    }
}

/// How one port of a memory behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Behaviour {
    /// Seed of latencies and orders.
    pub(crate) seed: u64,
    /// How long a burst takes.
    pub(crate) latency: Latency,
    /// Order between IDs.
    pub(crate) order: Order,
    /// Order of address and data, of writes only.
    pub(crate) accept: Accept,
    /// Most bursts that are taken and not yet answered; 0 if any number.
    pub(crate) bursts: u32,
    /// Stalls of addresses.
    pub(crate) address: Stall,
    /// Stalls of data.
    pub(crate) data: Stall,
    /// Stalls of responses to writes.
    pub(crate) response: Stall,
    /// Which addresses fail.
    pub(crate) errors: Errors,
}

impl Behaviour {
    /// Never stalls, never fails, keeps the order, and answers after `latency` cycles.
    pub(crate) fn ideal(latency: u32) -> Self {
        Self {
            seed: 0,
            latency: Latency::Ideal(latency),
            order: Order::Fifo,
            accept: Accept::Any,
            bursts: 0,
            address: Stall::NONE,
            data: Stall::NONE,
            response: Stall::NONE,
            errors: Errors::default(),
        }
    }

    /// Answers as the DRAM of the memory does, `way` cycles away: never stalls and never fails, and the
    /// order between IDs is free.
    pub(crate) fn dram(way: u32) -> Self {
        Self {
            latency: Latency::Dram(way),
            order: Order::Free,
            ..Self::ideal(1)
        }
    }

    /// Draws one without errors: any latency up to a hundred cycles, any order, stalls or none.
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let latency = match rng.below(3) {
            0 => Latency::Ideal([1, 2, 30, 100][rng.below(4) as usize]),
            1 => Latency::Random(1, 8),
            _ => Latency::Random(1, 100),
        };
        let stalled = rng.chance(60);
        Self {
            seed: rng.draw(),
            latency,
            order: [Order::Fifo, Order::Free, Order::Interleaved][rng.below(3) as usize],
            accept: [Accept::Any, Accept::AddressFirst, Accept::DataFirst][rng.below(3) as usize],
            bursts: [0, 0, 1, 2, 5][rng.below(5) as usize],
            address: draw_stall(rng, stalled),
            data: draw_stall(rng, stalled),
            response: draw_stall(rng, stalled),
            errors: Errors::default(),
        }
    }

    /// Draws how long the next burst takes.
    pub(super) fn wait(&self, rng: &mut Rng) -> u64 {
        let cycles = match self.latency {
            Latency::Ideal(cycles) => u64::from(cycles),
            Latency::Random(low, high) => rng.between(low.into(), high.into()) as u64,
            Latency::Dram(_) => 1,
        };
        cycles.max(1)
    }

    /// Returns the cycles on the way to the DRAM, if there is one.
    pub(super) fn way(&self) -> Option<u64> {
        match self.latency {
            Latency::Dram(cycles) => Some(cycles.into()),
            _ => None,
        }
    }

    /// Tells whether one more burst may come when `bursts` are in flight.
    pub(super) fn has_room(&self, bursts: usize) -> bool {
        self.bursts == 0 || bursts < self.bursts as usize
    }

    /// Returns a bound on the cycles in which a port does nothing although it could, for watchdogs.
    pub(crate) fn patience(&self) -> u64 {
        let latency = match self.latency {
            Latency::Ideal(cycles) | Latency::Random(_, cycles) => u64::from(cycles),
            Latency::Dram(cycles) => u64::from(cycles) + DRAM_PATIENCE,
        };
        let stalls = [&self.address, &self.data, &self.response];
        latency + stalls.iter().map(|stall| stall.longest()).sum::<u64>()
    }
}

fn draw_stall(rng: &mut Rng, stalled: bool) -> Stall {
    if stalled {
        Stall::draw_taking(rng)
    } else {
        Stall::NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_a_function_of_the_address() {
        let errors = Errors {
            seed: 3,
            per_mille: 20,
            at: vec![0x1234],
        };
        assert_eq!(errors.at(0x1220, 32), Resp::SlvErr);
        assert_eq!(
            errors.at(0x1240, 32),
            Errors::at(&errors.clone(), 0x1240, 32)
        );
        let count = |resp| {
            let all = (0..100_000_u64).map(|beat| errors.at(beat << 32, 32));
            all.filter(|&r| r == resp).count()
        };
        let (slave, decode) = (count(Resp::SlvErr), count(Resp::DecErr));
        assert!((900..1100).contains(&slave), "{slave}");
        assert!((900..1100).contains(&decode), "{decode}");
        let none = Errors::default();
        assert!((0..1000).all(|beat| none.at(beat * 32, 32) == Resp::Okay));
    }

    #[test]
    fn latencies_stay_within_bounds() {
        let mut rng = Rng::new(1);
        let random = Behaviour {
            latency: Latency::Random(3, 5),
            ..Behaviour::ideal(1)
        };
        let drawn: Vec<u64> = (0..100).map(|_| random.wait(&mut rng)).collect();
        assert!([3, 4, 5].iter().all(|cycles| drawn.contains(cycles)));
        assert!(drawn.iter().all(|cycles| (3..=5).contains(cycles)));
        assert_eq!(Behaviour::ideal(0).wait(&mut rng), 1);
    }
}
