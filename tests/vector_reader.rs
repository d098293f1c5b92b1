// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted vector readers with the golden model.

#[macro_use]
mod harness;

use harness::Built;

/// Verifies a reader; every situation that it can be in must have been.
fn every_situation(settings: &[&str]) {
    let mut all = vec!["blocks=vector_reader"];
    all.extend(settings);
    let built = Built::new(&all);
    assert!(built.design.params().vector_reader().is_some());
    built.verify_all(3_000, &[]);
}

/// One channel of 512 bits, and a token of 32 bytes per row.
#[test]
fn default_size() {
    every_situation(&["pe=64"]);
}

/// Four lanes on two channels; vectors of one and a half beats.
#[test]
fn runs_on_two_channels() {
    every_situation(&[
        "pe=256",
        "attention.max_tokens=256",
        "attention.k_planes=6,4",
        "attention.v_planes=4,4,2",
        "memory.channels=2",
        "memory.data_w=256",
        "memory.heads=8",
    ]);
}

sweep! { "vector_reader", 4_000;
    a_channel_per_lane: ["pe=128", "attention.d_head=8", "attention.k_planes=6,4", "memory.channels=16", "memory.data_w=64"],
    more_channels_than_lanes: ["pe=16", "attention.d_head=8", "memory.channels=8", "memory.data_w=64", "memory.beats=16", "memory.burst=4"],
    one_channel_of_many_lanes: ["pe=128", "attention.d_head=8", "attention.k_planes=3,2", "attention.v_planes=8", "memory.data_w=512"],
    odd_vectors: ["pe=8", "attention.d_head=72", "attention.k_planes=5,3", "attention.v_planes=7", "memory.data_w=64"],
    values_by_token: ["pe=32", "attention.d_head=16", "memory.channels=4", "memory.data_w=128", "memory.v_layout=token"],
    single_beats: ["pe=16", "attention.d_head=8", "memory.data_w=64", "memory.burst=1", "memory.beats=17"],
}
