// SPDX-License-Identifier: MIT OR Apache-2.0
//! What building and running models costs in processor time, beside another build of the program.
//!
//! Runs programs of hwgen as a user does, each in caches of its own, and takes the time of all their
//! processes from the system; so it needs Linux.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::Deserialize;

use crate::topk::emit_with;
use hwgen_bundle::manifest::Bundle;
use hwgen_console::error::Error;
use hwgen_console::stop;

/// File of the edited module, by how its name begins.
const MODULE: &str = "hg_softmax";
/// Text of the module, and what an edit makes of it: another function of the same registers.
const EDIT: [&str; 2] = [
    "      run_q <= start || (run_q && !row_last);",
    "      run_q <= (start || (run_q && !row_last)) ^ (start && !rst_ni);",
];
/// A register more, which the optimiser cannot drop.
const REGISTER: [&str; 2] = [
    "endmodule",
    "  logic [12:0] bench_q;\n\
     always_ff @(posedge clk_i) bench_q <= rst_ni ? bench_q + 13'(run_q) : '0;\n\
     always @(posedge clk_i) if (&bench_q) $display(\"%d\", bench_q);\nendmodule",
];
/// An edit that the bench notices.
const FAULT: [&str; 2] = ["    .live_i      (live_q),", "    .live_i      ('0),"];

/// A program of hwgen, and what it is called in the table.
#[derive(Debug, Clone)]
pub struct Side {
    /// Head of its column.
    pub name: String,
    /// The program.
    pub program: PathBuf,
}

/// What to measure.
#[derive(Debug)]
pub struct Plan {
    /// The programs; the first is the one that others are compared with.
    pub sides: Vec<Side>,
    /// Verilators by the value of `HWGEN_VERILATOR`; an empty one is the usual.
    pub verilators: Vec<String>,
    /// Measurements of each figure, of which the table shows the median.
    pub runs: usize,
    /// Tensors of whole layers for `run attention`, if any.
    pub tensors: Option<PathBuf>,
}

/// One line of the table.
struct Line {
    what: String,
    /// Figures of each side.
    values: Vec<Vec<f64>>,
    /// Whether more is better.
    rate: bool,
}

/// Returns a Markdown table for each Verilator.
///
/// # Errors
/// Where a program cannot be run, or ends otherwise than it should.
pub fn table(plan: &Plan, small: bool) -> Result<String, Error> {
    let folder = tempfile::tempdir().map_err(|e| Error::input(format!("a folder: {e}")))?;
    let settings: &[&str] = if small {
        &["blocks=attention", "pe=8"]
    } else {
        &[]
    };
    let (_kept, bundle) = emit_with(settings)?;
    let edited = |name: &str, edit| edited(&bundle, &folder.path().join(name), edit);
    let work = Work {
        folder: folder.path(),
        edit: edited("edit", EDIT)?,
        register: edited("register", REGISTER)?,
        fault: edited("fault", FAULT)?,
        bundle: &bundle,
        plan,
        small,
    };
    let mut out = String::new();
    for verilator in &plan.verilators {
        let lines = work.measure(verilator)?;
        out += &spelt(plan, &version(&plan.sides[0], verilator)?, &lines);
    }
    Ok(out + NOTE)
}

const NOTE: &str = "Processor time is that of all processes, user and system, and the median of the runs; the sides \
take turns. `edit` and `register` change one line and one register of `hg_softmax` in a cache that holds the model \
as it was; `failing case` is from an edit that the bench notices until its waveform lies on the disk, with the \
runtime of waves in the cache. Cycles per second are simulated and checked, per second of processor time.\n";

/// Bundles and folders of a measurement.
struct Work<'a> {
    folder: &'a Path,
    bundle: &'a Bundle,
    edit: PathBuf,
    register: PathBuf,
    fault: PathBuf,
    plan: &'a Plan,
    small: bool,
}

impl Work<'_> {
    fn measure(&self, verilator: &str) -> Result<Vec<Line>, Error> {
        let sides = self.plan.sides.len();
        let mut lines: Vec<Line> = Vec::new();
        let mut note = |what: &str, side: usize, value: f64, rate: bool| {
            let at = lines
                .iter()
                .position(|l| l.what == what)
                .unwrap_or_else(|| {
                    lines.push(Line {
                        what: what.to_owned(),
                        values: vec![Vec::new(); sides],
                        rate,
                    });
                    lines.len() - 1
                });
            lines[at].values[side].push(value);
        };
        for run in 0..self.plan.runs {
            for (side, program) in self.plan.sides.iter().enumerate() {
                stop::stopped()?;
                let cache = self.folder.join(format!("cache{run}{side}"));
                let call = |arguments: &[&str], bundle: &Path, code: i32| {
                    let mut command = Command::new(&program.program);
                    command.env("HWGEN_CACHE", &cache);
                    if !verilator.is_empty() {
                        command.env("HWGEN_VERILATOR", verilator);
                    }
                    command.args(arguments).arg(bundle);
                    timed(&mut command, code)
                };
                let verify = ["verify", "--cases"];
                let all = call(&[verify[0], verify[1], "1"], &self.bundle.dir, 0)?;
                note("all engines, cold", side, all.cpu, false);
                let one = ["verify", "--block", "attention", "--cases", "1"];
                note("edit", side, call(&one, &self.edit, 0)?.cpu, false);
                note(
                    "edit with a register",
                    side,
                    call(&one, &self.register, 0)?.cpu,
                    false,
                );
                // The runtime of waves, by the smallest engine there is.
                let block = &self.bundle.manifest.engines[0].block;
                let block = self
                    .bundle
                    .manifest
                    .engines
                    .iter()
                    .find(|e| e.block == "importance")
                    .map_or(block.as_str(), |e| e.block.as_str());
                let fst = self.folder.join("waves.fst");
                let fst = fst.to_string_lossy();
                let waves = ["verify", "--block", block, "--cases", "1", "--wave", &fst];
                call(&waves, &self.bundle.dir, 0)?;
                let failing = ["verify", "--block", "attention", "--cases", "20"];
                note(
                    "failing case with its waveform",
                    side,
                    call(&failing, &self.fault, 1)?.cpu,
                    false,
                );
                for engine in &self.bundle.manifest.engines {
                    let name = format!("{} {}", engine.block, engine.variant);
                    let cases = if self.small { 1 } else { cases(&engine.block) };
                    let (cases, path) = (cases.to_string(), self.folder.join("report.json"));
                    let json = path.to_string_lossy();
                    let arguments = [
                        "verify",
                        "--block",
                        &engine.block,
                        "--variant",
                        &engine.variant,
                        "--cases",
                        &cases,
                        "--seed",
                        "3",
                        "--json",
                        &json,
                    ];
                    let took = call(&arguments, &self.bundle.dir, 0)?;
                    let what = format!("{name}, thousand cycles/s");
                    note(&what, side, cycles(&path)? / took.cpu / 1e3, true);
                }
                if let Some(tensors) = &self.plan.tensors {
                    let (bundle, tensors) =
                        (self.bundle.dir.to_string_lossy(), tensors.to_string_lossy());
                    let run = ["run", "attention", "--bundle", &bundle, "--input"];
                    let took = call(&run, Path::new(&*tensors), 0)?;
                    note("`run attention`, processor", side, took.cpu, false);
                    note("`run attention`, elapsed", side, took.wall, false);
                }
                fs::remove_dir_all(&cache).map_err(|e| Error::path(&cache, "remove", &e))?;
            }
        }
        Ok(lines)
    }
}

/// Returns the cases with which an engine runs for some seconds.
fn cases(block: &str) -> u64 {
    match block {
        "attention" => 150,
        "topk" => 6000,
        _ => 1500,
    }
}

/// Reads the cycles of a report.
fn cycles(path: &Path) -> Result<f64, Error> {
    #[derive(Deserialize)]
    struct Report {
        engines: Vec<Engine>,
    }
    #[derive(Deserialize)]
    struct Engine {
        cycles: u64,
    }
    let text = fs::read(path).map_err(|e| Error::path(path, "read", &e))?;
    let report: Report = serde_json::from_slice(&text)
        .map_err(|e| Error::input(format!("{}: {e}", path.display())))?;
    Ok(report.engines.iter().map(|e| e.cycles as f64).sum())
}

/// Copies a bundle with one text of a module replaced.
fn edited(bundle: &Bundle, to: &Path, [old, new]: [&str; 2]) -> Result<PathBuf, Error> {
    let mut found = 0;
    copy(&bundle.dir, to, &mut |name, text| {
        let is_module = name.strip_prefix(MODULE).is_some_and(|rest| {
            rest.starts_with('.') || rest.starts_with('_') && rest.len() == "_12345678.sv".len()
        });
        if is_module && text.contains(old) {
            found += 1;
            return text.replacen(old, new, 1);
        }
        text
    })?;
    if found == 1 {
        return Ok(to.to_owned());
    }
    Err(Error::input(format!(
        "{MODULE}: holds {found} times what the edit of the measurement replaces: {old:?}"
    )))
}

fn copy(
    from: &Path,
    to: &Path,
    change: &mut dyn FnMut(&str, String) -> String,
) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(|e| Error::path(to, "make", &e))?;
    for item in fs::read_dir(from).map_err(|e| Error::path(from, "read", &e))? {
        let path = item.map_err(|e| Error::path(from, "read", &e))?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let target = to.join(&name);
        if path.is_dir() {
            copy(&path, &target, change)?;
            continue;
        }
        let bytes = fs::read(&path).map_err(|e| Error::path(&path, "read", &e))?;
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => change(&name, text).into_bytes(),
            Err(other) => other.into_bytes(),
        };
        fs::write(&target, bytes).map_err(|e| Error::path(&target, "write", &e))?;
    }
    Ok(())
}

/// Seconds that a command took.
struct Took {
    cpu: f64,
    wall: f64,
}

/// Runs a command that has to end with `code`, and returns the time of all its processes.
fn timed(command: &mut Command, code: i32) -> Result<Took, Error> {
    let (before, start) = (children()?, Instant::now());
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| Error::input(format!("{}: {e}", command.get_program().display())))?;
    if output.status.code() != Some(code) {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Error::input(format!(
            "{command:?} ends with {}, not {code}: {}",
            output.status,
            hwgen_console::child::last_words(&said, 5)
        )));
    }
    Ok(Took {
        cpu: children()? - before,
        wall: start.elapsed().as_secs_f64(),
    })
}

/// Returns the seconds of processor time that ended children took so far.
fn children() -> Result<f64, Error> {
    let path = Path::new("/proc/self/stat");
    let text = fs::read_to_string(path).map_err(|e| Error::path(path, "read", &e))?;
    ended(&text)
        .ok_or_else(|| Error::input(format!("{}: is not as Linux writes it", path.display())))
}

/// Reads fields 16 and 17, which count in hundredths of a second whatever the machine.
fn ended(stat: &str) -> Option<f64> {
    // The name of the program, in parentheses, may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(13);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some((next()? + next()?) / 100.0)
}

/// Asks a program which Verilator it uses.
fn version(side: &Side, verilator: &str) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Tool {
        name: String,
        version: Option<String>,
    }
    let mut command = Command::new(&side.program);
    if !verilator.is_empty() {
        command.env("HWGEN_VERILATOR", verilator);
    }
    let said = command.args(["doctor", "--json"]).output();
    let said = said.map_err(|e| Error::path(&side.program, "run", &e))?;
    let tools: Vec<Tool> = serde_json::from_slice(&said.stdout)
        .map_err(|e| Error::input(format!("{} doctor: {e}", side.program.display())))?;
    let mut tools = tools.into_iter().filter(|t| t.name == "verilator");
    let version = tools.next().and_then(|t| t.version).unwrap_or_default();
    // Verilator 5.006 2023-01-22 rev (Debian 5.006-3)
    Ok(version
        .split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" "))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn spelt(plan: &Plan, version: &str, lines: &[Line]) -> String {
    let names = plan
        .sides
        .iter()
        .map(|s| format!(" {} |", s.name))
        .collect::<String>();
    let more = plan.sides.len() - 1;
    let head = format!("| {version} |{names}{}\n", " ratio |".repeat(more));
    let rule = format!("|---|{}\n", "--:|".repeat(plan.sides.len() + more));
    let line = |l: &Line| {
        let medians: Vec<f64> = l.values.iter().map(|v| median(v)).collect();
        let unit = if l.rate { "" } else { " s" };
        let cells = medians
            .iter()
            .map(|m| format!(" {m:.1}{unit} |"))
            .collect::<String>();
        let ratio = |m: &f64| format!(" {:.0} % |", 100.0 * m / medians[0]);
        let ratios = medians.iter().skip(1).map(ratio).collect::<String>();
        format!("| {} |{cells}{ratios}\n", l.what)
    };
    head + &rule + &lines.iter().map(line).collect::<String>() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_children_is_read_behind_any_name() {
        let stat = "7 (a) b) R 1 7 7 0 -1 4194304 100 200 0 0 11 22 150 50 20 0 1 0 99\n";
        assert_eq!(ended(stat), Some(2.0));
        assert_eq!(ended("7"), None);
    }

    #[test]
    fn a_median_is_the_one_in_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_edits_fit_the_module_as_it_is() {
        let (_kept, bundle) = emit_with(&["blocks=attention"]).expect("emits");
        let folder = tempfile::tempdir().expect("a folder");
        for (name, edit) in [("edit", EDIT), ("register", REGISTER), ("fault", FAULT)] {
            edited(&bundle, &folder.path().join(name), edit).expect("the module holds the text");
        }
    }
}
