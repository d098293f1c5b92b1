// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--bus`: the tops that an engine has on AXI.

use super::*;

#[test]
fn a_bus_chooses_the_top_and_brings_its_files() {
    let place = Place::new();
    let said = place.done("emit --block attention --bus axi --set name=x -o b");
    assert!(said.contains("rtl/hg_x_attention_axi.sv"), "{said}");
    for folder in ["doc", "ipxact", "regs", "vectors"] {
        assert!(
            !place.entries(&format!("b/{folder}")).is_empty(),
            "{folder}"
        );
    }
    // The whole configuration is in the manifest: what it says gives the same bundle.
    let said = place.done("emit --block attention --bus axi --set name=x -o b --check");
    assert!(said.starts_with("b: up to date ("), "{said}");
    let said = place.done("emit --block attention --bus stream --set name=x -o s");
    assert!(said.contains("rtl/hg_x_attention_core.sv"), "{said}");
}

#[test]
fn a_bus_that_is_not_there_is_refused() {
    let place = Place::new();
    for (command, wanted) in [
        (
            "emit --block topk --bus axi",
            "--bus axi: topk has no top on AXI (try --block attention or figs)",
        ),
        (
            "emit --set blocks=attention,cascade,arbiter --bus axi",
            "--bus axi: arbiter has no top on AXI (try --block attention or figs)",
        ),
        (
            "emit --block attention --bus ahb",
            "--bus ahb: must be stream or axi (try axi)",
        ),
        (
            "emit --block attention --bus axi --variant core",
            "--bus axi: chooses a variant, as --variant does (name one of them)",
        ),
        (
            "emit --block attention --bus axi --set memory.io_w=96",
            "memory.io_w = 96: must be a power of two (try 64 or 128)",
        ),
    ] {
        let said = place.refused(command).join("\n");
        assert!(said.contains(wanted), "{command}: {said}");
    }
}
