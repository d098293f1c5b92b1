// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the core is asked for one head of a layer.

use hwgen_golden::attention::host;
use hwgen_golden::attention::softmax::Scale;
use hwgen_golden::attention::{AttentionParams, Job, QUERY_W, Query, Rule};
use hwgen_verif::attention::LiveJob;

use super::{Policy, Survivors, unit};
use crate::advice::{self, Core};
use crate::error::Error;
use crate::samples::{Head, Sample};

/// Says why the core cannot run a sample, if it cannot.
pub(crate) fn check(sample: &Sample, p: &AttentionParams) -> Result<(), Error> {
    let (name, n, d) = (sample.label(), sample.tokens(), sample.heads[0].q[0].len());
    let mut problems = Vec::new();
    let mut judge = |value: usize, most: u32, words: &str, what: Core| {
        if value > most as usize {
            let rule = format!("the bundle takes at most {most}");
            let remedy = advice::attention(p, what, value);
            problems.push(format!("{name}: {value} {words}: {rule} ({remedy})"));
        }
    };
    judge(n, p.max_tokens, "keys", Core::Keys);
    judge(d, p.d_head, "elements a head", Core::Head);
    if !problems.is_empty() {
        return Err(Error::Input(problems));
    }
    for (number, head) in sample.heads.iter().enumerate() {
        softmax_scale(sample, head, number, p)?;
    }
    Ok(())
}

fn softmax_scale(
    sample: &Sample,
    head: &Head,
    number: usize,
    p: &AttentionParams,
) -> Result<(f64, Scale), Error> {
    let unit = unit(head) * f64::from(1 << (QUERY_W - p.k_w()));
    let scale = host::softmax_scale(unit).ok_or_else(|| {
        let (name, [low, high]) = (sample.label(), host::SOFTMAX_UNIT);
        Error::input(format!(
            "{name}, head {number}: one unit of q times k stands for {unit:.1e} nats: must be \
             {low:.1e} to {high:.1e} (rescale q or k)"
        ))
    })?;
    Ok((unit, scale))
}

/// Makes the job of a head.
pub(super) fn job(
    sample: &Sample,
    number: u32,
    p: &AttentionParams,
    policy: Policy,
    survivors: &Survivors,
) -> Result<LiveJob, Error> {
    let head = &sample.heads[number as usize];
    let (unit, scale) = softmax_scale(sample, head, number as usize, p)?;
    // Narrower bundles hold the top bits, rounded.
    let narrow = |rows: &[Vec<i32>], width: u32| -> Vec<Vec<i32>> {
        let cut = QUERY_W - width;
        let high = (1 << (width - 1)) - 1;
        let round = |x: &i32| ((x + ((1 << cut) >> 1)) >> cut).min(high);
        let row = |r: &Vec<i32>| {
            let mut row: Vec<i32> = r.iter().map(round).collect();
            row.resize(p.d_head as usize, 0);
            row
        };
        rows.iter().map(row).collect()
    };
    let asking = survivors.queries(sample);
    let all = narrow(&head.q, QUERY_W);
    let query = |&i: &usize| Query {
        bound: host::query_bound(&all[i], policy.bound),
        data: all[i].clone(),
    };
    let tokens = &survivors.tokens;
    let bias = head.bias.as_ref().map(|bias| {
        let row = |&i: &usize| -> Vec<i64> {
            let at = |&j: &u32| host::bias(p, bias[i][j as usize], unit);
            tokens.iter().map(at).collect()
        };
        asking.iter().map(row).collect::<Vec<_>>()
    });
    let planes = p.k_planes.len() as u32;
    let start = policy.start.min(planes);
    let list = (tokens.len() < sample.tokens()).then(|| tokens.clone());
    Ok(LiveJob {
        job: Job {
            head: number & 255,
            keys: tokens.len() as u32,
            causal: sample.causal,
            first: tokens.len().saturating_sub(asking.len()) as u32,
            k_start: start,
            k_max: if policy.rule == Rule::Static {
                start
            } else {
                planes
            },
            v_count: policy.values.min(p.v_planes.len() as u32),
            rule: policy.rule,
            head_limit: host::head_limit(policy.threshold),
            eps_log2: host::eps_log2(policy.eps),
            pre_shift: scale.pre_shift,
            mant: scale.mant,
            select: policy.select,
            k: policy.k.min(p.max_tokens),
            mass: host::mass(policy.left_out),
            renorm: policy.renorm,
            bias: bias.is_some(),
            list: list.is_some(),
        },
        queries: asking.iter().map(query).collect(),
        k: narrow(&head.k, p.k_w()).into(),
        v: narrow(&head.v, p.v_w()).into(),
        bias,
        list,
    })
}
