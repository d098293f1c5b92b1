// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen demo`: from parameters to verified hardware that ranks real attention scores and computes
//! real attention.

use std::path::{Path, PathBuf};

use hwgen_golden::attention::AttentionParams;
use hwgen_golden::attention::host::Bound;
use hwgen_golden::attention::{Rule, Select};
use hwgen_verif::attention::{Memory, run_watched};
use hwgen_verif::verify::Lab;

use hwgen_bundle::choose;
use hwgen_bundle::place;
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_console::terminal::{print, table};
use hwgen_generate::config::Draft;
use hwgen_generate::render::shipped;
use hwgen_verif::session::{self, Job};
use hwgen_verif::summary::{failures, summary};
use hwgen_workloads::attend::{Layer, Policy, Survivors};
use hwgen_workloads::rank::Ranker;
use hwgen_workloads::samples::{self, How, Which};
use hwgen_workloads::scores::Scores;
use hwgen_workloads::shipped::{LAYERS, LAYERS_LABEL, SCORES, SCORES_LABEL};

/// The layer that the demo runs: stories260K, its heads of 8 elements.
const SAMPLE: &str = "d0.l2";
/// A core for it, small enough to compile quickly.
const CORE: [(&str, &str); 4] = [
    ("blocks", "attention"),
    ("pe", "8"),
    ("attention.d_head", "8"),
    ("attention.max_tokens", "1024"),
];
/// The memory behind it.
const MEMORY: Memory = Memory {
    latency: 40,
    bytes_per_cycle: 0,
};

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
    let files = shipped(&design)?;
    place::write(&files, &args.output, false)?;
    let shown = args.output.display();
    print(&format!(
        "1. hwgen emit --k 16 --pe 64 -o {shown}: {} files of SystemVerilog, constraints, vectors\n\n",
        files.len()
    ))?;

    let bundle = choose::open(&args.output)?;
    let lab = session::lab()?;
    let job = Job {
        cases: args.cases,
        seed: 1,
        wave: None,
        replay: None,
    };
    let engines = choose::engines(&bundle, Some("topk"), None)?;
    let mut reports = Vec::new();
    for engine in &engines {
        reports.push(session::verify(&lab, &bundle, engine, &job)?);
    }
    let text = summary(&reports);
    print(&format!(
        "2. hwgen verify {shown} --block topk: RTL beside golden model, random keys, stalls and resets\n\n{text}\n"
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
            stop::stopped()?;
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
    let lanes = design.params().topk.params.lanes;
    print(&format!(
        "3. The same hardware ranks the attention scores of real models and keeps the {k} largest of\n   \
         each query. Cycles are the mean from the first {lanes} scores in to the last survivor out.\n\n\
         {text}\n"
    ))?;

    attention(&lab, &args.output)?;
    print(&format!(
        "Every output word of the RTL equals the golden model's. Read {shown}/README.md next, or rank your own:\n  \
         hwgen run topk --bundle {shown} --input scores.npy\n"
    ))
}

/// Runs a layer of a real decoder on a small attention core, whose bundle goes beside `demo`.
fn attention(lab: &Lab, demo: &Path) -> Result<(), Error> {
    let mut draft = Draft::default();
    for (key, value) in CORE {
        draft.assign(key, value);
    }
    let files = shipped(&draft.finish()?)?;
    let mut name = demo.file_name().unwrap_or_default().to_owned();
    name.push("-attention");
    let folder = demo.with_file_name(name);
    place::write(&files, &folder, false)?;
    let bundle = choose::open(&folder)?;
    let engine = choose::engines(&bundle, Some("attention"), None)?[0];
    let params = engine.read(AttentionParams::from_values)?;
    let how = How::default();
    let sample = &samples::parse(LAYERS, LAYERS_LABEL, Which::One(SAMPLE), &how)?[0];
    let head = [
        "setting",
        "bytes",
        "of 12 bit",
        "rms error",
        "cosine",
        "cycles",
        "result",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (about, policy) in policies(params.k_planes.len() as u32, params.v_planes.len() as u32) {
        let layer = Layer::golden(sample, &params, policy, Survivors::all(sample))?;
        let go = &mut |_| stop::stopped().is_ok();
        let played = run_watched(lab, &bundle, engine, &layer.jobs, MEMORY, false, go);
        let played = played.map_err(Error::from)?;
        let found = layer.figures(Some(played.cycles()));
        let share = 100.0 * found.bytes.total as f64 / found.bytes.dense_12 as f64;
        rows.push(vec![
            about.to_owned(),
            found.bytes.total.to_string(),
            format!("{share:.0} %"),
            format!("{:.1e}", found.error.rms),
            format!("{:.5}", found.error.cosine),
            found.cycles.map_or(String::new(), |c| c.to_string()),
            "equal".to_owned(),
        ]);
    }
    let text = table(&rows);
    let (heads, keys) = (sample.heads.len(), sample.tokens());
    print(&format!(
        "4. An attention core of 8 lanes computes a layer of a real decoder: {heads} heads of one query over \
         {keys} keys.\n   Keys come in planes of 4 bits; error against float64. The bundle is {}.\n\n{text}\n",
        folder.display()
    ))
}

/// What the layer is run with.
fn policies(k_planes: u32, v_planes: u32) -> [(&'static str, Policy); 3] {
    let dense = Policy {
        rule: Rule::Static,
        start: k_planes,
        values: v_planes,
        threshold: 0.1,
        eps: 0.001,
        bound: Bound::Worst,
        select: Select::All,
        k: 1,
        left_out: 0.0,
        renorm: false,
    };
    let exact = Policy {
        rule: Rule::Token,
        start: 1,
        select: Select::Mass,
        left_out: 0.01,
        ..dense
    };
    let bold = Policy {
        eps: 0.01,
        bound: Bound::Sigmas(3.0),
        left_out: 0.03,
        ..exact
    };
    [
        ("all planes, all values", dense),
        ("keys by token 0.1 %, values by mass 1 %", exact),
        ("keys by token 1 % (z = 3), mass 3 %", bold),
    ]
}
