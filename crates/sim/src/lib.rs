// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the SystemVerilog of a bundle to a device that ticks: the toolchain, the compiled model and
//! its shim, the device, and numbers that are random and reproducible.
//!
//! Knows bundles and no block.

pub mod dut;
mod load;
pub mod model;
pub mod rng;
pub mod run;
pub mod shim;
pub mod toolchain;
