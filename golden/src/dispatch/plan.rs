// SPDX-License-Identifier: MIT OR Apache-2.0
//! What leaves the ports for a descriptor: the parts of a plan.

use crate::attention::Job;
use crate::command::{Append, Cascade, Fault, List};
use crate::memory::layout::Entry;
use crate::stream::Command;

/// An entry of the table of the vector reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its number.
    pub slot: u32,
    /// Where the planes lie.
    pub entry: Entry,
}

/// What the words of a command of the stream reader are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feed {
    /// Queries.
    Queries = 0,
    /// The biases of a query.
    Biases = 1,
    /// A token list.
    List = 2,
    /// Elements of K or V to append.
    Append = 3,
}

/// A command of the stream reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// What is read.
    pub command: Command,
    /// What its words are.
    pub feed: Feed,
    /// Biases, or entries of the list.
    pub keys: u32,
    /// The last of its queries ends the job.
    pub last: bool,
}

/// What a record gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Number of the record.
    pub number: u32,
    /// The entry of the table, or of the plane writer.
    pub table: Table,
    /// The job, if it is one of attention; its head is the entry's number.
    pub job: Option<Job>,
    /// Where its results go: rows of a result each.
    pub result: Command,
    /// What is read for it.
    pub reads: Vec<Read>,
}

/// The kinds of commands that give something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Jobs.
    Attention,
    /// A list is read.
    List(List),
    /// A command of cascade pruning; `None` if its numbers are refused here.
    Cascade(Option<Cascade>),
    /// Heads are appended to.
    Append(Append),
}

/// A head record in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its number.
    pub number: u32,
    /// Its address.
    pub at: u64,
    /// Whether it lies in the window; otherwise it is not read, and none follows.
    pub inside: bool,
}

/// What has been given, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What the descriptor asks for.
    pub kind: Kind,
    /// The records that may be asked for, in order.
    pub records: Vec<Place>,
    /// What the legal ones give.
    pub heads: Vec<Head>,
    /// What else is read.
    pub reads: Vec<Read>,
}

/// A descriptor's doings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Whether it begins only when nothing else is under way.
    pub alone: bool,
    /// What is given, unless the descriptor itself is refused.
    pub given: Option<Given>,
    /// What is wrong, as far as it can be told from the bytes; its address is 0 if it is the
    /// descriptor's.
    pub fault: Option<Fault>,
    /// Rows of results, or heads that were appended to.
    pub count: u32,
}

/// What is kept on chip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// Entries of the token list.
    pub entries: u32,
    /// Heads that cascade pruning left.
    pub heads: Vec<u32>,
}

impl Read {
    /// A row.
    pub(super) fn one(addr: u64, bytes: u32, feed: Feed, keys: u32, last: bool) -> Self {
        let command = Command {
            addr,
            bytes,
            rows: 1,
            stride: 0,
        };
        Self {
            command,
            feed,
            keys,
            last,
        }
    }
}
