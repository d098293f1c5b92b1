// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bindings: one module per block, from golden's parameters to SystemVerilog's, and the one list of them.

pub(crate) mod arbiter;
pub(crate) mod attention;
pub(crate) mod cascade;
pub(crate) mod dispatch;
pub(crate) mod figs;
pub(crate) mod importance;
mod pages;
pub(crate) mod plane_writer;
pub(crate) mod pv;
pub(crate) mod qk;
pub(crate) mod regs;
pub(crate) mod ring;
pub(crate) mod score;
pub(crate) mod softmax;
pub(crate) mod stream_reader;
pub(crate) mod stream_writer;
pub(crate) mod topk;
pub(crate) mod vector_reader;
mod word;
mod words;

use crate::block::Block;

/// Every block, in the order of documentation and of file lists.
pub const BLOCKS: &[&dyn Block] = &[
    &topk::Topk,
    &attention::Attention,
    &qk::Qk,
    &score::Score,
    &softmax::Softmax,
    &pv::Pv,
    &importance::Importance,
    &cascade::Cascade,
    &figs::Figs,
    &arbiter::Arbiter,
    &regs::Regs,
    &stream_reader::StreamReader,
    &stream_writer::StreamWriter,
    &vector_reader::VectorReader,
    &plane_writer::PlaneWriter,
    &ring::Ring,
    &dispatch::Dispatch,
];
