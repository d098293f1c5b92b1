// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole model, layer by layer.

use hwgen_console::error::Error;
use hwgen_golden::attention::AttentionParams;
use hwgen_golden::attention::OUT_FRAC;
use hwgen_golden::vector::{
    self, ACT_W, ACTIVATION_FRAC, Mean, STREAM_W, SUM_FRAC, SUM_W, Saturated, add, product, rotary,
    shifted,
};

use super::attend;
use super::linear::Projection;
use super::points::Points;
use super::tables::{Tables, norm};
use crate::float::{self, Site};
use crate::shape::{Family, Shape};
use crate::weights::{Layer, Linear, Model};

/// Fraction bits that queries and keys have more before they are turned than behind it.
const TURN_FRAC: i32 = 4;
/// Fraction bits of a normed row in front of a sublayer, before it has 12 bits.
const NORMED_FRAC: u32 = 10;
/// Bits and fraction bits of a score of the vocabulary.
const SCORE: (u32, i32) = (24, 14);

type Rows = Vec<Vec<i32>>;

/// Keys and values of the tokens so far, by layer: rows of all heads, 12 bits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cache {
    keys: Vec<Rows>,
    values: Vec<Rows>,
    tokens: usize,
}

impl Cache {
    /// Returns how many tokens it holds.
    pub fn tokens(&self) -> usize {
        self.tokens
    }
}

/// A model in integers.
#[derive(Debug, Clone)]
pub struct Integer {
    shape: Shape,
    points: Points,
    core: AttentionParams,
    tables: Tables,
    first_norm: Option<vector::Norm>,
    layers: Vec<Quantised>,
    last_norm: Option<vector::Norm>,
    scores: Option<Projection>,
}

#[derive(Debug, Clone)]
struct Quantised {
    query: Projection,
    key: Projection,
    value: Projection,
    output: Projection,
    attention_norm: vector::Norm,
    up: Projection,
    gate: Option<Projection>,
    down: Projection,
    feed_norm: vector::Norm,
}

impl Integer {
    /// Quantises a model with points that a calibration gave.
    pub fn of(model: &Model, points: Points) -> Result<Self, Error> {
        let shape = model.shape.clone();
        let tables = Tables::of(&model.embeddings);
        let stream = points.stream;
        let first = model.embeddings.norm.as_ref();
        let first = first.map(|n| {
            norm(
                n,
                shape.epsilon,
                tables.frac,
                stream,
                "the embeddings' norm",
            )
        });
        let last = model.last_norm.as_ref();
        let last = last.map(|n| {
            norm(
                n,
                shape.epsilon,
                stream as i32,
                NORMED_FRAC,
                "the last norm",
            )
        });
        let scores = model.scores.as_ref().map(|table| {
            let linear = Linear {
                weight: table.clone(),
                bias: None,
            };
            Projection::of(
                &linear,
                points.last,
                SCORE.1,
                SCORE.0,
                "the scores of the vocabulary",
            )
        });
        let layers = model.layers.iter().enumerate();
        let layers = layers.map(|(i, layer)| Quantised::of(&shape, layer, i, &points));
        Ok(Self {
            core: attend::core(&shape)?,
            tables,
            first_norm: first.transpose()?,
            layers: layers.collect::<Result<_, _>>()?,
            last_norm: last.transpose()?,
            scores: scores.transpose()?,
            shape,
            points,
        })
    }

    /// Computes the rows of new tokens behind those of the cache, and adds them to it, as
    /// [`float::rows`] does.
    ///
    /// Rows of an encoder are of 16 bits with the stream's point; those of a decoder of 12 bits
    /// with the point of [`Points::last`].
    pub fn rows(
        &self,
        tokens: &[u32],
        cache: &mut Cache,
        saturated: &mut Saturated,
    ) -> Result<Rows, Error> {
        let shape = &self.shape;
        if !shape.family.causal() {
            *cache = Cache::default();
        }
        float::check(shape, tokens, cache.tokens)?;
        let (all, most) = (cache.tokens + tokens.len(), self.core.max_tokens as usize);
        if all > most {
            let rule = format!("the attention core holds {most} (shorten the text)");
            return Err(Error::input(format!("tokens: {all}: {rule}")));
        }
        cache.keys.resize(shape.layers, Rows::new());
        cache.values.resize(shape.layers, Rows::new());
        let mut x: Rows = Vec::with_capacity(tokens.len());
        for (i, token) in tokens.iter().enumerate() {
            let row = self.tables.row(*token, cache.tokens + i, saturated);
            x.push(match &self.first_norm {
                Some(norm) => norm.of(&row, saturated),
                None => shifted(
                    &row,
                    self.tables.frac - self.points.stream as i32,
                    STREAM_W,
                    saturated,
                ),
            });
        }
        for i in 0..shape.layers {
            x = self.through(i, x, cache, saturated)?;
        }
        cache.tokens = all;
        if let Some(norm) = &self.last_norm {
            x = x
                .iter()
                .map(|row| normed(norm, row, self.points.last, saturated))
                .collect();
        }
        Ok(x)
    }

    /// Returns the embedding of a sentence from its rows: their mean, scaled to a length of 1.
    pub fn pooled(&self, rows: &[Vec<i32>]) -> Vec<f32> {
        let mut mean = Mean::new(self.shape.hidden);
        for row in rows {
            mean.row(row);
        }
        let mean = mean.of();
        let length = mean
            .iter()
            .map(|x| f64::from(*x).powi(2))
            .sum::<f64>()
            .sqrt();
        mean.iter()
            .map(|x| (f64::from(*x) / length.max(1.0)) as f32)
            .collect()
    }

    /// Returns a score per token of the vocabulary for a row of a decoder, in units of 2^-14.
    pub fn scores(&self, row: &[i32], saturated: &mut Saturated) -> Option<Vec<i32>> {
        let table = self.scores.as_ref()?;
        table.project(&[row.to_vec()], saturated).pop()
    }

    /// Returns what a unit of [`Integer::scores`] stands for.
    pub fn score_unit(&self) -> f64 {
        f64::from(-SCORE.1).exp2()
    }

    fn through(
        &self,
        i: usize,
        x: Rows,
        cache: &mut Cache,
        saturated: &mut Saturated,
    ) -> Result<Rows, Error> {
        let (shape, layer, points) = (&self.shape, &self.layers[i], &self.points);
        let post = shape.family == Family::Bert;
        let stream = points.stream;
        let input = self.input(
            &x,
            &layer.attention_norm,
            points.at(i, Site::AttentionInput),
            saturated,
        );
        let mut query = layer.query.project(&input, saturated);
        let mut key = layer.key.project(&input, saturated);
        if shape.family == Family::Llama {
            query = self.turned(&query, cache.tokens, saturated);
            key = self.turned(&key, cache.tokens, saturated);
        }
        cache.keys[i].extend(key);
        cache.values[i].extend(layer.value.project(&input, saturated));
        let unit = f64::from(-points.at(i, Site::Query) - points.at(i, Site::Key)).exp2();
        let unit = unit / (shape.head as f64).sqrt();
        let (keys, values) = (&cache.keys[i], &cache.values[i]);
        let heads = attend::heads(shape, &self.core, &query, keys, values, cache.tokens, unit)?;
        let shift = points.at(i, Site::Value) + OUT_FRAC as i32 - points.at(i, Site::HeadOutput);
        let heads: Rows = heads
            .iter()
            .map(|r| shifted(r, shift, ACT_W, saturated))
            .collect();
        let attention = layer.output.project(&heads, saturated);
        let settle = |x: Rows, y: Rows, norm: &vector::Norm, saturated: &mut Saturated| -> Rows {
            let one = |(x, y): (&Vec<i32>, &Vec<i32>)| {
                let sum = add(x, stream, y, saturated);
                if post {
                    norm.of(&sum, saturated)
                } else {
                    shifted(&sum, (SUM_FRAC - stream) as i32, STREAM_W, saturated)
                }
            };
            x.iter().zip(&y).map(one).collect()
        };
        let x = settle(x, attention, &layer.attention_norm, saturated);
        let input = self.input(
            &x,
            &layer.feed_norm,
            points.at(i, Site::FeedInput),
            saturated,
        );
        let inner = self.inner(i, &input, saturated);
        let fed = layer.down.project(&inner, saturated);
        Ok(settle(x, fed, &layer.feed_norm, saturated))
    }

    /// Returns a sublayer's input in 12 bits: the stream, or in a pre-norm model its norm.
    fn input(
        &self,
        x: &[Vec<i32>],
        norm: &vector::Norm,
        point: i32,
        saturated: &mut Saturated,
    ) -> Rows {
        let post = self.shape.family == Family::Bert;
        let one = |row: &Vec<i32>| {
            if post {
                shifted(row, self.points.stream as i32 - point, ACT_W, saturated)
            } else {
                normed(norm, row, point, saturated)
            }
        };
        x.iter().map(one).collect()
    }

    /// Returns what is projected back to the hidden size, 12 bits.
    fn inner(&self, i: usize, input: &[Vec<i32>], saturated: &mut Saturated) -> Rows {
        let layer = &self.layers[i];
        let function = self.shape.activation;
        let point = self.points.at(i, Site::DownInput);
        let of = |row: &Vec<i32>| row.iter().map(|x| function.of(*x)).collect::<Vec<i32>>();
        let up = layer.up.project(input, saturated);
        let Some(gate) = &layer.gate else {
            let shift = ACTIVATION_FRAC as i32 - point;
            return up
                .iter()
                .map(|row| shifted(&of(row), shift, ACT_W, saturated))
                .collect();
        };
        let gate = gate.project(input, saturated);
        let shift = 2 * ACTIVATION_FRAC as i32 - point;
        let pairs = gate.iter().zip(&up);
        pairs
            .map(|(g, u)| product(&of(g), u, shift, ACT_W, saturated))
            .collect()
    }

    /// Turns the heads of queries or keys by their positions, and brings them to 12 bits.
    fn turned(&self, rows: &[Vec<i32>], first: usize, saturated: &mut Saturated) -> Rows {
        let (head, theta) = (self.shape.head, self.shape.theta);
        let mut out = Rows::with_capacity(rows.len());
        for (t, row) in rows.iter().enumerate() {
            let table: Vec<_> = (0..head / 2)
                .map(|pair| rotary::angle(first + t, pair, head, theta))
                .collect();
            let heads = row.chunks(head);
            out.push(
                heads
                    .flat_map(|h| rotary::turned(h, &table, TURN_FRAC, ACT_W, saturated))
                    .collect(),
            );
        }
        out
    }
}

/// Norms a row of the stream and brings it to 12 bits.
fn normed(norm: &vector::Norm, row: &[i32], point: i32, saturated: &mut Saturated) -> Vec<i32> {
    let row = norm.of(row, saturated);
    shifted(&row, NORMED_FRAC as i32 - point, ACT_W, saturated)
}

impl Quantised {
    fn of(shape: &Shape, layer: &Layer, i: usize, points: &Points) -> Result<Self, Error> {
        let at = |site| points.at(i, site);
        let name = |what: &str| format!("layer {i}, {what}");
        let turn = if shape.family == Family::Llama {
            TURN_FRAC
        } else {
            0
        };
        let qk_w = if turn > 0 { STREAM_W } else { ACT_W };
        let one = |linear: &Linear, from, to, width, what: &str| {
            Projection::of(linear, from, to, width, &name(what))
        };
        let (attention, feed) = (at(Site::AttentionInput), at(Site::FeedInput));
        let act = ACTIVATION_FRAC as i32;
        let sum = SUM_FRAC as i32;
        let post = shape.family == Family::Bert;
        let (from, to) = if post {
            (sum, points.stream)
        } else {
            (points.stream as i32, NORMED_FRAC)
        };
        let gate = layer.gate.as_ref();
        Ok(Self {
            query: one(
                &layer.query,
                attention,
                at(Site::Query) + turn,
                qk_w,
                "query",
            )?,
            key: one(&layer.key, attention, at(Site::Key) + turn, qk_w, "key")?,
            value: one(&layer.value, attention, at(Site::Value), ACT_W, "value")?,
            output: one(
                &layer.output,
                at(Site::HeadOutput),
                sum,
                SUM_W,
                "attention output",
            )?,
            attention_norm: norm(
                &layer.attention_norm,
                shape.epsilon,
                from,
                to,
                &name("attention norm"),
            )?,
            up: one(&layer.up, feed, act, STREAM_W, "feed-forward up")?,
            gate: gate
                .map(|g| one(g, feed, act, STREAM_W, "gate"))
                .transpose()?,
            down: one(
                &layer.down,
                at(Site::DownInput),
                sum,
                SUM_W,
                "feed-forward down",
            )?,
            feed_norm: norm(
                &layer.feed_norm,
                shape.epsilon,
                from,
                to,
                &name("feed-forward norm"),
            )?,
        })
    }
}
