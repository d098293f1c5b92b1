// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted arbiters with the golden model.

#[macro_use]
mod harness;

use harness::Built;

/// Verifies an arbiter; every situation that it can be in must have been.
fn every_situation(settings: &[&str], points: usize) {
    let mut all = vec!["blocks=arbiter"];
    all.extend(settings);
    let built = Built::new(&all);
    assert!(built.design.params().arbiter().is_some());
    let report = built.verify_all(2_000, &[]);
    assert_eq!(report.coverage.len(), points, "{:?}", report.coverage);
}

#[test]
fn three_requesters_of_narrow_beats() {
    every_situation(&["arbiter.requesters=3", "arbiter.width=4"], 9);
}

/// Whoever is alone never waits, so that four of the situations cannot be.
#[test]
fn one_requester() {
    every_situation(&["arbiter.requesters=1", "arbiter.width=1"], 5);
}

#[test]
fn a_bundle_holds_an_arbiter_only_where_it_is_named() {
    let mut draft = hwgen_generate::config::Draft::default();
    draft.set("k=16");
    draft.set("pe=64");
    let design = draft.finish().expect("legal");
    assert!(design.params().arbiter().is_none());
}

sweep! { "arbiter", 8_000;
    default_size: ["pe=64"],
    two: ["arbiter.requesters=2", "arbiter.width=64"],
    odd_and_wide: ["arbiter.requesters=7", "arbiter.width=512"],
    most: ["arbiter.requesters=64", "arbiter.width=65"],
}
