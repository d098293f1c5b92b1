// SPDX-License-Identifier: MIT OR Apache-2.0
//! hwgen: emits verified, synthesisable SystemVerilog for sparse attention, and proves it.
