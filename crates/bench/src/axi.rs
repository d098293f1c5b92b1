// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the buses cost: a workload trace on the streaming core with an ideal memory, and the same on
//! the core behind AXI, at the same bytes per cycle and the same latency.
//!
//! This program emits both bundles and runs them as a user does. Cycles of the streaming core are
//! those from the first job to the last word, those behind AXI from the doorbell to the last completion
//! record in memory: descriptors, head records, queries and results count in.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use hwgen_console::child;
use hwgen_console::error::Error;
use hwgen_workloads::shipped::{TRACE, TRACE_LABEL};
use serde::Deserialize;

use crate::build::read_json;

/// Columns of a trace that say which layer of which token a row is of.
const PLACE: [&str; 2] = ["iteration_id", "layer_id"];

/// What to measure.
#[derive(Debug)]
pub struct Plan {
    /// This program.
    pub program: PathBuf,
    /// The trace, unless it is the one that ships with the program.
    pub trace: Option<PathBuf>,
    /// Most rows that are simulated: whole layers, evenly spread.
    pub rows: usize,
}

/// Two cores of one shape.
struct Shape {
    /// Keys of a row, of 64 elements each.
    tokens: u32,
    channels: u32,
    /// Bits of a word, and of a beat of a channel.
    data_w: u32,
    port_w: u32,
    /// Bits of the port for queries and results.
    io_w: u32,
}

/// SpAtten's workload at 64 bytes per cycle and at 512.
const SHAPES: [Shape; 2] = [
    Shape {
        tokens: 2,
        channels: 1,
        data_w: 512,
        port_w: 512,
        io_w: 64,
    },
    Shape {
        tokens: 16,
        channels: 16,
        // A value of 48 bytes lies in one word, and leaves in one cycle.
        data_w: 512,
        port_w: 256,
        io_w: 256,
    },
];
const LATENCIES: [u32; 3] = [1, 30, 100];

/// What `run trace` reports.
#[derive(Deserialize)]
struct Traced {
    cycles: u64,
    least_cycles: u64,
    rows: usize,
    axi: Option<Buses>,
}

/// What went over the ports of vectors.
#[derive(Deserialize)]
struct Buses {
    vectors: Vec<Port>,
}

#[derive(Deserialize)]
struct Port {
    beats: u64,
}

impl Traced {
    /// Returns the beats of the busiest channel.
    fn beats(&self) -> u64 {
        let ports = self.axi.iter().flat_map(|axi| &axi.vectors);
        ports.map(|port| port.beats).max().unwrap_or(0)
    }
}

/// Returns a Markdown table.
///
/// # Errors
/// Where the trace cannot be read, or this program ends otherwise than it should.
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
    let rows = if small { 12 } else { plan.rows };
    let taken = sample(&text, rows).map_err(|why| Error::input(format!("{label}: {why}")))?;
    let trace = at.join("trace.csv");
    fs::write(&trace, taken).map_err(|e| Error::path(&trace, "write", &e))?;
    let mut out = String::from(
        "| bytes per cycle | channels | latency | rows | bytes alone | beats | streams | AXI | AXI / streams | \
         AXI / beats |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let shapes = if small { &SHAPES[..1] } else { &SHAPES[..] };
    let latencies = if small {
        &LATENCIES[..1]
    } else {
        &LATENCIES[..]
    };
    for shape in shapes {
        let bytes = shape.channels * shape.port_w / 8;
        let [core, axi] = [false, true].map(|bus| shape.bundle(&plan.program, at, bus));
        let (core, axi) = (core?, axi?);
        for latency in latencies {
            let run = |bundle: &Path, more: &[&str]| {
                let json = at.join("trace.json");
                let mut command = Command::new(&plan.program);
                command.args(["run", "trace", "--policy", "spatten", "--bundle"]);
                command.arg(bundle).arg("--input").arg(&trace);
                command.arg("--latency").arg(latency.to_string()).args(more);
                command.arg("--json").arg(&json);
                child::run(&mut command, at, "trace.log")?;
                read_json::<Traced>(&json)
            };
            let carried = bytes.to_string();
            let streams = run(&core, &["--bandwidth", &carried])?;
            let buses = run(&axi, &["--bus", "axi"])?;
            let line = line(shape, *latency, &streams, &buses);
            // There is nobody left to tell if that fails.
            let _ = write!(std::io::stderr().lock(), "axi: {line}");
            out += &line;
        }
    }
    Ok(out)
}

fn line(shape: &Shape, latency: u32, streams: &Traced, buses: &Traced) -> String {
    let bytes = shape.channels * shape.port_w / 8;
    format!(
        "| {bytes} | {} of {} bits | {latency} | {} | {} | {} | {} | {} | {:.3} | {:.3} |\n",
        shape.channels,
        shape.port_w,
        buses.rows,
        buses.least_cycles,
        buses.beats(),
        streams.cycles,
        buses.cycles,
        buses.cycles as f64 / streams.cycles.max(1) as f64,
        buses.cycles as f64 / buses.beats().max(1) as f64
    )
}

impl Shape {
    /// Emits the core with streams or behind AXI.
    fn bundle(&self, program: &Path, at: &Path, bus: bool) -> Result<PathBuf, Error> {
        let to = at.join(format!(
            "{}{}",
            if bus { "axi" } else { "core" },
            self.tokens
        ));
        let mut command = Command::new(program);
        command
            .args(["emit", "--block", "attention", "-o"])
            .arg(&to);
        command.arg("--pe").arg((self.tokens * 64).to_string());
        let mut set = |key: &str, value: &str| {
            command.arg("--set").arg(format!("{key}={value}"));
        };
        set("attention.d_head", "64");
        set("attention.k_planes", "6,4");
        set("attention.v_planes", "6,4");
        set("attention.outstanding", "256");
        set("attention.max_tokens", "2048");
        if bus {
            set("memory.channels", &self.channels.to_string());
            set("memory.data_w", &self.data_w.to_string());
            set("memory.port_w", &self.port_w.to_string());
            set("memory.beats", "256");
            set("memory.v_layout", "filled");
            set("memory.io_w", &self.io_w.to_string());
            command.args(["--bus", "axi"]);
        }
        child::run(&mut command, at, "emit.log")?;
        Ok(to)
    }
}

/// Takes at most so many rows of a trace: whole layers, evenly spread over all of them, with the
/// header and without comments.
fn sample(text: &str, rows: usize) -> Result<String, String> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let unread = |e: csv::Error| e.to_string();
    let header = reader.headers().map_err(unread)?.clone();
    let find = |name: &str| {
        let at = header.iter().position(|h| h == name);
        at.ok_or_else(|| format!("the header has no column {name}"))
    };
    let (token, layer) = (find(PLACE[0])?, find(PLACE[1])?);
    let mut layers: Vec<Vec<csv::StringRecord>> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unread)?;
        // A line with one cell alone is a comment.
        if record.iter().filter(|cell| !cell.is_empty()).count() < 2 {
            continue;
        }
        let place = |r: &csv::StringRecord| [token, layer].map(|at| r.get(at).map(str::to_owned));
        match layers.last_mut() {
            Some(last) if place(&last[0]) == place(&record) => last.push(record),
            _ => layers.push(vec![record]),
        }
    }
    let all: usize = layers.iter().map(Vec::len).sum();
    let step = all.div_ceil(rows.max(1)).max(1);
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    writer.write_record(&header).map_err(unread)?;
    for record in layers.iter().step_by(step).flatten() {
        writer.write_record(record).map_err(unread)?;
    }
    let bytes = writer.into_inner().map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_whole_layers_from_everywhere() {
        let mut text = String::from("# a trace\niteration_id,layer_id,head_id,x\n");
        for layer in 0..6 {
            for head in 0..2 {
                text += &format!("{},{},{head},{layer}\n", layer / 3, layer % 3);
            }
        }
        text += "configs/a.yml,,,\n";
        let layers = |rows| {
            let taken = sample(&text, rows).expect("reads");
            let cells = taken
                .lines()
                .skip(1)
                .map(|l| l.rsplit(',').next().map(str::to_owned));
            cells.map(Option::unwrap_or_default).collect::<String>()
        };
        assert_eq!(layers(100), "001122334455");
        assert_eq!(layers(6), "002244");
        assert_eq!(layers(4), "0033");
        assert_eq!(layers(1), "00");
        let said = sample("a,layer_id\n1,2\n", 4).expect_err("is refused");
        assert_eq!(said, "the header has no column iteration_id");
    }

    #[test]
    fn a_line_by_hand() {
        let of = |cycles| Traced {
            cycles,
            least_cycles: 90,
            rows: 24,
            axi: Some(Buses {
                vectors: vec![Port { beats: 80 }, Port { beats: 100 }],
            }),
        };
        assert_eq!(
            line(&SHAPES[1], 30, &of(100), &of(103)),
            "| 512 | 16 of 256 bits | 30 | 24 | 90 | 100 | 100 | 103 | 1.030 | 1.030 |\n"
        );
    }
}
