// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ranks real scores, on the RTL of a bundle or on the golden model alone.

use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_golden::topk::{TopkParams, Variant, select};
use hwgen_verif::topk::{Pace, Query, QueryResult, run_in};
use hwgen_verif::verify::Lab;
use serde::Serialize;

use crate::scores::{Keys, Scores};
use hwgen_console::error::Error;
use hwgen_generate::advice;

/// What became of one query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// Indices of the survivors, ascending.
    pub indices: Vec<u32>,
    /// Their keys.
    pub keys: Vec<i64>,
    /// Number of survivors.
    pub count: u32,
    /// Smallest surviving key.
    pub threshold_key: i64,
    /// The same in units of the scores; none if masked scores had to survive.
    pub threshold_score: Option<f64>,
    /// Score of one key unit.
    pub scale: f64,
    /// Scores that are masks, whether they survive or not.
    pub masked: usize,
    /// Cycles from the first beat in to the last beat out, both counted; none without RTL.
    pub cycles: Option<u64>,
}

/// An engine to rank with, and what it can do.
pub struct Ranker<'a> {
    /// Bundle that holds it.
    pub bundle: &'a Bundle,
    /// Its entry in the manifest.
    pub engine: &'a Engine,
    /// Its parameters.
    pub params: TopkParams,
    /// Its variant.
    pub variant: Variant,
}

impl<'a> Ranker<'a> {
    /// Looks at what `engine` of `bundle` can do.
    pub fn new(bundle: &'a Bundle, engine: &'a Engine) -> Result<Self, Error> {
        let variant = engine.variant.parse::<Variant>().map_err(|v| {
            let dir = bundle.dir.display();
            Error::input(format!("{dir}/manifest.json: {v}; emit the bundle again"))
        })?;
        let params = engine.read(|v| TopkParams::from_values(variant, v))?;
        Ok(Self {
            bundle,
            engine,
            params,
            variant,
        })
    }

    /// Turns scores into keys; refuses what the engine cannot take.
    pub fn keys(&self, scores: &Scores, k: u32) -> Result<(Vec<Keys>, bool), Error> {
        let mut problems = Vec::new();
        let (n, max_n) = (scores.n(), self.params.max_n);
        let (label, capacity) = (&scores.label, self.params.capacity);
        if n > max_n as usize {
            let remedy = advice::keys(&self.params, n);
            problems.push(format!(
                "{label}: rows of {n} scores, but the engine takes up to {max_n} keys ({remedy})"
            ));
        }
        if k > max_n {
            let most = match self.variant {
                Variant::Stream => capacity.min(max_n),
                _ => max_n,
            };
            problems.push(format!(
                "k = {k}: must be 0 to {max_n}, the most keys (try {most})"
            ));
        } else if self.variant == Variant::Stream && k > capacity {
            let mut engines = self.bundle.manifest.engines.iter();
            let radix = engines.any(|e| e.block == "topk" && e.variant == "radix");
            let remedy = advice::survivors(&self.params, k, radix);
            problems.push(format!(
                "k = {k}: variant stream keeps 0 to {capacity} survivors ({remedy})"
            ));
        }
        if !problems.is_empty() {
            return Err(Error::Input(problems));
        }
        scores.keys(&self.params)
    }

    /// Ranks on the RTL, which the harness compares with the golden model word by word.
    pub fn rtl(&self, lab: &Lab, rows: &[Keys], k: u32) -> Result<Vec<Ranked>, Error> {
        let queries: Vec<Query> = rows
            .iter()
            .map(|r| Query {
                keys: r.keys.clone(),
                k,
            })
            .collect();
        let results = run_in(lab, self.bundle, self.engine, &queries, Pace::Isolated);
        let ranked = |(r, row): (QueryResult, &Keys)| Ranked {
            indices: r.indices,
            keys: r.keys,
            count: r.count,
            threshold_key: r.threshold,
            threshold_score: score(row, r.threshold),
            scale: row.scale,
            masked: row.masked(),
            cycles: Some(r.last_out - r.first_in + 1),
        };
        let results = results.map_err(Error::from)?;
        Ok(results.into_iter().zip(rows).map(ranked).collect())
    }

    /// Ranks on the golden model.
    pub fn golden(&self, rows: &[Keys], k: u32) -> Vec<Ranked> {
        let ranked = |row: &Keys| {
            let n = row.keys.len() as u32;
            let won = select(
                &row.keys,
                self.params.survivors(self.variant, n, k) as usize,
            );
            Ranked {
                count: won.indices.len() as u32,
                keys: won.indices.iter().map(|&i| row.keys[i as usize]).collect(),
                indices: won.indices,
                threshold_key: won.threshold,
                threshold_score: score(row, won.threshold),
                scale: row.scale,
                masked: row.masked(),
                cycles: None,
            }
        };
        rows.iter().map(ranked).collect()
    }
}

/// Returns the score that a key stands for; a mask stands for none.
fn score(row: &Keys, key: i64) -> Option<f64> {
    (row.mask != Some(key)).then_some(key as f64 * row.scale)
}
