// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files that software is built with: they compile without a word, and say what is right.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness;
use hwgen_generate::render;
use hwgen_generate::template::Library;

/// Uses every function, and prints what it wrote and read; the array is the accelerator.
const USE: &str = r#"
#include <stdio.h>
#include "hwgen_regs.h"

int main(void)
{
  static uint32_t words[1024];
  uint32_t blocked = HWGEN_REGS_CHANNEL(31) + HWGEN_REGS_BLOCKED_LO;
  hwgen_regs_write(words, HWGEN_REGS_AXI_ATTR,
                   (3u << HWGEN_REGS_AXI_ATTR_CACHE_SHIFT) & HWGEN_REGS_AXI_ATTR_CACHE_MASK);
  hwgen_regs_write_wide(words, HWGEN_REGS_RING_BASE_LO, UINT64_C(0x123456789abcdef0));
  words[blocked / 4u] = 7u;
  words[blocked / 4u + 1u] = 1u;
  printf("%x %x %x %d\n", words[0x74 / 4], words[0x60 / 4], words[0x64 / 4],
         HWGEN_REGS_ERROR_TAIL_RANGE);
  printf("%x %llx\n", blocked, (unsigned long long)hwgen_regs_read_counter(words, blocked));
  return hwgen_regs_read(words, HWGEN_REGS_MAGIC) == HWGEN_REGS_MAGIC_VALUE;
}
"#;

/// What it prints, by hand: channel 31 lies at 0x800 + 31 * 16.
const SAID: &str = "30 9abcdef0 12345678 2\n9f8 100000007\n";

fn write_files(folder: &Path) {
    let design = harness::design(&["blocks=regs", "name=r"]);
    let files = render::render(&design, &Library::embedded()).expect("renders");
    for file in files {
        if let Some(name) = file.path.strip_prefix("regs/") {
            fs::write(folder.join(name), file.text).expect("writes");
        }
    }
}

/// Compiles, without a word, and runs what was compiled.
fn compiled(folder: &Path, compiler: &str, words: &[&str]) {
    let out = Command::new(compiler)
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|e| panic!("{compiler}: {e}"));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && said.is_empty(), "{words:?}\n{said}");
    let ran = Command::new(folder.join("use")).output().expect("runs");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), SAID, "{words:?}");
    assert!(ran.status.success());
}

#[test]
fn the_header_is_c99_and_cpp17() {
    let folder = tempfile::tempdir().expect("a folder");
    write_files(folder.path());
    fs::write(folder.path().join("use.c"), USE).expect("writes");
    fs::write(folder.path().join("use.cpp"), USE).expect("writes");
    let strict = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-o", "use"];
    let with = |first: [&'static str; 2]| [&first[..], &strict[..]].concat();
    compiled(folder.path(), "cc", &with(["use.c", "-std=c99"]));
    compiled(folder.path(), "c++", &with(["use.cpp", "-std=c++17"]));
}

/// An access of 32 bits is one load or store, which a packed struct would take apart.
#[test]
fn the_header_has_no_packed_struct() {
    let folder = tempfile::tempdir().expect("a folder");
    write_files(folder.path());
    let text = fs::read_to_string(folder.path().join("hwgen_regs.h")).expect("reads");
    let holds = |word| text.contains(word);
    assert!(!holds("struct") && !holds("packed") && holds("volatile uint32_t"));
}

#[test]
fn the_constants_are_rust() {
    let folder = tempfile::tempdir().expect("a folder");
    write_files(folder.path());
    let checks = "
mod regs { include!(\"hwgen_regs.rs\"); }
const _: () = assert!(regs::RING_TAIL == 0x6C && regs::AXI_ATTR_CACHE == 0xF0);
const _: () = assert!(regs::CHANNEL_BASE + 31 * regs::CHANNEL_STRIDE_BYTES + regs::BLOCKED_LO == 0x9F8);
const _: () = assert!(regs::ERROR_DOORBELL_STOPPED == 1 && regs::MAGIC_VALUE == 0x4147_5748);
";
    let text = fs::read_to_string(folder.path().join("hwgen_regs.rs")).expect("reads");
    // `include!` takes no comments of the file itself.
    let text = text.replace("//!", "//");
    fs::write(folder.path().join("hwgen_regs.rs"), text).expect("writes");
    fs::write(folder.path().join("checks.rs"), checks).expect("writes");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let out = Command::new(rustc)
        .args([
            "--edition=2021",
            "--crate-type=lib",
            "-Adead_code",
            "checks.rs",
        ])
        .current_dir(folder.path())
        .output()
        .expect("rustc runs");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && said.is_empty(), "{said}");
}
