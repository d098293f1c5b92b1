// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proves that the bench notices edits of the attention core.
//!
//! A model of the core takes a minute to build, so that all edits lie in one: each edited
//! expression becomes a choice between both texts by an input of an additional top, and the bench
//! plays its cases on one edit after the other. `core_edits.toml` lists them;
//! `HWGEN_BLESS=1 cargo test --test core_edits -- --ignored --nocapture` writes
//! `docs/harness/attention-edits.md`.

mod harness;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use hwgen_bundle::manifest::{Bundle, Dir, Engine, Port};
use hwgen_generate::template::Library;
use hwgen_verif::mutants::MutantOptions;
use hwgen_verif::report::Fault;
use hwgen_verif::verify::Lab;
use serde::Deserialize;

/// A small core: rows of two keys, three planes, few queries in flight.
const ROWS: [&str; 8] = [
    "blocks=attention",
    "pe=16",
    "attention.d_head=8",
    "attention.max_tokens=32",
    "attention.k_planes=3,2,2",
    "attention.v_planes=3,2,2",
    "attention.contexts=3",
    "attention.outstanding=8",
];
/// The same with rows that take two cycles.
const FOLDS: [&str; 8] = [
    "blocks=attention",
    "pe=8",
    "attention.d_head=16",
    "attention.max_tokens=16",
    "attention.k_planes=3,2,2",
    "attention.v_planes=3,2,2",
    "attention.contexts=3",
    "attention.outstanding=8",
];
/// Jobs that the bench plays on each edit, at most.
const CASES: u64 = 2000;
const SEED: u64 = 1;
/// The additional top, its input that chooses an edit, and the bits of it.
const TOP: &str = "hwgen_edits";
const PORT: &str = "edit_i";
const WIDTH: u32 = 8;
/// The list for people.
const PAGE: &str = "docs/harness/attention-edits.md";

/// The table.
#[derive(Deserialize)]
struct Table {
    edit: Vec<Edit>,
}

/// One edit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    /// File of `rtl_templates`, without its folder.
    file: String,
    /// An expression, whose text occurs once in the hardware of the file.
    before: String,
    /// The expression that takes its place.
    after: String,
    /// What it breaks, in words.
    breaks: String,
    /// Whether it takes rows of several cycles.
    #[serde(default)]
    folds: bool,
}

impl Edit {
    /// Returns the head of its row on the page.
    fn row(&self) -> String {
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (before, after) = (line(&self.before), line(&self.after));
        let spelled = format!("`{before}` to `{after}`").replace('|', "\\|");
        format!("| {} | {spelled} | {} |", self.file, self.breaks)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn table() -> Vec<Edit> {
    let path = root().join("tests/core_edits.toml");
    let text = fs::read_to_string(path).expect("the table is there");
    let table: Table = toml::from_str(&text).expect("the table is TOML");
    table.edit
}

/// Cuts a module where its properties begin, which say again what the hardware does.
fn apart(text: &str) -> (&str, &str) {
    text.split_at(text.find("`ifdef HG_FORMAL").unwrap_or(text.len()))
}

/// Puts every edit into the bundle behind its number, from 1 on.
fn make(bundle: &Bundle, edits: &[&Edit]) {
    for (i, edit) in edits.iter().enumerate() {
        let file = format!("rtl/{}", edit.file);
        let path = bundle.dir.join(bundle.manifest.with_real_files(&file));
        let text = fs::read_to_string(&path).expect("the bundle holds the file");
        let (hardware, formal) = apart(&text);
        let many = hardware.matches(&edit.before).count();
        assert_eq!(
            many, 1,
            "{}: `{}` occurs {many} times",
            edit.file, edit.before
        );
        let choice = format!(
            "(({TOP}.{PORT} == {WIDTH}'d{}) ? ({}) : ({}))",
            i + 1,
            edit.after,
            edit.before
        );
        let edited = hardware.replacen(&edit.before, &choice, 1) + formal;
        fs::write(&path, edited).expect("writes");
    }
}

/// Adds the top that chooses, and returns the engine with it.
fn choosing(bundle: &Bundle) -> Engine {
    let mut engine = bundle.manifest.engines[0].clone();
    let ports: String = engine
        .ports
        .iter()
        .map(|p| {
            let way = if p.dir == Dir::Input {
                "input"
            } else {
                "output"
            };
            format!("  {way} logic [{}:0] {},\n", p.width - 1, p.name)
        })
        .collect();
    let text = format!(
        "module {TOP} (\n{ports}  input logic [{}:0] {PORT}\n);\n  {} u_engine (.*);\nendmodule\n",
        WIDTH - 1,
        engine.top
    );
    let file = format!("rtl/{TOP}.sv");
    fs::write(bundle.dir.join(&file), text).expect("writes");
    engine.sources.push(file);
    TOP.clone_into(&mut engine.top);
    engine.ports.push(Port {
        name: PORT.to_owned(),
        dir: Dir::Input,
        width: WIDTH,
        meaning: "Number of the edit; 0 is none.".to_owned(),
    });
    engine
}

/// Plays the cases on each of the edits; returns by what each was noticed.
fn try_all(settings: &[&str], edits: &[&Edit]) -> Vec<Option<Fault>> {
    let folder = tempfile::tempdir().expect("a folder");
    let design = harness::design(settings);
    let bundle = harness::emit(&design, &Library::embedded(), &folder.path().join("bundle"));
    make(&bundle, edits);
    let device = choosing(&bundle);
    let lab = Lab::open().expect("the tools of hwgen doctor are there");
    let options = MutantOptions {
        cases: CASES,
        seed: SEED,
        port: PORT,
        count: edits.len() as u64,
        // A line each: who ends the run keeps what was found.
        progress: &|done, number, fault| {
            let row = edits[number as usize - 1].row();
            let by = fault.map_or_else(|| "NOT NOTICED".to_owned(), by);
            eprintln!("{done} of {}: {row} {by} |", edits.len());
        },
        stop: &AtomicBool::new(false),
    };
    let engine = &bundle.manifest.engines[0];
    let runs = lab.mutants(engine, &bundle, &device, &options);
    let runs = runs.expect("the tools work");
    assert!(runs.baseline.is_none(), "unedited: {:?}", runs.baseline);
    runs.noticed
}

/// Names what noticed an edit.
fn by(fault: &Fault) -> String {
    let Fault { field, got, .. } = fault;
    if got.starts_with("nothing for") {
        "watchdog".into()
    } else if field == "check in the RTL" {
        format!("RTL check: {}", got.rsplit(": ").next().unwrap_or(got))
    } else if field.ends_with("_valid_o") {
        format!("protocol: {got}")
    } else {
        format!("field {field}")
    }
}

#[test]
#[ignore = "builds two models of the core; minutes"]
fn every_edit_is_noticed() {
    let edits = table();
    let (folded, plain): (Vec<&Edit>, Vec<&Edit>) = edits.iter().partition(|e| e.folds);
    let mut rows = String::new();
    let mut missed = Vec::new();
    for (settings, part) in [(&ROWS, plain), (&FOLDS, folded)] {
        for (edit, fault) in part.iter().zip(try_all(settings, &part)) {
            let row = edit.row();
            match fault {
                Some(fault) => {
                    let by = by(&fault).replace('|', "\\|");
                    let _ = writeln!(rows, "{row} {by} |");
                }
                None => missed.push(row),
            }
        }
    }
    assert!(missed.is_empty(), "not noticed:\n{}", missed.join("\n"));
    if std::env::var("HWGEN_BLESS").is_ok_and(|value| value == "1") {
        let head = include_str!("core_edits.md").replace("{count}", &edits.len().to_string());
        fs::write(root().join(PAGE), head + &rows).expect("the page is writable");
    }
}

#[test]
fn the_page_lists_every_edit_and_each_text_is_there_once() {
    let page = fs::read_to_string(root().join(PAGE)).expect("the page is there");
    let edits = table();
    let library = Library::embedded();
    for edit in &edits {
        let row = edit.row();
        assert!(page.contains(&row), "{PAGE} lacks {row}; bless it anew");
        let module = edit.file.trim_end_matches(".sv");
        let text = library.text(module).expect("the file is there");
        let many = apart(text).0.matches(&edit.before).count();
        assert_eq!(
            many, 1,
            "{}: `{}` occurs {many} times",
            edit.file, edit.before
        );
    }
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| hg_"))
        .count();
    assert_eq!(rows, edits.len(), "{PAGE} lists edits that are no more");
}
