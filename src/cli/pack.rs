// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen pack`: prunes and packs a matrix for the array.

use std::path::PathBuf;

use hwgen_golden::figs::{FigsParams, Variant, mask};
use serde::Serialize;

use hwgen_bundle::choose;
use hwgen_console::error::Error;
use hwgen_console::terminal::{print, table, warn, write_bytes, write_json};
use hwgen_generate::config::Draft;
use hwgen_generate::emitted::{design_of, figs_of};
use hwgen_workloads::gemm::layout::Layout;
use hwgen_workloads::gemm::packed::PackedFile;
use hwgen_workloads::gemm::prune::PruneArgs;
use hwgen_workloads::gemm::weights::{WeightArgs, Weights};

/// Arguments of `hwgen pack`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    prune: PruneArgs,
    /// Weights, outputs by inputs: .safetensors, .npy or .csv
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    read: WeightArgs,
    /// Bundle whose engine it is packed for [default: the design of --pe and --set]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["pe", "set"])]
    bundle: Option<PathBuf>,
    /// Multipliers of the array [default: 64]
    #[arg(long, allow_hyphen_values = true)]
    pe: Option<String>,
    /// Override a key of the configuration, such as figs.group=8
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Engine [default: the first of the bundle, or figs]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Packed file to write
    #[arg(short, long, value_name = "PACKED.safetensors")]
    output: PathBuf,
    /// Write the figures as JSON, - for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    input: String,
    /// Which way round the matrix was taken.
    layout: Layout,
    /// Masks and scales beside it that were applied.
    applied: Vec<String>,
    /// The bias of the layer, which is not packed.
    bias: Option<String>,
    /// What a user would not expect of the matrix.
    warnings: Vec<String>,
    engine: &'static str,
    pattern: String,
    /// As how many weights of each block of the engine they are stored.
    runs_as: String,
    outputs: u32,
    inputs: u32,
    /// Share of the magnitude that stays.
    retained: f64,
    /// Share of the weights that stay.
    density: f64,
    tiles: usize,
    absent_tiles: usize,
    stored_weights: u64,
    weight_bits: u64,
    select_bits: u64,
    dense_bits: u64,
    bits_per_dense_weight: f64,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let pattern = args.prune.pattern()?;
    let extension = args.output.extension().and_then(|e| e.to_str());
    if extension != Some("safetensors") {
        let shown = args.output.display();
        let rule = "packed files are .safetensors (name it so)";
        return Err(Error::input(format!("--output {shown}: {rule}")));
    }
    let (params, variant) = match &args.bundle {
        Some(dir) => {
            let bundle = choose::open(dir)?;
            let engines = choose::engines(&bundle, Some("figs"), args.variant.as_deref())?;
            let variant = engines[0].variant.parse().map_err(|v| bad(&v))?;
            (figs_of(&design_of(&bundle)?)?, variant)
        }
        None => (args.drafted()?, args.named()?),
    };
    // Judged before a large file is read.
    let log_n = pattern.log_n(&params, variant).map_err(|v| bad(&v))?;
    let mut weights = Weights::read(&args.input, &args.read)?;
    let pruned = weights.prune(&args.prune, &params, variant, pattern, false)?;
    let packed = weights.pack(&pruned, &params, variant, false)?;
    let label = &weights.operand.label;
    let warnings = weights.warnings.iter().map(|w| format!("{label}: {w}"));
    let warnings: Vec<String> = warnings.collect();
    for warning in &warnings {
        warn(warning);
    }
    let storage = packed.storage();
    let all = f64::from(packed.outputs) * f64::from(packed.inputs);
    let report = Report {
        input: label.clone(),
        layout: weights.layout.clone(),
        applied: weights.applied.clone(),
        bias: weights.bias.clone(),
        warnings,
        engine: variant.name(),
        pattern: pattern.to_string(),
        runs_as: format!("{}:{}", 1 << log_n, params.block(variant)),
        outputs: packed.outputs,
        inputs: packed.inputs,
        retained: mask::retained(&pruned.dense, &pruned.kept),
        density: storage.nonzero as f64 / all,
        tiles: packed.tiles.len(),
        absent_tiles: (packed.grid as usize).saturating_sub(packed.tiles.len()),
        stored_weights: storage.stored,
        weight_bits: storage.weight_bits,
        select_bits: storage.select_bits,
        dense_bits: storage.dense_bits,
        bits_per_dense_weight: (storage.weight_bits + storage.select_bits) as f64 / all,
    };
    let file = PackedFile {
        packed,
        scales: pruned.integers.scales,
        transposed: weights.layout.transposed,
        applied: weights.applied,
    };
    write_bytes(&args.output, &file.bytes()?)?;
    if let Some(path) = &args.json {
        write_json(path, &report)?;
        if path.as_os_str() == "-" {
            return Ok(());
        }
    }
    print(&text(&report))
}

impl Args {
    /// Returns the array that `--pe` and `--set` describe.
    fn drafted(&self) -> Result<FigsParams, Error> {
        let mut draft = Draft::default();
        draft.assign("blocks", "figs");
        for assignment in &self.set {
            draft.set(assignment);
        }
        if let Some(pe) = &self.pe {
            draft.assign("pe", pe);
        }
        figs_of(&draft.finish()?)
    }

    fn named(&self) -> Result<Variant, Error> {
        let name = self.variant.as_deref().unwrap_or("figs");
        name.parse().map_err(|v| bad(&v))
    }
}

fn bad(violation: &hwgen_golden::Violation) -> Error {
    let flag = match violation.field.as_str() {
        "nm" => "--nm",
        "variant" => "--variant",
        other => other,
    };
    let v = hwgen_golden::Violation {
        field: flag.to_owned(),
        ..violation.clone()
    };
    Error::input(v.to_string())
}

fn text(r: &Report) -> String {
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let percent = |x: f64| format!("{:.1} %", 100.0 * x);
    let mut rows = vec![
        row(
            "matrix",
            format!("{}: {} x {}", r.input, r.outputs, r.inputs),
        ),
        row("layout", r.layout.taken.clone()),
    ];
    if !r.applied.is_empty() {
        rows.push(row("applied", r.applied.join(", ")));
    }
    if let Some(bias) = &r.bias {
        rows.push(row("not packed", bias.clone()));
    }
    rows.extend([
        row(
            "pattern",
            format!("{}, runs as {} on {}", r.pattern, r.runs_as, r.engine),
        ),
        row("magnitude retained", percent(r.retained)),
        row("weights that are not 0", percent(r.density)),
        row("tiles", format!("{} ({} absent)", r.tiles, r.absent_tiles)),
        row(
            "bits",
            format!(
                "{} of weights, {} of selects: {:.2} a dense weight",
                r.weight_bits, r.select_bits, r.bits_per_dense_weight
            ),
        ),
    ]);
    table(&rows)
}
