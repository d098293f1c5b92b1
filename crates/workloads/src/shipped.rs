// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tensors of real models and a trace, which ship with the program.

/// Attention scores, a row of keys each.
pub const SCORES: &[u8] = include_bytes!("../../../data/attention_scores.safetensors");
/// What messages call them.
pub const SCORES_LABEL: &str = "data/attention_scores.safetensors";

/// Attention layers: q, k, v and what the model computed of them.
pub const LAYERS: &[u8] = include_bytes!("../../../data/attention_layers.safetensors");
/// What messages call them.
pub const LAYERS_LABEL: &str = "data/attention_layers.safetensors";

/// A small workload trace, made by hand.
pub const TRACE: &str = include_str!("../../../data/trace_small.csv");
/// What messages call it.
pub const TRACE_LABEL: &str = "data/trace_small.csv";
