// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the point of every tensor lies, by what a text made of it in single precision.

use std::collections::BTreeMap;

use hwgen_console::error::Error;
use hwgen_golden::vector::{ACT_W, ACTIVATION_FRAC, STREAM_W, SUM_FRAC};
use hwgen_sim::rng::Rng;

use crate::float::{self, Site};
use crate::shape::Family;
use crate::text::Text;
use crate::weights::{Matrix, Model};

/// The text that comes with the program, a sequence per line.
const TEXT: &str = include_str!("../calibration.txt");
/// What queries, keys and values may exceed the text's by.
const MARGIN: f32 = 1.25;
/// Most fraction bits of an activation.
const FINEST: i32 = 24;

/// Fraction bits of every tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Points {
    by_site: BTreeMap<(usize, Site), i32>,
    /// Of the stream, at most 10.
    pub stream: u32,
    /// Of what the scores of the vocabulary are computed from.
    pub last: i32,
}

impl Points {
    /// Runs sequences of tokens in single precision and takes the least scales that hold what they
    /// make: of 12 bits, with a margin of 1.25 for queries, keys and values.
    pub fn of(model: &Model, sequences: &[Vec<u32>]) -> Result<Self, Error> {
        let mut most: BTreeMap<(usize, Site), f32> = BTreeMap::new();
        let mut last = 0.0_f32;
        for tokens in sequences {
            let mut cache = float::Cache::default();
            let rows = float::rows(model, tokens, &mut cache, &mut |layer, site, rows| {
                let seen = most.entry((layer, site)).or_default();
                *seen = seen.max(largest(rows));
            })?;
            last = last.max(largest(&rows));
        }
        let post = model.shape.family == Family::Bert;
        let in_stream = |site: Site| match site {
            Site::Stream => true,
            Site::FeedInput => post,
            Site::AttentionSum | Site::FeedSum => !post,
            _ => false,
        };
        let stream = most.iter().filter(|((_, site), _)| in_stream(*site));
        let stream = stream
            .map(|(_, x)| *x)
            .fold(if post { last } else { 0.0 }, f32::max);
        let frac = |(&(layer, site), &x): (&(usize, Site), &f32)| {
            let margin = match site {
                Site::Query | Site::Key | Site::Value => MARGIN,
                _ => 1.0,
            };
            ((layer, site), point(x * margin, ACT_W))
        };
        let stream = point(stream, STREAM_W).min(SUM_FRAC as i32);
        Ok(Self {
            by_site: most.iter().map(frac).collect(),
            stream: u32::try_from(stream).map_err(|_| {
                Error::input("calibration: rows exceed 16 bits (take a trained checkpoint)")
            })?,
            last: point(last, ACT_W),
        })
    }

    /// Returns the fraction bits of a site of a layer in 12 bits; of what the activation is taken
    /// of they are always ten, of 16 bits.
    pub fn at(&self, layer: usize, site: Site) -> i32 {
        if site == Site::Inner {
            return ACTIVATION_FRAC as i32;
        }
        self.by_site.get(&(layer, site)).copied().unwrap_or(0)
    }
}

fn largest(rows: &Matrix) -> f32 {
    rows.data.iter().fold(0.0, |m, x| m.max(x.abs()))
}

/// Returns the most fraction bits with which `most` fits `width` bits.
fn point(most: f32, width: u32) -> i32 {
    let top = f64::from((1_u32 << (width - 1)) - 1);
    let least = f64::from(-FINEST).exp2();
    ((top / f64::from(most).max(least)).log2().floor() as i32).min(FINEST)
}

/// Returns sequences to calibrate with: the lines of a text (`None`: the one that comes with the
/// program), or random tokens where there is no tokeniser.
pub fn calibration(
    model: &Model,
    tokeniser: Option<&Text>,
    text: Option<&str>,
) -> Result<Vec<Vec<u32>>, Error> {
    let shape = &model.shape;
    let Some(tokeniser) = tokeniser else {
        let mut rng = Rng::new(1);
        let long = shape.positions.min(64);
        let sequence = |rng: &mut Rng| {
            let token = |_| rng.below(shape.vocabulary as u64) as u32;
            (0..long).map(token).collect()
        };
        return Ok((0..8).map(|_| sequence(&mut rng)).collect());
    };
    let lines = text
        .unwrap_or(TEXT)
        .lines()
        .filter(|l| !l.trim().is_empty());
    let mut out = Vec::new();
    for line in lines {
        let mut tokens = tokeniser.tokens(line)?;
        tokens.truncate(shape.positions);
        if !tokens.is_empty() {
            out.push(tokens);
        }
    }
    if out.is_empty() {
        return Err(Error::input(
            "the text of the calibration: has no line with a token (give some sentences)",
        ));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_by_hand() {
        // 2047 = 1.999 * 2^10: 1.5 fits with ten, 2.0 does not.
        assert_eq!(
            [1.5, 2.0, 24.7, 3000.0, 0.0].map(|x| point(x, 12)),
            [10, 9, 6, -1, 24]
        );
        assert_eq!(point(30.3, 16), 10);
    }
}
