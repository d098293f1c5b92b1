// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted QK with the golden model.

#[macro_use]
mod harness;

use harness::Built;

#[test]
fn random_rows_and_every_kind_of_them() {
    let built = Built::new(&["blocks=qk", "pe=16", "attention.d_head=8"]);
    assert!(built.design.params().attention().is_none());
    // The largest sum asks for the smallest of all numbers in one row.
    built.verify_all(4_000, &["largest_sum"]);
}

#[test]
fn products_in_multipliers() {
    let built = Built::new(&["blocks=qk", "pe=16", "attention.d_head=8", "arith=dsp"]);
    built.verify_all(4_000, &["largest_sum"]);
}

sweep! { "qk", 8_000;
    default_size: ["pe=64"],
    one_key_of_wide_digits: ["pe=8", "attention.d_head=8", "attention.k_planes=[8, 4]"],
    narrow_digits: ["pe=8", "attention.d_head=8", "attention.k_planes=[3, 3]"],
    folded: ["pe=16", "attention.d_head=48", "attention.k_planes=[6, 5]"],
    multipliers_default_size: ["pe=64", "arith=dsp"],
    multipliers_folded: ["pe=8", "attention.d_head=24", "attention.k_planes=[8, 4]", "arith=dsp"],
    wide_rows: ["pe=256", "attention.d_head=8", "attention.k_planes=[2]"],
}
