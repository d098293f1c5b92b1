// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a port counts.

/// What happened at a port, for coverage and measurements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Bursts whose addresses were taken.
    pub(crate) bursts: u64,
    /// Data beats that went over the port.
    pub(crate) beats: u64,
    /// Bytes that the strobes of writes named.
    pub(crate) strobed: u64,
    /// Cycles in which an address waited for ready.
    pub(crate) address_waits: u64,
    /// Cycles in which a data beat waited for ready.
    pub(crate) data_waits: u64,
    /// Most bursts in flight at one time.
    pub(crate) most_bursts: u32,
    /// Most beats announced and not yet transferred at one time.
    pub(crate) most_beats: u32,
    /// Replies that overtook one of another ID.
    pub(crate) overtakes: u64,
    /// Times that the data of two bursts came interleaved.
    pub(crate) interleaves: u64,
    /// Data that came before its address.
    pub(crate) data_ahead: u64,
    /// Beats (of reads) or bursts (of writes) that were answered with an error.
    pub(crate) errors: u64,
    /// Accesses outside what was allotted, in a space that answers them.
    pub(crate) denied: u64,
}
