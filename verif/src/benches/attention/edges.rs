// SPDX-License-Identifier: MIT OR Apache-2.0
//! Limits that one unit decides: random jobs hardly ever meet one, so that a limit whose low bits
//! are wrong would go unnoticed.

use hwgen_golden::attention::{AttentionParams, HEAD_LIMIT_W, PROB_ONE, QueryStat, run_job};

use super::LiveJob;
use super::case::Case;
use hwgen_sim::rng::Rng;

/// Elements of keys that are scored at most while a limit is looked for, which takes up to 36 runs
/// of the model.
const MOST_ELEMENTS: u32 = 1_024;

/// Widths of fields that are moved.
const EPS_W: u32 = 20;
const MASS_W: u32 = 16;

/// Changes a random job, if `chance` percent say so: its limit is moved to where one unit decides
/// about a key of its first query.
pub(super) fn sharpen(p: &AttentionParams, case: &mut Case, chance: u32) {
    // Draws of its own, so that all other jobs stay as they are.
    let rng = &mut Rng::new(case.seed ^ 0x5eed_ed6e);
    if !rng.chance(chance) {
        return;
    }
    let planes = p.k_planes.len() as u64;
    if case.rule != 0 && planes > 1 {
        // A plane is left to refine with.
        let start = 1 + rng.below(planes - 1);
        let most = start + 1 + rng.below(planes - start);
        (case.k_start, case.k_max) = (start as u32, most as u32);
    }
    if case.rule == 2 {
        spread(case, rng);
    }
    if case.keys * p.d_head > MOST_ELEMENTS {
        return;
    }
    if case.rule == 2 {
        let limit = |c: &mut Case, at| c.eps_log2 = at as u32;
        let at = place(p, case, rng, EPS_W, limit, refined);
        case.eps_log2 = at.map_or(case.eps_log2, |at| at as u32);
    } else if case.rule == 1 {
        // A smaller limit refines more: the search goes from large to small.
        let limit = |c: &mut Case, at| c.head_limit = (1 << HEAD_LIMIT_W) - 1 - at;
        let at = place(p, case, rng, HEAD_LIMIT_W, limit, refined);
        case.head_limit = at.map_or(case.head_limit, |at| (1 << HEAD_LIMIT_W) - 1 - at);
    }
    if case.select == 2 {
        let selected = |stat: &QueryStat| stat.selected;
        let mass = |c: &mut Case, at| c.mass = 1 + at as u32;
        let at = place(p, case, rng, MASS_W, mass, selected);
        case.mass = at.map_or(case.mass, |at| 1 + at as u32);
    }
}

/// Spreads the operands of rule `token` over their ranges: a host may state any bound.
fn spread(case: &mut Case, rng: &mut Rng) {
    (case.bound_part, case.bound_up) = if rng.chance(50) {
        (1, rng.below(12) as u32)
    } else {
        (1 << rng.below(14), 0)
    };
    let shift = case.pre_shift + rng.below(u64::from(case.bound_up) + 1) as i32;
    case.pre_shift = shift.min(31);
    if rng.chance(30) {
        case.mant = 1 + rng.below((1 << 16) - 1) as u32;
    }
}

fn refined(stat: &QueryStat) -> u32 {
    stat.refined
}

/// Returns a value of the field that `set` sets, of `width` bits, at which one unit decides whether
/// the first query's `count` reaches a number drawn at random: the least that does or the one
/// before it. `None` if it always does or never.
fn place(
    p: &AttentionParams,
    case: &Case,
    rng: &mut Rng,
    width: u32,
    set: impl Fn(&mut Case, u64),
    count: impl Fn(&QueryStat) -> u32,
) -> Option<u64> {
    let mut one = case.clone();
    one.queries = 1;
    let live = one.live(p);
    let count_at = |value: u64| {
        let mut moved = one.clone();
        set(&mut moved, value);
        let LiveJob {
            queries,
            k,
            v,
            bias,
            list,
            ..
        } = &live;
        let (bias, list) = (bias.as_deref(), list.as_deref());
        let result = run_job(p, &moved.job(), queries, k, v, bias, list);
        result.stats.first().map_or(0, &count)
    };
    let (mut low, mut high) = (0, (1 << width) - 1);
    let (least, most) = (count_at(low), count_at(high));
    if least >= most {
        return None;
    }
    let number = least + 1 + rng.below(u64::from(most - least)) as u32;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if count_at(middle) >= number {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(if rng.chance(50) { high } else { low })
}

/// Makes a job illegal in one field or several, so that the errors' order tells, with values next
/// to legal ones and ones that differ from them in a single bit.
pub(super) fn spoil(p: &AttentionParams, case: &mut Case) {
    let rng = &mut Rng::new(case.seed ^ 0x0bad_10b5);
    if !rng.chance(6) {
        return;
    }
    let past = (1 << p.tok_w()) - 1 - p.max_tokens;
    for _ in 0..=rng.below(3) {
        match rng.below(8) {
            0 => case.keys = 0,
            1 if past > 0 => case.keys = p.max_tokens + 1 + rng.below(past.into()) as u32,
            2 => (case.select, case.k) = (1, 0),
            3 => case.k_start = 0,
            4 => (case.k_start, case.k_max) = (2, 1),
            5 => case.v_count = 0,
            6 => case.rule = 3,
            7 => case.mass = PROB_ONE + (1 << rng.below(16)),
            _ => case.select = 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use hwgen_golden::attention::AttentionParams;

    use super::super::stimulus::random;
    use super::*;

    fn core() -> AttentionParams {
        AttentionParams {
            lanes: 16,
            d_head: 8,
            max_tokens: 32,
            ..AttentionParams::default()
        }
    }

    /// Returns the keys that the first query of a case refines.
    fn refined_by(p: &AttentionParams, case: &Case) -> u32 {
        let live = case.live(p);
        let (bias, list) = (live.bias.as_deref(), live.list.as_deref());
        let queries = &live.queries[..1];
        let result = run_job(p, &live.job, queries, &live.k, &live.v, bias, list);
        result.stats[0].refined
    }

    #[test]
    fn one_unit_decides_about_a_key() {
        let (p, mut rng) = (core(), Rng::new(1));
        let (mut tokens, mut heads) = (0, 0);
        for _ in 0..1_000 {
            let case = random(&p, &mut rng);
            let here = refined_by(&p, &case);
            for step in [-1, 1] {
                let mut moved = case.clone();
                if case.rule == 2 {
                    moved.eps_log2 = case.eps_log2.saturating_add_signed(step);
                    tokens += u32::from(refined_by(&p, &moved) != here);
                } else if case.rule == 1 {
                    moved.head_limit = case.head_limit.saturating_add_signed(step.into());
                    heads += u32::from(refined_by(&p, &moved) != here);
                }
            }
        }
        assert!(tokens > 25 && heads > 25, "{tokens} and {heads}");
    }

    #[test]
    fn jobs_are_refused_for_every_reason() {
        let (p, mut rng) = (core(), Rng::new(1));
        let mut seen = [0; 6];
        for _ in 0..2_000 {
            let case = random(&p, &mut rng);
            seen[case.job().error(&p).code() as usize] += 1;
        }
        assert!(seen.iter().all(|&count| count > 2), "{seen:?}");
    }
}
