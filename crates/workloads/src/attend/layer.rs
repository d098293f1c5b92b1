// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer that has run.

use std::collections::BTreeSet;
use std::mem;

use hwgen_console::error::Error;
use hwgen_golden::attention::cascade::Cascade;
use hwgen_golden::attention::{AttentionParams, QueryStat, run_job};
use hwgen_verif::attention::LiveJob;

use super::policy::{Policy, Survivors};
use super::ran::{Fetched, Ran, apart, work};
use super::{exact, jobs};
use crate::samples::Sample;

/// A layer that has run.
pub struct Layer<'a> {
    pub(super) sample: &'a Sample,
    pub(super) params: &'a AttentionParams,
    pub(super) policy: Policy,
    pub(super) survivors: Survivors,
    /// The jobs, one a surviving head or group of heads; none in float64.
    pub jobs: Vec<LiveJob>,
    /// What each job took.
    pub(super) fetched: Vec<Fetched>,
    pub(super) ran: Vec<Ran>,
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
            let fresh = |stat: &QueryStat| stat.v_fetched / live.job.v_count.max(1);
            fetched.push(Fetched {
                fresh: result.stats.iter().map(fresh).collect(),
                work: work(params, &live, &result),
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
                fresh: Vec::new(),
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
