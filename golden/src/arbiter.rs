// SPDX-License-Identifier: MIT OR Apache-2.0
//! Round-robin arbitration: whose beat leaves in a cycle, where several streams want the same port.
//!
//! The requester that was served last has the lowest priority, the one behind it the highest, in a
//! circle. A grant that the consumer does not take is held. Nothing takes a cycle.

mod interface;

use crate::violation::Violation;
use crate::width::idx_width;

/// Most streams that are merged.
pub const MAX_REQUESTERS: u32 = 64;
/// Most bits of a payload.
pub const MAX_WIDTH: u32 = 512;

/// Parameters of the arbiter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArbiterParams {
    /// Streams that are merged, 1 to 64.
    pub requesters: u32,
    /// Bits of a payload, 1 to 512.
    pub width: u32,
}

impl Default for ArbiterParams {
    fn default() -> Self {
        Self {
            requesters: 4,
            width: 32,
        }
    }
}

impl ArbiterParams {
    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        let most = MAX_REQUESTERS;
        Violation::range("arbiter.requesters", self.requesters, 1, most, &mut out);
        Violation::range("arbiter.width", self.width, 1, MAX_WIDTH, &mut out);
        out
    }

    /// Returns the bits of a requester's number.
    pub fn idx_w(&self) -> u32 {
        idx_width(self.requesters)
    }
}

/// The arbiter between two cycles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arbiter {
    requesters: u32,
    /// Who was served last; the last one of all after reset, so that the search begins with the first.
    last: u32,
    /// Whose beat waits for the consumer.
    held: Option<u32>,
}

impl Arbiter {
    /// Makes an arbiter as it is after reset.
    pub fn new(params: &ArbiterParams) -> Self {
        Self {
            requesters: params.requesters,
            last: params.requesters - 1,
            held: None,
        }
    }

    /// Returns whose beat is on the output while the requesters of the mask `valid` have one.
    pub fn grant(&self, valid: u64) -> Option<u32> {
        self.held.or_else(|| self.search(valid))
    }

    /// Returns who would be granted if no grant were held: the first behind the one served last.
    pub fn search(&self, valid: u64) -> Option<u32> {
        let mut behind = (1..=self.requesters).map(|step| (self.last + step) % self.requesters);
        behind.find(|who| valid >> who & 1 == 1)
    }

    /// Ends a cycle with these requests, in which the consumer is `ready` or not. Returns who was
    /// served.
    pub fn clock(&mut self, valid: u64, ready: bool) -> Option<u32> {
        let grant = self.grant(valid);
        self.held = grant.filter(|_| !ready);
        let served = grant.filter(|_| ready);
        self.last = served.unwrap_or(self.last);
        served
    }

    /// Returns who was served last.
    pub fn last(&self) -> u32 {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arbiter(requesters: u32) -> Arbiter {
        Arbiter::new(&ArbiterParams {
            requesters,
            ..ArbiterParams::default()
        })
    }

    #[test]
    fn the_order_by_hand() {
        let mut a = arbiter(3);
        // Everybody wants: in a circle, from the first on.
        let served: Vec<_> = (0..4).map(|_| a.clock(0b111, true)).collect();
        assert_eq!(served, [Some(0), Some(1), Some(2), Some(0)]);
        // Behind 0 comes 2, as 1 does not want; then 1, as 2 was served last and 0 does not want.
        assert_eq!(a.clock(0b101, true), Some(2));
        assert_eq!(a.clock(0b110, true), Some(1));
        assert_eq!(a.clock(0, true), None);
        // A cycle without a request changes nothing: 2 is still the next.
        assert_eq!(a.clock(0b111, true), Some(2));
    }

    #[test]
    fn a_grant_is_held_while_the_consumer_stalls() {
        let mut a = arbiter(3);
        assert_eq!(a.clock(0b100, false), None);
        // 0 and 1 would come first, were the grant not held.
        assert_eq!(a.grant(0b111), Some(2));
        assert_eq!(a.search(0b111), Some(0));
        assert_eq!(a.clock(0b111, false), None);
        assert_eq!(a.clock(0b111, true), Some(2));
        assert_eq!(a.clock(0b111, true), Some(0));
    }

    #[test]
    fn both_rules_are_reported_at_once() {
        let bad = ArbiterParams {
            requesters: 65,
            width: 0,
        };
        let said: Vec<String> = bad.violations().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "arbiter.requesters = 65: must be 1 to 64 (try 64)",
                "arbiter.width = 0: must be 1 to 512 (try 1)",
            ]
        );
    }

    proptest! {
        /// Who requests waits for at most one beat of each other, and at once for nobody where he
        /// is alone: what the header promises, said without any order.
        #[test]
        fn nobody_waits_for_two_beats_of_another(
            requesters in 1_u32..=64,
            cycles in prop::collection::vec((any::<u64>(), any::<u64>(), any::<bool>()), 1..400),
        ) {
            let mut a = arbiter(requesters);
            let all = u64::MAX >> (64 - requesters);
            let mut valid = 0;
            let mut beats = vec![vec![0; 64]; 64];
            for (more, fewer, ready) in cycles {
                valid |= more & fewer & all;
                let grant = a.grant(valid);
                prop_assert_eq!(grant.is_some(), valid != 0);
                let served = a.clock(valid, ready);
                prop_assert_eq!(served, grant.filter(|_| ready));
                let Some(who) = served else { continue };
                prop_assert_eq!(valid >> who & 1, 1);
                for (waits, seen) in beats.iter_mut().enumerate() {
                    if valid >> waits & 1 == 1 && waits != who as usize {
                        seen[who as usize] += 1;
                        prop_assert!(seen[who as usize] <= 1);
                    }
                }
                beats[who as usize].fill(0);
                valid &= !(1 << who);
            }
        }
    }
}
