// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every table of the documents that a command makes can still be made: the command runs, on a small
//! scale, and its table has the columns of the document's.
//!
//! A new pair of markers, or a new table that names a command, needs a line here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod documents;

use documents::{documents, root};

/// Tables between markers: what the marker names, and the command that makes it on a small scale,
/// for the tools that a machine may have.
const MARKED: [(&str, &str); 16] = [
    ("topk", "bench topk --small"),
    ("attention", "bench attention --small"),
    ("pace", "bench pace --small"),
    ("figs", "bench figs --small"),
    // No test makes these anew: they build cores with heads of 64 elements.
    ("axi", "bench axi --rows 12"),
    ("dram", "bench dram --small --rows 1"),
    ("figs-area osu018", "bench figs-area --small"),
    ("harness", "bench harness --small"),
    // Beside itself.
    ("build", "bench build --small --runs 1 --baseline hwgen"),
    (
        "mutate",
        "bench mutate --small --mutants 2 --variant stream",
    ),
    (
        "mutate figs",
        "bench mutate --small --mutants 2 --variant figs",
    ),
    ("synth osu018", "bench synth --small"),
    ("synth asap7", "bench synth --small --target asap7"),
    ("synth sg13g2", "bench synth --small --target sg13g2"),
    ("synth sky130hd", "bench synth --small --target sky130hd"),
    ("synth ecp5", "bench synth --small --target ecp5"),
];

/// Tables without markers of which the text names the command: the document, the start of the table's
/// first line, and the commands on a small scale.
const NAMED: [(&str, &str, &[&str]); 3] = [
    (
        "docs/figs/results.md",
        "| processing element | osu018 area | asap7 area |",
        &[
            "emit -o b --block figs --set figs.rows=4 --set figs.columns=2 --set figs.lanes=1 \
             --set figs.max_t=4",
            "synth b --module hg_figs_pe --flat",
        ],
    ),
    (
        "docs/attention/cascade.md",
        "| engine | osu018 area | MHz |",
        &[
            "emit -o b --block importance --pe 16 --set attention.d_head=8 \
             --set attention.max_tokens=8 --set importance.max_heads=2",
            "synth b --flat",
        ],
    ),
    (
        "docs/attention/results.md",
        "| part | osu018 area | share |",
        &["bench synth --small --block score"],
    ),
];

/// Tables of which another test runs the command: document, start of the first line, file, test.
const ELSEWHERE: [(&str, &str, &str, &str); 11] = [
    (
        "docs/memory/axi_results.md",
        "| tensors | samples |",
        "tests/attention_axi.rs",
        "real_tensors_on_every_memory",
    ),
    (
        "docs/harness/netlists.md",
        "| variant | module as netlist |",
        "tests/netlist.rs",
        "a_leaf_is_equal_on_cells_and_on_an_fpga",
    ),
    (
        "docs/harness/netlists.md",
        "| block | module as netlist |",
        "tests/netlist.rs",
        "a_leaf_is_equal_on_cells_and_on_an_fpga",
    ),
    (
        "docs/harness/netlists.md",
        "| module as netlist |",
        "tests/netlist.rs",
        "a_leaf_is_equal_on_cells_and_on_an_fpga",
    ),
    (
        "docs/harness/mutation.md",
        "| module | mutants | noticed |",
        "tests/mutate.rs",
        "most_mutants_are_noticed_and_by_the_model",
    ),
    (
        "docs/harness/proofs.md",
        "| engine | first tie in cycle |",
        "tests/prove.rs",
        "a_share_is_proved_and_the_second_time_is_cached",
    ),
    (
        "docs/attention/results.md",
        "| work | cycles | QK busy |",
        "tests/attention.rs",
        "fn steady_state_keeps_qk_busy",
    ),
    (
        "docs/attention/results.md",
        "| what | latency 1 | latency 30 | latency 100 |",
        "tests/run_trace.rs",
        "the_rtl_is_bound_by_the_bytes",
    ),
    (
        "docs/attention/results.md",
        "| head | latency 1 | 30 | 100 |",
        "tests/attention.rs",
        "fn decoding_short_heads",
    ),
    (
        "README.md",
        "| engine | cycles | the peer's cycles |",
        "tests/docs/figures.rs",
        "the_figures_of_the_readme_are_those_of_the_tables",
    ),
    (
        "README.md",
        "| preset | k | pe |",
        "tests/docs/figures.rs",
        "the_preset_table_is_what_the_presets_say",
    ),
];

const OSU018: &str = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Returns what the markers of the documents name, with the text between them.
fn marked() -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (path, text) in documents() {
        for part in text.split("<!-- begin hwgen bench ").skip(1) {
            let shown = path.display();
            let (name, rest) = part.split_once(" -->").expect("a marker ends");
            let end = format!("<!-- end hwgen bench {name} -->");
            let table = rest.split_once(&end);
            let (table, _) = table.unwrap_or_else(|| panic!("{shown}: there is no {end}"));
            out.push((name.to_owned(), table.to_owned()));
        }
    }
    out
}

/// Returns the first lines of the tables of a text.
fn heads(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let row = line.starts_with('|');
        if row && !inside {
            out.push(line);
        }
        inside = row;
    }
    out
}

#[test]
fn every_marker_has_its_command_and_every_command_its_marker() {
    let found: BTreeSet<String> = marked().into_iter().map(|(name, _)| name).collect();
    let listed: BTreeSet<String> = MARKED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        found, listed,
        "documents on the left, this test on the right"
    );
    let open = "<!-- begin hwgen";
    let all: usize = documents()
        .iter()
        .map(|(_, t)| t.matches(open).count())
        .sum();
    assert_eq!(
        all,
        MARKED.len(),
        "a marker of another command, or twice the same"
    );
    let named = NAMED.iter().map(|(document, head, _)| (document, head));
    let elsewhere = ELSEWHERE
        .iter()
        .map(|(document, head, ..)| (document, head));
    for (document, head) in named.chain(elsewhere) {
        let text = read(document);
        let there = heads(&text).iter().any(|h| h.starts_with(head));
        assert!(there, "{document}: has no table {head}");
    }
    for (document, head, file, test) in ELSEWHERE {
        let there = read(file).contains(test);
        assert!(there, "{document}, {head}: {file} has no test {test}");
    }
}

/// Rows of dashes and of zeros are what a table shows whose command does not measure any more.
#[test]
fn no_table_of_figures_has_a_row_without_any() {
    for (name, table) in marked() {
        let rows = table.lines().filter(|l| l.starts_with("| "));
        for row in rows.filter(|r| !r.starts_with("| module")) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').skip(1).collect();
            let empty = |c: &&str| matches!(c.trim(), "" | "-" | "0");
            assert!(!cells.iter().all(empty), "{name}: {row}");
        }
    }
}

/// A folder in which commands run with the tools of the machine.
struct Place {
    folder: tempfile::TempDir,
    own_cache: bool,
}

impl Place {
    fn new(own_cache: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, own_cache }
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
        command
            .current_dir(self.folder.path())
            .args(line.split_whitespace());
        let path = std::env::var("PATH").unwrap_or_default();
        let tools = root().join(".tools/venv/bin");
        let own = Path::new(env!("CARGO_BIN_EXE_hwgen")).with_file_name("");
        command.env(
            "PATH",
            format!("{path}:{}:{}", tools.display(), own.display()),
        );
        if self.own_cache {
            command.env("HWGEN_CACHE", self.folder.path().join("cache"));
        }
        command
    }

    /// Runs a command to its end and returns what it says.
    fn done(&self, line: &str) -> String {
        let output = self.command(line).output().expect("runs");
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "hwgen {line}: {out}{err}");
        out
    }
}

/// Runs the command of a marker, and holds the table against that of the document.
fn made(name: &str, more: &str) -> String {
    let found = MARKED.iter().find(|(n, _)| *n == name);
    let (_, line) = found.unwrap_or_else(|| panic!("{name}: not in the list"));
    // Results of synthesis are not taken from yesterday; models are.
    let place = Place::new(line.contains("synth") || line.contains("area"));
    let said = place.done(&format!("{line}{more}"));
    let markers = marked();
    let table = markers.iter().find(|(n, _)| n == name);
    let (_, table) = table.unwrap_or_else(|| panic!("{name}: no document has it"));
    // Columns named for a model or a clock differ.
    let columns = |text: &str| -> Vec<usize> {
        let heads = heads(text);
        heads.iter().map(|h| h.matches('|').count()).collect()
    };
    if name != "attention" {
        assert_eq!(columns(table), columns(&said), "{name}: {said}");
        let first = |text: &str| heads(text)[0].split('|').nth(1).map(str::to_owned);
        assert_eq!(first(table), first(&said), "{name}");
    }
    assert_eq!(heads(table).len(), heads(&said).len(), "{name}: {said}");
    said
}

/// Returns the cells of the rows of the first table of a text.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip_while(|l| !l.starts_with('|')).skip(2);
    let cells = |l: &str| {
        l.trim_matches('|')
            .split('|')
            .map(|c| c.trim().to_owned())
            .collect()
    };
    lines
        .take_while(|l| l.starts_with('|'))
        .map(cells)
        .collect()
}

fn on_path(names: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(root().join(".tools/venv/bin"));
    let there = |name: &&str| folders.iter().any(|f| f.join(name).is_file());
    let all = names.iter().all(there);
    if !all {
        eprintln!("skipped: needs {}", names.join(", "));
    }
    all
}

fn cells() -> bool {
    let liberty = Path::new(OSU018).exists();
    if !liberty {
        eprintln!("skipped: needs the liberty of qflow-tech-osu018");
    }
    liberty && on_path(&["yosys", "sta"])
}

#[test]
fn attention() {
    made("attention", "");
}

#[test]
#[ignore = "half a minute of mapping"]
fn areas_of_figs() {
    if cells() {
        let rows = rows(&made("figs-area osu018", ""));
        assert_eq!(rows.len(), 2);
    }
}

#[test]
fn synthesis_on_cells() {
    if !cells() {
        return;
    }
    let rows = rows(&made("synth osu018", ""));
    assert!(rows.len() > 3, "an engine and its modules: {rows:?}");
}

#[test]
#[ignore = "the same again for each target"]
fn synthesis_on_cells_of_others() {
    if !cells() {
        return;
    }
    let own = rows(&made("synth osu018", ""));
    // Other libraries are not there; their targets' settings are, with the library that is.
    let stand_in = format!(" --liberty {OSU018} --driving-cell INVX4 --period 2.857");
    for name in ["synth asap7", "synth sg13g2", "synth sky130hd"] {
        let rows = rows(&made(name, &stand_in));
        let figures = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
            rows.iter()
                .map(|r| vec![r[0].clone(), r[3].clone()])
                .collect()
        };
        assert_eq!(
            figures(&rows),
            figures(&own),
            "{name}: modules and registers"
        );
    }
}

#[test]
#[ignore = "a quarter of a minute of synthesis"]
fn synthesis_on_fpgas() {
    for family in ["ecp5", "ice40"] {
        let nextpnr = format!("yowasp-nextpnr-{family}");
        if !on_path(&["yosys", &nextpnr]) {
            continue;
        }
        let rows = if family == "ecp5" {
            rows(&made("synth ecp5", ""))
        } else {
            let place = Place::new(true);
            rows(&place.done(&format!("bench synth --small --target {family}")))
        };
        let number = |c: &str| c.parse::<f64>().unwrap_or(0.0);
        for row in rows {
            // A memory is memories alone; anything else has LUTs, registers and MHz.
            if row[0].starts_with("`hg_ram_1r1w`") {
                let memories = number(&row[3]) + number(&row[4]);
                assert!(memories > 0.0, "{family}: {row:?}");
                continue;
            }
            for column in [1, 6, 8] {
                assert!(number(&row[column]) > 0.0, "{family}: {row:?}");
            }
        }
    }
}

#[test]
#[ignore = "a quarter of a minute of synthesis"]
fn tables_that_name_a_command() {
    if !cells() {
        return;
    }
    for (document, head, commands) in NAMED {
        let place = Place::new(true);
        let mut said = String::new();
        for line in commands {
            said = place.done(line);
        }
        let figures = said.contains("MHz");
        assert!(figures, "{document}, {head}: {said}");
    }
}

/// Beside itself, so that the columns are those of a comparison.
#[test]
#[ignore = "builds a core"]
fn pace() {
    made("pace", concat!(" --baseline ", env!("CARGO_BIN_EXE_hwgen")));
}

#[test]
fn figs() {
    made("figs", "");
}

#[test]
#[ignore = "builds four engines"]
fn topk() {
    made("topk", "");
}

#[test]
#[ignore = "builds four engines, and benches in C++"]
fn harness() {
    made("harness", "");
}

#[test]
#[ignore = "builds models of the core, with waves and without"]
fn builds() {
    let rows = rows(&made("build", ""));
    for what in [
        "all engines, cold",
        "edit",
        "failing case with its waveform",
    ] {
        let row = rows.iter().find(|r| r[0] == what);
        let row = row.unwrap_or_else(|| panic!("{what}: {rows:?}"));
        assert_eq!(row.len(), 5, "{row:?}");
    }
}

#[test]
#[ignore = "builds engines with mutants, and proves"]
fn mutants() {
    if on_path(&["yosys"]) {
        made("mutate", "");
        made("mutate figs", "");
    }
}
