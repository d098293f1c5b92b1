// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line as a user meets it: what it writes, what it says, how it exits.
//!
//! Nothing here needs a simulator; `tests/topk.rs` is for that.

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

#[test]
fn emit_writes_a_whole_bundle_that_checks() {
    let place = Place::new();
    let said = place.done("emit --preset tiny");
    assert!(said.starts_with("build/tiny: "), "{said}");
    let tops = "rtl/hg_tiny_topk_radix.sv\n  rtl/hg_tiny_topk_stream.sv";
    assert!(said.contains(tops), "{said}");
    assert_eq!(
        place.entries("build/tiny"),
        [
            "Bender.lock",
            "Bender.yml",
            "README.md",
            "constraints",
            "doc",
            "filelist.f",
            "flows",
            "hg_tiny.core",
            "manifest.json",
            "rtl",
            "vectors"
        ]
    );
    let beside = place.entries("build");
    assert_eq!(beside, ["tiny"], "nothing is left beside it");
    let said = place.done("emit --preset tiny --check");
    assert!(said.starts_with("build/tiny: up to date ("), "{said}");
    for file in place.read("build/tiny/filelist.f").lines() {
        let text = place.read(&format!("build/tiny/{file}"));
        let licence = "// SPDX-License-Identifier: MIT OR Apache-2.0\n`default_nettype none\n";
        assert!(text.starts_with(licence), "{file}");
        assert!(text.ends_with("`default_nettype wire\n"), "{file}");
        assert!(text.lines().all(|l| l.len() <= 100), "{file}");
    }
}

#[test]
fn check_lists_what_differs() {
    let place = Place::new();
    place.done("emit --preset tiny -o b");
    place.write("b/filelist.f", "mine\n");
    fs::remove_file(place.path("b/README.md")).expect("removes");
    place.write("b/notes.txt", "mine\n");
    let ran = place.run("emit --preset tiny -o b --check");
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.err,
        "hwgen: b/README.md: missing\nhwgen: b/filelist.f: differs\n\
         hwgen: b/notes.txt: not a file of the bundle\n"
    );
    let ran = place.run("emit --preset tiny -o c --check");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.ends_with("c: there is no such folder\n"));
}

#[test]
fn dry_run_lists_and_writes_nothing() {
    let place = Place::new();
    let said = place.done("emit --dry-run");
    assert!(said.contains("rtl/hg_k16_pe64_topk_radix.sv"), "{said}");
    assert!(said.contains(" files "), "{said}");
    assert!(place.entries(".").is_empty());
}

#[test]
fn the_same_design_is_the_same_bundle_however_it_is_spelt() {
    let place = Place::new();
    place.write("wide_keys.toml", "k = 8\n[topk]\nlanes = 8\nkey_w = 20\n");
    place.done("emit --config wide_keys.toml");
    let flags = "emit --k 8 --set topk.lanes=8 --set topk.key_w=20 --set name=wide_keys";
    place.done(&format!("{flags} -o build/wide_keys --check"));
    let text = place.read("build/wide_keys/manifest.json");
    let manifest: Value = serde_json::from_str(&text).expect("is JSON");
    let command = manifest["regenerate"].as_str().expect("is text");
    let command = command.strip_prefix("hwgen ").expect("names the program");
    place.done(&format!("{command} -o build/wide_keys --check"));
}

#[test]
fn another_configuration_has_another_name_and_replaces_nothing_without_a_word() {
    let place = Place::new();
    let name = |said: &str| {
        let (folder, _) = said.split_once(':').expect("names the folder");
        folder.to_owned()
    };
    let lanes = "emit --block topk --variant radix --set topk.lanes=4";
    let one = name(&place.done(lanes));
    let other = name(&place.done("emit --block topk --variant radix --set topk.lanes=8"));
    assert!(one.starts_with("build/k16_pe64_") && other.starts_with("build/k16_pe64_"));
    assert_ne!(one, other);
    // The same one again, however it is spelt, is quiet.
    let ran = place.run(&format!("{lanes} --k 16"));
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
    let digest = |folder: &str| {
        let text = place.read(&format!("{folder}/manifest.json"));
        let manifest: Value = serde_json::from_str(&text).expect("is JSON");
        manifest["digest"].as_str().expect("is text")[..16].to_owned()
    };
    let (before, after) = (digest(&one), digest(&other));
    let ran = place.run(&format!(
        "emit --block topk --variant radix --set topk.lanes=8 -o {one}"
    ));
    let version = concat!("hwgen ", env!("CARGO_PKG_VERSION"));
    let [a, b] = [&one, &other].map(|folder| folder.trim_start_matches("build/"));
    assert_eq!(
        ran.err,
        format!(
            "hwgen: {one}: replaced {a} (digest {before}, {version}) by {b} (digest {after}, \
             {version}): topk.lanes 4 -> 8\n"
        )
    );
    assert_eq!(ran.code, Some(0));
    // Many keys are not told one by one; a bundle of another release is said to be one.
    let ran = place.run(&format!("emit --block figs -o {one}"));
    assert!(
        ran.err.contains(": blocks [\"topk\"] -> [\"figs\"], "),
        "{}",
        ran.err
    );
    assert!(ran.err.ends_with(" more\n"), "{}", ran.err);
    let manifest = format!("{one}/manifest.json");
    let old = place.read(&manifest).replace(version, "hwgen 0.0.9");
    place.write(&manifest, old);
    let ran = place.run(&format!("emit --block figs -o {one}"));
    let k = "k16_pe64_figs (digest ";
    assert!(ran.err.contains(&format!("replaced {k}")), "{}", ran.err);
    assert!(ran.err.contains(", hwgen 0.0.9) by "), "{}", ran.err);
}

#[test]
fn modules_are_called_by_their_plain_names_and_by_their_own() {
    let place = Place::new();
    place.done("emit --preset tiny -o b");
    let text = place.read("b/manifest.json");
    let manifest: Value = serde_json::from_str(&text).expect("is JSON");
    let suffix = manifest["suffix"].as_str().expect("is text");
    assert!(suffix.len() == 9 && suffix.starts_with('_'), "{suffix}");
    assert_eq!(manifest["engines"][0]["module"], "hg_topk_radix");
    for file in place.read("b/filelist.f").lines() {
        let generated = file.starts_with("rtl/hg_tiny_topk_");
        assert_eq!(
            file.ends_with(&format!("{suffix}.sv")),
            !generated,
            "{file}"
        );
    }
    // The names get as far as the lists of what is there: the next thing that is missed.
    for name in ["hg_topk_fill".to_owned(), format!("hg_topk_fill{suffix}")] {
        let said = place.refused(&format!("mutate b --block {name},hg_nothing --count 1"));
        let list = "--block hg_nothing: b holds no such module to mutate (there are hg_";
        assert!(
            said[0].starts_with(list) && !said[0].contains(suffix),
            "{said:?}"
        );
        let twice = place.refused(&format!("mutate b --block {name},hg_topk_fill"));
        assert!(
            twice[0].contains("--block hg_topk_fill: is named twice"),
            "{twice:?}"
        );
    }
    let said = place.refused("prove b --block hg_nothing");
    assert!(!said[0].contains(suffix), "{said:?}");
    // A bundle of an older release: no suffix, and its files are called like its modules.
    let older = text
        .replace(suffix, "")
        .replace("\"format\": 2", "\"format\": 1");
    let older = older.replace("  \"suffix\": \"\",\n", "");
    place.write("b/manifest.json", older);
    for file in place.read("b/filelist.f").lines() {
        let plain = file.replace(suffix, "");
        let text = place.read(&format!("b/{file}")).replace(suffix, "");
        fs::remove_file(place.path(&format!("b/{file}"))).expect("removes");
        place.write(&format!("b/{plain}"), text);
    }
    let said = place.done("verify b --variant radix --cases 20");
    assert!(said.contains("equal"), "{said}");
    let odd = text.replace("\"format\": 2", "\"format\": 3");
    place.write("b/manifest.json", odd);
    let said = place.refused("verify b");
    assert!(said[0].contains("format 3 is none of 1 to 2"), "{said:?}");
    place.write("b/manifest.json", text.replace(suffix, "_A-b"));
    let said = place.refused("verify b");
    assert!(
        said[0].contains("suffix \"_A-b\" is no end of a name"),
        "{said:?}"
    );
}

#[test]
fn flags_win_over_files_and_presets() {
    let place = Place::new();
    place.write("a.toml", "k = 8\npe = 32\n");
    place.done("emit --config a.toml --k 4 --variant radix --set name=a");
    let manifest = place.read("build/a/manifest.json");
    assert!(manifest.contains("\"k\": 4"), "{manifest}");
    assert!(manifest.contains("\"pe\": 32"), "{manifest}");
    assert!(!place.path("build/a/rtl/hg_a_topk_stream.sv").exists());
    place.done("emit --preset tiny --set topk.lanes=8 -o tiny");
    let manifest = place.read("tiny/manifest.json");
    assert!(manifest.contains("\"topk.lanes\": 8"), "{manifest}");
}

#[test]
fn what_cannot_be_emitted_is_refused_in_one_go() {
    let place = Place::new();
    assert_eq!(
        place.refused("emit --k 99999999999 --pe 48 --set topk.lanes=x --set topk.lans=1"),
        [
            "topk.lanes = x: must be a whole number (try 16)",
            "topk.lans: unknown key (did you mean topk.lanes?)",
            "k = 99999999999: must be 1 to 16384 (try 16384)",
            "pe = 48: must be a power of two (try 32 or 64)",
        ]
    );
    assert_eq!(
        place.refused("emit --k -1"),
        ["k = -1: must be 1 to 16384 (try 1)"]
    );
    assert_eq!(
        place.refused("emit --k 100"),
        ["k = 100: the stream variant keeps 1 to 64 survivors \
          (try k = 64, or build only variant radix, whose k is run-time)"]
    );
    place.done("emit --k 100 --variant radix --dry-run");
    assert_eq!(
        place.refused("emit --variant bitonic"),
        ["topk.variants = bitonic: is not a top-k variant \
          (one of radix, stream, quickselect, batcher)"]
    );
    assert_eq!(
        place.refused("emit --block figs --variant stc42"),
        ["figs.variants = stc42: is not a variant of figs \
          (one of figs, dense_ws, stc24, vegeta_s)"]
    );
    assert_eq!(
        place.refused("emit --block figs --set figs.mode=swap --set figs.rows=5"),
        [
            "figs.mode = swap: must be select or exchange (try \"select\")",
            "figs.rows = 5: must be a multiple of figs.group = 2 (try 6)",
        ]
    );
    let there: Vec<&str> = BLOCKS.iter().map(|b| b.name().name()).collect();
    let there = there.join(", ");
    assert_eq!(
        place.refused("emit --block gemm"),
        [&*format!(
            "--block gemm: no such block (there are {there}, all)"
        )]
    );
    assert_eq!(
        place.refused("emit --preset huge"),
        ["--preset huge: no such preset (there are default, tiny, wide, spatten)"]
    );
    assert_eq!(
        place.refused("emit --set k"),
        ["--set k: expected KEY=VALUE (such as --set topk.lanes=8)"]
    );
    assert!(place.entries(".").is_empty());
}

#[test]
fn configurations_are_refused_with_file_and_line() {
    let place = Place::new();
    place.write(
        "a.toml",
        "k = 4\n[topk]\nlanes = 12\nkey_ww = 3\nmax_n = 99999\n",
    );
    assert_eq!(
        place.refused("check a.toml"),
        [
            "a.toml:4: topk.key_ww: unknown key (did you mean topk.key_w?)",
            "a.toml:3: topk.lanes = 12: must be a power of two (try 8 or 16)",
            "a.toml:5: topk.max_n = 99999: must be 2 to 16384 (try 16384)",
        ]
    );
    place.write("b.toml", "k = 4\n[topk\n");
    let said = place.refused("emit --config b.toml");
    assert!(said[0].starts_with("b.toml:2: not TOML: "), "{said:?}");
    assert_eq!(
        place.refused("check c.toml"),
        ["c.toml: cannot read the configuration: no such file or folder"]
    );
    place.write("d.toml", b"k = \xff\n");
    assert_eq!(
        place.refused("check d.toml"),
        ["d.toml: not text (byte 4 is not UTF-8); expected a TOML file"]
    );
    place.write("e.toml", "blocks = [\"topk\"]\n");
    let said = place.done("check e.toml");
    // Keys that are added come behind these.
    assert!(
        said.starts_with(
            "name = \"e\"\nk = 16\npe = 64\nblocks = [\"topk\"]\n\n[topk]\nvariants = [\"radix\", \"stream\"]\nlanes = 16\n\
         key_w = 12\nsigned = true\nmax_n = 1024\ndigit_w = 4\n"
        ),
        "{said}"
    );
}

#[test]
fn foreign_and_edited_work_is_not_overwritten() {
    let place = Place::new();
    fs::create_dir(place.path("mine")).expect("makes");
    place.write("mine/thesis.tex", "all of it");
    assert_eq!(
        place.refused("emit --preset tiny -o mine"),
        ["mine: holds files that hwgen did not write; nothing was touched (name another folder)"]
    );
    assert_eq!(place.entries("mine"), ["thesis.tex"]);
    place.done("emit --preset tiny -o b");
    let pkg = place.rtl("hg_pkg");
    let pkg = pkg.strip_prefix(place.path("")).expect("is in there");
    let pkg = pkg.display().to_string();
    place.write(&pkg, "better\n");
    assert_eq!(
        place.refused("emit --preset wide -o b"),
        [format!(
            "{pkg}: edited since it was emitted; nothing was touched \
             (--force overwrites it, -o names another folder)"
        )]
    );
    assert_eq!(place.read(&pkg), "better\n");
    place.done("emit --preset tiny -o b --force");
    place.done("emit --preset tiny -o b --check");
    let ran = place.run("emit --preset wide -o b");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    place.write("b/notes.txt", "mine");
    assert_eq!(
        place.refused("emit --preset tiny -o b --force"),
        ["b/notes.txt: not a file of the bundle; nothing was touched (move it away first)"]
    );
    place.write("file", "mine");
    assert_eq!(
        place.refused("emit --preset tiny -o file"),
        ["file: cannot write a bundle: a file stands in place of a folder; name another path"]
    );
    assert_eq!(place.read("file"), "mine");
    assert_eq!(
        place.refused("emit --preset tiny -o /"),
        ["/: cannot be a bundle (name a folder below it)"]
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    fs::create_dir(place.path("locked")).expect("makes");
    let mode = fs::Permissions::from_mode(0o555);
    fs::set_permissions(place.path("locked"), mode).expect("locks");
    if fs::write(place.path("locked/probe"), "").is_ok() {
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let said = place.refused("emit --preset tiny -o locked/b");
    let end = "locked/b: cannot write: permission denied; name a place that you may write to";
    assert!(said[0].ends_with(end), "{said:?}");
    assert!(place.entries("locked").is_empty());
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let place = Place::new();
    fs::create_dir(place.path("disk")).expect("makes");
    let disk = place.path("disk");
    let disk = disk.to_str().expect("text");
    let call = |words: &[&str]| {
        let done = std::process::Command::new(words[0])
            .args(&words[1..])
            .output();
        done.is_ok_and(|d| d.status.success())
    };
    if !call(&["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]) {
        eprintln!("skipped: a small disk needs root");
        return;
    }
    let ran = place.run("emit --preset tiny -o disk/deep/b");
    let left = place.entries("disk");
    call(&["umount", disk]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let end =
        "disk/deep/b: cannot write: the disk is full; free some space or name another folder\n";
    assert!(ran.err.ends_with(end), "{}", ran.err);
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn two_that_write_the_same_folder_leave_one_whole_bundle() {
    let place = Place::new();
    for _ in 0..4 {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| place.done("emit --preset tiny -o b"));
            }
        });
        place.done("emit --preset tiny -o b --check");
        assert_eq!(place.entries("."), ["b"], "nothing is left beside it");
        fs::remove_dir_all(place.path("b")).expect("removes");
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
fn a_manifest_that_was_edited_is_refused_before_anything_is_built() {
    let place = Place::new();
    place.done("emit --preset tiny -o b --variant radix");
    let whole: Value = serde_json::from_str(&place.read("b/manifest.json")).expect("is JSON");
    let said = |edit: &dyn Fn(&mut Value)| {
        let mut manifest = whole.clone();
        edit(&mut manifest);
        place.write("b/manifest.json", manifest.to_string());
        place
            .refused_after_seed("verify b --cases 2")
            .replace("; emit the bundle again", "")
    };
    let engine = "engine hg_tiny_radix_topk_radix: ";
    let ports = |at: usize, key: &'static str, to: Value| {
        move |m: &mut Value| m["engines"][0]["ports"][at][key] = to.clone()
    };
    assert_eq!(
        said(&ports(6, "width", json!(31))),
        format!("{engine}port key_data_i has 31 bits, not 32")
    );
    assert_eq!(
        said(&ports(3, "name", json!("x y"))),
        format!("{engine}port key_ready_o is missing")
    );
    assert_eq!(
        said(&ports(3, "dir", json!("input"))),
        format!("{engine}port key_ready_o has the wrong direction")
    );
    assert_eq!(
        said(&|m| m["engines"][0]["parameters"]["DigitW"] = json!(99_999_999_999_i64)),
        format!("{engine}parameter DigitW = 99999999999 must be a whole number of 32 bits")
    );
    assert_eq!(
        said(&|m| m["engines"][0]["parameters"]["Lanes"] = json!(8)),
        format!("{engine}port key_keep_i has 4 bits, not 8")
    );
    let start = "b/manifest.json: not a hwgen manifest (";
    for outside in ["../../secret.sv", "/etc/hostname", ""] {
        assert_eq!(
            said(&|m| m["engines"][0]["sources"][0] = json!(outside)),
            format!(
                "{start}engine hg_tiny_radix_topk_radix: source {outside:?} is not inside the bundle)"
            )
        );
    }
    assert_eq!(
        said(&|m| m["engines"][0]["sources"] = json!([])),
        format!("{start}engine hg_tiny_radix_topk_radix has no sources)")
    );
    assert_eq!(
        said(&|m| m["engines"][0]["top"] = json!("--version")),
        format!("{start}top \"--version\" is no name of a module)")
    );
    assert_eq!(
        said(&|m| m["engines"] = json!([])),
        format!("{start}it names no engine)")
    );
}

#[test]
fn a_configuration_that_makes_another_engine_is_refused() {
    let place = Place::new();
    place.done("emit --preset tiny -o b --variant radix");
    place.write("s.csv", "3,1,2\n");
    let run = "run topk --bundle b --input s.csv --backend golden";
    place.done(run);
    let mut manifest: Value =
        serde_json::from_str(&place.read("b/manifest.json")).expect("is JSON");
    manifest["config"]["topk.lanes"] = json!(8);
    place.write("b/manifest.json", manifest.to_string());
    assert_eq!(
        place.refused(run),
        [
            "b/manifest.json: engine hg_tiny_radix_topk_radix: parameter Lanes is 4, its \
          configuration makes it 8; emit the bundle again"
        ]
    );
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

#[test]
fn a_folder_in_place_of_a_file_is_named() {
    let place = Place::new();
    place.done("emit --preset tiny");
    fs::create_dir(place.path("d.csv")).expect("makes");
    let rule = "a folder stands in place of a file; name a file";
    assert_eq!(
        place.refused(&golden("--input d.csv")),
        [
            "d.csv: a folder without model.safetensors and model.safetensors.index.json (name a file)"
        ]
    );
    assert_eq!(
        place.refused("check d.csv"),
        [format!("d.csv: cannot read the configuration: {rule}")]
    );
    place.write("a.csv", "1,2\n");
    let said = place.refused(&golden("--input a.csv --json d.csv"));
    assert_eq!(said, [format!("d.csv: cannot write: {rule}")]);
    place.write("s.csv", "1,2;3 4\n");
    assert_eq!(
        place.refused(&golden("--input s.csv")),
        ["s.csv:1: column 1: \"1,2\" is not a number \
          (such as -1.5 or 3; a decimal comma must be a point)"]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_is_written_whole_or_not_at_all() {
    let place = Place::new();
    place.done("emit --preset tiny");
    place.write("a.csv", "1,2\n");
    assert_eq!(
        place.refused(&golden("--input a.csv --json /dev/full")),
        ["/dev/full: cannot write: the disk is full; free some space or name another folder"]
    );
    place.write("old.json", "old");
    place.done(&golden("--input a.csv --json old.json"));
    assert!(place.read("old.json").starts_with("{\n"));
    assert_eq!(place.entries("."), ["a.csv", "build", "old.json"]);
}
