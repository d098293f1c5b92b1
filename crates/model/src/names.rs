// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the families call their tensors.

/// Prefixes that a checkpoint may put in front of every name, by whether the model was saved bare or
/// under a head.
pub(crate) const PREFIXES: [&str; 4] = ["", "bert.", "transformer.", "model."];

/// Tensors that belong to a family and have no part in what is computed here: poolers and heads of
/// training tasks, and buffers that some releases stored.
pub(crate) const IDLE: [&str; 8] = [
    "pooler.",
    "cls.",
    "classifier.",
    "qa_outputs.",
    "embeddings.position_ids",
    ".attn.bias",
    ".attn.masked_bias",
    ".rotary_emb.inv_freq",
];

/// Names of a layer's tensors, without prefix, number and `.weight`.
pub(crate) struct Names {
    /// Layer i's names begin with this, a number and a dot.
    pub(crate) layer: &'static str,
    pub(crate) query: &'static str,
    pub(crate) key: &'static str,
    pub(crate) value: &'static str,
    pub(crate) output: &'static str,
    pub(crate) attention_norm: &'static str,
    pub(crate) up: &'static str,
    pub(crate) gate: Option<&'static str>,
    pub(crate) down: &'static str,
    pub(crate) feed_norm: &'static str,
}

pub(crate) const BERT: Names = Names {
    layer: "encoder.layer.",
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    output: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    up: "intermediate.dense",
    gate: None,
    down: "output.dense",
    feed_norm: "output.LayerNorm",
};

/// Queries, keys and values are one tensor.
pub(crate) const GPT2: Names = Names {
    layer: "h.",
    query: "attn.c_attn",
    key: "attn.c_attn",
    value: "attn.c_attn",
    output: "attn.c_proj",
    attention_norm: "ln_1",
    up: "mlp.c_fc",
    gate: None,
    down: "mlp.c_proj",
    feed_norm: "ln_2",
};

pub(crate) const LLAMA: Names = Names {
    layer: "layers.",
    query: "self_attn.q_proj",
    key: "self_attn.k_proj",
    value: "self_attn.v_proj",
    output: "self_attn.o_proj",
    attention_norm: "input_layernorm",
    up: "mlp.up_proj",
    gate: Some("mlp.gate_proj"),
    down: "mlp.down_proj",
    feed_norm: "post_attention_layernorm",
};
