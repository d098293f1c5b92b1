// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the driver refuses, and what goes wrong.

use core::fmt;

use crate::code::Code;

/// Why the driver did not do what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// There is no accelerator: the first register holds something else.
    NotThere {
        /// What it holds.
        magic: u32,
    },
    /// The register map is one that this driver does not know.
    Version {
        /// Its major version.
        major: u16,
        /// Its minor version.
        minor: u16,
    },
    /// A register of the capabilities holds what cannot be.
    Capability {
        /// The register.
        name: &'static str,
        /// What it holds.
        value: u32,
    },
    /// A command or the configuration breaks a rule; nothing was written.
    Illegal(Illegal),
    /// The ring is full: poll, and try again.
    Full,
    /// The accelerator is stopped: start it, and try again.
    Stopped,
    /// The accelerator did not come to rest, or no job ended, within the looks allowed.
    Timeout,
    /// A completion record does not belong to the command that waits for it. What memory holds is
    /// not to be trusted; the command stays in flight until the queue is reset.
    Record {
        /// Where the record lies in the ring's region.
        offset: u64,
    },
    /// The ring's head is no index of the ring.
    Head {
        /// What it is.
        index: u32,
    },
}

/// A rule that a value breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Illegal {
    /// The field, as in the typed value.
    pub field: &'static str,
    /// The number of the head, if it is the field of one.
    pub head: Option<u16>,
    /// The value.
    pub value: i128,
    /// The rule.
    pub rule: Rule,
    /// The code that the accelerator would have answered with; `None` if it would have gone on.
    pub code: Option<Code>,
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A multiple of this.
    Multiple(u64),
    /// Between these, both included.
    Range(i128, i128),
    /// Below this.
    Below(u64),
    /// 0.
    Zero,
    /// The first of so many bytes inside the window.
    Window(u64),
    /// The first of so many bytes that lie in one region of the buffers.
    Owned(u64),
    /// Left out, because the accelerator has no such feature.
    Feature(&'static str),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Multiple(of) => write!(f, "must be a multiple of {of}"),
            Self::Range(low, high) => write!(f, "must be {low} to {high}"),
            Self::Below(limit) => write!(f, "must be less than {limit}"),
            Self::Zero => write!(f, "must be 0"),
            Self::Window(bytes) => write!(f, "all {bytes} bytes must lie in the window"),
            Self::Owned(bytes) => {
                write!(f, "all {bytes} bytes must lie in one region of the buffers")
            }
            Self::Feature(name) => write!(f, "the accelerator has no {name} (see FEATURES)"),
        }
    }
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(head) = self.head {
            write!(f, "head {head}, ")?;
        }
        // Addresses are read in hexadecimal, and numbers are not.
        match self.value {
            value if value < 1 << 17 => write!(f, "{} = {value}: {}", self.field, self.rule),
            value => write!(f, "{} = {value:#x}: {}", self.field, self.rule),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotThere { magic } => {
                write!(
                    f,
                    "MAGIC = {magic:#x}: there is no accelerator at this address"
                )
            }
            Self::Version { major, minor } => {
                write!(
                    f,
                    "VERSION = {major}.{minor}: this driver knows 1.1 and later 1.x"
                )
            }
            Self::Capability { name, value } => write!(f, "{name} = {value:#x}: cannot be"),
            Self::Illegal(illegal) => illegal.fmt(f),
            Self::Full => write!(f, "the ring is full (poll until a job has ended)"),
            Self::Stopped => write!(f, "the accelerator is stopped (start it)"),
            Self::Timeout => write!(f, "the accelerator did not answer in time"),
            Self::Record { offset } => {
                write!(
                    f,
                    "completion record at {offset:#x}: is not that of its command"
                )
            }
            Self::Head { index } => write!(f, "RING_HEAD = {index}: is not an index of the ring"),
        }
    }
}

impl core::error::Error for Error {}

impl core::error::Error for Illegal {}
