// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer's attention as jobs of the core, and what came out of it as figures.

mod exact;
mod figures;
mod jobs;
pub(crate) mod rtl;
pub(crate) mod stack;

use hwgen_golden::attention::host::Bound;
use hwgen_golden::attention::{AttentionParams, JobResult, OUT_FRAC, QUERY_W, Rule, Select};
use hwgen_golden::attention::{cascade::Cascade, run_job};
use hwgen_verif::attention::LiveJob;

use crate::error::Error;
use crate::samples::{Head, Sample};
pub(crate) use figures::Figures;
pub(crate) use jobs::check;

/// How the core is to treat a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) rule: Rule,
    /// Planes of K that are fetched up front.
    pub(crate) start: u32,
    /// Planes of V that are fetched.
    pub(crate) values: u32,
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

/// What cascade pruning has left for a layer.
#[derive(Debug, Clone)]
pub(crate) struct Survivors {
    /// Tokens, ascending.
    pub(crate) tokens: Vec<u32>,
    /// Heads, ascending.
    pub(crate) heads: Vec<u32>,
}

impl Survivors {
    /// Everything.
    pub(crate) fn all(sample: &Sample) -> Self {
        Self {
            tokens: (0..sample.tokens() as u32).collect(),
            heads: (0..sample.heads.len() as u32).collect(),
        }
    }

    pub(crate) fn of(cascade: &Cascade) -> Self {
        Self {
            tokens: cascade.tokens().to_vec(),
            heads: cascade.heads().to_vec(),
        }
    }

    /// Returns the queries whose own token is there, or all where queries are no tokens.
    fn queries(&self, sample: &Sample) -> Vec<usize> {
        let (nq, n) = (sample.heads[0].q.len(), sample.tokens());
        let all = 0..nq;
        if nq > n || (nq < n && !sample.causal) {
            return all.collect();
        }
        let there = |i: &usize| self.tokens.binary_search(&((n - nq + i) as u32)).is_ok();
        all.filter(there).collect()
    }
}

/// One head of a layer after it has run.
struct Ran {
    /// Its place in the sample.
    head: u32,
    /// What the hardware would report; in float64 only what importance and counts need.
    result: JobResult,
    /// Outputs in real units, a row a query.
    outputs: Vec<Vec<f64>>,
    /// Bytes of K and of V where there are no planes.
    unplaned: Option<(u64, u64)>,
}

/// A layer that has run.
pub(crate) struct Layer<'a> {
    sample: &'a Sample,
    params: &'a AttentionParams,
    policy: Policy,
    survivors: Survivors,
    /// The jobs, one a surviving head; none in float64.
    pub(crate) jobs: Vec<LiveJob>,
    ran: Vec<Ran>,
}

impl<'a> Layer<'a> {
    /// Makes the jobs of a layer, one a head, and runs the golden model.
    pub(crate) fn golden(
        sample: &'a Sample,
        params: &'a AttentionParams,
        policy: Policy,
        survivors: Survivors,
    ) -> Result<Self, Error> {
        let job = |&head: &u32| jobs::job(sample, head, params, policy, &survivors);
        let jobs = survivors
            .heads
            .iter()
            .map(job)
            .collect::<Result<Vec<_>, _>>()?;
        let run = |(live, &head): (&LiveJob, &u32)| {
            let (bias, list) = (live.bias.as_deref(), live.list.as_deref());
            let result = run_job(
                params,
                &live.job,
                &live.queries,
                &live.k,
                &live.v,
                bias,
                list,
            );
            let scale = &sample.heads[head as usize].v_scale;
            let cut = f64::from(1 << (QUERY_W - params.v_w())) / f64::from(1 << OUT_FRAC);
            let real = |row: &Vec<i16>| -> Vec<f64> {
                let pairs = row.iter().zip(scale);
                pairs.map(|(&o, s)| f64::from(o) * cut * s).collect()
            };
            Ran {
                head,
                outputs: result.outputs.iter().map(real).collect(),
                result,
                unplaned: None,
            }
        };
        let ran = jobs.iter().zip(&survivors.heads).map(run).collect();
        Ok(Self {
            sample,
            params,
            policy,
            survivors,
            jobs,
            ran,
        })
    }

    /// Computes the layer in float64: neither planes nor rounding, but the same pruning.
    pub(crate) fn float(
        sample: &'a Sample,
        params: &'a AttentionParams,
        policy: Policy,
        survivors: Survivors,
    ) -> Self {
        let run = |&head: &u32| exact::head(sample, head, policy, &survivors);
        let ran = survivors.heads.iter().map(run).collect();
        Self {
            sample,
            params,
            policy,
            survivors,
            jobs: Vec::new(),
            ran,
        }
    }

    /// Hands on what each head computed.
    pub(crate) fn observe(&self, cascade: &mut Cascade) {
        for ran in &self.ran {
            cascade.observe(ran.head, &ran.result);
        }
    }
}

/// Returns the nats of one unit of the product of a query and a key of 12 bits.
fn unit(head: &Head) -> f64 {
    head.scale[0] * head.scale[1] / (head.q[0].len() as f64).sqrt()
}
