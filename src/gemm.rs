// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sparse GEMM on data: matrices from files, what of them is kept, and packed files.

pub(crate) mod activations;
pub(crate) mod error;
pub(crate) mod figures;
pub(crate) mod forms;
pub(crate) mod layout;
pub(crate) mod operand;
pub(crate) mod packed;
pub(crate) mod parts;
pub(crate) mod prune;
pub(crate) mod scale;
pub(crate) mod weights;
