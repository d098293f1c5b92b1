// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer's attention as jobs of the core, and what came out of it as figures.

mod exact;
mod figures;
mod jobs;
pub mod output;
pub mod report;
pub mod rtl;
pub mod stack;

use std::collections::BTreeSet;
use std::mem;

use hwgen_golden::attention::host::Bound;
use hwgen_golden::attention::{
    AttentionParams, JobResult, OUT_FRAC, PROB_ONE, QUERY_W, Request, Rule, Select,
};
use hwgen_golden::attention::{cascade::Cascade, run_job};
use hwgen_verif::attention::LiveJob;

use crate::samples::{Head, Sample};
pub use figures::Figures;
use hwgen_console::error::Error;
pub use jobs::check;

/// How the core is to treat a layer.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Which keys are fetched in more planes.
    pub rule: Rule,
    /// Planes of K that are fetched up front.
    pub start: u32,
    /// Planes of V that are fetched.
    pub values: u32,
    /// Rule `head`: refine where the largest probability is under this.
    pub threshold: f64,
    /// Rule `token`: keys that may have more than this are refined.
    pub eps: f64,
    /// How far a score may be from what its planes say.
    pub bound: Bound,
    /// Which values are fetched.
    pub select: Select,
    /// Most values per query, where they are selected by rank.
    pub k: u32,
    /// Probability that selection by mass leaves out.
    pub left_out: f64,
    /// Whether the probabilities that are kept are scaled to sum to 1.
    pub renorm: bool,
}

/// What cascade pruning has left for a layer.
#[derive(Debug, Clone)]
pub struct Survivors {
    /// Tokens, ascending.
    pub tokens: Vec<u32>,
    /// Heads, ascending.
    pub heads: Vec<u32>,
    /// Whether heads that share K and V may be one job: nobody counts each head's importance.
    together: bool,
}

impl Survivors {
    /// Everything.
    pub fn all(sample: &Sample) -> Self {
        Self {
            tokens: (0..sample.tokens() as u32).collect(),
            heads: (0..sample.heads.len() as u32).collect(),
            together: true,
        }
    }

    /// Takes over what a cascade keeps.
    pub fn of(cascade: &Cascade) -> Self {
        Self {
            tokens: cascade.tokens().to_vec(),
            heads: cascade.heads().to_vec(),
            together: false,
        }
    }

    /// Returns the queries whose own token is there, or all where queries are no tokens.
    fn queries(&self, sample: &Sample) -> Vec<usize> {
        let (nq, n) = (sample.queries(), sample.tokens());
        let all = 0..nq;
        if nq > n || (nq < n && !sample.causal) {
            return all.collect();
        }
        let there = |i: &usize| self.tokens.binary_search(&((n - nq + i) as u32)).is_ok();
        all.filter(there).collect()
    }

    /// Returns how many of the surviving tokens the query sees that is the `at`th to ask.
    fn visible(&self, sample: &Sample, asking: usize, at: usize) -> usize {
        let keys = self.tokens.len();
        if sample.causal {
            (keys.saturating_sub(asking) + at + 1).min(keys)
        } else {
            keys
        }
    }
}

/// One head of a layer after it has run.
struct Ran {
    /// Its place in the sample.
    head: u32,
    /// What the hardware would report, requests apart; in float64 only what importance and counts
    /// need.
    result: JobResult,
    /// Outputs in real units, a row a query.
    outputs: Vec<Vec<f64>>,
    /// Probabilities of the visible keys, a row a query, before any are left out.
    probs: Vec<Vec<f64>>,
}

/// What one job took.
struct Fetched {
    /// Requests for K and for V, by plane; none in float64.
    requests: [Vec<Vec<Request>>; 2],
    /// Bytes of K and of V where there are no planes.
    unplaned: Option<[u64; 2]>,
    /// Cycles in which QK and PV have something to multiply.
    work: [u64; 2],
}

/// A layer that has run.
pub struct Layer<'a> {
    sample: &'a Sample,
    params: &'a AttentionParams,
    policy: Policy,
    survivors: Survivors,
    /// The jobs, one a surviving head or group of heads; none in float64.
    pub jobs: Vec<LiveJob>,
    /// What each job took.
    fetched: Vec<Fetched>,
    ran: Vec<Ran>,
}

impl<'a> Layer<'a> {
    /// Makes the jobs of a layer and runs the golden model.
    pub fn golden(
        sample: &'a Sample,
        params: &'a AttentionParams,
        policy: Policy,
        survivors: Survivors,
    ) -> Result<Self, Error> {
        let groups = jobs::groups(sample, &survivors);
        let (mut jobs, mut fetched, mut ran) = (Vec::new(), Vec::new(), Vec::new());
        for group in &groups {
            let live = jobs::job(sample, group, params, policy, &survivors)?;
            let (bias, list) = (live.bias.as_deref(), live.list.as_deref());
            let (k, v) = (&live.k, &live.v);
            let mut result = run_job(params, &live.job, &live.queries, k, v, bias, list);
            fetched.push(Fetched {
                work: figures::work(params, &live, &result),
                requests: [
                    mem::take(&mut result.k_requests),
                    mem::take(&mut result.v_requests),
                ],
                unplaned: None,
            });
            for (result, &head) in apart(result, group, sample, &survivors).zip(group) {
                ran.push(Ran::of(sample, params, head, result));
            }
            jobs.push(live);
        }
        Ok(Self {
            sample,
            params,
            policy,
            survivors,
            jobs,
            fetched,
            ran,
        })
    }

    /// Computes the layer in float64: neither planes nor rounding, but the same pruning.
    pub fn float(
        sample: &'a Sample,
        params: &'a AttentionParams,
        policy: Policy,
        survivors: Survivors,
    ) -> Self {
        let (mut fetched, mut ran) = (Vec::new(), Vec::new());
        let [d, dv] = sample.widths().map(|w| 4 * w as u64);
        for group in jobs::groups(sample, &survivors) {
            let run = |&head: &u32| exact::head(sample, head, policy, &survivors);
            let heads: Vec<Ran> = group.iter().map(run).collect();
            let selected = heads
                .iter()
                .flat_map(|r| r.result.selected.iter().flatten());
            let values = selected.collect::<BTreeSet<_>>().len() as u64;
            fetched.push(Fetched {
                requests: [Vec::new(), Vec::new()],
                unplaned: Some([survivors.tokens.len() as u64 * d, values * dv]),
                work: [0; 2],
            });
            ran.extend(heads);
        }
        Self {
            sample,
            params,
            policy,
            survivors,
            jobs: Vec::new(),
            fetched,
            ran,
        }
    }

    /// Hands on what each head computed.
    pub fn observe(&self, cascade: &mut Cascade) {
        for ran in &self.ran {
            cascade.observe(ran.head, &ran.result);
        }
    }
}

impl Ran {
    /// Takes over a head's part of what the golden model gave.
    fn of(sample: &Sample, params: &AttentionParams, head: u32, result: JobResult) -> Self {
        let scale = &sample.heads[head as usize].v_scale;
        let cut = f64::from(1 << (QUERY_W - params.v_w())) / f64::from(1 << OUT_FRAC);
        let real = |row: &Vec<i16>| -> Vec<f64> {
            let pairs = row.iter().zip(scale);
            pairs.map(|(&o, s)| f64::from(o) * cut * s).collect()
        };
        let one = f64::from(PROB_ONE);
        let prob = |row: &Vec<u32>| row.iter().map(|&p| f64::from(p) / one).collect();
        Self {
            head,
            outputs: result.outputs.iter().map(real).collect(),
            probs: result.probs.iter().map(prob).collect(),
            result,
        }
    }
}

/// Parts what came out of a job by the heads that asked, without what they did not see.
fn apart<'a>(
    mut result: JobResult,
    group: &'a [u32],
    sample: &'a Sample,
    survivors: &'a Survivors,
) -> impl Iterator<Item = JobResult> + use<'a> {
    let asked = survivors.queries(sample).len();
    let alone = group.len() == 1;
    group.iter().map(move |&head| {
        if alone {
            return result.clone();
        }
        let mut part = JobResult {
            error: result.error,
            outputs: result.outputs.drain(..asked).collect(),
            probs: result.probs.drain(..asked).collect(),
            selected: result.selected.drain(..asked).collect(),
            precision: result.precision.drain(..asked).collect(),
            stats: result.stats.drain(..asked).collect(),
            k_requests: Vec::new(),
            v_requests: Vec::new(),
        };
        for at in 0..asked {
            let seen = survivors.visible(sample, asked, at);
            part.probs[at].truncate(seen);
            part.precision[at].truncate(seen);
            part.stats[at].head = head & 255;
            part.stats[at].last = at + 1 == asked;
        }
        part
    })
}

/// Returns the nats of one unit of the product of a query and a key of 12 bits.
fn unit(head: &Head) -> f64 {
    head.scale[0] * head.scale[1] * head.softmax
}
