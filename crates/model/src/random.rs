// SPDX-License-Identifier: MIT OR Apache-2.0
//! Checkpoints of random weights: decoders for those who have none at hand, and models of tests.

use std::collections::BTreeMap;
use std::path::Path;

use hwgen_console::error::Error;
use hwgen_golden::vector::Activation;
use hwgen_sim::rng::Rng;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

use crate::names::{BERT, GPT2, LLAMA, Names};
use crate::shape::{Family, Shape};

/// Writes `config.json` and `model.safetensors` of a model of this shape into a folder.
///
/// Weights are uniform around 0 with the variance `1 / inputs`, so that rows keep their size from
/// layer to layer; factors of norms are around 1. The same seed gives the same bytes everywhere.
pub fn write(folder: &Path, shape: &Shape, seed: u64) -> Result<(), Error> {
    let mut tensors = Tensors {
        rng: Rng::new(seed),
        all: BTreeMap::new(),
    };
    tensors.model(shape);
    let views = tensors.all.iter().map(|(name, (sizes, bytes))| {
        let view = TensorView::new(Dtype::F32, sizes.clone(), bytes);
        (name, view.expect("as many bytes as the sizes say"))
    });
    let bytes = safetensors::serialize(views, None)
        .map_err(|e| Error::input(format!("cannot express the tensors ({e})")))?;
    hwgen_console::terminal::write_bytes(&folder.join("model.safetensors"), &bytes)?;
    hwgen_console::terminal::write_json(&folder.join("config.json"), &config(shape))
}

/// Returns what `config.json` says of a shape.
fn config(shape: &Shape) -> Value {
    let activation = match shape.activation {
        Activation::Gelu => "gelu",
        Activation::GeluTanh => "gelu_new",
        Activation::Silu => "silu",
    };
    let common = json!({ "model_type": shape.family.name(), "vocab_size": shape.vocabulary });
    let own = match shape.family {
        Family::Bert => json!({
            "num_hidden_layers": shape.layers,
            "hidden_size": shape.hidden,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.inner,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.segments,
            "hidden_act": activation,
            "layer_norm_eps": shape.epsilon,
            // Other readers want what only training uses.
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
            "initializer_range": 0.02,
            "pad_token_id": 0,
        }),
        Family::Gpt2 => json!({
            "n_layer": shape.layers,
            "n_embd": shape.hidden,
            "n_head": shape.heads,
            "n_inner": shape.inner,
            "n_positions": shape.positions,
            "activation_function": activation,
            "layer_norm_epsilon": shape.epsilon,
            "tie_word_embeddings": shape.tied,
        }),
        Family::Llama => json!({
            "num_hidden_layers": shape.layers,
            "hidden_size": shape.hidden,
            "num_attention_heads": shape.heads,
            "num_key_value_heads": shape.kv_heads,
            "head_dim": shape.head,
            "intermediate_size": shape.inner,
            "max_position_embeddings": shape.positions,
            "hidden_act": activation,
            "rms_norm_eps": shape.epsilon,
            "rope_theta": shape.theta,
            "tie_word_embeddings": shape.tied,
        }),
    };
    let (Value::Object(mut all), Value::Object(own)) = (common, own) else {
        unreachable!("both are objects");
    };
    all.extend(own);
    Value::Object(all)
}

/// The tensors so far, by name: sizes and bytes.
struct Tensors {
    rng: Rng,
    all: BTreeMap<String, (Vec<usize>, Vec<u8>)>,
}

impl Tensors {
    /// Adds a tensor of numbers around `centre` with a standard deviation.
    fn add(&mut self, name: String, sizes: &[usize], centre: f64, deviation: f64) {
        let number = |rng: &mut Rng| {
            let unit = rng.draw() as f64 / (u64::MAX as f64);
            (centre + (2.0 * unit - 1.0) * 3.0_f64.sqrt() * deviation) as f32
        };
        let count = sizes.iter().product::<usize>();
        let bytes = (0..count)
            .flat_map(|_| number(&mut self.rng).to_le_bytes())
            .collect();
        self.all.insert(name, (sizes.to_vec(), bytes));
    }

    fn linear(&mut self, shape: &Shape, name: &str, outputs: usize, inputs: usize) {
        let sizes = match shape.family {
            Family::Gpt2 => [inputs, outputs],
            Family::Bert | Family::Llama => [outputs, inputs],
        };
        self.add(
            format!("{name}.weight"),
            &sizes,
            0.0,
            (inputs as f64).sqrt().recip(),
        );
        if shape.family != Family::Llama {
            self.add(format!("{name}.bias"), &[outputs], 0.0, 0.1);
        }
    }

    fn norm(&mut self, shape: &Shape, name: &str) {
        self.add(format!("{name}.weight"), &[shape.hidden], 1.0, 0.1);
        if shape.family != Family::Llama {
            self.add(format!("{name}.bias"), &[shape.hidden], 0.0, 0.1);
        }
    }

    fn model(&mut self, shape: &Shape) {
        let d = shape.hidden;
        let mut table =
            |name: &str, rows: usize| self.add(format!("{name}.weight"), &[rows, d], 0.0, 1.0);
        match shape.family {
            Family::Bert => {
                table("embeddings.word_embeddings", shape.vocabulary);
                table("embeddings.position_embeddings", shape.positions);
                table("embeddings.token_type_embeddings", shape.segments);
                self.norm(shape, "embeddings.LayerNorm");
                self.layers(shape, &BERT, "");
            }
            Family::Gpt2 => {
                table("transformer.wte", shape.vocabulary);
                table("transformer.wpe", shape.positions);
                self.norm(shape, "transformer.ln_f");
                self.layers(shape, &GPT2, "transformer.");
            }
            Family::Llama => {
                table("model.embed_tokens", shape.vocabulary);
                self.norm(shape, "model.norm");
                self.layers(shape, &LLAMA, "model.");
            }
        }
        if shape.family.causal() && !shape.tied {
            self.add(
                "lm_head.weight".to_owned(),
                &[shape.vocabulary, d],
                0.0,
                (d as f64).sqrt().recip(),
            );
        }
    }

    fn layers(&mut self, shape: &Shape, names: &Names, prefix: &str) {
        let (d, inner) = (shape.hidden, shape.inner);
        let (q, kv) = (shape.heads * shape.head, shape.kv_heads * shape.head);
        for i in 0..shape.layers {
            let at = |name: &str| format!("{prefix}{}{i}.{name}", names.layer);
            if names.query == names.key {
                self.linear(shape, &at(names.query), q + 2 * kv, d);
            } else {
                self.linear(shape, &at(names.query), q, d);
                self.linear(shape, &at(names.key), kv, d);
                self.linear(shape, &at(names.value), kv, d);
            }
            self.linear(shape, &at(names.output), d, q);
            self.norm(shape, &at(names.attention_norm));
            self.linear(shape, &at(names.up), inner, d);
            if let Some(gate) = names.gate {
                self.linear(shape, &at(gate), inner, d);
            }
            self.linear(shape, &at(names.down), d, inner);
            self.norm(shape, &at(names.feed_norm));
        }
    }
}
