// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen mutate` as a user meets it: what it notices, what it proves, what it refuses.
//!
//! Every `cargo test` tries one module; all modules of two engines, and whether proofs can be
//! believed: `cargo test --release --test mutate -- --ignored`

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use hwgen_bundle::manifest::Bundle;
use serde_json::Value;
use tempfile::TempDir;

mod script;

/// A folder with a bundle `b`.
struct Bench(TempDir);

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Bench {
    fn new(variant: &str) -> Self {
        let bench = Self(tempfile::tempdir().expect("a folder"));
        let ran = bench.run(&format!("emit --preset tiny --variant {variant} -o b"));
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
        command.env_remove("HWGEN_YOSYS");
        command
    }

    fn run(&self, line: &str) -> Ran {
        ended(&mut self.command(line))
    }

    /// Runs with a Yosys of its own, a shell script.
    fn with_yosys(&self, script: &str, line: &str) -> Ran {
        let path = self.path("yosys");
        script::write(&path, &format!("#!/bin/sh\n{script}\n"));
        ended(self.command(line).env("HWGEN_YOSYS", path))
    }

    /// Replaces text in the RTL.
    fn edit(&self, module: &str, before: &str, after: &str) {
        let path = self.rtl(module);
        let text = fs::read_to_string(&path).expect("is there");
        assert_eq!(text.matches(before).count(), 1, "{module}: {before}");
        fs::write(&path, text.replace(before, after)).expect("writes");
    }

    /// Returns the mutants of a module from the report, whatever the share.
    fn mutants(&self, line: &str) -> Vec<Value> {
        let ran = self.run(&format!("mutate b --at-least 0 --json - {line}"));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).expect("is JSON");
        report["mutants"].as_array().expect("a list").clone()
    }
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

/// Compares with the model, not the watchdog alone, must notice them.
#[test]
fn most_mutants_are_noticed_and_by_the_model() {
    let bench = Bench::new("radix");
    let mutants = bench.mutants("--block hg_topk_rank --count 20 --prove 0");
    assert_eq!(mutants.len(), 20);
    let by: Vec<&str> = mutants
        .iter()
        .filter_map(|m| m["noticed_by"].as_str())
        .collect();
    assert!(by.len() >= 15, "{mutants:#?}");
    let compared = [
        "res_threshold_o",
        "res_count_o",
        "res_keep_o",
        "res_index_o",
        "res_data_o",
    ];
    assert!(by.iter().any(|b| compared.contains(b)), "{by:?}");
    for mutant in &mutants {
        let place = mutant["place"].as_str().expect("text");
        assert!(place.starts_with("hg_topk_rank.sv:"), "{mutant}");
    }
}

/// Mutants of both are in one model, one of which is inside the other: numbers must not meet.
#[test]
fn several_modules_share_a_build_and_have_a_report_each() {
    let bench = Bench::new("radix");
    let line = "mutate b --at-least 0 --count 6 --prove 5 --json - --block hg_topk_drain_packer,hg_compact";
    let ran = bench.run(line);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let reports: Value = serde_json::from_str(&ran.out).expect("is JSON");
    let reports = reports.as_array().expect("a list");
    assert_eq!(reports.len(), 2);
    for (report, module) in reports.iter().zip(["hg_topk_drain_packer", "hg_compact"]) {
        assert_eq!(report["block"].as_str(), Some(module));
        let mutants = report["mutants"].as_array().expect("a list");
        assert_eq!(mutants.len(), 6);
        let noticed = mutants.iter().filter(|m| m["noticed"].is_string());
        assert!(noticed.count() >= 3, "{report:#}");
        for mutant in mutants {
            let place = mutant["place"].as_str().expect("text");
            assert!(place.starts_with(&format!("{module}.sv:")), "{mutant}");
        }
    }
    let ran = bench.run("mutate b --block hg_compact,hg_compact");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("is named twice"), "{}", ran.err);
}

/// A digit that is one too large gives another threshold: a bench that compares nothing would go
/// on to the mutants.
#[test]
fn rtl_that_fails_already_is_refused() {
    let bench = Bench::new("radix");
    bench.edit(
        "hg_topk_scan",
        "assign rsp_prefix_o   = {prefix_q, find_digit};",
        "assign rsp_prefix_o   = {prefix_q, find_digit + 1'b1};",
    );
    let ran = bench.run("mutate b --block hg_topk_scan --count 4 --prove 0");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(
        ran.err.contains("fails without any mutation"),
        "{}",
        ran.err
    );
}

#[test]
fn what_cannot_be_mutated_is_refused_by_name() {
    let bench = Bench::new("radix");
    let ran = bench.run("mutate b --block hg_rank");
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("--block hg_rank: b holds no such module to mutate (there are hg_butterfly_layer, hg_compact, "),
        "{}",
        ran.err
    );
    for count in ["0", "-1", "many"] {
        let ran = bench.run(&format!("mutate b --block hg_compact --count {count}"));
        assert_eq!(ran.code, Some(2), "{count}");
        assert!(ran.err.contains("--count"), "{}", ran.err);
    }
    let ran = bench.run("mutate b --block hg_compact --at-least 101");
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("must be a number from 0 to 100"),
        "{}",
        ran.err
    );
    let ran = bench.run("mutate nowhere --block hg_compact");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("no bundle here"), "{}", ran.err);
}

#[test]
fn a_yosys_that_is_missing_or_dies_is_named() {
    let bench = Bench::new("radix");
    let line = "mutate b --block hg_compact --count 4";
    let mut command = bench.command(line);
    command.env("HWGEN_TOOLS", bench.path("nothing"));
    let ran = ended(command.env("PATH", bench.path("b")));
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    let rule = "hwgen: yosys: not found, and mutation needs it (apt-get install yosys)\n";
    assert_eq!(ran.err, rule);
    let version = "if [ \"$1\" = -V ]; then echo 'Yosys 9.9 (fake)'; exit 0; fi";
    let killed = format!("{version}; echo 'last words'; kill -9 $$");
    let ran = bench.with_yosys(&killed, line);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("yosys failed (signal: 9"), "{}", ran.err);
    assert!(ran.err.contains("last words"), "{}", ran.err);
    // One that does nothing and calls it success.
    let ran = bench.with_yosys(version, line);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(
        ran.err.contains("yosys left no elaborated.json"),
        "{}",
        ran.err
    );
}

#[test]
fn a_bundle_with_a_syntax_error_is_quoted() {
    let bench = Bench::new("radix");
    if !["/usr/bin/yosys", "/usr/local/bin/yosys"]
        .iter()
        .any(|p| Path::new(p).exists())
    {
        eprintln!("skipped: there is no yosys");
        return;
    }
    bench.edit("hg_topk_scan", "assign accept ", "assign accept accept ");
    let ran = bench.run("mutate b --block hg_compact --count 4");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    let file = bench.rtl("hg_topk_scan");
    let name = file.file_name().expect("a file").to_string_lossy();
    let text = fs::read_to_string(&file).expect("reads");
    let wrong = text.lines().position(|l| l.contains("accept accept"));
    let line = wrong.expect("was edited") + 1;
    assert!(
        ran.err
            .contains(&format!("{name}:{line}: ERROR: syntax error")),
        "{}",
        ran.err
    );
}

/// Few cases leave many survivors; what a proof says of them, many cases must not contradict.
#[test]
#[ignore = "minutes of proofs"]
fn nothing_that_is_proved_equivalent_is_ever_noticed() {
    let bench = Bench::new("radix");
    let mut proved = 0;
    for module in [
        "hg_skid_buffer",
        "hg_compact",
        "hg_topk_store",
        "hg_topk_fill",
    ] {
        let line = |cases| format!("--block {module} --count 40 --cases {cases}");
        let few = bench.mutants(&line(2));
        let many = bench.mutants(&format!("{} --prove 0", line(4_000)));
        let numbers = |all: &[Value], yes: &dyn Fn(&Value) -> bool| -> BTreeSet<u64> {
            let chosen = all.iter().filter(|m| yes(m));
            chosen.filter_map(|m| m["number"].as_u64()).collect()
        };
        let equivalent = numbers(&few, &|m| m["class"]["equivalent"].is_array());
        let noticed = numbers(&many, &|m| !m["noticed"].is_null());
        let both: Vec<&u64> = equivalent.intersection(&noticed).collect();
        assert!(both.is_empty(), "{module}: {both:?}");
        proved += equivalent.len();
    }
    assert!(proved > 0, "no proof was found at all");
}

#[test]
#[ignore = "every module of two engines, a minute each"]
fn every_module_of_radix_and_stream_reaches_its_share() {
    for variant in ["radix", "stream"] {
        let bench = Bench::new(variant);
        let text = fs::read_to_string(bench.path("b/manifest.json")).expect("is there");
        let manifest: Value = serde_json::from_str(&text).expect("is JSON");
        let modules = manifest["engines"][0]["hierarchy"]
            .as_array()
            .expect("a list");
        let mut missed = Vec::new();
        for module in modules.iter().filter_map(Value::as_str) {
            // They hold checks for simulation and proofs only.
            if ["hg_topk_contract", "hg_topk_key_check", "hg_topk_spec"].contains(&module) {
                continue;
            }
            let ran = bench.run(&format!(
                "mutate b --block {module} --count 60 --at-least 90"
            ));
            if ran.code != Some(0) {
                missed.push(format!("{}{}", ran.out, ran.err));
            }
        }
        assert!(missed.is_empty(), "{}", missed.join("\n"));
    }
}
