// SPDX-License-Identifier: MIT OR Apache-2.0
//! The weights of a model, by what they are for.

use crate::shape::Shape;

/// A matrix in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Rows: outputs of a projection, entries of a table.
    pub rows: usize,
    /// Columns: inputs of a projection, elements of an entry.
    pub columns: usize,
    /// `rows * columns` numbers.
    pub data: Vec<f32>,
}

impl Matrix {
    /// Returns a row, `columns` numbers.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.columns..][..self.columns]
    }
}

/// A projection: `y = W x + b`.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// Outputs times inputs.
    pub weight: Matrix,
    /// An addend per output.
    pub bias: Option<Vec<f32>>,
}

/// A layer norm, or a root-mean-square norm if it has no `beta`.
#[derive(Debug, Clone, PartialEq)]
pub struct Norm {
    /// A factor per element.
    pub gamma: Vec<f32>,
    /// An addend per element; `None` in a root-mean-square norm, which subtracts no mean either.
    pub beta: Option<Vec<f32>>,
}

/// What makes the first rows of tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    /// An entry per token of the vocabulary.
    pub word: Matrix,
    /// An entry per position; `None` where positions are rotary.
    pub position: Option<Matrix>,
    /// An entry per kind of segment; entry 0 is added to every token.
    pub segment: Option<Matrix>,
    /// The norm behind the sum.
    pub norm: Option<Norm>,
}

/// A layer of the encoder or decoder.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Queries, `heads * head` outputs.
    pub query: Linear,
    /// Keys, `kv_heads * head` outputs.
    pub key: Linear,
    /// Values, `kv_heads * head` outputs.
    pub value: Linear,
    /// From the heads' outputs back to the hidden size.
    pub output: Linear,
    /// The norm of the attention: in front of it, or behind the sum in a post-norm model.
    pub attention_norm: Norm,
    /// Into the inner size of the feed-forward part.
    pub up: Linear,
    /// What is multiplied with `up` behind the activation, in gated feed-forward parts: there the
    /// activation is of this one.
    pub gate: Option<Linear>,
    /// Back to the hidden size.
    pub down: Linear,
    /// The norm of the feed-forward part: in front of it, or behind the sum in a post-norm model.
    pub feed_norm: Norm,
}

/// A whole model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its sizes.
    pub shape: Shape,
    /// What makes the first rows.
    pub embeddings: Embeddings,
    /// The layers in their order.
    pub layers: Vec<Layer>,
    /// The norm behind the last layer, in pre-norm models.
    pub last_norm: Option<Norm>,
    /// From a row to scores of the vocabulary, in decoders; the table of words where they are tied.
    pub scores: Option<Matrix>,
    /// Tensors of the checkpoint that nothing here uses, such as the head of a classifier.
    pub unused: Vec<String>,
}
