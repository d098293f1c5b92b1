// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted score buffers with the golden model.

#[macro_use]
mod harness;

use harness::Built;

#[test]
fn random_queries_and_every_kind_of_them() {
    let built = Built::new(&[
        "blocks=score",
        "pe=16",
        "attention.d_head=8",
        "attention.max_tokens=32",
    ]);
    assert!(built.design.params().attention().is_none());
    built.verify_all(3_000, &[]);
}

sweep! { "score", 3_000;
    default_size: ["pe=64"],
    one_plane: ["pe=8", "attention.d_head=8", "attention.k_planes=[2]",
        "attention.max_tokens=8", "attention.contexts=2"],
    two_planes: ["pe=8", "attention.d_head=16", "attention.k_planes=[8, 4]",
        "attention.max_tokens=40"],
    one_row: ["pe=64", "attention.d_head=8", "attention.max_tokens=8"],
    wide_rows: ["pe=512", "attention.d_head=8", "attention.max_tokens=192",
        "attention.k_planes=[3, 3, 2]", "attention.contexts=7"],
}
