// SPDX-License-Identifier: MIT OR Apache-2.0
//! Asks a program, or a Python package that is used like one, where it is and which version.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hwgen_console::program;

/// A tool that is there.
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What it says of itself.
    pub version: String,
}

/// Returns a Python that has `module`, and the version of the module.
pub fn python_with(module: &str) -> Option<(PathBuf, String)> {
    module_of(module).map(|(python, found)| (python, found.version))
}

/// Returns the file that Python loads `module` from.
pub fn package(module: &str) -> Option<PathBuf> {
    module_of(module).map(|(_, found)| found.path)
}

pub(crate) fn module_of(module: &str) -> Option<(PathBuf, Found)> {
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

/// Finds a program on `PATH` or among the tools that `scripts/bootstrap` made.
pub fn on_path(name: &str) -> Option<PathBuf> {
    program::find(name)
}

fn interpreters() -> Vec<PathBuf> {
    let all = program::folders().into_iter().map(|d| d.join("python3"));
    let mut found: Vec<PathBuf> = all.filter(|p| p.is_file()).collect();
    found.dedup();
    found
}

fn ask_all(program: &Path, arguments: &[&str]) -> Option<String> {
    answer(Command::new(program).args(arguments))
}

fn answer(command: &mut Command) -> Option<String> {
    let out = command.stdin(Stdio::null()).output().ok()?;
    let mut said = String::from_utf8_lossy(&out.stdout).into_owned();
    if said.trim().is_empty() {
        said = String::from_utf8_lossy(&out.stderr).into_owned();
    }
    // Some programs tell their version and fail all the same; a traceback is no version.
    (out.status.success() || !said.contains("Error")).then_some(said)
}

/// Returns the first line that holds a number.
pub fn ask(program: &Path, arguments: &[&str]) -> Option<String> {
    ask_with(Command::new(program).args(arguments))
}

/// Does the same for a whole command line.
pub fn ask_with(command: &mut Command) -> Option<String> {
    let said = answer(command)?;
    let line = said
        .lines()
        .find(|l| l.contains(|c: char| c.is_ascii_digit()))?;
    Some(line.trim().to_owned())
}
