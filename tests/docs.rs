// SPDX-License-Identifier: MIT OR Apache-2.0
//! Documents say what is there: tables, links and pictures cannot rot unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

mod documents;

#[path = "docs/bundle.rs"]
mod bundle;
#[path = "docs/figures.rs"]
mod figures;

use documents::{documents, root};

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

/// Returns the cells of the rows of every table of a text, without heads, by their first line.
fn tables(text: &str) -> Vec<(String, Vec<Vec<String>>)> {
    let mut out: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let row = line.starts_with('|');
        let cells = line.trim().trim_matches('|').split('|');
        let cells: Vec<String> = cells.map(|c| c.trim().to_owned()).collect();
        match (row, inside) {
            (true, false) => out.push((line.to_owned(), Vec::new())),
            (true, true) => out.last_mut().expect("has begun").1.push(cells),
            _ => {}
        }
        inside = row;
    }
    for (_, rows) in &mut out {
        // The line below the head.
        rows.remove(0);
    }
    out
}

#[test]
fn no_line_is_wider_than_a_page() {
    let mut wide = Vec::new();
    let changes = root().join("CHANGELOG.md");
    let text = fs::read_to_string(&changes).expect("reads");
    for (path, text) in documents().into_iter().chain([(changes, text)]) {
        // The pages of edits and of registers are written by tests, and so is what stands between
        // markers.
        let written = ["edits.md", "attention-edits.md", "regs/registers.md"];
        let mut generated = written.iter().any(|page| path.ends_with(page));
        let whole = generated;
        for (i, line) in text.lines().enumerate() {
            generated = whole
                || (generated || line.starts_with("<!-- begin hwgen"))
                    && !line.starts_with("<!-- end hwgen");
            if line.chars().count() > 120 && !(generated && line.starts_with('|')) {
                wide.push(format!("{}:{}", path.display(), i + 1));
            }
        }
    }
    assert!(wide.is_empty(), "over 120 columns: {wide:#?}");
}

#[test]
fn no_table_has_a_row_of_dashes() {
    for (path, text) in documents() {
        for (head, rows) in tables(&text) {
            for row in rows {
                let empty = |c: &String| matches!(c.as_str(), "" | "-");
                let shown = path.display();
                assert!(
                    row.len() < 3 || !row[1..].iter().all(empty),
                    "{shown}: {head}: {row:?}"
                );
            }
        }
    }
}

#[test]
fn every_anchor_is_a_heading() {
    let slug = |heading: &str| -> String {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    let anchors = |text: &str| -> BTreeSet<String> {
        text.lines()
            .filter(|l| l.starts_with('#'))
            .map(slug)
            .collect()
    };
    let mut seen = 0;
    for (path, text) in documents() {
        for part in text.split("](").skip(1) {
            let target = part.split([')', ' ']).next().unwrap_or_default();
            let Some((file, anchor)) = target.split_once('#').filter(|_| !target.contains("://"))
            else {
                continue;
            };
            let there = if file.is_empty() {
                anchors(&text)
            } else {
                let folder = path.parent().expect("is in a folder");
                anchors(&fs::read_to_string(folder.join(file)).expect("reads"))
            };
            assert!(there.contains(anchor), "{}: {target}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} anchors were found");
}

/// What a document names between backquotes and lies in a folder of the repository is there.
#[test]
fn every_path_that_is_named_is_there() {
    let folders = [
        "golden/",
        "verif/",
        "crates/",
        "src/",
        "rtl_templates/",
        "tests/",
        "scripts/",
        "data/",
        "findings/",
    ];
    let mut seen = 0;
    for (path, text) in documents() {
        for code in quoted(&text) {
            let code = code.trim_end_matches(['.', ',', '/']);
            let placeholder = |c: char| c.is_whitespace() || "*{<$".contains(c);
            if !folders.iter().any(|f| code.starts_with(f)) || code.contains(placeholder) {
                continue;
            }
            // A block that is not there yet, in the page that says how it is made.
            if code.contains("foo") {
                continue;
            }
            seen += 1;
            assert!(root().join(code).exists(), "{}: {code}", path.display());
        }
    }
    assert!(seen > 40, "only {seen} paths were found");
}

#[test]
fn the_block_pictures_are_as_drawn() {
    let Ok(done) = Command::new("python3")
        .arg(root().join("scripts/draw_blocks"))
        .arg("--check")
        .output()
    else {
        eprintln!("skipped: needs python3");
        return;
    };
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
#[ignore = "simulates each engine with waves"]
fn the_waveforms_are_those_of_the_rtl() {
    let mut draw = Command::new("python3");
    draw.arg(root().join("scripts/draw_waves"));
    let done = draw
        .args(["--check", env!("CARGO_BIN_EXE_hwgen")])
        .output()
        .expect("runs");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A rate is written with *per*: "four keys per cycle". Between two nouns an article hides it.
#[test]
fn rates_are_written_with_per() {
    let amounts = [
        "activations",
        "beats",
        "bits",
        "bytes",
        "cycles",
        "elements",
        "jobs",
        "keys",
        "lanes",
        "multipliers",
        "queries",
        "registers",
        "requests",
        "rows",
        "scores",
        "sums",
        "tokens",
        "values",
        "vectors",
        "words",
    ];
    let each = [
        "beat",
        "column",
        "cycle",
        "head",
        "key",
        "lane",
        "layer",
        "line",
        "module",
        "multiplier",
        "mutant",
        "plane",
        "proof",
        "query",
        "row",
        "second",
        "side",
        "token",
        "word",
    ];
    let mut hidden = Vec::new();
    for (path, text) in documents() {
        // What edits break is told in the words of their list.
        if path.ends_with("edits.md") || path.ends_with("attention-edits.md") {
            continue;
        }
        let bare = |w: &str| {
            w.trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        for three in words.windows(3) {
            let whole = three[0].ends_with(char::is_alphanumeric) && matches!(three[1], "a" | "an");
            if whole && amounts.contains(&&*bare(three[0])) && each.contains(&&*bare(three[2])) {
                hidden.push(format!("{}: {}", path.display(), three.join(" ")));
            }
        }
    }
    assert!(hidden.is_empty(), "{hidden:#?}");
}
