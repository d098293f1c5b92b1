// SPDX-License-Identifier: MIT OR Apache-2.0
//! Jobs for the attention core: the awkward ones first, then random ones.

use hwgen_golden::attention::host::softmax_scale;
use hwgen_golden::attention::{AttentionParams, PROB_ONE, PROB_W};

use super::case::{Case, Run, Shape};
use super::edges::{sharpen, spoil};
use super::{BIASES, JOBS, OUTPUTS, QUERIES, RESPONSES, STREAMS};
use crate::kit::{self, Reset, Stall};
use hwgen_sim::rng::Rng;

/// Most jobs of one run.
const RUN_JOBS: u64 = 10;
/// Jobs of one query each in a run that fills the core: more than it takes.
const CROWD: u64 = 16;
/// Score rows of a random job at most, but for the few that are as long as the core takes.
const USUAL_ROWS: u64 = 40;
/// Percent of random jobs whose limits are moved to where one unit decides.
const SHARP: u32 = 35;

/// Lists runs of `cases` jobs together: directed ones in order, then random ones.
pub(super) fn plan(
    p: &AttentionParams,
    seed: u64,
    cases: u64,
) -> Box<dyn Iterator<Item = Run> + '_> {
    let mut directed = directed(p, seed).into_iter();
    kit::plan(seed, cases, move |rng, number, left| {
        let size = (1 + rng.below(RUN_JOBS)).min(left);
        let mut jobs: Vec<Case> = directed.by_ref().take(size as usize).collect();
        let mut crowd = false;
        if jobs.is_empty() {
            crowd = rng.chance(5);
            let size = if crowd { CROWD.min(left) } else { size };
            jobs = (0..size).map(|_| random(p, rng)).collect();
            let long = rng.chance(30);
            for job in jobs.iter_mut().filter(|_| crowd) {
                job.queries = 1;
                if long {
                    // More rows than the rings of a small core hold.
                    job.keys = p.max_tokens.min(64);
                }
            }
        }
        // Requests of neighbouring jobs overlap and are told apart by their heads.
        for (i, job) in jobs.iter_mut().enumerate() {
            job.head = ((rng.below(16) << 4) as u32 + (i % 16) as u32) & 255;
        }
        let mut run = around(jobs, number, rng);
        if crowd {
            // Results wait until all that is in flight is full.
            run.stalls[OUTPUTS] = Stall::rare(rng);
        }
        run
    })
}

/// Puts stalls and perhaps a reset around jobs. The first runs show the plain cases plainly.
fn around(cases: Vec<Case>, number: u64, rng: &mut Rng) -> Run {
    let mut run = Run::calm(0, STREAMS, cases);
    if number > 2 && rng.chance(75) {
        for (stream, stall) in run.stalls.iter_mut().enumerate() {
            *stall = match stream {
                JOBS | QUERIES | BIASES | RESPONSES => Stall::draw_offering(rng),
                _ => Stall::draw_taking(rng),
            };
        }
    }
    run.setup.latency = [1, 1, 2, 5, 20, 40, 100][rng.below(7) as usize];
    let scores = |c: &Case| u64::from(c.keys) * u64::from(c.queries);
    let beats: u64 = run.items.iter().map(scores).sum();
    let reset = number > 2 && rng.chance(25);
    run.reset = reset.then(|| Reset::draw(rng, 3 * beats + 60));
    run.seed = rng.draw();
    run
}

/// Returns the plainest job: static, all values, one query.
fn plain(p: &AttentionParams, seed: u64, keys: u32) -> Case {
    let planes = p.k_planes.len() as u32;
    let scale = scale(p, 4.0);
    Case {
        seed,
        shape: Shape::Bell,
        head: 0,
        keys,
        queries: 1,
        d: p.d_head,
        causal: false,
        first: 0,
        k_start: planes,
        k_max: planes,
        v_count: p.v_planes.len() as u32,
        rule: 0,
        head_limit: 0,
        eps_log2: 0,
        bound_part: 1,
        bound_up: 0,
        pre_shift: scale.0,
        mant: scale.1,
        select: 0,
        k: 1,
        mass: PROB_ONE,
        renorm: false,
        bias: None,
        list: false,
    }
}

/// Returns a scale with which the scores of a bell spread over some `octaves`.
fn scale(p: &AttentionParams, octaves: f64) -> (i32, u32) {
    // A bell's standard deviation is about an eighth of full scale.
    let sd = |width: u32| f64::from(1_u32 << (width - 1)) / 7.0;
    let spread = sd(hwgen_golden::attention::QUERY_W) * sd(p.k_w()) * f64::from(p.d_head).sqrt();
    let scale = softmax_scale(octaves / spread * std::f64::consts::LN_2);
    scale.map_or((0, 1 << 15), |s| (s.pre_shift, s.mant))
}

/// Lists the jobs that catch what random ones hardly reach.
fn directed(p: &AttentionParams, seed: u64) -> Vec<Case> {
    let t = p.tokens();
    let all = p.max_tokens;
    let planes = p.k_planes.len() as u32;
    let mut out = Vec::new();
    let mut seeds = Rng::new(!seed);
    let mut add = |change: &dyn Fn(&mut Case)| {
        let mut case = plain(p, seeds.draw(), (3 * t + 1).min(all));
        change(&mut case);
        case.keys = case
            .keys
            .min(all.max(case.keys * u32::from(case.keys > all)));
        out.push(case);
    };
    // Sizes around a row.
    for keys in [1, t, t + 1, 2 * t, 5 * t] {
        add(&|c| c.keys = keys.min(all));
        add(&|c| {
            c.keys = keys.min(all);
            c.queries = 5;
        });
    }
    // Every shape, every selection.
    for shape in [
        Shape::Uniform,
        Shape::Peak,
        Shape::Equal,
        Shape::Extreme,
        Shape::Sparse,
    ] {
        for select in 0..3 {
            add(&|c| {
                (c.shape, c.select, c.k, c.mass) = (shape, select, 3, PROB_ONE / 10 * 9);
                c.queries = 2;
                c.renorm = select == 2;
            });
        }
    }
    add(&|c| (c.select, c.k) = (1, all));
    add(&|c| (c.select, c.mass) = (2, 0));
    add(&|c| (c.shape, c.select, c.mass) = (Shape::Equal, 2, 0));
    add(&|c| (c.select, c.mass) = (2, PROB_ONE));
    // Every illegal job, and a legal one behind it.
    add(&|c| c.keys = 0);
    add(&|c| c.keys = all + 1);
    add(&|c| (c.select, c.k) = (1, 0));
    add(&|c| c.k_start = 0);
    add(&|c| (c.k_start, c.k_max) = (planes, planes - 1));
    add(&|c| c.k_max = 3.max(planes) + u32::from(planes < 3) - u32::from(planes == 3) * 3);
    add(&|c| c.v_count = 0);
    add(&|c| (c.rule, c.queries) = (3, 3));
    add(&|c| c.select = 3);
    for bit in 0..PROB_W - 1 {
        add(&|c| c.mass = PROB_ONE + (1 << bit));
    }
    add(&|c| c.queries = 3);
    // Causal from the first token on, and past the end.
    add(&|c| (c.causal, c.queries, c.keys) = (true, 4 * t + 2, (4 * t + 2).min(all)));
    add(&|c| (c.causal, c.queries, c.first) = (true, 5, t));
    // Masks: none, some, all.
    for masked in [0, 30, 100] {
        add(&|c| (c.bias, c.queries) = (Some(masked), 2));
    }
    add(&|c| (c.list, c.queries) = (true, 2));
    // Refinement of everything and of nothing.
    for (rule, limit, eps) in [
        (1, 0, 0),
        (1, (1 << 36) - 1, 0),
        (2, 0, (1 << 20) - 1),
        (2, 0, 0),
    ] {
        add(&|c| {
            (c.rule, c.k_start, c.head_limit, c.eps_log2) = (rule, 1, limit, eps);
            c.queries = 3;
            c.keys = (6 * t).min(all);
        });
    }
    // Of masked keys nothing is fetched, whoever else is refined.
    add(&|c| (c.rule, c.k_start, c.queries, c.bias) = (1, 1, 2, Some(30)));
    // A sum that is the limit to the unit, and a mass that one unit decides.
    add(&|c| {
        (c.shape, c.rule, c.k_start) = (Shape::Equal, 1, 1);
        c.head_limit = u64::from(c.keys) << 24;
    });
    add(&|c| {
        (c.keys, c.select, c.mass) = (2, 2, PROB_ONE - 1);
        (c.pre_shift, c.mant) = apart(p, c, 262_052).unwrap_or((c.pre_shift, c.mant));
    });
    // Weights of 129 units of 2**-24 that count as 256, of so many keys that outputs leave the range:
    // downwards from five keys on, upwards from 67 on.
    for odd in 0..2 {
        add(&|c| {
            (c.shape, c.keys) = (Shape::Ledge, all.min(96));
            c.seed = c.seed & !1 | odd;
            (c.pre_shift, c.mant) = apart(p, c, 278_344).unwrap_or((c.pre_shift, c.mant));
        });
    }
    // As long as the core takes.
    add(&|c| (c.keys, c.k_start) = (all, 1));
    add(&|c| (c.keys, c.select, c.k) = (all, 1, all / 4));
    out
}

/// Finds a scale that puts the scores of the first two keys `distance` apart, in units of 2**-14
/// octave, give or take 40.
///
/// With 262,052 the smaller of two exponentials is 257 units of 2**-24: of their sum the mass
/// 65535 / 65536 then lies less than a unit above the larger one, so that both are selected because
/// a target is rounded up. With 278,344 it is 129 units.
fn apart(p: &AttentionParams, case: &Case, distance: u64) -> Option<(i32, u32)> {
    let live = case.live(p);
    let query = &live.queries.first()?.data;
    let score = |key: &Vec<i32>| -> i64 {
        let products = query
            .iter()
            .zip(key)
            .map(|(&q, &k)| i64::from(q) * i64::from(k));
        products.sum()
    };
    let diff = score(live.k.first()?).abs_diff(score(live.k.get(1)?));
    (-16..=31).find_map(|shift: i32| {
        let x = if shift < 0 {
            diff << -shift
        } else {
            diff >> shift
        };
        let mant = (distance << 16).div_ceil(x.max(1));
        (x < 1 << 20 && mant < 1 << 16).then_some((shift, mant as u32))
    })
}

/// Draws a job; short ones are the most frequent, because they are cheap and break most.
pub(crate) fn random(p: &AttentionParams, rng: &mut Rng) -> Case {
    let t = u64::from(p.tokens());
    let max = u64::from(p.max_tokens);
    let planes = p.k_planes.len() as u64;
    let keys = match rng.below(100) {
        0..60 => 1 + rng.below(8 * t),
        60..97 => 1 + rng.below(USUAL_ROWS * t),
        _ => 1 + rng.below(max),
    };
    let keys = keys.min(max) as u32;
    let queries = match rng.below(10) {
        0..4 => 1,
        4..8 => 2 + rng.below(6),
        _ => 2 + rng.below(16),
    };
    let queries = if u64::from(keys) > USUAL_ROWS * t {
        1 + queries % 2
    } else {
        queries
    } as u32;
    let shapes = [
        Shape::Uniform,
        Shape::Bell,
        Shape::Bell,
        Shape::Bell,
        Shape::Peak,
        Shape::Equal,
        Shape::Extreme,
        Shape::Sparse,
    ];
    let octaves = [0.1, 1.0, 2.0, 4.0, 8.0, 30.0][rng.below(6) as usize];
    let (pre_shift, mant) = if rng.chance(5) {
        (rng.between(-16, 31) as i32, rng.below(1 << 16) as u32)
    } else {
        scale(p, octaves)
    };
    let k_start = 1 + rng.below(planes);
    let k_max = k_start + rng.below(planes - k_start + 1);
    let n = u64::from(keys);
    let mut case = Case {
        seed: rng.draw(),
        shape: shapes[rng.below(8) as usize],
        head: 0,
        keys,
        queries,
        d: if rng.chance(20) {
            1 + rng.below(u64::from(p.d_head)) as u32
        } else {
            p.d_head
        },
        causal: rng.chance(30),
        first: if rng.chance(30) {
            0
        } else {
            rng.below(n) as u32
        },
        k_start: k_start as u32,
        k_max: k_max as u32,
        v_count: 1 + rng.below(p.v_planes.len() as u64) as u32,
        rule: rng.below(3) as u32,
        // Limits at which some queries are refined and some are not.
        head_limit: ((1 + rng.below(2 * n)) << 24) - rng.below(1 << 24),
        // Half of them about one over the number of keys, where some keys are refined and some not.
        eps_log2: if rng.chance(50) {
            (u64::from(keys.ilog2()) << 14).saturating_sub(rng.below(2 << 14)) as u32
        } else {
            rng.below(12 << 14) as u32
        },
        bound_part: [1, 1, 4, 16, 64][rng.below(5) as usize],
        bound_up: 0,
        pre_shift,
        mant,
        select: rng.below(3) as u32,
        k: 1 + rng.below(n) as u32,
        mass: PROB_ONE - (rng.draw() >> (48 + rng.below(8))) as u32,
        renorm: rng.chance(50),
        bias: rng.chance(25).then(|| [0, 10, 60][rng.below(3) as usize]),
        list: rng.chance(20),
    };
    if rng.chance(3) {
        case.keys = 0;
    }
    sharpen(p, &mut case, SHARP);
    spoil(p, &mut case);
    case
}
