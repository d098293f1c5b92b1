// SPDX-License-Identifier: MIT OR Apache-2.0
//! The list of proofs: module, parameters, method and limits.

mod attention;
mod figs;
mod memory;

use crate::prove::proof::{Proof, alone, bounded, induction};

/// An engine for top-k, whose specification is named where the key check is.
const fn engine(
    module: &'static str,
    parameters: &'static [(&'static str, u32)],
    depth: u32,
) -> Proof {
    Proof {
        stated_in: "hg_topk_contract",
        ..bounded(module, TOPK, parameters, depth)
    }
}

const STREAM: &str = "valid and payload stand, nothing lost, doubled or reordered, bounds";
const FAIR: &str = "one beat for one, grant stands while stalled, nobody waits for two of another";
const BURSTS: &str =
    "valid and payload stand, pages, lengths, exactly the beats of the range in order";
const ISSUE: &str = "valid and payload stand, none begins without room or data or while stopped";
const STEPS: &str = "each place of a fragment once, with its granule; valid and payload stay";
const LANES: &str = "rows in order with their lanes, held; a channel waits only for another";
const ROWS: &str = "every row at its address, in order, held, without a gap";
const NET: &str = "sorted, and the items are those that came in";
const BOUNDS: &str = "pointers and counts in bounds, queries handed on one for one";
const TOPK: &str = "exactly min(k, n) survive, each beats every loser, order, ties, handshake";
const RADIX: &[(&str, u32)] = &[
    ("Lanes", 2),
    ("KeyW", 4),
    ("Signed", 1),
    ("MaxN", 4),
    ("DigitW", 4),
];
const RADIX_SCAN: &[(&str, u32)] = &[
    ("Lanes", 2),
    ("KeyW", 4),
    ("Signed", 0),
    ("MaxN", 4),
    ("DigitW", 2),
];
const STREAMED: &[(&str, u32)] = &[
    ("Lanes", 2),
    ("KeyW", 4),
    ("Signed", 1),
    ("MaxN", 4),
    ("Capacity", 2),
];
const ANSWERS: &str = "one response for one request, in bounds, stable; an error holds no data";
const REGS: &[(&str, u32)] = &[("Channels", 2), ("DataW", 64)];
const BASELINE: &[(&str, u32)] = &[("Lanes", 2), ("KeyW", 4), ("Signed", 0), ("MaxN", 4)];

/// Returns every proof, shared primitives first.
pub fn proofs() -> impl Iterator<Item = &'static Proof> {
    let arrays = PROOFS.iter().chain(&figs::ARRAYS);
    arrays.chain(attention::CORE).chain(memory::MEMORY)
}

const PROOFS: &[Proof] = &[
    induction("hg_skid_buffer", STREAM, &[("Width", 8)], 10),
    induction("hg_fifo", STREAM, &[("Width", 4), ("DepthEntries", 1)], 10),
    induction("hg_fifo", STREAM, &[("Width", 4), ("DepthEntries", 4)], 12),
    induction("hg_fifo", STREAM, &[("Width", 4), ("DepthEntries", 5)], 14),
    induction(
        "hg_fifo",
        STREAM,
        &[("Width", 16), ("DepthEntries", 16)],
        24,
    ),
    bounded(
        "hg_ram_fifo",
        STREAM,
        &[("Width", 2), ("DepthEntries", 1)],
        20,
    ),
    bounded(
        "hg_ram_fifo",
        STREAM,
        &[("Width", 1), ("DepthEntries", 2)],
        16,
    ),
    induction("hg_arbiter", FAIR, &[("Requesters", 1), ("Width", 4)], 12),
    induction("hg_arbiter", FAIR, &[("Requesters", 3), ("Width", 4)], 12),
    induction("hg_arbiter", FAIR, &[("Requesters", 4), ("Width", 4)], 12),
    induction(
        "hg_axi_burst",
        BURSTS,
        &[("DataW", 64), ("Burst", 16), ("BytesW", 20)],
        6,
    ),
    induction(
        "hg_axi_burst",
        BURSTS,
        &[("DataW", 512), ("Burst", 256), ("BytesW", 20)],
        6,
    ),
    induction(
        "hg_axi_burst",
        BURSTS,
        &[("DataW", 128), ("Burst", 1), ("BytesW", 12)],
        6,
    ),
    bounded("hg_stream_rows", ROWS, &[("AddrW", 34)], 11),
    bounded("hg_stream_rows", ROWS, &[("AddrW", 3)], 16),
    induction(
        "hg_vector_extract",
        STEPS,
        &[("Beat", 4), ("GranW", 2), ("Room", 6), ("Lanes", 2)],
        6,
    ),
    induction(
        "hg_vector_extract",
        STEPS,
        &[("Beat", 4), ("GranW", 2), ("Room", 3), ("Lanes", 1)],
        6,
    ),
    bounded(
        "hg_vector_rows",
        LANES,
        &[
            ("Tokens", 2),
            ("Channels", 2),
            ("DHead", 8),
            ("KPlanes", 4),
            ("VPlanes", 4),
            ("Beat", 1),
            ("Gran", 4),
            ("Rows", 4),
            ("TagW", 3),
        ],
        12,
    ),
    induction("hg_stream_issue", ISSUE, &[("Most", 64), ("First", 64)], 4),
    induction("hg_stream_issue", ISSUE, &[("Most", 19), ("First", 0)], 4),
    bounded(
        "hg_stream_bursts",
        "WLAST as announced, bursts in flight bounded, each response has its burst",
        &[("Bursts", 3)],
        14,
    ),
    induction(
        "hg_ram_1r1w",
        "a word reads as it was last written",
        &[("Width", 4), ("DepthEntries", 5)],
        8,
    ),
    induction(
        "hg_prefix_count",
        "each count is the sum of its bits",
        &[("Lanes", 8)],
        5,
    ),
    induction(
        "hg_butterfly_layer",
        "every item where its destination says",
        &[("Lanes", 4), ("ItemW", 3), ("Layer", 1)],
        5,
    ),
    bounded(
        "hg_compact",
        "kept items in order, full rows, right count",
        &[("Lanes", 2), ("ItemW", 2), ("TagW", 2)],
        13,
    ),
    bounded(
        "hg_compact",
        "kept items in order, full rows, right count",
        &[("Lanes", 4), ("ItemW", 1), ("TagW", 1)],
        10,
    ),
    induction("hg_topk_sort", NET, &[("Lanes", 4), ("ItemW", 3)], 10),
    induction("hg_topk_merge", NET, &[("Size", 4), ("ItemW", 3)], 7),
    bounded(
        "hg_topk_rank",
        "the digit that holds the rank, the count above it",
        &[("Lanes", 2), ("DigitW", 2), ("CntW", 3)],
        12,
    ),
    bounded(
        "hg_topk_fill",
        BOUNDS,
        &[("Lanes", 2), ("DigitW", 1), ("RowW", 1), ("CntW", 3)],
        14,
    ),
    bounded(
        "hg_topk_scan",
        BOUNDS,
        &[
            ("Lanes", 2),
            ("PrefixW", 1),
            ("DigitW", 1),
            ("RowW", 2),
            ("CntW", 4),
        ],
        16,
    ),
    bounded(
        "hg_topk_drain",
        BOUNDS,
        &[
            ("Lanes", 2),
            ("KeyW", 4),
            ("RowW", 2),
            ("IdxW", 3),
            ("CntW", 4),
        ],
        14,
    ),
    // Depths lie above the cycles of docs/harness/proofs.md in which ties are decided.
    engine("hg_topk_radix", RADIX, 26),
    alone(engine("hg_topk_radix", RADIX_SCAN, 29)),
    engine("hg_topk_stream", STREAMED, 17),
    alone(engine("hg_topk_stream", STREAMED, 23)),
    engine("hg_topk_quickselect", BASELINE, 36),
    alone(engine("hg_topk_quickselect", BASELINE, 36)),
    engine("hg_topk_batcher", BASELINE, 29),
    alone(engine("hg_topk_batcher", BASELINE, 31)),
    bounded(
        "hg_importance",
        "an answer for an access, in order, stable; no beat beside one",
        &[
            ("Tokens", 2),
            ("MaxTokens", 8),
            ("DHead", 8),
            ("MaxHeads", 2),
            ("TagW", 2),
        ],
        20,
    ),
    induction(
        "hg_cascade_key",
        "as many keys as sums, full beats but the last, stable",
        &[("Lanes", 4), ("KeyW", 8)],
        6,
    ),
    induction(
        "hg_regs_counter",
        "the count as it is defined, its high half a cycle behind",
        &[("StepW", 7)],
        6,
    ),
    induction(
        "hg_regs_irq",
        "no event is lost, whatever is cleared; the interrupt follows",
        &[("Events", 3)],
        6,
    ),
    induction(
        "hg_regs_ring",
        "a doorbell is taken or refused with its reason; nothing else moves the tail",
        &[],
        6,
    ),
    induction(
        "hg_regs_error",
        "the first error stays until it is cleared, and none is lost",
        &[],
        6,
    ),
    induction("hg_regs_axi_lite", ANSWERS, REGS, 8),
    induction("hg_regs_apb", ANSWERS, REGS, 8),
];
