// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of the core as a whole, and what several of them share.

mod contract;
mod guarantee;
mod job;
mod naive;

use super::{AttentionParams, Job, Query, Rule, Select};

/// `SplitMix64`: enough for test data, and the same data everywhere.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Draws from `low..=high`.
    pub(super) fn range(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.range(0, from.len() as i64 - 1) as usize]
    }

    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.range(0, 99) < percent
    }

    /// Draws about normally with this deviation (the sum of twelve uniform numbers).
    pub(super) fn normal(&mut self, deviation: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.next() as f64 / u64::MAX as f64).sum();
        (sum - 6.0) * deviation
    }

    /// Draws an integer of `width` bits, about normally with this deviation, saturated.
    pub(super) fn element(&mut self, deviation: f64, width: u32) -> i32 {
        let most = f64::from((1 << (width - 1)) - 1);
        self.normal(deviation).round().clamp(-most - 1.0, most) as i32
    }
}

/// Everything that `run_job` takes.
pub(super) struct Case {
    pub(super) params: AttentionParams,
    pub(super) job: Job,
    pub(super) queries: Vec<Query>,
    pub(super) k: Vec<Vec<i32>>,
    pub(super) v: Vec<Vec<i32>>,
    pub(super) bias: Vec<Vec<i64>>,
    pub(super) list: Vec<u32>,
}

impl Case {
    pub(super) fn run(&self) -> super::JobResult {
        super::run_job(
            &self.params,
            &self.job,
            &self.queries,
            &self.k,
            &self.v,
            Some(&self.bias),
            Some(&self.list),
        )
    }

    /// Draws legal parameters and a job of few keys, all settings included.
    // One draw after another.
    #[allow(clippy::too_many_lines)]
    pub(super) fn random(rng: &mut Random) -> Self {
        let d_head = rng.pick(&[8, 16, 24, 32, 96]);
        let fitting: Vec<u32> = [8, 16, 32, 64, 128]
            .into_iter()
            .filter(|l: &u32| l.is_multiple_of(d_head) || d_head.is_multiple_of(*l))
            .collect();
        let lanes = rng.pick(&fitting);
        let splits: [&[u32]; 8] = [
            &[4, 4, 4],
            &[8, 4],
            &[6, 4],
            &[2, 2, 2],
            &[8],
            &[4, 8],
            &[3, 5, 2],
            &[2],
        ];
        let params = AttentionParams {
            d_head,
            lanes,
            max_tokens: rng.pick(&[64, 128]),
            k_planes: rng.pick(&splits).to_vec(),
            v_planes: rng.pick(&splits).to_vec(),
            ..AttentionParams::default()
        };
        assert_eq!(params.violations(), []);
        let keys = rng.range(1, 64) as u32;
        let k_start = rng.range(1, params.k_planes.len() as i64) as u32;
        // A score deviates by about 300 * 2^(k_w - 3) * sqrt(d); aim at some octaves.
        let spread = rng.range(-3, 6) + i64::from(params.k_w()) + 8 - 14;
        let job = Job {
            head: rng.range(0, 255) as u32,
            keys,
            causal: rng.chance(40),
            first: rng.range(0, i64::from(keys)) as u32,
            k_start,
            k_max: rng.range(i64::from(k_start), params.k_planes.len() as i64) as u32,
            v_count: rng.range(1, params.v_planes.len() as i64) as u32,
            rule: rng.pick(&[Rule::Static, Rule::Head, Rule::Token, Rule::Token]),
            head_limit: (rng.range(1, i64::from(keys)) as u64) << 23,
            eps_log2: rng.range(0, 16 << 14) as u32,
            pre_shift: if rng.chance(5) {
                rng.range(-16, 31)
            } else {
                spread
            } as i32,
            mant: rng.range(1 << 14, (1 << 16) - 1) as u32,
            select: rng.pick(&[Select::All, Select::Topk, Select::Mass]),
            k: rng.range(1, 64) as u32,
            mass: rng.pick(&[0, 30_000, 60_000, 65_000, 65_536]),
            renorm: rng.chance(50),
            bias: rng.chance(30),
            list: rng.chance(30),
        };
        let d = d_head as usize;
        let tokens = params.max_tokens as usize;
        let (k_w, v_w) = (params.k_w(), params.v_w());
        let deviation = if rng.chance(10) { 1e6 } else { 300.0 };
        let extreme = rng.chance(10);
        let mut rows = |n: usize, width: u32| -> Vec<Vec<i32>> {
            let unit = if extreme {
                1e6
            } else {
                (f64::from(width) - 3.0).exp2()
            };
            let mut row = || (0..d).map(|_| rng.element(unit, width)).collect();
            (0..n).map(|_| row()).collect()
        };
        let (k, v) = (rows(tokens, k_w), rows(tokens, v_w));
        let queries: Vec<Query> = (0..rng.range(1, 5))
            .map(|_| Query {
                data: (0..d).map(|_| rng.element(deviation, 12)).collect(),
                bound: if rng.chance(5) {
                    (1 << 24) - 1
                } else {
                    rng.range(0, 1 << 14) as u32
                },
            })
            .collect();
        let masked = rng.pick(&[0, 20, 100]);
        let bias = queries
            .iter()
            .map(|_| {
                let mut one = || {
                    if rng.chance(masked) {
                        params.bias_masked()
                    } else {
                        rng.range(-60_000, 60_000)
                    }
                };
                (0..keys).map(|_| one()).collect()
            })
            .collect();
        let mut list: Vec<u32> = (0..params.max_tokens).collect();
        for i in (1..list.len()).rev() {
            list.swap(i, rng.range(0, i as i64) as usize);
        }
        Self {
            params,
            job,
            queries,
            k,
            v,
            bias,
            list,
        }
    }
}
