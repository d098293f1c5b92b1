// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drives accelerators that hwgen emits with an AXI port (`hwgen emit --block attention --bus axi`).
//!
//! The driver needs no operating system and no allocator. It reaches the registers by [`Mmio`] and
//! memory by [`Memory`], which the software around it implements. [`Driver`] finds out what is
//! there, keeps the ring of commands, and gives completions back. [`Shape`] says where keys and
//! values lie and packs them.
//!
//! Nothing that the accelerator may touch can be freed, moved or changed: a job owns its buffers,
//! and commands are checked against them before anything is written. The same in C is
//! [`C_HEADER`] and [`C_SOURCE`].
//!
//! What this crate does not do: allocate memory for the accelerator, map registers, or wait for
//! interrupts.

#![no_std]
#![forbid(unsafe_code)]

mod capabilities;
mod check;
mod code;
mod command;
mod config;
mod counter;
mod driver;
mod encode;
mod error;
mod job;
mod judge;
mod layout;
mod memory;
mod mmio;
#[rustfmt::skip]
#[allow(clippy::unreadable_literal, clippy::doc_markdown)] // Written from the table of registers.
pub mod registers;
pub mod rows;
mod setup;

pub use capabilities::Capabilities;
pub use code::Code;
pub use command::{
    Append, Appended, Attention, Cascade, Chosen, Command, Head, Keys, List, Options, Rows, Rule,
    Select, Stage,
};
pub use config::{Config, Events};
pub use counter::{Counter, Flight};
pub use driver::{Driver, Fault};
pub use encode::{
    COMPLETION, Completion, DESCRIPTOR, RECORD, append_record, completion, descriptor, head_record,
};
pub use error::{Error, Illegal, Rule as LegalRule};
pub use job::{Finished, Outcome, Rejected};
pub use layout::{Kind, Layout, LayoutError, MOST_PLANES, PAGE, Place, Planes, Shape};
pub use memory::{Buffers, Memory, Owner, Shared};
pub use mmio::Mmio;
pub use setup::{ENTRY, Failed};

/// The header of the driver in C, `driver/hwgen.h` of a bundle. It includes `hwgen_regs.h`.
pub const C_HEADER: &str = include_str!("../c/hwgen.h");
/// The source of the driver in C, `driver/hwgen.c` of a bundle.
pub const C_SOURCE: &str = include_str!("../c/hwgen.c");

/// The page of the documents, whose examples are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/memory/driver.md")]
struct Page;
