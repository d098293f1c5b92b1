// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every picture of the documents can still be drawn, on a small scale.

use std::path::Path;
use std::process::{Command, Output};

fn draw(line: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen-dev"));
    let ran = command.arg(line[0]).arg(folder).args(&line[1..]).output();
    ran.expect("runs")
}

/// Draws, and holds each picture against what SVG is.
fn drawn(line: &[&str], names: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("p");
    let ran = draw(line, &place);
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    for name in names {
        let text = std::fs::read_to_string(place.join(name)).expect("is drawn");
        let svg = roxmltree::Document::parse(&text).expect("is XML");
        assert!(svg.root_element().has_tag_name("svg"), "{name}");
    }
    assert_eq!(
        std::fs::read_dir(&place).expect("reads").count(),
        names.len()
    );
}

#[test]
#[ignore = "builds models and synthesises"]
fn every_picture_is_drawn() {
    drawn(
        &["topk", "--small"],
        &["topk_timeline.svg", "topk_latency.svg"],
    );
    drawn(&["attention", "--small"], &["attention_bytes.svg"]);
    drawn(&["synth", "--small"], &["synthesis_area.svg"]);
}

#[test]
fn the_picture_of_a_model_needs_no_tool() {
    drawn(&["figs"], &["figs_speedup.svg"]);
    drawn(&["dram", "--small"], &["memory_layouts.svg"]);
}

#[test]
fn a_file_in_place_of_the_folder_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("f");
    std::fs::write(&file, "mine").expect("writes");
    let ran = draw(&["figs"], &file);
    assert_eq!(ran.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&file).expect("is there"), "mine");
}
