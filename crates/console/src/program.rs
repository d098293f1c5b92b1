// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs of this machine: where they are looked for, and how an environment variable names one.
//!
//! Tools that no distribution has are in `.tools`, which `scripts/bootstrap` makes in the
//! repository. They are found from any folder, and by an installed copy of the program, too.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the folder of tools; nowhere else is looked for one then.
pub const TOOLS_VARIABLE: &str = "HWGEN_TOOLS";
/// What `scripts/bootstrap` makes in the repository.
const TOOLS: &str = ".tools";

/// A program and what it is always given first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Absolute path.
    pub path: PathBuf,
    /// Arguments that come before all others.
    pub arguments: Vec<String>,
}

impl Program {
    /// Finds the program that `value` of an environment variable names: a path, absolute or not and
    /// with spaces or not; a name that is looked for like all tools; or either with arguments.
    pub fn named(value: &OsStr) -> Option<Self> {
        if let Some(path) = resolve(value) {
            let arguments = Vec::new();
            return Some(Self { path, arguments });
        }
        let mut words = value.to_str()?.split_whitespace();
        let path = resolve(words.next()?.as_ref())?;
        // It is run in other folders than the one that the value was written for.
        let absolute = |word: &str| match std::path::absolute(word) {
            Ok(file) if !word.starts_with('-') && file.is_file() => {
                file.to_str().map(str::to_owned)
            }
            _ => Some(word.to_owned()),
        };
        let arguments = words.map(absolute).collect::<Option<Vec<_>>>()?;
        Some(Self { path, arguments })
    }

    /// Starts a command line.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments);
        command
    }
}

/// Finds a path or a name as a shell does, and a name among the tools and in the current folder,
/// too.
fn resolve(value: &OsStr) -> Option<PathBuf> {
    let path = Path::new(value);
    let bare = path.components().count() == 1 && !value.as_encoded_bytes().contains(&b'/');
    let found = if bare { find(path) } else { None };
    let here = || std::path::absolute(path).ok().filter(|p| is_program(p));
    found.or_else(here)
}

/// Finds a program on `PATH`, or else among the tools.
pub fn find(name: impl AsRef<Path>) -> Option<PathBuf> {
    first(&folders(), name.as_ref())
}

/// Finds a program on `PATH` alone.
pub fn on_path(name: impl AsRef<Path>) -> Option<PathBuf> {
    first(&path_folders(), name.as_ref())
}

/// Lists the folders that programs are looked for in, the first one first, all absolute: `PATH`,
/// then the tools.
pub fn folders() -> Vec<PathBuf> {
    let mut folders = path_folders();
    folders.extend(tools_folders());
    folders
}

/// Lists the folders of programs that `scripts/bootstrap` made: that of `HWGEN_TOOLS`, or else those
/// above the running program, above the current folder, and where this program was built.
pub fn tools_folders() -> Vec<PathBuf> {
    if let Some(chosen) = std::env::var_os(TOOLS_VARIABLE).filter(|v| !v.is_empty()) {
        let chosen = std::path::absolute(chosen).unwrap_or_default();
        return programs_of(&chosen).into_iter().collect();
    }
    let program = std::env::current_exe().and_then(|p| p.canonicalize()).ok();
    let current = std::env::current_dir().ok();
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    let starts = [program.as_deref(), current.as_deref(), Some(built)];
    let mut found: Vec<PathBuf> = Vec::new();
    for start in starts.into_iter().flatten() {
        let mut above = start.ancestors().map(|dir| dir.join(TOOLS));
        let folder = above.find_map(|dir| programs_of(&dir));
        // The same folder may be reached by two ways.
        let new = |f: &PathBuf| {
            let real = f.canonicalize().ok();
            found.iter().all(|known| known.canonicalize().ok() != real)
        };
        found.extend(folder.filter(new));
    }
    found
}

/// Returns the folder of programs in a folder of tools, which may be a virtual environment itself.
fn programs_of(dir: &Path) -> Option<PathBuf> {
    let places = [dir.join("venv/bin"), dir.join("bin")];
    places.into_iter().find(|p| p.is_dir())
}

fn path_folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let split = std::env::split_paths(&path).filter(|dir| !dir.as_os_str().is_empty());
    // Tools are run in other folders than the one they were found from.
    split
        .filter_map(|dir| std::path::absolute(dir).ok())
        .collect()
}

fn first(folders: &[PathBuf], name: &Path) -> Option<PathBuf> {
    let mut places = folders.iter().map(|dir| dir.join(name));
    places.find(|place| is_program(place))
}

/// Tells whether `path` is a file that may be run.
fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn script(path: &Path) {
        fs::write(path, "#!/bin/sh\n").expect("writes");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("sets");
    }

    #[test]
    fn a_value_is_a_path_with_spaces_or_a_name_or_has_arguments() {
        let folder = tempfile::tempdir().expect("a folder");
        let spaced = folder.path().join("my tools");
        fs::create_dir(&spaced).expect("makes");
        let tool = spaced.join("tool v2");
        script(&tool);
        let found = Program::named(tool.as_os_str()).expect("a path");
        assert_eq!((found.path, found.arguments.len()), (tool, 0));
        let shell = Program::named("sh".as_ref()).expect("a name");
        assert!(shell.path.is_absolute() && shell.path.ends_with("sh"));
        let file = folder.path().join("wrap.py");
        fs::write(&file, "").expect("writes");
        let value = format!("sh -e {} --flag", file.display());
        let found = Program::named(value.as_ref()).expect("with arguments");
        let expected = ["-e", file.to_str().expect("text"), "--flag"];
        assert_eq!(found.path, shell.path);
        assert_eq!(found.arguments, expected);
        // It is there, but may not be run.
        assert_eq!(Program::named(file.as_os_str()), None);
        assert_eq!(Program::named("hwgen-no-such-tool -x".as_ref()), None);
        assert_eq!(Program::named("".as_ref()), None);
    }

    #[test]
    fn a_folder_of_tools_may_be_a_virtual_environment() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(programs_of(folder.path()), None);
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).expect("makes");
        assert_eq!(programs_of(folder.path()), Some(bin));
        let venv = folder.path().join("venv/bin");
        fs::create_dir_all(&venv).expect("makes");
        assert_eq!(programs_of(folder.path()), Some(venv));
    }
}
