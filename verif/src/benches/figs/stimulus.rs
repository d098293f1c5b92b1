// SPDX-License-Identifier: MIT OR Apache-2.0
//! GEMMs for the array and its baselines: the awkward ones first, then random ones.

use hwgen_golden::figs::mask::{doubly, magnitude, tied};
use hwgen_golden::figs::{FigsParams, Matrix, Mode, Pattern, SelectBy, Variant};

use super::{ACTS, Gemm, Job, Run, STREAMS, Stray};
use crate::kit::{self, Pattern as Shape, Reset, Stall};
use hwgen_sim::rng::{self, Rng};

/// Most jobs of one run.
const RUN_JOBS: u64 = 6;
/// One run of so many is played without stalls, to hold the engine to its cycles.
const PLAIN: u64 = 3;
/// Tiles of a GEMM of few tokens.
const SHORT: u32 = 48;
/// About how many tokens all tiles of a random GEMM may have together.
const TOKENS: u64 = 3_000;

/// Lists runs of `cases` jobs together: a GEMM of every pattern by itself, then random ones.
pub(super) fn plan(
    p: &FigsParams,
    variant: Variant,
    seed: u64,
    cases: u64,
) -> Box<dyn Iterator<Item = Run> + '_> {
    let patterns = patterns(p, variant);
    let mut directed = directed(p, variant, &patterns, seed).into_iter();
    let (mut strays, mut short) = (false, false);
    kit::plan(seed, cases, move |rng, number, left| {
        if let Some(gemm) = directed.next() {
            return calm(rng, vec![Job::Gemm(gemm)]);
        }
        if !std::mem::replace(&mut strays, true) && left >= 5 {
            // Every kind of stray tile between two GEMMs.
            let mut jobs: Vec<Job> = (0..3)
                .map(|kind| Job::Stray(stray(p, variant, kind, rng)))
                .collect();
            jobs.insert(0, Job::Gemm(random(p, variant, &patterns, rng)));
            jobs.push(Job::Gemm(random(p, variant, &patterns, rng)));
            return calm(rng, jobs);
        }
        if !std::mem::replace(&mut short, true) && left >= 2 {
            return close(p, variant, patterns[0], rng);
        }
        let size = (1 + rng.below(RUN_JOBS)).min(left);
        let plain = number.is_multiple_of(PLAIN);
        let jobs = (0..size).map(|_| {
            if !plain && rng.chance(15) {
                let kind = rng.below(3);
                Job::Stray(stray(p, variant, kind, rng))
            } else {
                Job::Gemm(random(p, variant, &patterns, rng))
            }
        });
        let jobs = jobs.collect();
        if plain {
            calm(rng, jobs)
        } else {
            around(p, jobs, rng)
        }
    })
}

fn calm(rng: &mut Rng, jobs: Vec<Job>) -> Run {
    Run::calm(rng.draw(), STREAMS.len(), jobs)
}

/// Makes sums that are wanted again as soon as may be: the next weights load in a pause between the
/// few tokens of a tile.
fn close(p: &FigsParams, variant: Variant, pattern: Pattern, rng: &mut Rng) -> Run {
    let deep = p.k_tile(variant, pattern.log_n(p, variant).unwrap_or(0));
    let jobs = [2, 3].map(|t| {
        let shape = (t.min(p.max_t), (SHORT * deep).min(p.max_k), 1);
        Job::Gemm(filled(p, variant, pattern, shape, rng))
    });
    let pauses = Stall {
        seed: rng.draw(),
        pattern: Shape::Burst {
            length: p.rows + 3,
            percent: 60,
        },
    };
    let mut run = calm(rng, jobs.to_vec());
    run.stalls[ACTS] = pauses;
    run
}

/// Puts stalls and perhaps a reset around jobs.
fn around(p: &FigsParams, jobs: Vec<Job>, rng: &mut Rng) -> Run {
    let tokens = jobs.iter().map(|job| match job {
        Job::Gemm(g) => u64::from(g.tokens.max(p.rows)),
        Job::Stray(_) => 0,
    });
    let span = 3 * tokens.sum::<u64>() + 4 * u64::from(p.rows);
    Run {
        seed: rng.draw(),
        stalls: Stall::draw_all(rng, true, 3, 1),
        reset: rng.chance(30).then(|| Reset::draw(rng, span + 1)),
        setup: (),
        items: jobs,
    }
}

/// Lists the patterns that the engine runs, the densest first.
fn patterns(p: &FigsParams, variant: Variant) -> Vec<Pattern> {
    let logs = (0..=5_u32).flat_map(|m| (0..=m).map(move |n| (1 << n, 1 << m)));
    let all = logs.filter_map(|(n, m)| Pattern::new(n, m).ok());
    let mut runs: Vec<Pattern> = all
        .filter(|pattern| pattern.log_n(p, variant).is_ok())
        .collect();
    runs.sort_by(|a, b| b.density().total_cmp(&a.density()));
    runs
}

/// Lists GEMMs around the sizes of the engine, one set for each pattern.
fn directed(p: &FigsParams, variant: Variant, patterns: &[Pattern], seed: u64) -> Vec<Gemm> {
    let mut rng = Rng::new(!seed);
    let mut out = Vec::new();
    // Extremes: products of the largest and of the most negative values all over.
    if let Some(&pattern) = patterns.last() {
        let (w, x) = (-1 << (p.weight_w - 1), -1 << (p.act_w - 1));
        for (w, x) in [(w, x), (w, -x - 1), (-w - 1, x), (-w - 1, -x - 1)] {
            let deep = (2 * p.rows).min(p.max_k);
            let weights = Matrix::from_fn(3, deep, |_, _| w);
            let acts = Matrix::from_fn(2, deep, |_, _| x);
            let weights = masked(p, variant, pattern, &weights);
            out.push(Gemm::new(pattern, &weights, &acts));
        }
    }
    for &pattern in patterns {
        let Ok(log_n) = pattern.log_n(p, variant) else {
            continue;
        };
        let (k, o) = (p.k_tile(variant, log_n), p.channels(variant, log_n));
        let shapes = [(p.rows, k, o), (1, k + 1, o + 1)];
        for (t, k, o) in shapes {
            let k = k.min(p.max_k);
            out.push(filled(
                p,
                variant,
                pattern,
                (t.min(p.max_t), k, o),
                &mut rng,
            ));
        }
    }
    // As many tokens as a tile holds, and one more.
    if let Some(&pattern) = patterns.first() {
        for t in [p.max_t, p.max_t + 1] {
            let shape = (t, p.rows.min(p.max_k), 1);
            out.push(filled(p, variant, pattern, shape, &mut rng));
        }
    }
    out
}

/// Draws a tile that the engine drops: for no tokens, for too many, or for its N.
fn stray(p: &FigsParams, variant: Variant, kind: u64, rng: &mut Rng) -> Stray {
    let legal: Vec<u32> = (0..8).filter(|&n| p.runs(variant, n)).collect();
    let wrong: Vec<u32> = (0..8).filter(|&n| !p.runs(variant, n)).collect();
    let of = |all: &[u32], rng: &mut Rng| all[rng.below(all.len() as u64) as usize];
    let beyond = (1_u64 << p.tokens_w()) - 1 - u64::from(p.max_t);
    match kind {
        0 => Stray {
            tokens: 0,
            log_n: of(&legal, rng),
        },
        1 => Stray {
            tokens: p.max_t + 1 + rng.below(beyond) as u32,
            log_n: of(&legal, rng),
        },
        _ => Stray {
            tokens: 1 + rng.below(p.max_t.into()) as u32,
            log_n: of(&wrong, rng),
        },
    }
}

/// Draws a GEMM; small ones are the most frequent, because they are cheap and break most.
fn random(p: &FigsParams, variant: Variant, patterns: &[Pattern], rng: &mut Rng) -> Gemm {
    let pattern = patterns[rng.below(patterns.len() as u64) as usize];
    let log_n = pattern.log_n(p, variant).unwrap_or(0);
    let layers = p.layers(variant, pattern);
    let deep = p.k_tile(variant, log_n);
    let wide = p.channels(variant, log_n);
    let about = |unit: u32, most: u64, rng: &mut Rng| -> u32 {
        let n = match rng.below(4) {
            0 => 1 + rng.below(u64::from(unit)),
            1 => u64::from(unit) * (1 + rng.below(most)),
            2 => (u64::from(unit) * (1 + rng.below(most)) + rng.below(3)).max(2) - 1,
            _ => 1 + rng.below(u64::from(unit) * most),
        };
        n.max(1) as u32
    };
    let k = about(deep, 4, rng).min(p.max_k);
    let o = about(wide, 3, rng);
    let tiles = u64::from(k.div_ceil(deep) * o.div_ceil(wide) * layers);
    let most = (TOKENS / tiles.max(1)).clamp(1, u64::from(2 * p.max_t)) as u32;
    let t = match rng.below(8) {
        0 => 1,
        1 => 2,
        2 => 3,
        3 => p.rows,
        4 => p.rows + 1,
        5 => p.max_t,
        _ => about(p.rows, 3, rng),
    };
    filled(p, variant, pattern, (t.min(most), k, o), rng)
}

/// Fills a GEMM of tokens, inputs and outputs with numbers, of a shape of their own.
fn filled(
    p: &FigsParams,
    variant: Variant,
    pattern: Pattern,
    (t, k, o): (u32, u32, u32),
    rng: &mut Rng,
) -> Gemm {
    let weights = numbers(rng, o, k, p.weight_w);
    let mut weights = masked(p, variant, pattern, &weights);
    // Whole tiles without weights, and outputs without any.
    let (side, gone) = (p.rows.max(4), [0, 0, 50, 90][rng.below(4) as usize]);
    let seed = rng.draw();
    for r in 0..o {
        for c in 0..k {
            let tile = u64::from(r / side) << 32 | u64::from(c / side);
            if rng::chance(rng::at(seed, tile), gone) {
                *weights.at_mut(r, c) = 0;
            }
        }
    }
    let acts = numbers(rng, t, k, p.act_w);
    Gemm::new(pattern, &weights, &acts)
}

/// Draws a matrix of two's complement numbers of `width` bits.
fn numbers(rng: &mut Rng, rows: u32, cols: u32, width: u32) -> Matrix {
    let high = (1_i64 << (width - 1)) - 1;
    let shape = rng.below(3);
    let few = [-high - 1, -1, 0, 1, high];
    Matrix::from_fn(rows, cols, |_, _| match shape {
        0 => few[rng.below(5) as usize],
        1 if rng.chance(50) => 0,
        _ => rng.between(-high - 1, high),
    })
}

/// Masks weights as the engine wants them.
fn masked(p: &FigsParams, variant: Variant, pattern: Pattern, weights: &Matrix) -> Matrix {
    let sizes = weights.map(|w| w as f64);
    let mask = match (variant, p.mode, p.select) {
        (Variant::Figs, Mode::Exchange, _) => doubly(p, &sizes, pattern),
        (Variant::Figs, _, SelectBy::Pe) => tied(p, &sizes, pattern),
        _ => magnitude(&sizes, pattern),
    };
    weights.masked(&mask)
}
