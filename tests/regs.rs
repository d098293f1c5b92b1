// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted registers with the golden model.

#[macro_use]
mod harness;

#[path = "regs/software.rs"]
mod software;
#[path = "regs/witness.rs"]
mod witness;

use harness::Built;

/// Verifies registers; every situation that they can be in must have been.
fn every_situation(settings: &[&str], points: usize) {
    let mut all = vec!["blocks=regs"];
    all.extend(settings);
    let built = Built::new(&all);
    assert!(built.design.params().regs().is_some());
    let report = built.verify_all(4_000, &[]);
    assert_eq!(report.coverage.len(), points, "{:?}", report.coverage);
}

#[test]
fn axi_lite_with_four_channels() {
    every_situation(
        &[
            "attention.k_planes=8,4",
            "attention.v_planes=6",
            "memory.channels=4",
            "memory.data_w=128",
        ],
        31,
    );
}

/// One transfer after the other, so that six of the situations cannot be.
#[test]
fn apb_with_one_channel() {
    every_situation(&["regs.variants=apb"], 25);
}

#[test]
fn a_bundle_holds_registers_only_where_they_are_named() {
    let design = harness::design(&["k=16", "pe=64"]);
    assert!(design.params().regs().is_none());
}

sweep! { "regs", 20_000;
    most_channels: ["memory.channels=32", "memory.data_w=512", "memory.heads=256"],
    narrow: ["memory.channels=2", "memory.data_w=64", "attention.k_planes=4", "attention.v_planes=8,4"],
    apb_of_most_channels: ["regs.variants=apb", "memory.channels=32", "pe=1024"],
}
