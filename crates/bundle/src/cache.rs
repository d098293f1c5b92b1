// SPDX-License-Identifier: MIT OR Apache-2.0
//! A content-addressed cache of build results.
//!
//! An entry is a folder named by the address of everything it was made from. It is built aside
//! under a lock of its own and renamed whole, so a process that dies leaves no half entry, and
//! tests that run in parallel build once. Each entry carries a seal with the size and checksum of
//! its files: a damaged one is rebuilt instead of being loaded. What has not been used for long, or
//! is the oldest of too much, goes before something new is built. Nothing here knows what is built.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::error::VerifyError;

/// Names the file that vouches for an entry.
const SEAL: &str = "seal.json";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Entries that nobody has used for so long are removed.
const UNUSED: Duration = Duration::from_secs(60 * 24 * 60 * 60);
/// Bytes above which the entries that were used last longest ago are removed, unless it was today.
const MOST_BYTES: u64 = 20 << 30;

/// Bytes without which no model can be built; a tool may have removed what it could not finish.
const ROOM: usize = 4 << 20;

/// A folder of entries.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
}

/// An entry that was found or has just been built.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Folder of the entry.
    pub dir: PathBuf,
    /// Whether it was there already.
    pub cached: bool,
}

#[derive(Serialize, Deserialize)]
struct Seal {
    files: Vec<Sealed>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Sealed {
    name: String,
    size: u64,
    sum: u64,
}

impl Cache {
    /// Opens the user's cache.
    pub fn open() -> Result<Self, VerifyError> {
        Self::at(&Self::place())
    }

    /// Returns the folder of the user's cache: `HWGEN_CACHE`, else `$XDG_CACHE_HOME/hwgen`, else
    /// `~/.cache/hwgen`, else a folder for temporary files.
    pub fn place() -> PathBuf {
        let set = |name| {
            let value = std::env::var_os(name).filter(|v| !v.is_empty());
            value.map(PathBuf::from)
        };
        set("HWGEN_CACHE")
            // A relative one is to be ignored, says the standard.
            .or_else(|| {
                Some(
                    set("XDG_CACHE_HOME")
                        .filter(|d| d.is_absolute())?
                        .join("hwgen"),
                )
            })
            .or_else(|| Some(set("HOME")?.join(".cache/hwgen")))
            .unwrap_or_else(|| std::env::temp_dir().join("hwgen-cache"))
    }

    /// Opens the cache in `dir`, which need not exist yet.
    pub fn at(dir: &Path) -> Result<Self, VerifyError> {
        let unusable = |e| VerifyError::cache(dir, &e);
        fs::create_dir_all(dir.join("locks")).map_err(unusable)?;
        let dir = dir.canonicalize().map_err(unusable)?;
        Ok(Self { dir })
    }

    /// Returns the folder of the cache.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the entry `key`, calling `build` with an empty folder if it must be made.
    ///
    /// Whatever `build` leaves in the folder becomes the entry. If it fails, nothing is kept.
    pub fn entry(
        &self,
        key: &str,
        build: impl FnOnce(&Path) -> Result<(), VerifyError>,
    ) -> Result<Entry, VerifyError> {
        let dir = self.dir.join(key);
        if intact(&dir) {
            used(&dir);
            return Ok(Entry { dir, cached: true });
        }
        let _lock = self.lock(key)?;
        // Another process may have built it while this one waited.
        if intact(&dir) {
            return Ok(Entry { dir, cached: true });
        }
        self.sweep();
        self.prune(UNUSED, MOST_BYTES);
        let part = self.dir.join(format!("{key}.part"));
        // Under the lock, a folder of this name can only be left from a process that died.
        remove(&part).map_err(|e| self.blamed(e))?;
        fs::create_dir(&part).map_err(|e| VerifyError::cache(&self.dir, &e))?;
        let made = build(&part)
            .and_then(|()| seal(&part))
            .and_then(|()| remove(&dir))
            .and_then(|()| fs::rename(&part, &dir).map_err(VerifyError::io(&dir)));
        if let Err(error) = made {
            // The first error is the one to report, unless a full disk is behind it: few tools
            // say that it was that.
            let full = matches!(
                error,
                VerifyError::ToolFailed { .. } | VerifyError::ToolUnfit { .. }
            );
            let full = full.then(|| probe(&part)).and_then(Result::err);
            let _ = remove(&part);
            return Err(match full {
                Some(full) => VerifyError::cache(&self.dir, &full),
                None => self.blamed(error),
            });
        }
        Ok(Entry { dir, cached: false })
    }

    /// Returns the folder of the entry `key` if it is there and intact, and notes its use.
    pub fn find(&self, key: &str) -> Option<PathBuf> {
        let dir = self.dir.join(key);
        intact(&dir).then(|| {
            used(&dir);
            dir
        })
    }

    /// Removes the entry `key`, which turned out to be of no use, so that it is built again.
    pub fn discard(&self, key: &str) -> Result<(), VerifyError> {
        let _lock = self.lock(key)?;
        remove(&self.dir.join(key)).map_err(|e| self.blamed(e))
    }

    /// Names the cache where the system has refused something in it.
    fn blamed(&self, error: VerifyError) -> VerifyError {
        match error {
            VerifyError::Io { path, source } if path.starts_with(&self.dir) => {
                VerifyError::cache(&self.dir, &source)
            }
            other => other,
        }
    }

    /// Waits for the lock of `key`; the system releases it if its holder dies.
    fn lock(&self, key: &str) -> Result<File, VerifyError> {
        let unusable = |e| VerifyError::cache(&self.dir, &e);
        let file = File::create(self.lock_path(key)).map_err(unusable)?;
        file.lock().map_err(unusable)?;
        Ok(file)
    }

    fn lock_path(&self, key: &str) -> PathBuf {
        self.dir.join("locks").join(key)
    }

    /// Removes the half-built folders of processes that died. A failure here harms nobody.
    fn sweep(&self) {
        for item in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let name = item.file_name();
            let Some(key) = name.to_str().and_then(|n| n.strip_suffix(".part")) else {
                continue;
            };
            let Ok(lock) = File::create(self.lock_path(key)) else {
                continue;
            };
            if lock.try_lock().is_ok() {
                let _ = fs::remove_dir_all(item.path());
            }
        }
    }

    /// Removes entries that were not used for `unused`, and more as long as there are over `most`
    /// bytes, the oldest first; never one of today. A failure here harms nobody.
    fn prune(&self, unused: Duration, most: u64) {
        let entry = |item: fs::DirEntry| {
            let age = SystemTime::now()
                .duration_since(last_use(&item.path())?)
                .ok()?;
            let files = fs::read_dir(item.path()).ok()?.flatten();
            let sizes = files.filter_map(|f| Some(f.metadata().ok()?.len()));
            Some((age, sizes.sum::<u64>(), item))
        };
        let all = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let mut entries: Vec<_> = all.filter_map(entry).collect();
        entries.sort_by_key(|(age, ..)| *age);
        let mut bytes = 0;
        for (age, size, item) in entries {
            bytes += size;
            if age < DAY || (age < unused && bytes <= most) {
                continue;
            }
            let lock = item.file_name().to_str().map(|key| self.lock_path(key));
            let Some(Ok(lock)) = lock.map(File::create) else {
                continue;
            };
            if lock.try_lock().is_ok() {
                let _ = fs::remove_dir_all(item.path());
            }
        }
    }
}

/// Tries whether there is room for what a tool writes.
fn probe(dir: &Path) -> std::io::Result<()> {
    let path = dir.join("probe");
    let wrote = fs::write(&path, vec![0x5a; ROOM]);
    let _ = fs::remove_file(&path);
    wrote
}

/// Notes that an entry is used now; without it the entry only goes too early.
fn used(dir: &Path) {
    if let Ok(seal) = File::options().append(true).open(dir.join(SEAL)) {
        let _ = seal.set_modified(SystemTime::now());
    }
}

/// Returns when an entry was used last; none for what is no entry.
fn last_use(dir: &Path) -> Option<SystemTime> {
    fs::metadata(dir.join(SEAL)).ok()?.modified().ok()
}

/// Tells whether `dir` holds what its seal says.
fn intact(dir: &Path) -> bool {
    let Ok(text) = fs::read(dir.join(SEAL)) else {
        return false;
    };
    let Ok(seal) = serde_json::from_slice::<Seal>(&text) else {
        return false;
    };
    seal.files
        .iter()
        .all(|s| describe(dir, &s.name).is_ok_and(|now| now == *s))
}

/// Writes the seal of the files of `dir`; folders below it are removed as mere workspace.
fn seal(dir: &Path) -> Result<(), VerifyError> {
    let mut files = Vec::new();
    for item in fs::read_dir(dir).map_err(VerifyError::io(dir))? {
        let item = item.map_err(VerifyError::io(dir))?;
        let kind = item.file_type().map_err(VerifyError::io(dir))?;
        if kind.is_dir() {
            remove(&item.path())?;
        } else if let Some(name) = item.file_name().to_str() {
            files.push(describe(dir, name).map_err(VerifyError::io(&item.path()))?);
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let path = dir.join(SEAL);
    let text = serde_json::to_vec(&Seal { files }).expect("a seal is plain data");
    fs::write(&path, text).map_err(VerifyError::io(&path))
}

fn describe(dir: &Path, name: &str) -> std::io::Result<Sealed> {
    let bytes = fs::read(dir.join(name))?;
    Ok(Sealed {
        name: name.to_owned(),
        size: bytes.len() as u64,
        sum: checksum(&bytes),
    })
}

/// Guards against truncation and bad sectors, not against malice: a fraction of the time of
/// SHA-256, because it is taken at every load.
fn checksum(bytes: &[u8]) -> u64 {
    let mut sum = 0x9e37_79b9_7f4a_7c15_u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        sum = (sum ^ u64::from_le_bytes(*word)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        sum ^= sum >> 32;
    }
    for &byte in rest {
        sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    sum
}

fn remove(dir: &Path) -> Result<(), VerifyError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(VerifyError::io(dir)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes entries of a kilobyte that were used so many days ago, and checks which survive pruning.
    fn survive(days: &[u64], unused: u64, most: u64, expected: &[u64]) {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(folder.path()).expect("opens");
        for day in days {
            let fill = |part: &Path| {
                fs::write(part.join("data"), [0; 1024]).expect("writes");
                Ok(())
            };
            let made = cache.entry(&day.to_string(), fill).expect("builds");
            let seal = File::options().append(true).open(made.dir.join(SEAL));
            let then = SystemTime::now() - DAY * (*day as u32);
            seal.expect("is there").set_modified(then).expect("sets");
        }
        let there = |day: &&u64| cache.dir.join(day.to_string()).exists();
        let mut left = days.to_vec();
        // A process that another test has just forked holds our locks until it becomes its program,
        // and what is locked stays.
        for _ in 0..1000 {
            cache.prune(DAY * unused as u32, most);
            left.retain(|day| there(&day));
            if left == expected {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(left, expected);
    }

    #[test]
    fn what_was_not_used_for_long_goes() {
        survive(&[0, 20, 40, 80], 60, u64::MAX, &[0, 20, 40]);
    }

    #[test]
    fn the_oldest_of_too_much_go_but_none_of_today() {
        survive(&[0, 5, 9, 7], 60, 3 * 1024, &[0, 5]);
        survive(&[0, 5], 60, 10, &[0]);
    }

    #[test]
    fn a_use_counts() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(folder.path()).expect("opens");
        let made = cache.entry("a", |_| Ok(())).expect("builds");
        let seal = File::options().append(true).open(made.dir.join(SEAL));
        let then = SystemTime::now() - 90 * DAY;
        seal.expect("is there").set_modified(then).expect("sets");
        assert!(cache.entry("a", |_| unreachable!()).expect("finds").cached);
        cache.prune(UNUSED, MOST_BYTES);
        assert!(made.dir.exists());
    }
}
