// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer's attention as jobs of the core, and what came out of it as figures.

use hwgen_golden::attention::host::{self, Bound};
use hwgen_golden::attention::reference::{self, Keep, Setting};
use hwgen_golden::attention::{
    AttentionParams, Job, JobResult, OUT_FRAC, QUERY_W, Query, Rule, Select, run_job,
};
use hwgen_verif::attention::LiveJob;
use serde::Serialize;

use crate::error::Error;
use crate::samples::{Head, Sample};

/// How the core is to treat a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) rule: Rule,
    /// Planes of K that are fetched up front.
    pub(crate) start: u32,
    /// Rule `head`: refine where the largest probability is under this.
    pub(crate) threshold: f64,
    /// Rule `token`: keys that may have more than this are refined.
    pub(crate) eps: f64,
    pub(crate) bound: Bound,
    pub(crate) select: Select,
    pub(crate) k: u32,
    /// Probability that selection by mass leaves out.
    pub(crate) left_out: f64,
    pub(crate) renorm: bool,
}

/// What a layer took and gave.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figures {
    pub(crate) sample: String,
    pub(crate) heads: usize,
    pub(crate) queries: usize,
    pub(crate) keys: usize,
    /// Against dense attention of the integers in float64, in real units of V.
    pub(crate) error: Deviation,
    pub(crate) bytes: Bytes,
    /// Share of queries that were refined, and of keys times planes that could have been.
    pub(crate) queries_refined: f64,
    pub(crate) planes_refined: f64,
    /// Share of the visible values that were selected.
    pub(crate) selected: f64,
    /// Cycles from the first job in to the last word out; none without RTL.
    pub(crate) cycles: Option<u64>,
    /// Shares of these cycles in which QK and PV multiply.
    pub(crate) qk_busy: Option<f64>,
    pub(crate) pv_busy: Option<f64>,
}

/// Largest and root mean square difference, and the cosine.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Deviation {
    pub(crate) max: f64,
    pub(crate) rms: f64,
    pub(crate) cosine: f64,
}

/// Bytes asked for, by plane, and what dense attention takes.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Bytes {
    pub(crate) k: Vec<u64>,
    pub(crate) v: Vec<u64>,
    pub(crate) total: u64,
    pub(crate) dense_32: u64,
    pub(crate) dense_16: u64,
    pub(crate) dense_12: u64,
}

/// A layer as jobs, with what the golden model says of each.
pub(crate) struct Layer<'a> {
    sample: &'a Sample,
    params: &'a AttentionParams,
    policy: Policy,
    pub(crate) jobs: Vec<LiveJob>,
    results: Vec<JobResult>,
}

impl<'a> Layer<'a> {
    /// Makes the jobs of a layer, one a head, and runs the golden model.
    pub(crate) fn new(
        sample: &'a Sample,
        params: &'a AttentionParams,
        policy: Policy,
    ) -> Result<Self, Error> {
        let jobs = sample
            .heads
            .iter()
            .enumerate()
            .map(|(h, head)| job(sample, head, h, params, policy))
            .collect::<Result<Vec<_>, _>>()?;
        let run = |live: &LiveJob| {
            let bias = live.bias.as_deref();
            run_job(
                params,
                &live.job,
                &live.queries,
                &live.k,
                &live.v,
                bias,
                None,
            )
        };
        let results = jobs.iter().map(run).collect();
        Ok(Self {
            sample,
            params,
            policy,
            jobs,
            results,
        })
    }

    /// Sums up; `cycles` is what the RTL took.
    pub(crate) fn figures(&self, cycles: Option<u64>) -> Figures {
        let p = self.params;
        let first = &self.sample.heads[0];
        let stats = || self.results.iter().flat_map(|r| &r.stats);
        let queries = stats().count();
        let refined = stats().filter(|s| s.rounds > 0).count();
        let visible: usize = self
            .results
            .iter()
            .flat_map(|r| &r.probs)
            .map(Vec::len)
            .sum();
        let selected: u64 = stats().map(|s| u64::from(s.selected)).sum();
        let added: u64 = stats().map(|s| u64::from(s.refined)).sum();
        let could = visible as u64 * u64::from(p.k_planes.len() as u32 - self.policy.start);
        let (qk, pv) = self.work();
        let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        let deviation = self.deviation();
        Figures {
            sample: self.sample.name.clone(),
            heads: self.jobs.len(),
            queries: first.q.len(),
            keys: first.k.len(),
            error: deviation,
            bytes: self.bytes(),
            queries_refined: share(refined as u64, queries as u64),
            planes_refined: share(added, could),
            selected: share(selected, visible as u64),
            cycles,
            qk_busy: cycles.map(|c| share(qk, c)),
            pv_busy: cycles.map(|c| share(pv, c)),
        }
    }

    /// Returns the cycles in which QK and PV have something to multiply.
    fn work(&self) -> (u64, u64) {
        let (p, mut qk, mut pv) = (self.params, 0, 0);
        let rows = |positions: &mut dyn Iterator<Item = u32>| {
            let mut rows: Vec<u32> = positions.map(|j| j / p.tokens()).collect();
            rows.dedup();
            rows.len() as u64
        };
        for (live, result) in self.jobs.iter().zip(&self.results) {
            for (precision, selected) in result.precision.iter().zip(&result.selected) {
                for plane in 0..live.job.k_max {
                    let has = (0..).zip(precision).filter(|(_, c)| u32::from(**c) > plane);
                    qk += rows(&mut has.map(|(j, _)| j));
                }
                pv += rows(&mut selected.iter().copied()) * u64::from(live.job.v_count);
            }
        }
        let fold = u64::from(p.fold());
        (qk * fold, pv * fold)
    }

    fn bytes(&self) -> Bytes {
        let p = self.params;
        let d = self.sample.heads[0].k[0].len() as u64;
        let mut bytes = Bytes {
            k: vec![0; p.k_planes.len()],
            v: vec![0; p.v_planes.len()],
            ..Bytes::default()
        };
        for result in &self.results {
            let kinds = [
                (&mut bytes.k, &result.k_requests, &p.k_planes),
                (&mut bytes.v, &result.v_requests, &p.v_planes),
            ];
            for (sums, requests, widths) in kinds {
                for (plane, rows) in requests.iter().enumerate() {
                    let vectors: u64 = rows.iter().map(|r| u64::from(r.vectors())).sum();
                    sums[plane] += vectors * (d * u64::from(widths[plane])).div_ceil(8);
                }
            }
        }
        bytes.total = bytes.k.iter().chain(&bytes.v).sum();
        let tokens: u64 = self.jobs.iter().map(|j| u64::from(j.job.keys)).sum();
        let dense = |bits: u64| 2 * tokens * (d * bits).div_ceil(8);
        (bytes.dense_32, bytes.dense_16, bytes.dense_12) = (dense(32), dense(16), dense(12));
        bytes
    }

    fn deviation(&self) -> Deviation {
        let mut pairs = Vec::new();
        for (head, (live, result)) in self
            .sample
            .heads
            .iter()
            .zip(self.jobs.iter().zip(&self.results))
        {
            let real = |rows: &[Vec<i32>]| -> Vec<Vec<f64>> {
                let row = |r: &Vec<i32>| r.iter().map(|&x| f64::from(x)).collect();
                rows.iter().map(row).collect()
            };
            let dense = reference::attention(
                &real(&head.q),
                &real(&head.k),
                &real(&head.v),
                head.bias.as_deref(),
                Setting {
                    unit: unit(head),
                    causal: live.job.causal.then_some(live.job.first as usize),
                    keep: Keep::All,
                    renorm: false,
                },
            );
            let cut = QUERY_W - self.params.v_w();
            let step = head.scale[2] * f64::from(1 << cut) / f64::from(1 << OUT_FRAC);
            for (got, want) in result.outputs.iter().zip(&dense.outputs) {
                for (&got, &want) in got.iter().zip(want) {
                    pairs.push((f64::from(got) * step, want * head.scale[2]));
                }
            }
        }
        let found = reference::deviation(pairs.into_iter());
        Deviation {
            max: found.max,
            rms: found.rms,
            cosine: found.cosine,
        }
    }
}

/// Returns the nats of one unit of the product of a query and a key of 12 bits.
fn unit(head: &Head) -> f64 {
    head.scale[0] * head.scale[1] / (head.q[0].len() as f64).sqrt()
}

fn job(
    sample: &Sample,
    head: &Head,
    number: usize,
    p: &AttentionParams,
    policy: Policy,
) -> Result<LiveJob, Error> {
    let name = &sample.name;
    let (nq, n, d) = (head.q.len(), head.k.len(), head.q[0].len());
    let most = p.max_tokens;
    if n > most as usize {
        let rule = format!("the bundle takes at most {most}");
        let remedy = format!("emit with --set attention.max_tokens={n}");
        return Err(Error::input(format!(
            "sample {name}: {n} keys: {rule} ({remedy})"
        )));
    }
    if d > p.d_head as usize {
        let rule = format!("the bundle takes at most {}", p.d_head);
        let remedy = format!("emit with --set attention.d_head={}", d.next_multiple_of(8));
        return Err(Error::input(format!(
            "sample {name}: {d} elements a head: {rule} ({remedy})"
        )));
    }
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
    let unit = unit(head) * f64::from(1 << (QUERY_W - p.k_w()));
    let scale = host::softmax_scale(unit).ok_or_else(|| {
        let rule = "is not a scale that the softmax can take";
        Error::input(format!("sample {name}, head {number}: {unit:e} {rule}"))
    })?;
    let queries = narrow(&head.q, QUERY_W).into_iter().map(|data| Query {
        bound: host::query_bound(&data, policy.bound),
        data,
    });
    let row = |r: &Vec<f64>| r.iter().map(|&nats| host::bias(p, nats, unit)).collect();
    let bias: Option<Vec<Vec<i64>>> = head.bias.as_ref().map(|b| b.iter().map(row).collect());
    let planes = p.k_planes.len() as u32;
    let fixed = policy.rule == Rule::Static;
    Ok(LiveJob {
        job: Job {
            head: number as u32 & 255,
            keys: n as u32,
            causal: sample.causal,
            first: n.saturating_sub(nq) as u32,
            k_start: policy.start.min(planes),
            k_max: if fixed {
                policy.start.min(planes)
            } else {
                planes
            },
            v_count: p.v_planes.len() as u32,
            rule: policy.rule,
            head_limit: host::head_limit(policy.threshold),
            eps_log2: host::eps_log2(policy.eps),
            pre_shift: scale.pre_shift,
            mant: scale.mant,
            select: policy.select,
            k: policy.k.min(most),
            mass: host::mass(policy.left_out),
            renorm: policy.renorm,
            bias: bias.is_some(),
            list: false,
        },
        queries: queries.collect(),
        k: narrow(&head.k, p.k_w()),
        v: narrow(&head.v, p.v_w()),
        bias,
        list: None,
    })
}
