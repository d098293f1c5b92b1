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
use serde::de::DeserializeOwned;

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

/// Returns a Markdown table.
///
/// # Errors
/// Where a program cannot be run, or ends otherwise than it should.
pub fn table(plan: &Plan, small: bool) -> Result<String, Error> {
    let folder = tempfile::tempdir().map_err(|e| Error::input(format!("a folder: {e}")))?;
    let folder = folder.path();
    let sides = plan.sides.iter().enumerate();
    let bundles = sides.map(|(i, side)| {
        let own = folder.join(format!("bundles{i}"));
        Bundles::emit(&side.program, &own, small)
    });
    let work = Work {
        folder,
        bundles: bundles.collect::<Result<_, _>>()?,
        plan,
        small,
    };
    let mut out = head(plan);
    for verilator in &plan.verilators {
        let lines = work.measure(verilator)?;
        out += &rows(&version(&plan.sides[0], verilator)?, &lines);
    }
    Ok(out + "\n" + NOTE)
}

const NOTE: &str = "Processor time is that of all processes, user and system, and the median of the runs; the sides \
take turns. `edit` and `register` change one line and one register of `hg_softmax` in a cache that holds the model \
as it was; `failing case` is from an edit that the bench notices until its waveform lies on the disk, with the \
runtime of waves in the cache. Cycles per second are simulated and checked, per second of processor time.\n";

/// Programs, bundles and folders of a measurement.
struct Work<'a> {
    folder: &'a Path,
    /// Bundles of each side.
    bundles: Vec<Bundles>,
    plan: &'a Plan,
    small: bool,
}

/// The bundle that a program emits, and edited copies of it. A program verifies its own bundles only:
/// the golden model of another release may compute otherwise.
struct Bundles {
    plain: PathBuf,
    edit: PathBuf,
    register: PathBuf,
    fault: PathBuf,
    engines: Vec<Engine>,
}

/// An engine, as far as every release writes it into the manifest.
#[derive(Debug, Deserialize)]
struct Engine {
    block: String,
    variant: String,
}

impl Bundles {
    /// Has `program` emit its bundle into `folder`, and edits copies of it.
    fn emit(program: &Path, folder: &Path, small: bool) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Manifest {
            engines: Vec<Engine>,
        }
        let plain = folder.join("plain");
        let mut command = Command::new(program);
        command.args(["emit", "-o"]).arg(&plain);
        if small {
            command.args(["--block", "attention", "--pe", "8"]);
        }
        timed(&mut command, 0)?;
        let path = plain.join("manifest.json");
        let manifest: Manifest = read_json(&path)?;
        let edited = |name: &str, edit| edited(&plain, &folder.join(name), edit);
        Ok(Self {
            edit: edited("edit", EDIT)?,
            register: edited("register", REGISTER)?,
            fault: edited("fault", FAULT)?,
            engines: manifest.engines,
            plain,
        })
    }

    /// Returns the block of the smallest engine there is, which has the runtime of waves compiled.
    fn smallest(&self) -> &str {
        let is_small = |e: &&Engine| e.block == "importance";
        let engine = self.engines.iter().find(is_small).or(self.engines.first());
        engine.map_or("attention", |e| &e.block)
    }
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
            for (side, (program, own)) in self.plan.sides.iter().zip(&self.bundles).enumerate() {
                stop::stopped()?;
                let cache = self.folder.join(format!("cache{run}{side}"));
                let call = |arguments: &[&str], bundle: &Path, code: i32| {
                    let mut command = Command::new(&program.program);
                    // On a small scale no figure means anything, and models may be there.
                    if !self.small {
                        command.env("HWGEN_CACHE", &cache);
                    }
                    if !verilator.is_empty() {
                        command.env("HWGEN_VERILATOR", verilator);
                    }
                    command.args(arguments).arg(bundle);
                    timed(&mut command, code)
                };
                let verify = ["verify", "--cases"];
                let all = call(&[verify[0], verify[1], "1"], &own.plain, 0)?;
                note("all engines, cold", side, all.cpu, false);
                let one = ["verify", "--block", "attention", "--cases", "1"];
                note("edit", side, call(&one, &own.edit, 0)?.cpu, false);
                let register = call(&one, &own.register, 0)?;
                note("edit with a register", side, register.cpu, false);
                let block = own.smallest();
                let fst = self.folder.join("waves.fst");
                let fst = fst.to_string_lossy();
                let waves = ["verify", "--block", block, "--cases", "1", "--wave", &fst];
                call(&waves, &own.plain, 0)?;
                let failing = ["verify", "--block", "attention", "--cases", "20"];
                note(
                    "failing case with its waveform",
                    side,
                    call(&failing, &own.fault, 1)?.cpu,
                    false,
                );
                for engine in &own.engines {
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
                    let took = call(&arguments, &own.plain, 0)?;
                    let what = format!("{name}, thousand cycles/s");
                    note(&what, side, cycles(&path)? / took.cpu / 1e3, true);
                }
                if let Some(tensors) = &self.plan.tensors {
                    let (bundle, tensors) =
                        (own.plain.to_string_lossy(), tensors.to_string_lossy());
                    let run = ["run", "attention", "--bundle", &bundle, "--input"];
                    let took = call(&run, Path::new(&*tensors), 0)?;
                    note("`run attention`, processor", side, took.cpu, false);
                    note("`run attention`, elapsed", side, took.wall, false);
                }
                if !self.small {
                    fs::remove_dir_all(&cache).map_err(|e| Error::path(&cache, "remove", &e))?;
                }
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

/// Reads what a program has written as JSON.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read(path).map_err(|e| Error::path(path, "read", &e))?;
    serde_json::from_slice(&text).map_err(|e| Error::input(format!("{}: {e}", path.display())))
}

/// Reads the cycles of a report.
fn cycles(path: &Path) -> Result<f64, Error> {
    #[derive(Deserialize)]
    struct Report {
        engines: Vec<Ran>,
    }
    #[derive(Deserialize)]
    struct Ran {
        cycles: u64,
    }
    let report: Report = read_json(path)?;
    Ok(report.engines.iter().map(|e| e.cycles as f64).sum())
}

/// Copies a bundle with one text of a module replaced.
fn edited(bundle: &Path, to: &Path, [old, new]: [&str; 2]) -> Result<PathBuf, Error> {
    let mut found = 0;
    copy(bundle, to, &mut |name, text| {
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
    let number = version.split_whitespace().nth(1);
    Ok(number.unwrap_or("unknown").to_owned())
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Returns the head of the table.
fn head(plan: &Plan) -> String {
    let names = plan.sides.iter().map(|s| format!(" {} |", s.name));
    let more = plan.sides.len() - 1;
    format!(
        "| what | Verilator |{}{}\n|---|---|{}\n",
        names.collect::<String>(),
        " ratio |".repeat(more),
        "--:|".repeat(plan.sides.len() + more)
    )
}

/// Returns the rows of one Verilator.
fn rows(version: &str, lines: &[Line]) -> String {
    let line = |l: &Line| {
        let medians: Vec<f64> = l.values.iter().map(|v| median(v)).collect();
        let unit = if l.rate { "" } else { " s" };
        let cells = medians
            .iter()
            .map(|m| format!(" {m:.1}{unit} |"))
            .collect::<String>();
        let ratio = |m: &f64| format!(" {:.0} % |", 100.0 * m / medians[0]);
        let ratios = medians.iter().skip(1).map(ratio).collect::<String>();
        format!("| {} | {version} |{cells}{ratios}\n", l.what)
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topk::emit_with;

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
    fn the_table_has_a_row_for_each_figure_and_verilator() {
        let side = |name: &str| Side {
            name: name.into(),
            program: PathBuf::new(),
        };
        let plan = Plan {
            sides: vec![side("before"), side("now")],
            verilators: Vec::new(),
            runs: 3,
            tensors: None,
        };
        let lines = [
            Line {
                what: "edit".into(),
                values: vec![vec![30.0, 20.0, 50.0], vec![6.0, 9.0, 1.0]],
                rate: false,
            },
            Line {
                what: "cycles".into(),
                values: vec![vec![80.0], vec![100.0]],
                rate: true,
            },
        ];
        assert_eq!(
            head(&plan) + &rows("5.006", &lines),
            "| what | Verilator | before | now | ratio |\n|---|---|--:|--:|--:|\n\
             | edit | 5.006 | 30.0 s | 6.0 s | 20 % |\n| cycles | 5.006 | 80.0 | 100.0 | 125 % |\n"
        );
    }

    /// Another program of hwgen, here a script that emits what it is, is asked for its own bundle.
    #[cfg(target_os = "linux")]
    #[test]
    fn each_side_emits_the_bundle_that_it_verifies() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let emit = |name: &str| {
            let program = folder.path().join(name);
            let script = format!(
                "#!/bin/sh\nmkdir -p \"$3\"\n\
                 echo '{{\"engines\": [{{\"block\": \"{name}\", \"variant\": \"core\"}}]}}' > \"$3/manifest.json\"\n\
                 cat > \"$3/hg_softmax.sv\" <<'END'\n// {name}\n{}\n{}\nendmodule\nEND\n",
                EDIT[0], FAULT[0]
            );
            fs::write(&program, script).expect("writes");
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("is ours");
            let own = folder.path().join(format!("of_{name}"));
            Bundles::emit(&program, &own, false).expect("emits")
        };
        for name in ["old", "new"] {
            let own = emit(name);
            assert_eq!(own.smallest(), name);
            let module = |dir: &Path| fs::read_to_string(dir.join("hg_softmax.sv")).expect("there");
            let plain = module(&own.plain);
            assert!(plain.starts_with(&format!("// {name}\n")), "{plain}");
            assert!(module(&own.edit) == plain.replace(EDIT[0], EDIT[1]));
            assert!(module(&own.register) == plain.replace(REGISTER[0], REGISTER[1]));
            assert!(module(&own.fault) == plain.replace(FAULT[0], FAULT[1]));
        }
    }

    #[test]
    fn the_edits_fit_the_module_as_it_is() {
        let (_kept, bundle) = emit_with(&["blocks=attention"]).expect("emits");
        let folder = tempfile::tempdir().expect("a folder");
        for (name, edit) in [("edit", EDIT), ("register", REGISTER), ("fault", FAULT)] {
            edited(&bundle.dir, &folder.path().join(name), edit)
                .expect("the module holds the text");
        }
    }
}
