// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer of attention as it was read.

use std::sync::Arc;

use super::layout::Layout;
use super::mask::Taken;

/// One layer's attention: a list of heads.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Name in the file; empty for plain tensors of one layer without a batch.
    pub name: String,
    /// The model, if the file says it.
    pub model: Option<String>,
    /// Whether a query sees only keys up to its own position, the last query the last key.
    pub causal: bool,
    /// What scores are multiplied with before the softmax, and biases added.
    pub softmax: f64,
    /// The query heads.
    pub heads: Vec<Head>,
    /// Name of the tensors that it is a part of, without the batch.
    pub stem: String,
    /// How its queries are laid out.
    pub layout: Layout,
    /// The tensors that its biases and masks come from.
    pub masks: Vec<Taken>,
}

impl Sample {
    /// Returns the keys of each head.
    pub fn tokens(&self) -> usize {
        self.heads[0].k.len()
    }

    /// Returns the queries of each head.
    pub fn queries(&self) -> usize {
        self.heads[0].q.len()
    }

    /// Returns the heads of K and V, each of which as many query heads share.
    pub fn kv_heads(&self) -> usize {
        self.heads.last().map_or(0, |h| h.kv as usize + 1)
    }

    /// Returns the elements of a key and of a value.
    pub fn widths(&self) -> [usize; 2] {
        [self.heads[0].k[0].len(), self.heads[0].v[0].len()]
    }

    /// Returns the keys that a query of any head sees if none is masked.
    pub fn visible(&self, query: usize) -> usize {
        let (nq, n) = (self.queries(), self.tokens());
        if self.causal {
            (n.saturating_sub(nq) + query + 1).min(n)
        } else {
            n
        }
    }

    /// Tells whether all keys of a query are masked.
    pub fn is_blind(&self, head: &Head, query: usize) -> bool {
        let Some(bias) = &head.bias else { return false };
        let seen = &bias[query][..self.visible(query)];
        seen.iter().all(|b| *b == f64::NEG_INFINITY)
    }

    /// Returns what messages call it.
    pub fn label(&self) -> String {
        if self.name.is_empty() {
            "q, k, v".to_owned()
        } else {
            format!("sample {}", self.name)
        }
    }
}

/// One query head, in integers of 12 bits.
#[derive(Debug, Clone)]
pub struct Head {
    /// Queries, a row each.
    pub q: Vec<Vec<i32>>,
    /// Keys and values, a row each; heads of one group share them.
    pub k: Arc<[Vec<i32>]>,
    pub(crate) v: Arc<[Vec<i32>]>,
    /// Number of the head of K and V.
    pub kv: u32,
    /// Real value of a unit of a query and of a key.
    pub scale: [f64; 2],
    /// Real value of a unit of each element of a value.
    pub v_scale: Vec<f64>,
    /// Nats of a unit of the product of a real query and key.
    pub softmax: f64,
    /// The tensors before quantisation, where they are known.
    pub real: Option<Real>,
    /// Nats added to each score, a row a query; minus infinity masks.
    pub bias: Option<Arc<[Vec<f64>]>>,
}

/// A head's tensors in real units.
#[derive(Debug, Clone)]
pub struct Real {
    pub(crate) q: Vec<Vec<f64>>,
    pub(crate) k: Arc<[Vec<f64>]>,
    pub(crate) v: Arc<[Vec<f64>]>,
}

/// What is wanted of a file.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// All samples.
    All,
    /// The sample of this name.
    One(&'a str),
    /// The samples `NAME.l...`: the layers of one model, in their order.
    Layers(&'a str),
}
