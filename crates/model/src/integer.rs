// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the accelerator computes: the whole model in integers, bit for bit.
//!
//! Weights have 8 bits with a scale per output, activations 12 bits with static scales that are
//! powers of two ([`Points`]). Heads are `golden::attention`'s, the rest between products of
//! matrices `golden::vector`'s. Products of matrices are exact, whatever computes them.

mod attend;
mod layer;
mod linear;
mod points;
mod tables;

pub use layer::{Cache, Integer};
pub use points::{Points, calibration};
