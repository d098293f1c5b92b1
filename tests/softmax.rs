// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted softmax passes with the golden model.

#[macro_use]
mod harness;

use harness::Built;

#[test]
fn random_passes_and_every_kind_of_them() {
    let built = Built::new(&[
        "blocks=softmax",
        "pe=16",
        "attention.d_head=8",
        "attention.max_tokens=128",
    ]);
    assert!(built.design.params().attention().is_none());
    built.verify_all(3_000, &[]);
}

sweep! { "softmax", 4_000;
    default_size: ["pe=64"],
    narrow_scores: ["pe=8", "attention.d_head=8", "attention.k_planes=[2]",
        "attention.max_tokens=8", "attention.contexts=2"],
    one_row: ["pe=64", "attention.d_head=8", "attention.max_tokens=8"],
    wide_rows: ["pe=512", "attention.d_head=8", "attention.max_tokens=192",
        "attention.contexts=7"],
}
