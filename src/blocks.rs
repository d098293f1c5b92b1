// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bindings: one module a block, from golden's parameters to SystemVerilog's.

pub(crate) mod attention;
pub(crate) mod figs;
pub(crate) mod topk;
mod word;
