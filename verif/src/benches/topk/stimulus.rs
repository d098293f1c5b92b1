// SPDX-License-Identifier: MIT OR Apache-2.0
//! Queries for the top-k engine: the awkward ones first, then random ones.

use hwgen_golden::topk::{TopkParams, Variant, adversary};

use super::{Pace, Query, Run, STREAMS};
use crate::kit::{self, Pattern, Reset, Stall};
use hwgen_sim::rng::Rng;

/// Most queries of one run.
const RUN_QUERIES: u64 = 48;
/// Most keys of the query that quick-select finds worst; its cycles grow with their square.
const WORST_KEYS: u32 = 1024;
/// One run of so many is played without stalls, to hold the engine to its cycle promises.
const PLAIN: u64 = 8;
/// Most queries of full length in such a run.
const FULL_QUERIES: usize = 6;

/// Lists runs of `cases` queries together: directed ones in order, then random ones.
pub(super) fn plan(
    p: &TopkParams,
    variant: Variant,
    seed: u64,
    cases: u64,
) -> Box<dyn Iterator<Item = Run> + '_> {
    let mut directed = directed(p, seed).into_iter();
    let mut worst = (variant == Variant::Quickselect).then(|| worst(p));
    kit::plan(seed, cases, move |rng, number, left| {
        let size = (1 + rng.below(RUN_QUERIES)).min(left) as usize;
        let queries: Vec<Query> = directed.by_ref().take(size).collect();
        if !queries.is_empty() {
            around(p, queries, number, rng)
        } else if let Some(run) = worst.take() {
            run
        } else if number.is_multiple_of(PLAIN) {
            plain(p, variant, size, number, rng)
        } else {
            let queries = (0..size).map(|_| random(p, rng)).collect();
            around(p, queries, number, rng)
        }
    })
}

/// Returns the query on which quick-select does its worst, first after a reset, as its pivots are
/// then known.
fn worst(p: &TopkParams) -> Run {
    let n = p.max_n.min(WORST_KEYS);
    let mut state = adversary::PIVOT_SEED;
    let keys = adversary::keys(p, n, n / 2, &mut state);
    let query = Query { keys, k: n / 2 };
    paced(Pace::BackToBack, Run::calm(1, STREAMS.len(), vec![query]))
}

fn paced(pace: Pace, run: Run) -> Run {
    Run { setup: pace, ..run }
}

/// Draws queries that nothing disturbs: one after the other, or all of full length without a pause,
/// as that is what latency and interval are promised for.
fn plain(p: &TopkParams, variant: Variant, size: usize, number: u64, rng: &mut Rng) -> Run {
    let one_by_one = !(number / PLAIN).is_multiple_of(2);
    let (pace, queries) = if one_by_one || p.interval(variant, p.max_n).is_none() {
        let queries = (0..size).map(|_| random(p, rng)).collect();
        (Pace::Isolated, queries)
    } else {
        let mut full = || Query {
            keys: keys(p, rng, u64::from(p.max_n)),
            k: p.max_n / 4,
        };
        let queries = (0..size.min(FULL_QUERIES)).map(|_| full()).collect();
        (Pace::BackToBack, queries)
    };
    paced(pace, Run::calm(rng.draw(), STREAMS.len(), queries))
}

/// Puts stalls and perhaps a reset around queries. The first runs show the plain cases plainly.
fn around(p: &TopkParams, queries: Vec<Query>, number: u64, rng: &mut Rng) -> Run {
    let seed = rng.draw();
    let stalls = match number {
        1 => [Stall::NONE; STREAMS.len()],
        _ => [Stall::draw_offering(rng), Stall::draw_taking(rng)],
    };
    let beats: u64 = queries
        .iter()
        .map(|q| u64::from(p.beats(q.keys.len() as u32)))
        .sum();
    let reset = (number > 1 && rng.chance(30)).then(|| Reset::draw(rng, 3 * beats + 20));
    let pace = if rng.chance(15) {
        Pace::Isolated
    } else {
        Pace::BackToBack
    };
    Run {
        seed,
        stalls: stalls.to_vec(),
        reset,
        setup: pace,
        items: queries,
    }
}

/// Lists the queries that catch what random ones hardly reach.
fn directed(p: &TopkParams, seed: u64) -> Vec<Query> {
    let mut rng = Rng::new(!seed);
    let (low, high) = p.key_range();
    let (lanes, max_n) = (p.lanes, p.max_n);
    let most_k = ((1_u64 << p.cnt_w()) - 1) as u32;
    let mut out = vec![
        Query { keys: vec![], k: 0 },
        Query {
            keys: vec![],
            k: most_k,
        },
    ];
    // Shapes that a narrow key cannot hold are cut to what it can.
    let mut add = |keys: Vec<i64>, ks: &[u32]| {
        let keys: Vec<i64> = keys.iter().map(|key| *key.clamp(&low, &high)).collect();
        for &k in ks {
            out.push(Query {
                keys: keys.clone(),
                k: k.min(most_k),
            });
        }
    };
    add(vec![high], &[0, 1, 2]);
    add(vec![low], &[1]);
    // Sizes around a beat, with every kind of k.
    for n in [lanes - 1, lanes, lanes + 1, 3 * lanes, 3 * lanes + 1] {
        let n = n.clamp(1, max_n);
        let keys = (0..n).map(|_| rng.between(low, high)).collect();
        add(keys, &[0, 1, n - 1, n, n + 1, most_k]);
    }
    let n = max_n.min(4 * lanes + 3);
    let half = n / 2;
    let each = |f: &mut dyn FnMut(u32) -> i64| (0..n).map(f).collect::<Vec<_>>();
    let digit = p.digit_w.min(p.key_w);
    let span = 1_i64 << digit;
    let base = rng.between(low, high) & !(span - 1);
    let step = 1_i64 << (p.key_w - digit);
    // All equal: index order alone decides.
    for key in [0, low, high] {
        add(vec![key; n as usize], &[1, half, n - 1, n]);
    }
    // Sorted both ways, in one digit and over the whole range.
    add(each(&mut |i| low + i64::from(i)), &[1, half, n - 1]);
    add(each(&mut |i| high - i64::from(i)), &[1, half, n - 1]);
    add(
        each(&mut |i| low + (high - low) * i64::from(i) / i64::from(n)),
        &[half],
    );
    // Extremes side by side, the sign, two values.
    add(
        each(&mut |i| if i % 2 == 0 { low } else { high }),
        &[1, half, half + 1],
    );
    add(
        each(&mut |i| if i % 3 == 0 { 0 } else { low.max(-1) }),
        &[1, half, n - 1],
    );
    add(
        each(&mut |_| if rng.chance(50) { 5 } else { 6 }),
        &[1, half, n - 1],
    );
    // Keys that differ only in the low digit, and only in the high one.
    add(
        each(&mut |_| base + rng.below(span as u64) as i64),
        &[1, half, n - 1],
    );
    add(
        each(&mut |_| low + step * rng.below(span as u64) as i64),
        &[1, half, n - 1],
    );
    // Ties at the threshold that reach across beats.
    add(
        each(&mut |i| if i % lanes == 0 { 3 } else { 2 }),
        &[1, half, n - 1],
    );
    add(
        each(&mut |i| if i < half { 2 } else { 3 }),
        &[half, half + 2, n - 1],
    );
    // As long as the engine takes.
    let long: Vec<i64> = (0..max_n).map(|_| rng.between(low, high)).collect();
    add(long, &[1, max_n / 4, max_n]);
    // As many ties as there are: the quota needs all its bits.
    add(vec![1; max_n as usize], &[max_n / 3, max_n]);
    out
}

/// Draws a query; short ones are the most frequent, because they are cheap and break most.
fn random(p: &TopkParams, rng: &mut Rng) -> Query {
    let max_n = u64::from(p.max_n);
    let lanes = u64::from(p.lanes);
    let n = match rng.below(100) {
        0..50 => rng.below(4 * lanes + 1),
        50..85 => rng.below(16 * lanes + 1),
        85..96 => rng.below(max_n / 4 + 1),
        96..99 => rng.below(max_n + 1),
        _ => max_n,
    };
    let n = n.min(max_n);
    let most_k = (1 << p.cnt_w()) - 1;
    let k = match rng.below(10) {
        0 => 0,
        1 => 1,
        2 => n,
        3 => rng.below(most_k + 1),
        4 => n.saturating_sub(1),
        5 => rng.below(17),
        _ => rng.below(n + 1),
    };
    Query {
        keys: keys(p, rng, n),
        k: k.min(most_k) as u32,
    }
}

/// Draws `n` keys of one of several shapes.
fn keys(p: &TopkParams, rng: &mut Rng, n: u64) -> Vec<i64> {
    let (low, high) = p.key_range();
    let span = high - low;
    let shape = rng.below(7);
    let centre = rng.between(low, high);
    let spread = 1 + rng.below((span as u64 / 8).max(1)) as i64;
    let few: Vec<i64> = (0..=rng.below(7)).map(|_| rng.between(low, high)).collect();
    let draw = |_| match shape {
        // The whole range.
        0 | 1 => rng.between(low, high),
        // A bell: four uniform numbers make one.
        2 => {
            let sum: i64 = (0..4).map(|_| rng.between(-spread, spread)).sum();
            (centre + sum / 2).clamp(low, high)
        }
        // Few distinct values.
        3 => few[rng.below(few.len() as u64) as usize],
        // Scores of a softmax: most far below the top, a few near it.
        4 => {
            let steps = i64::from((rng.draw() | 1).trailing_zeros() + 1);
            let below = rng.between(0, span / (2 * steps * steps) + 1);
            (high - span / (steps + 1) - below).clamp(low, high)
        }
        // Almost all equal.
        5 => {
            if rng.chance(90) {
                centre
            } else {
                rng.between(low, high)
            }
        }
        // Neighbours of one value.
        _ => (centre + rng.between(-2, 2)).clamp(low, high),
    };
    (0..n).map(draw).collect()
}

/// Returns the fixed stimulus that the speed of this harness is measured with; spelled again in
/// `cpp/topk_bench.cpp`.
pub(super) fn speed(p: &TopkParams, seed: u64, queries: u64) -> Run {
    let mut rng = Rng::new(seed);
    let (low, high) = p.key_range();
    let queries = (0..queries)
        .map(|_| {
            let n = 1 + rng.below(u64::from(p.max_n));
            let k = rng.below(n + 1) as u32;
            let keys = (0..n).map(|_| rng.between(low, high)).collect();
            Query { keys, k }
        })
        .collect();
    let stall = |seed| Stall {
        seed,
        pattern: Pattern::Random { percent: 75 },
    };
    Run {
        seed,
        stalls: vec![stall(seed + 1), stall(seed + 2)],
        reset: None,
        setup: Pace::BackToBack,
        items: queries,
    }
}
