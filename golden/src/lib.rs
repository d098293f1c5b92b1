// SPDX-License-Identifier: MIT OR Apache-2.0
//! The specification of hwgen: parameters, their legality, and bit-exact models.
//!
//! Nothing here reads a file, starts a process or knows the generator. A model is written from the
//! specification of its engine, never from the RTL; the two meet only in the scoreboard of
//! `hwgen-verif`.

pub mod accelerator;
pub mod arbiter;
pub mod arith;
pub mod attention;
pub mod attention_axi;
pub mod block;
pub mod cascade;
pub mod command;
pub mod design;
pub mod dispatch;
pub mod figs;
pub mod figs_axi;
pub mod importance;
pub mod interface;
pub mod mask;
pub mod memory;
pub mod plane_writer;
pub mod pv;
pub mod qk;
pub mod quant;
pub mod regs;
pub mod ring;
pub mod score;
pub mod softmax;
pub mod stream;
pub mod stream_reader;
pub mod stream_writer;
pub mod topk;
pub mod vector;
pub mod vector_reader;
pub mod violation;
pub mod width;

pub use arith::Arith;
pub use block::BlockName;
pub use design::Design;
pub use interface::{Interface, Values};
pub use violation::Violation;
