// SPDX-License-Identifier: MIT OR Apache-2.0
//! From parameters to the files of a bundle.
//!
//! [`config`] turns what the user wrote into a validated `Design`; [`block`] is the registry, which
//! says what a design holds; [`render`] writes a design to files without touching the disk.

pub mod advice;
pub mod block;
mod blocks;
pub mod config;
pub mod emitted;
mod flows;
pub mod header;
mod manual;
mod naming;
pub mod origin;
mod paragraph;
pub mod preset;
pub mod registers;
pub mod registry;
pub mod render;
pub mod stamp;
pub mod sv;
pub mod template;
