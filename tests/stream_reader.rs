// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted stream readers with the golden model.

#[macro_use]
mod harness;

use harness::Built;

#[test]
fn every_situation() {
    let built = Built::new(&["blocks=stream_reader", "stream_reader.beats=32"]);
    assert!(built.design.params().stream_reader().is_some());
    let report = built.verify_all(1_500, &[]);
    assert_eq!(report.coverage.len(), 24, "{:?}", report.coverage);
}

sweep! { "stream_reader", 2_000;
    default_size: ["pe=64"],
    single_beats: ["stream_reader.burst=1", "stream_reader.beats=16", "stream_reader.data_w=128"],
    long_bursts: ["stream_reader.burst=256", "stream_reader.beats=512", "stream_reader.commands=2"],
    odd_bursts: ["stream_reader.burst=7", "stream_reader.beats=19", "stream_reader.data_w=256"],
    wide: ["stream_reader.data_w=512", "stream_reader.burst=64", "stream_reader.commands=64"],
}
