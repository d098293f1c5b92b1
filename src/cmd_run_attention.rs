// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run attention`: attention of a model's layers.

use std::path::PathBuf;

use clap::ValueEnum;
use hwgen_golden::attention::host::Bound;
use hwgen_golden::attention::{Rule, Select};
use hwgen_verif::attention::{Memory, params_of, run_in};
use serde::Serialize;

use crate::attend::{Figures, Layer, Policy};
use crate::cmd_run::Backend;
use crate::error::Error;
use crate::samples;
use crate::simulation;
use crate::terminal::{print, table, write_json};

/// Arguments of `hwgen run attention`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// Samples NAME.q, NAME.k, NAME.v as integers with NAME.scale, or q, k, v as F32
    #[arg(long, value_name = "FILE.safetensors")]
    input: PathBuf,
    /// One sample of the file [default: all]
    #[arg(long, value_name = "NAME")]
    sample: Option<String>,
    /// Queries see only keys up to their own position (plain tensors; samples say it themselves)
    #[arg(long)]
    causal: bool,
    /// Which keys get more planes than --start
    #[arg(long, value_enum, default_value_t = RuleName::Static)]
    rule: RuleName,
    /// Planes of K fetched up front [default: all with rule static, else 1]
    #[arg(long, value_name = "PLANES")]
    start: Option<u32>,
    /// Rule head: refine where the largest probability is under this
    #[arg(long, default_value_t = 0.1, allow_hyphen_values = true)]
    threshold: f64,
    /// Rule token: refine keys whose probability may exceed this
    #[arg(long, default_value_t = 0.001, allow_hyphen_values = true)]
    eps: f64,
    /// Rule token: worst, or how many standard deviations of a score's missing bits to trust
    #[arg(
        long,
        value_name = "worst|SIGMAS",
        default_value = "worst",
        allow_hyphen_values = true
    )]
    bound: String,
    /// Only the K best values
    #[arg(long, conflicts_with = "mass")]
    k: Option<u32>,
    /// Only the best values that leave out at most this probability
    #[arg(long, value_name = "EPS", allow_hyphen_values = true)]
    mass: Option<f64>,
    /// Scale the probabilities of the selected values to sum to one
    #[arg(long)]
    renorm: bool,
    /// Cycles from a request to its response (backend rtl)
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    latency: u32,
    /// The simulated RTL, or the golden model alone, which needs no simulator
    #[arg(long, value_enum, default_value_t = Backend::Rtl)]
    backend: Backend,
    /// Write the figures as JSON, - for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RuleName {
    /// None
    Static,
    /// All keys of a query whose distribution is flat (SpAtten)
    Head,
    /// Keys whose probability may still exceed a limit
    Token,
}

#[derive(Serialize)]
struct Report<'a> {
    bundle: &'a str,
    engine: &'a str,
    input: String,
    backend: Backend,
    samples: Vec<Figures>,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let policy = policy(args)?;
    let bundle = simulation::open(&args.bundle)?;
    let engines = simulation::engines(&bundle, Some("attention"), None)?;
    let engine = engines[0];
    let params = params_of(engine).map_err(simulation::error)?;
    let planes = params.k_planes.len() as u32;
    let start = args.start.unwrap_or(match args.rule {
        RuleName::Static => planes,
        RuleName::Head | RuleName::Token => 1,
    });
    if !(1..=planes).contains(&start) {
        let rule = format!("the bundle has {planes} planes of K (try {planes})");
        return Err(Error::input(format!("--start {start}: {rule}")));
    }
    let policy = Policy { start, ..policy };
    let samples = samples::read(&args.input, args.sample.as_deref(), args.causal)?;
    let layers = samples.iter().map(|s| Layer::new(s, &params, policy));
    let layers = layers.collect::<Result<Vec<_>, _>>()?;
    let lab = match args.backend {
        Backend::Rtl => Some(simulation::lab()?),
        Backend::Golden => None,
    };
    let memory = Memory {
        latency: args.latency,
        bytes_per_cycle: 0,
    };
    let mut figures = Vec::new();
    for layer in &layers {
        simulation::stopped()?;
        let cycles = match &lab {
            Some(lab) => {
                let played = run_in(lab, &bundle, engine, &layer.jobs, memory, false);
                let played = played.map_err(simulation::error)?;
                Some(played.last_out - played.first_in + 1)
            }
            None => None,
        };
        figures.push(layer.figures(cycles));
    }
    let report = Report {
        bundle: &bundle.manifest.name,
        engine: &engine.top,
        input: args.input.display().to_string(),
        backend: args.backend,
        samples: figures,
    };
    if let Some(path) = &args.json {
        write_json(path, &report)?;
        if path.as_os_str() == "-" {
            return Ok(());
        }
    }
    print(&text(&report))
}

/// Reads the flags; all that is wrong with them is told at once.
fn policy(args: &Args) -> Result<Policy, Error> {
    let mut wrong = Vec::new();
    let mut within = |flag: &str, value: f64, zero: bool| {
        let low = if zero { value >= 0.0 } else { value > 0.0 };
        if !(low && value <= 1.0) {
            let from = if zero { "0" } else { "more than 0" };
            wrong.push(format!(
                "--{flag} {value}: must be {from}, and at most 1 (try 0.01)"
            ));
        }
    };
    within("threshold", args.threshold, false);
    within("eps", args.eps, false);
    if let Some(mass) = args.mass {
        within("mass", mass, true);
    }
    if args.k == Some(0) {
        wrong.push("--k 0: must be at least 1 (try 16)".to_owned());
    }
    let bound = match args.bound.as_str() {
        "worst" => Some(Bound::Worst),
        sigmas => match sigmas.parse::<f64>() {
            Ok(z) if z > 0.0 && z.is_finite() => Some(Bound::Sigmas(z)),
            _ => None,
        },
    };
    if bound.is_none() {
        let given = &args.bound;
        wrong.push(format!(
            "--bound {given}: must be worst or a positive number of sigmas (try 3)"
        ));
    }
    let Some(bound) = bound.filter(|_| wrong.is_empty()) else {
        return Err(Error::Input(wrong));
    };
    let (select, k) = match (args.k, args.mass) {
        (Some(k), _) => (Select::Topk, k),
        (None, Some(_)) => (Select::Mass, 1),
        (None, None) => (Select::All, 1),
    };
    Ok(Policy {
        rule: match args.rule {
            RuleName::Static => Rule::Static,
            RuleName::Head => Rule::Head,
            RuleName::Token => Rule::Token,
        },
        start: 1,
        threshold: args.threshold,
        eps: args.eps,
        bound,
        select,
        k,
        left_out: args.mass.unwrap_or(0.0),
        renorm: args.renorm,
    })
}

fn text(report: &Report<'_>) -> String {
    let head = [
        "sample",
        "heads",
        "queries",
        "keys",
        "rms error",
        "cosine",
        "bytes",
        "of 12 bit",
        "selected",
        "cycles",
        "QK busy",
        "PV busy",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let percent = |x: f64| format!("{:.1} %", 100.0 * x);
    let or_none = |x: Option<String>| x.unwrap_or_else(|| "-".to_owned());
    for f in &report.samples {
        rows.push(vec![
            f.sample.clone(),
            f.heads.to_string(),
            f.queries.to_string(),
            f.keys.to_string(),
            format!("{:.2e}", f.error.rms),
            format!("{:.6}", f.error.cosine),
            f.bytes.total.to_string(),
            percent(f.bytes.total as f64 / f.bytes.dense_12.max(1) as f64),
            percent(f.selected),
            or_none(f.cycles.map(|c| c.to_string())),
            or_none(f.qk_busy.map(percent)),
            or_none(f.pv_busy.map(percent)),
        ]);
    }
    let agree = match report.backend {
        Backend::Rtl => "RTL and golden model agree on every word and request\n",
        Backend::Golden => "",
    };
    format!("{}{agree}", table(&rows))
}
