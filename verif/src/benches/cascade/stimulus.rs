// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layers and commands for cascade pruning: the awkward ones first, then random ones.

use hwgen_golden::cascade::{EngineParams, Op};

use super::{Case, Run};
use crate::benches::importance::Shape;
use crate::kit::{self, Reset, Stall};
use hwgen_sim::rng::Rng;

/// Most layers of one run.
const RUN_CASES: u64 = 14;
/// Queries of the sequences whose sums have more bits than short ones give them: the largest sum of
/// a token reaches each bit from 24 to 31.
const LONG: [u32; 8] = [400, 800, 1_600, 3_200, 6_400, 9_600, 19_200, 38_400];
/// Tokens of a random sequence at most, but for the few that are as long as the block takes.
const USUAL_TOKENS: u64 = 48;

/// Lists runs of `cases` commands together: directed ones first, then random ones.
pub(super) fn plan(p: &EngineParams, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
    let mut directed = directed(p, seed).into_iter();
    kit::plan(seed, cases, move |rng, number, left| {
        let mut items = directed.next().unwrap_or_else(|| random(p, rng));
        items.truncate(left.try_into().unwrap_or(usize::MAX));
        let stalled = number > 7 && rng.chance(75);
        let stalls = Stall::draw_all(rng, stalled, 3, 3);
        let reset = number > 7 && rng.chance(25);
        let reset = reset.then(|| Reset::draw(rng, 400 * items.len() as u64));
        Run {
            seed: rng.draw(),
            stalls,
            reset,
            setup: (),
            items,
        }
    })
}

/// Lists the runs that catch what random ones hardly reach.
fn directed(p: &EngineParams, seed: u64) -> Vec<Vec<Case>> {
    let (all, heads) = (p.importance.max_tokens, p.importance.max_heads);
    let mut seeds = Rng::new(!seed);
    let mut case = |change: &dyn Fn(&mut Case)| {
        let mut case = Case {
            seed: seeds.draw(),
            shape: Shape::Uniform,
            queries: 2,
            outputs: 3,
            op: Op::Layer.code(),
            tokens: 0,
            heads: 0,
            keep_tokens: all,
            keep_heads: heads,
            window: 0,
        };
        change(&mut case);
        case
    };
    let start = Op::Start.code();
    let small = 8.min(all - 1);
    // Everything survives, then everything but one, then one; a sequence as long as fits.
    let whole = vec![
        case(&|c| (c.op, c.tokens, c.heads) = (start, all, heads)),
        case(&|c| c.queries = 1),
        case(&|c| c.keep_tokens = all - 1),
        case(&|c| (c.keep_tokens, c.keep_heads) = (all / 2, heads.div_ceil(2))),
        case(&|c| (c.keep_tokens, c.keep_heads, c.shape) = (1, 1, Shape::Extreme)),
        case(&|c| c.queries = 3),
        case(&|c| (c.op, c.tokens, c.heads) = (start, all, heads)),
    ];
    // Every refusal, with what is wrong beyond it, and a legal command behind it.
    let wrong = vec![
        case(&|_| {}),
        case(&|c| c.op = 2),
        case(&|c| (c.op, c.tokens, c.heads) = (start, 0, heads)),
        case(&|c| (c.op, c.tokens, c.heads) = (start, small, heads)),
        case(&|c| (c.op, c.tokens, c.keep_heads) = (3, 1, 0)),
        case(&|c| (c.op, c.tokens, c.heads) = (start, (all + 1) % (1 << p.importance.tok_w()), 0)),
        case(&|c| (c.op, c.tokens, c.heads, c.keep_tokens) = (start, 1, 0, 0)),
        case(&|c| (c.op, c.tokens, c.heads) = (start, 1, (heads + 1) % (1 << p.heads_w()))),
        case(&|c| c.keep_tokens = 0),
        case(&|c| c.keep_heads = 0),
        case(&|c| c.keep_tokens = small / 2),
        case(&|c| (c.op, c.queries) = (2, 0)),
    ];
    // Tokens join until there is no room; the window protects against what importance says.
    let mut grow = vec![case(&|c| (c.op, c.tokens, c.heads) = (start, all - 2, 1))];
    for step in 0..4 {
        grow.push(case(&|c| (c.op, c.window, c.queries) = (2, step, 1)));
    }
    grow.push(case(&|c| (c.keep_tokens, c.window) = (1, 3)));
    grow.push(case(&|c| (c.keep_tokens, c.window) = (2, all)));
    // Small sums behind a sequence of large ones, which count no more.
    let again = vec![
        case(&|c| (c.op, c.tokens, c.heads) = (start, small, heads)),
        case(&|c| (c.queries, c.outputs, c.shape) = (4, 8, Shape::Extreme)),
        case(&|c| (c.op, c.tokens, c.heads) = (start, small, heads)),
        case(&|c| {
            (c.queries, c.outputs, c.shape) = (3, 9, Shape::Tiny);
            (c.keep_tokens, c.keep_heads) = (small / 2, heads.div_ceil(2));
        }),
    ];
    // The largest sum has all bits of a key, and recent tokens stay all the same.
    let full = vec![
        case(&|c| (c.op, c.tokens, c.heads) = (start, small, heads)),
        case(&|c| {
            (c.queries, c.outputs, c.shape) = (1, 0, Shape::Full);
            (c.keep_tokens, c.window) = (2, 2);
        }),
    ];
    // Sums of many bits, of which each layer's cut compares two.
    let mut long = Vec::new();
    for queries in LONG {
        let (tokens, heads) = (6.min(all), heads.min(5));
        long.push(case(&|c| {
            (c.op, c.tokens, c.heads) = (start, tokens, heads);
        }));
        for keep in (1..tokens).rev() {
            long.push(case(&|c| {
                if keep + 1 == tokens {
                    (c.queries, c.outputs, c.shape) = (queries, queries / 4, Shape::Largest);
                } else {
                    // A few bits below those that all have in common.
                    (c.queries, c.outputs) = (9, 4);
                }
                (c.keep_tokens, c.keep_heads) = (keep, keep.min(heads));
            }));
        }
    }
    // Quiet heads beside loud ones that do not count: those would cut the quiet ones to ties.
    let mut loud = Vec::new();
    for _ in 0..6 {
        let some = (heads / 2).max(1);
        loud.push(case(&|c| (c.op, c.tokens, c.heads) = (start, small, some)));
        loud.push(case(&|c| {
            (c.queries, c.outputs, c.shape) = (1, 300, Shape::Tiny);
            c.keep_heads = (some / 2).max(1);
        }));
        loud.push(case(&|c| {
            (c.outputs, c.shape, c.keep_heads) = (300, Shape::Tiny, 1);
        }));
    }
    vec![whole, wrong, grow, again, full, long, loud]
}

/// Draws a sequence and some layers of it, and perhaps another one.
fn random(p: &EngineParams, rng: &mut Rng) -> Vec<Case> {
    let sums = &p.importance;
    let field = |width: u32| (1_u64 << width) - 1;
    let mut out = Vec::new();
    let (mut total, mut heads) = (0_u64, 0_u64);
    for at in 0..=rng.below(RUN_CASES) {
        let begin = at == 0 || rng.chance(6);
        if begin {
            let most = u64::from(sums.max_tokens);
            let usual = if rng.chance(97) { USUAL_TOKENS } else { most };
            total = 1 + rng.below(usual.min(most));
            heads = 1 + rng.below(u64::from(sums.max_heads).min(24));
        }
        let op = if begin {
            Op::Start
        } else if rng.chance(20) {
            Op::Token
        } else {
            Op::Layer
        };
        total += u64::from(op == Op::Token);
        let keep = |rng: &mut Rng, most: u64| match rng.below(4) {
            0 => most,
            1 => 1 + rng.below(most),
            _ => most - rng.below(1 + most / 4),
        };
        let window = match rng.below(4) {
            0 | 1 => 0,
            2 => rng.below(1 + total / 2),
            _ => rng.below(field(sums.tok_w())),
        };
        let traffic = [0, 1, 1, 2, 4, 9];
        let mut case = Case {
            seed: rng.draw(),
            shape: Shape::ALL[rng.below(3) as usize],
            queries: traffic[rng.below(6) as usize],
            outputs: traffic[rng.below(6) as usize],
            op: op.code(),
            tokens: if begin {
                total as u32
            } else {
                rng.draw() as u32
            },
            heads: if begin {
                heads as u32
            } else {
                rng.draw() as u32
            },
            keep_tokens: keep(rng, total) as u32,
            keep_heads: keep(rng, heads) as u32,
            window: window as u32,
        };
        if rng.chance(6) {
            // One field of noise, which may be legal.
            match rng.below(5) {
                0 => case.op = rng.below(4) as u32,
                1 => case.tokens = rng.draw() as u32,
                2 => case.heads = rng.draw() as u32,
                3 => case.keep_tokens = 0,
                _ => case.keep_heads = 0,
            }
        }
        // Ports have no more bits than these.
        case.tokens &= field(sums.tok_w()) as u32;
        case.window &= field(sums.tok_w()) as u32;
        case.keep_tokens = case.keep_tokens.min(field(sums.tok_w()) as u32);
        case.heads &= field(p.heads_w()) as u32;
        case.keep_heads = case.keep_heads.min(field(p.heads_w()) as u32);
        out.push(case);
    }
    out
}
