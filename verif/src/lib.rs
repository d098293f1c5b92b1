// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of an emitted bundle against the golden models.
//!
//! Takes a bundle (a folder with a manifest), never the generator: RTL that a user has edited is
//! verified as it lies on disk.

pub mod attention;
pub mod cascade;
pub mod figs;
mod importance;
pub mod mutants;
mod pack;
mod pipe;
mod pv;
mod qk;
mod replay;
pub mod report;
mod score;
pub mod session;
pub mod shrink;
mod softmax;
pub mod summary;
pub mod topk;
pub mod verify;

pub use hwgen_bundle::error::VerifyError;
pub use report::{EngineReport, Failure};
pub use verify::{Progress, VerifyOptions, verify_engine};
