// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cycles of the attention core on a workload trace and on encoders, beside another build of the
//! program.
//!
//! Each program emits its own bundles and runs them as a user does, so that a release with another
//! golden model can be compared with. The heads have 8 elements, which have the same rows as longer
//! ones, and the memory carries an eighth of the bytes, so that a trace is simulated in minutes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::build::{Side, read_json};
use hwgen_console::child;
use hwgen_console::error::Error;
use hwgen_workloads::shipped::{LAYERS, TRACE, TRACE_LABEL};

/// Elements of a head, and the share of the bytes that they stand for.
const D_HEAD: u32 = 8;
const SHARE: u32 = 8;
/// Elements of a head in the traces that SpAtten released.
const TRACED: f64 = 64.0;
/// Column of a trace that holds the elements of a head.
const COLUMN: &str = "embedding_length_D";
/// Encoder samples of the tensors that ship with the program.
const ENCODERS: [&str; 3] = ["a0.l2", "a0.l5", "c0.l5"];

/// What to measure.
#[derive(Debug)]
pub struct Plan {
    /// The programs; the first is the one that others are compared with.
    pub sides: Vec<Side>,
    /// The trace, unless it is the one that ships with the program.
    pub trace: Option<PathBuf>,
}

/// A core and how it is run on the trace.
struct Work {
    /// What the table calls it.
    what: &'static str,
    /// Keys of a row.
    tokens: u32,
    /// Bytes per cycle for heads of 64 elements.
    bandwidth: u32,
    latency: u32,
    policy: &'static str,
}

/// SpAtten's workload at two sizes, and rule `token`.
const WORK: [Work; 10] = {
    const fn of(tokens: u32, bandwidth: u32, latency: u32) -> Work {
        Work {
            what: "bits of the trace",
            tokens,
            bandwidth,
            latency,
            policy: "spatten",
        }
    }
    [
        of(2, 64, 1),
        of(2, 64, 30),
        of(2, 64, 100),
        of(8, 512, 1),
        of(8, 512, 30),
        of(8, 512, 100),
        of(16, 512, 1),
        of(16, 512, 30),
        of(16, 512, 100),
        Work {
            what: "rule `token`",
            policy: "token",
            ..of(2, 64, 30)
        },
    ]
};

/// What `run trace` reports.
#[derive(Deserialize)]
struct Traced {
    cycles: u64,
    least_cycles: u64,
}

/// Returns a Markdown table.
///
/// # Errors
/// Where the trace has heads of another length, or a program cannot be run or ends otherwise than it
/// should.
pub fn table(plan: &Plan, small: bool) -> Result<String, Error> {
    let folder = tempfile::tempdir().map_err(|e| Error::input(format!("a folder: {e}")))?;
    let at = folder.path();
    let (text, label) = match &plan.trace {
        Some(path) => {
            let read = fs::read_to_string(path).map_err(|e| Error::path(path, "read", &e));
            (read?, path.display().to_string())
        }
        None => (TRACE.to_owned(), TRACE_LABEL.to_owned()),
    };
    let trace = at.join("trace.csv");
    let short = shortened(&text).map_err(|Unfit(why)| Error::input(format!("{label}: {why}")))?;
    fs::write(&trace, short).map_err(|e| Error::path(&trace, "write", &e))?;

    let mut out = heading(&plan.sides);
    let few = if small { &WORK[..1] } else { &WORK[..] };
    for work in few {
        let ran: Vec<Traced> = run_all(&plan.sides, |side| {
            let bundle = work.bundle(side, at)?;
            work.run(side, &bundle, &trace, at)
        })?;
        let cycles: Vec<u64> = ran.iter().map(|r| r.cycles).collect();
        let bytes = ran.last().map_or(0, |r| r.least_cycles);
        let Work { what, tokens, .. } = work;
        let what = format!("{what}, rows of {tokens} keys");
        let setting = format!("{} | {}", work.bandwidth, work.latency);
        out += &told(line(&what, &setting, Some(bytes), &cycles));
    }
    out += &encoders(&plan.sides, at, small)?;
    Ok(out)
}

impl Work {
    /// Emits the core of a side, once for all latencies.
    fn bundle(&self, side: &Side, at: &Path) -> Result<PathBuf, Error> {
        let to = at.join(format!("{}{}{}", side.name, self.tokens, self.policy));
        if to.exists() {
            return Ok(to);
        }
        let mut command = Command::new(&side.program);
        command
            .args(["emit", "--block", "attention", "-o"])
            .arg(&to);
        command.arg("--pe").arg((self.tokens * D_HEAD).to_string());
        let mut set = |key: &str, value: &str| {
            command.arg("--set").arg(format!("attention.{key}={value}"));
        };
        set("d_head", &D_HEAD.to_string());
        set("k_planes", "6,4");
        set("v_planes", "6,4");
        set("outstanding", "256");
        set("max_tokens", "2048");
        // Where contexts follow from the row, an older program has the most that it knows.
        if self.tokens > 2 && side.name == BEFORE || self.policy == "token" {
            set("contexts", "8");
        }
        child::run(&mut command, at, "emit.log")?;
        Ok(to)
    }

    fn run(&self, side: &Side, bundle: &Path, trace: &Path, at: &Path) -> Result<Traced, Error> {
        let json = at.join("trace.json");
        let mut command = Command::new(&side.program);
        command.args(["run", "trace", "--policy", self.policy, "--bundle"]);
        command.arg(bundle).arg("--input").arg(trace);
        command.arg("--latency").arg(self.latency.to_string());
        command
            .arg("--bandwidth")
            .arg((self.bandwidth / SHARE).to_string());
        command.arg("--json").arg(&json);
        child::run(&mut command, at, "trace.log")?;
        read_json(&json)
    }
}

/// What the other program is called.
pub const BEFORE: &str = "before";

/// Runs layers of encoders with rule `token` on the default core of each side; on a small scale, one
/// of them on a small core.
fn encoders(sides: &[Side], at: &Path, small: bool) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Report {
        samples: Vec<Sample>,
    }
    #[derive(Deserialize)]
    struct Sample {
        cycles: u64,
    }
    let (names, core): (_, &[&str]) = if small {
        (
            &ENCODERS[..1],
            &["--pe", "8", "--set", "attention.d_head=32"],
        )
    } else {
        (&ENCODERS[..], &[])
    };
    let tensors = at.join("layers.safetensors");
    fs::write(&tensors, LAYERS).map_err(|e| Error::path(&tensors, "write", &e))?;
    let reports: Vec<Vec<Sample>> = run_all(sides, |side| {
        let bundle = at.join(format!("{}_core", side.name));
        let mut command = Command::new(&side.program);
        command
            .args(["emit", "--block", "attention", "-o"])
            .arg(&bundle)
            .args(core);
        child::run(&mut command, at, "emit.log")?;
        let json = at.join("layers.json");
        let mut samples = Vec::new();
        for name in names {
            let mut command = Command::new(&side.program);
            command.args(["run", "attention", "--rule", "token", "--sample", name]);
            command
                .arg("--bundle")
                .arg(&bundle)
                .arg("--input")
                .arg(&tensors);
            command.arg("--json").arg(&json);
            child::run(&mut command, at, "layers.log")?;
            samples.extend(read_json::<Report>(&json)?.samples);
        }
        Ok(samples)
    })?;
    let mut out = String::new();
    for (i, name) in names.iter().enumerate() {
        let cycles: Vec<u64> = reports.iter().map(|samples| samples[i].cycles).collect();
        let what = format!("layer {name}, rule `token`, default core");
        out += &told(line(&what, "ideal | 40", None, &cycles));
    }
    Ok(out)
}

fn run_all<T>(sides: &[Side], run: impl FnMut(&Side) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    sides.iter().map(run).collect()
}

/// What a trace is that cannot be used here.
struct Unfit(String);

/// Gives the heads of a trace 8 elements in place of 64.
fn shortened(text: &str) -> Result<String, Unfit> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let unread = |e: csv::Error| Unfit(e.to_string());
    let header = reader.headers().map_err(unread)?.clone();
    let missing = || Unfit(format!("the header has no column {COLUMN}"));
    let at = header
        .iter()
        .position(|h| h == COLUMN)
        .ok_or_else(missing)?;
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    writer.write_record(&header).map_err(unread)?;
    for record in reader.records() {
        let record = record.map_err(unread)?;
        let long = record.get(at).and_then(|d| d.parse::<f64>().ok());
        // A line with one cell alone is a comment.
        let row = record.iter().filter(|cell| !cell.is_empty()).count() > 1;
        if row && long != Some(TRACED) {
            let found = record.get(at).unwrap_or_default();
            let rule = "must be 64 here, which 8 elements and an eighth of the bytes stand for";
            return Err(Unfit(format!("{COLUMN} = {found}: {rule}")));
        }
        let short = |(i, cell)| if row && i == at { "8" } else { cell };
        writer
            .write_record(record.iter().enumerate().map(short))
            .map_err(unread)?;
    }
    let bytes = writer.into_inner().map_err(|e| Unfit(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| Unfit(e.to_string()))
}

/// Shows a line as soon as it is measured: the table takes its time.
fn told(line: String) -> String {
    // There is nobody left to tell if that fails.
    let _ = write!(std::io::stderr().lock(), "pace: {line}");
    line
}

fn heading(sides: &[Side]) -> String {
    let names: String = sides.iter().map(|s| format!(" {} |", s.name)).collect();
    let more = if sides.len() > 1 {
        " before / now |"
    } else {
        ""
    };
    let columns = 3 + sides.len() + 1 + usize::from(sides.len() > 1);
    format!(
        "| work | bytes per cycle | latency | bytes alone |{names} now / bytes alone |{more}\n|---|{}\n",
        "--:|".repeat(columns)
    )
}

fn line(what: &str, setting: &str, bytes: Option<u64>, cycles: &[u64]) -> String {
    let now = *cycles.last().unwrap_or(&0);
    let alone = bytes.map_or("-".to_owned(), |b| b.to_string());
    let over = bytes.map_or("-".to_owned(), |b| format!("{:.3}", now as f64 / b as f64));
    let cells: String = cycles.iter().map(|c| format!(" {c} |")).collect();
    let ratio = if cycles.len() > 1 {
        format!(" {:.2} |", cycles[0] as f64 / now as f64)
    } else {
        String::new()
    };
    format!("| {what} | {setting} | {alone} |{cells} {over} |{ratio}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_shortened_in_its_column_only() {
        let text = "# a trace\nhead_id,embedding_length_D,key_fetch_num\n64.0,64.0,64.0\n3,64,1\n";
        let short = shortened(text).map_err(|e| e.0).expect("fits");
        assert_eq!(
            short,
            "head_id,embedding_length_D,key_fetch_num\n64.0,8,64.0\n3,8,1\n"
        );
        let said = |text| shortened(text).err().map(|e| e.0).unwrap_or_default();
        assert!(said("a,b\n1,2\n").contains("no column embedding_length_D"));
        let other = said("a,embedding_length_D\n1,32.0\n");
        assert!(
            other.starts_with("embedding_length_D = 32.0: must be 64"),
            "{other}"
        );
    }

    #[test]
    fn a_line_by_hand() {
        assert_eq!(
            line("x", "64 | 30", Some(100), &[300, 110]),
            "| x | 64 | 30 | 100 | 300 | 110 | 1.100 | 2.73 |\n"
        );
        assert_eq!(
            line("x", "ideal | 40", None, &[7]),
            "| x | ideal | 40 | - | 7 | - |\n"
        );
        let side = |name: &str| Side {
            name: name.to_owned(),
            program: PathBuf::new(),
        };
        let both = heading(&[side("before"), side("now")]);
        let cells = |line: &str| line.matches('|').count();
        assert!(both.lines().all(|l| cells(l) == 9), "{both}");
        assert!(heading(&[side("now")]).lines().all(|l| cells(l) == 7));
    }
}
