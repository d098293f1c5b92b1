// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much of everything is in flight in the attention core, and how much must be.
//!
//! The rule is Little's law: of what takes `busy` cycles of the lanes and stays `stay` cycles in a
//! stage, `stay / busy` must be there at once, or the lanes wait.

use super::AttentionParams;
use super::params::{CONTEXTS, JOBS, OUTSTANDING, SLOTS};
use crate::violation::Violation;

/// Keys of the queries that the lanes are to be fed with, each a job of its own.
pub const KEYS: u32 = 256;
/// Cycles from a request to its response that the lanes are to be fed at.
pub const LATENCY: u32 = 40;
/// Fewest cycles from one query to the next that the core sustains.
const LEAST: u32 = 11;
/// Cycles from admission to commit, beside the latency of the memory and the rows.
const CONTEXT_STAY: u32 = 80;
/// Cycles from the softmax to the end of the selection, likewise.
const SLOT_STAY: u32 = 125;
/// Cycles from a job to the report of its query, likewise.
const JOB_STAY: u32 = 225;
/// Cycles of a request beside the latency of the memory.
const REQUEST_STAY: u32 = 8;

/// What is in flight by default: more where a row holds more tokens, and a query so fewer rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flight {
    /// Queries between admission and commit.
    pub contexts: u32,
    /// Jobs.
    pub jobs: u32,
    /// Queries in selection.
    pub slots: u32,
    /// Vector requests.
    pub outstanding: u32,
}

impl Flight {
    /// Returns what is in flight where a row holds `tokens` tokens.
    pub fn of(tokens: u32) -> Self {
        let [contexts, jobs, slots, outstanding] = match tokens {
            0..=2 => [4, 8, 4, 64],
            3..=4 => [8, 16, 8, 128],
            5..=8 => [16, 32, 16, 256],
            _ => [32, 64, 16, 256],
        };
        Self {
            contexts,
            jobs,
            slots,
            outstanding,
        }
    }
}

impl AttentionParams {
    /// Returns what is too little to feed the lanes with jobs of one query over [`KEYS`] keys, one
    /// plane of K up front, from a memory that answers after [`LATENCY`] cycles.
    ///
    /// The parameters are legal. Such a core is right, but its lanes wait.
    pub fn starving(&self) -> Vec<Violation> {
        let rows = self.rows(KEYS.min(self.max_tokens)) * self.fold();
        let busy = rows.max(LEAST);
        let row = self.fold();
        let ways = [
            (
                "attention.contexts",
                self.contexts,
                (LATENCY + CONTEXT_STAY + 2 * rows, busy),
                CONTEXTS.1,
                "from admission to commit",
            ),
            (
                "attention.jobs",
                self.jobs,
                (2 * LATENCY + JOB_STAY + 4 * rows, busy),
                JOBS.1,
                "from its job to its report",
            ),
            (
                "attention.slots",
                self.slots,
                (SLOT_STAY + 3 * rows, busy),
                SLOTS.1,
                "in selection",
            ),
            (
                "attention.outstanding",
                self.outstanding,
                (LATENCY + REQUEST_STAY, row),
                OUTSTANDING.1,
                "on its way",
            ),
        ];
        let mut out = Vec::new();
        for (field, value, (stay, busy), most, place) in ways {
            let mut need = stay.div_ceil(busy);
            if value >= need {
                continue;
            }
            if field == "attention.jobs" {
                need = need.next_power_of_two();
            }
            let what = if field == "attention.outstanding" {
                "request".to_owned()
            } else {
                format!("query of {} keys", KEYS.min(self.max_tokens))
            };
            let share = 100 * value * busy / stay;
            let rule = format!(
                "feeds the lanes in {share} % of the cycles: a {what} takes {busy} of them and stays \
                 {stay} {place}, at a memory latency of {LATENCY}"
            );
            let remedy = format!("try {}", need.min(most));
            out.push(Violation::new(field, value, rule, remedy));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(lanes: u32, flight: Flight) -> AttentionParams {
        AttentionParams {
            lanes,
            contexts: flight.contexts,
            jobs: flight.jobs,
            slots: flight.slots,
            outstanding: flight.outstanding,
            ..AttentionParams::default()
        }
    }

    fn said(p: &AttentionParams) -> Vec<String> {
        p.starving().iter().map(ToString::to_string).collect()
    }

    /// What is in flight by default is legal and feeds the lanes, whatever the shape.
    #[test]
    fn the_defaults_feed_the_lanes() {
        for d_head in [8, 16, 64, 128] {
            for lanes in (3..=10).map(|log| 1 << log) {
                let p = AttentionParams {
                    d_head,
                    ..core(lanes, Flight::of(lanes / d_head))
                };
                if p.tokens() <= 64 {
                    let lanes = (d_head, lanes);
                    assert_eq!((p.violations(), said(&p)), (vec![], vec![]), "{lanes:?}");
                }
            }
        }
    }

    /// By hand, for rows of 16 keys: a query of 256 keys has 16 rows and takes as many cycles, and it
    /// stays 40 + 80 + 32 of them in a context, 125 + 48 in selection and 80 + 225 + 64 in all.
    #[test]
    fn what_is_too_little_is_named_with_what_is_enough() {
        let p = core(
            1024,
            Flight {
                contexts: 9,
                jobs: 16,
                slots: 4,
                outstanding: 47,
            },
        );
        assert_eq!(
            said(&p),
            [
                "attention.contexts = 9: feeds the lanes in 94 % of the cycles: a query of 256 keys \
                 takes 16 of them and stays 152 from admission to commit, at a memory latency of 40 \
                 (try 10)",
                "attention.jobs = 16: feeds the lanes in 69 % of the cycles: a query of 256 keys \
                 takes 16 of them and stays 369 from its job to its report, at a memory latency of \
                 40 (try 32)",
                "attention.slots = 4: feeds the lanes in 36 % of the cycles: a query of 256 keys \
                 takes 16 of them and stays 173 in selection, at a memory latency of 40 (try 11)",
                "attention.outstanding = 47: feeds the lanes in 97 % of the cycles: a request takes \
                 1 of them and stays 48 on its way, at a memory latency of 40 (try 48)",
            ]
        );
        // Two cycles a row leave twice the time.
        let folded = AttentionParams {
            lanes: 32,
            ..core(32, Flight::of(1))
        };
        assert_eq!(said(&folded), [""; 0]);
    }
}
