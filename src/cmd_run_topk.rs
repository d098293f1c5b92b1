// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run topk`: ranks real scores.

use std::path::PathBuf;

use serde::Serialize;

use crate::cmd_run::Backend;
use crate::error::Error;
use crate::rank::{Ranked, Ranker};
use crate::scores::Scores;
use crate::simulation;
use crate::terminal::{print, write_json};

/// Queries shown on the terminal; JSON has them all.
const SHOWN_QUERIES: usize = 10;
/// Survivors shown of each query.
const SHOWN_SURVIVORS: usize = 12;

/// Arguments of `hwgen run topk`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// Scores, one row a query: .csv, .npy or .safetensors
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Tensor of a .safetensors file that holds several
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,
    /// Survivors of each query [default: the k of the bundle]
    #[arg(long, allow_hyphen_values = true)]
    k: Option<u32>,
    /// Variant to run [default: the first of the bundle]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// The simulated RTL, or the golden model alone, which needs no simulator
    #[arg(long, value_enum, default_value_t = Backend::Rtl)]
    backend: Backend,
    /// Write every survivor as JSON, - for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report<'a> {
    bundle: &'a str,
    engine: &'a str,
    input: &'a str,
    backend: Backend,
    k: u32,
    n: usize,
    /// Whether the scores had to be quantised to become keys.
    quantised: bool,
    /// Whether RTL and golden model agree; none without RTL.
    agrees: Option<bool>,
    queries: &'a [Ranked],
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let bundle = simulation::open(&args.bundle)?;
    let engines = simulation::engines(&bundle, Some("topk"), args.variant.as_deref())?;
    let ranker = Ranker::new(&bundle, engines[0])?;
    let k = match args.k {
        Some(k) => k,
        None => simulation::design(&bundle)?.params().k,
    };
    let scores = Scores::read(&args.input, args.tensor.as_deref())?;
    let (rows, quantised) = ranker.keys(&scores, k)?;
    let queries = match args.backend {
        Backend::Golden => ranker.golden(&rows, k),
        Backend::Rtl => ranker.rtl(&simulation::lab()?, &rows, k)?,
    };
    let report = Report {
        bundle: &bundle.manifest.name,
        engine: &ranker.engine.top,
        input: &scores.label,
        backend: args.backend,
        k,
        n: scores.n(),
        quantised,
        // A disagreement is an error of the harness and does not come this far.
        agrees: (args.backend == Backend::Rtl).then_some(true),
        queries: &queries,
    };
    if let Some(path) = &args.json {
        write_json(path, &report)?;
        if path.as_os_str() == "-" {
            return Ok(());
        }
    }
    print(&text(&report, ranker.params.key_w))
}

fn text(report: &Report<'_>, key_w: u32) -> String {
    let (queries, n) = (report.queries.len(), report.n);
    let taken = if report.quantised {
        format!("quantised to {key_w} bits row by row")
    } else {
        "taken as keys as they are".to_owned()
    };
    let mut out = format!(
        "{}: {queries} queries of {n} scores, {taken}; k = {} on {}\n",
        report.input, report.k, report.engine
    );
    for (i, q) in report.queries.iter().take(SHOWN_QUERIES).enumerate() {
        let shown = q
            .indices
            .iter()
            .take(SHOWN_SURVIVORS)
            .map(ToString::to_string);
        let mut indices: Vec<String> = shown.collect();
        if q.indices.len() > SHOWN_SURVIVORS {
            indices.push(format!("... ({} more)", q.indices.len() - SHOWN_SURVIVORS));
        }
        let threshold = if report.quantised {
            let (key, score) = (q.threshold_key, q.threshold_score);
            if score.abs() < 1e9 {
                format!("{key} (score {score:.6})")
            } else {
                format!("{key} (score {score:.6e})")
            }
        } else {
            q.threshold_key.to_string()
        };
        let cycles = q.cycles.map_or(String::new(), |c| format!(", {c} cycles"));
        let (count, indices) = (q.count, indices.join(" "));
        out.push_str(&format!(
            "query {i}: {count} survive, threshold {threshold}{cycles}: {indices}\n"
        ));
    }
    if queries > SHOWN_QUERIES {
        let more = queries - SHOWN_QUERIES;
        out.push_str(&format!(
            "... and {more} more queries (--json FILE has them all)\n"
        ));
    }
    let cycles: Vec<u64> = report.queries.iter().filter_map(|q| q.cycles).collect();
    if let (Some(least), Some(most)) = (cycles.iter().min(), cycles.iter().max()) {
        let mean = cycles.iter().sum::<u64>() as f64 / cycles.len() as f64;
        out.push_str(&format!(
            "cycles from first beat in to last beat out: {least} to {most}, mean {mean:.1}\n\
             RTL and golden model agree on every output word\n"
        ));
    }
    out
}
