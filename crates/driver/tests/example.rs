// SPDX-License-Identifier: MIT OR Apache-2.0
//! The examples of the page of the documents run, and are what the page shows.

mod device;

use std::fs;
use std::path::Path;

use device::{Device, Region, small};
use hwgen_driver::{Config, ENTRY};

include!("example/attend.rs");

/// Returns the page of the documents.
fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/memory/driver.md");
    fs::read_to_string(path).expect("is there")
}

#[test]
fn the_page_shows_the_examples() {
    let page = page();
    for (language, text) in [
        ("rust,ignore", include_str!("example/attend.rs")),
        ("c", include_str!("example/attend.c")),
    ] {
        let block = format!("```{language}\n{text}```\n");
        assert!(
            page.contains(&block),
            "docs/memory/driver.md shows another example"
        );
    }
}

#[test]
fn the_example_in_rust_runs() {
    let device = small(1);
    let ring = device.region(8 * ENTRY);
    let made = Driver::<Device, Region, Region, 8>::new(device.clone(), ring, Config::default());
    let mut driver = made.unwrap_or_else(|failed| panic!("{}", failed.error));
    let mut region = device.region(0x4000);
    for round in 0..3 {
        let key: [i16; D] = std::array::from_fn(|i| 256 * (i as i16 % 8) - 1024);
        let query: [i16; D] = std::array::from_fn(|i| i as i16 + round);
        let done = attend(&mut driver, region, (&[key; 5], &[key; 5]), &query);
        let out;
        (out, region) = done.expect("is done");
        // The accelerator of the tests adds the bytes of the first key's top plane, of 4 bits: of
        // 256 n - 1024 they are n - 4, two in a byte.
        let nibble = |i: usize| ((i % 8) as i16 - 4) & 15;
        let byte = |i: usize| nibble(2 * i) | nibble(2 * i + 1) << 4;
        let wanted: [i16; D] = std::array::from_fn(|i| query[i] + byte(i % 8));
        assert_eq!(out, wanted);
    }
}
