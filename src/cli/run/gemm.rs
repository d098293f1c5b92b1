// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run gemm`: a model's weights times its activations on the array.

use std::path::PathBuf;

use clap::ValueEnum;
use hwgen_bundle::manifest::Bundle;
use hwgen_golden::figs::{FigsParams, Matrix, Packed, Variant, mask, pack};
use hwgen_verif::figs::{Gemm, run_in};
use serde::Serialize;

use hwgen_bundle::choose;
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_console::terminal::{print, table, warn, write_bytes, write_json};
use hwgen_generate::emitted::design_of;
use hwgen_generate::emitted::figs_of;
use hwgen_verif::session;
use hwgen_workloads::gemm::activations::{ActivationArgs, Activations};
use hwgen_workloads::gemm::error::{Distance, product, scaled};
use hwgen_workloads::gemm::figures::{Figures, figures, product_file};
use hwgen_workloads::gemm::layout::{Layout, Side, misfit};
use hwgen_workloads::gemm::operand::{Integers, Scale};
use hwgen_workloads::gemm::packed::PackedFile;
use hwgen_workloads::gemm::prune::PruneArgs;
use hwgen_workloads::gemm::weights::{Pruned, WeightArgs, Weights};

/// Arguments of `hwgen run gemm`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// Weights, outputs by inputs: a matrix, or a file of hwgen pack
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    #[command(flatten)]
    read: WeightArgs,
    #[command(flatten)]
    prune: PruneArgs,
    #[command(flatten)]
    activations: ActivationArgs,
    /// Engine of the bundle [default: the first]
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// What computes
    #[arg(long, value_enum, default_value_t = Backend::Rtl)]
    backend: Backend,
    /// Write the product: float64 `product`, and int64 `sums` unless the backend is float
    #[arg(short, long, value_name = "FILE.safetensors")]
    output: Option<PathBuf>,
    /// Write the figures as JSON, - for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Backend {
    /// The simulated RTL, compared with the golden model word by word, and cycle by cycle
    Rtl,
    /// The golden model of the array, which needs no simulator
    Golden,
    /// Real numbers: what pruning alone does to the product
    Float,
}

#[derive(Serialize)]
struct Report {
    bundle: String,
    engine: String,
    backend: Backend,
    weights: String,
    activations: String,
    /// Which way round the weights were taken, and the activations.
    weights_layout: Layout,
    activations_layout: Layout,
    /// Masks and scales beside the weights and the activations that were applied.
    applied: Vec<String>,
    /// The bias of the layer, which is no part of the product.
    bias: Option<String>,
    /// What a user would not expect of the operands.
    warnings: Vec<String>,
    pattern: String,
    tokens: u32,
    inputs: u32,
    outputs: u32,
    /// Share of the magnitude that stays; none for packed files, which do not know what went.
    retained: Option<f64>,
    /// Against the product of the weights before pruning, likewise.
    error_of_dense: Option<Distance>,
    /// Against the product of the pruned weights in real numbers: what quantisation does.
    error_of_pruned: Option<Distance>,
    figures: Option<Figures>,
}

/// The weights as they go on, and what they were.
struct Operator {
    label: String,
    layout: Layout,
    applied: Vec<String>,
    bias: Option<String>,
    warnings: Vec<String>,
    stage: Stage,
}

/// How far the weights have come.
enum Stage {
    /// Pruned here.
    Matrix(Box<(Weights, Pruned)>),
    /// Packed before.
    File(Integers, hwgen_golden::figs::Pattern),
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let bundle = choose::open(&args.bundle)?;
    let engines = choose::engines(&bundle, Some("figs"), args.variant.as_deref())?;
    let engine = engines[0];
    let params = figs_of(&design_of(&bundle)?)?;
    let variant: Variant = engine
        .variant
        .parse()
        .map_err(|v| Error::input(format!("{v}")))?;
    let weights = args.read_weights(&params, variant)?;
    let mut acts = Activations::read(&args.activations)?;
    let (tokens, inputs) = acts.operand.shape();
    weights.meet(&mut acts)?;
    let packed = weights.pack(&params, variant)?;
    let x = acts.operand.integers(params.act_w, Scale::Matrix, None)?;
    let (sums, figures) = match args.backend {
        Backend::Float => (None, None),
        Backend::Golden => {
            let sums = packed.multiply(&x.matrix);
            let cycles = packed.cycles(tokens);
            (Some(sums), Some(figures(&packed, tokens, cycles, false)))
        }
        Backend::Rtl => {
            let (sums, cycles) = rtl(&bundle, engine, &packed, &x.matrix)?;
            (Some(sums), Some(figures(&packed, tokens, cycles, true)))
        }
    };
    let (dense, pruned, scales) = match &weights.stage {
        Stage::Matrix(all) => (Some(&all.1.dense), all.1.reals(), &all.1.integers.scales),
        Stage::File(integers, _) => (None, integers.reals(), &integers.scales),
    };
    let acts_real = acts.operand.reals();
    let pruned = product(&acts_real, &pruned);
    let got = sums
        .as_ref()
        .map_or_else(|| pruned.clone(), |s| scaled(s, &x.scales, scales));
    let dense = dense.map(|w| product(&acts_real, w));
    let mut applied = weights.applied.clone();
    applied.extend(acts.applied);
    let (label, of_acts) = (&weights.label, &acts.operand.label);
    let all = weights.warnings.iter().map(|w| (label, w));
    let all = all.chain(acts.warnings.iter().map(|w| (of_acts, w)));
    let warnings: Vec<String> = all.map(|(label, w)| format!("{label}: {w}")).collect();
    for warning in &warnings {
        warn(warning);
    }
    let report = Report {
        bundle: bundle.manifest.name.clone(),
        engine: engine.top.clone(),
        backend: args.backend,
        weights: weights.label.clone(),
        activations: acts.operand.label.clone(),
        weights_layout: weights.layout.clone(),
        activations_layout: acts.layout,
        applied,
        bias: weights.bias.clone(),
        warnings,
        pattern: packed.pattern.to_string(),
        tokens,
        inputs,
        outputs: packed.outputs,
        retained: weights.retained(),
        error_of_dense: dense.map(|d| Distance::new(&got, &d)),
        error_of_pruned: sums.as_ref().map(|_| Distance::new(&got, &pruned)),
        figures,
    };
    if let Some(path) = &args.output {
        write_bytes(path, &product_file(&got, sums.as_ref())?)?;
    }
    if let Some(path) = &args.json {
        write_json(path, &report)?;
        if path.as_os_str() == "-" {
            return Ok(());
        }
    }
    print(&text(&report, &got))
}

impl Args {
    /// Reads weights that are packed already, or reads and prunes a matrix.
    fn read_weights(&self, params: &FigsParams, variant: Variant) -> Result<Operator, Error> {
        let Some(file) = PackedFile::read(&self.weights)? else {
            let pattern = self.prune.pattern()?;
            let mut weights = Weights::read(&self.weights, &self.read)?;
            let pruned = weights.prune(&self.prune, params, variant, pattern, true)?;
            return Ok(Operator {
                label: weights.operand.label.clone(),
                layout: weights.layout.clone(),
                applied: weights.applied.clone(),
                bias: weights.bias.clone(),
                warnings: weights.warnings.clone(),
                stage: Stage::Matrix(Box::new((weights, pruned))),
            });
        };
        let label = self.weights.display().to_string();
        let (p, r) = (&self.prune, &self.read);
        let flags = [
            ("nm", p.nm.is_some()),
            ("pruned", p.pruned),
            ("tiles", p.tiles.is_some()),
            ("rows", p.rows.is_some()),
            ("tensor", r.tensor.is_some()),
            ("dtype", r.dtype.is_some()),
            ("transpose", r.transpose),
        ];
        if let Some((flag, _)) = flags.iter().find(|(_, given)| *given) {
            let rule = "the file is packed already (leave it out)";
            return Err(Error::input(format!("--{flag}: {label}: {rule}")));
        }
        let mut layout = Layout::of_packed(file.transposed);
        if file.packed.outputs == file.packed.inputs {
            layout.doubt("square", "--transpose");
        }
        let integers = Integers {
            matrix: file.packed.unpack(),
            scales: file.scales,
        };
        Ok(Operator {
            label,
            layout,
            applied: file.applied,
            bias: None,
            warnings: Vec::new(),
            stage: Stage::File(integers, file.packed.pattern),
        })
    }
}

impl Operator {
    /// Returns outputs and inputs.
    fn shape(&self) -> (u32, u32) {
        let matrix = match &self.stage {
            Stage::Matrix(all) => &all.1.integers.matrix,
            Stage::File(integers, _) => &integers.matrix,
        };
        (matrix.rows(), matrix.cols())
    }

    /// Judges whether the activations have as many inputs; notes where their transpose has, too.
    fn meet(&self, acts: &mut Activations) -> Result<(), Error> {
        let (outputs, inputs) = self.shape();
        let (tokens, width) = acts.operand.shape();
        if width != inputs {
            let side = Side {
                label: &acts.operand.label,
                rows: tokens,
                cols: width,
                layout: &acts.layout,
            };
            let weights = Side {
                label: &self.label,
                rows: outputs,
                cols: inputs,
                layout: &self.layout,
            };
            let packed = matches!(self.stage, Stage::File(..));
            return Err(misfit(side, weights, packed));
        }
        if tokens == width && acts.layout.dimensions() == 2 {
            acts.layout.doubt("square", "--transpose-activations");
        }
        Ok(())
    }

    /// Packs the weights for an engine.
    fn pack(&self, params: &FigsParams, variant: Variant) -> Result<Packed, Error> {
        match &self.stage {
            Stage::Matrix(all) => all.0.pack(&all.1, params, variant, true),
            // Unpacking is exact, so a file that was packed for another engine is packed for this one.
            Stage::File(integers, pattern) => pack(params, variant, *pattern, &integers.matrix)
                .map_err(|e| Error::input(format!("{}: {e}", self.label))),
        }
    }

    /// Returns the share of the magnitude that stays; a packed file does not know what went.
    fn retained(&self) -> Option<f64> {
        match &self.stage {
            Stage::Matrix(all) => Some(mask::retained(&all.1.dense, &all.1.kept)),
            Stage::File(..) => None,
        }
    }
}

/// Runs the simulated RTL, whose every word and cycle the bench compares with the model.
fn rtl(
    bundle: &Bundle,
    engine: &hwgen_bundle::manifest::Engine,
    packed: &Packed,
    x: &Matrix,
) -> Result<(Matrix, u64), Error> {
    stop::stop_flag();
    let lab = session::lab()?;
    let gemm = Gemm::new(packed.pattern, &packed.unpack(), x);
    let mut products = run_in(&lab, bundle, engine, &[gemm]).map_err(Error::from)?;
    let done = products.pop();
    let done = done.ok_or_else(|| Error::input("the bench returned no product"))?;
    Ok((done.sums, done.last_out - done.first_in + 1))
}

fn text(r: &Report, got: &Matrix<f64>) -> String {
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let percent = |x: f64| format!("{:.1} %", 100.0 * x);
    let distance = |d: &Distance| format!("{:.2e} rms, cosine {:.5}", d.relative_rms, d.cosine);
    let mut rows = vec![
        row(
            "product",
            format!(
                "{} x {} x {} (tokens, inputs, outputs), {} on {}",
                r.tokens, r.inputs, r.outputs, r.pattern, r.engine
            ),
        ),
        row("first elements", {
            let shown = got.row(0).iter().take(6).map(|x| format!("{x:.4}"));
            shown.collect::<Vec<_>>().join(" ")
        }),
    ];
    rows.push(row("weights", r.weights_layout.taken.clone()));
    rows.push(row("activations", r.activations_layout.taken.clone()));
    if !r.applied.is_empty() {
        rows.push(row("applied", r.applied.join(", ")));
    }
    if let Some(bias) = &r.bias {
        rows.push(row("not added", bias.clone()));
    }
    if let Some(retained) = r.retained {
        rows.push(row("magnitude retained", percent(retained)));
    }
    if let Some(d) = &r.error_of_dense {
        rows.push(row("error, dense float", distance(d)));
    }
    if let Some(d) = &r.error_of_pruned {
        rows.push(row("error, pruned float", distance(d)));
    }
    if let Some(f) = &r.figures {
        let how = if f.measured {
            "measured, as the model says"
        } else {
            "by the model"
        };
        let faster = f.dense_cycles as f64 / f.cycles as f64;
        rows.push(row(
            "cycles",
            format!(
                "{} ({how}); dense {}: {faster:.2}x",
                f.cycles, f.dense_cycles
            ),
        ));
        rows.push(row(
            "tiles",
            format!("{} ({} absent)", f.tiles, f.absent_tiles),
        ));
        rows.push(row("multipliers busy", percent(f.mac_utilisation)));
        rows.push(row(
            "a cycle",
            format!(
                "{:.1} input elements ({:.1} wide), {:.1} partial sums",
                f.inputs_per_cycle, f.input_slots_per_cycle, f.partial_sums_per_cycle
            ),
        ));
        rows.push(row(
            "traffic",
            format!(
                "{} inputs, {} weights, {} partial sums, {} outputs",
                f.inputs_read, f.weights_read, f.partial_sums_written, f.outputs_written
            ),
        ));
    }
    let agree = match r.backend {
        Backend::Rtl => "RTL and golden model agree on every word and cycle\n",
        Backend::Golden | Backend::Float => "",
    };
    format!("{}{agree}", table(&rows))
}
