// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted rings of commands with the golden model.

#[macro_use]
mod harness;

use harness::Built;

#[test]
fn every_situation() {
    let built = Built::new(&["blocks=ring"]);
    assert!(built.design.params().ring().is_some());
    let report = built.verify_all(6_000, &[]);
    assert_eq!(report.coverage.len(), 28, "{:?}", report.coverage);
}

sweep! { "ring", 1_900;
    default_size: ["pe=64"],
    one_at_a_time: ["ring.depth=1", "ring.data_w=128"],
    many: ["ring.depth=16", "ring.data_w=256"],
    wide: ["ring.data_w=512", "ring.depth=3"],
}
