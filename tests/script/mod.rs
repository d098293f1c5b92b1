// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs that a test writes and has run.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes an executable script.
///
/// Another process writes it: a file that this one had open might still be open in what another
/// test's thread is just starting, and the system runs no file that somebody may write ("text file
/// busy").
pub(crate) fn write(path: &Path, text: &str) {
    let mut shell = Command::new("/bin/sh")
        .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::piped())
        .spawn()
        .expect("there is a shell");
    let mut pipe = shell.stdin.take().expect("is piped");
    pipe.write_all(text.as_bytes()).expect("writes");
    drop(pipe);
    assert!(shell.wait().expect("ends").success(), "{}", path.display());
}
