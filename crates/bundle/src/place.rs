// SPDX-License-Identifier: MIT OR Apache-2.0
//! Puts a rendered bundle on the disk: whole or not at all, and never over foreign work.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::digest::sha256;
use crate::file::File;
use crate::manifest::FILE_NAME;
use hwgen_console::error::Error;

/// Times that a bundle is put in place before others who write there are complained of.
const ATTEMPTS: u32 = 8;

/// What is at the place where a bundle shall stand.
struct Standing {
    /// Files below the folder, with forward slashes.
    files: BTreeSet<String>,
}

/// Writes `files` to the folder `target`; an unchanged bundle is left alone.
///
/// Refuses to replace what hwgen has not written, and, unless `force`, a bundle whose files were
/// edited since. The files are written to a folder beside the target, which is then renamed.
pub fn write(files: &[File], target: &Path, force: bool) -> Result<(), Error> {
    // Somebody else may write the same folder meanwhile: what stands there is then judged afresh.
    for _ in 1..ATTEMPTS {
        match attempt(files, target, force)? {
            Outcome::Done => return Ok(()),
            Outcome::Overtaken => {}
        }
    }
    match attempt(files, target, force)? {
        Outcome::Done => Ok(()),
        Outcome::Overtaken => {
            let shown = target.display();
            Err(Error::input(format!(
                "{shown}: others write here at the same time; nothing was touched \
                 (wait for them, or name another folder)"
            )))
        }
    }
}

/// Whether a bundle was put in place, or somebody else was faster.
enum Outcome {
    Done,
    Overtaken,
}

fn attempt(files: &[File], target: &Path, force: bool) -> Result<Outcome, Error> {
    let target = resolve(target)?;
    let standing = standing(&target)?;
    if let Some(standing) = &standing {
        refuse_foreign(&target, standing)?;
        if differences_in(files, &target, standing)?.is_empty() {
            return Ok(Outcome::Done);
        }
        if !force {
            refuse_edited(&target, standing)?;
        }
    }
    let parent = target.parent().map(Path::to_path_buf).unwrap_or_default();
    let made = make_folders(&parent)?;
    let result = write_beside(files, &parent, &target, standing.is_some());
    if result.is_err() {
        for folder in made.iter().rev() {
            // Not empty means that somebody else has begun to use it.
            let _ = fs::remove_dir(folder);
        }
    }
    result
}

/// Compares `files` with the folder `target`; returns one line a difference.
pub fn differences(files: &[File], target: &Path) -> Result<Vec<String>, Error> {
    let target = resolve(target)?;
    match standing(&target)? {
        Some(standing) => differences_in(files, &target, &standing),
        None => Ok(vec![format!(
            "{}: there is no such folder",
            target.display()
        )]),
    }
}

/// Follows links, so that a link to a folder is kept and the folder replaced.
fn resolve(target: &Path) -> Result<PathBuf, Error> {
    match fs::canonicalize(target) {
        Ok(path) if path.parent().is_none() => {
            let path = path.display();
            Err(Error::input(format!(
                "{path}: cannot be a bundle (name a folder below it)"
            )))
        }
        Ok(path) => Ok(path),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            std::path::absolute(target).map_err(|e| Error::path(target, "use as a folder", &e))
        }
        Err(e) => Err(Error::path(target, "use as a folder", &e)),
    }
}

fn standing(target: &Path) -> Result<Option<Standing>, Error> {
    match fs::metadata(target) {
        Ok(meta) if meta.is_dir() => {}
        Ok(_) => {
            let e = io::Error::from(io::ErrorKind::NotADirectory);
            return Err(Error::path(target, "write a bundle", &e));
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::path(target, "read", &e)),
    }
    let mut files = BTreeSet::new();
    let mut pending = vec![target.to_path_buf()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).map_err(|e| Error::path(&folder, "read", &e))? {
            let entry = entry.map_err(|e| Error::path(&folder, "read", &e))?;
            let kind = entry
                .file_type()
                .map_err(|e| Error::path(&entry.path(), "read", &e))?;
            if kind.is_dir() {
                pending.push(entry.path());
            } else {
                let path = entry.path();
                let below = path.strip_prefix(target).unwrap_or(&path).components();
                let parts: Vec<_> = below.map(|c| c.as_os_str().to_string_lossy()).collect();
                files.insert(parts.join("/"));
            }
        }
    }
    Ok(Some(Standing { files }))
}

/// Reads the manifest in `target`, if hwgen has written it.
pub fn written(target: &Path) -> Option<serde_json::Value> {
    let text = fs::read_to_string(target.join(FILE_NAME)).ok()?;
    // Read loosely: a bundle of an older release is a bundle.
    let manifest: serde_json::Value = serde_json::from_str(&text).ok()?;
    let ours = manifest.get("generator")?.as_str()?.starts_with("hwgen ");
    ours.then_some(manifest)
}

/// Reads `path -> hash` of the bundle that stands in `target`, if hwgen has written one there.
fn recorded(target: &Path) -> Option<Vec<(String, String)>> {
    let manifest = written(target)?;
    let files = manifest.get("files")?.as_object()?.iter();
    Some(
        files
            .map(|(p, h)| (p.clone(), h.as_str().unwrap_or_default().to_owned()))
            .collect(),
    )
}

fn refuse_foreign(target: &Path, standing: &Standing) -> Result<(), Error> {
    if standing.files.is_empty() {
        return Ok(());
    }
    let shown = target.display();
    let Some(recorded) = recorded(target) else {
        return Err(Error::input(format!(
            "{shown}: holds files that hwgen did not write; nothing was touched (name another folder)"
        )));
    };
    let foreign: Vec<&String> = standing
        .files
        .iter()
        .filter(|f| *f != FILE_NAME && recorded.iter().all(|(p, _)| p != *f))
        .collect();
    if foreign.is_empty() {
        return Ok(());
    }
    let line = |f: &&String| {
        format!("{shown}/{f}: not a file of the bundle; nothing was touched (move it away first)")
    };
    Err(Error::Input(foreign.iter().map(line).collect()))
}

fn refuse_edited(target: &Path, standing: &Standing) -> Result<(), Error> {
    let mut edited = Vec::new();
    for (path, hash) in recorded(target).unwrap_or_default() {
        if !standing.files.contains(&path) {
            continue;
        }
        let full = target.join(&path);
        let bytes = fs::read(&full).map_err(|e| Error::path(&full, "read", &e))?;
        if sha256(&bytes) != hash {
            let full = full.display();
            edited.push(format!(
                "{full}: edited since it was emitted; nothing was touched \
                 (--force overwrites it, -o names another folder)"
            ));
        }
    }
    if edited.is_empty() {
        Ok(())
    } else {
        Err(Error::Input(edited))
    }
}

fn differences_in(
    files: &[File],
    target: &Path,
    standing: &Standing,
) -> Result<Vec<String>, Error> {
    let mut out = Vec::new();
    for file in files {
        let full = target.join(&file.path);
        if !standing.files.contains(&file.path) {
            out.push(format!("{}: missing", full.display()));
            continue;
        }
        let bytes = fs::read(&full).map_err(|e| Error::path(&full, "read", &e))?;
        if bytes != file.text.as_bytes() {
            out.push(format!("{}: differs", full.display()));
        }
    }
    for extra in &standing.files {
        if files.iter().all(|f| f.path != *extra) {
            out.push(format!(
                "{}: not a file of the bundle",
                target.join(extra).display()
            ));
        }
    }
    Ok(out)
}

/// Creates `folder` and what is missing above it; returns what was created, outermost first.
fn make_folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|p| !p.exists()).collect();
    let mut made = Vec::new();
    for path in missing.into_iter().rev() {
        match fs::create_dir(path) {
            Ok(()) => made.push(path.to_path_buf()),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => {
                for folder in made.iter().rev() {
                    let _ = fs::remove_dir(folder);
                }
                return Err(Error::path(path, "create", &e));
            }
        }
    }
    Ok(made)
}

fn write_beside(
    files: &[File],
    parent: &Path,
    target: &Path,
    replace: bool,
) -> Result<Outcome, Error> {
    let fail = |e: &io::Error| Error::path(target, "write", e);
    // Dropped on any way out of this function, and removed with all that is in it.
    let aside = tempfile::Builder::new()
        .prefix(".hwgen-")
        .tempdir_in(parent)
        .map_err(|e| fail(&e))?;
    let fresh = aside.path().join("new");
    fs::create_dir(&fresh).map_err(|e| fail(&e))?;
    for file in files {
        let path = fresh.join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| fail(&e))?;
        }
        fs::write(&path, &file.text).map_err(|e| fail(&e))?;
    }
    let old = aside.path().join("old");
    if replace {
        match fs::rename(target, &old) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Outcome::Overtaken),
            moved => moved.map_err(|e| fail(&e))?,
        }
    }
    let Err(e) = fs::rename(&fresh, target) else {
        return Ok(Outcome::Done);
    };
    if replace {
        let _ = fs::rename(&old, target);
    }
    match e.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => Ok(Outcome::Overtaken),
        _ => Err(fail(&e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(rtl: &str) -> Vec<File> {
        let manifest = serde_json::json!({
            "generator": "hwgen 0.0.1",
            "files": { "rtl/a.sv": sha256(rtl.as_bytes()) },
        });
        vec![
            File::new("manifest.json", manifest.to_string()),
            File::new("rtl/a.sv", rtl),
        ]
    }

    fn said(result: Result<(), Error>, below: &Path) -> String {
        let below = fs::canonicalize(below).expect("exists");
        let text = result.expect_err("is refused").to_string();
        text.replace(&format!("{}/", below.display()), "")
    }

    #[test]
    fn a_bundle_is_written_replaced_and_compared() {
        let dir = tempfile::tempdir().expect("a folder");
        let target = dir.path().join("a/b");
        write(&files("one"), &target, false).expect("writes");
        assert_eq!(differences(&files("one"), &target).expect("reads"), [""; 0]);
        assert_eq!(differences(&files("two"), &target).expect("reads").len(), 2);
        write(&files("two"), &target, false).expect("replaces");
        assert_eq!(
            fs::read_to_string(target.join("rtl/a.sv")).expect("is there"),
            "two"
        );
        let left: Vec<_> = fs::read_dir(dir.path().join("a")).expect("reads").collect();
        assert_eq!(left.len(), 1, "nothing is left beside it: {left:?}");
    }

    #[test]
    fn foreign_and_edited_files_are_not_touched() {
        let dir = tempfile::tempdir().expect("a folder");
        let target = dir.path().join("b");
        fs::create_dir(&target).expect("makes");
        write(&files("one"), &target, false).expect("an empty folder is free");
        fs::write(target.join("rtl/a.sv"), "mine").expect("writes");
        assert_eq!(
            said(write(&files("two"), &target, false), dir.path()),
            "b/rtl/a.sv: edited since it was emitted; nothing was touched \
             (--force overwrites it, -o names another folder)"
        );
        assert_eq!(
            fs::read_to_string(target.join("rtl/a.sv")).expect("is there"),
            "mine"
        );
        fs::write(target.join("notes.txt"), "mine").expect("writes");
        assert_eq!(
            said(write(&files("two"), &target, true), dir.path()),
            "b/notes.txt: not a file of the bundle; nothing was touched (move it away first)"
        );
        fs::remove_file(target.join("notes.txt")).expect("removes");
        write(&files("two"), &target, true).expect("forced");
        fs::write(target.join("manifest.json"), "{}").expect("writes");
        assert_eq!(
            said(write(&files("two"), &target, true), dir.path()),
            "b: holds files that hwgen did not write; nothing was touched (name another folder)"
        );
    }

    #[test]
    fn a_file_in_the_way_leaves_nothing_behind() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("f"), "x").expect("writes");
        assert_eq!(
            said(
                write(&files("one"), &dir.path().join("f"), false),
                dir.path()
            ),
            "f: cannot write a bundle: a file stands in place of a folder; name another path"
        );
        assert_eq!(
            said(
                write(&files("one"), &dir.path().join("f/g/h"), false),
                dir.path()
            ),
            "f/g/h: cannot use as a folder: a file stands in place of a folder; name another path"
        );
        let left = fs::read_dir(dir.path()).expect("reads").count();
        assert_eq!(left, 1);
    }
}
