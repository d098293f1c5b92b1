// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line, as a test calls it.

use std::path::Path;
use std::process::Command;

/// Runs hwgen in `folder` with the words of `line`; returns exit code, output and messages.
pub(crate) fn hwgen(folder: &Path, line: &str) -> (i32, String, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_hwgen"))
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let code = ran.status.code().expect("ends");
    (code, text(ran.stdout), text(ran.stderr))
}
