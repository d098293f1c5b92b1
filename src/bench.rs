// SPDX-License-Identifier: MIT OR Apache-2.0
//! Measurements that end up in documents: one module a subject.

pub(crate) mod area;
pub(crate) mod attention;
pub(crate) mod bytes;
pub(crate) mod emit;
pub(crate) mod figs;
pub(crate) mod figs_area;
pub(crate) mod harness;
pub(crate) mod mutate;
pub(crate) mod picture;
pub(crate) mod prose;
pub(crate) mod speedup;
pub(crate) mod synth;
pub(crate) mod topk;
