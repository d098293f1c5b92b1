// SPDX-License-Identifier: MIT OR Apache-2.0
//! A random job in a few numbers, so that a replay file stays small: its data follow from a seed.

use hwgen_golden::attention::host::{Bound, query_bound};
use hwgen_golden::attention::{AttentionParams, BOUND_W, Job, Query, Rule, Select};
use serde::{Deserialize, Serialize};

use super::{LiveJob, Memory};
use crate::kit::{self, changed};
use hwgen_sim::rng::Rng;

/// A run of jobs.
pub(crate) type Run = kit::Run<Case, Memory>;

/// What the data look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// All bits random.
    Uniform,
    /// A bell of small numbers.
    Bell,
    /// One key is the query itself, the others are a bell.
    Peak,
    /// All keys alike: every score ties.
    Equal,
    /// Only the largest and the smallest numbers.
    Extreme,
    /// Zeros but for single elements.
    Sparse,
    /// One key is the query itself, the others are zeros; values are all the smallest number, or
    /// all the largest where the seed is odd.
    Ledge,
}

/// A job.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) shape: Shape,
    pub(crate) head: u32,
    pub(crate) keys: u32,
    pub(crate) queries: u32,
    /// Elements that are not zero.
    pub(crate) d: u32,
    pub(crate) causal: bool,
    pub(crate) first: u32,
    pub(crate) k_start: u32,
    pub(crate) k_max: u32,
    pub(crate) v_count: u32,
    pub(crate) rule: u32,
    pub(crate) head_limit: u64,
    pub(crate) eps_log2: u32,
    /// Divisor of the worst-case bound, 1 or more: a bound that promises less.
    pub(crate) bound_part: u32,
    /// Places by which the bound is shifted up first, as far as its port goes.
    #[serde(default)]
    pub(crate) bound_up: u32,
    pub(crate) pre_shift: i32,
    pub(crate) mant: u32,
    pub(crate) select: u32,
    pub(crate) k: u32,
    pub(crate) mass: u32,
    pub(crate) renorm: bool,
    /// Percent of keys that the bias masks; `None` without a bias.
    pub(crate) bias: Option<u32>,
    pub(crate) list: bool,
}

impl Case {
    /// Returns what the job port carries.
    pub(crate) fn job(&self) -> Job {
        Job {
            head: self.head,
            keys: self.keys,
            causal: self.causal,
            first: self.first,
            k_start: self.k_start,
            k_max: self.k_max,
            v_count: self.v_count,
            rule: Rule::ALL[self.rule as usize & 3],
            head_limit: self.head_limit,
            eps_log2: self.eps_log2,
            pre_shift: self.pre_shift,
            mant: self.mant,
            select: Select::ALL[self.select as usize & 3],
            k: self.k,
            mass: self.mass,
            renorm: self.renorm,
            bias: self.bias.is_some(),
            list: self.list,
        }
    }

    /// Makes the data.
    pub(crate) fn live(&self, p: &AttentionParams) -> LiveJob {
        let mut rng = Rng::new(self.seed);
        let tokens = self.keys.min(p.max_tokens) as usize;
        let row = |rng: &mut Rng, width: u32| element_row(rng, self.shape, p, self.d, width);
        let mut queries: Vec<Query> = (0..self.queries)
            .map(|_| row(&mut rng, hwgen_golden::attention::QUERY_W))
            .map(|data| Query {
                bound: self.bound(query_bound(&data, Bound::Worst)),
                data,
            })
            .collect();
        let mut k: Vec<Vec<i32>> = (0..tokens).map(|_| row(&mut rng, p.k_w())).collect();
        let mut v: Vec<Vec<i32>> = (0..tokens).map(|_| row(&mut rng, p.v_w())).collect();
        match self.shape {
            Shape::Equal => {
                let first = k.first().cloned().unwrap_or_default();
                k.fill(first);
            }
            Shape::Peak => {
                for query in &mut queries {
                    let at = rng.below(tokens.max(1) as u64) as usize;
                    if let Some(key) = k.get_mut(at) {
                        let cut = hwgen_golden::attention::QUERY_W - p.k_w();
                        *key = query.data.iter().map(|&q| q >> cut).collect();
                    }
                }
            }
            Shape::Ledge => {
                let cut = hwgen_golden::attention::QUERY_W - p.k_w();
                for (at, key) in k.iter_mut().enumerate() {
                    key.fill(0);
                    if let (0, Some(query)) = (at, queries.first()) {
                        *key = query.data.iter().map(|&q| q >> cut).collect();
                    }
                }
                let high = (1 << (p.v_w() - 1)) - 1;
                let value = if self.seed & 1 == 0 { -high - 1 } else { high };
                v.fill(vec![value; p.d_head as usize]);
            }
            _ => {}
        }
        let bias = self.bias.map(|masked| {
            let row = |_| (0..tokens).map(|_| bias(p, &mut rng, masked)).collect();
            (0..self.queries).map(row).collect()
        });
        let list = self.list.then(|| {
            // Ascending, as the cascade leaves it, but for the data of tokens that are gone.
            let mut list: Vec<u32> = (0..tokens as u32).collect();
            for at in (1..list.len()).rev() {
                list.swap(at, rng.below(at as u64 + 1) as usize);
            }
            list
        });
        LiveJob {
            job: self.job(),
            queries,
            k: k.into(),
            v: v.into(),
            bias,
            list,
        }
    }

    /// Returns the bound that is stated for a query whose worst case is `worst`.
    fn bound(&self, worst: u32) -> u32 {
        let up = u64::from(worst) << self.bound_up.min(BOUND_W);
        up.min((1 << BOUND_W) - 1) as u32 / self.bound_part.max(1)
    }

    /// Lists simpler cases, boldest first.
    pub(crate) fn simpler(&self) -> Vec<Self> {
        vec![
            changed(self, |c| c.queries = c.queries.div_ceil(2)),
            changed(self, |c| c.keys = c.keys.div_ceil(2)),
            changed(self, |c| c.queries = c.queries.saturating_sub(1).max(1)),
            changed(self, |c| {
                c.keys = c.keys.saturating_sub(1).max(1).min(c.keys);
            }),
            changed(self, |c| c.rule = 0),
            changed(self, |c| c.select = 0),
            changed(self, |c| c.bias = None),
            changed(self, |c| c.bias = c.bias.map(|_| 0)),
            changed(self, |c| c.list = false),
            changed(self, |c| c.causal = false),
            changed(self, |c| c.renorm = false),
            changed(self, |c| (c.bound_part, c.bound_up) = (1, 0)),
            changed(self, |c| c.k_max = c.k_start),
            changed(self, |c| c.v_count = 1.min(c.v_count)),
            changed(self, |c| c.d = c.d.div_ceil(2)),
            changed(self, |c| c.shape = Shape::Equal),
            changed(self, |c| c.seed = 1),
            changed(self, |c| c.first = 0),
        ]
    }
}

/// Draws a row of elements of `width` bits, of which the first `d` need not be zero.
fn element_row(rng: &mut Rng, shape: Shape, p: &AttentionParams, d: u32, width: u32) -> Vec<i32> {
    let high = (1_i64 << (width - 1)) - 1;
    let low = -high - 1;
    let bell = |rng: &mut Rng| {
        let part = (high / 8).max(1);
        let sum: i64 = (0..4).map(|_| rng.between(-part, part)).sum();
        sum.clamp(low, high)
    };
    let draw = |rng: &mut Rng| match shape {
        Shape::Uniform => rng.between(low, high),
        Shape::Bell | Shape::Peak | Shape::Equal | Shape::Ledge => bell(rng),
        Shape::Extreme => {
            if rng.chance(50) {
                low
            } else {
                high
            }
        }
        Shape::Sparse => {
            if rng.chance(10) {
                rng.between(low, high)
            } else {
                0
            }
        }
    };
    (0..p.d_head)
        .map(|i| if i < d { draw(rng) as i32 } else { 0 })
        .collect()
}

/// Draws a bias; `masked` of 100 mask their key.
fn bias(p: &AttentionParams, rng: &mut Rng, masked: u32) -> i64 {
    let mask = p.bias_masked();
    if rng.chance(masked) {
        mask
    } else if rng.chance(5) {
        // Next to the mask, where a width too small would wrap.
        [mask + 1, -mask - 1][rng.below(2) as usize]
    } else {
        rng.between(-60_000, 60_000)
    }
}
