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
mod width;

pub use activation::{ACTIVATION_FRAC, Activation};
pub use norm::{GAMMA_FRAC, Norm, RSQRT_FRAC, rsqrt};
pub use requant::{MULTIPLIER_W, Multiplier, SHIFT, requantise};
pub use round::{Saturated, round_half_up};
pub use rows::{Mean, add, product, shifted};
pub use width::{ACT_W, STREAM_W, SUM_FRAC, SUM_W};
