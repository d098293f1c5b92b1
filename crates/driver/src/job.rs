// SPDX-License-Identifier: MIT OR Apache-2.0
//! Jobs: in flight, over, or not taken.

use crate::code::Code;
use crate::encode::Completion;
use crate::error::Error;

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The accelerator completed it; its code says how.
    Done(Completion),
    /// It never began: the queue was reset before.
    Cancelled,
    /// It has ended, but no record of it was found when the queue was reset: the memory answered the
    /// write of the record with an error.
    Lost,
}

impl Outcome {
    /// Tells whether everything was done without error.
    pub fn is_ok(&self) -> bool {
        matches!(self, Self::Done(completion) if completion.code == Code::Ok)
    }
}

/// A job that is over, with what it owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished<B> {
    /// The tag that it was submitted with.
    pub tag: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Its buffers.
    pub buffers: B,
}

/// A job that was not submitted, with what it owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected<B> {
    /// Why.
    pub error: Error,
    /// Its buffers, in which nothing was written.
    pub buffers: B,
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The accelerator has its descriptor; it may be fetched or not.
    Flight,
    /// It is over.
    Over(Outcome),
}

/// A job in flight.
pub(crate) struct Slot<B> {
    pub(crate) tag: u32,
    pub(crate) op: u8,
    /// The index of its descriptor.
    pub(crate) index: u16,
    pub(crate) state: State,
    pub(crate) buffers: B,
}
