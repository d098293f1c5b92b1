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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use hwgen_golden::vector::Activation;
    use safetensors::tensor::{Dtype, TensorView};

    fn shape(family: Family) -> Shape {
        Shape {
            family,
            layers: 1,
            hidden: 8,
            heads: 2,
            kv_heads: 2,
            head: 4,
            inner: 12,
            vocabulary: 5,
            positions: 6,
            segments: 2,
            activation: Activation::Gelu,
            epsilon: 1e-5,
            theta: 1e4,
            tied: true,
        }
    }

    /// A random checkpoint in a folder of its own.
    fn written(family: Family) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        random::write(folder.path(), &shape(family), 7).expect("writes");
        folder
    }

    /// Writes a checkpoint's tensors anew as `change` wants them.
    fn changed(
        folder: &Path,
        change: impl Fn(&str, Vec<usize>, Vec<u8>) -> Option<(String, Vec<usize>, Vec<u8>)>,
    ) {
        let path = folder.join("model.safetensors");
        let bytes = std::fs::read(&path).expect("reads");
        let file = safetensors::SafeTensors::deserialize(&bytes).expect("tensors");
        let all = file.tensors().into_iter();
        let all = all.filter_map(|(n, t)| change(&n, t.shape().to_vec(), t.data().to_vec()));
        let all: Vec<_> = all.collect();
        let views = all.iter().map(|(n, s, b)| {
            (
                n.as_str(),
                TensorView::new(Dtype::F32, s.clone(), b).expect("a view"),
            )
        });
        std::fs::write(&path, safetensors::serialize(views, None).expect("bytes")).expect("writes");
    }

    fn refused(folder: &Path) -> String {
        let said = open(folder).expect_err("is refused").to_string();
        said.replace(&format!("{}/", folder.display()), "")
            .replace(&format!("{}", folder.display()), "")
    }

    #[test]
    fn gpt2_stores_inputs_by_outputs_and_three_projections_in_one() {
        let folder = written(Family::Gpt2);
        let source = Source::open(folder.path(), None).expect("opens");
        let whole = source
            .tensor("transformer.h.0.attn.c_attn.weight")
            .expect("is there");
        assert_eq!(whole.shape, [8, 24]);
        let whole = whole.reals().expect("numbers");
        let model = open(folder.path()).expect("a checkpoint");
        let value = &model.layers[0].value.weight;
        assert_eq!((value.rows, value.columns), (8, 8));
        // Output 3 of the values, input 2.
        let written = whole[2 * 24 + 16 + 3] as f32;
        assert_eq!(value.row(3)[2].to_bits(), written.to_bits());
        assert_eq!(model.scores.as_ref(), Some(&model.embeddings.word));
        assert_eq!(model.unused, [""; 0]);
    }

    #[test]
    fn prefixes_old_names_and_what_is_not_used() {
        let folder = written(Family::Bert);
        let before = open(folder.path()).expect("a checkpoint");
        changed(folder.path(), |name, sizes, bytes| {
            let old = name.replace("LayerNorm.weight", "LayerNorm.gamma");
            let old = old.replace("LayerNorm.bias", "LayerNorm.beta");
            Some((format!("bert.{old}"), sizes, bytes))
        });
        let after = open(folder.path()).expect("a checkpoint");
        assert_eq!(before, after);
        changed(folder.path(), |name, sizes, bytes| {
            let name = name.replace("bert.encoder.layer.0.output.dense.bias", "cls.bias");
            Some((name.replace("token_type", "tokentype"), sizes, bytes))
        });
        let said = refused(folder.path());
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 2, "{said}");
        assert!(
            lines[0].contains("there is no tensor bert.embeddings.token_type_embeddings.weight")
        );
        assert!(lines[1].contains("there is no tensor bert.encoder.layer.0.output.dense.bias"));
    }

    #[test]
    fn shapes_and_numbers_are_judged_all_at_once() {
        let folder = written(Family::Llama);
        changed(folder.path(), |name, mut sizes, mut bytes| {
            if name == "model.layers.0.mlp.up_proj.weight" {
                sizes.swap(0, 1);
            }
            if name == "model.norm.weight" {
                bytes[4..8].copy_from_slice(&f32::NAN.to_le_bytes());
            }
            Some((name.to_owned(), sizes, bytes))
        });
        let said = refused(folder.path());
        let up =
            "tensor model.layers.0.mlp.up_proj.weight: shape [8, 12]: config.json says [12, 8]";
        let norm =
            "tensor model.norm.weight: number 1 is NaN: weights must be finite in single precision";
        assert!(said.contains(up) && said.contains(norm), "{said}");
        assert_eq!(said.lines().count(), 2);
    }

    #[test]
    fn a_folder_without_a_checkpoint() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(refused(folder.path()).starts_with("config.json: cannot read it"));
        random::write(folder.path(), &shape(Family::Bert), 1).expect("writes");
        std::fs::remove_file(folder.path().join("model.safetensors")).expect("removes");
        assert!(refused(folder.path()).contains("a folder without model.safetensors"));
    }
}
