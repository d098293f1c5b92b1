// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs of the FiGS array, of its parts, and of the arrays that it is compared with.

use super::{Proof, bounded, induction, tokens_stalled, unstalled};

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

/// Every proof of them, parts first.
pub(super) const ARRAYS: [Proof; 16] = [
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
    // Theirs in cycles 22, 21 and 22.
    bounded("hg_figs_dense_ws", GEMM, FIGS_BASELINE, 20),
    unstalled(bounded("hg_figs_dense_ws", GEMM, FIGS_BASELINE, 24)),
    // A pause lets two tiles of two tokens close up: a wrong sum of both would leave in cycle 23.
    tokens_stalled(bounded("hg_figs_dense_ws", GEMM, FIGS_BASELINE, 27)),
    bounded("hg_figs_stc24", GEMM, FIGS_BASELINE, 19),
    unstalled(bounded("hg_figs_stc24", GEMM, FIGS_BASELINE, 22)),
    bounded("hg_figs_vegeta_s", GEMM, FIGS_BASELINE, 20),
    unstalled(bounded("hg_figs_vegeta_s", GEMM, FIGS_BASELINE, 24)),
];
