// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen verify --netlist`: netlists agree with the model, broken ones do not, and what cannot be
//! done is refused.
//!
//! A share runs with every `cargo test`. Every module and every variant on both targets:
//! `cargo test --release --test netlist -- --ignored --nocapture`

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use hwgen_bundle::manifest::Bundle;
use serde_json::Value;
use tempfile::TempDir;

mod script;

/// What hwgen finds by itself.
const OSU018: &str = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";
const YOSYS: &str = "/usr/bin/yosys";
/// Parameters at which every variant is a few hundred cells.
const SMALL: &str = "--k 2 --set topk.lanes=2 --set topk.key_w=4 --set topk.max_n=16 \
                     --set topk.digit_w=2";

/// A folder with a bundle `b` and a cache of netlists and models of its own.
struct Bench(TempDir);

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Bench {
    fn new(variants: &str) -> Self {
        let bench = Self(tempfile::tempdir().expect("a folder"));
        let ran = bench.run(&format!(
            "emit -o b --block topk --set topk.variants={variants} --set name=t {SMALL}"
        ));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        bench
    }

    /// Returns the file of a module of the bundle.
    fn rtl(&self, module: &str) -> PathBuf {
        let bundle = Bundle::open(&self.path("b")).expect("opens");
        let file = bundle.manifest.file_of(module).expect("is there");
        bundle.dir.join(file)
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
        command.current_dir(self.0.path());
        command.args(line.split_whitespace());
        // Models come from the cache of the user, which is right whatever a test does to Yosys.
        command.env_remove("HWGEN_YOSYS");
        command
    }

    fn ended(command: &mut Command) -> Ran {
        let output = command.output().expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Ran {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    fn run(&self, line: &str) -> Ran {
        Self::ended(&mut self.command(line))
    }

    /// Runs with a Yosys that is `text`, a shell script, and a cache of its own.
    fn with_yosys(&self, text: &str, line: &str) -> Ran {
        let path = self.path("yosys");
        script::write(&path, text);
        let mut command = self.command(line);
        command.env("HWGEN_YOSYS", &path);
        command.env("HWGEN_CACHE", self.path("cache"));
        Self::ended(&mut command)
    }

    fn refused(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.code, Some(2), "hwgen {line}: {}{}", ran.out, ran.err);
        ran.err
    }

    /// Verifies and returns the reports, all of which must be equal.
    fn equal(&self, line: &str) -> Vec<Value> {
        let ran = self.run(&format!("verify b --json - {line}"));
        assert_eq!(ran.code, Some(0), "{line}: {}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).expect("is JSON");
        let reports = report["engines"].as_array().expect("a list").clone();
        assert!(!reports.is_empty(), "{line}");
        for r in &reports {
            eprintln!(
                "{} {}, {}: {} cells, {} registers, {} cases, {} cycles",
                r["target"],
                r["variant"],
                r["module"],
                r["cells"],
                r["registers"],
                r["cases"],
                r["cycles"]
            );
            assert!(
                r["cases"].as_u64() > Some(0) && r["failure"].is_null(),
                "{r}"
            );
        }
        reports
    }
}

fn tools() -> bool {
    let there = [YOSYS, OSU018].iter().all(|p| Path::new(p).is_file());
    if !there {
        eprintln!("skipped: needs {YOSYS} and {OSU018}");
    }
    there
}

/// A Yosys that does its work and then edits `file`. It says that it is release `version`: what the
/// cache holds of another release is not taken for its work.
fn meddling(version: &str, file: &str, edit: &str) -> String {
    format!(
        "#!/bin/sh\nif [ \"$1\" = -V ]; then echo 'Yosys {version}'; exit 0; fi\n\
         {YOSYS} \"$@\" || exit $?\n[ ! -f {file} ] || sed -i '{edit}' {file}\n"
    )
}

#[test]
fn a_leaf_is_equal_on_cells_and_on_an_fpga() {
    if !tools() {
        return;
    }
    let bench = Bench::new("radix");
    // Two sets of parameters, hence two netlists behind one wrapper.
    let cells = bench.equal("--netlist osu018 --module hg_topk_store --cases 300");
    assert!(cells[0]["memories"].as_u64() > Some(0), "{}", cells[0]);
    let luts = bench.equal("--netlist ecp5 --module hg_topk_fill --cases 300");
    assert!(luts[0]["registers"].as_u64() > Some(0), "{}", luts[0]);
    assert!(!bench.path("b-failures").exists());
}

#[test]
#[ignore = "synthesises again for each wrong gate and cell, cached or not"]
fn a_wrong_gate_and_a_wrong_cell_are_noticed() {
    if !tools() {
        return;
    }
    let bench = Bench::new("radix");
    let line = "verify b --netlist osu018 --module hg_topk_fill --cases 300";
    // The input of one flip-flop is inverted.
    let inverted = meddling("9.1", "gates.v", "0,/\\.D(/s//.D(~/");
    let ran = bench.with_yosys(&inverted, line);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("MISMATCH"), "{}", ran.out);
    let device = "device    netlist of hg_topk_fill on osu018\n";
    assert!(ran.err.contains(device), "{}", ran.err);
    let replay = "b-failures/netlist-of-hg_topk_fill-on-osu018/topk-radix-1.json";
    let again = format!("b --netlist osu018 --module hg_topk_fill --block topk --replay {replay}");
    assert!(
        ran.err.contains(&format!("verify {again}\n")),
        "{}",
        ran.err
    );
    // The case that it leaves fails again on the wrong netlist, and not on the right one.
    let twice = bench.with_yosys(&inverted, &format!("verify {again}"));
    assert_eq!(twice.code, Some(1), "{}", twice.err);
    let right = bench.run(&format!("verify {again}"));
    assert_eq!(right.code, Some(0), "{}{}", right.out, right.err);
    // A cell that is not what the library says.
    let edit = "/^module DFFPOSX1/,/^endmodule/s/<= D;/<= ~D;/";
    let wrong = meddling("9.2", "models.v", edit);
    let ran = bench.with_yosys(&wrong, line);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
}

#[test]
fn what_cannot_be_verified_is_refused() {
    let bench = Bench::new("radix,stream");
    let said = bench.refused("verify b --netlist osu019");
    assert!(
        said.contains("--netlist osu019: there are osu018"),
        "{said}"
    );
    let said = bench.refused("verify b --netlist osu018 --liberty no.lib");
    assert!(said.contains("no.lib: cannot read"), "{said}");
    let said = bench.refused("verify b --netlist sky130hd");
    assert!(said.contains("--liberty FILE"), "{said}");
    let said = bench.refused("verify b --liberty some.lib");
    assert!(said.contains("add --netlist TARGET"), "{said}");
    let said = bench.refused("verify b --module hg_topk_fill");
    assert!(said.contains("--netlist <TARGET>"), "{said}");
    if !tools() {
        return;
    }
    let said = bench.refused("verify b --netlist osu018 --module hg_foo");
    assert!(
        said.contains("--module hg_foo: b holds no such module (there are all, hg_"),
        "{said}"
    );
    let said = bench.refused("verify b --netlist ice40");
    assert!(said.contains("take ecp5 or generic"), "{said}");
    let said = bench.refused("verify b --netlist generic --module hg_topk_key_check");
    assert!(said.contains("only checks in simulation"), "{said}");
}

#[test]
fn a_tool_that_fails_is_quoted_and_leaves_nothing() {
    if !tools() {
        return;
    }
    let bench = Bench::new("radix");
    let line = "verify b --netlist osu018 --module hg_topk_fill";
    let version = "#!/bin/sh\nif [ \"$1\" = -V ]; then echo 'Yosys 9.9'; exit 0; fi\n";
    for (ending, want) in [
        (
            "echo half; kill -9 $$",
            "yosys failed (signal: 9 (SIGKILL)):\nhalf",
        ),
        (
            "echo 'ERROR: no'; exit 1",
            "yosys failed (exit status: 1):\nERROR: no",
        ),
        ("exit 0", "yosys left no models.v"),
    ] {
        let ran = bench.with_yosys(&format!("{version}{ending}\n"), line);
        assert_eq!(ran.code, Some(3), "{ending}: {}", ran.err);
        assert!(ran.err.contains(want), "{ending}: {}", ran.err);
        let entries = fs::read_dir(bench.path("cache")).expect("is there");
        let names = entries.map(|e| e.expect("reads").file_name());
        assert_eq!(names.filter(|n| n != "locks").count(), 0, "{ending}");
    }
    let rtl = bench.rtl("hg_topk_fill");
    let text = fs::read_to_string(&rtl).expect("is there");
    fs::write(&rtl, text.replacen("assign", "assing", 1)).expect("writes");
    let ran = bench.run(line);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    let name = rtl.file_name().expect("a file").to_string_lossy();
    assert!(ran.err.contains(&format!("{name}:")), "{}", ran.err);
}

#[test]
#[ignore = "builds some eighty models; half an hour"]
fn every_module_and_every_variant_is_equal() {
    assert!(tools());
    let bench = Bench::new("radix,stream,quickselect,batcher");
    for target in ["osu018", "ecp5"] {
        let tops = bench.equal(&format!("--netlist {target} --cases 1000"));
        assert_eq!(tops.len(), 4);
        bench.equal(&format!("--netlist {target} --module all --cases 300"));
    }
}
