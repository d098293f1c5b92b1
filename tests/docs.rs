// SPDX-License-Identifier: MIT OR Apache-2.0
//! Documents say what is there: tables, links and pictures cannot rot unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use hwgen_generate::block::BLOCKS;
use hwgen_generate::config::Draft;
use hwgen_generate::preset::PRESETS;
use hwgen_generate::render;
use hwgen_generate::template::Library;

mod documents;

use documents::{documents, root};

/// Returns the first table below `heading` of the README: its column names and its rows.
fn table(heading: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let text = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let (_, below) = text
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("README.md has no section {heading}"));
    let lines = below.lines().take_while(|l| !l.starts_with("## "));
    let lines = lines.skip_while(|l| !l.starts_with('|'));
    let mut rows = lines.take_while(|l| l.starts_with('|')).map(|line| {
        let cells = line.trim().trim_matches('|').split('|');
        cells.map(|c| c.trim().to_owned()).collect::<Vec<_>>()
    });
    let head = rows
        .next()
        .unwrap_or_else(|| panic!("{heading} has no table"));
    (head, rows.skip(1).collect())
}

/// Returns the cell of a row in the column `name`.
fn cell<'a>(head: &[String], row: &'a [String], name: &str) -> &'a str {
    let at = head.iter().position(|h| h == name);
    let at = at.unwrap_or_else(|| panic!("there is no column {name} in {head:?}"));
    row.get(at).map_or("", String::as_str)
}

#[test]
fn the_block_table_is_the_registry() {
    let (head, rows) = table("## Blocks");
    let listed = rows.iter().map(|row| {
        let text = |name| cell(&head, row, name).trim_matches('`').to_owned();
        (text("block"), text("variant"))
    });
    let there = BLOCKS.iter().flat_map(|b| {
        let pair = |v: hwgen_generate::block::Offer| (b.name().to_owned(), v.name.to_owned());
        b.variants().into_iter().map(pair)
    });
    assert_eq!(listed.collect::<Vec<_>>(), there.collect::<Vec<_>>());
    for row in &rows {
        for column in ["hardware", "model", "bench", "proof"] {
            let text = cell(&head, row, column);
            // Files stand between backquotes.
            let files: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
            assert!(!files.is_empty(), "{column} names no file: {row:?}");
            for file in files {
                assert!(root().join(file).is_file(), "{file}: named, but not there");
            }
        }
    }
}

#[test]
fn the_preset_table_is_what_the_presets_say() {
    let (head, rows) = table("## Presets");
    let shown = rows.iter().map(|row| {
        let columns = ["preset", "k", "pe", "lanes", "key_w", "max_n", "variants"];
        columns.map(|name| cell(&head, row, name).replace(['`', ','], " "))
    });
    let words =
        |cells: [String; 7]| cells.map(|c| c.split_whitespace().collect::<Vec<_>>().join(" "));
    let expected = PRESETS.iter().map(|preset| {
        let design = preset.design().expect("legal");
        let params = design.params();
        let topk = params.topk.as_ref().expect("every preset has one");
        let t = &topk.params;
        let variants: Vec<&str> = topk.variants.iter().map(|v| v.name()).collect();
        [
            preset.name.to_owned(),
            params.k.to_string(),
            params.pe.to_string(),
            t.lanes.to_string(),
            t.key_w.to_string(),
            t.max_n.to_string(),
            variants.join(" "),
        ]
    });
    assert_eq!(
        shown.map(words).collect::<Vec<_>>(),
        expected.collect::<Vec<_>>()
    );
}

#[test]
fn every_link_and_picture_leads_somewhere() {
    let mut seen = 0;
    for (path, text) in documents() {
        let folder = path.parent().expect("stands in a folder");
        for part in text.split("](").skip(1) {
            let target = part.split([')', ' ']).next().unwrap_or_default();
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let shown = path.display();
            assert!(folder.join(file).exists(), "{shown}: {target} is not there");
        }
    }
    assert!(seen > 5, "only {seen} links were found");
}

/// Returns what a document quotes as code: between backquotes, and the lines of its blocks, joined
/// where they are continued.
fn quoted(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (i, part) in text.split("```").enumerate() {
        if i % 2 == 1 {
            let joined = part.replace("\\\n", " ");
            out.extend(joined.lines().skip(1).map(str::to_owned));
        } else {
            let spans = part.split('`').skip(1).step_by(2);
            out.extend(spans.map(|s| s.replace('\n', " ")));
        }
    }
    out
}

#[test]
fn every_command_and_its_flags_exist() {
    let mut helps: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = 0;
    for (path, text) in documents() {
        for code in quoted(&text) {
            let code = code.split(" #").next().unwrap_or_default().trim();
            let code = code.strip_prefix("$ ").unwrap_or(code);
            let Some(rest) = code.strip_prefix("hwgen ") else {
                continue;
            };
            let mut words = rest.split(['&', '|', ';', '>']).next().unwrap_or_default();
            words = words.trim();
            let Some(command) = words
                .split_whitespace()
                .next()
                .filter(|w| !w.starts_with('-'))
            else {
                continue;
            };
            // What `run` takes depends on the block.
            let block = words.split_whitespace().nth(1).unwrap_or_default();
            let command = match command {
                "run" if !block.is_empty() && !block.starts_with('-') => format!("run {block}"),
                command => command.to_owned(),
            };
            let help = helps.entry(command.clone()).or_insert_with(|| {
                let mut program = Command::new(env!("CARGO_BIN_EXE_hwgen"));
                let words = command.split(' ').chain(["--help"]);
                let done = program.args(words).output().expect("runs");
                let shown = path.display();
                assert!(
                    done.status.success(),
                    "{shown}: there is no hwgen {command}"
                );
                String::from_utf8(done.stdout).expect("text")
            });
            let known: BTreeSet<&str> = help
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
                .filter(|w| w.starts_with("--"))
                .collect();
            for flag in words.split_whitespace().filter(|w| w.starts_with("--")) {
                let flag = flag.split(['=', ',', ')']).next().unwrap_or_default();
                let shown = path.display();
                assert!(known.contains(flag), "{shown}: {code}: there is no {flag}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "only {seen} flags were found");
}

#[test]
fn the_pages_of_flows_name_files_that_a_bundle_has() {
    let mut draft = Draft::default();
    draft.set("name=tiny");
    let design = draft.finish().expect("legal");
    let files = render::render(&design, &Library::embedded()).expect("renders");
    // Library modules end in a suffix here, which pages write as a star.
    let has = |path: &str| {
        let (begin, end) = path.split_once('*').unwrap_or((path, ""));
        let fits = |p: &str| p.starts_with(begin) && p.ends_with(end);
        files
            .iter()
            .any(|f| f.path == path || (path.contains('*') && fits(&f.path)))
    };
    let mut cores = files.iter().filter_map(|f| f.path.strip_suffix(".core"));
    let package = cores.next_back().expect("there is one");
    let mut pages = 0;
    for (path, text) in documents() {
        if !path.starts_with(root().join("docs/flows")) {
            continue;
        }
        pages += 1;
        let index = fs::read_to_string(root().join("docs/flows.md")).expect("reads");
        let name = path
            .file_name()
            .expect("has one")
            .to_string_lossy()
            .into_owned();
        assert!(
            index.contains(&format!("(flows/{name})")),
            "flows.md lacks {name}"
        );
        let mut seen = 0;
        for code in quoted(&text) {
            let words = code.split(|c: char| c.is_whitespace() || "()=:,".contains(c));
            for word in words.filter_map(|w| w.strip_prefix("BUNDLE/")) {
                seen += 1;
                let file = word
                    .replace("TOP", "hg_tiny_topk_radix")
                    .replace("PACKAGE", package);
                assert!(has(&file), "{name}: a bundle has no {word}");
            }
        }
        assert!(seen > 1 || name == "qflow.md", "{name} names {seen} files");
    }
    assert!(pages > 8, "only {pages} pages");
}

#[test]
fn nothing_is_left_to_be_filled_in() {
    let placeholders = [
        "FAILURE_EXAMPLE",
        "HARNESS_TABLE",
        "AREA_TABLE",
        "TODO",
        "FIXME",
    ];
    let mut left = BTreeSet::new();
    for (path, text) in documents() {
        for (i, line) in text.lines().enumerate() {
            if placeholders.iter().any(|p| line.contains(p)) {
                left.insert(format!("{}:{}: {line}", path.display(), i + 1));
            }
        }
        let mut markers = text.split("<!-- begin hwgen bench ").skip(1);
        for part in &mut markers {
            let table = part.split("<!-- end").next().unwrap_or_default();
            let filled = table.lines().any(|l| l.starts_with('|'));
            assert!(filled, "{}: a table is empty", path.display());
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}
