// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `hwgen` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    hwgen::cli::main()
}
