// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs of the parts of the attention core.

use crate::prove::proof::{Engine, Proof, bounded, induction};

const ADDER: &str = "the same as a plain adder, comparator, multiplier or shifter";
const LARGEST: &str = "the sum, or the largest, beside its tag";
const BINS: &str = "a bin holds the weights that came to it since the last clear";
const HITS: &str = "the sums of a query's hits, however rows and queries follow each other";
const ROOM: &str = "the bin that uses up the room, and the room before it, in time";
const TIES: &str = "a lane is full if the ties before it exceed the room";
const STREAM: &str = "requests in order, within limit and room; a job ends when all are made";
const REQUESTS: &str = "by priority, in order, none lost; answers go where they belong";
const TURNS: &str = "answers in the order of the sums, each once, and held";
const SUMS: &str = "the sum of a query, which stands until the next query's end";

/// The smallest that hold a part of a row, and a job's rows in one bank.
const ASKED_OF_TWO: &[(&str, u32)] = &[
    ("MaxTokens", 8),
    ("Tokens", 2),
    ("Outstanding", 4),
    ("AddrW", 1),
    ("Jobs", 4),
];
const ASKED_OF_ONE: &[(&str, u32)] = &[
    ("MaxTokens", 8),
    ("Tokens", 1),
    ("Outstanding", 4),
    ("AddrW", 1),
    ("Jobs", 4),
];

/// Every proof of them, arithmetic first.
pub(super) const CORE: &[Proof] = &[
    induction("hg_accumulate", ADDER, &[("Width", 12)], 6),
    induction("hg_accumulate", ADDER, &[("Width", 38)], 10),
    induction("hg_sum_tree", ADDER, &[("Inputs", 5), ("InW", 15)], 8),
    induction("hg_booth", ADDER, &[("FactorW", 6), ("DigitW", 4)], 2),
    induction("hg_booth", ADDER, &[("FactorW", 6), ("DigitW", 5)], 2),
    induction("hg_multiply", ADDER, &[("AW", 5), ("BW", 5)], 12),
    bounded("hg_multiply", ADDER, &[("AW", 14), ("BW", 4)], 9),
    induction(
        "hg_multiply_parts",
        ADDER,
        &[("AW", 8), ("BW", 5), ("Cycles", 5), ("PartW", 3)],
        7,
    ),
    induction(
        "hg_dot_product",
        ADDER,
        &[("Inputs", 5), ("AW", 4), ("BW", 3)],
        7,
    ),
    induction(
        "hg_dot_product",
        ADDER,
        &[("Inputs", 1), ("AW", 5), ("BW", 5)],
        4,
    ),
    induction("hg_exp2_shift", ADDER, &[("DiffW", 12)], 7),
    induction("hg_shift_round", ADDER, &[("InW", 20), ("OutW", 8)], 8),
    induction(
        "hg_attention_reduce",
        LARGEST,
        &[("Lanes", 4), ("ItemW", 5), ("OutW", 7)],
        6,
    ),
    induction(
        "hg_attention_reduce",
        LARGEST,
        &[("Lanes", 5), ("ItemW", 5), ("OutW", 6), ("Maximum", 1)],
        6,
    ),
    induction(
        "hg_recip",
        "floor(2**39 / x) and the exponent, after 29 cycles, which stands",
        &[],
        6,
    ),
    induction(
        "hg_attention_recip",
        TURNS,
        &[("DepthEntries", 2), ("Units", 1)],
        12,
    ),
    induction(
        "hg_attention_recip",
        TURNS,
        &[("DepthEntries", 2), ("Units", 3)],
        12,
    ),
    Proof {
        defines: &["HG_WHOLE"],
        ..bounded(
            "hg_attention_recip",
            TURNS,
            &[("DepthEntries", 2), ("Units", 2)],
            13,
        )
    },
    induction(
        "hg_attention_refine_limit",
        "the limit of a rank by the formulas, after 34 cycles, which stands",
        &[],
        2,
    ),
    induction(
        "hg_attention_mass_target",
        "(sum * mass + 65535) >> 16, after 21 cycles",
        &[],
        4,
    ),
    induction(
        "hg_attention_mass_targets",
        "each query gets its target, which is held, and no two units end together",
        &[("Contexts", 3), ("Units", 2)],
        4,
    ),
    induction("hg_multiples", ADDER, &[("Width", 6), ("SegW", 4)], 6),
    induction(
        "hg_multiples",
        ADDER,
        &[("Width", 5), ("Most", 4), ("SegW", 7)],
        4,
    ),
    induction("hg_multiple", ADDER, &[("InW", 7), ("SegW", 3)], 6),
    induction(
        "hg_multiple",
        ADDER,
        &[("Bits", 1), ("InW", 4), ("SegW", 4)],
        5,
    ),
    induction("hg_add_carry", ADDER, &[("Width", 8), ("SegW", 3)], 6),
    bounded(
        "hg_pv_sum",
        SUMS,
        &[("Width", 3), ("SegW", 3), ("Folds", 2)],
        14,
    ),
    bounded(
        "hg_attention_gather",
        "row i holds the i-th winner of every lane, as many rows as the fullest has",
        &[("Tokens", 2), ("Rows", 3), ("AddrW", 2), ("JobW", 1)],
        12,
    ),
    Proof {
        // An and-inverter graph of its one word of memory would have undefined bits.
        engine: Engine::Yices,
        ..bounded("hg_pv_sum", SUMS, &[("Width", 17), ("Folds", 1)], 10)
    },
    bounded("hg_select_bins", BINS, &[("Bins", 4), ("Width", 3)], 12),
    bounded("hg_select_bins", BINS, &[("Bins", 2), ("Width", 17)], 11),
    bounded(
        "hg_select_bins",
        BINS,
        &[("Bins", 2), ("Width", 3), ("CountW", 2)],
        11,
    ),
    induction(
        "hg_select_sums",
        HITS,
        &[("Rows", 3), ("Bins", 2), ("InW", 2), ("SumW", 4)],
        8,
    ),
    induction(
        "hg_select_sums",
        HITS,
        &[("Rows", 2), ("Bins", 1), ("InW", 15), ("SumW", 17)],
        8,
    ),
    induction(
        "hg_select_ties",
        TIES,
        &[("Rows", 3), ("InW", 2), ("SumW", 5)],
        8,
    ),
    induction(
        "hg_select_ties",
        TIES,
        &[("Rows", 2), ("InW", 15), ("SumW", 17)],
        8,
    ),
    bounded("hg_select_countdown", ROOM, &[("SumW", 3)], 22),
    bounded("hg_select_countdown", ROOM, &[("Bins", 8), ("SumW", 3)], 22),
    bounded(
        "hg_select_rows",
        "a reader gets the word that was written last where it asks",
        &[("Width", 1), ("DepthRows", 2), ("Slots", 3), ("Readers", 2)],
        8,
    ),
    induction(
        "hg_select_queue",
        "slots leave in the order in which they came, none lost",
        &[("Slots", 4)],
        8,
    ),
    induction(
        "hg_attention_job",
        "the lowest error, the keys a query sees, at most eight jobs",
        &[("MaxTokens", 8), ("Tokens", 2), ("PosW", 6)],
        6,
    ),
    induction(
        "hg_attention_job",
        "the lowest error, the keys a query sees, at most eight jobs",
        &[
            ("MaxTokens", 12),
            ("Tokens", 1),
            ("KPlanes", 2),
            ("VPlanes", 1),
        ],
        6,
    ),
    induction(
        "hg_attention_stream",
        STREAM,
        &[("MaxTokens", 8), ("Tokens", 2), ("AddrW", 2), ("Jobs", 4)],
        6,
    ),
    induction(
        "hg_attention_stream",
        STREAM,
        &[("MaxTokens", 8), ("Tokens", 1), ("AddrW", 3), ("Jobs", 4)],
        6,
    ),
    bounded("hg_attention_request", REQUESTS, ASKED_OF_TWO, 14),
    bounded("hg_attention_request", REQUESTS, ASKED_OF_ONE, 14),
    induction(
        "hg_attention_context",
        "contexts in turn, one query each, whose fields stand",
        &[("Contexts", 3), ("TokW", 4), ("RowsW", 3), ("PosW", 6)],
        6,
    ),
    induction(
        "hg_attention_commit",
        "queries leave in order with what was kept of them, records in bounds",
        &[("Contexts", 3), ("Records", 3)],
        6,
    ),
    induction(
        "hg_attention_pass_scheduler",
        "the oldest query that is due passes next, and only where there is room",
        &[("Contexts", 3), ("Slots", 3), ("Decisions", 2)],
        3,
    ),
    induction(
        "hg_attention_retire",
        "an output stands, each with the oldest record, no statistics lost",
        &[("Records", 3), ("TokW", 3), ("OutW", 4)],
        8,
    ),
];
