// SPDX-License-Identifier: MIT OR Apache-2.0
//! The attention core behind registers and a command ring, with AXI4 to memory: which parts it is
//! made of, and what it looks like from outside.
//!
//! Plane vectors come through a read port per channel, everything else (descriptors, head records,
//! queries, biases, lists, results, completion records) through one port of its own. What the parts
//! do is said where they are: [`regs`](crate::regs), [`vector_reader`](crate::vector_reader),
//! [`stream_reader`](crate::stream_reader), [`stream_writer`](crate::stream_writer),
//! [`cascade`](crate::cascade).

mod interface;

use crate::attention::AttentionParams;
use crate::cascade::EngineParams;
use crate::importance::ImportanceParams;
use crate::memory::MemoryParams;
use crate::regs::{self, RegsParams};
use crate::stream_reader::StreamReaderParams;
use crate::stream_writer::StreamWriterParams;
use crate::vector_reader::VectorReaderParams;
use crate::violation::Violation;

/// Parameters of the attention core on AXI4.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttentionAxiParams {
    /// The core.
    pub core: AttentionParams,
    /// The memory side.
    pub memory: MemoryParams,
    /// Cascade pruning, if it is there. Its accumulators fit the core.
    pub cascade: Option<EngineParams>,
    /// Whether tokens can be appended to the planes in memory.
    pub append: bool,
}

impl AttentionAxiParams {
    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = self.core.violations();
        out.extend(self.memory.violations());
        out.extend(self.cascade.iter().flat_map(EngineParams::violations));
        out
    }

    /// Returns the parameters of the registers.
    pub fn regs(&self) -> RegsParams {
        let (core, memory) = (&self.core, &self.memory);
        let cascade = if self.cascade.is_some() {
            regs::CASCADE
        } else {
            0
        };
        let append = if self.append { regs::APPEND } else { 0 };
        RegsParams {
            d_head: core.d_head,
            lanes: core.lanes,
            max_tokens: core.max_tokens,
            k_planes: core.k_planes.clone(),
            v_planes: core.v_planes.clone(),
            jobs: core.jobs,
            channels: memory.channels,
            data_w: memory.data_w,
            heads: memory.heads,
            io_w: memory.io_w,
            v_layout: memory.v_layout,
            features: regs::ATTENTION | cascade | append,
        }
    }

    /// Returns the parameters of the vector reader.
    pub fn vector_reader(&self) -> VectorReaderParams {
        VectorReaderParams::of(&self.core, &self.memory)
    }

    /// Returns the parameters of the reader of queries, biases and lists.
    pub fn stream_reader(&self) -> StreamReaderParams {
        StreamReaderParams {
            data_w: self.memory.io_w,
            ..StreamReaderParams::default()
        }
    }

    /// Returns the parameters of the writer of results.
    pub fn stream_writer(&self) -> StreamWriterParams {
        StreamWriterParams {
            data_w: self.memory.io_w,
            ..StreamWriterParams::default()
        }
    }

    /// Returns cascade pruning as it is or, where there is none, as it would be by default.
    fn cascade_or_default(&self) -> EngineParams {
        self.cascade.clone().unwrap_or_else(|| EngineParams {
            importance: self.accumulators(ImportanceParams::default().max_heads),
            ..EngineParams::default()
        })
    }

    /// Returns accumulators that fit the core.
    fn accumulators(&self, max_heads: u32) -> ImportanceParams {
        ImportanceParams {
            d_head: self.core.d_head,
            lanes: self.core.lanes,
            max_tokens: self.core.max_tokens,
            max_heads,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_all_parts_come_together() {
        let mut p = AttentionAxiParams::default();
        assert_eq!(p.violations(), []);
        p.core.d_head = 60;
        p.memory.io_w = 100;
        p.cascade = Some(EngineParams {
            key_w: 7,
            ..EngineParams::default()
        });
        let fields: Vec<String> = p.violations().into_iter().map(|v| v.field).collect();
        assert_eq!(fields, ["attention.d_head", "memory.io_w", "cascade.key_w"]);
    }

    #[test]
    fn registers_say_what_there_is() {
        let mut p = AttentionAxiParams::default();
        assert_eq!(p.regs().features, 1);
        p.cascade = Some(EngineParams::default());
        p.append = true;
        p.memory.io_w = 128;
        let regs = p.regs();
        assert_eq!((regs.features, regs.io_w, regs.heads), (7, 128, 64));
    }
}
