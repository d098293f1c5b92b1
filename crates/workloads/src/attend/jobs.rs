// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the core is asked for the heads of a layer.

use hwgen_golden::attention::host;
use hwgen_golden::attention::softmax::Scale;
use hwgen_golden::attention::{AttentionParams, Job, QUERY_W, Query, Rule};
use hwgen_verif::attention::LiveJob;

use super::policy::{Policy, Survivors, unit};
use crate::samples::{Head, Sample};
use hwgen_console::error::Error;
use hwgen_generate::advice::{self, Core};

/// Says why the core cannot run a sample, if it cannot.
pub fn check(sample: &Sample, p: &AttentionParams) -> Result<(), Error> {
    let (name, n) = (sample.label(), sample.tokens());
    let d = sample.widths().into_iter().max().unwrap_or(0);
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

/// Parts the surviving heads into jobs: the query heads of one head of K and V go together, so that
/// K and V are fetched once, where pruning does not need each head's figures for itself and the heads
/// have one scale.
pub(super) fn groups(sample: &Sample, survivors: &Survivors) -> Vec<Vec<u32>> {
    let of = |h: u32| &sample.heads[h as usize];
    let together = |&a: &u32, &b: &u32| {
        let (a, b) = (of(a), of(b));
        survivors.together && a.kv == b.kv && unit(a).to_bits() == unit(b).to_bits()
    };
    let groups = survivors.heads.chunk_by(together);
    groups.map(<[u32]>::to_vec).collect()
}

/// Makes the job of a group of heads: their queries, head by head.
///
/// The core's causal flag goes by the number of the query; where several heads ask several queries each,
/// what a query must not see is masked instead.
pub(super) fn job(
    sample: &Sample,
    group: &[u32],
    p: &AttentionParams,
    policy: Policy,
    survivors: &Survivors,
) -> Result<LiveJob, Error> {
    let heads = || group.iter().map(|&h| &sample.heads[h as usize]);
    let first = &sample.heads[group[0] as usize];
    let number = if group.len() > 1 { first.kv } else { group[0] };
    let (unit, scale) = softmax_scale(sample, first, group[0] as usize, p)?;
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
    let queries = heads().flat_map(|head| {
        let all = narrow(&head.q, QUERY_W);
        let query = |&i: &usize| Query {
            bound: host::query_bound(&all[i], policy.bound),
            data: all[i].clone(),
        };
        asking.iter().map(query).collect::<Vec<_>>()
    });
    let tokens = &survivors.tokens;
    let by_mask = sample.causal && group.len() > 1 && asking.len() > 1;
    let is_biased = by_mask || heads().any(|head| head.bias.is_some());
    let bias = is_biased.then(|| {
        let row = |head: &Head, at: usize| -> Vec<i64> {
            let nats = |&j: &u32| {
                head.bias
                    .as_ref()
                    .map_or(0.0, |b| b[asking[at]][j as usize])
            };
            let seen = survivors.visible(sample, asking.len(), at);
            let nats: Vec<f64> = tokens[..seen].iter().map(nats).collect();
            let mut row = host::biases(p, &nats, unit);
            row.resize(tokens.len(), p.bias_masked());
            row
        };
        let rows = heads().flat_map(|head| (0..asking.len()).map(move |at| row(head, at)));
        rows.collect::<Vec<_>>()
    });
    let planes = p.k_planes.len() as u32;
    let start = policy.start.min(planes);
    let list = (tokens.len() < sample.tokens()).then(|| tokens.clone());
    Ok(LiveJob {
        job: Job {
            head: number & 255,
            keys: tokens.len() as u32,
            causal: sample.causal && !by_mask,
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
        queries: queries.collect(),
        k: narrow(&first.k, p.k_w()).into(),
        v: narrow(&first.v, p.v_w()).into(),
        bias,
        list,
    })
}
