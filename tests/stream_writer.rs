// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted stream writers with the golden model.

#[macro_use]
mod harness;

use harness::Built;

#[test]
fn every_situation() {
    let built = Built::new(&["blocks=stream_writer", "stream_writer.bursts=3"]);
    assert!(built.design.params().stream_writer().is_some());
    let report = built.verify_all(1_500, &[]);
    assert_eq!(report.coverage.len(), 25, "{:?}", report.coverage);
}

sweep! { "stream_writer", 2_000;
    default_size: ["pe=64"],
    single_beats: ["stream_writer.burst=1", "stream_writer.beats=16", "stream_writer.bursts=1"],
    long_bursts: ["stream_writer.burst=256", "stream_writer.beats=512", "stream_writer.commands=2"],
    odd_bursts: ["stream_writer.burst=7", "stream_writer.beats=19", "stream_writer.data_w=256"],
    wide: ["stream_writer.data_w=512", "stream_writer.burst=64", "stream_writer.bursts=64"],
}
