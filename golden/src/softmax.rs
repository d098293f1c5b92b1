// SPDX-License-Identifier: MIT OR Apache-2.0
//! Softmax numerators: powers of two of scaled score differences, by table and interpolation.
//!
//! [`Pass`] and [`Scan`] are the hardware, which finds the largest score ready; [`Numerators`] is the
//! same for the whole core.

mod exponent;
mod interface;
mod pass;

pub use exponent::{
    EXP_FRAC, EXP_W, EXP2, KEY_SHIFT, KEY_W, Numerators, OCTAVE_FRAC, OCTAVE_W, Scale, exp2, key,
};
pub use pass::{Key, PLANES_W, Pass, SUM_W, Scan, SoftmaxParams};
