// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of cocotb on Icarus: other people's bus models drive what hwgen emits.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hwgen_bundle::manifest::{Bundle, Dir};

const RUNNER: &str = include_str!("cocotb_run.py");

/// Finds a Python that has the modules `needs`, or says that the test is skipped.
pub(crate) fn python(needs: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/venv/bin"));
    let has = |python: &PathBuf| {
        let out = Command::new(python)
            .args(["-c", &format!("import {needs}")])
            .output();
        out.is_ok_and(|o| o.status.success())
    };
    let found = folders.into_iter().map(|d| d.join("python3")).find(has);
    if found.is_none() {
        eprintln!("skipped: no Python has {needs} (scripts/bootstrap)");
    }
    found
}

/// Runs a program; where it fails, its last lines are the message.
pub(crate) fn run(command: &mut Command) -> Output {
    let out = command.output().expect("runs");
    let all = [&out.stdout[..], &out.stderr[..]].concat();
    let said = String::from_utf8_lossy(&all);
    let end: Vec<&str> = said.lines().rev().take(40).collect();
    let end: Vec<&str> = end.into_iter().rev().collect();
    assert!(out.status.success(), "{command:?}\n{}", end.join("\n"));
    out
}

/// Runs the one test of `test`, a module of Python, on module `top` of `sources` in folder `place`.
pub(crate) fn simulate(python: &Path, place: &Path, test: &str, top: &str, sources: &[PathBuf]) {
    fs::write(place.join("witness.py"), test).expect("writes");
    fs::write(place.join("run.py"), RUNNER).expect("writes");
    let out = run(Command::new(python)
        .arg(place.join("run.py"))
        .arg(place)
        .arg(top)
        .args(sources)
        .current_dir(place));
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(said.contains("tests 1, failed 0"), "{said}");
}

/// Writes module `witness` around the engine of a bundle, with the port names that bus models look
/// for: without direction, and `NAME0_`, `NAME1_` and so on for the `channels` parts of the ports
/// that begin with each of `spread`. Returns all sources.
pub(crate) fn around(
    bundle: &Bundle,
    place: &Path,
    spread: &[&str],
    channels: u32,
) -> Vec<PathBuf> {
    let engine = &bundle.manifest.engines[0];
    let (mut ports, mut ties) = (Vec::new(), Vec::new());
    for port in &engine.ports {
        let dir = if port.dir == Dir::Input {
            "input"
        } else {
            "output"
        };
        let plain = port.name.trim_end_matches("_i").trim_end_matches("_o");
        let plain = plain
            .strip_suffix("_ni")
            .map_or(plain.to_owned(), |n| format!("{n}_n"));
        let prefix = spread.iter().find(|p| plain.starts_with(&format!("{p}_")));
        let (names, width) = match prefix {
            Some(prefix) => {
                let rest = &plain[prefix.len()..];
                let names = (0..channels).map(|c| format!("{prefix}{c}{rest}"));
                (names.collect(), port.width / channels)
            }
            None => (vec![plain.clone()], port.width),
        };
        for name in &names {
            ports.push(format!("  {dir} wire [{}:0] {name}", width - 1));
        }
        let joined: Vec<&str> = names.iter().rev().map(String::as_str).collect();
        ties.push(format!("    .{} ({{{}}})", port.name, joined.join(", ")));
    }
    let mut text = "`timescale 1ns / 1ps\n".to_owned();
    let (ports, ties) = (ports.join(",\n"), ties.join(",\n"));
    let _ = writeln!(
        text,
        "module witness (\n{ports}\n);\n  {} u_engine (\n{ties}\n  );\nendmodule",
        engine.top
    );
    let path = place.join("witness.sv");
    fs::write(&path, text).expect("writes");
    let mut sources: Vec<PathBuf> = engine.sources.iter().map(|s| bundle.dir.join(s)).collect();
    sources.push(path);
    sources
}
