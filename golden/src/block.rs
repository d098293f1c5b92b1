// SPDX-License-Identifier: MIT OR Apache-2.0
//! The blocks that a design can hold, and what they are called everywhere.

use std::fmt;
use std::str::FromStr;

use crate::violation::{Violation, named};

/// Names the blocks, a line each, in the order of documentation, of lists and of file lists.
macro_rules! blocks {
    ($($(#[$doc:meta])* $block:ident = $name:literal,)*) => {
        /// A block: one engine of the architecture, in one or more variants.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum BlockName {
            $($(#[$doc])* $block,)*
        }

        impl BlockName {
            /// All blocks.
            pub const ALL: &'static [Self] = &[$(Self::$block,)*];

            /// Returns the name on the command line, in files, modules and the manifest.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$block => $name,)*
                }
            }
        }
    };
}

blocks! {
    /// Top-k selection.
    Topk = "topk",
    /// The attention core.
    Attention = "attention",
    /// A stage of the core: products of a query with a plane of the keys.
    Qk = "qk",
    /// A stage of the core: scores, from the products of their planes.
    Score = "score",
    /// A stage of the core: exponentials of the scores and their sums.
    Softmax = "softmax",
    /// A stage of the core: weighted sums of the values.
    Pv = "pv",
    /// Accumulators of importance.
    Importance = "importance",
    /// Cascade pruning.
    Cascade = "cascade",
    /// The array for sparse GEMM.
    Figs = "figs",
    /// Round-robin arbitration of streams.
    Arbiter = "arbiter",
    /// Registers of the accelerator.
    Regs = "regs",
    /// Rows of bytes in memory become a stream of words.
    StreamReader = "stream_reader",
    /// A stream of words becomes rows of bytes in memory.
    StreamWriter = "stream_writer",
    /// Plane vectors from memory, for the core.
    VectorReader = "vector_reader",
    /// Plane vectors of new tokens, into memory.
    PlaneWriter = "plane_writer",
    /// Commands from memory.
    Ring = "ring",
    /// Descriptors and head records become jobs of the core.
    Dispatch = "dispatch",
}

impl BlockName {
    /// The blocks of a design that names none.
    pub const USUAL: [Self; 5] = [
        Self::Topk,
        Self::Attention,
        Self::Importance,
        Self::Cascade,
        Self::Figs,
    ];
}

impl fmt::Display for BlockName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BlockName {
    type Err = Violation;

    fn from_str(s: &str) -> Result<Self, Violation> {
        named("block", s, Self::ALL, Self::name, "is not a block")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for &block in BlockName::ALL {
            assert_eq!(block.name().parse(), Ok(block));
        }
        let said = "gemm".parse::<BlockName>().map_err(|v| v.to_string());
        let said = said.expect_err("is not there");
        let begin = "block = gemm: is not a block (one of topk, attention, qk, ";
        assert!(said.starts_with(begin), "{said}");
    }
}
