// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted attention cores on AXI4 with the golden model of the memory behind them.

#[macro_use]
mod harness;

use harness::Built;

/// Cascade pruning, appending and two channels on a small core.
#[test]
fn every_situation() {
    let built = Built::new(&[
        "blocks=attention,cascade",
        "attention.variants=axi",
        "attention.append=true",
        "pe=16",
        "attention.d_head=8",
        "attention.max_tokens=64",
        "attention.k_planes=6,4",
        "memory.channels=2",
        "memory.data_w=64",
    ]);
    assert!(built.design.params().attention_axi().is_some());
    let engine = built.engine();
    assert_eq!(engine.variant, "axi", "{}", engine.block);
    built.verify_all(600, &["pruned_heads"]);
}

sweep! { "attention", 600;
    without_cascade: ["attention.variants=axi", "pe=16", "attention.d_head=8", "attention.max_tokens=64"],
    values_by_token: ["attention.variants=axi", "pe=32", "attention.d_head=8", "attention.max_tokens=64",
        "attention.k_planes=6,4", "attention.append=true", "memory.channels=4", "memory.data_w=128",
        "memory.v_layout=token", "memory.io_w=128"],
    wide_port: ["attention.variants=axi", "pe=64", "attention.d_head=16", "attention.max_tokens=128",
        "memory.channels=2", "memory.io_w=512"],
}
