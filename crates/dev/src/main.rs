// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen-dev`: draws the pictures of the documents from the measurements of `hwgen bench`.

mod area;
mod bytes;
mod layouts;
mod picture;
mod speedup;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use hwgen_bench as bench;
use hwgen_console::error::Error;
use hwgen_console::terminal::{print, warn, write_file};
use hwgen_tools::synth::library::LibraryArgs;

/// Draws the pictures of the documents, and prints the paths of what it has drawn
#[derive(Debug, Parser)]
struct Args {
    /// What to measure and draw
    #[arg(value_enum)]
    subject: Subject,
    /// Folder that is drawn into
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Measure small engines and few queries: to see that a picture can be made, not to make one
    #[arg(long)]
    small: bool,
    /// Tensors of attention layers; once for each file [default: those of hwgen] (attention, dram)
    #[arg(long, value_name = "FILE.safetensors")]
    tensors: Vec<PathBuf>,
    /// Workload trace with heads of 64 elements [default: that of hwgen] (dram)
    #[arg(long, value_name = "FILE.csv")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    library: LibraryArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Latency of the top-k variants, and a timeline of queries
    Topk,
    /// Bytes of the attention core against error
    Attention,
    /// What layouts give of memories
    Dram,
    /// Speed-up of the FiGS array against density
    Figs,
    /// Area of the top-k variants by module
    Synth,
}

fn main() -> ExitCode {
    match draw(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            warn(&error.to_string());
            ExitCode::from(error.exit_code())
        }
    }
}

fn draw(args: &Args) -> Result<(), Error> {
    let folder = &args.folder;
    std::fs::create_dir_all(folder).map_err(|e| Error::path(folder, "create", &e))?;
    for (name, picture) in pictures(args)? {
        let path = folder.join(name);
        write_file(&path, &picture)?;
        print(&format!("{}\n", path.display()))?;
    }
    Ok(())
}

/// Returns each picture of a subject with the name of its file.
fn pictures(args: &Args) -> Result<Vec<(&'static str, String)>, Error> {
    Ok(match args.subject {
        Subject::Topk => {
            let figures = bench::topk::figures(args.small)?;
            vec![
                ("topk_timeline.svg", picture::timeline(&figures.timeline)?),
                ("topk_latency.svg", picture::latency(&figures.curves())?),
            ]
        }
        Subject::Attention => {
            let measured = bench::attention::measure(&args.tensors, args.small)?;
            if measured.decoders.is_empty() {
                let rule = "bytes against error are drawn of decoders, and these tensors hold none";
                return Err(Error::input(format!("attention: {rule} (add a decoder's)")));
            }
            let picture = bytes::bytes(&measured.decoders, bench::attention::RULES)?;
            vec![("attention_bytes.svg", picture)]
        }
        Subject::Dram => {
            let measured = bench::dram::model(&bench::dram::Plan {
                trace: args.trace.clone(),
                tensors: args.tensors.clone(),
                rows: 24,
                beats: None,
                small: args.small,
            })?;
            vec![("memory_layouts.svg", layouts::layouts(&measured)?)]
        }
        Subject::Figs => {
            let picture = speedup::speedup(&bench::figs::curves())?;
            vec![("figs_speedup.svg", picture)]
        }
        Subject::Synth => {
            let figures = bench::synth::figures(&args.library, true, args.small)?;
            let bars: Vec<area::Bar> = figures
                .trees
                .iter()
                .map(|(name, tree)| area::Bar::new(name, tree))
                .collect();
            vec![("synthesis_area.svg", area::area(&bars, &figures.unit)?)]
        }
    })
}
