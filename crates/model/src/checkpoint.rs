// SPDX-License-Identifier: MIT OR Apache-2.0
//! A model from the folder of a checkpoint.

use std::collections::BTreeSet;
use std::path::Path;

use hwgen_console::error::Error;
use hwgen_workloads::tensors::Source;

use crate::names::{BERT, GPT2, IDLE, LLAMA, Names, PREFIXES};
use crate::shape::{Family, Shape};
use crate::weights::{Embeddings, Layer, Linear, Matrix, Model, Norm};

/// Reads the checkpoint of a folder: `config.json`, and `model.safetensors` whole or in shards.
///
/// Every tensor that is missing, has another shape than the configuration says, or holds a number
/// that is not finite is named.
pub fn open(folder: &Path) -> Result<Model, Error> {
    let path = folder.join("config.json");
    let bytes = std::fs::read(&path).map_err(|e| Error::path(&path, "read it", &e))?;
    let shape = Shape::read(&bytes, &path.display().to_string())?;
    let source = Source::open(folder, None)?;
    let mut reader = Reader::new(&source, &shape);
    let model = reader.model(shape);
    if !reader.problems.is_empty() {
        return Err(Error::Input(reader.problems));
    }
    Ok(model)
}

/// Reads tensors, and keeps what is wrong with them.
struct Reader<'a> {
    source: &'a Source,
    prefix: &'static str,
    /// Whether projections are stored inputs by outputs.
    turned: bool,
    used: BTreeSet<String>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source, shape: &Shape) -> Self {
        let word = word(shape.family);
        let prefix = PREFIXES
            .into_iter()
            .find(|p| source.has(&format!("{p}{word}.weight")));
        Self {
            source,
            prefix: prefix.unwrap_or(""),
            turned: shape.family == Family::Gpt2,
            used: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    fn model(&mut self, shape: Shape) -> Model {
        let embeddings = self.embeddings(&shape);
        let names = match shape.family {
            Family::Bert => BERT,
            Family::Gpt2 => GPT2,
            Family::Llama => LLAMA,
        };
        let layers = (0..shape.layers)
            .map(|i| self.layer(&shape, &names, i))
            .collect();
        let last_norm = match shape.family {
            Family::Bert => None,
            Family::Gpt2 => Some(self.norm("ln_f", &shape)),
            Family::Llama => Some(self.norm("norm", &shape)),
        };
        let scores = match (shape.family, shape.tied) {
            (Family::Bert, _) => None,
            (_, true) => {
                self.used.insert("lm_head.weight".to_owned());
                Some(embeddings.word.clone())
            }
            (_, false) => Some(self.matrix("lm_head.weight", shape.vocabulary, shape.hidden)),
        };
        let idle = |name: &&str| !IDLE.iter().any(|i| name.contains(i));
        let unused = self
            .source
            .names()
            .into_iter()
            .filter(|n| !self.used.contains(*n));
        let unused = unused.filter(idle).map(str::to_owned).collect();
        Model {
            shape,
            embeddings,
            layers,
            last_norm,
            scores,
            unused,
        }
    }

    fn embeddings(&mut self, shape: &Shape) -> Embeddings {
        let hidden = shape.hidden;
        let named = |reader: &mut Self, name: &str, rows| {
            let name = format!("{}{name}.weight", reader.prefix);
            reader.matrix(&name, rows, hidden)
        };
        let word = named(self, word(shape.family), shape.vocabulary);
        match shape.family {
            Family::Bert => Embeddings {
                word,
                position: Some(named(
                    self,
                    "embeddings.position_embeddings",
                    shape.positions,
                )),
                segment: Some(named(
                    self,
                    "embeddings.token_type_embeddings",
                    shape.segments,
                )),
                norm: Some(self.norm("embeddings.LayerNorm", shape)),
            },
            Family::Gpt2 => Embeddings {
                word,
                position: Some(named(self, "wpe", shape.positions)),
                segment: None,
                norm: None,
            },
            Family::Llama => Embeddings {
                word,
                position: None,
                segment: None,
                norm: None,
            },
        }
    }

    fn layer(&mut self, shape: &Shape, names: &Names, index: usize) -> Layer {
        let at = |name: &str| format!("{}{index}.{name}", names.layer);
        let (d, inner) = (shape.hidden, shape.inner);
        let (q, kv) = (shape.heads * shape.head, shape.kv_heads * shape.head);
        let [query, key, value] = if names.query == names.key {
            let whole = self.linear(&at(names.query), q + 2 * kv, d, shape);
            [(0, q), (q, kv), (q + kv, kv)].map(|(first, rows)| part(&whole, first, rows))
        } else {
            [(names.query, q), (names.key, kv), (names.value, kv)]
                .map(|(name, rows)| self.linear(&at(name), rows, d, shape))
        };
        Layer {
            query,
            key,
            value,
            output: self.linear(&at(names.output), d, q, shape),
            attention_norm: self.norm(&at(names.attention_norm), shape),
            up: self.linear(&at(names.up), inner, d, shape),
            gate: names
                .gate
                .map(|gate| self.linear(&at(gate), inner, d, shape)),
            down: self.linear(&at(names.down), d, inner, shape),
            feed_norm: self.norm(&at(names.feed_norm), shape),
        }
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize, shape: &Shape) -> Linear {
        let weight = format!("{}{name}.weight", self.prefix);
        let bias = format!("{}{name}.bias", self.prefix);
        let weight = if self.turned {
            turn(&self.matrix(&weight, inputs, outputs))
        } else {
            self.matrix(&weight, outputs, inputs)
        };
        let needed = shape.family != Family::Llama;
        let bias = (needed || self.source.has(&bias)).then(|| self.row(&bias, outputs));
        Linear { weight, bias }
    }

    fn norm(&mut self, name: &str, shape: &Shape) -> Norm {
        let name = format!("{}{name}.", self.prefix);
        // Checkpoints that were turned from TensorFlow's keep its names.
        let old = self.source.has(&format!("{name}gamma"));
        let [gamma, beta] = if old {
            ["gamma", "beta"]
        } else {
            ["weight", "bias"]
        };
        let gamma = self.row(&format!("{name}{gamma}"), shape.hidden);
        let mean = shape.family != Family::Llama;
        let beta = mean.then(|| self.row(&format!("{name}{beta}"), shape.hidden));
        Norm { gamma, beta }
    }

    fn matrix(&mut self, name: &str, rows: usize, columns: usize) -> Matrix {
        let data = self.numbers(name, &[rows, columns]);
        Matrix {
            rows,
            columns,
            data,
        }
    }

    fn row(&mut self, name: &str, elements: usize) -> Vec<f32> {
        self.numbers(name, &[elements])
    }

    /// Reads a tensor of a shape; where it is wrong, it is noted, and nothing is returned.
    fn numbers(&mut self, name: &str, shape: &[usize]) -> Vec<f32> {
        self.used.insert(name.to_owned());
        match self.checked(name, shape) {
            Ok(numbers) => numbers,
            Err(problem) => {
                self.problems.push(problem);
                Vec::new()
            }
        }
    }

    fn checked(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let tensor = self.source.tensor(name).map_err(|e| e.to_string())?;
        let label = &tensor.label;
        if tensor.shape != shape {
            let there = &tensor.shape;
            return Err(format!(
                "{label}: shape {there:?}: config.json says {shape:?}"
            ));
        }
        let numbers = tensor.reals().map_err(|e| e.to_string())?;
        if let Some((i, x)) = numbers
            .iter()
            .enumerate()
            .find(|(_, x)| !(**x as f32).is_finite())
        {
            let rule = "weights must be finite in single precision";
            return Err(format!("{label}: number {i} is {x}: {rule}"));
        }
        Ok(numbers.into_iter().map(|x| x as f32).collect())
    }
}

/// Returns the name of a family's table of words.
fn word(family: Family) -> &'static str {
    match family {
        Family::Bert => "embeddings.word_embeddings",
        Family::Gpt2 => "wte",
        Family::Llama => "embed_tokens",
    }
}

/// Turns a matrix whose rows are inputs into one whose rows are outputs.
fn turn(matrix: &Matrix) -> Matrix {
    let (rows, columns) = (matrix.columns, matrix.rows);
    let mut data = Vec::with_capacity(matrix.data.len());
    if !matrix.data.is_empty() {
        for row in 0..rows {
            data.extend((0..columns).map(|c| matrix.data[c * rows + row]));
        }
    }
    Matrix {
        rows,
        columns,
        data,
    }
}

/// Returns some of the outputs of a projection.
fn part(whole: &Linear, first: usize, rows: usize) -> Linear {
    let columns = whole.weight.columns;
    let cut = |data: &[f32], width: usize| {
        data.get(first * width..(first + rows) * width)
            .unwrap_or_default()
            .to_vec()
    };
    Linear {
        weight: Matrix {
            rows,
            columns,
            data: cut(&whole.weight.data, columns),
        },
        bias: whole.bias.as_ref().map(|bias| cut(bias, 1)),
    }
}
