// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing of results: standard output, and files that a user names, such as that of `--json`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::error::Error;

/// Writes `text` to standard output.
pub fn print(text: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(Error::Stdout)
}

/// Warns on standard error; there is nobody left to tell if that fails.
pub fn warn(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "hwgen: warning: {text}");
}

/// Writes `value` as JSON to `path`, or to standard output if that is `-`.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|e| Error::input(format!("cannot express the result as JSON ({e})")))?;
    text.push('\n');
    if path == Path::new("-") {
        return print(&text);
    }
    write_file(path, &text)
}

/// Writes the whole of `text` to the file `path`, or leaves what was there.
pub fn write_file(path: &Path, text: &str) -> Result<(), Error> {
    write_bytes(path, text.as_bytes())
}

/// Writes all of `bytes` to the file `path`, or leaves what was there.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let fail = |e: &io::Error| Error::path(path, "write", e);
    // A link stays a link; a file that does not exist yet has no other name.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if fs::metadata(&target).is_ok_and(|m| !m.is_file()) {
        // A device or a pipe cannot be replaced; a folder is refused by the system.
        return fs::write(&target, bytes).map_err(|e| fail(&e));
    }
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::PermissionsExt;
        // As for any new file: the umask of the user takes away what it will.
        let mode = fs::metadata(&target).map_or(0o666, |m| m.permissions().mode());
        builder.permissions(fs::Permissions::from_mode(mode))
    };
    let mut aside = builder
        .prefix(".hwgen-")
        .tempfile_in(parent)
        // The name that the user gave stands in the message, not that of the file aside.
        .map_err(|e| fail(&e.kind().into()))?;
    aside
        .write_all(bytes)
        .and_then(|()| aside.flush())
        .map_err(|e| fail(&e))?;
    aside.persist(&target).map_err(|e| fail(&e.error))?;
    Ok(())
}

/// Lays out rows in columns: text to the left, figures (a first digit) to the right.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| {
        rows.iter()
            .filter_map(|r| r.get(c))
            .map(|s| s.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or(0)).collect();
    let figures = |c: usize| {
        let body = rows.iter().skip(1).filter_map(|r| r.get(c));
        body.clone().next().is_some()
            && body
                .clone()
                .all(|s| s.starts_with(|d: char| d.is_ascii_digit()))
    };
    let right: Vec<bool> = (0..columns).map(figures).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (c, cell) in row.iter().enumerate() {
            let w = widths[c];
            let padded = if right[c] {
                format!("{cell:>w$}")
            } else {
                format!("{cell:<w$}")
            };
            line.push_str(&padded);
            line.push_str("  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn figures_stand_to_the_right() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        let got = super::table(&[row("what", "n"), row("a", "5"), row("bcdefg", "100")]);
        assert_eq!(got, "what      n\na         5\nbcdefg  100\n");
    }
}
