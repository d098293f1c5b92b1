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
    ///
    /// Queries do not enter evenly, so this is the longest distance, not the mean. Two things make a
    /// query of r rows wait:
    /// - A slot is held for 2r + 12 + scans * (ceil(r/2) + 5) cycles, and there are two more slots
    ///   than scans. Queries come at least r + 1 cycles apart, so when all slots are taken the
    ///   next one waits at most r + 8 behind the last.
    /// - An idle engine takes two queries in a row. The third waits until the first scan is free
    ///   again: it takes the first query 5 cycles behind its last beat, holds it ceil(r/2) + 6, and
    ///   the second query began r + 1 behind the first: ceil(r/2) + 9. Only for one row is it more.
    ///
    /// The tests below play the handshakes.
    pub fn radix_interval(&self, n: u32) -> u32 {
        let rows = self.beats(n);
        (rows + 8).max(rows.div_ceil(2) + 9)
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
                if self.beats(n) < 2 {
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
    use std::collections::VecDeque;

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

    /// Plays the handshakes of `hg_topk_radix` with queries of `rows` rows without a pause; returns
    /// the longest distance between the starts of two.
    fn longest_distance(rows: u32, scans: usize) -> u32 {
        let (mut used, mut waiting, mut row, mut gap) = (0, 0, 0, false);
        let (mut finds, mut leaves) = (VecDeque::new(), VecDeque::new());
        // When what a scan holds is found; when the drain is free.
        let (mut scan, mut drain_free): (Vec<Option<u32>>, u32) = (vec![None; scans], 0);
        let mut starts = Vec::new();
        for t in 0..40 * (rows + 20) {
            let mut ready: Vec<bool> = scan.iter().map(Option::is_none).collect();
            ready.push(t >= drain_free);
            let mut valid = vec![finds.front().is_some_and(|f| *f <= t)];
            valid.extend(scan.iter().map(|s| s.is_some_and(|f| f <= t)));
            let next_idle = scans > 0 && ready[0];
            let room = used != scans + 2 && !gap;
            let accept = row > 0 || (room && (waiting == 0 || (waiting == 1 && next_idle)));
            let leave = leaves.front() == Some(&t);
            if accept && row == 0 {
                starts.push(t);
                used += 1;
            }
            row += u32::from(accept);
            gap = row == rows;
            if gap {
                row = 0;
                waiting += 1;
                finds.push_back(t + 5);
            }
            if leave {
                leaves.pop_front();
                used -= 1;
            }
            if valid[0] && ready[0] {
                finds.pop_front();
                waiting -= 1;
            }
            for stage in 0..=scans {
                if !(valid[stage] && ready[stage]) {
                    continue;
                }
                if let Some(before) = stage.checked_sub(1) {
                    scan[before] = None;
                }
                if let Some(scan) = scan.get_mut(stage) {
                    *scan = Some(t + rows.div_ceil(2) + 5);
                } else {
                    drain_free = t + rows + 1;
                    leaves.push_back(t + rows + 7);
                }
            }
        }
        let pairs = starts.windows(2).map(|w| w[1] - w[0]);
        pairs.max().expect("several queries")
    }

    #[test]
    fn no_query_waits_longer_than_the_interval() {
        for scans in [0, 1, 2, 3, 4, 7, 11, 23] {
            let p = TopkParams {
                lanes: 1,
                key_w: 4.max(scans + 1),
                digit_w: 1,
                max_n: 1024,
                ..TopkParams::default()
            };
            for rows in (1..40).chain([64, 200]) {
                let longest = longest_distance(rows, scans as usize);
                let promised = p.radix_interval(rows);
                assert!(longest <= promised, "{rows} rows, {scans} scans: {longest}");
            }
        }
        // The promise is not idle: one row and one scan need all of it.
        assert_eq!(longest_distance(1, 1), 10);
    }
}
