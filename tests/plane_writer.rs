// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted plane writers with the golden model.

#[macro_use]
mod harness;

use harness::Built;

/// Four channels, planes of three widths, and words that a head does not fill.
#[test]
fn every_situation() {
    let built = Built::new(&[
        "blocks=plane_writer",
        "pe=8",
        "attention.d_head=40",
        "attention.k_planes=6,4",
        "attention.v_planes=4,2",
        "memory.v_layout=filled",
        "memory.channels=4",
        "memory.io_w=256",
    ]);
    assert!(built.design.params().plane_writer().is_some());
    built.verify_all(1_000, &[]);
}

sweep! { "plane_writer", 2_000;
    default_size: ["pe=64"],
    values_by_plane: ["pe=8", "attention.d_head=40", "attention.v_planes=4,2", "memory.channels=4", "memory.io_w=256"],
    values_by_token: ["pe=16", "attention.d_head=16", "memory.v_layout=token", "memory.channels=32"],
    odd_digits: ["pe=8", "attention.d_head=72", "attention.k_planes=5,3", "attention.v_planes=7", "memory.io_w=128"],
    wide: ["pe=128", "attention.d_head=128", "attention.k_planes=8", "attention.v_planes=8,4", "memory.io_w=512"],
    a_word_for_all: ["pe=8", "attention.d_head=8", "memory.io_w=512", "memory.channels=2"],
}
