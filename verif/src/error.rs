// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that can stop a verification, other than a mismatch.
//!
//! A mismatch is a result, not an error: it stands in the report of the engine.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::manifest::BundleError;

/// Lines of a failed tool's output that a message quotes.
const TAIL_LINES: usize = 20;

/// Why a verification could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A program that the harness needs is not installed.
    #[error("{tool} not found; {remedy}")]
    ToolMissing {
        /// Name of the program.
        tool: String,
        /// What to do about it.
        remedy: String,
    },
    /// A program ran and failed.
    #[error("`{command}` failed ({status}):\n{tail}")]
    ToolFailed {
        /// Command line as it was run.
        command: String,
        /// Exit status in words.
        status: String,
        /// Last lines of its output.
        tail: String,
    },
    /// The folder is no bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The bundle describes an engine that cannot be verified.
    #[error("engine {engine}: {reason}; emit the bundle again")]
    Engine {
        /// Top module.
        engine: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The replay file cannot be used with this engine.
    #[error("{path}: {reason}")]
    Replay {
        /// Path of the replay file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A program that the environment names is there, but is not what it should be.
    #[error("{tool}: {reason} ({remedy})")]
    ToolUnfit {
        /// Who named it and how.
        tool: String,
        /// What is wrong with it.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// A variable of the environment asks for what cannot be.
    #[error("{variable}: {reason} ({remedy})")]
    Environment {
        /// Name of the variable.
        variable: String,
        /// What is wrong with its value.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// A compiled model cannot be loaded.
    #[error("{path}: cannot load the compiled model: {reason} ({remedy})")]
    Load {
        /// Path of the shared object.
        path: PathBuf,
        /// What the loader said.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// The folder of the cache cannot be used.
    #[error("{dir}: cannot be the folder of the cache: {reason} ({remedy})")]
    Cache {
        /// The folder, or what stands in its way.
        dir: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What to do about it; names `HWGEN_CACHE`.
        remedy: String,
    },
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// Path that was read or written.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The engine failed while it was merely run, not verified.
    #[error("engine {engine}: {failure}")]
    Misbehaved {
        /// Top module.
        engine: String,
        /// What went wrong, with its cycle.
        failure: String,
    },
    /// The caller raised the stop flag.
    #[error("stopped")]
    Stopped,
}

impl VerifyError {
    /// Says that the cache in `dir` cannot be used because of `source`.
    pub(crate) fn cache(dir: &Path, source: &std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        let elsewhere = "set HWGEN_CACHE to a folder that you may write to";
        let (reason, remedy) = match source.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => (
                "the disk is full".to_owned(),
                "free some space, or set HWGEN_CACHE to a folder on another disk",
            ),
            Kind::ReadOnlyFilesystem => ("its file system is read-only".into(), elsewhere),
            Kind::PermissionDenied => ("permission denied".into(), elsewhere),
            Kind::NotADirectory | Kind::AlreadyExists => {
                ("a file stands in place of a folder".into(), elsewhere)
            }
            _ => (source.to_string(), elsewhere),
        };
        Self::Cache {
            dir: dir.to_owned(),
            reason,
            remedy: remedy.to_owned(),
        }
    }

    /// Wraps an I/O error with the path it concerns.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// Runs `command` to its end and returns its output, or quotes it in an error.
pub(crate) fn run(command: &mut Command) -> Result<Output, VerifyError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|source| {
        if source.kind() == std::io::ErrorKind::NotFound {
            VerifyError::ToolMissing {
                tool: program.clone(),
                remedy: "scripts/bootstrap installs what is needed".into(),
            }
        } else {
            VerifyError::Io {
                path: PathBuf::from(&program),
                source,
            }
        }
    })?;
    if output.status.success() {
        return Ok(output);
    }
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Err(VerifyError::ToolFailed {
        command: spell(command),
        status: output.status.to_string(),
        tail: tail(&text),
    })
}

/// Spells a command as a shell would take it, for messages only.
fn spell(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_tool_is_quoted() {
        let error = run(Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"]));
        let said = error.expect_err("the tool failed").to_string();
        assert_eq!(
            said,
            "`sh -c echo one; echo two >&2; exit 3` failed (exit status: 3):\none\ntwo"
        );
    }

    #[test]
    fn a_missing_tool_is_named() {
        let said = run(&mut Command::new("hwgen-no-such-tool"))
            .expect_err("there is no such tool")
            .to_string();
        assert_eq!(
            said,
            "hwgen-no-such-tool not found; scripts/bootstrap installs what is needed"
        );
    }
}
