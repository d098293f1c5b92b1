// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bindings: one module a block, from golden's parameters to SystemVerilog's.

pub(crate) mod attention;
pub(crate) mod cascade;
pub(crate) mod figs;
pub(crate) mod importance;
pub(crate) mod pv;
pub(crate) mod qk;
pub(crate) mod score;
pub(crate) mod softmax;
pub(crate) mod topk;
mod word;
mod words;
