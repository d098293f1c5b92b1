// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted PV with the golden model.

#[macro_use]
mod harness;

use harness::Built;

#[test]
fn random_queries_and_every_kind_of_them() {
    let built = Built::new(&[
        "blocks=pv",
        "pe=16",
        "attention.d_head=8",
        "attention.max_tokens=32",
    ]);
    assert!(built.design.params().attention().is_none());
    built.verify_all(4_000, &[]);
}

#[test]
fn products_in_multipliers() {
    let built = Built::new(&[
        "blocks=pv",
        "pe=16",
        "attention.d_head=8",
        "attention.max_tokens=32",
        "arith=dsp",
    ]);
    // Whether a sum wraps is up to the bench.
    built.verify_all(4_000, &["wrapped"]);
}

sweep! { "pv", 8_000;
    default_size: ["pe=64"],
    one_token_of_wide_digits: ["pe=8", "attention.d_head=8", "attention.v_planes=[8, 4]"],
    narrow_sums: ["pe=8", "attention.d_head=8", "attention.v_planes=[2]", "attention.max_tokens=8"],
    folded: ["pe=8", "attention.d_head=64", "attention.v_planes=[6, 5]", "attention.max_tokens=4096"],
    odd_folds: ["pe=16", "attention.d_head=48", "attention.v_planes=[3, 3, 3]"],
    multipliers_default_size: ["pe=64", "arith=dsp"],
    multipliers_wide_digits: ["pe=32", "attention.d_head=8", "attention.v_planes=[2, 8]",
        "arith=dsp"],
    multipliers_folded: ["pe=8", "attention.d_head=64", "attention.v_planes=[6, 5]", "arith=dsp"],
    wide_rows: ["pe=256", "attention.d_head=8", "attention.v_planes=[5]"],
}
