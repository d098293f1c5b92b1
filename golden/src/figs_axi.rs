// SPDX-License-Identifier: MIT OR Apache-2.0
//! The FiGS array behind registers and a command ring, with AXI4 to memory.
//!
//! [`FigsAxiParams::carry_out`] says what a product does to memory; [`image`] lays packed weights out
//! there. Formats are those of [`command`](crate::command).

pub mod image;
mod interface;
mod model;
mod params;

pub use model::{Memory, Outcome};
pub use params::{BURST, FigsAxiParams};
