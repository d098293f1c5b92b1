// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tables of the documents hold what the registry, the presets, the models and other tables say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use hwgen_generate::config::Draft;
use hwgen_generate::preset::PRESETS;
use hwgen_generate::registry::BLOCKS;
use hwgen_generate::render;
use hwgen_generate::template::Library;

use super::documents::root;
use super::tables;

/// Returns a cell of a document: of the first table whose head begins with `head`, in the first row
/// that begins with `row`.
fn figure(document: &str, head: &str, row: &[&str], column: usize) -> String {
    let text = fs::read_to_string(root().join(document)).expect("reads");
    let found = tables(&text).into_iter().find(|(h, _)| h.starts_with(head));
    let (_, rows) = found.unwrap_or_else(|| panic!("{document} has no table {head}"));
    let found = rows
        .iter()
        .find(|r| r.iter().zip(row).all(|(cell, w)| cell == w));
    let found = found.unwrap_or_else(|| panic!("{document}, {head}: there is no row {row:?}"));
    found[column].clone()
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
        if ["topk", "attention", "figs", "regs"].contains(&block) {
            draft.assign(&format!("{block}.variants"), variants);
        }
        draft.finish().expect("legal")
    };
    let mut there = Vec::new();
    for block in BLOCKS {
        let names: Vec<&str> = block.variants().iter().map(|v| v.name).collect();
        for engine in block.engines(&design(block.name().name(), &names.join(","))) {
            let (name, variant) = (engine.block.to_string(), engine.variant.to_owned());
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
    let blocks: BTreeSet<&str> = BLOCKS.iter().map(|b| b.name().name()).collect();
    assert_eq!(told, blocks);
}

/// Returns the cell of a row in the column `name`.
fn cell<'a>(head: &[String], row: &'a [String], name: &str) -> &'a str {
    let at = head.iter().position(|h| h == name);
    let at = at.unwrap_or_else(|| panic!("there is no column {name} in {head:?}"));
    row.get(at).map_or("", String::as_str)
}

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
        let t = params.topk().expect("every preset has one");
        let variants: Vec<&str> = params.topk.variants.iter().map(|v| v.name()).collect();
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
fn the_figures_of_the_readme_are_those_of_the_tables() {
    let readme = fs::read_to_string(root().join("README.md")).expect("reads");
    let (head, rows) = tables(&readme).remove(0);
    assert!(head.starts_with("| engine | cycles |"), "{head}");

    let topk = |keys, column| {
        figure(
            "docs/topk/results.md",
            "| n | keys |",
            &["1024", keys],
            column,
        )
    };
    let synth = |column| {
        figure(
            "docs/synthesis.md",
            "| module | area |",
            &["**topk radix**"],
            column,
        )
    };
    let (mean, worst) = (topk("uniform", 8), topk("adversarial", 9));
    let depth = figure(
        "docs/harness/proofs.md",
        "| engine |",
        &["`radix`, digits of 4 bits"],
        3,
    );
    assert_eq!(
        rows[0][1..],
        [
            topk("uniform", 3),
            format!("quick-select: {mean} mean, {worst} worst"),
            synth(1),
            synth(5),
            format!("whole engine, {depth} cycles deep"),
        ]
    );

    let page = "docs/attention/results.md";
    let latency = 2;
    let trace = |row| figure(page, "| what | latency 1 |", &[row], latency);
    let text = fs::read_to_string(root().join(page)).expect("reads");
    assert!(text.contains(&format!("reaches {} MHz on osu018", rows[1][4])));
    assert_eq!(
        rows[1][1..4],
        [
            trace("this core, the bytes of the trace (82,428,256): cycles"),
            format!(
                "SpAtten: {}",
                trace("SpAtten's released RTL, 64 multipliers, ideal memory of that rate")
            ),
            figure(page, "| part |", &["whole core"], 1),
        ]
    );

    let page = "docs/figs/results.md";
    let cycles = |engine| figure(page, "| pattern | engine |", &["1:4", engine], 2);
    let area = |column| figure(page, "| engine | area |", &["figs"], column);
    let proofs = fs::read_to_string(root().join("docs/harness/proofs.md")).expect("reads");
    let mut lines = proofs.lines().filter(|l| l.starts_with("hg_figs_core "));
    let depth = lines
        .next()
        .and_then(|l| l.rsplit(' ').next())
        .expect("is in the list");
    assert_eq!(
        rows[2][1..],
        [
            cycles("figs"),
            format!(
                "dense: {}, VEGETA-S: {}",
                cycles("dense_ws"),
                cycles("vegeta_s")
            ),
            area(1),
            area(6),
            format!("whole array, {depth} cycles deep"),
        ]
    );
    assert_eq!(rows.len(), 3);
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
