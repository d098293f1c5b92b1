// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs of the FiGS array, of its parts, and of the arrays that it is compared with.

use crate::prove::proof::{Proof, bounded, induction, tokens_stalled, unstalled};

const PRODUCT: &str = "the two terms are the product and its bias";
const GEMM: &str = "the dense product of the packed weights, in order, in time; handshakes";
const CHOOSE: &str = "the word that the select names";
/// The array, as small as it gets.
const ARRAY: &[(&str, u32)] = &[
    ("Rows", 4),
    ("Columns", 1),
    ("Lanes", 1),
    ("Group", 2),
    ("Elements", 2),
    ("Window", 2),
    ("Bases", 1),
    ("NMin", 1),
    ("Taps", 1),
    ("WeightW", 2),
    ("ActW", 2),
    ("PsumW", 5),
    ("MaxT", 2),
];
/// The same with multipliers of an FPGA.
const ARRAY_DSP: &[(&str, u32)] = &[
    ("Rows", 4),
    ("Columns", 1),
    ("Lanes", 1),
    ("Group", 2),
    ("Elements", 2),
    ("Window", 2),
    ("Bases", 1),
    ("NMin", 1),
    ("Taps", 1),
    ("WeightW", 2),
    ("ActW", 2),
    ("PsumW", 5),
    ("MaxT", 2),
    ("Dsp", 1),
];
/// The arrays that FiGS is compared with, as small as they get.
const FIGS_BASELINE: &[(&str, u32)] = &[
    ("Rows", 4),
    ("Columns", 1),
    ("Lanes", 1),
    ("WeightW", 2),
    ("ActW", 2),
    ("PsumW", 5),
    ("MaxT", 2),
];

/// An array that FiGS is compared with: all of them share a shell that names the specification.
const fn baseline(module: &'static str, depth: u32) -> Proof {
    Proof {
        stated_in: "hg_figs_baseline",
        ..bounded(module, GEMM, FIGS_BASELINE, depth)
    }
}

/// Every proof of them, parts first.
pub(super) const ARRAYS: [Proof; 18] = [
    induction(
        "hg_figs_product",
        PRODUCT,
        &[("ActW", 4), ("WeightW", 4)],
        2,
    ),
    induction(
        "hg_figs_product",
        PRODUCT,
        &[("ActW", 5), ("WeightW", 3)],
        2,
    ),
    induction("hg_figs_choose", CHOOSE, &[("Inputs", 4), ("Width", 4)], 2),
    induction("hg_figs_choose", CHOOSE, &[("Inputs", 7), ("Width", 3)], 2),
    induction(
        "hg_figs_swap_reg",
        "values pass on, or go where the select in use says",
        &[("Elements", 4), ("ActW", 4), ("Exchange", 1)],
        6,
    ),
    induction(
        "hg_figs_collect",
        "a beat for each place written, it stands, places in bounds",
        &[("DepthEntries", 5)],
        8,
    ),
    induction(
        "hg_figs_issue",
        "weights before tokens, places kept count of, ready stands",
        &[("Rows", 4), ("MaxT", 4), ("DepthEntries", 3)],
        16,
    ),
    // The first sum over two tiles leaves in cycle 21.
    bounded("hg_figs_core", GEMM, ARRAY, 19),
    unstalled(bounded("hg_figs_core", GEMM, ARRAY, 22)),
    bounded("hg_figs_core", GEMM, ARRAY_DSP, 19),
    unstalled(bounded("hg_figs_core", GEMM, ARRAY_DSP, 22)),
    // Theirs in cycles 22, 21 and 22.
    baseline("hg_figs_dense_ws", 20),
    unstalled(baseline("hg_figs_dense_ws", 24)),
    // A pause lets two tiles of two tokens close up: a wrong sum of both would leave in cycle 23.
    tokens_stalled(baseline("hg_figs_dense_ws", 27)),
    baseline("hg_figs_stc24", 19),
    unstalled(baseline("hg_figs_stc24", 22)),
    baseline("hg_figs_vegeta_s", 20),
    unstalled(baseline("hg_figs_vegeta_s", 24)),
];
