// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs of the memory side.

use crate::prove::proof::{Proof, bounded, induction};

/// Parts of the vector reader and of the ring of commands.
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
    induction(
        "hg_axi_fetch",
        "address and word stay, every beat in its place, the first error is told",
        &[("DataW", 64), ("Bytes", 128)],
        6,
    ),
    induction(
        "hg_axi_fetch",
        "address and word stay, every beat in its place, the first error is told",
        &[("DataW", 512), ("Bytes", 64)],
        6,
    ),
    induction(
        "hg_ring_window",
        "the same as a comparison in one go, in the sixth cycle",
        &[],
        8,
    ),
    induction(
        "hg_ring_error",
        "every error rises, whatever is there and whatever is cleared",
        &[],
        6,
    ),
    induction(
        "hg_ring_complete",
        "an end for an answer, behind its record; the burst as announced; its errors",
        &[("DataW", 64)],
        6,
    ),
    induction(
        "hg_ring_complete",
        "an end for an answer, behind its record; the burst as announced; its errors",
        &[("DataW", 256)],
        6,
    ),
    bounded(
        "hg_ring_walk",
        "only descriptors of the ring and in the window are fetched, codes, nothing begins in vain",
        &[("Depth", 2)],
        26,
    ),
];
