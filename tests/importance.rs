// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted accumulators of importance with the golden model.

#[macro_use]
mod harness;

use harness::Built;

#[test]
fn random_beats_and_every_kind_of_them() {
    let built = Built::new(&[
        "blocks=importance",
        "pe=32",
        "attention.d_head=8",
        "attention.max_tokens=24",
        "importance.max_heads=5",
    ]);
    let core = built.design.params().attention();
    assert!(core.is_none(), "a bundle of accumulators holds no core");
    built.verify_all(12_000, &[]);
}

sweep! { "importance", 8_000;
    default_size: ["pe=64"],
    smallest: ["pe=8", "attention.d_head=8", "attention.max_tokens=8", "importance.max_heads=1"],
    one_row: ["pe=64", "attention.d_head=8", "attention.max_tokens=8",
        "importance.max_heads=256"],
    long_outputs: ["pe=8", "attention.d_head=128", "attention.max_tokens=9"],
    wide_rows: ["pe=512", "attention.d_head=8", "attention.max_tokens=192",
        "importance.max_heads=33"],
}
