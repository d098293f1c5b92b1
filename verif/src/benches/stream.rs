// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the benches of the stream reader and the stream writer share: commands, what surrounds the
//! block, and what is watched at its ports in every cycle.

mod case;
mod draw;
mod errors;
mod watch;

pub(super) use case::{Case, Levels, Setup, driven, verdict};
pub(super) use draw::{Shape, plan_runs};
pub(super) use errors::Errors;
pub(super) use watch::{Ended, Watch};
