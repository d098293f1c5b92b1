// SPDX-License-Identifier: MIT OR Apache-2.0
//! Situations of the accelerator that are counted.

use hwgen_golden::command::{Code, Op};

use super::scene::Planned;
use crate::kit::{Io, points};

points! {
    /// Attention was computed.
    Attention,
    /// Several heads were.
    Heads,
    /// Attention was causal.
    Causal,
    /// Queries came with biases.
    Biased,
    /// Positions went through a list.
    Listed,
    /// Keys were as many as the list has entries.
    WholeList,
    /// Cascade pruning left some tokens.
    Pruned,
    /// Heads were those that cascade pruning left.
    PrunedHeads,
    /// Cascade pruning refused a command.
    PruneRefused,
    /// A list was loaded.
    Loaded,
    /// A token was appended.
    Appended,
    /// A descriptor or a record could not be fetched.
    FetchFailed,
    /// A descriptor's completion record had no place.
    NoRecord,
    /// A descriptor had an operation that is not there.
    UnknownOp,
    /// A bit was set that must be 0.
    ReservedBit,
    /// An address was misaligned.
    Misaligned,
    /// An address was outside the window.
    OutsideWindow,
    /// Heads, keys, queries or entries were too many or none.
    Number,
    /// A shift was none.
    Shift,
    /// A record was wrong, and heads before it were done.
    LateRecord,
    /// The core refused a job.
    CoreRefused,
    /// The memory failed under queries, biases or lists.
    ReadFailed,
    /// The memory failed under plane vectors.
    VectorFailed,
    /// The memory failed under results.
    WriteFailed,
    /// The memory failed under a completion record.
    RecordFailed,
    /// The host waited for the interrupt.
    Interrupt,
    /// The doorbell was rung while the accelerator was stopped.
    Stopped,
    /// The doorbell was rung beyond the ring.
    BeyondRing,
    /// The ring was misaligned.
    RingMisaligned,
    /// The accelerator was stopped in the middle of commands.
    StoppedMidway,
    /// The queue was emptied in the middle of commands.
    Flushed,
    /// Data of several IDs overtook each other.
    Overtaken,
    /// A DRAM was behind the ports.
    Dram,
    /// Reset hit while commands were under way.
    Reset,
}

/// Counts what became of a command.
pub(super) fn count(io: &mut Io<Point>, planned: &Planned) {
    let outcome = &planned.outcome;
    let code = outcome.code();
    let point = match code {
        Code::Okay | Code::RingBase | Code::Pattern => None,
        Code::Fetch => Some(Point::FetchFailed),
        Code::Completion => Some(Point::NoRecord),
        Code::UnknownOp => Some(Point::UnknownOp),
        Code::Reserved => Some(Point::ReservedBit),
        Code::Alignment => Some(Point::Misaligned),
        Code::Window => Some(Point::OutsideWindow),
        Code::Heads | Code::Keys | Code::Queries | Code::List => Some(Point::Number),
        Code::Shift => Some(Point::Shift),
        Code::Core(_) => Some(Point::CoreRefused),
        Code::Cascade(_) => Some(Point::PruneRefused),
        Code::Read => Some(Point::ReadFailed),
        Code::Vector => Some(Point::VectorFailed),
        Code::Write => Some(Point::WriteFailed),
    };
    if let Some(point) = point {
        io.count(point, true);
    }
    io.count(Point::RecordFailed, !outcome.late.is_empty());
    let judged = code != Code::Okay && code < Code::Core(0);
    io.count(Point::LateRecord, judged && !outcome.jobs.is_empty());
    let Some(descriptor) = planned.legal.filter(|_| code == Code::Okay) else {
        return;
    };
    match descriptor.op {
        Op::Attention(op) => {
            io.count(Point::Attention, true);
            io.count(Point::Heads, outcome.jobs.len() > 1);
            io.count(Point::Causal, op.causal);
            io.count(Point::Biased, op.bias);
            io.count(Point::Listed, op.list);
            io.count(Point::WholeList, op.list_keys);
            io.count(Point::PrunedHeads, op.cascade_heads);
        }
        Op::List(_) => io.count(Point::Loaded, true),
        Op::Cascade(_) => io.count(Point::Pruned, true),
        Op::Append(_) => io.count(Point::Appended, true),
    }
}
