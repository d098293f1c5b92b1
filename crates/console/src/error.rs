// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that can end a command, and the exit code that says which it was.

use std::io;
use std::path::Path;

/// The command did what it was asked to do.
pub const EXIT_OK: u8 = 0;
/// A check failed: files differ, or the RTL disagrees with the model.
pub const EXIT_CHECK: u8 = 1;
/// The user must mend something: an input, a full disk.
pub const EXIT_INPUT: u8 = 2;
/// A tool that hwgen calls is not there, or failed.
pub const EXIT_TOOL: u8 = 3;
/// Stopped by Ctrl-C.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something the user must mend, one line a problem.
    #[error("{}", .0.join("\n"))]
    Input(Vec<String>),
    /// Tools that are not there, one line each with what brings it.
    #[error("{}", .0.join("\n"))]
    Missing(Vec<String>),
    /// A check that failed, one line a finding.
    #[error("{}", .0.join("\n"))]
    Check(Vec<String>),
    /// A tool that failed, with its own last lines.
    #[error("{0}")]
    Tool(String),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Stdout(#[source] io::Error),
}

impl Error {
    /// Builds the error for one problem that the user must mend.
    pub fn input(problem: impl Into<String>) -> Self {
        Self::Input(vec![problem.into()])
    }

    /// Builds the error for one tool that is not there.
    pub fn missing(problem: impl Into<String>) -> Self {
        Self::Missing(vec![problem.into()])
    }

    /// Builds the error for a path that the system refuses.
    pub fn path(path: &Path, what: &str, source: &io::Error) -> Self {
        let remedy = match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "the disk is full; free some space or name another folder"
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "permission denied; name a place that you may write to"
            }
            io::ErrorKind::NotADirectory => "a file stands in place of a folder; name another path",
            io::ErrorKind::IsADirectory => "a folder stands in place of a file; name a file",
            io::ErrorKind::NotFound => "no such file or folder",
            _ => return Self::input(format!("{}: cannot {what} ({source})", path.display())),
        };
        Self::input(format!("{}: cannot {what}: {remedy}", path.display()))
    }

    /// Returns the same error in other words.
    #[must_use]
    pub fn reworded(self, words: impl Fn(&str) -> String) -> Self {
        let all = |lines: Vec<String>| lines.iter().map(|l| words(l)).collect();
        match self {
            Self::Input(lines) => Self::Input(all(lines)),
            Self::Check(lines) => Self::Check(all(lines)),
            Self::Tool(text) => Self::Tool(words(&text)),
            other => other,
        }
    }

    /// Returns the exit code of the program.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Check(_) => EXIT_CHECK,
            Self::Tool(_) | Self::Missing(_) => EXIT_TOOL,
            Self::Interrupted => EXIT_INTERRUPTED,
            // A reader that has seen enough (`hwgen list | head -1`) is no failure.
            Self::Stdout(e) if e.kind() == io::ErrorKind::BrokenPipe => EXIT_OK,
            Self::Input(_) | Self::Stdout(_) => EXIT_INPUT,
        }
    }
}
