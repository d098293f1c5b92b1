// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver in C, compiled with a file of the tests, as a library.

#![allow(dead_code, unreachable_pub)] // Every test uses a part.

use std::fs;
use std::path::Path;
use std::process::Command;

use libloading::Library;

/// Words of every compiler.
const STRICT: [&str; 6] = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-I", "."];

/// Puts the files of the driver, as they are in a bundle, into a folder.
pub fn write(folder: &Path) {
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).expect("writes");
    put("hwgen_regs.h", &hwgen_generate::registers::header());
    put("hwgen.h", hwgen_driver::C_HEADER);
    put("hwgen.c", hwgen_driver::C_SOURCE);
}

/// Compiles in a folder, without a word.
pub fn compile(folder: &Path, compiler: &str, words: &[&str]) {
    let out = Command::new(compiler)
        .args(STRICT)
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|e| panic!("{compiler}: {e}"));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && said.is_empty(), "{words:?}\n{said}");
}

/// Compiles the driver with these texts to a library and loads it.
#[allow(unsafe_code)]
pub fn load(texts: &[&str]) -> Library {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    let mut files = vec!["hwgen.c".to_owned()];
    for (i, text) in texts.iter().enumerate() {
        files.push(format!("test{i}.c"));
        fs::write(folder.path().join(&files[i + 1]), text).expect("writes");
    }
    let words = ["-std=c99", "-O1", "-shared", "-fPIC", "-o", "driver.so"];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    compile(folder.path(), "cc", &[&words[..], &files].concat());
    // SAFETY: nothing runs when the library is loaded; its functions are declared where they are
    // called.
    unsafe { Library::new(folder.path().join("driver.so")) }.expect("loads")
}
