// SPDX-License-Identifier: MIT OR Apache-2.0
//! Synthesis and timing with open tools: how large, how fast, and which path says so.
//!
//! Takes a bundle as it lies on disk, like the verification does. Judges nothing: a figure is what
//! the tools say before layout.

pub(crate) mod compare;
mod def;
mod fanout;
pub(crate) mod flow;
pub(crate) mod gates;
mod judge;
pub(crate) mod liberty;
mod measure;
pub(crate) mod netlist;
pub(crate) mod nextpnr;
mod parts;
pub(crate) mod pnr;
mod qflow;
pub(crate) mod report;
mod script;
pub(crate) mod target;
pub(crate) mod timing;
mod tree;
pub(crate) mod unit;
mod whole;
pub(crate) mod wrapper;
pub(crate) mod yosys;
