// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sparse GEMM on data: matrices from files, what of them is kept, and packed files.

pub mod activations;
pub mod error;
pub mod figures;
pub mod forms;
pub mod layout;
pub mod operand;
pub mod packed;
pub mod parts;
pub mod prune;
pub mod scale;
pub mod weights;
