// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs of the memory side.

use crate::prove::proof::{Proof, bounded, induction};

const MUX: &str = "valid and payload stand, one address for one, routing, nobody waits for two";
const DIGITS: &str = "each bit of each digit of an element, saturated, valid and payload stand";
const PARTS: &str = "each turn makes its sum, a command has the last one, and stands";
const SUMS: &str = "the sum of the last turn is the address of the definition";
/// Planes that lie apart, in one channel.
const PLAIN: &[(&str, u32)] = &[
    ("DHead", 64),
    ("KPlanes", 0x44),
    ("VPlanes", 0x4),
    ("VLayout", 0),
    ("Channels", 1),
];
/// Planes of V that lie together, in four channels.
const SPREAD: &[(&str, u32)] = &[
    ("DHead", 24),
    ("KPlanes", 0x3),
    ("VPlanes", 0x22),
    ("VLayout", 1),
    ("Channels", 4),
];

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
        "hg_dispatch_ledger",
        "answers stay, in order, none before all has ended, none late, bounds",
        &[("Depth", 4), ("Limit", 4), ("Reads", 2)],
        16,
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
    bounded("hg_axi_read_mux", MUX, &[("Ports", 3)], 14),
    bounded("hg_axi_write_mux", MUX, &[("Ports", 3), ("Bursts", 2)], 14),
    induction(
        "hg_plane_answer",
        "an answer for all parts, the first code that is not 0, valid and payload stand",
        &[("Planes", 6)],
        3,
    ),
    bounded(
        "hg_plane_words",
        DIGITS,
        &[
            ("DHead", 8),
            ("KPlanes", 0x44),
            ("VPlanes", 0x8),
            ("DataW", 64),
        ],
        24,
    ),
    bounded(
        "hg_plane_words",
        DIGITS,
        &[
            ("DHead", 24),
            ("KPlanes", 0x6),
            ("VPlanes", 0x4),
            ("DataW", 64),
        ],
        36,
    ),
    // Longer than the other inductions take: adders of 64 bits against their parts.
    Proof {
        limit: 600,
        ..induction("hg_plane_address", PARTS, PLAIN, 2)
    },
    Proof {
        limit: 600,
        ..induction("hg_plane_address", PARTS, SPREAD, 2)
    },
    Proof {
        defines: &["HG_TURNS"],
        limit: 600,
        ..induction("hg_plane_address", SUMS, PLAIN, 2)
    },
    Proof {
        defines: &["HG_TURNS"],
        limit: 600,
        ..induction("hg_plane_address", SUMS, SPREAD, 2)
    },
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
