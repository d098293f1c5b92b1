// SPDX-License-Identifier: MIT OR Apache-2.0
//! A file of a bundle before it is on the disk.

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the bundle, with forward slashes.
    pub path: String,
    /// Contents.
    pub text: String,
}

impl File {
    /// Builds a file.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }
}
