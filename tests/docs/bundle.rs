// SPDX-License-Identifier: MIT OR Apache-2.0
//! What documents say about a bundle, and what a bundle says about itself, is there.

use std::collections::BTreeMap;
use std::fs;

use hwgen_generate::config::Draft;
use hwgen_generate::registry::BLOCKS;
use hwgen_generate::render;
use hwgen_generate::template::Library;

use super::documents::{documents, root};
use super::quoted;

/// Returns what stands behind the last point of a path.
fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Returns the files of a bundle with every engine.
fn bundle_of_all() -> BTreeMap<String, String> {
    let names: Vec<&str> = BLOCKS.iter().map(|b| b.name().name()).collect();
    let mut draft = Draft::default();
    draft.assign("blocks", &names.join(","));
    let design = draft.finish().expect("legal");
    let files = render::render(&design, &Library::embedded()).expect("renders");
    files.into_iter().map(|f| (f.path, f.text)).collect()
}

#[test]
fn what_a_bundle_refers_to_lies_in_it() {
    let files = bundle_of_all();
    let has = |path: &str| {
        let folder = format!("{}/", path.trim_end_matches('/'));
        files.contains_key(path) || files.keys().any(|f| f.starts_with(&folder))
    };
    let of_top = |p: &String| {
        let top = p.strip_prefix("constraints/")?.strip_suffix(".sdc")?;
        Some(top.to_owned())
    };
    let tops: Vec<String> = files.keys().filter_map(of_top).collect();
    let mut seen = 0;
    for (path, text) in files.iter().filter(|(p, _)| ending(p) == "md") {
        for part in text.split("](").skip(1) {
            let target = part.split([')', ' ', '#']).next().unwrap_or_default();
            assert!(
                target.is_empty() || has(target),
                "{path}: links to {target}"
            );
        }
        if path.starts_with("doc/") {
            continue;
        }
        let folder = path.rsplit_once('/').map_or("", |(f, _)| f);
        for code in quoted(text) {
            let code = code.trim_end_matches(['.', ',']);
            let file = code.contains('/')
                || [".md", ".json", ".f", ".hex", ".txt"]
                    .iter()
                    .any(|e| code.ends_with(e));
            // Placeholders, and names from outside: `T_keys.hex`, an option, a command.
            let name = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
            if !file || !code.chars().all(name) || code.starts_with(['-', '.']) {
                continue;
            }
            seen += 1;
            let there = |name: &str| {
                let beside = format!("{folder}/{name}");
                // A page about a folder names its files without it.
                let inside = |f: &String| f.starts_with(folder) && f.ends_with(&format!("/{name}"));
                has(name) || has(beside.trim_start_matches('/')) || files.keys().any(inside)
            };
            // A top stands for all of them.
            let of_a_top = |top: &str| {
                let begin = code.strip_prefix("T_").map(|rest| format!("{top}_{rest}"));
                there(&begin.unwrap_or_else(|| code.replace("TOP", top)))
            };
            assert!(
                tops.iter().any(|top| of_a_top(top)),
                "{path}: {code} is not there"
            );
        }
    }
    assert!(seen > 8, "only {seen} files were named");
    let mut headers = 0;
    for (path, text) in files.iter().filter(|(p, _)| ending(p) == "sv") {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_./-".contains(c)));
        for page in words.filter(|w| ending(w) == "md") {
            headers += 1;
            assert!(has(page), "{path}: {page} is not there");
        }
    }
    assert!(headers > 0, "no header names a page");
}

#[test]
fn the_pages_of_a_bundle_link_to_nothing_outside() {
    for folder in ["topk", "attention", "figs"] {
        let path = format!("docs/{folder}/numerics.md");
        let text = fs::read_to_string(root().join(&path)).expect("reads");
        let mut targets = text.split("](").skip(1);
        assert!(targets.all(|t| t.starts_with('#')), "{path}");
    }
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
