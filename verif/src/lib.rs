// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of an emitted bundle against the golden models.
//!
//! Takes a bundle (a folder with a manifest), never the generator: RTL that a user has edited is
//! verified as it lies on disk.

pub mod attention;
pub mod cache;
pub mod cascade;
mod digest;
pub mod dut;
pub mod error;
pub mod figs;
mod importance;
pub mod manifest;
pub mod model;
pub mod mutants;
mod pack;
mod pipe;
mod pv;
mod qk;
mod replay;
pub mod report;
pub mod rng;
mod score;
pub mod shim;
pub mod shrink;
mod softmax;
pub mod stream;
pub mod suffix;
pub mod toolchain;
pub mod topk;
pub mod verify;

pub use error::VerifyError;
pub use report::{EngineReport, Failure};
pub use verify::{Progress, VerifyOptions, verify_engine};
