// SPDX-License-Identifier: MIT OR Apache-2.0
//! What open tools say of a bundle: synthesis and timing, layout, netlists under the bench, proofs
//! and mutants, and which of these tools this machine has.
//!
//! Takes a bundle as it lies on disk, and knows neither the command line nor what runs on an engine.

pub mod inventory;
pub mod mutate;
pub mod netlist_check;
pub mod prove;
pub mod synth;
pub mod tool;
