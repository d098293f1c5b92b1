// SPDX-License-Identifier: MIT OR Apache-2.0
//! Engines on AXI beside bus models that other people wrote: cocotbext-axi, in Icarus.

mod harness;

use std::fs;

use harness::cocotb::{around, python, simulate};
use hwgen_generate::template::Library;

const TEST: &str = include_str!("witness/attention.py");
/// What a Python must have.
const PACKAGES: &str = "cocotb, cocotb_tools, cocotbext.axi";

/// Commands that the golden model has answered, on registers and memories of cocotbext-axi.
#[test]
#[ignore = "does not pass yet: Icarus refuses casts of hg_dispatch_* and hangs behind them"]
fn a_layer_on_the_memories_of_others() {
    let Some(python) = python(PACKAGES) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path();
    let channels = 2;
    let design = harness::design(&[
        "blocks=attention",
        "attention.variants=axi",
        "pe=8",
        "attention.d_head=8",
        "attention.max_tokens=32",
        &format!("memory.channels={channels}"),
        "memory.data_w=64",
    ]);
    let bundle = harness::emit(&design, &Library::embedded(), &place.join("bundle"));
    let top = &bundle.manifest.engines[0].top;
    for part in ["memory.hex", "expected.hex", "writes.txt"] {
        let from = bundle.dir.join(format!("vectors/{top}_{part}"));
        fs::copy(&from, place.join(part)).expect("is in the bundle");
    }
    let sources = around(&bundle, place, &["mem"], channels);
    simulate(&python, place, TEST, "witness", &sources);
}
