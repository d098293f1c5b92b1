// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attention in float64: what every figure of error is measured against.

use std::sync::Arc;

use hwgen_golden::attention::reference::{self, Attention, Keep, Setting};
use hwgen_golden::attention::{JobError, JobResult, OUT_FRAC, PROB_ONE, QueryStat, Select};

use super::policy::{Policy, Survivors, unit};
use super::ran::Ran;
use crate::samples::{Head, Sample};

/// A head's tensors as floats.
struct Tensors {
    q: Vec<Vec<f64>>,
    k: Arc<[Vec<f64>]>,
    v: Arc<[Vec<f64>]>,
    /// Nats a unit of the product of query and key.
    unit: f64,
}

impl Tensors {
    /// Takes the tensors as the model had them, if they are known, else the integers.
    fn of(head: &Head) -> Self {
        if let Some(real) = &head.real {
            return Self {
                q: real.q.clone(),
                k: Arc::clone(&real.k),
                v: Arc::clone(&real.v),
                unit: head.softmax,
            };
        }
        let plain = |rows: &[Vec<i32>]| -> Vec<Vec<f64>> {
            let row = |r: &Vec<i32>| r.iter().map(|&x| f64::from(x)).collect();
            rows.iter().map(row).collect()
        };
        let scaled = |row: &Vec<i32>| {
            let pairs = row.iter().zip(&head.v_scale);
            pairs.map(|(&x, s)| f64::from(x) * s).collect()
        };
        Self {
            q: plain(&head.q),
            k: plain(&head.k).into(),
            v: head.v.iter().map(scaled).collect(),
            unit: unit(head),
        }
    }
}

/// Returns what dense attention gives in real units.
pub(super) fn dense(sample: &Sample, head: &Head) -> Vec<Vec<f64>> {
    let t = Tensors::of(head);
    let first = t.k.len().saturating_sub(t.q.len());
    let setting = Setting {
        unit: t.unit,
        causal: sample.causal.then_some(first),
        keep: Keep::All,
        renorm: false,
    };
    reference::attention(&t.q, &t.k, &t.v, head.bias.as_deref(), setting).outputs
}

/// Runs one head over the survivors.
pub(super) fn head(sample: &Sample, number: u32, policy: Policy, survivors: &Survivors) -> Ran {
    let head = &sample.heads[number as usize];
    let t = Tensors::of(head);
    let queries = survivors.queries(sample);
    let pick = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let row = |&j: &u32| rows[j as usize].clone();
        survivors.tokens.iter().map(row).collect()
    };
    let bias: Option<Vec<Vec<f64>>> = head.bias.as_ref().map(|bias| {
        let row = |&i: &usize| -> Vec<f64> {
            let at = |&j: &u32| bias[i][j as usize];
            survivors.tokens.iter().map(at).collect()
        };
        queries.iter().map(row).collect()
    });
    let (k, v) = (pick(&t.k), pick(&t.v));
    let q: Vec<Vec<f64>> = queries.iter().map(|&i| t.q[i].clone()).collect();
    let keep = match policy.select {
        Select::Topk => Keep::Topk(policy.k as usize),
        Select::Mass => Keep::Mass(1.0 - policy.left_out),
        Select::All | Select::Reserved => Keep::All,
    };
    let setting = Setting {
        unit: t.unit,
        causal: sample.causal.then(|| k.len().saturating_sub(q.len())),
        keep,
        renorm: policy.renorm,
    };
    let found = reference::attention(&q, &k, &v, bias.as_deref(), setting);
    let selected: Vec<Vec<u32>> = found
        .probs
        .iter()
        .map(|probs| {
            let mut kept = reference::kept(probs, keep);
            kept.retain(|&j| probs[j] > 0.0);
            kept.iter().map(|&j| j as u32).collect()
        })
        .collect();
    Ran {
        head: number,
        result: result(head, number, &found, selected),
        outputs: found.outputs,
        probs: found.probs,
    }
}

/// Puts into the hardware's units what importance and counts need.
fn result(head: &Head, number: u32, found: &Attention, selected: Vec<Vec<u32>>) -> JobResult {
    let one = f64::from(PROB_ONE);
    let prob = |row: &Vec<f64>| row.iter().map(|p| (p * one).round() as u32).collect();
    let point = f64::from(1 << OUT_FRAC);
    let output = |row: &Vec<f64>| {
        let pairs = row.iter().zip(&head.v_scale);
        // Saturates as the hardware does.
        pairs.map(|(o, s)| (o / s * point).round() as i16).collect()
    };
    let queries = selected.len();
    let stat = |(i, kept): (usize, &Vec<u32>)| QueryStat {
        head: number,
        error: JobError::Ok,
        last: i + 1 == queries,
        k_fetched: 0,
        refined: 0,
        selected: kept.len() as u32,
        v_fetched: 0,
        rounds: 0,
    };
    JobResult {
        error: JobError::Ok,
        stats: selected.iter().enumerate().map(stat).collect(),
        outputs: found.outputs.iter().map(output).collect(),
        probs: found.probs.iter().map(prob).collect(),
        selected,
        precision: Vec::new(),
        k_requests: Vec::new(),
        v_requests: Vec::new(),
    }
}
