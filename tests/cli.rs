// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line as a user meets it: what it writes, what it says, how it exits.
//!
//! Nothing here needs a simulator; `tests/topk.rs` is for that.

#[path = "cli/bus.rs"]
mod bus;
#[path = "cli/emitted.rs"]
mod emitted;
#[path = "cli/folders.rs"]
mod folders;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use hwgen_bundle::manifest::Bundle;
use hwgen_generate::config::FIELDS;
use hwgen_generate::registry::BLOCKS;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder to run in.
struct Place(TempDir);

/// How a run ended.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
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

    fn write(&self, below: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(below), text).expect("writes");
    }

    fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).expect("is there")
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
        command.current_dir(self.0.path());
        command.args(line.split_whitespace());
        for name in ["HWGEN_VERILATOR", "HWGEN_TOOLS", "HWGEN_YOSYS", "CXX"] {
            command.env_remove(name);
        }
        command
    }

    fn ended(&self, output: Output) -> Ran {
        let real = fs::canonicalize(self.0.path()).expect("exists");
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("text");
            text.replace(&format!("{}/", real.display()), "")
        };
        Ran {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    fn run(&self, line: &str) -> Ran {
        self.ended(self.command(line).output().expect("runs"))
    }

    /// Runs what must be refused; returns what is said, without the name of the program.
    fn refused(&self, line: &str) -> Vec<String> {
        let ran = self.run(line);
        assert_eq!(ran.code, Some(2), "hwgen {line}: {}", ran.err);
        assert_eq!(ran.out, "", "hwgen {line}");
        let plain = |l: &str| l.strip_prefix("hwgen: ").unwrap_or(l).to_owned();
        ran.err.lines().map(plain).collect()
    }

    /// Runs what must be refused; returns the one line that is said.
    fn refused_after_seed(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.code, Some(2), "hwgen {line}: {}{}", ran.out, ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        let line = ran.err.trim_end();
        line.strip_prefix("hwgen: ").unwrap_or(line).to_owned()
    }

    fn done(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.code, Some(0), "hwgen {line}: {}{}", ran.out, ran.err);
        ran.out
    }

    fn entries(&self, below: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(below)).expect("is there");
        let name = |e: fs::DirEntry| e.file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = entries.map(|e| name(e.expect("reads"))).collect();
        names.sort();
        names
    }
}

/// A core whose lanes wait is legal, and is said to be one.
#[test]
fn check_and_emit_warn_of_lanes_that_wait() {
    let place = Place::new();
    let config = "blocks = [\"attention\"]\npe = 1024\n";
    place.write("a.toml", config);
    let fed = place.run("check a.toml");
    assert_eq!((fed.code, &*fed.err), (Some(0), ""));
    assert!(fed.out.contains("\njobs = 64\n"), "{}", fed.out);
    place.write("b.toml", format!("{config}[attention]\nslots = 8\n"));
    let warning = "hwgen: warning: attention.slots = 8: feeds the lanes in 73 % of the cycles: \
                   a query of 256 keys takes 16 of them and stays 173 in selection, at a memory \
                   latency of 40 (try 11)\n";
    for line in ["check b.toml", "emit --config b.toml --dry-run"] {
        let ran = place.run(line);
        assert_eq!((ran.code, &*ran.err), (Some(0), warning), "{line}");
    }
}

#[test]
fn list_names_all_there_is() {
    let place = Place::new();
    let said = place.done("list");
    let words = [
        "radix",
        "stream",
        "quickselect",
        "batcher",
        "spatten",
        "topk.digit_w",
    ];
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
    let list: Value = serde_json::from_str(&place.done("list --json")).expect("is JSON");
    assert_eq!(list["blocks"][0]["name"], "topk");
    assert_eq!(list["presets"].as_array().map(Vec::len), Some(4));
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let program = env!("CARGO_BIN_EXE_hwgen");
    let script = format!("'{program}' list | true; echo ${{PIPESTATUS[0]}}");
    let out = std::process::Command::new("bash")
        .args(["-c", &script])
        .output()
        .expect("runs");
    assert_eq!(String::from_utf8_lossy(&out.stdout), "0\n");
    assert_eq!(String::from_utf8_lossy(&out.stderr), "");
}

#[test]
fn words_that_mean_nothing_are_refused_with_a_hint() {
    let place = Place::new();
    let said = place.refused("emot");
    assert!(
        said[0].contains("unrecognized subcommand 'emot'"),
        "{said:?}"
    );
    assert!(said.iter().any(|l| l.contains("'emit'")), "{said:?}");
    let said = place.refused("emit --preset tiny --config a.toml");
    assert!(said[0].contains("cannot be used with"), "{said:?}");
    let said = place.refused("emit --k");
    assert!(said[0].contains("a value is required for '--k"), "{said:?}");
    assert_eq!(place.run("").code, Some(2));
    assert!(place.done("--help").contains("Exit codes: "));
    assert!(place.done("--version").starts_with("hwgen "));
}

#[test]
fn doctor_tells_what_is_missing_and_how_to_get_it() {
    let place = Place::new();
    let bare = |line: &str| {
        let mut command = place.command(line);
        command.env("PATH", "").env("HWGEN_TOOLS", "/nowhere");
        place.ended(command.output().expect("runs"))
    };
    let ran = bare("doctor");
    assert_eq!(ran.code, Some(3));
    let missing = "MISSING: apt-get install verilator";
    assert!(ran.out.contains(missing), "{}", ran.out);
    assert_eq!(
        ran.err,
        "hwgen: verilator: not found, and hwgen verify needs it (apt-get install verilator)\n\
         hwgen: c++ compiler: not found, and hwgen verify needs it (apt-get install g++)\n"
    );
    let ran = bare("doctor --json");
    let tools: Value = serde_json::from_str(&ran.out).expect("is JSON");
    assert_eq!(ran.code, Some(3));
    let tools = tools.as_array().expect("is a list");
    let lines = bare("doctor").out.lines().count();
    assert_eq!(tools.len(), lines - 1, "a tool a line below the head");
    assert!(tools.iter().all(|t| t["install"].is_string()), "{tools:?}");
}

#[test]
fn commands_on_what_is_no_bundle() {
    let place = Place::new();
    let said = place.refused("verify nowhere");
    let start = "nowhere/manifest.json: no bundle here (";
    assert!(said[0].starts_with(start), "{said:?}");
    let end = "write one with `hwgen emit -o DIR`";
    assert!(said[0].ends_with(end), "{said:?}");
    fs::create_dir(place.path("b")).expect("makes");
    place.write("b/manifest.json", "{}");
    let said = place.refused("verify b");
    let start = "b/manifest.json: not a hwgen manifest (";
    assert!(said[0].starts_with(start), "{said:?}");
    place.done("emit --preset tiny");
    assert_eq!(
        place.refused("verify build/tiny --block topk --variant batcher"),
        [
            "--block topk --variant batcher: build/tiny holds no such engine \
          (there are topk radix, topk stream)"
        ]
    );
    let said = place.refused("verify build/tiny --replay no.json");
    assert_eq!(said, ["no.json: cannot use: no such file or folder"]);
    place.write("bad.json", "{}");
    let said = place.refused("verify build/tiny --replay bad.json");
    assert!(
        said[0].starts_with("bad.json: not a replay file ("),
        "{said:?}"
    );
    let mut command = place.command("verify build/tiny");
    command.env("PATH", "").env("HWGEN_TOOLS", "/nowhere");
    let ran = place.ended(command.output().expect("runs"));
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    let start = "hwgen: verilator not found; ";
    assert!(ran.err.starts_with(start), "{}", ran.err);
}

/// Ranks on the golden model, which needs no simulator.
fn golden(rest: &str) -> String {
    format!("run topk --bundle build/tiny --backend golden {rest}")
}

#[test]
fn scores_are_ranked_by_the_golden_model() {
    let place = Place::new();
    place.done("emit --preset tiny");
    place.write("a.csv", "5,7,5,5,9\n1,2,3,4,5\n");
    assert_eq!(
        place.done(&golden("--input a.csv --k 3")),
        "a.csv: 2 queries of 5 scores, taken as keys as they are; k = 3 on hg_tiny_topk_radix\n\
         query 0: 3 survive, threshold 5: 0 1 4\nquery 1: 3 survive, threshold 3: 2 3 4\n"
    );
    place.write("b.csv", "0.5,-1.0,0.25\n");
    let text = place.done(&golden("--input b.csv --k 2 --json -"));
    let report: Value = serde_json::from_str(&text).expect("is JSON");
    assert_eq!(report["quantised"], true);
    assert_eq!(report["queries"][0]["indices"], json!([0, 2]));
    assert_eq!(report["queries"][0]["keys"], json!([64, 32]));
    assert_eq!(report["agrees"], Value::Null);
    place.done(&golden("--input b.csv --json out.json"));
    assert!(place.read("out.json").contains("\"threshold_key\""));
}

#[test]
fn scores_that_do_not_fit_the_engine_are_refused() {
    let place = Place::new();
    place.done("emit --preset tiny");
    place.write("long.csv", vec!["1"; 100].join(","));
    assert_eq!(
        place.refused(&golden("--input long.csv --k 5 --variant stream")),
        [
            "long.csv: rows of 100 scores, but the engine takes up to 64 keys \
             (emit with --set topk.max_n=100, or shorten the rows)",
            "k = 5: variant stream keeps 0 to 4 survivors (use --variant radix, or emit with --k 5)",
        ]
    );
    place.write("a.csv", "1,2\n");
    assert_eq!(
        place.refused(&golden("--input a.csv --k 65")),
        ["k = 65: must be 0 to 64, the most keys (try 64)"]
    );
    place.write("nan.csv", "1,2\n3,NaN\n");
    assert_eq!(
        place.refused(&golden("--input nan.csv")),
        ["nan.csv: row 1, position 1: NaN cannot be ranked \
          (replace it; -inf and the least value of a type mask)"]
    );
    assert_eq!(
        place.refused("run figs --bundle build/tiny --input a.csv"),
        ["run figs: name one block"]
    );
}

#[test]
fn the_scores_that_ship_can_be_ranked() {
    let place = Place::new();
    place.done("emit --preset tiny");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/attention_scores.safetensors");
    fs::copy(data, place.path("s.safetensors")).expect("ships");
    assert_eq!(
        place.refused(&golden("--input s.safetensors --tensor minilm.b1.l1")),
        [
            "s.safetensors, tensor minilm.b1.l1: rows of 256 scores, but the engine takes up to \
          64 keys (emit with --set topk.max_n=256, or shorten the rows)"
        ]
    );
    let said = place.done(&golden("--input s.safetensors --tensor minilm.a0.l5"));
    let head = "48 queries of 16 scores, quantised to 8 bits row by row";
    assert!(said.contains(head), "{said}");
    assert!(said.contains("... and 38 more queries"), "{said}");
    let said = place.refused(&golden("--input s.safetensors"));
    let names = "name one with --tensor (there are 16, such as minilm.a0.l5, ";
    assert!(said[0].contains(names), "{said:?}");
}

#[test]
fn a_table_without_its_place_is_refused_before_measuring() {
    let place = Place::new();
    place.write("a.md", "# Figures\n");
    assert_eq!(
        place.refused("bench topk --write a.md"),
        [
            "a.md: has no lines <!-- begin hwgen bench topk --> and <!-- end hwgen bench topk -->; \
          put them where the table shall stand"
        ]
    );
    let markers = "<!-- begin hwgen bench emit -->\n<!-- end hwgen bench emit -->\n";
    place.write("b.md", markers);
    let said = place.done("bench emit --write b.md");
    assert!(said.contains("| tiny |"), "{said}");
    assert!(place.read("b.md").contains(&said));
}

#[test]
fn numbers_that_no_run_can_have_are_refused() {
    let place = Place::new();
    let cases = "invalid value '0' for '--cases <N>': 0 is not in 1..=1000000000";
    assert_eq!(place.refused("verify b --cases 0")[0], cases);
    assert_eq!(place.refused("demo --cases 0")[0], cases);
    let said = place.refused("run topk --bundle b --input a.csv --k -1");
    let k = "invalid value '-1' for '--k <K>': -1 is not in 0..=4294967295";
    assert_eq!(said[0], k);
}

#[test]
fn what_would_break_a_line_is_spelt_out() {
    let place = Place::new();
    place.write(
        "a.toml",
        "\"k\\n\\u001b[31m\" = 3\n\"\" = 4\nk = \"\"\"\na\"\"\"\n",
    );
    let there: Vec<&str> = FIELDS.iter().map(|f| f.key).collect();
    let there = there.join(", ");
    assert_eq!(
        place.refused("check a.toml"),
        [
            &*format!("a.toml:1: k\\n\\u{{1b}}[31m: unknown key (there are {there})"),
            "a.toml:2: a key without a name: unknown key (see hwgen list)",
            "a.toml:3: k = \"\"\"\\na\"\"\": must be a whole number (try 16)",
        ]
    );
    place.write("b.toml", "}\n".repeat(40));
    let said = place.refused("check b.toml");
    assert_eq!(said.len(), 6, "{said:?}");
    assert_eq!(said[5], "b.toml: not TOML: 35 more such problems");
}
