// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that can stop a verification, other than a mismatch.
//!
//! A mismatch is a result, not an error: it stands in the report of the engine.

use std::path::{Path, PathBuf};

use hwgen_console::error::Error;
use hwgen_console::stop;

/// What the system says of a full disk, in the words of any tool.
const NO_SPACE: &str = "No space left on device";

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
    pub fn cache(dir: &Path, source: &std::io::Error) -> Self {
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

/// Why a folder cannot be read as a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// There is no readable manifest.
    #[error("{path}: no bundle here ({source}); write one with `hwgen emit -o DIR`")]
    Unreadable {
        /// Path of the manifest.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The manifest is not what this release writes.
    #[error("{path}: not a hwgen manifest ({reason}); emit the bundle again")]
    Malformed {
        /// Path of the manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<VerifyError> for Error {
    /// Says what to make of an error of the harness.
    fn from(e: VerifyError) -> Self {
        // A tool that dies of the Ctrl-C meant for hwgen has not failed.
        if stop::raised() {
            return Error::Interrupted;
        }
        match e {
            VerifyError::Stopped => Error::Interrupted,
            // The compiler is not to blame, and cannot say which disk it was.
            VerifyError::ToolFailed { command, tail, .. } if tail.contains(NO_SPACE) => {
                let tool = command.split(' ').next().unwrap_or_default().to_owned();
                Error::input(format!(
                    "{tool}: the disk is full; free some space, or name another folder for the cache \
                 with HWGEN_CACHE"
                ))
            }
            VerifyError::ToolFailed { .. } | VerifyError::Load { .. } => Error::Tool(e.to_string()),
            VerifyError::ToolMissing { .. } | VerifyError::ToolUnfit { .. } => {
                Error::missing(e.to_string())
            }
            VerifyError::Misbehaved { .. } => Error::Check(vec![e.to_string()]),
            VerifyError::Io { path, source } => Error::path(&path, "use", &source),
            other => Error::input(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn every_error_of_the_harness_has_its_exit_code() {
        let io = || io::Error::from(io::ErrorKind::StorageFull);
        let engine = || "hg_x_topk_radix".to_owned();
        let cases = [
            (
                VerifyError::ToolMissing {
                    tool: "verilator".into(),
                    remedy: "install it".into(),
                },
                3,
            ),
            (
                VerifyError::ToolFailed {
                    command: "c++".into(),
                    status: "1".into(),
                    tail: "words".into(),
                },
                3,
            ),
            (
                VerifyError::Replay {
                    path: "a".into(),
                    reason: "b".into(),
                },
                2,
            ),
            (
                VerifyError::Io {
                    path: "a".into(),
                    source: io(),
                },
                2,
            ),
            (
                VerifyError::Misbehaved {
                    engine: engine(),
                    failure: "c".into(),
                },
                1,
            ),
            (
                VerifyError::ToolFailed {
                    command: "c++ -O2 a.cpp".into(),
                    status: "1".into(),
                    tail: "a.o: No space left on device".into(),
                },
                2,
            ),
            (VerifyError::Stopped, 130),
        ];
        for (e, code) in cases {
            let text = e.to_string();
            assert_eq!(Error::from(e).exit_code(), code, "{text}");
        }
        let full = VerifyError::Io {
            path: "a".into(),
            source: io(),
        };
        assert_eq!(
            Error::from(full).to_string(),
            "a: cannot use: the disk is full; free some space or name another folder"
        );
    }
}
