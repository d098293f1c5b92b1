// SPDX-License-Identifier: MIT OR Apache-2.0
//! The build cache under parallel use, crashes, damage and full disks.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use hwgen_bundle::cache::Cache;
use hwgen_bundle::error::VerifyError;

/// Opens an empty cache of the test `name`.
fn empty(name: &str) -> (Cache, PathBuf) {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&dir);
    (Cache::at(&dir).expect("the target folder is writable"), dir)
}

fn write(dir: &Path) -> Result<(), VerifyError> {
    let path = dir.join("model.so");
    fs::write(&path, [7; 5000]).map_err(VerifyError::io(&path))
}

/// Lists the folders of unfinished builds.
fn leftovers(dir: &Path) -> Vec<PathBuf> {
    let items = fs::read_dir(dir).expect("the cache is there").flatten();
    let paths = items.map(|i| i.path());
    paths
        .filter(|p| p.extension().is_some_and(|e| e == "part"))
        .collect()
}

#[test]
fn parallel_users_build_once() {
    let (cache, _) = empty("cache_parallel");
    let built = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let entry = cache.entry("k", |dir| {
                    built.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(std::time::Duration::from_millis(50));
                    write(dir)
                });
                assert!(entry.expect("it builds").dir.join("model.so").is_file());
            });
        }
    });
    assert_eq!(built.load(Ordering::Relaxed), 1);
}

#[test]
fn a_killed_build_leaves_nothing_that_is_used() {
    let (cache, dir) = empty("cache_killed");
    // What a process leaves that died while it built these two.
    for key in ["mine", "other"] {
        let part = dir.join(format!("{key}.part"));
        fs::create_dir(&part).expect("writable");
        fs::write(part.join("model.so"), "half").expect("writable");
    }
    // And one that died between building and sealing, with an older layout of folders.
    fs::create_dir(dir.join("mine")).expect("writable");
    fs::write(dir.join("mine/model.so"), "half").expect("writable");
    let entry = cache.entry("mine", write).expect("it builds");
    assert!(!entry.cached);
    let found = fs::read(entry.dir.join("model.so")).expect("it is there");
    assert_eq!(found.len(), 5000);
    assert!(leftovers(&dir).is_empty());
}

#[test]
fn the_folder_of_a_living_build_is_not_swept() {
    let (cache, dir) = empty("cache_living");
    let outer = cache.entry("slow", |part| {
        cache.entry("quick", write)?;
        assert!(part.is_dir(), "swept while in use");
        write(part)
    });
    outer.expect("it builds");
    assert!(leftovers(&dir).is_empty());
}

#[test]
fn a_damaged_entry_is_rebuilt() {
    let (cache, _) = empty("cache_damaged");
    let path = cache
        .entry("k", write)
        .expect("it builds")
        .dir
        .join("model.so");
    let cut = |n: usize| fs::write(&path, vec![7; n]).expect("writable");
    let flip = || {
        let mut bytes = vec![7; 5000];
        bytes[4321] = 6;
        fs::write(&path, bytes).expect("writable");
    };
    let damages: [&dyn Fn(); 3] = [&|| cut(100), &flip, &|| {
        fs::remove_file(&path).expect("writable");
    }];
    for damage in damages {
        damage();
        let entry = cache.entry("k", write).expect("it builds");
        assert!(!entry.cached);
        assert!(cache.entry("k", write).expect("it is there").cached);
    }
}

#[test]
fn a_failing_build_does_not_poison() {
    let (cache, dir) = empty("cache_failing");
    let failed = cache.entry("k", |part| {
        write(part)?;
        Err(VerifyError::Stopped)
    });
    assert!(matches!(failed, Err(VerifyError::Stopped)));
    assert!(leftovers(&dir).is_empty());
    assert!(!cache.entry("k", write).expect("it builds").cached);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_named_and_leaves_no_entry() {
    let (cache, dir) = empty("cache_full");
    let failed = cache.entry("k", |part| {
        write(part)?;
        let full = Path::new("/dev/full");
        let mut file = fs::File::options().write(true).open(full);
        let file = file.as_mut().map_err(|_| VerifyError::Stopped)?;
        file.write_all(b"x").map_err(VerifyError::io(full))
    });
    let said = failed.expect_err("the disk is full").to_string();
    assert!(said.contains("No space left on device"), "{said}");
    assert!(!dir.join("k").exists());
    assert!(leftovers(&dir).is_empty());
}
