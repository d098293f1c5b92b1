// SPDX-License-Identifier: MIT OR Apache-2.0
//! What came out of one head, and what its job took.

use hwgen_golden::attention::gather::gathered;
use hwgen_golden::attention::{AttentionParams, JobResult, OUT_FRAC, PROB_ONE, QUERY_W, Request};
use hwgen_verif::attention::LiveJob;

use super::policy::Survivors;
use crate::samples::Sample;

/// One head of a layer after it has run.
pub(super) struct Ran {
    /// Its place in the sample.
    pub(super) head: u32,
    /// What the hardware would report, requests apart; in float64 only what importance and counts
    /// need.
    pub(super) result: JobResult,
    /// Outputs in real units, a row a query.
    pub(super) outputs: Vec<Vec<f64>>,
    /// Probabilities of the visible keys, a row a query, before any are left out.
    pub(super) probs: Vec<Vec<f64>>,
}

/// What one job took.
pub(super) struct Fetched {
    /// Requests for K and for V, by plane; none in float64.
    pub(super) requests: [Vec<Vec<Request>>; 2],
    /// Values that each query asks for; none in float64.
    pub(super) fresh: Vec<u32>,
    /// Bytes of K and of V where there are no planes.
    pub(super) unplaned: Option<[u64; 2]>,
    /// Cycles in which QK and PV have something to multiply.
    pub(super) work: [u64; 2],
}

impl Ran {
    /// Takes over a head's part of what the golden model gave.
    pub(super) fn of(
        sample: &Sample,
        params: &AttentionParams,
        head: u32,
        result: JobResult,
    ) -> Self {
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
pub(super) fn apart<'a>(
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

/// Returns the cycles in which QK and PV have something to multiply in a job.
pub(super) fn work(p: &AttentionParams, live: &LiveJob, result: &JobResult) -> [u64; 2] {
    let (mut qk, mut pv) = (0, 0);
    for (precision, selected) in result.precision.iter().zip(&result.selected) {
        for plane in 0..live.job.k_max {
            let has = (0..).zip(precision).filter(|(_, c)| u32::from(**c) > plane);
            let mut rows: Vec<u32> = has.map(|(j, _)| j / p.tokens()).collect();
            rows.dedup();
            qk += rows.len() as u64;
        }
        let rows = gathered(selected, p.tokens()).len() as u64;
        pv += rows * u64::from(live.job.v_count);
    }
    let fold = u64::from(p.fold());
    [qk * fold, pv * fold]
}
