// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a program says and how it ends: errors with their exit codes, tables, files that a user
//! names, Ctrl-C, and the programs of this machine that it runs.
//!
//! Knows nothing of hardware and no other crate of hwgen.

pub mod child;
pub mod error;
pub mod program;
pub mod progress;
pub mod stop;
pub mod terminal;
