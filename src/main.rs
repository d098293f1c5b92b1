// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `hwgen` command.

use std::panic::resume_unwind;
use std::process::ExitCode;
use std::thread::Builder;

/// Bytes of the stack. A model of a wide core keeps its intermediate values there: rows of 16 tokens
/// of 64 elements from 16 channels need more than 2 MiB, and a system gives 8 where nobody says else.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    match Builder::new().stack_size(STACK).spawn(hwgen::cli::main) {
        Ok(all) => all.join().unwrap_or_else(|panic| resume_unwind(panic)),
        // Where memory is that short, narrow models still run.
        Err(_) => hwgen::cli::main(),
    }
}
