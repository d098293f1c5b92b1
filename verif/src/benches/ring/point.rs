// SPDX-License-Identifier: MIT OR Apache-2.0
//! Situations of the ring that are counted.

use crate::kit::points;

points! {
    /// A completion record was written.
    Record,
    /// A descriptor wanted no record.
    NoRecord,
    /// The interrupt was raised behind a record.
    Interrupt,
    /// The interrupt was raised although no record was written.
    BareInterrupt,
    /// The base of the ring is misaligned.
    RingBase,
    /// A descriptor is outside of the window.
    Outside,
    /// A descriptor came with an error.
    FetchError,
    /// The address of a record is misaligned.
    Misaligned,
    /// A record is below the window.
    Below,
    /// A record is above the window.
    Above,
    /// The memory answered a record with an error.
    RecordError,
    /// A command ended with an error at an address of its own.
    OwnAddress,
    /// A command ended with an error of the descriptor.
    DescriptorAddress,
    /// An error came while another one was held.
    Replaced,
    /// An error was cleared.
    Cleared,
    /// The index went round the end of the ring.
    Wrapped,
    /// As many descriptors were under way as may be.
    Crowd,
    /// A descriptor waited while the ring was not enabled.
    Stopped,
    /// The queue was reset with nothing under way.
    QuietReset,
    /// The queue was reset while descriptors were under way.
    BusyReset,
    /// Hardware was reset while a burst was in flight.
    Reset,
    /// A descriptor waited to be taken.
    DescriptorWaits,
    /// An answer waited.
    AnswerWaits,
    /// The address of a fetch waited.
    FetchWaits,
    /// Data of a record went before their address.
    DataAhead,
    /// An index of more than ten bits.
    Far,
    /// A command took more than 2^16 cycles.
    Long,
    /// The cycle in which a descriptor was offered was foretold.
    Foretold,
}
