// SPDX-License-Identifier: MIT OR Apache-2.0
//! All heads of a layer on the attention core.

use hwgen_console::error::Error;
use hwgen_golden::attention::host::softmax_scale;
use hwgen_golden::attention::params::{D_HEAD, MAX_TOKENS};
use hwgen_golden::attention::{AttentionParams, Job, Query, run_job};

use crate::shape::Shape;

/// The core that fits a model's heads: shorter ones run zero-extended.
pub(crate) fn core(shape: &Shape) -> Result<AttentionParams, Error> {
    let params = AttentionParams {
        d_head: (shape.head as u32).next_multiple_of(D_HEAD.0),
        lanes: D_HEAD.0,
        max_tokens: MAX_TOKENS.1,
        ..AttentionParams::default()
    };
    let broken = params.violations();
    if broken.is_empty() {
        return Ok(params);
    }
    let lines = broken
        .iter()
        .map(|v| format!("config.json: {} elements per head: {v}", shape.head));
    Err(Error::Input(lines.collect()))
}

/// Returns the heads' outputs side by side, in units of 1/16 of the values'.
///
/// `keys` and `values` are those of all tokens so far, each a row of all heads of keys and values;
/// `first` is the position of the first query. `unit` nats are one unit of a score.
pub(crate) fn heads(
    shape: &Shape,
    params: &AttentionParams,
    queries: &[Vec<i32>],
    keys: &[Vec<i32>],
    values: &[Vec<i32>],
    first: usize,
    unit: f64,
) -> Result<Vec<Vec<i32>>, Error> {
    let scale = softmax_scale(unit).ok_or_else(|| {
        Error::input(format!(
            "a score's unit of {unit} nats is out of the softmax's range"
        ))
    })?;
    let (head, d) = (shape.head, params.d_head as usize);
    let cut = |rows: &[Vec<i32>], h: usize| -> Vec<Vec<i32>> {
        let one = |row: &Vec<i32>| {
            let mut cut = row[h * head..][..head].to_vec();
            cut.resize(d, 0);
            cut
        };
        rows.iter().map(one).collect()
    };
    let mut out = vec![vec![0; shape.heads * head]; queries.len()];
    let group = shape.heads / shape.kv_heads;
    for kv in 0..shape.kv_heads {
        let (k, v) = (cut(keys, kv), cut(values, kv));
        for h in kv * group..(kv + 1) * group {
            let job = Job {
                causal: shape.family.causal(),
                first: first as u32,
                ..Job::plain(params, k.len() as u32, scale)
            };
            let query = |q: Vec<i32>| Query { data: q, bound: 0 };
            let q: Vec<Query> = cut(queries, h).into_iter().map(query).collect();
            let done = run_job(params, &job, &q, &k, &v, None, None);
            for (row, o) in out.iter_mut().zip(&done.outputs) {
                for (x, o) in row[h * head..][..head].iter_mut().zip(o) {
                    *x = i32::from(*o);
                }
            }
        }
    }
    Ok(out)
}
