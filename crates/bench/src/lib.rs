// SPDX-License-Identifier: MIT OR Apache-2.0
//! Measurements that end up in documents: one module per subject, each of which makes a table.

pub mod attention;
pub mod axi;
pub mod build;
pub mod dram;
pub mod emit;
pub mod figs;
pub mod figs_area;
pub mod harness;
pub mod mutate;
pub mod pace;
pub mod prose;
pub mod synth;
pub mod topk;
