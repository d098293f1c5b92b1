// SPDX-License-Identifier: MIT OR Apache-2.0
//! The dispatch of the attention core: what a descriptor and its head records make of every port.
//!
//! Formats, and everything that can be wrong with them, are those of [`command`](crate::command).
//! Here it is said which jobs and commands follow, in which order, and how a descriptor ends as far
//! as that depends on its own bytes.

mod interface;
mod model;
mod plan;

#[cfg(test)]
mod tests;

pub use model::Dispatch;
pub use plan::{Feed, Given, Head, Kind, Lists, Place, Plan, Read, Table};

use crate::attention::AttentionParams;
use crate::attention::params::JOBS;
use crate::command::{MAX_HEADS, Shape};
use crate::memory::MemoryParams;
use crate::stream::Window;
use crate::vector_reader::VectorReaderParams;
use crate::violation::Violation;

/// Commands of the stream reader that are waited for at most.
pub const READS: u32 = 64;

/// Parameters of the dispatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchParams {
    /// The core's shape and the memory's; rows under way and the buffers of channels are not read.
    pub vectors: VectorReaderParams,
    /// Jobs in flight in the core.
    pub jobs: u32,
    /// Most heads of cascade pruning, up to 256; 0 if there is none.
    pub max_heads: u32,
    /// Whether tokens can be appended.
    pub append: bool,
}

impl Default for DispatchParams {
    fn default() -> Self {
        Self::of(&AttentionParams::default(), &MemoryParams::default())
    }
}

impl DispatchParams {
    /// Returns the dispatch that serves a core, without cascade pruning and appending.
    pub fn of(core: &AttentionParams, memory: &MemoryParams) -> Self {
        Self {
            vectors: VectorReaderParams::of(core, memory),
            jobs: core.jobs,
            max_heads: 0,
            append: false,
        }
    }

    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = self.vectors.violations();
        Violation::power_of_two("attention.jobs", self.jobs, JOBS.0, JOBS.1, &mut out);
        Violation::range("dispatch.heads", self.max_heads, 0, MAX_HEADS, &mut out);
        out
    }

    /// Returns the jobs that may be under way, from the entry of the table to the last result.
    pub fn limit(&self) -> u32 {
        (self.jobs + 2).min(self.vectors.memory.heads)
    }

    /// Returns the records that are read ahead at most, the one that is judged included.
    pub fn records(&self) -> u32 {
        if self.jobs >= 32 { 8 } else { 4 }
    }

    /// Returns the descriptors of attention that may be under way: as many as fill the core with eight
    /// jobs each, and two at least.
    pub fn descriptors(&self) -> u32 {
        (self.jobs / 8).max(2)
    }

    /// Returns the cycles from a job to the next of the same descriptor, of one query without biases,
    /// where nothing waits and the memory answers at once: the words of a record and, behind the
    /// first of them, the ranges of its planes.
    pub fn pace(&self) -> u32 {
        if self.vectors.v_planes.len() > 2 {
            22
        } else if self.vectors.k_planes.len() > 2 {
            21
        } else {
            20
        }
    }

    /// Returns what commands are judged by.
    pub fn shape(&self, window: Window) -> Shape {
        Shape {
            vectors: self.vectors.clone(),
            attention: true,
            cascade: self.max_heads > 0,
            append: self.append,
            window,
        }
    }
}
