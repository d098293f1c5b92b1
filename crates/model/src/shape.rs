// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `config.json` says of a model.

use hwgen_console::error::Error;
use hwgen_golden::vector::Activation;
use serde_json::{Map, Value};

use crate::fields::Fields;

/// A family of transformers, by how its layers are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Encoder, post-norm, learned positions: all-MiniLM-L6-v2.
    Bert,
    /// Decoder, pre-norm, learned positions, weights stored inputs by outputs.
    Gpt2,
    /// Decoder, pre-norm with root-mean-square norms, rotary positions, gated feed-forward part,
    /// grouped heads of keys and values.
    Llama,
}

impl Family {
    /// All of them, by the `model_type` of their configurations.
    pub const ALL: [(&'static str, Self); 3] = [
        ("bert", Self::Bert),
        ("gpt2", Self::Gpt2),
        ("llama", Self::Llama),
    ];

    /// Returns its `model_type`.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, f)| *f == self)
            .map_or("", |(name, _)| name)
    }

    /// Tells whether a token sees only those before it.
    pub fn causal(self) -> bool {
        self != Self::Bert
    }
}

/// What `config.json` calls the function between the two projections of a feed-forward part.
const ACTIVATIONS: [(&str, Activation); 6] = [
    ("gelu", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("gelu_fast", Activation::GeluTanh),
    ("silu", Activation::Silu),
    ("swish", Activation::Silu),
];

/// Sizes of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// How its layers are built.
    pub family: Family,
    /// Layers.
    pub layers: usize,
    /// Elements of a token's row between layers.
    pub hidden: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values; it divides `heads`.
    pub kv_heads: usize,
    /// Elements of a head.
    pub head: usize,
    /// Elements between the two projections of the feed-forward part.
    pub inner: usize,
    /// Tokens that there are.
    pub vocabulary: usize,
    /// Most tokens of a sequence.
    pub positions: usize,
    /// Kinds of segments whose embedding is added; 0 where there are none.
    pub segments: usize,
    /// The function of the feed-forward part.
    pub activation: Activation,
    /// What norms add to the mean square.
    pub epsilon: f64,
    /// Base of the rotary angles: pair i turns by `position * theta^(-2i / head)`.
    pub theta: f64,
    /// Whether the scores of the vocabulary use the table of words.
    pub tied: bool,
}

impl Shape {
    /// Reads a configuration as `save_pretrained` writes it; `shown` is what messages call the file.
    pub fn read(bytes: &[u8], shown: &str) -> Result<Self, Error> {
        let refuse = |rule: String| Error::input(format!("{shown}: {rule}"));
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|e| refuse(format!("not JSON: {e} (name the folder of a checkpoint)")))?;
        let Value::Object(object) = value else {
            let rule = "must hold an object, as save_pretrained writes it";
            return Err(refuse(rule.to_owned()));
        };
        let known = Family::ALL.map(|(name, _)| name).join(", ");
        let family = match object.get("model_type") {
            Some(Value::String(name)) => Family::ALL.iter().find(|(n, _)| n == name),
            _ => None,
        };
        let Some((_, family)) = family else {
            let there = object
                .get("model_type")
                .map_or("not there".to_owned(), ToString::to_string);
            return Err(refuse(format!(
                "model_type is {there}: must be one of {known}"
            )));
        };
        let mut fields = Fields::new(shown, &object);
        let shape = match family {
            Family::Bert => bert(&mut fields),
            Family::Gpt2 => gpt2(&mut fields),
            Family::Llama => llama(&mut fields, &object),
        };
        fields.end().map_err(Error::Input)?;
        Ok(shape)
    }
}

fn activation(fields: &mut Fields, name: &str, otherwise: &'static str) -> Activation {
    let word = fields.word(&[name], otherwise);
    if let Some((_, activation)) = ACTIVATIONS.iter().find(|(n, _)| *n == word) {
        return *activation;
    }
    let known = ACTIVATIONS.map(|(name, _)| name).join(", ");
    fields.refuse(name, &format!("must be one of {known}"));
    Activation::Gelu
}

/// Says what a model may not have, because nothing here computes it.
fn without(fields: &mut Fields, flags: &[(&str, &str)]) {
    for (name, what) in flags {
        if fields.flag(name, false) {
            fields.refuse(name, &format!("{what} is not supported"));
        }
    }
}

/// Returns the elements of a head where they are the hidden size shared out.
fn shared(fields: &mut Fields, name: &str, hidden: usize, heads: usize) -> usize {
    if !hidden.is_multiple_of(heads) {
        fields.refuse(
            name,
            &format!("must be a multiple of the number of heads, {heads}"),
        );
        return 1;
    }
    hidden / heads
}

fn bert(fields: &mut Fields) -> Shape {
    without(
        fields,
        &[
            ("is_decoder", "a decoder of this family"),
            ("add_cross_attention", "cross attention"),
        ],
    );
    if fields.word(&["position_embedding_type"], "absolute") != "absolute" {
        fields.refuse("position_embedding_type", "must be \"absolute\"");
    }
    let hidden = fields.count(&["hidden_size"], None);
    let heads = fields.count(&["num_attention_heads"], None);
    Shape {
        family: Family::Bert,
        layers: fields.count(&["num_hidden_layers"], None),
        hidden,
        heads,
        kv_heads: heads,
        head: shared(fields, "hidden_size", hidden, heads),
        inner: fields.count(&["intermediate_size"], None),
        vocabulary: fields.count(&["vocab_size"], None),
        positions: fields.count(&["max_position_embeddings"], Some(512)),
        segments: fields.count(&["type_vocab_size"], Some(2)),
        activation: activation(fields, "hidden_act", "gelu"),
        epsilon: fields.positive(&["layer_norm_eps"], Some(1e-12)),
        theta: 1.0,
        tied: true,
    }
}

fn gpt2(fields: &mut Fields) -> Shape {
    without(
        fields,
        &[
            ("add_cross_attention", "cross attention"),
            (
                "scale_attn_by_inverse_layer_idx",
                "a scale of the scores by layer",
            ),
        ],
    );
    if !fields.flag("scale_attn_weights", true) {
        fields.refuse(
            "scale_attn_weights",
            "must be true: scores are divided by sqrt(head)",
        );
    }
    let hidden = fields.count(&["n_embd", "hidden_size"], None);
    let heads = fields.count(&["n_head", "num_attention_heads"], None);
    Shape {
        family: Family::Gpt2,
        layers: fields.count(&["n_layer", "num_hidden_layers"], None),
        hidden,
        heads,
        kv_heads: heads,
        head: shared(fields, "n_embd", hidden, heads),
        inner: fields.count(&["n_inner"], Some(4 * hidden)),
        vocabulary: fields.count(&["vocab_size"], None),
        positions: fields.count(
            &["n_positions", "n_ctx", "max_position_embeddings"],
            Some(1024),
        ),
        segments: 0,
        activation: activation(fields, "activation_function", "gelu_new"),
        epsilon: fields.positive(&["layer_norm_epsilon"], Some(1e-5)),
        theta: 1.0,
        tied: fields.flag("tie_word_embeddings", true),
    }
}

/// Returns the base of the rotary angles, and refuses angles that are scaled: transformers 5 writes
/// both as `rope_parameters`, releases before it as `rope_theta` and `rope_scaling`.
fn rotary(fields: &mut Fields, shown: &str) -> f64 {
    let theta = fields.positive(&["rope_theta"], Some(10_000.0));
    let mut newer = None;
    for name in ["rope_parameters", "rope_scaling"] {
        let Some(inner) = fields.object(name) else {
            continue;
        };
        let mut inner = Fields::new(&format!("{shown}: {name}"), inner);
        let kind = inner.word(&["rope_type", "type"], "default").to_owned();
        if kind != "default" {
            fields.refuse(
                name,
                &format!("rotary angles of type {kind} are not supported"),
            );
        }
        newer = newer.or(Some(inner.positive(&["rope_theta"], Some(theta))));
        fields.join(inner);
    }
    newer.unwrap_or(theta)
}

fn llama(fields: &mut Fields, object: &Map<String, Value>) -> Shape {
    let hidden = fields.count(&["hidden_size"], None);
    let heads = fields.count(&["num_attention_heads"], None);
    let kv_heads = fields.count(&["num_key_value_heads"], Some(heads));
    if !heads.is_multiple_of(kv_heads) {
        let rule = format!("must divide num_attention_heads, {heads}");
        fields.refuse("num_key_value_heads", &rule);
    }
    let head = if object.get("head_dim").is_some_and(|v| !v.is_null()) {
        fields.count(&["head_dim"], None)
    } else {
        shared(fields, "hidden_size", hidden, heads)
    };
    if head % 2 != 0 {
        fields.refuse(
            "head_dim",
            &format!("rotary positions need an even head, not {head}"),
        );
    }
    let theta = rotary(fields, "config.json");
    Shape {
        family: Family::Llama,
        layers: fields.count(&["num_hidden_layers"], None),
        hidden,
        heads,
        kv_heads,
        head,
        inner: fields.count(&["intermediate_size"], None),
        vocabulary: fields.count(&["vocab_size"], None),
        positions: fields.count(&["max_position_embeddings"], Some(2048)),
        segments: 0,
        activation: activation(fields, "hidden_act", "silu"),
        epsilon: fields.positive(&["rms_norm_eps"], Some(1e-6)),
        theta,
        tied: fields.flag("tie_word_embeddings", false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Shape, String> {
        Shape::read(json.as_bytes(), "config.json").map_err(|e| e.to_string())
    }

    #[test]
    fn a_llama_as_two_releases_write_it() {
        let base = r#""model_type": "llama", "num_hidden_layers": 2, "hidden_size": 64,
            "num_attention_heads": 8, "num_key_value_heads": 4, "intermediate_size": 172,
            "vocab_size": 512, "head_dim": null"#;
        let old = read(&format!(
            "{{{base}, \"rope_theta\": 500.0, \"rope_scaling\": null}}"
        ));
        let new = r#""rope_parameters": {"rope_type": "default", "rope_theta": 500.0}"#;
        let new = read(&format!("{{{base}, {new}}}"));
        let shape = old.expect("legal");
        assert_eq!(new, Ok(shape.clone()));
        assert_eq!((shape.head, shape.kv_heads, shape.theta), (8, 4, 500.0));
        assert_eq!((shape.positions, shape.tied), (2048, false));
        assert_eq!(shape.activation, Activation::Silu);
    }

    #[test]
    fn a_gpt2_and_its_defaults() {
        let json = r#"{"model_type": "gpt2", "n_layer": 2, "n_embd": 48, "n_head": 6,
            "vocab_size": 100, "n_inner": null}"#;
        let shape = read(json).expect("legal");
        assert_eq!((shape.inner, shape.positions, shape.head), (192, 1024, 8));
        assert_eq!(shape.activation, Activation::GeluTanh);
        assert!(shape.tied);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let json = r#"{"model_type": "bert", "num_hidden_layers": 0, "hidden_size": 100,
            "num_attention_heads": 12, "hidden_act": "relu", "vocab_size": "many",
            "position_embedding_type": "relative_key", "is_decoder": true}"#;
        let all = "config.json: is_decoder: true: a decoder of this family is not supported\n\
            config.json: position_embedding_type: \"relative_key\": must be \"absolute\"\n\
            config.json: num_hidden_layers: 0: must be a whole number from 1 to 16777216\n\
            config.json: hidden_size: 100: must be a multiple of the number of heads, 12\n\
            config.json: intermediate_size: is not there (a model of this family needs it)\n\
            config.json: vocab_size: \"many\": must be a whole number from 1 to 16777216\n\
            config.json: hidden_act: \"relu\": must be one of gelu, gelu_new, gelu_pytorch_tanh, \
            gelu_fast, silu, swish";
        assert_eq!(read(json), Err(all.to_owned()));
    }

    #[test]
    fn what_is_no_model_of_a_known_family() {
        let other = read(r#"{"model_type": "t5"}"#).expect_err("is refused");
        assert_eq!(
            other,
            "config.json: model_type is \"t5\": must be one of bert, gpt2, llama"
        );
        let none = read("{}").expect_err("is refused");
        assert_eq!(
            none,
            "config.json: model_type is not there: must be one of bert, gpt2, llama"
        );
        assert!(
            read("[]")
                .expect_err("is refused")
                .contains("must hold an object")
        );
        assert!(
            read("{")
                .expect_err("is refused")
                .starts_with("config.json: not JSON: ")
        );
        let yarn = r#"{"model_type": "llama", "num_hidden_layers": 1, "hidden_size": 8,
            "num_attention_heads": 2, "num_key_value_heads": 3, "intermediate_size": 8,
            "vocab_size": 9, "rope_scaling": {"rope_type": "yarn", "factor": 2.0}}"#;
        let all = "config.json: num_key_value_heads: 3: must divide num_attention_heads, 2\n\
            config.json: rope_scaling: {\"factor\":2.0,\"rope_type\":\"yarn\"}: rotary angles of \
            type yarn are not supported";
        assert_eq!(read(yarn), Err(all.to_owned()));
    }
}
