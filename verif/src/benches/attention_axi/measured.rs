// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a play took.

use std::collections::BTreeMap;

use crate::memory::{AxiRead, AxiWrite, Counts};

/// What a play took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    /// Cycle in which the doorbell of each command was about to be rung.
    pub(crate) rung: Vec<u64>,
    /// Cycle in which the completion record of each command was in memory.
    pub(crate) ended: Vec<u64>,
    /// What happened at the ports of vectors, channel by channel.
    pub(crate) mem: Vec<Counts>,
    /// What was read by the port of everything else, and written.
    pub(crate) io: [Counts; 2],
    /// Counters of the accelerator by their names.
    pub(crate) registers: BTreeMap<String, u64>,
}

impl Measured {
    /// Begins with nothing, for so many commands.
    pub(super) fn new(count: usize) -> Self {
        Self {
            rung: vec![0; count],
            ended: vec![0; count],
            ..Self::default()
        }
    }

    /// Notes what happened at the ports.
    pub(super) fn finish(&mut self, mem: &[AxiRead], read: &AxiRead, write: &AxiWrite) {
        self.mem = mem.iter().map(AxiRead::counts).collect();
        self.io = [read.counts(), write.counts()];
    }
}
