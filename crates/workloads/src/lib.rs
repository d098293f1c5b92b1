// SPDX-License-Identifier: MIT OR Apache-2.0
//! What users bring: tensors, scores, attention layers, traces and GEMMs, and how each is run on the
//! golden models and on the engines of a bundle.

pub mod attend;
pub mod gemm;
mod lines;
pub mod rank;
pub mod samples;
pub mod scores;
pub mod shipped;
pub mod tensors;
pub mod trace;
