// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run topk`: ranks real scores.

use std::path::PathBuf;

use hwgen_golden::topk::KEY_W;
use serde::Serialize;

use super::shared::Backend;
use hwgen_bundle::choose;
use hwgen_console::error::Error;
use hwgen_console::terminal::{print, warn, write_json};
use hwgen_generate::emitted::design_of;
use hwgen_verif::session;
use hwgen_workloads::rank::{Ranked, Ranker};
use hwgen_workloads::scores::{Keys, Scores};
use hwgen_workloads::tensors::{Narrow, Source};

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
    /// Scores, the last dimension the keys of a query: .csv, .npy, .safetensors, or the
    /// .safetensors.index.json of a checkpoint in shards. What models write for a mask (-inf, the
    /// least value of a type, -1e4, -1e9) gets the lowest key
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Tensor of a .safetensors file that holds several
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,
    /// Type of a .npy file that says only V1, V2 or f1, such as bfloat16
    #[arg(long, value_name = "TYPE")]
    dtype: Option<Narrow>,
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
    /// What the keys do not tell of the scores.
    warnings: Vec<String>,
    queries: &'a [Ranked],
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let bundle = choose::open(&args.bundle)?;
    let engines = choose::engines(&bundle, Some("topk"), args.variant.as_deref())?;
    let ranker = Ranker::new(&bundle, engines[0])?;
    let k = match args.k {
        Some(k) => k,
        None => design_of(&bundle)?.params().k,
    };
    let source = Source::open(&args.input, args.dtype)?;
    let scores = Scores::new(source.chosen(args.tensor.as_deref())?)?;
    let (rows, quantised) = ranker.keys(&scores, k)?;
    let warnings = warnings(&rows, ranker.params.key_w, k);
    for warning in &warnings {
        warn(&format!("{}: {warning}", scores.label));
    }
    let queries = match args.backend {
        Backend::Golden => ranker.golden(&rows, k),
        Backend::Rtl => ranker.rtl(&session::lab()?, &rows, k)?,
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
        warnings,
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

/// Says what a user would not expect of the keys of these rows.
fn warnings(rows: &[Keys], key_w: u32, k: u32) -> Vec<String> {
    let among = |at: &[usize]| match at {
        [row] => format!("row {row}"),
        [row, more @ ..] => format!("row {row} and {} more", more.len()),
        [] => String::new(),
    };
    let which = |is: &dyn Fn(&Keys) -> bool| -> Vec<usize> {
        let all = rows.iter().enumerate();
        all.filter(|(_, r)| is(r)).map(|(i, _)| i).collect()
    };
    let mut out = Vec::new();
    if let coarse @ [first, ..] = which(&Keys::coarse).as_slice() {
        let row = &rows[*first];
        let remedy = if key_w < KEY_W.1 {
            format!(
                " (emit with --set topk.key_w={}, or take outliers out)",
                KEY_W.1
            )
        } else {
            " (take outliers out)".to_owned()
        };
        out.push(format!(
            "{}: {key_w} bits leave {} keys of {} distinct scores, and the lowest index wins among \
             equal keys{remedy}",
            among(coarse),
            row.distinct_keys,
            row.distinct_scores
        ));
    }
    let short = |r: &Keys| r.masked() > 0 && r.keys.len() - r.masked() < k as usize;
    if let few @ [first, ..] = which(&short).as_slice() {
        let row = &rows[*first];
        out.push(format!(
            "{}: {} of {} scores are not masked, fewer than k = {k}: masked ones survive, too",
            among(few),
            row.keys.len() - row.masked(),
            row.keys.len()
        ));
    }
    out
}

fn text(report: &Report<'_>, key_w: u32) -> String {
    let (queries, n) = (report.queries.len(), report.n);
    let taken = if report.quantised {
        format!("quantised to {key_w} bits row by row")
    } else {
        "taken as keys as they are".to_owned()
    };
    let masked: usize = report.queries.iter().map(|q| q.masked).sum();
    let masked = match masked {
        0 => String::new(),
        n => format!(", {n} masked"),
    };
    let mut out = format!(
        "{}: {queries} queries of {n} scores{masked}, {taken}; k = {} on {}\n",
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
        let key = q.threshold_key;
        let threshold = match q.threshold_score {
            None if q.count > 0 => format!("{key} (masked)"),
            Some(score) if report.quantised && score.abs() < 1e9 => {
                format!("{key} (score {score:.6})")
            }
            Some(score) if report.quantised => format!("{key} (score {score:.6e})"),
            _ => key.to_string(),
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
