// SPDX-License-Identifier: MIT OR Apache-2.0
//! A bundle as it lies on disk: its manifest, its files, how it gets there whole or not at all,
//! bundles derived from it, and the cache of what was made of one.
//!
//! Knows how things are said ([`hwgen_console`]), and neither the generator nor the harness.

pub mod cache;
pub mod choose;
pub mod derived;
pub mod digest;
pub mod error;
pub mod file;
pub mod manifest;
pub mod place;
pub mod suffix;
