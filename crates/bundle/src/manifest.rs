// SPDX-License-Identifier: MIT OR Apache-2.0
//! The manifest of a bundle: what `hwgen emit` promises and `hwgen verify` relies on.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use hwgen_golden::interface::{self, Problem, Values};
use serde::{Deserialize, Serialize};

use crate::error::{BundleError, VerifyError};
use crate::suffix::Suffix;

/// File name of the manifest inside a bundle.
pub const FILE_NAME: &str = "manifest.json";
/// Layout version written by this release.
pub const FORMAT: u32 = 2;
/// Oldest layout version that is read: bundles of it say nothing of a suffix and have none.
const OLDEST: u32 = 1;

/// Contents of `manifest.json`. Holds nothing that changes from run to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Layout version; readers refuse what they do not know.
    pub format: u32,
    /// `hwgen` and its version.
    pub generator: String,
    /// Design name.
    pub name: String,
    /// What follows the plain name of every library module and package in the RTL and in the names
    /// of its files: `_1a2b3c4d`. Generated tops and packages do not have it.
    #[serde(default, skip_serializing_if = "Suffix::is_empty")]
    pub suffix: Suffix,
    /// SHA-256 of the resolved configuration.
    pub digest: String,
    /// Command that writes this bundle again.
    pub regenerate: String,
    /// Resolved configuration, field by field (`topk.lanes` and so on).
    pub config: BTreeMap<String, serde_json::Value>,
    /// SHA-256 of every other file of the bundle, by path relative to the bundle.
    pub files: BTreeMap<String, String>,
    /// Engines that can be built and verified on their own.
    pub engines: Vec<Engine>,
}

/// One engine of the bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// Block name, as `--block` takes it: `topk`.
    pub block: String,
    /// Variant of the block: `radix`.
    pub variant: String,
    /// Generated top module, with literal port widths.
    pub top: String,
    /// Parameterised module that the top instantiates, by its plain name.
    pub module: String,
    /// SystemVerilog files in compile order, relative to the bundle.
    pub sources: Vec<String>,
    /// Values of the SystemVerilog parameters.
    pub parameters: BTreeMap<String, i64>,
    /// Modules below the top, in source order, by their plain names.
    pub hierarchy: Vec<String>,
    /// Ports of the top, in source order.
    pub ports: Vec<Port>,
    /// Latency promise in words and figures.
    pub latency: String,
    /// Throughput promise in words and figures.
    pub throughput: String,
}

impl Manifest {
    /// Returns the path of the file that holds `module`, whose name may be the plain one.
    pub fn file_of(&self, module: &str) -> Option<&str> {
        let mut engines = self.engines.iter();
        engines.find_map(|engine| self.file_in(engine, module))
    }

    /// Returns the path of the file that holds `module` among those of `engine`: a file is called
    /// like its module.
    pub fn file_in<'a>(&self, engine: &'a Engine, module: &str) -> Option<&'a str> {
        let wanted = Some(self.suffix.plain(module));
        let plain = |path: &str| {
            let stem = Path::new(path).file_stem()?.to_str()?;
            (Some(self.suffix.plain(stem)) == wanted).then_some(())
        };
        let mut sources = engine.sources.iter().map(String::as_str);
        sources.find(|path| plain(path).is_some())
    }

    /// Returns `text`, in which files are called by the plain names of their modules, with the names
    /// that these files have in the bundle.
    pub fn with_real_files(&self, text: &str) -> String {
        let ending = ".sv";
        let mut pieces = text.split(ending).peekable();
        let mut out = String::new();
        while let Some(piece) = pieces.next() {
            out.push_str(piece);
            if pieces.peek().is_none() {
                break;
            }
            let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let name = piece.rsplit(|c| !letter(c)).next().unwrap_or_default();
            let real = self.suffix.real(name);
            if real != name && self.file_of(name).is_some_and(|f| f.contains(&real)) {
                out.push_str(self.suffix.as_str());
            }
            out.push_str(ending);
        }
        out
    }
}

impl Engine {
    /// Says why this engine cannot be verified.
    pub fn refused(&self, reason: String) -> VerifyError {
        VerifyError::Engine {
            engine: self.top.clone(),
            reason,
        }
    }

    /// Says how this engine went wrong.
    pub fn misbehaved(&self, failure: String) -> VerifyError {
        VerifyError::Misbehaved {
            engine: self.top.clone(),
            failure,
        }
    }

    /// Reads the parameters by `from`, the `from_values` of the block.
    ///
    /// # Errors
    /// Says which parameter is missing or illegal.
    pub fn read<P>(
        &self,
        from: impl FnOnce(&Values<'_>) -> Result<P, Problem>,
    ) -> Result<P, VerifyError> {
        from(&Values(&self.parameters)).map_err(|problem| self.refused(problem.to_string()))
    }

    /// Compares the ports that the manifest declares with those that the golden model states, before
    /// anything is built.
    ///
    /// # Errors
    /// Names the first port that is missing, there twice, different, or not stated.
    pub fn declares(&self, wanted: &[interface::Port]) -> Result<(), VerifyError> {
        for interface::Port { name, dir, width } in wanted {
            let dir = Dir::from(*dir);
            let mut found = self.ports.iter().filter(|port| port.name == *name);
            match (found.next(), found.next()) {
                (None, _) => return Err(self.refused(format!("port {name} is missing"))),
                (Some(_), Some(_)) => {
                    return Err(self.refused(format!("port {name} is there twice")));
                }
                (Some(port), None) if port.dir != dir => {
                    return Err(self.refused(format!("port {name} has the wrong direction")));
                }
                (Some(port), None) if port.width != *width => {
                    let has = port.width;
                    return Err(self.refused(format!("port {name} has {has} bits, not {width}")));
                }
                _ => {}
            }
        }
        let known = |port: &&Port| wanted.iter().any(|p| p.name == port.name);
        match self.ports.iter().find(|port| !known(port)) {
            Some(port) => Err(self.refused(format!("port {:?} is none of this block", port.name))),
            None => Ok(()),
        }
    }
}

/// One port of a top module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// Name in the RTL.
    pub name: String,
    /// Direction.
    pub dir: Dir,
    /// Width in bits.
    pub width: u32,
    /// What it carries.
    pub meaning: String,
}

/// Direction of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dir {
    /// Driven by the test bench.
    Input,
    /// Driven by the RTL.
    Output,
}

impl From<interface::Dir> for Dir {
    fn from(dir: interface::Dir) -> Self {
        match dir {
            interface::Dir::Input => Self::Input,
            interface::Dir::Output => Self::Output,
        }
    }
}

/// A bundle on disk.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// Folder of the bundle.
    pub dir: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// What it was derived from, if it is not what a user has emitted.
    pub origin: Option<Origin>,
}

/// Where a derived bundle comes from: what a report names instead of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Folder of the bundle that the user knows.
    pub dir: PathBuf,
    /// What was made of it, in words.
    pub what: String,
    /// Flags of `hwgen verify` that make it again.
    pub flags: String,
}

/// Says what in a manifest nothing that hwgen writes would say.
fn broken(manifest: &Manifest) -> Option<String> {
    if manifest.engines.is_empty() {
        return Some("it names no engine".to_owned());
    }
    if let Some(problem) = manifest.suffix.problem() {
        return Some(problem);
    }
    // Names go to tools as arguments, and sources are copied from where they point.
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let word = |name: &str| name.starts_with(|c: char| letter(c)) && name.chars().all(letter);
    let inside = |source: &str| {
        let mut parts = Path::new(source).components();
        !source.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
    };
    manifest.engines.iter().find_map(|engine| {
        let top = &engine.top;
        if !word(top) {
            return Some(format!("top {top:?} is no name of a module"));
        }
        if engine.sources.is_empty() {
            return Some(format!("engine {top} has no sources"));
        }
        let outside = engine.sources.iter().find(|source| !inside(source))?;
        Some(format!(
            "engine {top}: source {outside:?} is not inside the bundle"
        ))
    })
}

impl Bundle {
    /// Reads the manifest of the bundle in `dir`.
    pub fn open(dir: &Path) -> Result<Self, BundleError> {
        let path = dir.join(FILE_NAME);
        let text = std::fs::read_to_string(&path).map_err(|source| BundleError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let malformed = |reason: String| BundleError::Malformed {
            path: path.clone(),
            reason,
        };
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|e| malformed(e.to_string()))?;
        if !(OLDEST..=FORMAT).contains(&manifest.format) {
            let known = format!("{OLDEST} to {FORMAT}");
            let reason = format!("format {} is none of {known}", manifest.format);
            return Err(malformed(reason));
        }
        if let Some(reason) = broken(&manifest) {
            return Err(malformed(reason));
        }
        Ok(Self {
            dir: dir.to_owned(),
            manifest,
            origin: None,
        })
    }
}
