// SPDX-License-Identifier: MIT OR Apache-2.0
//! A block is one name everywhere: files, parameters and ports of the registry and of the RTL.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hwgen_generate::config::{Draft, Field};
use hwgen_generate::header::Header;
use hwgen_generate::registry::BLOCKS;
use hwgen_generate::template::Library;
use hwgen_golden::BlockName;

/// One block is one name everywhere, and the binding says what the RTL says.
#[test]
fn blocks_line_up() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = Library::embedded();
    let names: Vec<BlockName> = BLOCKS.iter().map(|b| b.name()).collect();
    assert_eq!(names, BlockName::ALL, "every block, in one order");
    for block in BLOCKS {
        let name = block.name().name();
        for folder in [
            "golden/src",
            "verif/src/benches",
            "crates/generate/src/blocks",
            "tests",
        ] {
            let path = format!("{folder}/{name}.rs");
            assert!(root.join(&path).exists(), "{path} is missing");
        }
        let mut draft = Draft::default();
        let names: Vec<&str> = block.variants().iter().map(|v| v.name).collect();
        draft.assign("blocks", name);
        let variants = format!("{name}.variants");
        if Field::find(&variants).is_some() {
            draft.assign(&variants, &names.join(","));
        }
        let engines = block.engines(&draft.finish().expect("legal"));
        assert_eq!(
            engines.len(),
            names.len(),
            "{name}: a variant has no engine"
        );
        // A port or parameter that several variants have is the same thing, and said alike.
        let mut said: BTreeMap<String, String> = BTreeMap::new();
        for engine in engines {
            let module = &engine.module;
            let text = library.text(module);
            let text = text.unwrap_or_else(|| panic!("{module}.sv is missing"));
            let header = Header::read(text);
            let ours: Vec<&str> = engine.parameters.iter().map(|p| p.name).collect();
            let theirs: Vec<&str> = header.parameters.iter().map(|p| &*p.name).collect();
            assert_eq!(ours, theirs, "parameters of {module}");
            let ours: Vec<_> = engine.ports.iter().map(|p| (p.dir, &p.name)).collect();
            let theirs: Vec<_> = header.ports.iter().map(|p| (p.dir, &p.name)).collect();
            assert_eq!(ours, theirs, "ports of {module}");
            let parameters = header.parameters.iter().map(|p| (&p.name, p.meaning()));
            let ports = header.ports.iter().map(|p| (&p.name, p.words.clone()));
            for (name, words) in parameters.chain(ports) {
                assert!(!words.is_empty(), "{module}: {name} has no /// line");
                let before = said.entry(name.clone()).or_insert_with(|| words.clone());
                assert_eq!(
                    *before, words,
                    "{module}: {name} is another thing elsewhere"
                );
            }
        }
    }
    let wanted = "one file a module, as the file is named";
    for path in modules() {
        let file = path.file_name().expect("a file").to_string_lossy();
        let stem = file.strip_suffix(".sv").unwrap_or_default();
        assert!(stem.starts_with("hg_"), "{file}: {wanted}");
        let text = fs::read_to_string(&path).expect("readable");
        let declares = |kind: &str| {
            let heads = text.lines().filter_map(|l| l.strip_prefix(kind));
            heads
                .filter_map(|l| l.split(|c: char| !c.is_alphanumeric() && c != '_').next())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let names = [declares("module "), declares("package ")].concat();
        assert_eq!(names, [stem], "{file}: {wanted}");
    }
}

/// Returns the hand-written files of the RTL, of all folders but that of what is rendered.
fn modules() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rtl_templates");
    let rendered = root.join("top");
    let mut folders = vec![root];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("a file").path();
            if !path.is_dir() {
                found.push(path);
            } else if path != rendered {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Yosys widens an inverted size cast of a constant inside a concatenation without a word, which
/// pushes the parts above it out of the vector (findings/yosys-inverted-cast.sh), and loses a minus
/// before one anywhere (findings/yosys-minus-cast.sh).
#[test]
fn no_size_cast_is_inverted_or_negated() {
    let mut seen = 0;
    for path in modules() {
        let text = fs::read_to_string(&path).expect("readable");
        for (n, line) in text.lines().enumerate() {
            let inverted = line.split('~').skip(1).any(|rest| {
                let name = rest.trim_start().trim_start_matches(|c: char| {
                    c.is_ascii_alphanumeric() || c == '_' || c == ':'
                });
                name.starts_with("'(")
            });
            assert!(!inverted, "{}:{}: {line}", path.display(), n + 1);
            assert!(!negated(line), "{}:{}: {line}", path.display(), n + 1);
        }
        seen += 1;
    }
    assert!(seen > 100, "the folders of the RTL hold {seen} files");
}

/// Tells whether a line has a minus that is no subtraction before a size cast.
fn negated(line: &str) -> bool {
    line.match_indices('-').any(|(at, _)| {
        let before = line[..at].trim_end().chars().next_back();
        // A line that begins with a minus goes on with the one above.
        let unary = before.is_some_and(|c| !(c.is_alphanumeric() || "_)]}'".contains(c)));
        let rest = line[at + 1..].trim_start();
        let size = match rest.strip_prefix('(') {
            // A size in parentheses; nested ones are rare enough.
            Some(inner) => inner.split_once(')').map_or("", |(_, behind)| behind),
            None => rest.trim_start_matches(|c: char| c.is_alphanumeric() || "_:".contains(c)),
        };
        unary && size.starts_with("'(")
    })
}

#[test]
fn a_negated_size_cast_is_seen() {
    for line in ["x = -W'(K);", "x = a + -(B + 1)'(K);", "f(-hg_pkg::W'(K))"] {
        assert!(negated(line), "{line}");
    }
    for line in [
        "x = a - W'(K);",
        "x = y[3] - (B + 1)'(K);",
        "x = -(a + b);",
        "  - W'(1)",
    ] {
        assert!(!negated(line), "{line}");
    }
}

#[test]
fn no_line_is_wider_than_100_columns() {
    for path in modules() {
        let text = fs::read_to_string(&path).expect("readable");
        for (n, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            assert!(columns <= 100, "{}:{}: {columns}", path.display(), n + 1);
        }
    }
}
