// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted FiGS arrays on AXI4 with the golden model of the memory behind them.

#[macro_use]
mod harness;

use harness::Built;

/// A small array, on which every situation is quick to reach.
const SMALL: [&str; 6] = [
    "blocks=figs",
    "figs.variants=axi",
    "figs.rows=8",
    "figs.columns=2",
    "figs.lanes=2",
    "figs.max_t=16",
];

#[test]
fn every_situation() {
    let built = Built::new(&SMALL);
    assert!(built.design.params().figs_axi().is_some());
    let report = built.verify_all(400, &[]);
    assert_eq!(report.coverage.len(), 20, "{:?}", report.coverage);
}

sweep! { "figs", 200;
    default_size: ["figs.variants=axi", "pe=64"],
    wide: ["figs.variants=axi", "pe=64", "memory.io_w=512"],
    twelve_bits: ["figs.variants=axi", "figs.rows=8", "figs.columns=3", "figs.lanes=1", "figs.act_w=12",
        "figs.psum_w=40", "figs.max_t=16", "memory.io_w=128"],
    four_bits: ["figs.variants=axi", "figs.rows=16", "figs.columns=1", "figs.lanes=4", "figs.act_w=4",
        "figs.weight_w=4", "figs.group=8", "figs.alpha=5", "figs.max_t=16", "memory.io_w=256"],
    shared: ["figs.variants=axi", "figs.rows=8", "figs.columns=2", "figs.lanes=4", "figs.select=pe",
        "figs.max_t=16", "memory.io_w=128"],
    exchange: ["figs.variants=axi", "figs.rows=8", "figs.columns=4", "figs.lanes=1",
        "figs.mode=exchange", "figs.max_t=16"],
}
