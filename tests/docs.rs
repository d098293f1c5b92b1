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
    let text = fs::read_to_string(root().join("docs/architecture.md")).expect("reads");
    let all = tables(&text);
    let found = all
        .iter()
        .find(|(h, _)| h.starts_with("| block | variant |"));
    let (_, listed) = found.expect("there is a table of blocks");
    let design = |block: &str, variants: &str| {
        let mut draft = Draft::default();
        draft.assign("blocks", block);
        if ["topk", "figs"].contains(&block) {
            draft.assign(&format!("{block}.variants"), variants);
        }
        draft.finish().expect("legal")
    };
    let mut there = Vec::new();
    for block in BLOCKS {
        let names: Vec<&str> = block.variants().iter().map(|v| v.name).collect();
        for engine in block.engines(&design(block.name(), &names.join(","))) {
            let (name, variant) = (engine.block.to_owned(), engine.variant.to_owned());
            there.push(vec![name, variant, format!("`{}`", engine.module)]);
        }
    }
    assert_eq!(
        *listed, there,
        "docs/architecture.md on the left, the registry on the right"
    );
    // The page of the bench has a row for each block as well.
    let text = fs::read_to_string(root().join("docs/harness/README.md")).expect("reads");
    let all = tables(&text);
    let (_, rows) = all
        .iter()
        .find(|(h, _)| h.starts_with("| block |"))
        .expect("is there");
    let told: BTreeSet<&str> = rows.iter().flat_map(|r| r[0].split(", ")).collect();
    let blocks: BTreeSet<&str> = BLOCKS.iter().map(|b| b.name()).collect();
    assert_eq!(told, blocks);
}

#[test]
fn the_preset_table_is_what_the_presets_say() {
    let (head, rows) = table("## Presets");
    let shown = rows.iter().map(|row| {
        let columns = [
            "preset",
            "k",
            "pe",
            "lanes",
            "key_w",
            "max_n",
            "variants",
            "radix latency at max_n",
        ];
        columns.map(|name| cell(&head, row, name).replace(['`', ','], " "))
    });
    let words =
        |cells: [String; 8]| cells.map(|c| c.split_whitespace().collect::<Vec<_>>().join(" "));
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
            t.radix_latency(t.max_n).to_string(),
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

/// Returns the numbers of two digits and more of a text, without the commas between thousands.
fn numbers(text: &str) -> BTreeSet<String> {
    let text = text.replace(',', "");
    let parts = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    let parts = parts.map(|p| p.trim_matches('.'));
    parts.filter(|p| p.len() > 1).map(str::to_owned).collect()
}

#[test]
fn the_figures_of_the_readme_are_those_of_the_tables() {
    let readme = fs::read_to_string(root().join("README.md")).expect("reads");
    let all = tables(&readme);
    let (head, rows) = &all[0];
    assert!(head.starts_with("| engine | cycles |"), "{head}");
    let pages = [
        &["docs/topk/results.md", "docs/synthesis.md"],
        &["docs/attention/results.md", "docs/attention/results.md"],
        &["docs/figs/results.md", "docs/figs/results.md"],
    ];
    assert_eq!(rows.len(), pages.len());
    for (row, pages) in rows.iter().zip(pages) {
        let mut there = BTreeSet::new();
        for page in pages.iter().chain([&"docs/harness/proofs.md"]) {
            let text = fs::read_to_string(root().join(page)).expect("reads");
            there.extend(numbers(&text));
        }
        for figure in numbers(&row.join(" ")) {
            assert!(there.contains(&figure), "{figure} is in none of {pages:?}");
        }
    }
}

#[test]
fn the_transcript_counts_the_files_of_a_bundle() {
    let readme = fs::read_to_string(root().join("README.md")).expect("reads");
    let mut draft = Draft::default();
    draft.set("k=16");
    draft.set("pe=64");
    let design = draft.finish().expect("legal");
    let files = render::render(&design, &Library::embedded()).expect("renders");
    let told = format!(
        "$ hwgen emit --k 16 --pe 64 -o b\nb: {} files;",
        files.len()
    );
    assert!(readme.contains(&told), "README.md should say: {told}");
}

#[test]
fn the_table_of_primitives_is_what_is_instantiated() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).expect("reads");
    let all = tables(&text);
    let found = all
        .iter()
        .find(|(h, _)| h.starts_with("| primitive |"))
        .expect("is there");
    let listed: BTreeMap<String, BTreeSet<String>> = found
        .1
        .iter()
        .map(|row| {
            let folders = row[2].split(", ").filter(|f| *f != "-").map(str::to_owned);
            (row[0].trim_matches('`').to_owned(), folders.collect())
        })
        .collect();
    let mut sources = Vec::new();
    let mut folders = vec![root().join("rtl_templates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("reads") {
            let path = entry.expect("reads").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "sv") {
                let below = path
                    .strip_prefix(root().join("rtl_templates"))
                    .expect("is below");
                let engine = below
                    .iter()
                    .next()
                    .expect("a folder")
                    .to_string_lossy()
                    .into_owned();
                let name = path
                    .file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned();
                sources.push((engine, name, fs::read_to_string(&path).expect("reads")));
            }
        }
    }
    let mut there: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, name, _) in sources.iter().filter(|(folder, ..)| folder == "common") {
        let uses = |text: &str| {
            let code = text
                .lines()
                .map(|l| l.split("//").next().unwrap_or_default());
            let mut words =
                code.flat_map(|l| l.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
            words.any(|w| w == name)
        };
        let engines = sources.iter().filter(|(folder, ..)| folder != "common");
        let engines = engines.filter(|(.., text)| uses(text));
        // Baselines of top-k may lie in a folder of their own.
        let engines = engines.map(|(folder, ..)| folder.replace("baselines", "topk"));
        there.insert(name.clone(), engines.collect());
    }
    assert_eq!(
        listed, there,
        "docs/architecture.md on the left, rtl_templates on the right"
    );
}

#[test]
fn no_line_is_wider_than_a_page() {
    let mut wide = Vec::new();
    let changes = root().join("CHANGELOG.md");
    let text = fs::read_to_string(&changes).expect("reads");
    for (path, text) in documents().into_iter().chain([(changes, text)]) {
        // The pages of edits are written by a test, and so is what stands between markers.
        let mut generated = path.ends_with("edits.md") || path.ends_with("attention-edits.md");
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

/// Paths of the benches' own crate, which is being sorted; drop a name once it is there.
const COMING: [&str; 3] = [
    "verif/src/benches.rs",
    "verif/src/benches/topk.rs",
    "verif/src/kit",
];

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
            if code.contains("foo") || COMING.contains(&code) {
                continue;
            }
            seen += 1;
            assert!(root().join(code).exists(), "{}: {code}", path.display());
        }
    }
    assert!(seen > 40, "only {seen} paths were found");
}

/// Returns the files of a bundle with every engine.
fn bundle_of_all() -> BTreeMap<String, String> {
    let names: Vec<&str> = BLOCKS.iter().map(|b| b.name()).collect();
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
    for (path, text) in files.iter().filter(|(p, _)| p.ends_with(".md")) {
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
    for (path, text) in files.iter().filter(|(p, _)| p.ends_with(".sv")) {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_./-".contains(c)));
        for page in words.filter(|w| w.ends_with(".md")) {
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
