// SPDX-License-Identifier: MIT OR Apache-2.0
//! Commands in memory: what software writes for an accelerator, and what the accelerator writes back.
//!
//! The ring holds a [`Descriptor`] per command; one for attention or for appending points at a
//! [`HeadRecord`] per head. Results come as rows that end with [`Statistics`], and every command ends
//! with a [`Completion`]. All of it has a fixed size and little-endian numbers, and is written and
//! read here byte by byte, so that a driver without an allocator can do the same.
//!
//! `decode` judges what it reads by the [`Shape`] of the accelerator, and returns every [`Fault`], the
//! one that the hardware reports first. The tables are in `docs/memory/commands.md`.

mod attention;
mod bytes;
mod code;
mod completion;
mod descriptor;
mod gemm;
mod other;
mod record;
mod row;
mod shape;

#[cfg(test)]
mod tests;

pub use attention::Attention;
pub use code::{Code, Fault};
pub use completion::Completion;
pub use descriptor::{Descriptor, Op};
pub use gemm::{Gemm, GemmDescriptor, GemmShape, TILE, TILE_BLOCK, TileRecord};
pub use other::{Append, Cascade, List};
pub use record::{HeadRecord, Use};
pub use row::{
    Statistics, bias, list_token, query_bytes, query_element, query_row, result_bytes,
    survivor_head, survivor_token,
};
pub use shape::Shape;

/// Bytes of a descriptor, and what the base of the ring is a multiple of.
pub const DESCRIPTOR: usize = 64;
/// Bytes of a head record, and what the address of records is a multiple of.
pub const RECORD: usize = 128;
/// Bytes of a completion record, and what its address is a multiple of.
pub const COMPLETION: usize = 16;
/// Bytes of the statistics behind the elements of a result row.
pub const STATISTICS: usize = 16;
/// Most heads of a descriptor.
pub const MAX_HEADS: u32 = 256;
/// Most queries of a head.
pub const MAX_QUERIES: u32 = 4096;
