// SPDX-License-Identifier: MIT OR Apache-2.0
//! The FiGS array: variable N:M sparsity at one activation per row per cycle, and the engines that
//! it is compared with.
//!
//! A GEMM is `Y[T, O] = X[T, K] * W[O, K]^T` in integers. [`pack`] turns an N:M matrix into tiles,
//! [`model`] computes from packed tiles what the array puts out, [`timing`] says in how many
//! cycles, [`traffic`] what crosses the edges. The plain [`Matrix::product`] knows nothing of tiles: the two must agree.

mod assemble;
pub mod beat;
pub mod doubly;
pub mod family;
mod interface;
pub mod mask;
pub mod matrix;
pub mod model;
pub mod pack;
pub mod params;
pub mod pattern;
pub mod place;
pub mod refusal;
pub mod tensor;
pub mod timing;
pub mod traffic;
mod variant;
mod window;

pub use beat::{OutBeat, TileBeat, TileWork, WeightBeat};
pub use matrix::Matrix;
pub use pack::{Packed, pack};
pub use params::{FigsParams, Mode, SelectBy};
pub use pattern::Pattern;
pub use refusal::Refusal;
pub use variant::Variant;

#[cfg(test)]
mod tests;
