// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the vector reader: rows of plane vectors from memories that answer in all ways that
//! AXI4 allows, every digit, every beat that is asked for and every error compared with
//! [`hwgen_golden::memory`] and [`hwgen_golden::vector_reader`].

mod bench;
mod case;
mod channel;
pub(crate) mod delivery;
pub(crate) mod device;
mod pace;
mod play;
mod status;

use crate::kit::points;

points! {
    /// A row of keys was asked for.
    Key,
    /// Values were asked for.
    Value,
    /// A row was asked for without some of its lanes.
    Masked,
    /// A row was asked for without any lane.
    Empty,
    /// A row had two fragments in one channel.
    Conflict,
    /// A fragment held several lanes.
    Run,
    /// A beat that two fragments share was asked for once.
    Shared,
    /// A beat that two fragments share was asked for again, as the first of them had been delivered.
    Again,
    /// A burst had several beats.
    Long,
    /// A burst had as many beats as one may have.
    Whole,
    /// A burst ended with its page.
    Page,
    /// A burst waited for its channel.
    Blocked,
    /// A response waited.
    Waited,
    /// No more beats could be asked for: all of the read buffer was bespoken, or nearly.
    Crowded,
    /// A request waited.
    Refused,
    /// Nothing was in flight while the reader was stopped and had something to do.
    Stopped,
    /// A beat came with an error.
    Error,
    /// An error came while the one before stood.
    Hidden,
    /// An error was forgotten.
    Cleared,
    /// Reset hit while bursts were in flight.
    Reset,
    /// Vectors were written anew while nothing was under way.
    Renewed,
    /// An entry of the table was written while requests of other heads were under way.
    Rewritten,
}
