// SPDX-License-Identifier: MIT OR Apache-2.0
//! The memory behind the vector port: answers in order after a fixed latency, at a bounded rate.

use std::collections::VecDeque;

use super::Memory;

/// Requests under way.
pub(super) struct Pending {
    memory: Memory,
    /// Cycle from which the response may leave, with the row of plane vectors.
    queue: VecDeque<(u64, Vec<u64>)>,
    /// Bytes taken beyond what the past cycles could carry.
    debt: u64,
}

impl Pending {
    pub(super) fn new(memory: Memory) -> Self {
        Self {
            memory,
            queue: VecDeque::new(),
            debt: 0,
        }
    }

    /// Starts a cycle; tells whether the memory has bandwidth left for a request.
    pub(super) fn start_cycle(&mut self) -> bool {
        let rate = u64::from(self.memory.bytes_per_cycle);
        self.debt = self.debt.saturating_sub(rate);
        rate == 0 || self.debt < rate
    }

    /// Takes a request in `cycle` for `bytes`, answered with `data`.
    pub(super) fn take(&mut self, cycle: u64, bytes: u64, data: Vec<u64>) {
        self.debt += bytes;
        let due = cycle + u64::from(self.memory.latency.max(1));
        self.queue.push_back((due, data));
    }

    /// Returns the response that may leave in `cycle`.
    pub(super) fn due(&self, cycle: u64) -> Option<&[u64]> {
        let (due, data) = self.queue.front()?;
        (*due <= cycle).then_some(&data[..])
    }

    /// Drops the response that has left.
    pub(super) fn answered(&mut self) {
        self.queue.pop_front();
    }

    /// Forgets everything, as a reset does.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.debt = 0;
    }

    /// Returns how many requests wait for their responses.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Tells whether requests wait for their responses.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}
