// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen demo`: from parameters to verified hardware that ranks real attention scores.

use std::path::PathBuf;

use crate::cmd_emit::render;
use crate::cmd_verify::{failures, summary};
use crate::config::Draft;
use crate::error::Error;
use crate::place;
use crate::rank::Ranker;
use crate::scores::Scores;
use crate::simulation::{self, Job};
use crate::terminal::{print, table};

/// Scores of real models, which ship with the program.
pub(crate) const SCORES: &[u8] = include_bytes!("../data/attention_scores.safetensors");
/// What messages call them.
pub(crate) const SCORES_LABEL: &str = "data/attention_scores.safetensors";

/// Arguments of `hwgen demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle
    #[arg(short, long, value_name = "DIR", default_value = "build/demo")]
    output: PathBuf,
    /// Random cases an engine
    #[arg(long, default_value_t = 400, value_name = "N", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    cases: u64,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let mut draft = Draft::default();
    draft.assign("k", "16");
    draft.assign("pe", "64");
    let design = draft.finish()?;
    let files = render(&design)?;
    place::write(&files, &args.output, false)?;
    let shown = args.output.display();
    print(&format!(
        "1. hwgen emit --k 16 --pe 64 -o {shown}: {} files of SystemVerilog, constraints, vectors\n\n",
        files.len()
    ))?;

    let bundle = simulation::open(&args.output)?;
    let lab = simulation::lab()?;
    let job = Job {
        cases: args.cases,
        seed: 1,
        wave: None,
        replay: None,
    };
    let engines = simulation::engines(&bundle, Some("topk"), None)?;
    let mut reports = Vec::new();
    for engine in &engines {
        reports.push(simulation::verify(&lab, &bundle, engine, &job)?);
    }
    let text = summary(&reports);
    print(&format!(
        "2. hwgen verify {shown}: RTL beside golden model, random keys, stalls and resets\n\n{text}\n"
    ))?;
    failures(&reports)?;

    let mut head = ["attention scores", "queries", "keys", "kept"]
        .map(str::to_owned)
        .to_vec();
    head.extend(engines.iter().map(|e| format!("{} cycles", e.variant)));
    head.push("result".to_owned());
    let mut rows = vec![head];
    let k = design.params().k;
    for (name, scores) in Scores::read_all(SCORES, SCORES_LABEL)? {
        let mut row = vec![name, scores.len().to_string(), scores.n().to_string()];
        let mut cells = Vec::new();
        for engine in &engines {
            simulation::stopped()?;
            let ranker = Ranker::new(&bundle, engine)?;
            let (keys, _) = ranker.keys(&scores, k)?;
            let ranked = ranker.rtl(&lab, &keys, k)?;
            let cycles: u64 = ranked.iter().filter_map(|r| r.cycles).sum();
            cells.push(format!("{:.1}", cycles as f64 / ranked.len() as f64));
            row.truncate(3);
            row.push(ranked.first().map_or(0, |r| r.count).to_string());
        }
        row.extend(cells);
        row.push("equal".to_owned());
        rows.push(row);
    }
    let text = table(&rows);
    let lanes = design.params().topk.as_ref().map_or(0, |t| t.params.lanes);
    print(&format!(
        "3. The same hardware ranks the attention scores of real models and keeps the {k} largest of\n   \
         each query. Cycles are the mean from the first {lanes} scores in to the last survivor out.\n\n\
         {text}\nEvery output word of the RTL equals the golden model's. Read {shown}/README.md next, or rank your own:\n  \
         hwgen run topk --bundle {shown} --input scores.npy\n"
    ))
}
