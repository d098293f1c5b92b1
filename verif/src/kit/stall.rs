// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a side of a stream stalls, and when a reset comes.

use serde::{Deserialize, Serialize};

use hwgen_sim::rng;

/// A reset in the middle of things. What had not left by then is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reset {
    /// Cycle in which it begins.
    pub(crate) cycle: u64,
    /// Cycles it lasts.
    pub(crate) length: u64,
}

impl Reset {
    /// Draws one in the first `cycles` cycles.
    pub(crate) fn draw(rng: &mut rng::Rng, cycles: u64) -> Self {
        Self {
            cycle: rng.below(cycles),
            length: 1 + rng.below(3),
        }
    }
}

/// When one side of a stream is willing. A function of seed and cycle alone, so that a replay
/// stalls alike whatever else changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stall {
    /// Seed of the decisions.
    pub(crate) seed: u64,
    /// Shape of the decisions.
    pub(crate) pattern: Pattern,
}

/// Shapes of stalling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pattern {
    /// Never stalls.
    Always,
    /// Decides anew in each cycle.
    Random {
        /// Willing in this many of 100 cycles, at least 1.
        percent: u32,
    },
    /// Decides for `length` cycles at once: long runs and long pauses.
    Burst {
        /// Cycles of one decision.
        length: u32,
        /// Willing in this many of 100 decisions, at least 1.
        percent: u32,
    },
    /// Takes only what has waited for a cycle: a sender that waits for ready never gets on. For
    /// the side that takes; the one that offers never stalls with it.
    Reluctant,
}

impl Stall {
    /// Never stalls.
    pub(crate) const NONE: Self = Self {
        seed: 0,
        pattern: Pattern::Always,
    };

    /// Draws a profile for the side that offers.
    pub(crate) fn draw_offering(rng: &mut rng::Rng) -> Self {
        Self::draw(rng)
    }

    /// Draws a profile for the side that takes.
    pub(crate) fn draw_taking(rng: &mut rng::Rng) -> Self {
        let drawn = Self::draw(rng);
        if rng.chance(10) {
            return Self {
                pattern: Pattern::Reluctant,
                ..drawn
            };
        }
        drawn
    }

    /// Returns profiles of streams that each stall at random in half of all cycles.
    pub(crate) fn half(streams: usize) -> Vec<Self> {
        let pattern = Pattern::Random { percent: 50 };
        let seeds = 1..=streams as u64;
        seeds.map(|seed| Self { seed, pattern }).collect()
    }

    /// Draws profiles of streams that offer and of streams that take, or none that stalls.
    pub(crate) fn draw_all(
        rng: &mut rng::Rng,
        stalled: bool,
        offering: usize,
        taking: usize,
    ) -> Vec<Self> {
        if !stalled {
            return vec![Self::NONE; offering + taking];
        }
        let mut all: Vec<Self> = (0..offering).map(|_| Self::draw_offering(rng)).collect();
        all.extend((0..taking).map(|_| Self::draw_taking(rng)));
        all
    }

    /// Draws a profile that stops for hundreds of cycles.
    pub(crate) fn rare(rng: &mut rng::Rng) -> Self {
        Self {
            seed: rng.draw(),
            pattern: Pattern::Burst {
                length: 40,
                percent: 5,
            },
        }
    }

    /// Tells whether the side that takes is willing in `cycle`; `waited` if a beat has been
    /// waiting since the cycle before.
    #[inline]
    pub(crate) fn take(&self, cycle: u64, waited: bool) -> bool {
        self.go(cycle) && (waited || self.pattern != Pattern::Reluctant)
    }

    /// Tells whether the side is willing in `cycle`.
    #[inline]
    pub(crate) fn go(&self, cycle: u64) -> bool {
        match self.pattern {
            Pattern::Always | Pattern::Reluctant => true,
            Pattern::Random { percent } => rng::chance(rng::at(self.seed, cycle), percent.max(1)),
            Pattern::Burst { length, percent } => {
                let block = cycle / u64::from(length.max(1));
                rng::chance(rng::at(self.seed, block), percent.max(1))
            }
        }
    }

    /// Returns a bound on the cycles it stalls in one go, for watchdogs: one chance in 10^9 is
    /// left to exceed it.
    pub(crate) fn longest(&self) -> u64 {
        let (length, percent) = match self.pattern {
            Pattern::Always | Pattern::Reluctant => return 0,
            Pattern::Random { percent } => (1, percent),
            Pattern::Burst { length, percent } => (length, percent),
        };
        u64::from(length) * 2_100 / u64::from(percent.max(1)) + u64::from(length)
    }

    /// Draws a shape: as often without stalls as with each of the shapes.
    fn draw(rng: &mut rng::Rng) -> Self {
        let percent = [5, 25, 50, 75, 95][rng.below(5) as usize];
        let length = [3, 8, 40][rng.below(3) as usize];
        let pattern = match rng.below(3) {
            0 => Pattern::Always,
            1 => Pattern::Random { percent },
            _ => Pattern::Burst {
                length,
                percent: percent.max(25),
            },
        };
        Self {
            seed: rng.draw(),
            pattern,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_stall_as_they_say() {
        let share = |pattern| {
            let stall = Stall { seed: 3, pattern };
            let mut pause = 0;
            let mut longest = 0;
            let mut willing = 0;
            for cycle in 0..100_000 {
                if stall.go(cycle) {
                    pause = 0;
                    willing += 1;
                } else {
                    pause += 1;
                }
                longest = longest.max(pause);
            }
            assert!(longest <= stall.longest(), "{longest} {pattern:?}");
            willing / 1000
        };
        assert_eq!(share(Pattern::Always), 100);
        assert!((23..27).contains(&share(Pattern::Random { percent: 25 })));
        let burst = Pattern::Burst {
            length: 40,
            percent: 50,
        };
        assert!((45..55).contains(&share(burst)));
    }
}
