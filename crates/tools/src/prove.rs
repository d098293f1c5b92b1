// SPDX-License-Identifier: MIT OR Apache-2.0
//! Formal proofs: what is proved, with which tools, and how a proof is run.
//!
//! The properties stand at the end of each module under `ifdef HG_FORMAL`, where they see its
//! registers; here is only the list of proofs and the machinery.

pub mod list;
pub mod proof;
pub mod run;
pub mod sources;
pub mod tools;
