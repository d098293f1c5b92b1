// SPDX-License-Identifier: MIT OR Apache-2.0
//! Embeds the folders of templates: writes a sorted table of `include_str!` for each.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    embed("rtl_templates", "templates.rs", &["sv", "j2"])?;
    embed("flow_templates", "flows.rs", &["j2"])
}

/// Writes `table` to the build's folder: names and texts of the files of `folder` that end in one of
/// `endings`.
fn embed(folder: &str, table: &str, endings: &[&str]) -> io::Result<()> {
    let root = PathBuf::from(var("CARGO_MANIFEST_DIR")?)
        .join("../..")
        .join(folder)
        .canonicalize()?;
    let mut files = Vec::new();
    collect(&root, endings, &mut files)?;
    files.sort();
    let mut text = String::from("&[\n");
    for path in &files {
        let name = path.strip_prefix(&root).map_err(io::Error::other)?;
        // Forward slashes on every system: the names are keys, not paths.
        let name = name
            .components()
            .map(|c| c.as_os_str().to_string_lossy())
            .collect::<Vec<_>>()
            .join("/");
        writeln!(
            text,
            "    ({name:?}, include_str!({0:?})),",
            path.to_string_lossy()
        )
        .map_err(io::Error::other)?;
    }
    text.push_str("]\n");
    fs::write(PathBuf::from(var("OUT_DIR")?).join(table), text)
}

fn collect(dir: &Path, endings: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", dir.display());
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, endings, files)?;
        } else if path
            .extension()
            .is_some_and(|e| endings.iter().any(|&w| e == w))
        {
            files.push(path);
        }
    }
    Ok(())
}

fn var(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}
