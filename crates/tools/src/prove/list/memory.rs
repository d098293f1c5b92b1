// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs of the memory side.

use crate::prove::proof::{Proof, bounded, induction};

/// Parts of the vector reader and of the dispatch.
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
    bounded(
        "hg_dispatch_range",
        "the verdict is that of plain sums, one judgement behind the other",
        &[("Down", 1)],
        13,
    ),
    bounded(
        "hg_dispatch_ledger",
        "answers stay, in order, none before all has ended, none late, bounds",
        &[("Limit", 2), ("Reads", 2)],
        14,
    ),
    bounded(
        "hg_dispatch_fetch",
        "AXI: stable addresses, each record inside of the window, no beat without room",
        &[("DataW", 512), ("Records", 2)],
        26,
    ),
    bounded(
        "hg_dispatch_issue",
        "every port keeps what it offers, as many commands as a record needs",
        &[("DHead", 16), ("TokW", 5), ("HeadW", 2)],
        16,
    ),
];
