// SPDX-License-Identifier: MIT OR Apache-2.0
//! Synthesis and timing with open tools: how large, how fast, and which path says so.
//!
//! Takes a bundle as it lies on disk, like the verification does. Judges nothing: a figure is what
//! the tools say before layout.

pub mod compare;
mod def;
mod fanout;
pub mod flow;
pub mod gates;
mod judge;
mod layout;
pub mod liberty;
pub mod library;
mod measure;
pub mod multipliers;
pub mod netlist;
pub mod nextpnr;
mod parts;
pub mod pnr;
mod qflow;
pub mod report;
mod script;
mod synthesise;
pub mod target;
pub mod timing;
mod tree;
pub mod unit;
mod whole;
pub mod wrapper;
pub mod yosys;
