// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the accelerator: attention behind AXI, by commands in memory and registers.
//!
//! A host on the register port sets it up, puts descriptors into a ring, rings the doorbell and waits;
//! a memory behind all other ports serves it. Every byte that is written, every completion record,
//! register of errors and counter is compared with [`hwgen_golden::accelerator`]. It knows nothing of
//! what is between the ports.

mod bench;
mod check;
pub(crate) mod device;
mod draw;
mod lite;
mod measured;
mod place;
mod play;
mod point;
pub(crate) mod run;
mod scene;
mod script;
mod soc;
mod store;
mod stress;
mod task;

pub use run::{Layer, Port, Ran, run_layers};
pub use soc::{Bytes, Soc};
pub use store::{Kind, Store};
