// SPDX-License-Identifier: MIT OR Apache-2.0
//! What tells that a program was replaced.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// Returns size and modification time: enough to notice that a program was replaced.
pub(super) fn stamp(path: &Path) -> std::io::Result<(u64, u128)> {
    let meta = fs::metadata(path)?;
    let age = meta.modified()?.duration_since(UNIX_EPOCH);
    Ok((meta.len(), age.map_or(0, |d| d.as_nanos())))
}
