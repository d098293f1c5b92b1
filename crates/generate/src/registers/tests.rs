// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of the library and of the documents that are written from the table.

use std::fs;
use std::path::Path;

use super::*;

/// Compares a file of the repository with what the table says; `HWGEN_BLESS=1` writes it anew.
fn lies(path: &str, text: &str) {
    let full = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    if std::env::var("HWGEN_BLESS").is_ok_and(|value| value == "1") {
        fs::write(&full, text).expect("writes");
    }
    let there = fs::read_to_string(&full).unwrap_or_default();
    let rule = "is not what golden/src/regs/list.rs says; HWGEN_BLESS=1 writes it anew";
    assert!(there == text, "{path} {rule}");
}

#[test]
fn the_package_of_the_rtl_is_that_of_the_table() {
    lies("rtl_templates/regs/hg_regs_pkg.sv", &package());
}

#[test]
fn the_page_of_the_documents_is_that_of_the_table() {
    let text = page(&Table::of(&RegsParams::default()));
    lies("docs/regs/registers.md", &text);
}

#[test]
fn values_by_hand() {
    let package = package();
    for line in [
        "  localparam logic [11:0] MAGIC = 12'h000;",
        "  localparam logic [31:0] MAGIC_VALUE = 32'h41475748;",
        "  localparam logic [31:0] AXI_ATTR_MASK = 32'h000000f7;",
        "  localparam logic [31:0] AXI_ATTR_RESET = 32'h00000030;",
        "  localparam logic [11:0] BLOCKED_HI = 12'h80c;",
        "  localparam logic [7:0] ERROR_TAIL_RANGE = 8'h02;",
    ] {
        assert!(package.lines().any(|l| l == line), "{line}\n{package}");
    }
    let header = header();
    for line in [
        "#define HWGEN_REGS_RING_TAIL 0x06cu",
        "#define HWGEN_REGS_AXI_ATTR_CACHE_SHIFT 4",
        "#define HWGEN_REGS_AXI_ATTR_CACHE_MASK 0x000000f0u",
        "#define HWGEN_REGS_CHANNEL_STRIDE_BYTES 0x10u",
        "#define HWGEN_REGS_ERROR_DOORBELL_STOPPED 1",
    ] {
        assert!(header.lines().any(|l| l == line), "{line}\n{header}");
    }
    let table = Table::of(&RegsParams {
        channels: 4,
        ..RegsParams::default()
    });
    let rdl = rdl("x", &table, &["A line.".to_owned()]);
    assert!(rdl.contains("} channel[4] @ 0x800 += 0x10;"), "{rdl}");
    assert!(rdl.contains("} CHANNELS @ 0x024;"), "{rdl}");
}

/// No line of a file that people read is wider than their screens.
#[test]
fn lines_are_short() {
    let table = Table::largest();
    for text in [package(), header(), rust(), rdl("a_name", &table, &[])] {
        for line in text.lines() {
            assert!(line.len() <= 100, "{line}");
        }
    }
}
