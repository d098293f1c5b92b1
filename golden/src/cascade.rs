// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cascade pruning: tokens and heads that matter least leave between layers and never return.
//!
//! Before each layer the top-k rule ranks the survivors by the importance gathered in the layers
//! before it. What is pruned is in no later list, so that nothing of it is requested again.
//!
//! [`Cascade`] follows a schedule; the [`Command`]s it gives are those that the hardware takes, and
//! [`Engine`] is the hardware.

mod command;
mod interface;
mod model;
mod params;
mod schedule;
mod survivors;

pub use command::{Command, CommandError, Op};
pub use model::{Cascade, Engine};
pub use params::{EngineParams, KEY_W};
pub use schedule::{CascadeParams, MAX_LAYERS, RATIO_ONE, Ramp, SHARE_ONE, Schedule};
pub use survivors::Survivors;

#[cfg(test)]
mod tests;
