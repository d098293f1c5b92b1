// SPDX-License-Identifier: MIT OR Apache-2.0
//! The checkpoint that `scripts/fetch_model` brings.

use std::path::PathBuf;

/// Returns the folder of all-MiniLM-L6-v2, or says that it is not there.
pub(crate) fn checkpoint() -> Option<PathBuf> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let folder = PathBuf::from(root).join(".tools/models/all-minilm-l6-v2");
    if folder.join("model.safetensors").is_file() {
        return Some(folder);
    }
    eprintln!("all-MiniLM-L6-v2 is not there: nothing was tested (run scripts/fetch_model)");
    None
}
