// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs that turn SystemVerilog into a loadable model: Verilator, a C++ compiler, mold.
//!
//! Finds them and says what they are; runs none of them on a source. Verilator's makefile is never
//! used: the one in the Python wheel names the compilers of the machine that built it.

mod compiler;
mod verilator;

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

pub use compiler::Compiler;
pub use verilator::Verilator;

use hwgen_bundle::cache::Cache;
use hwgen_bundle::error::VerifyError;
use hwgen_console::program;

/// The programs and their identities.
#[derive(Debug, Clone)]
pub struct Toolchain {
    /// The Verilator to use.
    pub verilator: Verilator,
    /// The C++ compiler to use.
    pub compiler: Compiler,
    /// Whether the fast linker is there.
    pub mold: bool,
}

impl Toolchain {
    /// Finds the programs, remembering in `cache` what is slow to ask.
    pub fn find(cache: &Cache) -> Result<Self, VerifyError> {
        Ok(Self {
            verilator: Verilator::find(Some(cache))?,
            compiler: Compiler::find()?,
            // The compiler looks for it on `PATH`, too.
            mold: program::on_path("mold").is_some(),
        })
    }
}

/// Returns size and modification time: enough to notice that a program was replaced.
fn stamp(path: &Path) -> std::io::Result<(u64, u128)> {
    let meta = fs::metadata(path)?;
    let age = meta.modified()?.duration_since(UNIX_EPOCH);
    Ok((meta.len(), age.map_or(0, |d| d.as_nanos())))
}
