// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a command ended.

use crate::attention::JobError;
use crate::cascade::CommandError;

/// How a command ended: the code of its completion record and of register `ERROR_CODE`.
///
/// The order of the variants is that of precedence: where several apply, the first is reported.
/// [`Code::value`] is the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// All was done.
    Okay,
    /// The base of the ring is no multiple of 64, so that nothing can be fetched.
    RingBase,
    /// The memory answered with an error while a descriptor or a head record was fetched.
    Fetch,
    /// The address of the completion record is misaligned, or the record is not inside the window;
    /// none is written.
    Completion,
    /// The accelerator has no such operation.
    UnknownOp,
    /// A byte or a bit that must be 0 is not.
    Reserved,
    /// An address, a stride or an offset is not a multiple of what it must be.
    Alignment,
    /// A range of addresses is not inside the window.
    Window,
    /// The number of heads is 0 or too large.
    Heads,
    /// The number of keys is 0 or too large, or a position or `k` is.
    Keys,
    /// The number of queries, or of tokens of a product, is 0 or too large.
    Queries,
    /// The number of entries of a list, or of tiles, is 0 or too large, or a tile is out of order.
    List,
    /// The shift of a head record is not -16 to 31.
    Shift,
    /// The array does not run the pattern.
    Pattern,
    /// The core refused the job, with its own code 1 to 7.
    Core(u8),
    /// Cascade pruning refused the command, with its own code 1 to 4.
    Cascade(u8),
    /// The memory answered with an error to a read of queries, biases, lists, weights or activations.
    Read,
    /// The memory answered with an error to a read of plane vectors.
    Vector,
    /// The memory answered with an error to a write.
    Write,
}

impl Code {
    /// All codes that have no number of another module in them, in the order of precedence.
    pub const ALL: [Self; 17] = [
        Self::Okay,
        Self::RingBase,
        Self::Fetch,
        Self::Completion,
        Self::UnknownOp,
        Self::Reserved,
        Self::Alignment,
        Self::Window,
        Self::Heads,
        Self::Keys,
        Self::Queries,
        Self::List,
        Self::Shift,
        Self::Pattern,
        Self::Read,
        Self::Vector,
        Self::Write,
    ];

    /// Returns the number, as it is in memory and in the register.
    pub const fn value(self) -> u8 {
        match self {
            Self::Okay => 0,
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
            Self::Pattern => 28,
            Self::Core(code) => 32 + code,
            Self::Cascade(code) => 40 + code,
            Self::Read => 48,
            Self::Vector => 49,
            Self::Write => 50,
        }
    }

    /// Returns the code of a number, if it is one.
    pub fn of(value: u8) -> Option<Self> {
        match value {
            33..=39 => Some(Self::Core(value - 32)),
            41..=44 => Some(Self::Cascade(value - 40)),
            _ => Self::ALL.into_iter().find(|code| code.value() == value),
        }
    }

    /// Returns the code of what the core says of a job.
    pub fn of_job(error: JobError) -> Self {
        match error.code() {
            0 => Self::Okay,
            code => Self::Core(code as u8),
        }
    }

    /// Returns the code of what cascade pruning says of a command.
    pub fn of_cascade(error: CommandError) -> Self {
        match error.code() {
            0 => Self::Okay,
            code => Self::Cascade(code as u8),
        }
    }

    /// Returns the name, as it is in the document and in files for software.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Okay => "OKAY",
            Self::RingBase => "RING_BASE",
            Self::Fetch => "FETCH",
            Self::Completion => "COMPLETION",
            Self::UnknownOp => "UNKNOWN_OP",
            Self::Reserved => "RESERVED",
            Self::Alignment => "ALIGNMENT",
            Self::Window => "WINDOW",
            Self::Heads => "HEADS",
            Self::Keys => "KEYS",
            Self::Queries => "QUERIES",
            Self::List => "LIST",
            Self::Shift => "SHIFT",
            Self::Pattern => "PATTERN",
            Self::Core(_) => "CORE",
            Self::Cascade(_) => "CASCADE",
            Self::Read => "READ",
            Self::Vector => "VECTOR",
            Self::Write => "WRITE",
        }
    }

    /// Says what happened, as a sentence fragment.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Okay => "the command was carried out",
            Self::RingBase => "RING_BASE is not a multiple of 64; the descriptor was not fetched",
            Self::Fetch => {
                "the memory answered with an error to the fetch of a descriptor or record"
            }
            Self::Completion => {
                "the completion address is not a multiple of 16, or the record is not inside the window"
            }
            Self::UnknownOp => "the accelerator has no such operation",
            Self::Reserved => "a byte or a bit that must be 0 is not",
            Self::Alignment => "an address, stride or offset is not a multiple of what it must be",
            Self::Window => "a range of addresses is not inside the window",
            Self::Heads => "heads must be 1 to 256",
            Self::Keys => "keys, first, k or token is not what the accelerator can hold",
            Self::Queries => {
                "queries must be 1 to 4096, and tokens of a product 1 to the most of the array"
            }
            Self::List => {
                "a list must have 1 to the most tokens, and a product tiles in groups from first to last"
            }
            Self::Shift => "pre_shift must be -16 to 31",
            Self::Pattern => "log_n must be that of a pattern which the array runs",
            Self::Core(_) => "the core refused the job",
            Self::Cascade(_) => "cascade pruning refused the command",
            Self::Read => "the memory answered with an error to a read of a stream",
            Self::Vector => "the memory answered with an error to a read of plane vectors",
            Self::Write => "the memory answered with an error to a write",
        }
    }
}

/// Something that is wrong with a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// What is wrong.
    pub code: Code,
    /// What register `ERROR_ADDR` says: for [`Code::Alignment`] and [`Code::Window`] of an address the
    /// address that is wrong, for errors of the memory that of the beat, and for anything else the
    /// address of the descriptor or record.
    pub address: u64,
}
