// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers that the driver knows are those of the table.

use std::fs;
use std::path::Path;

#[test]
fn registers_are_those_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/registers.rs");
    let text = hwgen_generate::registers::rust();
    if std::env::var("HWGEN_BLESS").is_ok_and(|value| value == "1") {
        fs::write(&path, &text).expect("writes");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    let rule = "is not what golden/src/regs/list.rs says; HWGEN_BLESS=1 writes it anew";
    assert!(there == text, "src/registers.rs {rule}");
}
