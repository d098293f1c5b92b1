// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted dispatches with the golden model.

#[macro_use]
mod harness;

use harness::Built;

/// Cascade pruning and appending are there, and few entries in the table: every situation.
#[test]
fn every_situation() {
    let built = Built::new(&[
        "blocks=dispatch",
        "pe=32",
        "attention.d_head=16",
        "attention.max_tokens=128",
        "attention.k_planes=6,4",
        "attention.v_planes=8",
        "attention.jobs=4",
        "memory.channels=2",
        "memory.data_w=64",
        "memory.heads=8",
        "attention.v_planes=6,4",
        "memory.v_layout=filled",
        "dispatch.heads=20",
        "dispatch.append=true",
    ]);
    assert!(built.design.params().dispatch().is_some());
    built.verify_all(1_500, &[]);
}

sweep! { "dispatch", 300;
    default_size: ["pe=64"],
    values_by_token: ["pe=16", "attention.d_head=8", "memory.v_layout=token", "memory.io_w=128", "memory.channels=8", "dispatch.append=true"],
    wide_port: ["pe=64", "memory.io_w=512", "memory.heads=4", "attention.jobs=16", "dispatch.heads=256"],
    most_tokens: ["pe=32", "attention.d_head=128", "attention.max_tokens=4096", "attention.k_planes=8", "memory.io_w=256", "memory.heads=256", "attention.jobs=64"],
}
