// SPDX-License-Identifier: MIT OR Apache-2.0
//! Widths and points that operations share.

/// Bits of an activation that a product of matrices takes.
pub const ACT_W: u32 = 12;
/// Bits of an element of the row between layers, and of what an activation function takes and
/// gives.
pub const STREAM_W: u32 = 16;
/// Bits of the sum of the stream and a sublayer's output.
pub const SUM_W: u32 = 20;
/// Fraction bits of that sum.
pub const SUM_FRAC: u32 = 10;
