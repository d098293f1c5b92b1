// SPDX-License-Identifier: MIT OR Apache-2.0
//! The FiGS array beside the engines that it is compared with, at equal multipliers.
//!
//! A GEMM is measured on the RTL of all four; those of BERT-base and ViT-Base are too long to
//! simulate, and come from the cycle model, which every run on the RTL is compared with.

use hwgen_bundle::manifest::Bundle;
use hwgen_golden::figs::{FigsParams, Matrix, Mode, Pattern, Variant, mask, pack};
use hwgen_verif::figs::{Gemm, run_in};
use hwgen_verif::verify::Lab;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;

use hwgen_bundle::choose;
use hwgen_bundle::place;
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_generate::config::Draft;
use hwgen_generate::render::shipped;
use hwgen_verif::session;
use hwgen_workloads::gemm::error::{Distance, product, scaled};
use hwgen_workloads::gemm::layout;
use hwgen_workloads::gemm::operand::{Operand, Scale};
use hwgen_workloads::gemm::prune::pattern_mask;
use hwgen_workloads::tensors::Source;

/// A projection of a real model with inputs for it.
const REAL: &[u8] = include_bytes!("../../../data/minilm_projection.safetensors");
/// Multipliers of the arrays of the model's table, and of those that are simulated.
const MODEL_PE: u32 = 1024;
pub(crate) const RTL_PE: u32 = 64;
/// Tokens, inputs and outputs of the GEMM that is simulated.
pub const RTL_SHAPE: (u32, u32, u32) = (64, 128, 128);
/// Multipliers of the arrays of a benchmark on a small scale, their setting, and the GEMM.
pub const SMALL_PE: u32 = 16;
pub(crate) const SMALL: [(&str, &str); 1] = [("pe", "16")];
const SMALL_SHAPE: (u32, u32, u32) = (8, 16, 16);
/// Patterns of the tables.
const PATTERNS: [&str; 4] = ["1:2", "2:4", "1:4", "1:8"];
/// GEMMs of BERT-base and ViT-Base: what, inputs, outputs.
const GEMMS: [(&str, u32, u32); 5] = [
    ("Q, K, V, output", 768, 768),
    ("FF up", 768, 3072),
    ("FF down", 3072, 768),
    ("output, one head", 64, 768),
    ("Q, one head", 768, 64),
];
/// Sequences.
const TOKENS: [u32; 2] = [128, 384];
/// Families of patterns of the real projection, with the share of magnitude that stays of normal
/// weights.
const FAMILIES: [(&str, f64); 8] = [
    ("1:2", 70.7),
    ("2:4", 74.5),
    ("1:4", 45.9),
    ("2:8", 48.4),
    ("4:16", 49.9),
    ("8:32", 50.7),
    ("1:8", 27.9),
    ("1:16", 16.3),
];

/// Returns the tables, as Markdown.
///
/// On a small scale, the RTL multiplies small matrices of one pattern, and the projection is pruned in
/// one way.
pub fn table(small: bool) -> Result<String, Error> {
    let measured = measured(small)?;
    let families = families(if small { 1 } else { usize::MAX })?;
    Ok(format!(
        "{measured}\n{}\n{}\n{families}",
        models(),
        largest()
    ))
}

/// Returns an array of `pe` multipliers with groups that hold blocks of `pattern`.
pub fn array(pe: u32, pattern: Pattern) -> FigsParams {
    let mut p = FigsParams::for_pe(pe);
    p.group = pattern.m().max(4);
    p.complete(pe, |name| name == "group");
    p
}

/// Reads a pattern of this file.
pub fn nm(text: &str) -> Pattern {
    text.parse().expect("the patterns of this file are legal")
}

/// Emits arrays of `RTL_PE` multipliers with some settings to a folder that lives as long as what is
/// returned.
pub fn emit(settings: &[(&str, &str)]) -> Result<(TempDir, Bundle), Error> {
    let mut draft = Draft::default();
    draft.assign("blocks", "figs");
    draft.assign("pe", &RTL_PE.to_string());
    for (key, value) in settings {
        draft.assign(key, value);
    }
    let folder =
        tempfile::tempdir().map_err(|e| Error::path(&std::env::temp_dir(), "write", &e))?;
    let target = folder.path().join("bench");
    place::write(&shipped(&draft.finish()?)?, &target, false)?;
    let bundle = choose::open(&target)?;
    Ok((folder, bundle))
}

/// Runs one GEMM of each pattern on the RTL of every engine.
fn measured(small: bool) -> Result<String, Error> {
    stop::stop_flag();
    let lab = session::lab()?;
    let (pe, shape, patterns) = if small {
        (SMALL_PE, SMALL_SHAPE, &PATTERNS[1..2])
    } else {
        (RTL_PE, RTL_SHAPE, &PATTERNS[..])
    };
    let (tokens, inputs, outputs) = shape;
    let mut out = format!(
        "Measured on the RTL: {tokens} tokens by {inputs} inputs by {outputs} outputs, {pe} \
         multipliers, 8-bit weights and activations. Input elements are those that differ / those \
         that the bus is wide for.\n\n\
         | pattern | engine | cycles | over dense | busy | input elements per cycle | partial sums \
         per cycle | bits per dense weight |\n|---|---|---|---|---|---|---|---|\n"
    );
    let all = Variant::ALL.map(Variant::name).join(",");
    let of_group = |group| {
        let mut settings = vec![("figs.variants", all.as_str())];
        settings.push(("figs.group", group));
        settings.extend(if small { &SMALL[..] } else { &[] });
        emit(&settings)
    };
    let mut folders = vec![of_group("4")?];
    if !small {
        folders.push(of_group("8")?);
    }
    for text in patterns {
        let pattern = nm(text);
        let params = array(pe, pattern);
        let bundle = &folders[usize::from(params.group == 8)].1;
        let (weights, acts) = random(&params, pattern, shape);
        let mut dense = 0;
        for variant in [
            Variant::DenseWs,
            Variant::Stc24,
            Variant::VegetaS,
            Variant::Figs,
        ] {
            stop::stopped()?;
            let cycles = run(&lab, bundle, variant, pattern, (&weights, &acts))?;
            if variant == Variant::DenseWs {
                dense = cycles;
            }
            let packed = pack(&params, variant, pattern, &weights)
                .map_err(|e| Error::input(e.to_string()))?;
            let (traffic, storage) = (packed.traffic(tokens), packed.storage());
            let per = |n: u64| n as f64 / cycles as f64;
            let useful = per(storage.nonzero * u64::from(tokens)) / f64::from(params.macs());
            out.push_str(&format!(
                "| {text} | {variant} | {cycles} | {:.2} | {:.1} % | {:.1} / {:.1} | {:.1} | {:.2} |\n",
                dense as f64 / cycles as f64,
                100.0 * useful,
                per(traffic.inputs),
                per(traffic.input_slots),
                per(traffic.partial_sums),
                (storage.weight_bits + storage.select_bits) as f64
                    / (f64::from(inputs) * f64::from(outputs)),
            ));
        }
    }
    Ok(out)
}

/// Draws weights of a pattern, all others not 0, and activations.
fn random(
    params: &FigsParams,
    pattern: Pattern,
    (tokens, inputs, outputs): (u32, u32, u32),
) -> (Matrix, Matrix) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let most = (1 << (params.weight_w - 1)) - 1;
    let dense = Matrix::from_fn(outputs, inputs, |_, _| {
        let magnitude: i64 = rng.random_range(1..=most);
        if rng.random() { magnitude } else { -magnitude }
    });
    let kept = mask::magnitude(&dense.map(|w| w as f64), pattern);
    let most = (1_i64 << (params.act_w - 1)) - 1;
    let acts = Matrix::from_fn(tokens, inputs, |_, _| rng.random_range(-most..=most));
    (dense.masked(&kept), acts)
}

fn run(
    lab: &Lab,
    bundle: &Bundle,
    variant: Variant,
    pattern: Pattern,
    (weights, acts): (&Matrix, &Matrix),
) -> Result<u64, Error> {
    let engines = choose::engines(bundle, Some("figs"), Some(variant.name()))?;
    let gemm = Gemm::new(pattern, weights, acts);
    let done = run_in(lab, bundle, engines[0], &[gemm]).map_err(Error::from)?;
    let first = done.first();
    let first = first.ok_or_else(|| Error::input("the bench returned no product"))?;
    Ok(first.last_out - first.first_in + 1)
}

/// Cycles of a GEMM on an engine, with a bus of `words` if there is a limit.
fn cycles(variant: Variant, pattern: Pattern, shape: (u32, u32, u32), words: Option<u32>) -> f64 {
    let p = array(MODEL_PE, pattern);
    let words = words.unwrap_or(u32::MAX);
    let found = p.cycles_at(variant, pattern, shape, words);
    found.expect("the array holds the blocks of the pattern") as f64
}

/// Tables the GEMMs of BERT-base and ViT-Base by the cycle model.
fn models() -> String {
    let p = array(MODEL_PE, nm("1:4"));
    let bus = p.rows;
    let mut out = format!(
        "By the cycle model: {} rows by {} columns of {} multipliers. Busy is the share of cycles in \
         which the multipliers have a weight that stays. The last two columns compare with VEGETA-S \
         at equal multipliers, and at an input bus of {bus} elements per cycle, too.\n\n\
         | GEMM | inputs x outputs | tokens | pattern | cycles | busy | over dense | over STC | over \
         VEGETA-S | at equal bus |\n|---|---|---|---|---|---|---|---|---|---|\n",
        p.rows, p.columns, p.lanes
    );
    for (what, inputs, outputs) in GEMMS {
        for tokens in TOKENS {
            for text in PATTERNS {
                let (pattern, shape) = (nm(text), (tokens, inputs, outputs));
                let own = cycles(Variant::Figs, pattern, shape, None);
                let over = |v, words| cycles(v, pattern, shape, words) / own;
                let work = f64::from(tokens) * f64::from(inputs) * f64::from(outputs);
                let ideal = work * pattern.density() / f64::from(MODEL_PE);
                out.push_str(&format!(
                    "| {what} | {inputs} x {outputs} | {tokens} | {text} | {own} | {:.1} % | {:.2} | \
                     {:.2} | {:.2} | {:.2} |\n",
                    100.0 * ideal / own,
                    over(Variant::DenseWs, None),
                    over(Variant::Stc24, None),
                    over(Variant::VegetaS, None),
                    over(Variant::VegetaS, Some(bus)),
                ));
            }
        }
    }
    out
}

/// Says how far the array gets ahead of VEGETA-S at an equal bus, over a grid of shapes.
fn largest() -> String {
    let mut out = String::new();
    let bus = array(MODEL_PE, nm("1:4")).rows;
    for (text, slides) in [("1:2", 2.4), ("1:4", 4.4)] {
        for (what, all) in [
            ("64 to 512 tokens", [64, 128, 197, 256, 384, 512]),
            ("1 to 32 tokens", [1, 2, 4, 8, 16, 32]),
        ] {
            let mut best = (0.0, (0, 0, 0));
            for tokens in all {
                for inputs in [32, 64, 96, 128, 256, 384, 768, 1024, 3072] {
                    for outputs in [32, 64, 128, 256, 384, 768, 1024, 3072] {
                        let shape = (tokens, inputs, outputs);
                        let of = |v| cycles(v, nm(text), shape, Some(bus));
                        let ratio = of(Variant::VegetaS) / of(Variant::Figs);
                        if ratio > best.0 {
                            best = (ratio, shape);
                        }
                    }
                }
            }
            let (ratio, (tokens, inputs, outputs)) = best;
            let not = if ratio >= slides { "" } else { "not " };
            out.push_str(&format!(
                "- {text}, {what}: at most {ratio:.2}x over VEGETA-S at an equal bus ({tokens} tokens \
                 by {inputs} by {outputs}); the {slides}x of the slides is {not}reached.\n"
            ));
        }
    }
    out
}

/// Tables what the families of patterns do to a projection of a real model.
fn families(most: usize) -> Result<String, Error> {
    let source = Source::from_bytes(REAL.to_vec(), "data/minilm_projection.safetensors")?;
    let named = |name: &str| {
        let tensor = source.tensor(name)?;
        let shape = layout::matrix(&tensor)?;
        Operand::new(tensor.label, shape, tensor.data)
    };
    let (weights, acts) = (named("query.weight")?, named("query.input")?);
    let reals = weights.reals();
    let (tokens, _) = acts.shape();
    let dense = product(&acts.reals(), &reals);
    let mut out = format!(
        "A real projection (MiniLM, layer 0, query, {} outputs of {} inputs, {tokens} tokens): \
         magnitude that stays, beside normal weights, and error of the product of 8-bit weights and \
         activations on the golden array against float64.\n\n\
         | pattern | retained | of normal weights | error of dense float, rms | cosine | error of \
         pruned float, rms | bits per dense weight |\n|---|---|---|---|---|---|---|\n",
        reals.rows(),
        reals.cols(),
    );
    let plain = |text: &'static str, theory| (text, "", theory, array(256, nm(text)));
    let mut rows: Vec<(&str, &str, f64, FigsParams)> = FAMILIES
        .iter()
        .map(|&(t, theory)| plain(t, theory))
        .collect();
    // The same, where registers exchange and masks are sparse along outputs, too.
    for (text, doubly) in [("2:4", 70.3), ("1:4", 41.2)] {
        let p = array(256, nm(text));
        let exchange = FigsParams {
            columns: p.row_lanes(),
            lanes: 1,
            mode: Mode::Exchange,
            ..p.clone()
        };
        rows.push((text, " doubly, exchange", doubly, exchange));
    }
    for (text, what, theory, p) in rows.into_iter().take(most) {
        let pattern = nm(text);
        let kept = pattern_mask(&p, Variant::Figs, pattern, &reals);
        let w = weights.integers(p.weight_w, Scale::Row, Some(&kept))?;
        let x = acts.integers(p.act_w, Scale::Matrix, None)?;
        let packed =
            pack(&p, Variant::Figs, pattern, &w.matrix).map_err(|e| Error::input(e.to_string()))?;
        let got = scaled(&packed.multiply(&x.matrix), &x.scales, &w.scales);
        let masked = Matrix::from_fn(reals.rows(), reals.cols(), |r, c| {
            if kept.at(r, c) { reals.at(r, c) } else { 0.0 }
        });
        let of_dense = Distance::new(&got, &dense);
        let of_pruned = Distance::new(&got, &product(&acts.reals(), &masked));
        let storage = packed.storage();
        out.push_str(&format!(
            "| {text}{what} | {:.1} % | {theory:.1} % | {:.3} | {:.4} | {:.4} | {:.2} |\n",
            100.0 * mask::retained(&reals, &kept),
            of_dense.relative_rms,
            of_dense.cosine,
            of_pruned.relative_rms,
            (storage.weight_bits + storage.select_bits) as f64 / reals.data().len() as f64,
        ));
    }
    Ok(out)
}

/// The speed-up of one engine.
pub struct Curve {
    /// Engine.
    pub variant: Variant,
    /// What stands behind its name.
    pub label: String,
    /// Density and speed-up, densest first.
    pub points: Vec<(f64, f64)>,
}

/// Returns the speed-up of every engine over dense, against density.
pub fn curves() -> Vec<Curve> {
    let shape = (384, 768, 3072);
    let bus = array(MODEL_PE, nm("1:4")).rows;
    let line = |variant: Variant, label: &str, words: Option<u32>| {
        let point = |text: &str| {
            let pattern = nm(text);
            let dense = cycles(Variant::DenseWs, pattern, shape, None);
            (
                pattern.density(),
                dense / cycles(variant, pattern, shape, words),
            )
        };
        Curve {
            variant,
            label: label.to_owned(),
            points: ["1:1", "1:2", "1:4", "1:8"].map(point).to_vec(),
        }
    };
    vec![
        line(Variant::DenseWs, "", None),
        line(Variant::VegetaS, " at the bus of figs", Some(bus)),
        line(Variant::Stc24, ", twice the input bus", None),
        line(Variant::VegetaS, ", four times the input bus", None),
        line(Variant::Figs, "", None),
    ]
}
