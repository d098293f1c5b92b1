// SPDX-License-Identifier: MIT OR Apache-2.0
//! `arith = "dsp"` on an ECP5: what Yosys maps to multipliers, and what `hwgen synth` says where a
//! bundle leaves them idle.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

mod script;

/// Engines of a few multipliers: what `emit` is given, and how many there are of them.
const ENGINES: [(&str, u64); 3] = [
    ("--block qk --pe 16 --set attention.d_head=16", 16),
    ("--block pv --pe 8 --set attention.d_head=8", 8),
    (
        "--block figs --set figs.rows=8 --set figs.columns=2 --set figs.lanes=1",
        16,
    ),
];

/// Placing takes minutes and changes no count.
const NEXTPNR: &str = "#!/bin/sh
if [ \"$1\" = --version ]; then echo 'nextpnr-ecp5 -- Next Generation Place and Route (Version 0)'
else echo 'ERROR: no Bels remaining'; exit 1; fi
";

/// A folder for bundles, and a nextpnr that places nothing.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        script::write(&dir.path().join("nextpnr-ecp5"), NEXTPNR);
        Self(dir)
    }

    fn run(&self, line: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
        let output = command
            .current_dir(self.0.path())
            .args(line.split_whitespace())
            .env("PATH", format!("{}:/usr/bin:/bin", self.0.path().display()))
            .env("HWGEN_CACHE", self.0.path().join("cache"))
            .env_remove("HWGEN_YOSYS")
            .output()
            .expect("runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{line}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Emits an engine in one form, and returns what synthesis finds of it.
    fn mapped(&self, engine: &str, arith: &str, yosys: &str) -> Found {
        self.run(&format!("emit {engine} --set arith={arith} -o b --force"));
        let said = self.run(&format!(
            "synth b --target ecp5 --flat --json - --yosys {yosys}"
        ));
        let report: Value = serde_json::from_str(&said).expect("is JSON");
        Found(report["modules"][0].clone())
    }
}

struct Found(Value);

impl Found {
    fn kind(&self, kind: &str) -> u64 {
        self.0["kinds"][kind].as_u64().unwrap_or(0)
    }

    /// Tells whether a note proposes the other form.
    fn proposes(&self) -> bool {
        let notes = self.0["notes"].as_array().expect("a list");
        let wanted = "ecp5 has multipliers, and no product uses one (emit with --set arith=dsp)";
        notes.iter().any(|note| note == wanted)
    }
}

/// Holds an engine to its number of multipliers, to the share of LUTs that is promised, and to the
/// note.
fn holds(bench: &Bench, (engine, products): (&str, u64), yosys: &str) {
    let logic = bench.mapped(engine, "logic", yosys);
    let dsp = bench.mapped(engine, "dsp", yosys);
    let what = format!("{engine} with {yosys}");
    assert_eq!(logic.kind("MULT18X18D"), 0, "{what}");
    assert_eq!(dsp.kind("MULT18X18D"), products, "{what}");
    let luts = (dsp.kind("LUT4"), logic.kind("LUT4"));
    eprintln!("{what}: {} LUT4 in place of {}", luts.0, luts.1);
    assert!(10 * luts.0 <= 6 * luts.1, "{what}: {luts:?}");
    let carries = (dsp.kind("CCU2C"), logic.kind("CCU2C"));
    assert!(carries.0 <= carries.1, "{what}: {carries:?}");
    assert!(logic.proposes() && !dsp.proposes(), "{what}");
}

fn there(tool: &str) -> bool {
    let found = fs::exists(Path::new("/usr/bin").join(tool)).unwrap_or(false);
    if !found {
        eprintln!("skipped: {tool} is not there");
    }
    found
}

#[test]
fn qk_takes_a_multiplier_a_product() {
    if there("yosys") {
        holds(&Bench::new(), ENGINES[0], "path");
    }
}

#[test]
#[ignore = "maps arrays, a minute"]
fn every_engine_takes_a_multiplier_a_product() {
    let bench = Bench::new();
    for engine in ENGINES {
        for (yosys, is_there) in [("path", there("yosys")), ("pyosys", true)] {
            if is_there {
                holds(&bench, engine, yosys);
            }
        }
    }
}
