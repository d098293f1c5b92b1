// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of an emitted bundle against the golden models.
//!
//! Takes a bundle (a folder with a manifest), never the generator: RTL that a user has edited is
//! verified as it lies on disk. What all benches share is in `kit`, the benches are in `benches`.

mod benches;
mod kit;
pub mod mutants;
pub mod report;
pub mod session;
pub mod summary;
pub mod verify;

pub use benches::{attention, cascade, figs, topk};
pub use hwgen_bundle::error::VerifyError;
pub use report::{EngineReport, Failure};
pub use verify::{Progress, VerifyOptions, verify_engine};
