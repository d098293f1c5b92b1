// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen verify`: co-simulates the engines of a bundle with the golden models.

use std::path::PathBuf;

use hwgen_bundle::manifest::Bundle;
use hwgen_verif::verify::replay_header;
use serde::Serialize;

use hwgen_bundle::choose;
use hwgen_console::error::Error;
use hwgen_console::terminal::{print, write_json};
use hwgen_tools::netlist_check::{self, NetlistArgs};
use hwgen_verif::session::{self, Job};
use hwgen_verif::summary::{failures, summary};

/// Arguments of `hwgen verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle
    bundle: PathBuf,
    /// Only this block
    #[arg(long, value_name = "NAME")]
    block: Option<String>,
    /// Only this variant
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Transactions an engine
    #[arg(long, default_value_t = 1000, value_name = "N", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    cases: u64,
    /// Seed of everything random
    #[arg(
        long,
        default_value_t = 1,
        value_name = "S",
        allow_hyphen_values = true
    )]
    seed: u64,
    /// Dump waves of the first run, or of the failure
    #[arg(long, value_name = "FILE.fst")]
    wave: Option<PathBuf>,
    /// Play the case that a failure has left instead of new ones
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Write the report as JSON, - for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    netlist: NetlistArgs,
}

#[derive(Serialize)]
struct Report<'a, R> {
    bundle: String,
    seed: u64,
    engines: &'a [R],
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let bundle = choose::open(&args.bundle)?;
    let mut engines = choose::engines(&bundle, args.block.as_deref(), args.variant.as_deref())?;
    if let Some(path) = &args.replay {
        let header = replay_header(path).map_err(Error::from)?;
        // The file knows its engine; if the bundle has none such, the first one says so in detail.
        if let Some(at) = engines
            .iter()
            .position(|e| e.block == header.block && e.variant == header.variant)
        {
            engines.swap(0, at);
        }
        engines.truncate(1);
    }
    let job = Job {
        cases: args.cases,
        seed: args.seed,
        wave: args.wave.clone(),
        replay: args.replay.clone(),
    };
    let netlists = args.netlist.open()?;
    let chosen = match &netlists {
        Some(netlists) => netlists.choose(&bundle, &engines)?,
        None => Vec::new(),
    };
    let lab = session::lab()?;
    if args.replay.is_none() && !args.to_stdout() {
        // First of all: a run that does not end must be repeatable, too.
        print(&format!("seed {}\n", args.seed))?;
    }
    if let Some(netlists) = netlists {
        if !args.to_stdout() {
            print(&netlists.about())?;
        }
        let mut reports = Vec::new();
        for (engine, module) in &chosen {
            let found = netlists.verify(&lab, &bundle, (engine, module), &job);
            reports.extend(found.map_err(|e| choose::with_real_files(&bundle, e))?);
        }
        args.write(&bundle, &reports, || netlist_check::summary(&reports))?;
        return failures(reports.iter().map(|r| &r.engine));
    }
    let mut reports = Vec::new();
    for engine in engines {
        reports.push(session::verify(&lab, &bundle, engine, &job)?);
    }
    args.write(&bundle, &reports, || summary(&reports))?;
    failures(&reports)
}

impl Args {
    fn to_stdout(&self) -> bool {
        self.json.as_ref().is_some_and(|p| p.as_os_str() == "-")
    }

    /// Writes what was found as the user wants it.
    fn write<R: Serialize>(
        &self,
        bundle: &Bundle,
        reports: &[R],
        summary: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        if let Some(path) = &self.json {
            let report = Report {
                bundle: bundle.manifest.name.clone(),
                seed: self.seed,
                engines: reports,
            };
            write_json(path, &report)?;
        }
        if self.to_stdout() {
            return Ok(());
        }
        print(&summary())
    }
}
