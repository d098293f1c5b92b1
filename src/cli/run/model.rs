// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run model`: a whole transformer, from a checkpoint.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use hwgen_golden::attention::reference::deviation;
use hwgen_golden::vector::Saturated;
use hwgen_model::integer::{self, Integer, Points};
use hwgen_model::{Model, Text, float, open};
use serde::Serialize;

use hwgen_console::error::Error;
use hwgen_console::terminal::{print, table, warn, write_json};

/// Arguments of `hwgen run model`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("input").required(true).args(["text", "tokens"])))]
pub(crate) struct Args {
    /// Folder of a checkpoint: config.json, safetensors, and tokenizer.json for text
    #[arg(long, value_name = "DIR")]
    checkpoint: PathBuf,
    /// Text to embed, or to continue; once for each
    #[arg(long, value_name = "TEXT")]
    text: Vec<String>,
    /// Tokens in place of a text: numbers with commas between them
    #[arg(long, value_name = "N,N,..", value_delimiter = ',')]
    tokens: Vec<u32>,
    /// What computes
    #[arg(long, value_enum, default_value_t = Backend::Golden)]
    backend: Backend,
    /// Text that the static scales are made for, a sequence per line [default: that of hwgen, or
    /// random tokens for a checkpoint without a tokeniser]
    #[arg(long, value_name = "FILE")]
    calibrate: Option<PathBuf>,
    /// Tokens that a decoder adds [default: 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    generate: Option<u32>,
    /// Write the results as JSON, - for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Backend {
    /// The integer model of the accelerator, compared with single precision
    Golden,
    /// Single precision
    Float,
}

#[derive(Serialize)]
struct Report {
    checkpoint: String,
    family: &'static str,
    backend: Backend,
    /// Sequences that the scales were made for; none in single precision.
    calibration: Option<usize>,
    /// Numbers that did not fit their width, over all results; none in single precision.
    saturated: Option<u64>,
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Outcome {
    text: Option<String>,
    tokens: Vec<u32>,
    /// The sentence's embedding, of an encoder.
    embedding: Option<Vec<f32>>,
    /// Its cosine to that in single precision.
    cosine: Option<f64>,
    /// What a decoder added.
    generated: Option<Vec<u32>>,
    generated_text: Option<String>,
    /// How many of them single precision begins with, too.
    as_float: Option<usize>,
}

/// A text, if there is one, and its tokens.
type Input = (Option<String>, Vec<u32>);

/// A model, and the same in integers if they are asked for.
struct Machine {
    model: Model,
    integer: Option<Integer>,
    saturated: Saturated,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let model = open(&args.checkpoint)?;
    let tokeniser = args.tokeniser(&model)?;
    if !model.unused.is_empty() {
        let names = model.unused.iter().take(3).cloned().collect::<Vec<_>>();
        let (shown, n) = (args.checkpoint.display(), model.unused.len());
        warn(&format!(
            "{shown}: {n} tensors are not used: {} ...",
            names.join(", ")
        ));
    }
    let inputs = args.inputs(tokeniser.as_ref())?;
    args.check(&model, &inputs)?;
    let mut machine = Machine {
        model,
        integer: None,
        saturated: Saturated::default(),
    };
    let mut calibration = None;
    if args.backend == Backend::Golden {
        let text = args.calibrate.as_deref().map(read).transpose()?;
        let sequences = integer::calibration(&machine.model, tokeniser.as_ref(), text.as_deref())?;
        let points = Points::of(&machine.model, &sequences)?;
        machine.integer = Some(Integer::of(&machine.model, points)?);
        calibration = Some(sequences.len());
    }
    let mut results = Vec::new();
    for (text, tokens) in inputs {
        results.push(machine.outcome(text, tokens, args.count(), tokeniser.as_ref())?);
    }
    let report = Report {
        checkpoint: args.checkpoint.display().to_string(),
        family: machine.model.shape.family.name(),
        backend: args.backend,
        calibration,
        saturated: machine.integer.is_some().then_some(machine.saturated.0),
        results,
    };
    if let Some(path) = &args.json {
        write_json(path, &report)?;
        if path.as_os_str() == "-" {
            return Ok(());
        }
    }
    print(&text(&report))
}

fn read(path: &Path) -> Result<String, Error> {
    let bytes = std::fs::read(path).map_err(|e| Error::path(path, "read it", &e))?;
    let words = || format!("{}: is not text (give UTF-8)", path.display());
    String::from_utf8(bytes).map_err(|_| Error::input(words()))
}

impl Args {
    fn count(&self) -> usize {
        self.generate.unwrap_or(16) as usize
    }

    /// Opens the tokeniser, which only text needs.
    fn tokeniser(&self, model: &Model) -> Result<Option<Text>, Error> {
        let there = self.checkpoint.join("tokenizer.json").exists();
        if !there && self.text.is_empty() && self.calibrate.is_none() {
            return Ok(None);
        }
        Text::open(&self.checkpoint, &model.shape).map(Some)
    }

    /// Returns each text with its tokens.
    fn inputs(&self, tokeniser: Option<&Text>) -> Result<Vec<Input>, Error> {
        let Some(tokeniser) = tokeniser.filter(|_| !self.text.is_empty()) else {
            return Ok(vec![(None, self.tokens.clone())]);
        };
        let one = |text: &String| Ok((Some(text.clone()), tokeniser.tokens(text)?));
        self.text.iter().map(one).collect()
    }

    /// Judges all sequences against the model before anything is computed.
    fn check(&self, model: &Model, inputs: &[Input]) -> Result<(), Error> {
        let shape = &model.shape;
        let mut problems = Vec::new();
        if let Some(n) = self.generate.filter(|_| !shape.family.causal()) {
            let family = shape.family.name();
            problems.push(format!(
                "--generate: {n}: a {family} model embeds and adds no tokens (leave it out)"
            ));
        }
        if self.calibrate.is_some() && self.backend == Backend::Float {
            problems.push("--calibrate: single precision has no scales (leave it out)".to_owned());
        }
        for (_, tokens) in inputs {
            match float::check(shape, tokens, 0) {
                Err(Error::Input(lines)) => problems.extend(lines),
                Err(other) => return Err(other),
                Ok(()) if shape.family.causal() => {
                    let left = shape.positions - tokens.len();
                    // The last token that is added is no input.
                    if self.count() > left + 1 {
                        let rule = format!("{} tokens leave room for {}", tokens.len(), left + 1);
                        problems.push(format!(
                            "--generate: {}: {rule} (ask for fewer)",
                            self.count()
                        ));
                    }
                }
                Ok(()) => {}
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Error::Input(problems))
        }
    }
}

impl Machine {
    fn outcome(
        &mut self,
        text: Option<String>,
        tokens: Vec<u32>,
        count: usize,
        tokeniser: Option<&Text>,
    ) -> Result<Outcome, Error> {
        let mut out = Outcome {
            text,
            tokens,
            embedding: None,
            cosine: None,
            generated: None,
            generated_text: None,
            as_float: None,
        };
        if self.model.shape.family.causal() {
            let real = self.continued(&out.tokens, count)?;
            let generated = if self.integer.is_some() {
                let whole = self.continued_whole(&out.tokens, count)?;
                let pairs = whole.iter().zip(&real);
                out.as_float = Some(pairs.take_while(|(a, b)| a == b).count());
                whole
            } else {
                real
            };
            out.generated_text = tokeniser.map(|t| t.text(&generated)).transpose()?;
            out.generated = Some(generated);
            return Ok(out);
        }
        let mut cache = float::Cache::default();
        let rows = float::rows(&self.model, &out.tokens, &mut cache, &mut |_, _, _| ())?;
        let real = float::pooled(&rows);
        out.embedding = Some(if let Some(integer) = &self.integer {
            let mut cache = integer::Cache::default();
            let rows = integer.rows(&out.tokens, &mut cache, &mut self.saturated)?;
            let whole = integer.pooled(&rows);
            out.cosine = Some(cosine(&whole, &real));
            whole
        } else {
            real
        });
        Ok(out)
    }

    /// Continues tokens in single precision, each time by the likeliest.
    fn continued(&self, tokens: &[u32], count: usize) -> Result<Vec<u32>, Error> {
        let mut cache = float::Cache::default();
        let (mut new, mut out) = (tokens.to_vec(), Vec::new());
        while out.len() < count {
            let rows = float::rows(&self.model, &new, &mut cache, &mut |_, _, _| ())?;
            let scores = float::scores(&self.model, rows.row(rows.rows - 1)).unwrap_or_default();
            let best = likeliest(&scores);
            out.push(best);
            new = vec![best];
        }
        Ok(out)
    }

    /// Does the same in integers.
    fn continued_whole(&mut self, tokens: &[u32], count: usize) -> Result<Vec<u32>, Error> {
        let mut cache = integer::Cache::default();
        let (mut new, mut out) = (tokens.to_vec(), Vec::new());
        let Some(integer) = &self.integer else {
            return Ok(out);
        };
        while out.len() < count {
            let rows = integer.rows(&new, &mut cache, &mut self.saturated)?;
            let last = &rows[rows.len() - 1];
            let scores = integer
                .scores(last, &mut self.saturated)
                .unwrap_or_default();
            let best = likeliest(&scores);
            out.push(best);
            new = vec![best];
        }
        Ok(out)
    }
}

/// Returns the place of the largest score; of equal ones the first.
fn likeliest<T: PartialOrd>(scores: &[T]) -> u32 {
    let mut best = 0;
    for (i, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = i;
        }
    }
    best as u32
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let pairs = a.iter().zip(b).map(|(x, y)| (f64::from(*x), f64::from(*y)));
    deviation(pairs).cosine
}

fn text(r: &Report) -> String {
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let backend = match r.backend {
        Backend::Golden => "in integers, as the accelerator computes",
        Backend::Float => "in single precision",
    };
    let mut rows = vec![row("model", format!("{}, {backend}", r.family))];
    if let Some(n) = r.calibration {
        rows.push(row("scales", format!("static, of {n} sequences")));
    }
    for result in &r.results {
        let tokens = result.tokens.len();
        let shown = result
            .text
            .as_ref()
            .map_or(String::new(), |t| format!(": {t}"));
        rows.push(row("input", format!("{tokens} tokens{shown}")));
        if let Some(embedding) = &result.embedding {
            let first = embedding.iter().take(6).map(|x| format!("{x:.4}"));
            rows.push(row(
                "embedding",
                format!("{} ...", first.collect::<Vec<_>>().join(" ")),
            ));
        }
        if let Some(cosine) = result.cosine {
            rows.push(row("cosine to float", format!("{cosine:.5}")));
        }
        if let Some(generated) = &result.generated {
            let all = generated.iter().map(ToString::to_string);
            rows.push(row("added", all.collect::<Vec<_>>().join(",")));
        }
        if let Some(text) = &result.generated_text {
            rows.push(row("as text", text.clone()));
        }
        if let Some(n) = result.as_float {
            let of = result.generated.as_ref().map_or(0, Vec::len);
            rows.push(row("as float", format!("the first {n} of {of} tokens")));
        }
    }
    if r.results.len() > 1 && r.results.iter().all(|x| x.embedding.is_some()) {
        let first = r.results[0].embedding.as_deref().unwrap_or_default();
        let others = r.results[1..].iter().filter_map(|x| x.embedding.as_deref());
        let all = others.map(|x| format!("{:.4}", cosine(first, x)));
        rows.push(row("first to others", all.collect::<Vec<_>>().join(" ")));
    }
    if let Some(n) = r.saturated {
        rows.push(row("saturated", format!("{n} numbers")));
    }
    table(&rows)
}
