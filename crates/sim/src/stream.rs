// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ready/valid streams: when a side stalls, and whether the RTL keeps the rules.

use serde::{Deserialize, Serialize};

use crate::rng;

/// A reset in the middle of things. What had not left by then is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// Cycle in which it begins.
    pub cycle: u64,
    /// Cycles it lasts.
    pub length: u64,
}

impl Reset {
    /// Draws one in the first `cycles` cycles.
    pub fn draw(rng: &mut rng::Rng, cycles: u64) -> Self {
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
pub struct Stall {
    /// Seed of the decisions.
    pub seed: u64,
    /// Shape of the decisions.
    pub pattern: Pattern,
}

/// Shapes of stalling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
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
    pub const NONE: Self = Self {
        seed: 0,
        pattern: Pattern::Always,
    };

    /// Draws a profile for the side that offers.
    pub fn draw_offering(rng: &mut rng::Rng) -> Self {
        Self::draw(rng)
    }

    /// Draws a profile for the side that takes.
    pub fn draw_taking(rng: &mut rng::Rng) -> Self {
        let drawn = Self::draw(rng);
        if rng.chance(10) {
            return Self {
                pattern: Pattern::Reluctant,
                ..drawn
            };
        }
        drawn
    }

    /// Draws a profile that stands still for hundreds of cycles.
    pub fn rare(rng: &mut rng::Rng) -> Self {
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
    pub fn take(&self, cycle: u64, waited: bool) -> bool {
        self.go(cycle) && (waited || self.pattern != Pattern::Reluctant)
    }

    /// Tells whether the side is willing in `cycle`.
    #[inline]
    pub fn go(&self, cycle: u64) -> bool {
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
    pub fn longest(&self) -> u64 {
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

/// Watches one stream that the RTL drives.
#[derive(Debug, Clone)]
pub struct Monitor {
    waiting: bool,
    held: Vec<u64>,
    now: Vec<u64>,
}

/// A rule of the handshake that the RTL broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Valid fell although the beat had not been taken.
    #[error("valid dropped before its beat was accepted")]
    Dropped,
    /// The beat changed while it waited.
    #[error("payload changed while it waited for ready")]
    Changed,
}

impl Monitor {
    /// Starts to watch after a reset.
    pub fn new() -> Self {
        Self {
            waiting: false,
            held: Vec::new(),
            now: Vec::new(),
        }
    }

    /// Checks one cycle. `payload` writes what must not change; it is called only for beats that
    /// wait or have waited.
    #[inline]
    pub fn check(
        &mut self,
        valid: bool,
        ready: bool,
        payload: impl FnOnce(&mut Vec<u64>),
    ) -> Result<(), Broken> {
        if !valid {
            return if self.waiting {
                Err(Broken::Dropped)
            } else {
                Ok(())
            };
        }
        if ready && !self.waiting {
            return Ok(());
        }
        self.now.clear();
        payload(&mut self.now);
        if self.waiting && self.now != self.held {
            return Err(Broken::Changed);
        }
        std::mem::swap(&mut self.now, &mut self.held);
        self.waiting = !ready;
        Ok(())
    }

    /// Tells whether a beat has been seen that was not taken yet.
    pub fn waiting(&self) -> bool {
        self.waiting
    }
}

impl Default for Monitor {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(beats: &[(bool, bool, u64)]) -> Result<(), Broken> {
        let mut monitor = Monitor::new();
        beats.iter().try_for_each(|&(valid, ready, payload)| {
            monitor.check(valid, ready, |words| words.push(payload))
        })
    }

    #[test]
    fn the_monitor_knows_the_rules() {
        let (y, n) = (true, false);
        assert_eq!(feed(&[(n, y, 0), (y, y, 1), (y, y, 2), (n, n, 3)]), Ok(()));
        assert_eq!(feed(&[(y, n, 1), (y, n, 1), (y, y, 1), (y, y, 2)]), Ok(()));
        assert_eq!(feed(&[(y, n, 1), (n, n, 1)]), Err(Broken::Dropped));
        assert_eq!(feed(&[(y, n, 1), (y, y, 2)]), Err(Broken::Changed));
        assert_eq!(feed(&[(y, n, 1), (y, y, 1), (n, n, 0)]), Ok(()));
    }

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
