// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole core: one job from its queries to outputs, reports and requests.

use super::gather::gathered;
use super::job::{Job, JobError, JobResult, Query, QueryStat, Request, Rule};
use super::params::AttentionParams;
use super::qk::KeyPlane;
use super::recip::Reciprocal;
use super::softmax::{Numerators, Scale};
use super::{planes, pv, refine, select};

/// Runs a job.
///
/// `k` and `v` are the tokens of the head, by token, each of at least `d_head` elements of
/// `k_w` and `v_w` bits. `bias` is read if the job says so, a row a query of at least its visible
/// keys; `list` likewise, and gives the token of each position. Panics where these are too short.
pub fn run_job(
    params: &AttentionParams,
    job: &Job,
    queries: &[Query],
    k: &[Vec<i32>],
    v: &[Vec<i32>],
    bias: Option<&[Vec<i64>]>,
    list: Option<&[u32]>,
) -> JobResult {
    let mut result = JobResult {
        error: job.error(params),
        outputs: Vec::new(),
        probs: Vec::new(),
        selected: Vec::new(),
        precision: Vec::new(),
        stats: Vec::new(),
        k_requests: vec![Vec::new(); params.k_planes.len()],
        v_requests: vec![Vec::new(); params.v_planes.len()],
    };
    if result.error != JobError::Ok {
        result.stats.push(report(job, result.error, true));
        return result;
    }
    let list = list.filter(|_| job.list);
    assert!(list.is_some() || !job.list, "the job wants a token list");
    let token = |position: usize| list.map_or(position, |l| l[position] as usize);
    let (keys, d) = (job.keys as usize, params.d_head as usize);
    let planes = (0..job.k_max as usize)
        .map(|p| KeyPlane::new((0..keys).map(|j| &k[token(j)][..]), d, &params.k_planes, p))
        .collect();
    let values = (0..keys).map(|j| &v[token(j)][..d]).collect();
    let mut core = Core {
        params,
        job,
        planes,
        values,
        rows_loaded: 0,
        k_resident: vec![vec![false; keys]; params.k_planes.len()],
        v_resident: vec![false; keys],
        result,
    };
    for (index, query) in queries.iter().enumerate() {
        let bias = if job.bias {
            Some(&bias.expect("the job wants biases")[index][..])
        } else {
            None
        };
        core.query(index, query, bias, index + 1 == queries.len());
    }
    core.result
}

/// Returns a report with all counts at 0.
fn report(job: &Job, error: JobError, last: bool) -> QueryStat {
    QueryStat {
        head: job.head,
        error,
        last,
        k_fetched: 0,
        refined: 0,
        selected: 0,
        v_fetched: 0,
        rounds: 0,
    }
}

/// One job under way: what the head's queries share.
struct Core<'a> {
    params: &'a AttentionParams,
    job: &'a Job,
    planes: Vec<KeyPlane>,
    /// Values by position.
    values: Vec<&'a [i32]>,
    /// Rows whose first `k_start` planes have been asked for.
    rows_loaded: u32,
    /// By plane, then position: whether a vector has been asked for.
    k_resident: Vec<Vec<bool>>,
    v_resident: Vec<bool>,
    result: JobResult,
}

impl Core<'_> {
    /// Runs one query.
    fn query(&mut self, index: usize, query: &Query, bias: Option<&[i64]>, last: bool) {
        let (params, job) = (self.params, self.job);
        let visible = job.visible(index) as usize;
        let mut stat = report(job, JobError::Ok, last);
        self.load_rows(params.rows(visible as u32));

        let scorer = Scorer::new(params, query);
        let mut precision = vec![0_u8; visible];
        let mut scores: Vec<Option<i64>> = (0..visible)
            .map(|j| bias.map_or(0, |b| b[j]))
            .map(|bias| (bias != params.bias_masked()).then_some(bias))
            .collect();
        for plane in 0..job.k_start as usize {
            scorer.add(&self.planes[plane], plane, 0..visible, &mut scores);
        }
        precision.fill(job.k_start as u8);

        let scale = Scale {
            pre_shift: job.pre_shift,
            mant: job.mant,
        };
        let mut soft = Numerators::of(&scores, scale);
        for count in job.k_start..job.k_max {
            let more = self.refined(count, query, scale, &scores, &soft, &precision);
            if more.is_empty() {
                break;
            }
            stat.rounds += 1;
            stat.refined += more.len() as u32;
            let fresh = fresh(&mut self.k_resident[count as usize], &more);
            stat.k_fetched += fresh.len() as u32;
            let requests = self.key_requests(count, &fresh);
            self.result.k_requests[count as usize].extend(requests);
            for &j in &more {
                precision[j as usize] += 1;
            }
            let plane = count as usize;
            let positions = more.iter().map(|&j| j as usize);
            scorer.add(&self.planes[plane], plane, positions, &mut scores);
            soft = Numerators::of(&scores, scale);
        }

        let candidates: Vec<(u32, u32, u32)> = (0..visible)
            .filter(|&j| scores[j].is_some())
            .map(|j| (soft.keys[j], j as u32, soft.exps[j]))
            .collect();
        let selected = select::select(job, &candidates, soft.sum);
        stat.selected = selected.len() as u32;
        for row in gathered(&selected, params.tokens()) {
            let fresh = fresh(&mut self.v_resident, &row);
            for plane in (0..job.v_count).filter(|_| !fresh.is_empty()) {
                let request = self.request(true, plane, &fresh);
                self.result.v_requests[plane as usize].push(request);
                stat.v_fetched += fresh.len() as u32;
            }
        }

        self.finish(&soft, &selected);
        self.result.selected.push(selected);
        self.result.precision.push(precision);
        self.result.stats.push(stat);
    }

    /// Asks for the first planes of all keys in the rows before `rows`, as far as they are new.
    fn load_rows(&mut self, rows: u32) {
        let from = (self.rows_loaded * self.params.tokens()).min(self.job.keys);
        let to = (rows * self.params.tokens()).min(self.job.keys);
        if from < to {
            let positions: Vec<u32> = (from..to).collect();
            for plane in 0..self.job.k_start {
                let requests = self.key_requests(plane, &positions);
                self.result.k_requests[plane as usize].extend(requests);
                self.k_resident[plane as usize][from as usize..to as usize].fill(true);
            }
        }
        self.rows_loaded = self.rows_loaded.max(rows);
    }

    /// Returns the positions that get plane `count` after `count` planes were scored.
    fn refined(
        &self,
        count: u32,
        query: &Query,
        scale: Scale,
        scores: &[Option<i64>],
        soft: &Numerators,
        precision: &[u8],
    ) -> Vec<u32> {
        let unmasked = |&j: &u32| scores[j as usize].is_some();
        let all = 0..scores.len() as u32;
        match self.job.rule {
            Rule::Head if refine::head(soft.sum, self.job.head_limit) => {
                all.filter(unmasked).collect()
            }
            Rule::Static | Rule::Head | Rule::Reserved => Vec::new(),
            Rule::Token => {
                let held = |&j: &u32| u32::from(precision[j as usize]) >= count;
                let exps = all.clone().filter(held).map(|j| soft.exps[j as usize]);
                let sum = exps.map(u64::from).sum();
                let below = planes::bits_below(&self.params.k_planes, count as usize);
                let uncertainty = refine::uncertainty(scale, query.bound, below);
                let Some(worst) = refine::token(uncertainty, self.job.eps_log2, sum) else {
                    return Vec::new();
                };
                let wanted = |&j: &u32| {
                    u32::from(precision[j as usize]) == count && soft.keys[j as usize] <= worst
                };
                all.filter(unmasked).filter(wanted).collect()
            }
        }
    }

    /// Makes the requests for the keys at `positions`, ascending, a row each.
    fn key_requests(&self, plane: u32, positions: &[u32]) -> Vec<Request> {
        let tokens = self.params.tokens();
        let rows = positions.chunk_by(|a, b| a / tokens == b / tokens);
        rows.map(|row| self.request(false, plane, row)).collect()
    }

    /// Makes the request for one row of positions.
    fn request(&self, value: bool, plane: u32, positions: &[u32]) -> Request {
        Request {
            value,
            plane,
            head: self.job.head,
            positions: positions.to_vec(),
        }
    }

    /// Computes outputs and probabilities.
    fn finish(&mut self, soft: &Numerators, selected: &[u32]) {
        let (params, job) = (self.params, self.job);
        let (d, count) = (params.d_head as usize, job.v_count as usize);
        let full = Reciprocal::of(soft.sum);
        let exp = |&j: &u32| soft.exps[j as usize];
        let kept = if job.renorm {
            Reciprocal::of(selected.iter().map(exp).map(u64::from).sum())
        } else {
            full
        };
        let weighted = selected.iter().map(|j| (exp(j), self.values[*j as usize]));
        let sums = pv::accumulate(weighted, d, &params.v_planes, count);
        let output = sums.iter().map(|&s| kept.map_or(0, |r| r.output(s)));
        self.result.outputs.push(output.collect());
        let probs = soft
            .exps
            .iter()
            .map(|&e| full.map_or(0, |r| r.probability(e)));
        self.result.probs.push(probs.collect());
    }
}

/// Marks `positions` as resident; returns those that were not.
fn fresh(resident: &mut [bool], positions: &[u32]) -> Vec<u32> {
    let mut fresh = Vec::new();
    for &j in positions {
        if !std::mem::replace(&mut resident[j as usize], true) {
            fresh.push(j);
        }
    }
    fresh
}

/// Adds planes to the scores of one query.
struct Scorer<'a> {
    widths: &'a [u32],
    query: Vec<i16>,
    sum: i64,
}

impl<'a> Scorer<'a> {
    fn new(params: &'a AttentionParams, query: &Query) -> Self {
        let data = &query.data[..params.d_head as usize];
        Self {
            widths: &params.k_planes,
            query: data.iter().map(|&q| q as i16).collect(),
            sum: data.iter().map(|&q| i64::from(q)).sum(),
        }
    }

    /// Adds plane `plane` to the scores at `positions` that are not masked.
    fn add(
        &self,
        keys: &KeyPlane,
        plane: usize,
        positions: impl Iterator<Item = usize>,
        scores: &mut [Option<i64>],
    ) {
        for j in positions {
            if let Some(score) = &mut scores[j] {
                let product = keys.product(&self.query, j);
                *score += planes::increment(product, self.sum, self.widths, plane);
            }
        }
    }
}
