// SPDX-License-Identifier: MIT OR Apache-2.0
//! Embeddings and norms in integers.

use hwgen_console::error::Error;
use hwgen_golden::vector::{self, GAMMA_FRAC, SUM_W, Saturated};

use crate::weights::{Embeddings, Matrix, Norm};

/// Most fraction bits of an embedding.
const FINEST: i32 = 14;
/// Most elements of a row that is normed.
const WIDEST: usize = 4096;

/// Tables of embeddings in 16 bits with one point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tables {
    columns: usize,
    word: Vec<i16>,
    position: Option<Vec<i16>>,
    segment: Option<Vec<i16>>,
    /// Fraction bits of all.
    pub(crate) frac: i32,
}

impl Tables {
    pub(crate) fn of(parts: &Embeddings) -> Self {
        let all = [
            Some(&parts.word),
            parts.position.as_ref(),
            parts.segment.as_ref(),
        ];
        let numbers = all.iter().flatten().flat_map(|t| &t.data);
        let most = numbers.fold(1e-6_f32, |m, x| m.max(x.abs()));
        let frac = ((32_767.0 / f64::from(most)).log2().floor() as i32).min(FINEST);
        let unit = f64::from(frac).exp2();
        let whole = |t: &Matrix| {
            t.data
                .iter()
                .map(|x| (f64::from(*x) * unit).round() as i16)
                .collect()
        };
        Self {
            columns: parts.word.columns,
            word: whole(&parts.word),
            position: parts.position.as_ref().map(whole),
            segment: parts.segment.as_ref().map(whole),
            frac,
        }
    }

    /// Returns the sum of a token's entries in 20 bits.
    pub(crate) fn row(&self, token: u32, position: usize, saturated: &mut Saturated) -> Vec<i32> {
        let entry = |table: &[i16], row: usize, c: usize| i64::from(table[row * self.columns + c]);
        let element = |c| {
            let position = self.position.as_ref().map_or(0, |t| entry(t, position, c));
            let segment = self.segment.as_ref().map_or(0, |t| entry(t, 0, c));
            saturated.fit(
                entry(&self.word, token as usize, c) + position + segment,
                SUM_W,
            )
        };
        (0..self.columns).map(element).collect()
    }
}

/// Quantises a norm of elements with `from` fraction bits to the stream's point.
pub(crate) fn norm(
    norm: &Norm,
    epsilon: f64,
    from: i32,
    stream_frac: u32,
    name: &str,
) -> Result<vector::Norm, Error> {
    let d = norm.gamma.len();
    let mut problems = Vec::new();
    if d > WIDEST {
        problems.push(format!(
            "{name}: {d} elements: the vector unit norms {WIDEST} at most"
        ));
    }
    let mut whole = |all: &[f32], frac: u32, what: &str| -> Vec<i16> {
        let unit = f64::from(1 << frac);
        let mut out = Vec::with_capacity(all.len());
        for (i, x) in all.iter().enumerate() {
            let q = (f64::from(*x) * unit).round();
            if q.abs() > 32_767.0 {
                let most = f64::from(i16::MAX) / unit;
                problems.push(format!("{name}, {what} {i}: {x}: must be within {most:.2}"));
            }
            out.push(q as i16);
        }
        out
    };
    let gamma = whole(&norm.gamma, GAMMA_FRAC, "factor");
    let beta = norm.beta.as_ref().map(|b| whole(b, stream_frac, "addend"));
    if !problems.is_empty() {
        problems.truncate(5);
        return Err(Error::Input(problems));
    }
    let epsilon = (epsilon * (d * d) as f64 * f64::from(2 * from).exp2()).round();
    Ok(vector::Norm {
        gamma,
        beta,
        epsilon: epsilon as u64,
        stream_frac,
    })
}
