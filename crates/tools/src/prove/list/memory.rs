// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs of the memory side.

use crate::prove::proof::{Proof, bounded, induction};

const MUX: &str = "valid and payload stand, one address for one, routing, nobody waits for two";

/// Parts of the memory side.
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
    bounded("hg_axi_read_mux", MUX, &[("Ports", 3)], 14),
    bounded("hg_axi_write_mux", MUX, &[("Ports", 3), ("Bursts", 2)], 14),
];
