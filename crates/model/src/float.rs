// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a model computes in single precision.

use hwgen_console::error::Error;
use hwgen_golden::vector::Activation;
use ndarray::ArrayView2;

use crate::shape::{Family, Shape};
use crate::weights::{Layer, Linear, Matrix, Model, Norm};

/// A place of a layer whose numbers somebody may want to see: those that are quantised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Site {
    /// The row between layers.
    Stream,
    /// What queries, keys and values are projected from.
    AttentionInput,
    /// Queries, behind the rotary embedding.
    Query,
    /// Keys, behind the rotary embedding.
    Key,
    /// Values.
    Value,
    /// The heads' outputs, side by side.
    HeadOutput,
    /// The sum of the stream and the attention.
    AttentionSum,
    /// What the feed-forward part begins with.
    FeedInput,
    /// What the activation is taken of.
    Inner,
    /// What is projected back to the hidden size.
    DownInput,
    /// The sum of the stream and the feed-forward part.
    FeedSum,
}

/// Keys and values of the tokens so far, by layer.
#[derive(Debug, Clone, Default)]
pub struct Cache {
    keys: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
    tokens: usize,
}

impl Cache {
    /// Returns how many tokens it holds.
    pub fn tokens(&self) -> usize {
        self.tokens
    }
}

/// Checks tokens against a model: at least one, each in the vocabulary, and no more than it has
/// positions for, those of a cache counted.
pub fn check(shape: &Shape, tokens: &[u32], before: usize) -> Result<(), Error> {
    let mut problems = Vec::new();
    if tokens.is_empty() {
        problems.push("tokens: there are none (give at least one)".to_owned());
    }
    let all = before + tokens.len();
    if all > shape.positions {
        let most = shape.positions;
        problems.push(format!(
            "tokens: {all}: the model has {most} positions (shorten the text)"
        ));
    }
    let beyond = tokens
        .iter()
        .enumerate()
        .filter(|(_, t)| **t as usize >= shape.vocabulary);
    for (i, token) in beyond.take(3) {
        let last = shape.vocabulary - 1;
        problems.push(format!("token {i}: {token}: the vocabulary ends at {last}"));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Input(problems))
    }
}

/// Computes the rows of new tokens behind those of the cache, and adds them to it.
///
/// Returns a row per new token: the encoder's outputs, or the decoder's behind its last norm. An
/// encoder begins anew each time, as its tokens see all others. `watch` sees the rows of every
/// site, with the layer.
pub fn rows(
    model: &Model,
    tokens: &[u32],
    cache: &mut Cache,
    watch: &mut dyn FnMut(usize, Site, &Matrix),
) -> Result<Matrix, Error> {
    let shape = &model.shape;
    if !shape.family.causal() {
        *cache = Cache::default();
    }
    check(shape, tokens, cache.tokens)?;
    cache.keys.resize(shape.layers, Vec::new());
    cache.values.resize(shape.layers, Vec::new());
    let mut x = embedded(model, tokens, cache.tokens);
    for (i, layer) in model.layers.iter().enumerate() {
        let mut seen = |site, rows: &Matrix| watch(i, site, rows);
        let kv = (&mut cache.keys[i], &mut cache.values[i]);
        x = through(shape, layer, x, cache.tokens, kv, &mut seen);
    }
    cache.tokens += tokens.len();
    if let Some(norm) = &model.last_norm {
        normed(norm, shape.epsilon, &mut x);
    }
    Ok(x)
}

/// Returns the mean of the rows, scaled to a length of 1: the embedding of a sentence.
pub fn pooled(rows: &Matrix) -> Vec<f32> {
    let mean = |c: usize| {
        (0..rows.rows)
            .map(|r| f64::from(rows.row(r)[c]))
            .sum::<f64>()
    };
    let sums: Vec<f64> = (0..rows.columns).map(mean).collect();
    let length = sums.iter().map(|x| x * x).sum::<f64>().sqrt();
    sums.iter()
        .map(|x| (x / length.max(f64::MIN_POSITIVE)) as f32)
        .collect()
}

/// Returns a score per token of the vocabulary for a row; `None` of an encoder.
pub fn scores(model: &Model, row: &[f32]) -> Option<Vec<f32>> {
    let table = model.scores.as_ref()?;
    let row = Matrix {
        rows: 1,
        columns: row.len(),
        data: row.to_vec(),
    };
    Some(times(&row, table).data)
}

fn embedded(model: &Model, tokens: &[u32], first: usize) -> Matrix {
    let parts = &model.embeddings;
    let columns = model.shape.hidden;
    let mut data = Vec::with_capacity(tokens.len() * columns);
    for (i, token) in tokens.iter().enumerate() {
        let mut row = parts.word.row(*token as usize).to_vec();
        let segment = parts.segment.as_ref().map(|t| t.row(0));
        let position = parts.position.as_ref().map(|t| t.row(first + i));
        for part in segment.into_iter().chain(position) {
            row.iter_mut().zip(part).for_each(|(x, p)| *x += p);
        }
        data.extend(row);
    }
    let mut rows = Matrix {
        rows: tokens.len(),
        columns,
        data,
    };
    if let Some(norm) = &parts.norm {
        normed(norm, model.shape.epsilon, &mut rows);
    }
    rows
}

fn through(
    shape: &Shape,
    layer: &Layer,
    mut x: Matrix,
    first: usize,
    (keys, values): (&mut Vec<f32>, &mut Vec<f32>),
    watch: &mut dyn FnMut(Site, &Matrix),
) -> Matrix {
    let post = shape.family == Family::Bert;
    watch(Site::Stream, &x);
    let mut input = x.clone();
    if !post {
        normed(&layer.attention_norm, shape.epsilon, &mut input);
    }
    watch(Site::AttentionInput, &input);
    let mut query = projected(&layer.query, &input);
    let mut key = projected(&layer.key, &input);
    let value = projected(&layer.value, &input);
    if shape.family == Family::Llama {
        turned(shape, first, &mut query);
        turned(shape, first, &mut key);
    }
    watch(Site::Query, &query);
    watch(Site::Key, &key);
    watch(Site::Value, &value);
    keys.extend(&key.data);
    values.extend(&value.data);
    let heads = attended(shape, &query, keys, values, first);
    watch(Site::HeadOutput, &heads);
    add(&mut x, &projected(&layer.output, &heads));
    watch(Site::AttentionSum, &x);
    if post {
        normed(&layer.attention_norm, shape.epsilon, &mut x);
    }
    let mut input = x.clone();
    if !post {
        normed(&layer.feed_norm, shape.epsilon, &mut input);
    }
    watch(Site::FeedInput, &input);
    add(&mut x, &fed(shape, layer, &input, watch));
    watch(Site::FeedSum, &x);
    if post {
        normed(&layer.feed_norm, shape.epsilon, &mut x);
    }
    x
}

/// The feed-forward part, without the sum.
fn fed(
    shape: &Shape,
    layer: &Layer,
    input: &Matrix,
    watch: &mut dyn FnMut(Site, &Matrix),
) -> Matrix {
    let up = projected(&layer.up, input);
    let gate = layer.gate.as_ref().map(|gate| projected(gate, input));
    let mut inner = gate.clone().unwrap_or_else(|| up.clone());
    watch(Site::Inner, &inner);
    inner
        .data
        .iter_mut()
        .for_each(|x| *x = activated(shape.activation, *x));
    if gate.is_some() {
        inner
            .data
            .iter_mut()
            .zip(&up.data)
            .for_each(|(x, u)| *x *= u);
    }
    watch(Site::DownInput, &inner);
    projected(&layer.down, &inner)
}

fn activated(activation: Activation, x: f32) -> f32 {
    match activation {
        Activation::Gelu => 0.5 * x * (1.0 + libm::erff(x * std::f32::consts::FRAC_1_SQRT_2)),
        Activation::GeluTanh => {
            let inner = (2.0 / std::f32::consts::PI).sqrt() * (x + 0.044_715 * x * x * x);
            0.5 * x * (1.0 + inner.tanh())
        }
        Activation::Silu => x / (1.0 + (-x).exp()),
    }
}

/// `x * w^T`: a row per row of `x`, an element per row of `w`.
fn times(x: &Matrix, w: &Matrix) -> Matrix {
    let left = ArrayView2::from_shape((x.rows, x.columns), &x.data).expect("a matrix is whole");
    let right = ArrayView2::from_shape((w.rows, w.columns), &w.data).expect("a matrix is whole");
    let product = left.dot(&right.t());
    let data = product.as_standard_layout().iter().copied().collect();
    Matrix {
        rows: x.rows,
        columns: w.rows,
        data,
    }
}

fn projected(linear: &Linear, x: &Matrix) -> Matrix {
    let mut y = times(x, &linear.weight);
    if let Some(bias) = &linear.bias {
        for row in y.data.chunks_mut(bias.len()) {
            row.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
        }
    }
    y
}

fn add(x: &mut Matrix, y: &Matrix) {
    x.data.iter_mut().zip(&y.data).for_each(|(x, y)| *x += y);
}

/// Norms every row: `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, without the mean if
/// there is no `beta`.
fn normed(norm: &Norm, epsilon: f64, x: &mut Matrix) {
    for row in x.data.chunks_mut(x.columns) {
        let n = row.len() as f64;
        let mean = norm
            .beta
            .as_ref()
            .map_or(0.0, |_| row.iter().map(|x| f64::from(*x)).sum::<f64>() / n);
        let square = row
            .iter()
            .map(|x| (f64::from(*x) - mean).powi(2))
            .sum::<f64>()
            / n;
        let scale = 1.0 / (square + epsilon).sqrt();
        for (i, x) in row.iter_mut().enumerate() {
            let beta = norm.beta.as_ref().map_or(0.0, |beta| beta[i]);
            *x = ((f64::from(*x) - mean) * scale) as f32 * norm.gamma[i] + beta;
        }
    }
}

/// Turns the pairs (i, i + head / 2) of every head by the angle of their position.
fn turned(shape: &Shape, first: usize, x: &mut Matrix) {
    let half = shape.head / 2;
    for (t, row) in x.data.chunks_mut(x.columns).enumerate() {
        for head in row.chunks_mut(shape.head) {
            for i in 0..half {
                let power = -2.0 * i as f64 / shape.head as f64;
                let (sin, cos) = ((first + t) as f64 * shape.theta.powf(power)).sin_cos();
                let (a, b) = (f64::from(head[i]), f64::from(head[i + half]));
                head[i] = (a * cos - b * sin) as f32;
                head[i + half] = (b * cos + a * sin) as f32;
            }
        }
    }
}

/// Attention of every head of queries, side by side; head h reads keys and values of head
/// `h / (heads / kv_heads)`.
fn attended(shape: &Shape, query: &Matrix, keys: &[f32], values: &[f32], first: usize) -> Matrix {
    let (head, wide) = (shape.head, shape.kv_heads * shape.head);
    let tokens = keys.len() / wide;
    let scale = 1.0 / (head as f32).sqrt();
    let mut out = Matrix {
        rows: query.rows,
        columns: query.columns,
        data: vec![0.0; query.data.len()],
    };
    for t in 0..query.rows {
        let seen = if shape.family.causal() {
            first + t + 1
        } else {
            tokens
        };
        for h in 0..shape.heads {
            let q = &query.row(t)[h * head..][..head];
            let at = h / (shape.heads / shape.kv_heads) * head;
            let of = |all: &'_ [f32], j: usize| all[j * wide + at..][..head].to_vec();
            let score = |j| q.iter().zip(of(keys, j)).map(|(q, k)| q * k).sum::<f32>() * scale;
            let s: Vec<f32> = (0..seen).map(score).collect();
            let most = s.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let e: Vec<f32> = s.iter().map(|s| (s - most).exp()).collect();
            let sum: f32 = e.iter().sum();
            let y = &mut out.data[t * query.columns + h * head..][..head];
            for (j, e) in e.iter().enumerate() {
                y.iter_mut()
                    .zip(of(values, j))
                    .for_each(|(y, v)| *y += e / sum * v);
            }
        }
    }
    out
}
