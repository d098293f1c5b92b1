// SPDX-License-Identifier: MIT OR Apache-2.0
//! A disk that a test can have full, small or read-only.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A disk of its own, which goes away whatever happens; needs root.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts one with the options of `mount`, or says that it cannot.
    pub(crate) fn mounted(at: PathBuf, options: &str) -> Option<Self> {
        fs::create_dir(&at).expect("makes");
        let disk = Self(at);
        let done = disk.call(&["mount", "-t", "tmpfs", "-o", options, "tmpfs"]);
        if !done {
            eprintln!("skipped: to mount a disk needs root");
        }
        done.then_some(disk)
    }

    /// Mounts it again with other options, which must succeed.
    pub(crate) fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(self.call(&["mount", "-o", &options]), "remounts");
    }

    fn call(&self, words: &[&str]) -> bool {
        let mut command = Command::new(words[0]);
        let done = command.args(&words[1..]).arg(&self.0).output();
        done.is_ok_and(|d| d.status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.call(&["umount", "-l"]);
    }
}
