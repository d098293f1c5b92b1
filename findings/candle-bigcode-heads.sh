#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# candle-transformers 0.11.1: GPT-BigCode loads with a head of keys and values for each head of queries
# (`multi_query: false`, which its configuration has), and then refuses every input: the shape that it asks for has the
# hidden size where the number of heads belongs. With one head for all it works.
#
# Remedy: compare models on shared heads alone (verif/candle/tests/float.rs does).
#
# Output seen: true [1, 11]; false Shape mismatch, got buffer of size 108 which is compatible with shape [1, 3, 12, 12]
# Takes some minutes: candle is built.
set -euo pipefail
command -v cargo >/dev/null || { echo "cargo: not found" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "heads"
version = "0.1.0"
edition = "2021"

[dependencies]
candle-core = "=0.11.1"
candle-nn = "=0.11.1"
candle-transformers = "=0.11.1"
TOML
cat >src/main.rs <<'RUST'
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bigcode::{Config, GPTBigCode};

fn main() {
    for multi_query in [true, false] {
        let config = Config {
            vocab_size: 11,
            max_position_embeddings: 8,
            num_hidden_layers: 1,
            hidden_size: 12,
            layer_norm_epsilon: 1e-5,
            n_inner: Some(16),
            num_attention_heads: 3,
            multi_query,
            use_cache: false,
        };
        let weights = VarBuilder::zeros(DType::F32, &Device::Cpu);
        let mut model = GPTBigCode::load(weights, config).expect("loads");
        let tokens = Tensor::new(&[[1u32, 2, 3]], &Device::Cpu).expect("tokens");
        match model.forward(&tokens, 0) {
            Ok(scores) => println!("{multi_query} {:?}", scores.dims()),
            Err(error) => println!("{multi_query} {}", error.to_string().lines().next().unwrap_or("")),
        }
    }
}
RUST
seen=$(cargo run -q)
echo "$seen"
want="true [1, 11]
false Shape mismatch, got buffer of size 108 which is compatible with shape [1, 3, 12, 12]"
[ "$seen" = "$want" ] || { echo "the behaviour has changed" >&2; exit 1; }
