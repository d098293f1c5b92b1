// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our registers beside those that `peakrdl-etana` makes of our `SystemRDL`, on the bus masters of
//! cocotbext-axi, in Icarus.

use std::fs;
use std::process::Command;

use crate::harness;
use crate::harness::cocotb::{python, run, simulate};
use hwgen_generate::template::Library;

const TOP: &str = include_str!("witness.sv");
const TEST: &str = include_str!("witness.py");
/// What a Python must have.
const PACKAGES: &str = "peakrdl, peakrdl_etana, cocotb, cocotb_tools, cocotbext.axi";

/// Names the inputs of a module that the top does not connect yet.
fn others(module: &str) -> Vec<&str> {
    let inputs = module.lines().filter(|l| l.trim().starts_with("input"));
    let names = inputs.filter_map(|l| l.trim_end().trim_end_matches(',').rsplit(' ').next());
    let new = |name: &&str| name.starts_with("hwif_in_") && !TOP.contains(&format!(".{name} "));
    names.filter(new).collect()
}

#[test]
#[ignore = "needs peakrdl-etana and cocotb, a minute"]
fn another_generator_answers_alike() {
    let Some(python) = python(PACKAGES) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path();
    let design = harness::design(&["blocks=regs", "name=w"]);
    let target = place.join("bundle");
    let bundle = harness::emit(&design, &Library::embedded(), &target);
    let rdl = target.join("regs/hg_w_regs.rdl");
    run(Command::new(&python)
        .args(["-m", "peakrdl", "etana"])
        .arg(&rdl)
        .arg("-o")
        .arg(place)
        .args(["--cpuif", "axi4-lite-flat", "--module-name", "etana_regs"])
        .args([
            "--default-reset",
            "arst_n",
            "--err-if-bad-addr",
            "--err-if-bad-rw",
        ]));
    let theirs = place.join("etana_regs.sv");
    let text = fs::read_to_string(&theirs).expect("is made");
    // Counters are inputs there, and stay 0 here.
    let counters = others(&text);
    assert_eq!(counters.len(), 26, "{counters:?}");
    let tied = |name: &&str| format!("    , .{name} (32'd0)\n");
    let tied: String = counters.iter().map(tied).collect();
    let top = place.join("witness.sv");
    fs::write(&top, TOP.replace("    // COUNTERS\n", &tied)).expect("writes");
    let ours = &bundle.manifest.engines[0].sources;
    let ours = ours.iter().map(|s| target.join(s));
    let sources: Vec<_> = ours.chain([theirs, top]).collect();
    simulate(&python, place, TEST, "witness", &sources);
}
