// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs of the memory side.

use crate::prove::proof::{Proof, bounded, induction};

/// Parts of the vector reader.
pub(super) const MEMORY: &[Proof] = &[
    induction(
        "hg_vector_add",
        "the same as a plain adder",
        &[("Width", 26)],
        2,
    ),
    induction(
        "hg_vector_add",
        "the same as a plain adder",
        &[("Width", 5)],
        2,
    ),
    bounded(
        "hg_vector_issue",
        "AXI: stable addresses, bursts within page and chunk, no beat without room",
        &[("DataW", 512), ("Chunk", 4), ("Beats", 8), ("BeatsW", 3)],
        14,
    ),
    bounded(
        "hg_vector_issue",
        "AXI: stable addresses, bursts within page and chunk, no beat without room",
        &[("DataW", 64), ("Chunk", 1), ("Beats", 3), ("BeatsW", 2)],
        18,
    ),
];
