// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proves that the bench notices edits of the RTL: each of `edits.toml` is made in an emitted
//! bundle, which is then verified as `hwgen verify` does.
//!
//! A share runs with every `cargo test`. All of them, and `docs/harness/edits.md` anew:
//! `HWGEN_BLESS=1 cargo test --release --test edits -- --ignored --nocapture`, or with
//! `HWGEN_EDITS=figs/` only those whose variant and file hold that text (or one of several, with
//! commas between them). `CXXFLAGS=-O0` makes models of the attention core in a third of the time.

mod harness;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use hwgen_bundle::manifest::Bundle;
use hwgen_generate::registry::{BLOCKS, owner};
use hwgen_generate::template::Library;
use hwgen_verif::report::Failure;
use hwgen_verif::verify::Lab;
use hwgen_verif::{Progress, VerifyOptions};
use serde::Deserialize;
use tempfile::TempDir;

/// What `hwgen verify` does unless told otherwise.
const CASES: u64 = 1_000;
const SEED: u64 = 1;
/// Queries that the smallest failing case may have. Some faults need a full pipeline.
const MOST_QUERIES: usize = 6;
/// The list for people.
const PAGE: &str = "docs/harness/edits.md";

/// The table.
#[derive(Deserialize)]
struct Table {
    small: Vec<Small>,
    edit: Vec<Edit>,
}

/// Parameters at which some blocks build and run quickly.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Small {
    blocks: Vec<String>,
    set: Vec<String>,
}

/// One edit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    /// Variant that is verified with it, or the stage of the attention core or block behind it.
    /// Where several blocks have a variant of that name, `block:variant`.
    variant: String,
    /// File, relative to `rtl_templates/`.
    file: String,
    /// Text that occurs once in the file.
    before: String,
    /// What stands there instead.
    after: String,
    /// What it breaks, in words.
    breaks: String,
    /// Parameters, where the small ones do not show it.
    #[serde(default)]
    set: Vec<String>,
    /// Whether every `cargo test` tries it.
    #[serde(default)]
    quick: bool,
}

/// How an edit was noticed.
struct Noticed {
    failure: Failure,
    /// Size of the smallest case in words.
    size: String,
}

impl Edit {
    /// Writes the bundle that the edit is made in.
    fn emit(&self) -> (TempDir, Bundle) {
        let (first, variant) = match self.variant.split_once(':') {
            Some((block, variant)) => (block, Some(variant)),
            None => (self.variant.as_str(), None),
        };
        let named = BLOCKS.iter().find(|b| b.name().name() == first);
        let block = named.map(|b| b.name()).or_else(|| owner(first));
        let block = block.unwrap_or_else(|| panic!("{first}: no block or variant"));
        let mut settings = vec![format!("blocks={block}")];
        if let Some(variant) = variant.or(named.is_none().then_some(first)) {
            settings.push(format!("{block}.variants={variant}"));
        }
        let table = table();
        let of_block = |small: &&Small| small.blocks.iter().any(|b| b == block.name());
        let small = table.small.iter().find(of_block);
        let small = small.unwrap_or_else(|| panic!("{block} has no small parameters"));
        settings.extend(small.set.iter().chain(&self.set).cloned());
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let design = harness::design(&settings);
        let target = folder.path().join("bundle");
        let bundle = harness::emit(&design, &Library::embedded(), &target);
        (folder, bundle)
    }

    /// Makes the edit in the bundle on disk.
    fn make(&self, bundle: &Bundle) -> Result<(), String> {
        let manifest = &bundle.manifest;
        let module = Path::new(&self.file).file_stem().unwrap_or_default();
        let source = manifest.file_of(&module.to_string_lossy());
        let source = source.ok_or("the bundle does not hold the file")?;
        let path = bundle.dir.join(source);
        let text = fs::read_to_string(&path).map_err(|e| e.to_string())?;
        let real = |text: &str| {
            let names = |word: &str| manifest.file_of(word).is_some();
            manifest.suffix.real_text(text, names)
        };
        let (before, after) = (real(&self.before), real(&self.after));
        match text.matches(&before).count() {
            1 => fs::write(&path, text.replacen(&before, &after, 1)).map_err(|e| e.to_string()),
            many => Err(format!("its text occurs {many} times")),
        }
    }

    /// Makes the edit and tells how it was noticed, or why that is not good enough.
    fn try_on(&self, lab: &Lab) -> Result<Noticed, String> {
        let (folder, right) = self.emit();
        let (_edited_folder, edited) = self.emit();
        self.make(&edited)?;
        let failure = verify(lab, &edited, folder.path(), None)?.ok_or("not noticed")?;
        let replay = Some(failure.replay.clone());
        let (queries, size) = size_of(&failure.replay)?;
        if queries > MOST_QUERIES {
            return Err(format!("{queries} queries are left: {failure}"));
        }
        let again = verify(lab, &edited, folder.path(), replay.clone())?;
        let again = again.ok_or("its replay passes")?;
        if (&again.field, again.cycle) != (&failure.field, failure.cycle) {
            return Err(format!("its replay differs: {again}\nfrom: {failure}"));
        }
        if let Some(wrong) = verify(lab, &right, folder.path(), replay)? {
            return Err(format!("its replay fails without it: {wrong}"));
        }
        Ok(Noticed { failure, size })
    }

    /// Spells the edit on one line.
    fn spell(&self) -> String {
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        format!(
            "`{}` to `{}`",
            one_line(&self.before),
            one_line(&self.after)
        )
    }

    /// Returns the head of its row on the page.
    fn row(&self) -> String {
        let spelled = self.spell().replace('|', "\\|");
        format!(
            "| {} | {} | {spelled} | {} |",
            self.variant, self.file, self.breaks
        )
    }
}

impl Noticed {
    /// Names what noticed it.
    fn by(&self) -> String {
        let Failure { field, got, .. } = &self.failure;
        if got.starts_with("nothing for") {
            "watchdog".into()
        } else if field == "check in the RTL" {
            let words = got.rsplit(": ").next().unwrap_or(got);
            format!("RTL check: {words}")
        } else if field.ends_with("_valid_o") || ["act_ready_o", "tile_error_o"].contains(&&**field)
        {
            format!("protocol: {got}")
        } else {
            format!("field {field}")
        }
    }
}

/// Verifies the engine of a bundle as `hwgen verify` does, or plays a replay file on it.
fn verify(
    lab: &Lab,
    bundle: &Bundle,
    artifacts: &Path,
    replay: Option<PathBuf>,
) -> Result<Option<Failure>, String> {
    let mut options = VerifyOptions {
        cases: CASES,
        seed: SEED,
        wave: None,
        waves: false,
        replay,
        artifacts: artifacts.to_owned(),
        progress: &mut |_: Progress| {},
        stop: &AtomicBool::new(false),
    };
    let report = lab.verify_engine(bundle, &bundle.manifest.engines[0], &mut options);
    report.map(|r| r.failure).map_err(|e| e.to_string())
}

/// Counts the items of a replay file, and says how large they are.
fn size_of(replay: &Path) -> Result<(usize, String), String> {
    let text = fs::read_to_string(replay).map_err(|e| format!("no replay file: {e}"))?;
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let items = json["run"]["items"].as_array().ok_or("no items")?;
    let plural =
        |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let sum = |of: fn(&serde_json::Value) -> Option<usize>| items.iter().filter_map(of).sum();
    let count = items.len();
    let size = match json["engine"]["block"].as_str() {
        Some("topk") => {
            let keys = plural(sum(|q| Some(q["keys"].as_array()?.len())), "key", "keys");
            format!("{}, {keys}", plural(count, "query", "queries"))
        }
        Some("attention") => {
            let queries = sum(|job| Some(job["queries"].as_u64()? as usize));
            let queries = plural(queries, "query", "queries");
            format!("{}, {queries}", plural(count, "job", "jobs"))
        }
        Some("figs") => {
            let tokens = sum(|job| Some(job["gemm"]["tokens"].as_u64()? as usize));
            let tokens = plural(tokens, "token", "tokens");
            format!("{}, {tokens}", plural(count, "job", "jobs"))
        }
        Some("qk") => plural(count, "row", "rows"),
        Some("softmax") => plural(count, "pass", "passes"),
        Some("score" | "pv") => plural(count, "query", "queries"),
        Some("cascade" | "ring" | "stream_reader" | "stream_writer") => {
            plural(count, "command", "commands")
        }
        Some("dispatch") => plural(count, "descriptor", "descriptors"),
        Some("regs") => plural(count, "access", "accesses"),
        _ => plural(count, "beat", "beats"),
    };
    Ok((count, size))
}

fn table() -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/edits.toml");
    let text = fs::read_to_string(path).expect("the table is there");
    toml::from_str(&text).expect("the table is TOML")
}

/// Tries edits one after the other, a line each. Returns the rows of the page, and those that were
/// not noticed as they should be.
fn try_all(edits: &[Edit]) -> (String, Vec<String>) {
    let lab = Lab::open().expect("the tools of hwgen doctor are there");
    let mut rows = String::new();
    let mut wrong = Vec::new();
    for edit in edits {
        let head = format!("{} {}: {}", edit.variant, edit.file, edit.spell());
        match edit.try_on(&lab) {
            Ok(noticed) => {
                let (by, size) = (noticed.by(), &noticed.size);
                eprintln!("{head}: {by}; {size}");
                let _ = writeln!(rows, "{} {} | {size} |", edit.row(), by.replace('|', "\\|"));
            }
            Err(reason) => {
                eprintln!("{head}: WRONG, {reason}");
                wrong.push(format!("{head}: {reason}"));
            }
        }
    }
    (rows, wrong)
}

#[test]
fn a_share_of_the_edits_is_noticed() {
    let edits: Vec<Edit> = table().edit.into_iter().filter(|edit| edit.quick).collect();
    for variant in ["radix", "stream", "quickselect", "batcher", "figs"] {
        assert!(
            edits.iter().any(|edit| edit.variant == variant),
            "{variant}"
        );
    }
    let (_, wrong) = try_all(&edits);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "builds a model an edit; some minutes"]
fn every_edit_is_noticed() {
    let all = table().edit;
    let only = std::env::var("HWGEN_EDITS").unwrap_or_default();
    let chosen = |edit: &Edit| {
        let name = format!("{} {}", edit.variant, edit.file);
        only.split(',').any(|part| name.contains(part))
    };
    let (edits, others): (Vec<Edit>, Vec<Edit>) = all.into_iter().partition(chosen);
    assert!(
        !edits.is_empty(),
        "HWGEN_EDITS={only}: no such variant or file"
    );
    let (tried, wrong) = try_all(&edits);
    if std::env::var("HWGEN_BLESS").is_ok_and(|value| value == "1") {
        // What was not tried stays on the page as it was.
        let before = fs::read_to_string(page()).expect("the page is there");
        let line = |edit: &Edit| {
            let mut lines = tried.lines().chain(before.lines());
            let row = edit.row();
            lines
                .find(|l| l.starts_with(&row))
                .map(|l| format!("{l}\n"))
        };
        let rows: String = table().edit.iter().filter_map(line).collect();
        let count = edits.len() + others.len();
        let text = include_str!("edits.md").replace("{count}", &count.to_string());
        fs::write(page(), text + &rows).expect("the page is writable");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_page_lists_every_edit() {
    let text = fs::read_to_string(page()).expect("the page is there");
    let rows = text.lines().filter(|line| line.contains("/hg_")).count();
    let edits = table().edit;
    for edit in &edits {
        let row = edit.row();
        assert!(text.contains(&row), "{PAGE} lacks {row}; bless it anew");
    }
    assert_eq!(rows, edits.len(), "{PAGE} lists edits that are no more");
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)
}
