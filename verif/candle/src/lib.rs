// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `hwgen_model::float` computes, beside what candle-transformers computes of the same files.
//!
//! A package of its own, outside of what `cargo test` builds, because candle takes a minute to build:
//! `cargo test -p hwgen-candle`.
