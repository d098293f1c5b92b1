// SPDX-License-Identifier: MIT OR Apache-2.0
//! A faster allocator for Verilator, which spends a quarter of its time in that of the C library.
//!
//! Used where one is installed. It changes nothing that Verilator writes, so no key names it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the libraries that the loader of the system takes before all others.
const VARIABLE: &str = "LD_PRELOAD";
/// The libraries, the fastest first.
const LIBRARIES: [&str; 3] = [
    "libjemalloc.so.2",
    "libtcmalloc_minimal.so.4",
    "libtcmalloc.so.4",
];

/// Looks for the library of an allocator where distributions put theirs.
pub(super) fn find() -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let arch = std::env::consts::ARCH;
    let folders = [
        format!("/usr/lib/{arch}-linux-gnu"),
        "/usr/lib64".into(),
        "/usr/lib".into(),
        "/usr/local/lib".into(),
    ];
    let all = LIBRARIES.iter().flat_map(|name| {
        let path = |folder: &String| Path::new(folder).join(name);
        folders.iter().map(path).collect::<Vec<_>>()
    });
    // Debian's folder is of this architecture; another one may hold libraries of a second.
    let mut there = all.filter(|path| path.is_file() && fits(path));
    there.next()
}

/// Tells whether a library is one for programs like this one: the loader complains of others.
fn fits(path: &Path) -> bool {
    let head = |path: &Path| -> Option<[u8; 20]> {
        let mut bytes = [0; 20];
        let mut file = std::fs::File::open(path).ok()?;
        std::io::Read::read_exact(&mut file, &mut bytes).ok()?;
        Some(bytes)
    };
    let own = std::env::current_exe().ok().and_then(|own| head(&own));
    // Class, byte order and machine of an ELF file.
    let kind = |bytes: [u8; 20]| ([bytes[4], bytes[5]], [bytes[18], bytes[19]]);
    own.is_some() && own.map(kind) == head(path).map(kind)
}

/// Lets a program run with the library, behind those that the user has asked for.
pub(super) fn preload(command: &mut Command, library: &Path) {
    let mut list = std::env::var_os(VARIABLE).unwrap_or_default();
    if !list.is_empty() {
        list.push(":");
    }
    list.push(OsString::from(library));
    command.env(VARIABLE, list);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_fits_programs_of_its_machine() {
        let own = std::env::current_exe().expect("runs");
        assert!(fits(&own));
        assert!(!fits(Path::new("/dev/null")));
        if let Some(found) = find() {
            let mut command = Command::new("true");
            preload(&mut command, &found);
            let set = command.get_envs().find(|(name, _)| *name == VARIABLE);
            let (_, value) = set.expect("is set");
            let value = value.expect("is set").to_string_lossy().into_owned();
            assert!(value.ends_with(&*found.to_string_lossy()), "{value}");
        }
    }
}
