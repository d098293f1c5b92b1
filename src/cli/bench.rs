// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen bench`: measures, and keeps the tables of documents up to date.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use hwgen_bench as bench;
use hwgen_console::error::Error;
use hwgen_console::terminal::{print, write_file, write_json};
use hwgen_tools::synth::library::LibraryArgs;

/// Arguments of `hwgen bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to measure
    #[arg(value_enum)]
    subject: Subject,
    /// Put the table between the markers of this file, too
    #[arg(long, value_name = "FILE.md")]
    write: Option<PathBuf>,
    /// Measure small engines, few queries, cases and modules: to see that a table can be made, not
    /// to make one for a document
    #[arg(long, conflicts_with = "write")]
    small: bool,
    /// Queries of each variant (bench harness)
    #[arg(long, default_value_t = 4000, value_name = "N", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    queries: u64,
    /// Mutants of each module (bench mutate)
    #[arg(long, default_value_t = 60, value_name = "N", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u64).range(1..=100_000))]
    mutants: u64,
    /// Only this variant; once for each; figs by itself, in a table of its own [default: all but
    /// figs] (bench mutate)
    #[arg(long, value_name = "NAME",
        value_parser = ["radix", "stream", "quickselect", "batcher", "figs"])]
    variant: Vec<String>,
    /// Tensors of attention layers; once for each file [default: those of hwgen] (bench attention,
    /// build, dram)
    #[arg(long, value_name = "FILE.safetensors")]
    tensors: Vec<PathBuf>,
    /// Workload trace with heads of 64 elements [default: that of hwgen] (bench axi, dram, pace)
    #[arg(long, value_name = "FILE.csv")]
    trace: Option<PathBuf>,
    /// Rows of the trace that are simulated: whole layers from everywhere, up to N [default: 288] (bench
    /// axi), or rows taken evenly over it, 64 at most [default: 24] (bench dram)
    #[arg(long, value_name = "N", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    /// Another hwgen to compare with, such as the release before (bench build, pace)
    #[arg(long, value_name = "PROGRAM")]
    baseline: Option<PathBuf>,
    /// Verilator to measure with, as `HWGEN_VERILATOR` names it; once for each [default: the one that
    /// hwgen finds] (bench build)
    #[arg(long, value_name = "PROGRAM")]
    verilator: Vec<String>,
    /// Measurements of each figure, of which the table shows the median (bench build)
    #[arg(long, default_value_t = 3, value_name = "N", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u16).range(1..=100))]
    runs: u16,
    /// Beats in flight per channel [default: as chosen for the memory] (bench dram)
    #[arg(long, value_name = "N", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u32).range(32..=512))]
    beats: Option<u32>,
    /// Write the figures as JSON, - for standard output (bench dram)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Block whose engines and modules are measured (bench synth)
    #[arg(long, default_value = "topk", value_name = "NAME")]
    block: String,
    #[command(flatten)]
    library: LibraryArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Cycles of the top-k variants on uniform, real and adversarial keys
    Topk,
    /// Bytes and error of the attention core's techniques on tensors of real models
    Attention,
    /// The vector reader, layouts and refinement behind models of DDR4, LPDDR5, HBM2 and HBM3
    Dram,
    /// The FiGS array beside dense, STC and VEGETA-S, by density
    Figs,
    /// Area of the FiGS array and its baselines at equal multipliers on a target
    FigsArea,
    /// Speed of build, simulation and checking
    Harness,
    /// Processor time of building and running models, beside another hwgen
    Build,
    /// Cycles of the attention core on a trace and on encoders, beside another hwgen
    Pace,
    /// Cycles of a trace on the attention core with streams, and behind AXI
    Axi,
    /// Speed of rendering and writing a bundle
    Emit,
    /// Share of mutants of each module that the bench notices
    Mutate,
    /// Area and frequency of a block's engines and their modules on a target
    Synth,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let figs = args.variant.iter().any(|v| v == "figs");
    if figs && args.variant.len() > 1 {
        let rule = "has a table of its own (leave out the others)";
        return Err(Error::input(format!("--variant figs: {rule}")));
    }
    let name = match args.subject {
        Subject::Topk => "topk",
        Subject::Attention => "attention",
        Subject::Dram => "dram",
        Subject::Figs => "figs",
        Subject::FigsArea => &format!("figs-area {}", args.library.target),
        Subject::Harness => "harness",
        Subject::Build => "build",
        Subject::Pace => "pace",
        Subject::Axi => "axi",
        Subject::Emit => "emit",
        Subject::Mutate if figs => "mutate figs",
        Subject::Mutate => "mutate",
        Subject::Synth if args.block == "topk" => &format!("synth {}", args.library.target),
        Subject::Synth => &format!("synth {} {}", args.block, args.library.target),
    };
    // Judged before a measurement of minutes.
    let document = args
        .write
        .as_deref()
        .map(|p| Document::open(p, name))
        .transpose()?;
    let table = match args.subject {
        Subject::Topk => bench::topk::figures(args.small)?.table(),
        Subject::Attention => bench::attention::measure(&args.tensors, args.small)?.table,
        Subject::Dram => {
            let measured = bench::dram::measure(&dram(args))?;
            if let Some(path) = &args.json {
                write_json(path, &measured)?;
                if path.as_os_str() == "-" {
                    return Ok(());
                }
            }
            measured.table()
        }
        Subject::Figs => bench::figs::table(args.small)?,
        Subject::FigsArea => bench::figs_area::table(&args.library, args.small)?,
        Subject::Harness => bench::harness::table(args.queries, args.small)?,
        Subject::Build => bench::build::table(&plan(args)?, args.small)?,
        Subject::Pace => bench::pace::table(&pace(args)?, args.small)?,
        Subject::Axi => bench::axi::table(&axi(args)?, args.small)?,
        Subject::Emit => bench::emit::table()?,
        Subject::Mutate => bench::mutate::table(args.mutants, &args.variant, args.small)?,
        Subject::Synth if args.block != "topk" => {
            bench::synth::block(&args.library, &args.block, args.small)?
        }
        Subject::Synth => bench::synth::figures(&args.library, false, args.small)?.table,
    };
    let table = bench::prose::wrapped(&table);
    if let Some(document) = document {
        document.write(&table)?;
    }
    print(&table)
}

/// Returns the programs that are compared: the other one, if there is one, and this one.
fn sides(args: &Args) -> Result<Vec<bench::build::Side>, Error> {
    let own = std::env::current_exe().map_err(|e| Error::input(format!("hwgen itself: {e}")))?;
    let side = |name: &str, program: &Path| bench::build::Side {
        name: name.to_owned(),
        program: program.to_owned(),
    };
    let mut sides = Vec::new();
    if let Some(baseline) = &args.baseline {
        // A name alone is looked for on PATH; a path has to hold from the folders of measurements.
        let path = match baseline.components().count() {
            1 => baseline.clone(),
            _ => std::path::absolute(baseline).map_err(|e| Error::path(baseline, "find", &e))?,
        };
        sides.push(side(bench::pace::BEFORE, &path));
    }
    sides.push(side("now", &own));
    Ok(sides)
}

/// Reads what `bench pace` is to measure.
fn pace(args: &Args) -> Result<bench::pace::Plan, Error> {
    let sides = sides(args)?;
    let trace = args.trace.clone();
    Ok(bench::pace::Plan { sides, trace })
}

/// Reads what `bench axi` is to measure.
fn axi(args: &Args) -> Result<bench::axi::Plan, Error> {
    let own = std::env::current_exe().map_err(|e| Error::input(format!("hwgen itself: {e}")))?;
    Ok(bench::axi::Plan {
        program: own,
        trace: args.trace.clone(),
        rows: args.rows.unwrap_or(288) as usize,
    })
}

/// Reads what `bench dram` is to measure.
fn dram(args: &Args) -> bench::dram::Plan {
    bench::dram::Plan {
        trace: args.trace.clone(),
        tensors: args.tensors.clone(),
        rows: args.rows.unwrap_or(24).min(64) as usize,
        beats: args.beats,
        small: args.small,
    }
}

/// Reads what `bench build` is to measure.
fn plan(args: &Args) -> Result<bench::build::Plan, Error> {
    let sides = sides(args)?;
    let mut verilators = args.verilator.clone();
    if verilators.is_empty() {
        verilators.push(String::new());
    }
    Ok(bench::build::Plan {
        sides,
        verilators,
        runs: usize::from(args.runs),
        tensors: args.tensors.first().cloned(),
    })
}

/// A Markdown file, cut at its markers.
struct Document<'a> {
    path: &'a Path,
    before: String,
    after: String,
}

impl<'a> Document<'a> {
    fn open(path: &'a Path, name: &str) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::path(path, "read", &e))?;
        let (begin, end) = markers(name);
        let cut = text.split_once(&begin).and_then(|(before, rest)| {
            let (_, after) = rest.split_once(&end)?;
            Some((format!("{before}{begin}\n"), format!("{end}{after}")))
        });
        let Some((before, after)) = cut else {
            let path = path.display();
            return Err(Error::input(format!(
                "{path}: has no lines {begin} and {end}; put them where the table shall stand"
            )));
        };
        Ok(Self {
            path,
            before,
            after,
        })
    }

    fn write(&self, table: &str) -> Result<(), Error> {
        let text = format!("{}{table}{}", self.before, self.after);
        write_file(self.path, &text)
    }
}

fn markers(name: &str) -> (String, String) {
    let marker = |edge: &str| format!("<!-- {edge} hwgen bench {name} -->");
    (marker("begin"), marker("end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_replaces_what_is_between_its_markers() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.md");
        let (begin, end) = markers("topk");
        std::fs::write(&path, format!("x\n{begin}\nold\n{end}\ny\n")).expect("writes");
        let document = Document::open(&path, "topk").expect("has markers");
        document.write("new\n").expect("writes");
        let text = std::fs::read_to_string(&path).expect("is there");
        assert_eq!(text, format!("x\n{begin}\nnew\n{end}\ny\n"));
        let said = Document::open(&path, "emit")
            .err()
            .expect("has none")
            .to_string();
        assert!(
            said.contains("has no lines <!-- begin hwgen bench emit -->"),
            "{said}"
        );
    }
}
