// SPDX-License-Identifier: MIT OR Apache-2.0
//! Loads a compiled model, and says what mends one that cannot be loaded.

#![allow(unsafe_code)]

use std::path::Path;

use hwgen_bundle::error::VerifyError;
use libloading::{Library, os::unix};

/// Loads the shared object of a model.
///
/// Every symbol is bound now: one that is missing is an error here, not the end of the process when
/// it is first called.
pub(crate) fn load(path: &Path) -> Result<Library, VerifyError> {
    // SAFETY: the file is a sealed cache entry that `Model::build` compiled; its static
    // initialisers are those of Verilator's runtime, which has no precondition.
    let library = unsafe { unix::Library::open(Some(path), unix::RTLD_NOW | unix::RTLD_LOCAL) };
    let library = library.map_err(|error| refused(path, &words(&error)))?;
    Ok(library.into())
}

/// Returns what the system's loader said; the library around it says only that it failed.
pub(crate) fn words(error: &libloading::Error) -> String {
    let said = std::error::Error::source(error).map(ToString::to_string);
    said.unwrap_or_else(|| error.to_string())
}

/// Builds the error of a model that cannot be loaded, with what mends it.
pub(crate) fn refused(path: &Path, reason: &str) -> VerifyError {
    let name = format!("{}: ", path.display());
    let reason = reason.replace(&name, "");
    if reason.contains("failed to map segment") || reason.contains("Operation not permitted") {
        // A mount that forbids to run programs, which is what a model is.
        let entry = path.parent().unwrap_or(path);
        return VerifyError::Cache {
            dir: entry.parent().unwrap_or(entry).to_owned(),
            reason: format!("programs cannot be run from its file system (noexec): {reason}"),
            remedy: "set HWGEN_CACHE to a folder on another one".into(),
        };
    }
    let remedy = if reason.contains("undefined symbol") {
        "the compiler left it open: mend CXXFLAGS and LDFLAGS, or set CXX to another compiler"
    } else if reason.contains("cannot open shared object file") {
        "install that library or add its folder to LD_LIBRARY_PATH, or set CXX to another compiler"
    } else {
        "mend CXX, CXXFLAGS and LDFLAGS, which must make code for this machine"
    };
    VerifyError::Load {
        path: path.to_owned(),
        reason,
        remedy: remedy.to_owned(),
    }
}
