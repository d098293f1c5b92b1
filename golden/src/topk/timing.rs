// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cycle promises of the variants, asserted against the RTL.
//!
//! Cycles count from the first beat accepted to the last beat delivered, both included, without
//! stalls and with the engine idle before. `rows` is `ceil(n / lanes)`, at least 1.

use super::{TopkParams, Variant};

/// Cycles from a last beat to the digit that it completes (`hg_topk_rank`).
const FIND: u32 = 5;
/// Cycles of the drain's pipeline without the network of its compactor, a flush included.
const DRAIN: u32 = 9;

/// Cycles between two queries of one beat, measured: a stage is not free sooner.
const SHORTEST: u32 = 10;

impl TopkParams {
    /// Returns the passes that reread the keys, one for each digit but the first.
    pub fn scans(&self) -> u32 {
        self.key_w.div_ceil(self.digit_w) - 1
    }

    /// Returns the most cycles that the `radix` variant takes for a query of `n` keys, whatever
    /// the keys and `k`.
    pub fn radix_latency(&self, n: u32) -> u32 {
        let rows = self.beats(n);
        let scans = self.scans() * (rows.div_ceil(2) + FIND);
        let network = self.lanes.ilog2().div_ceil(2);
        rows + FIND + scans + rows + DRAIN + network
    }

    /// Returns the most cycles between the starts of two queries of `n` keys that the `radix`
    /// variant sustains.
    pub fn radix_interval(&self, n: u32) -> u32 {
        (self.beats(n) + 8).max(SHORTEST)
    }

    /// Returns the cycles that the `stream` variant takes for a query of `n` keys of which
    /// `count` survive.
    pub fn stream_latency(&self, n: u32, count: u32) -> u32 {
        let steps = self.capacity.next_power_of_two().ilog2();
        let sort = self.lanes.ilog2() * (self.lanes.ilog2() + 1) / 2;
        let reduce = reduce_cycles(self.beats(n), steps + 2);
        // One cycle registers the keys and one loads the index sorter; then its steps and the beats.
        1 + sort + reduce + 1 + steps * steps + count.div_ceil(self.lanes).max(1)
    }

    /// Returns the most cycles that `variant` promises for a query of `n` keys of which `count`
    /// survive, if it promises any.
    pub fn latency(&self, variant: Variant, n: u32, count: u32) -> Option<u32> {
        match variant {
            Variant::Radix => Some(self.radix_latency(n)),
            Variant::Stream => Some(self.stream_latency(n, count)),
            Variant::Quickselect | Variant::Batcher => None,
        }
    }

    /// Returns the most cycles between the starts of two queries of `n` keys that `variant`
    /// promises, if it promises any.
    pub fn interval(&self, variant: Variant, n: u32) -> Option<u32> {
        match variant {
            Variant::Radix => Some(self.radix_interval(n)),
            Variant::Stream | Variant::Quickselect | Variant::Batcher => None,
        }
    }

    /// States the latency promise of a variant in words and figures.
    pub fn latency_promise(&self, variant: Variant) -> String {
        let n = self.max_n;
        match variant {
            Variant::Radix => format!(
                "at most {} cycles from first beat in to last beat out at n = {n}, whatever the data",
                self.radix_latency(n)
            ),
            Variant::Stream => format!(
                "{} cycles from first beat in to last beat out at n = {n}, whatever the data",
                self.stream_latency(n, self.capacity.min(n))
            ),
            Variant::Quickselect => "depends on the data and on the pivots; no useful bound".into(),
            Variant::Batcher => "depends on n only; grows with n log(n)^2".into(),
        }
    }

    /// States the throughput promise of a variant in words and figures.
    pub fn throughput_promise(&self, variant: Variant) -> String {
        let n = self.max_n;
        match variant {
            Variant::Radix => format!(
                "a query every {} cycles at n = {n} ({}), whatever the data",
                self.radix_interval(n),
                if self.beats(n) + 8 < SHORTEST {
                    "the shortest there is"
                } else {
                    "ceil(n / lanes) + 8"
                }
            ),
            Variant::Stream => {
                format!(
                    "{} keys a cycle within a query; one query at a time",
                    self.lanes
                )
            }
            Variant::Quickselect | Variant::Batcher => {
                "one query entering, one being selected, one leaving".into()
            }
        }
    }
}

/// Returns the cycles from the first set's arrival to the cycle in which one is left, of `sets`
/// sets that arrive one a cycle at a merger of latency `depth` (`hg_topk_reduce`).
fn reduce_cycles(sets: u32, depth: u32) -> u32 {
    let mut merger = vec![false; depth as usize];
    let (mut arrived, mut left, mut parked, mut cycle) = (0, 0_u32, false, 0);
    loop {
        if arrived == sets && left == 1 && parked {
            return cycle;
        }
        let back = merger.pop().unwrap_or(false);
        let take = arrived < sets;
        arrived += u32::from(take);
        left += u32::from(take);
        let merge = (take && back) || ((take || back) && parked);
        if merge {
            parked &= take && back;
            left -= 1;
        } else {
            parked |= take || back;
        }
        merger.insert(0, merge);
        cycle += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radix_at_the_size_that_the_docs_quote() {
        let p = TopkParams::default();
        assert_eq!(
            (p.scans(), p.radix_latency(1024), p.radix_interval(1024)),
            (2, 218, 72)
        );
    }

    #[test]
    fn few_sets_reduce_by_hand() {
        // One set parks in cycle 0 and is there in cycle 1.
        assert_eq!(reduce_cycles(1, 3), 1);
        // Two: the merge starts in cycle 1, leaves in cycle 4, parks, and is there in cycle 5.
        assert_eq!(reduce_cycles(2, 3), 5);
    }
}
