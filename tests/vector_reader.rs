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

/// Behind a DDR4 the reader takes hardly longer than the data bus is busy: 64 bytes in four clocks.
#[test]
fn a_ddr4_is_kept_busy() {
    use hwgen_golden::memory::fetch::Request;
    use hwgen_golden::memory::layout::place_tight;
    use hwgen_verif::dram::{Dram, Mapping, Preset};
    use hwgen_verif::reader::{Behind, Traffic, deliver};

    let built = Built::new(&["blocks=vector_reader", "pe=64"]);
    let params = built.design.params();
    let p = params.vector_reader().expect("is emitted");
    let tokens = 512;
    let placed = place_tight(&p, 0, tokens);
    let row = |token| {
        let request = Request {
            value: false,
            plane: 0,
            mask: 1,
            tokens: vec![token],
        };
        (0, request)
    };
    let traffic = Traffic {
        entries: vec![placed.entry],
        rows: (0..tokens).map(row).collect(),
    };
    let preset = Preset::ddr4_2400();
    let mapping = Mapping::spread(&preset.organisation, 64, true);
    let behind = Behind {
        dram: Dram::new(&preset, &mapping),
        core_ps: 833,
        way: 10,
        channel_stride: 0,
    };
    let engine = &built.bundle.manifest.engines[0];
    let ran = deliver(
        &built.lab,
        &built.bundle,
        engine,
        &traffic,
        behind,
        &mut |_| true,
    );
    let ran = ran.expect("delivers");
    // 512 vectors of 32 bytes, two in an access, each access once.
    assert_eq!((ran.beats, ran.commands.reads), (256, 256));
    // 256 accesses of four clocks, a read of a closed bank, and the way through reader and port.
    let least = 4 * 256 + 36;
    assert!((least..least + 60).contains(&ran.cycles), "{}", ran.cycles);
}

sweep! { "vector_reader", 4_000;
    a_channel_per_lane: ["pe=128", "attention.d_head=8", "attention.k_planes=6,4", "memory.channels=16", "memory.data_w=64"],
    more_channels_than_lanes: ["pe=16", "attention.d_head=8", "memory.channels=8", "memory.data_w=64", "memory.beats=16", "memory.burst=4"],
    one_channel_of_many_lanes: ["pe=128", "attention.d_head=8", "attention.k_planes=3,2", "attention.v_planes=8", "memory.data_w=512"],
    more_channels_than_lanes_astride: ["pe=8", "attention.d_head=24", "memory.channels=2", "memory.data_w=64"],
    odd_vectors: ["pe=8", "attention.d_head=72", "attention.k_planes=5,3", "attention.v_planes=7", "memory.data_w=64"],
    values_by_token: ["pe=32", "attention.d_head=16", "memory.channels=4", "memory.data_w=128", "memory.v_layout=token"],
    filled_values: ["pe=128", "attention.d_head=16", "attention.v_planes=6,4,2", "memory.channels=2", "memory.data_w=128", "memory.v_layout=filled"],
    filled_values_of_two_beats: ["pe=8", "attention.d_head=72", "attention.v_planes=8,4", "memory.channels=2", "memory.data_w=512", "memory.v_layout=filled"],
    narrow_ports: ["pe=128", "attention.d_head=16", "attention.v_planes=6,4,2", "memory.channels=8", "memory.data_w=128", "memory.port_w=64", "memory.v_layout=filled"],
    words_of_eight_beats: ["pe=8", "attention.d_head=72", "attention.v_planes=8,4", "memory.channels=2", "memory.data_w=512", "memory.port_w=64", "memory.burst=64", "memory.beats=128"],
    single_beats: ["pe=16", "attention.d_head=8", "memory.data_w=64", "memory.burst=1", "memory.beats=17"],
}
