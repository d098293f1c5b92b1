// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a command ended, in one byte.

use core::fmt;

/// A code of a completion record or of the register `ERROR_CODE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// Nothing went wrong.
    Ok,
    /// The doorbell was rung while the accelerator was stopped.
    DoorbellStopped,
    /// A tail was written that is no index of the ring.
    TailRange,
    /// The memory answered the fetch of a descriptor or head record with an error.
    Fetch,
    /// An operation that the accelerator does not have.
    UnknownOp,
    /// A byte or bit that must be 0.
    Reserved,
    /// An address or stride that is not a multiple of what it must be.
    Alignment,
    /// A range of addresses outside of the window.
    Window,
    /// A number of heads.
    Heads,
    /// A number of keys.
    Keys,
    /// A number of queries.
    Queries,
    /// The address of the completion record.
    Completion,
    /// The base of the ring.
    RingBase,
    /// A number of entries of a list.
    List,
    /// The shift of a head record.
    Shift,
    /// The attention core refused the job, with this code of its own, 1 to 7.
    Core(u8),
    /// Cascade pruning refused the command, with this code of its own, 1 to 4.
    Cascade(u8),
    /// The memory answered with an error under queries, biases or lists.
    Read,
    /// The memory answered with an error under keys or values.
    Vector,
    /// The memory answered with an error under results.
    Write,
    /// A code that this driver does not know.
    Other(u8),
}

impl Code {
    /// Returns the code of a byte.
    pub const fn of(byte: u8) -> Self {
        match byte {
            0 => Self::Ok,
            1 => Self::DoorbellStopped,
            2 => Self::TailRange,
            16 => Self::Fetch,
            17 => Self::UnknownOp,
            18 => Self::Reserved,
            19 => Self::Alignment,
            20 => Self::Window,
            21 => Self::Heads,
            22 => Self::Keys,
            23 => Self::Queries,
            24 => Self::Completion,
            25 => Self::RingBase,
            26 => Self::List,
            27 => Self::Shift,
            33..=39 => Self::Core(byte - 32),
            41..=44 => Self::Cascade(byte - 40),
            48 => Self::Read,
            49 => Self::Vector,
            50 => Self::Write,
            other => Self::Other(other),
        }
    }

    /// Returns the byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::DoorbellStopped => 1,
            Self::TailRange => 2,
            Self::Fetch => 16,
            Self::UnknownOp => 17,
            Self::Reserved => 18,
            Self::Alignment => 19,
            Self::Window => 20,
            Self::Heads => 21,
            Self::Keys => 22,
            Self::Queries => 23,
            Self::Completion => 24,
            Self::RingBase => 25,
            Self::List => 26,
            Self::Shift => 27,
            Self::Core(code) => 32 + code,
            Self::Cascade(code) => 40 + code,
            Self::Read => 48,
            Self::Vector => 49,
            Self::Write => 50,
            Self::Other(byte) => byte,
        }
    }

    /// Says what it means.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Ok => "nothing went wrong",
            Self::DoorbellStopped => "the doorbell was rung while the accelerator was stopped",
            Self::TailRange => "the tail is no index of the ring",
            Self::Fetch => "memory error under a descriptor or head record",
            Self::UnknownOp => "an operation that the accelerator does not have",
            Self::Reserved => "a byte or bit that must be 0",
            Self::Alignment => "an address or stride that is not aligned",
            Self::Window => "addresses outside of the window",
            Self::Heads => "a number of heads that is not allowed",
            Self::Keys => "a number of keys that is not allowed",
            Self::Queries => "a number of queries that is not allowed",
            Self::Completion => "an address of the completion record that is not allowed",
            Self::RingBase => "a base of the ring that is not allowed",
            Self::List => "a number of entries of a list that is not allowed",
            Self::Shift => "a shift that is not allowed",
            Self::Core(_) => "the attention core refused the job",
            Self::Cascade(_) => "cascade pruning refused the command",
            Self::Read => "memory error under queries, biases or lists",
            Self::Vector => "memory error under keys or values",
            Self::Write => "memory error under results",
            Self::Other(_) => "a code that this driver does not know",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.about(), self.byte())
    }
}
