// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen mutate`: does the bench notice small changes of a bundle's RTL?

use std::path::{Path, PathBuf};
use std::time::Duration;

use hwgen_bundle::manifest::{Bundle, Engine};

use hwgen_bundle::choose;
use hwgen_console::error::Error;
use hwgen_console::terminal::{print, write_json};
use hwgen_tools::mutate::Request;
use hwgen_tools::synth::yosys::{Choice, Yosys};
use hwgen_verif::session;

/// Arguments of `hwgen mutate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle
    bundle: PathBuf,
    /// Modules to mutate in one build, with every set of parameters that the engine gives them
    #[arg(
        long,
        value_name = "MODULE,...",
        value_delimiter = ',',
        required = true
    )]
    block: Vec<String>,
    /// Variant whose engine is built, where several hold the module
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Mutants of each module
    #[arg(long, default_value_t = 200, value_name = "N", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u64).range(1..=100_000))]
    count: u64,
    /// Transactions a mutant, at most: the first failure ends it
    #[arg(long, default_value_t = 1000, value_name = "C", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    cases: u64,
    /// Seed of the choice of mutants and of the cases
    #[arg(
        long,
        default_value_t = 1,
        value_name = "S",
        allow_hyphen_values = true
    )]
    seed: u64,
    /// Share that must be noticed, in percent of those not proved equivalent
    #[arg(long, default_value_t = 95.0, value_name = "PERCENT", value_parser = percent)]
    at_least: f64,
    /// Time for the proof of each survivor, in s; 0 leaves proofs out
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    prove: u64,
    /// Proofs that run at a time [default: all processors]
    #[arg(long, value_name = "N", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Which Yosys
    #[arg(long, value_enum, default_value_t = Choice::Auto)]
    yosys: Choice,
    /// Write the report as JSON, - for standard output; a list of them for several modules
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=100.0).contains(&value) => Ok(value),
        _ => Err("must be a number from 0 to 100".to_owned()),
    }
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let bundle = choose::open(&args.bundle)?;
    mutate(args, &bundle).map_err(|e| choose::with_real_files(&bundle, e))
}

fn mutate(args: &Args, bundle: &Bundle) -> Result<(), Error> {
    let suffix = &bundle.manifest.suffix;
    let modules: Vec<&str> = args.block.iter().map(|b| suffix.plain(b)).collect();
    let engine = holder(bundle, &modules, args.variant.as_deref())?;
    let yosys = Yosys::find_for(args.yosys, "mutation")?;
    let lab = session::lab()?;
    let request = Request {
        bundle,
        engine,
        modules: &modules,
        count: args.count,
        seed: args.seed,
        cases: args.cases,
        prove: (args.prove > 0).then(|| Duration::from_secs(args.prove)),
        jobs: args.jobs.map(usize::from),
    };
    let reports = hwgen_tools::mutate::run(&request, &yosys, &lab)?;
    if let Some(path) = &args.json {
        match reports.as_slice() {
            [one] => write_json(path, one)?,
            several => write_json(path, &several)?,
        }
    }
    let silent = args.json.as_deref() == Some(Path::new("-"));
    let mut short = Vec::new();
    for report in &reports {
        if !silent {
            print(&report.text())?;
        }
        let share = report.counts().percent();
        if share < args.at_least {
            short.push(format!(
                "{}: {share:.1} % of the mutants were noticed, {} % were asked for (--at-least)",
                report.block, args.at_least
            ));
        }
    }
    if short.is_empty() {
        Ok(())
    } else {
        Err(Error::Check(short))
    }
}

/// Returns the first engine, of `variant` if that is named, which holds all of `modules` below its
/// top, each named once.
fn holder<'a>(
    bundle: &'a Bundle,
    modules: &[&str],
    variant: Option<&str>,
) -> Result<&'a Engine, Error> {
    let engines = choose::engines(bundle, None, variant)?;
    if let Some(twice) = (1..modules.len()).find(|&i| modules[..i].contains(&modules[i])) {
        let module = modules[twice];
        return Err(Error::input(format!(
            "--block {module}: is named twice; name each module once"
        )));
    }
    let holds = |e: &Engine, module: &str| e.hierarchy.iter().any(|m| m == module);
    let found = engines
        .iter()
        .find(|e| modules.iter().all(|module| holds(e, module)));
    found.copied().ok_or_else(|| {
        let unknown = modules
            .iter()
            .find(|module| !engines.iter().any(|e| holds(e, module)));
        let Some(module) = unknown else {
            return Error::input(format!(
                "--block {}: no engine holds all of them; name those of one engine at a time",
                modules.join(",")
            ));
        };
        let all = engines.iter().flat_map(|e| &e.hierarchy);
        let mut names: Vec<&str> = all.map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let dir = bundle.dir.display();
        Error::input(format!(
            "--block {module}: {dir} holds no such module to mutate (there are {})",
            names.join(", ")
        ))
    })
}
