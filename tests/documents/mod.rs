// SPDX-License-Identifier: MIT OR Apache-2.0
//! The documents of the repository, for the tests that hold them to the truth.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the folder of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the README, what contributors read and every document below `docs`, with their paths.
pub(crate) fn documents() -> Vec<(PathBuf, String)> {
    let mut paths = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("is there") {
            let path = entry.expect("reads").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let read = |p: PathBuf| (fs::read_to_string(&p).expect("reads"), p);
    paths.into_iter().map(read).map(|(t, p)| (p, t)).collect()
}
