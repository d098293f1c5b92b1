// SPDX-License-Identifier: MIT OR Apache-2.0
//! Models in integers against the same in single precision.

mod fetched;

use std::path::PathBuf;

use fetched::checkpoint;
use hwgen_golden::attention::reference::deviation;
use hwgen_golden::vector::Saturated;
use hwgen_model::integer::{Cache, Integer, Points, calibration};
use hwgen_model::{Activation, Family, Model, Shape, Text, float, open, random};

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let pairs = a.iter().zip(b).map(|(x, y)| (f64::from(*x), f64::from(*y)));
    deviation(pairs).cosine
}

fn minilm() -> Option<(Model, Text, Integer)> {
    let folder = checkpoint()?;
    let model = open(&folder).expect("a checkpoint");
    let text = Text::open(&folder, &model.shape).expect("a tokeniser");
    let sequences = calibration(&model, Some(&text), None).expect("a text");
    let points = Points::of(&model, &sequences).expect("points");
    let integer = Integer::of(&model, points).expect("a model");
    Some((model, text, integer))
}

/// Embeds a text twice: in single precision and in integers.
fn both(of: &(Model, Text, Integer), text: &str) -> [Vec<f32>; 2] {
    let (model, tokeniser, integer) = of;
    let mut tokens = tokeniser.tokens(text).expect("tokens");
    tokens.truncate(126);
    let rows = float::rows(
        model,
        &tokens,
        &mut float::Cache::default(),
        &mut |_, _, _| (),
    );
    let real = float::pooled(&rows.expect("rows"));
    let mut seen = Saturated::default();
    let rows = integer
        .rows(&tokens, &mut Cache::default(), &mut seen)
        .expect("rows");
    [real, integer.pooled(&rows)]
}

#[test]
fn three_sentences_of_a_real_checkpoint() {
    let Some(all) = minilm() else { return };
    for text in [
        "A man is eating a piece of bread.",
        "The quick brown fox jumps over the lazy dog while the farmer sleeps in the shade.",
        "Nobody could say when the bridge had been built, or who had paid for it.",
    ] {
        let [real, whole] = both(&all, text);
        let cosine = cosine(&real, &whole);
        assert!(cosine > 0.9985, "{text}: {cosine}");
    }
}

/// Ranks, equal numbers sharing theirs.
fn ranks(x: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let mut out = vec![0.0; x.len()];
    for (rank, i) in order.into_iter().enumerate() {
        out[i] = rank as f64;
    }
    out
}

fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let centre = (a.len() - 1) as f64 / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(x, y)| (x - centre) * (y - centre))
            .sum()
    };
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

/// Passages of 8 to 126 tokens on a log scale, cut from what `HWGEN_PASSAGES` names or from the
/// documents.
fn passages(count: usize) -> Vec<String> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let text = std::env::var("HWGEN_PASSAGES").map_or_else(
        |_| {
            let all = [
                "README.md",
                "docs/attention/README.md",
                "docs/figs/README.md",
                "docs/topk/README.md",
                "CONTRIBUTING.md",
            ];
            all.map(|f| std::fs::read_to_string(root.join(f)).expect("a document"))
                .join("\n\n")
        },
        |file| std::fs::read_to_string(file).expect("HWGEN_PASSAGES names a file"),
    );
    let words: Vec<&str> = text.split_whitespace().collect();
    // A word is some 1.4 tokens.
    let long = |i: usize| (6.0 * (80.0_f64 / 6.0).powf(i as f64 / (count - 1) as f64)) as usize;
    let step = words.len() / count;
    (0..count)
        .map(|i| words[i * step..][..long(i).min(step)].join(" "))
        .collect()
}

/// The table of 60 passages; heavy: `cargo test --release -p hwgen-model --test integer --
/// --ignored`.
#[test]
#[ignore = "60 passages, for which the release profile is meant"]
fn sixty_passages_of_a_real_checkpoint() {
    let Some(all) = minilm() else { return };
    let pairs: Vec<[Vec<f32>; 2]> = passages(60).iter().map(|text| both(&all, text)).collect();
    let cosines: Vec<f64> = pairs.iter().map(|[a, b]| cosine(a, b)).collect();
    let mean = cosines.iter().sum::<f64>() / 60.0;
    let worst = cosines.iter().copied().fold(1.0, f64::min);
    let similar = |which: usize| -> Vec<f64> {
        let at = |i: usize| &pairs[i][which];
        (0..60)
            .flat_map(|i| (0..i).map(move |j| cosine(at(i), at(j))))
            .collect()
    };
    let rho = spearman(&similar(0), &similar(1));
    eprintln!("mean cosine {mean:.5}, worst {worst:.5}, rank correlation {rho:.5}");
    assert!(mean >= 0.9990, "mean cosine {mean}");
    assert!(rho >= 0.998, "rank correlation {rho}");
}

fn small(family: Family) -> Shape {
    Shape {
        family,
        layers: 2,
        hidden: 32,
        heads: 4,
        kv_heads: if family == Family::Llama { 2 } else { 4 },
        head: 8,
        inner: 48,
        vocabulary: 50,
        positions: 64,
        segments: 2,
        activation: match family {
            Family::Bert => Activation::Gelu,
            Family::Gpt2 => Activation::GeluTanh,
            Family::Llama => Activation::Silu,
        },
        epsilon: 1e-5,
        theta: 1e4,
        tied: true,
    }
}

fn random_model(family: Family) -> (Model, Integer) {
    let folder = tempfile::tempdir().expect("a folder");
    random::write(folder.path(), &small(family), 7).expect("writes");
    let model = open(folder.path()).expect("a checkpoint");
    let sequences = calibration(&model, None, None).expect("tokens");
    let points = Points::of(&model, &sequences).expect("points");
    let integer = Integer::of(&model, points).expect("a model");
    (model, integer)
}

#[test]
fn a_decoder_of_random_weights_is_near_single_precision() {
    for family in [Family::Gpt2, Family::Llama] {
        let (model, integer) = random_model(family);
        let tokens: Vec<u32> = (0..24).map(|i| i * 17 % 50).collect();
        let (mut real, mut whole) = (float::Cache::default(), Cache::default());
        let expected = float::rows(&model, &tokens, &mut real, &mut |_, _, _| ()).expect("rows");
        let mut seen = Saturated::default();
        let rows = integer.rows(&tokens, &mut whole, &mut seen).expect("rows");
        for (i, row) in rows.iter().enumerate() {
            let expected = float::scores(&model, expected.row(i)).expect("a decoder");
            let got = integer.scores(row, &mut seen).expect("a decoder");
            let got: Vec<f32> = got
                .iter()
                .map(|x| *x as f32 * integer.score_unit() as f32)
                .collect();
            let cosine = cosine(&expected, &got);
            assert!(cosine > 0.999, "{family:?}, token {i}: {cosine}");
            // The same size, too.
            let size = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>().sqrt();
            let ratio = size(&got) / size(&expected);
            assert!(
                (0.98..1.02).contains(&ratio),
                "{family:?}, token {i}: {ratio}"
            );
        }
    }
}

#[test]
fn a_cache_changes_no_bit() {
    for family in [Family::Gpt2, Family::Llama] {
        let (_, integer) = random_model(family);
        let tokens: Vec<u32> = (0..12).map(|i| i * 7 % 50).collect();
        let mut seen = Saturated::default();
        let mut at_once = Cache::default();
        let whole = integer
            .rows(&tokens, &mut at_once, &mut seen)
            .expect("rows");
        let mut cache = Cache::default();
        let mut rows = integer
            .rows(&tokens[..5], &mut cache, &mut seen)
            .expect("rows");
        for token in &tokens[5..] {
            rows.extend(
                integer
                    .rows(&[*token], &mut cache, &mut seen)
                    .expect("rows"),
            );
        }
        assert_eq!(rows, whole);
        assert_eq!((cache.tokens(), cache), (12, at_once));
    }
}

#[test]
fn what_cannot_be_run_is_refused() {
    let (_, integer) = random_model(Family::Llama);
    let said = |tokens: &[u32]| {
        let mut seen = Saturated::default();
        let refused = integer.rows(tokens, &mut Cache::default(), &mut seen);
        refused.expect_err("is refused").to_string()
    };
    assert_eq!(said(&[]), "tokens: there are none (give at least one)");
    assert_eq!(said(&[50]), "token 0: 50: the vocabulary ends at 49");
    assert!(said(&[1; 65]).contains("the model has 64 positions"));
}
