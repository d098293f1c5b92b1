// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of an emitted bundle against the golden models.
//!
//! Takes a bundle (a folder with a manifest), never the generator: RTL that a user has edited is
//! verified as it lies on disk.

mod benches;
pub mod cache;
mod digest;
pub mod dut;
pub mod error;
mod kit;
pub mod manifest;
pub mod model;
pub mod mutants;
pub mod program;
pub mod report;
pub mod rng;
pub mod shim;
pub mod suffix;
pub mod toolchain;
pub mod verify;

pub use benches::{attention, cascade, figs, topk};
pub use error::VerifyError;
pub use report::{EngineReport, Failure};
pub use verify::{Progress, VerifyOptions, verify_engine};
