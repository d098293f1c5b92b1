// SPDX-License-Identifier: MIT OR Apache-2.0
//! Embeds the folder of SystemVerilog templates: writes a sorted table of `include_str!`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(var("CARGO_MANIFEST_DIR")?).join("rtl_templates");
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for path in &files {
        let name = path.strip_prefix(&root).map_err(io::Error::other)?;
        // Forward slashes on every system: the names are keys, not paths.
        let name = name
            .components()
            .map(|c| c.as_os_str().to_string_lossy())
            .collect::<Vec<_>>()
            .join("/");
        writeln!(
            table,
            "    ({name:?}, include_str!({0:?})),",
            path.to_string_lossy()
        )
        .map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    fs::write(PathBuf::from(var("OUT_DIR")?).join("templates.rs"), table)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", dir.display());
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.to_string_lossy();
        if path.is_dir() {
            collect(&path, files)?;
        } else if name.ends_with(".sv") || name.ends_with(".sv.j2") {
            files.push(path);
        }
    }
    Ok(())
}

fn var(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}
