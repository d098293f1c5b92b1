// SPDX-License-Identifier: MIT OR Apache-2.0
//! The flows of an emitted bundle, each with its tool: what hwgen hands over is taken as it lies.
//!
//! A tool is looked for on `PATH` and in `.tools/venv`; a test whose tool is not there says so and
//! passes. Everything is written to a folder beside the bundle, which must stay as it was emitted.

#[path = "flows/layout.rs"]
mod layout;
#[path = "flows/simulation.rs"]
mod simulation;

mod harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hwgen_bundle::file::File;
use hwgen_bundle::manifest::{Bundle, Dir, Manifest};
use hwgen_bundle::place;
use hwgen_generate::render;
use hwgen_generate::template::Library;
use tempfile::TempDir;

/// An emitted bundle and a folder to work in.
struct Place {
    folder: TempDir,
    files: Vec<File>,
    manifest: Manifest,
}

impl Place {
    fn tiny() -> Self {
        Self::new(&[
            "name=tiny",
            "blocks=topk",
            "k=4",
            "topk.lanes=4",
            "topk.key_w=8",
            "topk.max_n=64",
        ])
    }

    fn new(settings: &[&str]) -> Self {
        let files = rendered(settings);
        let folder = tempfile::tempdir().expect("a folder");
        place::write(&files, &folder.path().join("b"), false).expect("writes");
        fs::create_dir(folder.path().join("work")).expect("a folder");
        let manifest = Bundle::open(&folder.path().join("b"))
            .expect("opens")
            .manifest;
        Self {
            folder,
            files,
            manifest,
        }
    }

    fn bundle(&self) -> PathBuf {
        self.folder.path().join("b")
    }

    fn path(&self, file: &str) -> String {
        self.bundle().join(file).display().to_string()
    }

    fn top(&self, variant: &str) -> &str {
        let mut engines = self.manifest.engines.iter();
        &engines
            .find(|e| e.variant == variant)
            .expect("is there")
            .top
    }

    /// Starts a program in the working folder.
    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path().join("work"));
        // FuseSoC and Make call what stands beside them.
        let beside = program.parent().map(Path::to_path_buf);
        let path = std::env::join_paths(beside.into_iter().chain(folders())).expect("a path");
        command.env("PATH", path);
        command
    }

    /// Replaces text of a file of the bundle, which is called by the plain name of its module, once.
    fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.bundle().join(self.manifest.with_real_files(file));
        let text = fs::read_to_string(&path).expect("reads");
        assert!(text.contains(old), "{file} has no {old}");
        fs::write(path, text.replacen(old, new, 1)).expect("writes");
    }

    fn is_untouched(&self) {
        let found = place::differences(&self.files, &self.bundle()).expect("reads");
        assert_eq!(found, Vec::<String>::new());
    }
}

fn rendered(settings: &[&str]) -> Vec<File> {
    render::render(&harness::design(settings), &Library::embedded()).expect("renders")
}

fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/venv/bin"));
    folders
}

/// Finds a program, or says that its test is skipped.
fn tool(name: &str) -> Option<PathBuf> {
    let found = folders()
        .into_iter()
        .map(|d| d.join(name))
        .find(|p| p.is_file());
    if found.is_none() {
        eprintln!("skipped: {name} is not installed");
    }
    found
}

/// Finds a Python that has a package, or says that its test is skipped.
fn python(package: &str) -> Option<PathBuf> {
    let code = format!("import {package}");
    let has = |p: &PathBuf| {
        let out = Command::new(p).args(["-c", &code]).output();
        out.is_ok_and(|o| o.status.success())
    };
    let found = folders()
        .into_iter()
        .map(|d| d.join("python3"))
        .find(|p| p.is_file() && has(p));
    if found.is_none() {
        eprintln!("skipped: no Python has {package}");
    }
    found
}

/// Runs a command; returns whether it succeeded and what it said.
fn run(command: &mut Command) -> (bool, String) {
    let out = command.output().expect("starts");
    let said = [out.stdout, out.stderr].map(|s| String::from_utf8_lossy(&s).into_owned());
    (out.status.success(), said.concat())
}

/// Runs a command that must succeed; returns what it said.
fn done(command: &mut Command) -> String {
    let (ok, said) = run(command);
    assert!(ok, "{command:?}\n{said}");
    said
}

#[test]
fn every_file_says_where_it_comes_from() {
    let files = rendered(&["topk.variants=radix,stream,quickselect,batcher"]);
    let flows: Vec<&File> = files
        .iter()
        .filter(|f| f.path.starts_with("flows/") || !f.path.contains('/'))
        .filter(|f| !["filelist.f", "manifest.json", "Bender.lock"].contains(&&*f.path))
        .collect();
    assert!(flows.len() > 40, "{}", flows.len());
    for file in flows {
        let path = &file.path;
        if path != "README.md" {
            assert!(file.text.contains("Regenerate: hwgen emit"), "{path}");
            assert!(file.text.contains("Generated by hwgen"), "{path}");
        }
        for left in ["${", "%%", "<%"] {
            // Shells and Tcl write ${ too, templates write it before a blank.
            assert!(!file.text.contains(&format!("{left} ")), "{path}: {left}");
        }
    }
}

#[test]
fn yosys_synthesises_and_opensta_times_the_netlist() {
    let Some(yosys) = tool("yosys") else { return };
    let place = Place::tiny();
    let top = place.top("stream");
    let script = format!("flows/yosys/{top}.ys");
    let netlist = place
        .folder
        .path()
        .join("work/generic.v")
        .display()
        .to_string();
    let mut command = place.command(&yosys, &["-q", "-o", &netlist, &script]);
    done(command.current_dir(place.bundle()));
    assert!(fs::metadata(netlist).is_ok_and(|m| m.len() > 10_000));
    place.is_untouched();

    let liberty = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";
    if !Path::new(liberty).exists() {
        return eprintln!("skipped: there is no {liberty}");
    }
    let script = place.path(&format!("flows/yosys/{top}.tcl"));
    let (ok, said) = run(&mut place.command(&yosys, &["-q", "-c", &script]));
    assert!(!ok && said.contains("LIBERTY is not set"), "{said}");
    let settings = [
        ("LIBERTY", liberty),
        ("DRIVER", "INVX4"),
        ("PERIOD", "4.000"),
    ];
    done(place.command(&yosys, &["-q", "-c", &script]).envs(settings));

    let Some(sta) = tool("sta") else { return };
    let script = place.path(&format!("flows/sta/{top}.tcl"));
    let bundle = place.bundle();
    let mut command = place.command(&sta, &["-exit", &script]);
    let said = done(command.envs(settings).env("BUNDLE", &bundle));
    assert!(
        !said.contains("Error") && !said.contains("Warning"),
        "{said}"
    );
    let last = said.trim_end().lines().last().unwrap_or_default();
    let period = last.strip_prefix(&format!("{top}: period 4.000, worst slack "));
    assert!(
        period.is_some_and(|p| p.contains("shortest period ")),
        "{said}"
    );
    // A broken netlist must not end in figures, which OpenSTA would print.
    let netlist = place.folder.path().join(format!("work/{top}_netlist.v"));
    let broken = fs::read_to_string(&netlist).expect("reads") + "module x(; foo\n";
    fs::write(&netlist, broken).expect("writes");
    let (_, said) = run(command.env("BUNDLE", &bundle));
    assert!(
        said.contains("Error") && !said.contains("shortest period"),
        "{said}"
    );
    place.is_untouched();
}

#[test]
fn fusesoc_lints_and_simulates_the_core() {
    let (Some(fusesoc), Some(_), Some(_)) = (tool("fusesoc"), tool("verilator"), tool("iverilog"))
    else {
        return;
    };
    let place = Place::tiny();
    let bundle = place.bundle().display().to_string();
    let call = |target: &str| {
        let target = format!("--target={target}");
        let mut files = place.files.iter();
        let core = files.find_map(|f| f.path.strip_suffix(".core"));
        let core = &format!("hwgen::{}", core.expect("there is one"));
        run(&mut place.command(&fusesoc, &["--cores-root", &bundle, "run", &target, core]))
    };
    for target in ["lint", "lint_topk_stream"] {
        let (ok, said) = call(target);
        assert!(
            ok && !said.contains("%Warning") && !said.contains("WARNING"),
            "{said}"
        );
    }
    for (target, variant) in [("sim", "radix"), ("sim_topk_stream", "stream")] {
        let (ok, said) = call(target);
        assert!(
            ok && said.contains(&format!("PASS {}: ", place.top(variant))),
            "{said}"
        );
    }
    place.is_untouched();
    let (file, old, new, _) = FLIPS[0];
    place.edit(file, old, new);
    let (ok, said) = call("sim_topk_stream");
    assert!(!ok, "{said}");
}

#[test]
fn bender_lists_the_sources_in_order() {
    let Some(bender) = tool("bender") else { return };
    let place = Place::tiny();
    let bundle = place.bundle().display().to_string();
    let said = done(&mut place.command(&bender, &["-d", &bundle, "script", "flist"]));
    let root = place.bundle().canonicalize().expect("is there");
    let list = fs::read_to_string(place.bundle().join("filelist.f")).expect("reads");
    let wanted: Vec<String> = list
        .lines()
        .map(|l| root.join(l).display().to_string())
        .collect();
    let got: Vec<&str> = said.lines().filter(|l| !l.is_empty()).collect();
    assert_eq!(got, wanted);
    let test = ["-d", &bundle, "script", "flist", "-t", "test"];
    let said = done(&mut place.command(&bender, &test));
    assert!(
        said.contains(&format!("{}_tb.sv", place.top("radix"))),
        "{said}"
    );
    place.is_untouched();
}

/// Counts what the constraints say of each port, with the commands of the format as stubs.
const SDC: &str = r#"
proc get_ports names { return $names }
proc get_clocks names { return $names }
proc all_inputs {} { return {} }
proc all_outputs {} { return {} }
proc all_clocks {} { return {} }
proc current_design {} { return {} }
proc create_clock args { puts "clock [lindex $args 3] [lindex $args end]" }
proc set_input_delay {delay args} { foreach p [lindex $args end] { puts "in $delay $p" } }
proc set_output_delay {delay args} { foreach p [lindex $args end] { puts "out $delay $p" } }
proc set_false_path args { puts "false [lindex $args end]" }
foreach name {driving_cell load max_fanout max_transition clock_uncertainty clock_transition
    timing_derate propagated_clock} { proc set_$name args {} }
set ::env(CLOCK_PERIOD) 10.0
set ::env(SYNTH_DRIVING_CELL) inv/Y
set ::env(OUTPUT_CAP_LOAD) 30
set ::env(TIME_DERATING_CONSTRAINT) 5
source [lindex $argv 0]
"#;

#[test]
fn the_constraints_name_every_port_once() {
    let Some(tclsh) = tool("tclsh") else { return };
    let place = Place::tiny();
    let script = place.folder.path().join("work/stubs.tcl");
    fs::write(&script, SDC).expect("writes");
    let script = script.display().to_string();
    for engine in &place.manifest.engines {
        let top = &engine.top;
        let files = [
            (format!("constraints/{top}.sdc"), 2.0),
            (format!("flows/orfs/generic/{top}/constraint.sdc"), 10.0),
            (format!("flows/librelane/{top}/constraint.sdc"), 10.0),
            (format!("flows/siliconcompiler/{top}.sdc"), 10.0),
        ];
        for (file, period) in files {
            let said = done(&mut place.command(&tclsh, &[&script, &place.path(&file)]));
            let mut got: Vec<&str> = said.lines().collect();
            got.sort_unstable();
            let port = |p: &hwgen_bundle::manifest::Port| {
                let name = if p.width == 1 {
                    p.name.clone()
                } else {
                    format!("{}[*]", p.name)
                };
                match (&*p.name, p.dir) {
                    ("clk_i", _) => format!("clock {period:.3} clk_i"),
                    ("rst_ni", _) => "false rst_ni".to_owned(),
                    (_, Dir::Input) => format!("in {:.1} {name}", period / 5.0),
                    (_, Dir::Output) => format!("out {:.1} {name}", period / 5.0),
                }
            };
            let mut wanted: Vec<String> = engine.ports.iter().map(port).collect();
            wanted.sort_unstable();
            let got = got.join("\n").replace(" 10.0 clk", " 10.000 clk");
            assert_eq!(got, wanted.join("\n"), "{file}");
        }
    }
}

#[test]
fn tcl_is_whole() {
    let Some(tclsh) = tool("tclsh") else { return };
    let place = Place::tiny();
    let check = "set f [open [lindex $argv 0]]\nif {![info complete [read $f]]} { exit 1 }\n";
    let script = place.folder.path().join("work/whole.tcl");
    fs::write(&script, check).expect("writes");
    let script = script.display().to_string();
    let wanted = |f: &&File| {
        let ending = Path::new(&f.path).extension();
        ending.is_some_and(|e| e == "tcl" || e == "sdc")
    };
    let files: Vec<&File> = place.files.iter().filter(wanted).collect();
    assert_eq!(files.len(), 7 * place.manifest.engines.len());
    for file in files {
        done(&mut place.command(&tclsh, &[&script, &place.path(&file.path)]));
    }
}

/// Operators flipped one at a time, and a word of the vectors: `(file, old, new, variant)`.
const FLIPS: &[(&str, &str, &str, &str)] = &[
    (
        "rtl/hg_topk_merge.sv",
        "(a < b) ? b : a",
        "(a < b) ? a : b",
        "stream",
    ),
    (
        "rtl/hg_topk_sort.sv",
        "swap = low < high",
        "swap = low > high",
        "stream",
    ),
    (
        "rtl/hg_topk_scan.sv",
        "rank_q - above_q",
        "rank_q + above_q",
        "radix",
    ),
    (
        "rtl/hg_topk_rank.sv",
        "+ CntW'(sum_q)",
        "- CntW'(sum_q)",
        "radix",
    ),
    (
        "rtl/hg_prefix_count.sv",
        "row[i*CntW +: CntW] + gen",
        "row[i*CntW +: CntW] - gen",
        "radix",
    ),
];
