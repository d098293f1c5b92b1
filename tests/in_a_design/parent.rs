// SPDX-License-Identifier: MIT OR Apache-2.0
//! A bundle in a folder, parents of its tops with tied inputs, and the tools that read them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hwgen_bundle::manifest::{Dir, Engine, Manifest, Port};
use hwgen_generate::template::Library;
use tempfile::TempDir;

use crate::harness;

/// An emitted bundle `b` and a folder to work in.
pub(crate) struct Place {
    _folder: TempDir,
    pub(crate) root: PathBuf,
    pub(crate) manifest: Manifest,
}

impl Place {
    pub(crate) fn new(settings: &[&str], below: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join(below);
        fs::create_dir_all(root.join("work")).expect("a folder");
        let design = harness::design(settings);
        let manifest = harness::emit(&design, &Library::embedded(), &root.join("b")).manifest;
        Self {
            _folder: folder,
            root,
            manifest,
        }
    }

    pub(crate) fn bundle(&self) -> PathBuf {
        self.root.join("b")
    }

    pub(crate) fn sources(&self, engine: &Engine) -> Vec<String> {
        let path = |s: &String| self.bundle().join(s).display().to_string();
        engine.sources.iter().map(path).collect()
    }

    /// Writes a file of the user's and returns its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.root.join("work").join(name);
        fs::write(&path, text).expect("writes");
        path.display().to_string()
    }

    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(self.root.join("work"));
        command.env("PATH", std::env::join_paths(folders()).expect("a path"));
        command
    }
}

/// Inputs of one instance that are constants: names and values.
pub(crate) type Ties = Vec<(String, String)>;

/// Returns the constant `kind` for a port, with its width: Icarus 11 takes '1 at a port for one bit
/// (findings/icarus-fill-port.sh).
pub(crate) fn constant(port: &Port, kind: &str) -> String {
    let pattern = match kind {
        "zeros" => "0",
        "ones" => "1",
        _ => "10100101110000110110",
    };
    let bits = pattern.chars().cycle().take(port.width as usize);
    format!("{}'b{}", port.width, bits.collect::<String>())
}

pub(crate) fn inputs(engine: &Engine) -> Vec<&Port> {
    let ports = engine.ports.iter();
    ports.filter(|p| matches!(p.dir, Dir::Input)).collect()
}

/// Returns `(name, ties)`: each input alone, all but clock and reset, and all at once.
pub(crate) fn ties(engine: &Engine, kinds: &[&str], each: bool) -> Vec<(String, Ties)> {
    let tie = |p: &&Port, kind| (p.name.clone(), constant(p, kind));
    let mut all = Vec::new();
    for kind in kinds {
        let inputs = inputs(engine);
        for port in inputs.iter().filter(|_| each) {
            all.push((format!("{}_{kind}", port.name), vec![tie(port, kind)]));
        }
        let data = inputs
            .iter()
            .filter(|p| !["clk_i", "rst_ni"].contains(&&*p.name));
        all.push((format!("data_{kind}"), data.map(|p| tie(p, kind)).collect()));
        let every = inputs.iter().map(|p| tie(p, kind)).collect();
        all.push((format!("all_{kind}"), every));
    }
    all
}

pub(crate) fn range(port: &Port) -> String {
    match port.width {
        1 => String::new(),
        w => format!("[{}:0] ", w - 1),
    }
}

/// Writes an instance of the top: inputs tied or from a port of their name, outputs to `NAME_port`.
pub(crate) fn instance(engine: &Engine, name: &str, ties: &Ties) -> String {
    let connect = |p: &Port| match (p.dir, ties.iter().find(|(n, _)| *n == p.name)) {
        (Dir::Input, Some((_, value))) => format!(".{}({value})", p.name),
        (Dir::Input, None) => format!(".{0}({0})", p.name),
        (Dir::Output, _) => format!(".{0}({name}_{0})", p.name),
    };
    let all: Vec<String> = engine.ports.iter().map(connect).collect();
    format!(
        "  {} u_{name} (\n    {}\n  );\n",
        engine.top,
        all.join(",\n    ")
    )
}

/// Writes a parent with an instance for each of `all`, whose outputs are ports of the parent.
pub(crate) fn parent(engine: &Engine, all: &[(String, Ties)]) -> String {
    let free = |p: &&&Port| all.iter().any(|(_, t)| t.iter().all(|(n, _)| *n != p.name));
    let mut ports: Vec<String> = inputs(engine)
        .iter()
        .filter(free)
        .map(|p| format!("  input logic {}{}", range(p), p.name))
        .collect();
    for (name, _) in all {
        let outputs = engine.ports.iter().filter(|p| matches!(p.dir, Dir::Output));
        ports.extend(outputs.map(|p| format!("  output logic {}{name}_{}", range(p), p.name)));
    }
    let instances: String = all.iter().map(|(n, t)| instance(engine, n, t)).collect();
    format!(
        "module parent (\n{}\n);\n{instances}endmodule\n",
        ports.join(",\n")
    )
}

pub(crate) fn venv() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/venv")
}

pub(crate) fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(venv().join("bin"));
    folders
}

/// Finds a program, or says that it is left out.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let mut all = folders().into_iter().map(|d| d.join(name));
    let found = all.find(|p| p.is_file());
    if found.is_none() {
        eprintln!("skipped: {name} is not installed");
    }
    found
}

/// Returns each Verilator, and where its own files are if they are not where it was built for.
pub(crate) fn verilators() -> Vec<(PathBuf, Option<PathBuf>)> {
    let mut found: Vec<_> = tool("verilator").into_iter().map(|p| (p, None)).collect();
    for python in fs::read_dir(venv().join("lib"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let root = python.path().join("site-packages/verilator");
        if root.join("bin/verilator_bin").is_file() {
            found.push((root.join("bin/verilator_bin"), Some(root)));
        }
    }
    found
}

pub(crate) fn verilator(place: &Place, (program, root): &(PathBuf, Option<PathBuf>)) -> Command {
    let mut command = place.command(program);
    command.envs(root.iter().map(|r| ("VERILATOR_ROOT", r)));
    command
}

/// Runs a command that must succeed; returns what it said.
pub(crate) fn done(command: &mut Command) -> String {
    let out = command.output().expect("starts");
    let said = [out.stdout, out.stderr].map(|s| String::from_utf8_lossy(&s).into_owned());
    assert!(out.status.success(), "{command:?}\n{}", said.concat());
    said.concat()
}

/// Runs a tool that must succeed and may not warn.
pub(crate) fn quiet(command: &mut Command) {
    let said = done(command);
    let warned = said.contains('%') || said.to_lowercase().contains("warning");
    assert!(!warned, "{command:?}\n{said}");
}
