// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our registers beside those that `peakrdl-etana` makes of our `SystemRDL`, on the bus masters of
//! cocotbext-axi, in Icarus.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::harness;
use hwgen_generate::template::Library;

const TOP: &str = include_str!("witness.sv");
const TEST: &str = include_str!("witness.py");
const RUNNER: &str = include_str!("witness_run.py");
/// What a Python must have.
const PACKAGES: &str = "import peakrdl, peakrdl_etana, cocotb, cocotb_tools, cocotbext.axi";

/// Finds a Python that has what is needed, or says that the test is skipped.
fn python() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/venv/bin"));
    let has = |python: &PathBuf| {
        let out = Command::new(python).args(["-c", PACKAGES]).output();
        out.is_ok_and(|o| o.status.success())
    };
    let found = folders.into_iter().map(|d| d.join("python3")).find(has);
    if found.is_none() {
        eprintln!("skipped: no Python has peakrdl-etana and cocotbext-axi (scripts/bootstrap)");
    }
    found
}

fn run(command: &mut Command) -> Output {
    let out = command.output().expect("runs");
    let all = [&out.stdout[..], &out.stderr[..]].concat();
    let said = String::from_utf8_lossy(&all);
    let end: Vec<&str> = said.lines().rev().take(40).collect();
    let end: Vec<&str> = end.into_iter().rev().collect();
    assert!(out.status.success(), "{command:?}\n{}", end.join("\n"));
    out
}

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
    let Some(python) = python() else { return };
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
    fs::write(place.join("witness.py"), TEST).expect("writes");
    fs::write(place.join("run.py"), RUNNER).expect("writes");
    let ours = &bundle.manifest.engines[0].sources;
    let out = run(Command::new(&python)
        .arg(place.join("run.py"))
        .arg(place)
        .args(ours.iter().map(|s| target.join(s)))
        .args([&theirs, &top])
        .current_dir(place));
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(said.contains("tests 1, failed 0"), "{said}");
}
