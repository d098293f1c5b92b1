// SPDX-License-Identifier: MIT OR Apache-2.0
//! The vector unit: what a transformer computes between products of matrices, row by row.
//!
//! `docs/vector/README.md` has every formula, width and rounding. All of it is integer arithmetic;
//! a rounding is half up everywhere, and what does not fit saturates and is counted. Reals live in
//! the tests, and in [`Multiplier::near`] and [`rotary::angle`], which a host computes beforehand.

mod activation;
mod norm;
mod requant;
pub mod rotary;
mod round;
mod rows;
mod tables;

pub use activation::{ACTIVATION_FRAC, Activation};
pub use norm::{GAMMA_FRAC, Norm, RSQRT_FRAC, rsqrt};
pub use requant::{MULTIPLIER_W, Multiplier, SHIFT, requantise};
pub use round::{Saturated, round_half_up};
pub use rows::{Mean, add, product, shifted};

/// Bits of an activation that a product of matrices takes.
pub const ACT_W: u32 = 12;
/// Bits of an element of the row between layers, and of what an activation function takes and gives.
pub const STREAM_W: u32 = 16;
/// Bits of the sum of the stream and a sublayer's output.
pub const SUM_W: u32 = 20;
/// Fraction bits of that sum.
pub const SUM_FRAC: u32 = 10;
