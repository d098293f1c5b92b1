// SPDX-License-Identifier: MIT OR Apache-2.0
//! What all benches share: runs, the loop that plays them, streams, noise, faults, coverage,
//! shrinking and replay files.
//!
//! Knows no block. A [`Bench`] says what the items of a run are and how a simpler one looks, its
//! [`Player`] what goes to the ports in a cycle and what must come from them.

mod bench;
mod coverage;
mod fault;
mod io;
mod lab;
mod pack;
mod player;
mod replay;
mod run;
mod shrink;
mod stall;
mod stream;

pub(crate) use bench::{Bench, RunOf, play};
pub(crate) use coverage::{Coverage, Point, points};
pub(crate) use fault::{differs, same, same_signed};
pub(crate) use io::{Io, RESET_CYCLES, input, inputs, output, outputs, read};
pub use lab::Lab;
pub(crate) use pack::{agree, pack};
pub(crate) use player::{End, Player, Session};
pub(crate) use replay::{Replay, header_of, replayed};
pub use replay::{ReplayHeader, replay_header};
pub(crate) use run::{Run, plan};
pub(crate) use shrink::{changed, shrink, simpler, without_parts};
pub(crate) use stall::{Pattern, Reset, Stall};
pub(crate) use stream::{Beat, Monitor, Offer, Take, Track};
