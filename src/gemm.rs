// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sparse GEMM on data: matrices from files, what of them is kept, and packed files.

pub(crate) mod error;
pub(crate) mod operand;
pub(crate) mod packed;
pub(crate) mod prune;
