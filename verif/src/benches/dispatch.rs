// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the dispatch: descriptors and head records, legal and not, on a memory of any manners,
//! with everything around it played: the core, readers and writers, cascade pruning. What leaves each
//! port and how each descriptor ends is compared with [`hwgen_golden::dispatch`].

mod answers;
mod around;
mod bench;
mod checks;
mod count;
mod descriptor;
mod draw;
mod order;
mod play;
mod record;
mod script;

use hwgen_golden::dispatch::DispatchParams;

use crate::kit::{points, read};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;

points! {
    /// A job was given.
    Job,
    /// A job whose queries come with biases.
    Biased,
    /// A job that the core refuses.
    Refused,
    /// A job that the core refuses, of a descriptor with biases.
    RefusedBiased,
    /// A token list was loaded.
    List,
    /// Cascade pruning was commanded.
    Cascade,
    /// Cascade pruning refused a command.
    CascadeRefused,
    /// A command of cascade pruning was refused before it was given.
    CascadeShort,
    /// Heads that cascade pruning left were worked on.
    LeftHeads,
    /// The keys were the entries of the token list.
    ListKeys,
    /// A token was appended.
    Append,
    /// The ring had found something wrong.
    RingCode,
    /// The operation is not there.
    UnknownOp,
    /// Bits of the descriptor were reserved.
    Reserved,
    /// The descriptor's address was misaligned.
    Alignment,
    /// The descriptor's range was not inside the window.
    Window,
    /// The number of heads was wrong.
    Heads,
    /// The number of keys was wrong.
    Keys,
    /// The number of queries was wrong.
    Queries,
    /// The number of entries was wrong.
    ListCount,
    /// A record came with an error.
    RecordFetch,
    /// Bits of a record were reserved.
    RecordReserved,
    /// A field of a record was misaligned.
    RecordAlignment,
    /// A range of a record was not inside the window.
    RecordWindow,
    /// The shift of a record was out of range.
    RecordShift,
    /// A record itself was not inside the window.
    RecordOutside,
    /// A wrong record came behind legal ones.
    Late,
    /// Records that were read ahead were dropped.
    Dropped,
    /// A read failed.
    ReadError,
    /// A write failed.
    WriteError,
    /// Plane vectors failed.
    VectorError,
    /// They failed for jobs of two descriptors.
    VectorTwice,
    /// Two descriptors had jobs under way.
    Overlap,
    /// As many jobs were under way as may be.
    Limit,
    /// A job waited for the core.
    JobWaits,
    /// A command waited for the stream reader.
    ReadWaits,
    /// A command waited for the writer of results.
    ResultWaits,
    /// An answer waited.
    DoneWaits,
    /// The cycles from a job to the next were as promised.
    Paced,
    /// Reset hit while jobs were under way.
    Reset,
}

/// The dispatch under test.
pub(crate) struct DispatchBench {
    pub(super) params: DispatchParams,
}

impl DispatchBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = DispatchParams::interface;
        let params = read(engine, DispatchParams::from_values, interface)?;
        Ok(Self { params })
    }
}
