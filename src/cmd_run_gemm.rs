// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run gemm`: a model's weights times its activations on the array.

use std::path::PathBuf;

use clap::ValueEnum;
use hwgen_golden::figs::{FigsParams, Matrix, Packed, Pattern, Variant, mask, pack};
use hwgen_verif::figs::{Gemm, run_in};
use hwgen_verif::manifest::Bundle;
use serde::Serialize;

use crate::cmd_pack::figs_of;
use crate::error::Error;
use crate::gemm::error::{Distance, product, scaled};
use crate::gemm::operand::{Integers, Operand, Scale};
use crate::gemm::packed::PackedFile;
use crate::gemm::prune::PruneArgs;
use crate::simulation;
use crate::terminal::{print, table, write_bytes, write_json};

/// Arguments of `hwgen run gemm`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// Weights, outputs by inputs: a matrix, or a file of hwgen pack
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// Tensor of the weights, if the file holds several
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,
    #[command(flatten)]
    prune: PruneArgs,
    /// Activations, tokens by inputs
    #[arg(long, value_name = "FILE")]
    activations: PathBuf,
    /// Tensor of the activations, if the file holds several
    #[arg(long, value_name = "NAME")]
    activations_tensor: Option<String>,
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

#[derive(Serialize)]
struct Figures {
    /// First activation accepted to last output accepted, both included.
    cycles: u64,
    /// Whether they were measured on the RTL, which then equal the model's.
    measured: bool,
    /// Cycles of the dense array of as many multipliers, by its model.
    dense_cycles: u64,
    tiles: usize,
    absent_tiles: usize,
    /// Multiplications with weights that are not 0, a multiplier and cycle.
    mac_utilisation: f64,
    inputs_per_cycle: f64,
    input_slots_per_cycle: f64,
    partial_sums_per_cycle: f64,
    inputs_read: u64,
    weights_read: u64,
    weight_bits_read: u64,
    partial_sums_written: u64,
    outputs_written: u64,
    stored_weight_bits: u64,
    stored_select_bits: u64,
}

/// The weights as they go on, and what they were.
struct Weights {
    label: String,
    packed: Packed,
    scales: Vec<f64>,
    /// Before pruning, if that is known.
    dense: Option<Matrix<f64>>,
    /// After pruning, before quantisation.
    pruned: Matrix<f64>,
    retained: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let bundle = simulation::open(&args.bundle)?;
    let engines = simulation::engines(&bundle, Some("figs"), args.variant.as_deref())?;
    let engine = engines[0];
    let params = figs_of(&simulation::design(&bundle)?)?;
    let variant: Variant = engine
        .variant
        .parse()
        .map_err(|v| Error::input(format!("{v}")))?;
    let weights = args.read_weights(&params, variant)?;
    let acts = Operand::read(&args.activations, args.activations_tensor.as_deref())?;
    let (tokens, inputs) = acts.shape();
    if inputs != weights.packed.inputs {
        return Err(Error::input(format!(
            "{}: {tokens} x {inputs}: {} takes {} inputs (give tokens by inputs)",
            acts.label, weights.label, weights.packed.inputs
        )));
    }
    let x = acts.integers(params.act_w, Scale::Matrix, None)?;
    let (sums, figures) = match args.backend {
        Backend::Float => (None, None),
        Backend::Golden => {
            let sums = weights.packed.multiply(&x.matrix);
            let cycles = weights.packed.cycles(tokens);
            (
                Some(sums),
                Some(figures(&weights.packed, tokens, cycles, false)),
            )
        }
        Backend::Rtl => {
            let (sums, cycles) = rtl(&bundle, engine, &weights.packed, &x.matrix)?;
            (
                Some(sums),
                Some(figures(&weights.packed, tokens, cycles, true)),
            )
        }
    };
    let pruned = product(&acts.reals(), &weights.pruned);
    let got = sums
        .as_ref()
        .map_or_else(|| pruned.clone(), |s| scaled(s, &x.scales, &weights.scales));
    let dense = weights.dense.as_ref().map(|w| product(&acts.reals(), w));
    let report = Report {
        bundle: bundle.manifest.name.clone(),
        engine: engine.top.clone(),
        backend: args.backend,
        weights: weights.label.clone(),
        activations: acts.label.clone(),
        pattern: weights.packed.pattern.to_string(),
        tokens,
        inputs,
        outputs: weights.packed.outputs,
        retained: weights.retained,
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
    /// Reads weights that are packed already, or prunes and packs a matrix.
    fn read_weights(&self, params: &FigsParams, variant: Variant) -> Result<Weights, Error> {
        let label = self.weights.display().to_string();
        let Some(file) = PackedFile::read(&self.weights)? else {
            let pattern = self.prune.pattern()?;
            return self.pack(params, variant, pattern);
        };
        let p = &self.prune;
        let flags = [
            ("nm", p.nm.is_some()),
            ("pruned", p.pruned),
            ("tiles", p.tiles.is_some()),
            ("rows", p.rows.is_some()),
            ("tensor", self.tensor.is_some()),
        ];
        if let Some((flag, _)) = flags.iter().find(|(_, given)| *given) {
            let rule = "the file is packed already (leave it out)";
            return Err(Error::input(format!("--{flag}: {label}: {rule}")));
        }
        let integers = Integers {
            matrix: file.packed.unpack(),
            scales: file.scales,
        };
        // Unpacking is exact, so a file that was packed for another engine is packed for this one.
        let packed = pack(params, variant, file.packed.pattern, &integers.matrix)
            .map_err(|e| Error::input(format!("{label}: {e}")))?;
        Ok(Weights {
            label,
            packed,
            pruned: integers.reals(),
            scales: integers.scales,
            dense: None,
            retained: None,
        })
    }

    fn pack(
        &self,
        params: &FigsParams,
        variant: Variant,
        pattern: Pattern,
    ) -> Result<Weights, Error> {
        let weights = Operand::read(&self.weights, self.tensor.as_deref())?;
        let dense = weights.reals();
        let kept = self.prune.mask(params, variant, pattern, &dense);
        let integers = weights.integers(params.weight_w, Scale::Row, Some(&kept))?;
        let packed = pack(params, variant, pattern, &integers.matrix)
            .map_err(|e| Error::input(format!("{}: {e}", weights.label)))?;
        Ok(Weights {
            label: weights.label,
            packed,
            scales: integers.scales,
            pruned: Matrix::from_fn(dense.rows(), dense.cols(), |r, c| {
                if kept.at(r, c) { dense.at(r, c) } else { 0.0 }
            }),
            retained: Some(mask::retained(&dense, &kept)),
            dense: Some(dense),
        })
    }
}

/// Runs the simulated RTL, whose every word and cycle the bench compares with the model.
fn rtl(
    bundle: &Bundle,
    engine: &hwgen_verif::manifest::Engine,
    packed: &Packed,
    x: &Matrix,
) -> Result<(Matrix, u64), Error> {
    simulation::stop_flag();
    let lab = simulation::lab()?;
    let gemm = Gemm::new(packed.pattern, &packed.unpack(), x);
    let mut products = run_in(&lab, bundle, engine, &[gemm]).map_err(simulation::error)?;
    let done = products.pop();
    let done = done.ok_or_else(|| Error::input("the bench returned no product"))?;
    Ok((done.sums, done.last_out - done.first_in + 1))
}

fn figures(packed: &Packed, tokens: u32, cycles: u64, measured: bool) -> Figures {
    let p = packed.params();
    let traffic = packed.traffic(tokens);
    let storage = packed.storage();
    let per = |n: u64| n as f64 / cycles as f64;
    let dense = Variant::DenseWs;
    let tiles = p.tiles(dense, packed.pattern, packed.outputs, packed.inputs);
    Figures {
        cycles,
        measured,
        dense_cycles: p.cycles(dense, tokens, tiles.unwrap_or(0)),
        tiles: packed.tiles.len(),
        absent_tiles: (packed.grid as usize).saturating_sub(packed.tiles.len()),
        mac_utilisation: per(storage.nonzero * u64::from(tokens)) / f64::from(p.macs()),
        inputs_per_cycle: per(traffic.inputs),
        input_slots_per_cycle: per(traffic.input_slots),
        partial_sums_per_cycle: per(traffic.partial_sums),
        inputs_read: traffic.inputs,
        weights_read: traffic.weights,
        weight_bits_read: traffic.weight_bits,
        partial_sums_written: traffic.partial_sums,
        outputs_written: traffic.outputs,
        stored_weight_bits: storage.weight_bits,
        stored_select_bits: storage.select_bits,
    }
}

/// Writes the product as tensors.
fn product_file(got: &Matrix<f64>, sums: Option<&Matrix>) -> Result<Vec<u8>, Error> {
    use safetensors::tensor::{Dtype, TensorView, serialize};
    let bug = |e: safetensors::SafeTensorError| Error::input(format!("cannot write it ({e})"));
    let shape = vec![got.rows() as usize, got.cols() as usize];
    let reals: Vec<u8> = got.data().iter().flat_map(|x| x.to_le_bytes()).collect();
    let integers: Option<Vec<u8>> =
        sums.map(|s| s.data().iter().flat_map(|x| x.to_le_bytes()).collect());
    let mut views = vec![(
        "product",
        TensorView::new(Dtype::F64, shape.clone(), &reals).map_err(bug)?,
    )];
    if let Some(integers) = &integers {
        let view = TensorView::new(Dtype::I64, shape, integers).map_err(bug)?;
        views.push(("sums", view));
    }
    serialize(views, None).map_err(bug)
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
