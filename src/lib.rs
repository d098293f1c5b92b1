// SPDX-License-Identifier: MIT OR Apache-2.0
//! hwgen: emits verified, synthesisable SystemVerilog for sparse attention, and proves it.
//!
//! This crate is the command line alone: one file per subcommand in [`cli`]. What the commands do is
//! in the crates below: `golden` (the specification), `crates/generate` (parameters to files),
//! `crates/bundle` (what lies on disk), `crates/sim` and `verif` (the bench), `crates/tools`,
//! `crates/workloads` and `crates/bench`.

pub mod cli;
