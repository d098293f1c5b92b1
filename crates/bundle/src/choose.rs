// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens the bundle that a user names, and chooses engines of it.

use std::path::{Path, PathBuf};

use hwgen_console::error::Error;

use crate::error::VerifyError;
use crate::manifest::{Bundle, Engine};

/// Opens the bundle in `dir`.
pub fn open(dir: &Path) -> Result<Bundle, Error> {
    Bundle::open(dir).map_err(|e| VerifyError::from(e).into())
}

/// Returns an error of a tool that read the modules of `bundle` by their plain names, with the files
/// that lie there.
pub fn with_real_files(bundle: &Bundle, error: Error) -> Error {
    error.reworded(|text| bundle.manifest.with_real_files(text))
}

/// Returns the engines of a bundle that `block` and `variant` choose.
pub fn engines<'a>(
    bundle: &'a Bundle,
    block: Option<&str>,
    variant: Option<&str>,
) -> Result<Vec<&'a Engine>, Error> {
    let all = &bundle.manifest.engines;
    let wanted = |e: &&Engine| {
        block.is_none_or(|b| b == "all" || b == e.block) && variant.is_none_or(|v| v == e.variant)
    };
    let chosen: Vec<&Engine> = all.iter().filter(wanted).collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let there: Vec<String> = all
        .iter()
        .map(|e| format!("{} {}", e.block, e.variant))
        .collect();
    let asked = [("--block", block), ("--variant", variant)];
    let asked: Vec<String> = asked
        .iter()
        .filter_map(|(flag, value)| value.map(|v| format!("{flag} {v}")))
        .collect();
    let (asked, there, dir) = (asked.join(" "), there.join(", "), bundle.dir.display());
    Err(Error::input(format!(
        "{asked}: {dir} holds no such engine (there are {there})"
    )))
}

/// Returns the folder for what a failing bundle leaves: beside it, under a name that no design has;
/// what was derived from it has a folder of its own in there.
pub fn artifacts(bundle: &Bundle) -> PathBuf {
    let dir = bundle.origin.as_ref().map_or(&bundle.dir, |o| &o.dir);
    let dir = match dir.file_name() {
        Some(_) => dir.clone(),
        // `.` has a name only when it is spelt out.
        None => std::fs::canonicalize(dir).unwrap_or_default(),
    };
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let place = dir.with_file_name(format!("{name}-failures"));
    match &bundle.origin {
        Some(origin) => place.join(
            origin
                .what
                .replace(|c: char| !c.is_alphanumeric() && c != '_', "-"),
        ),
        None => place,
    }
}
