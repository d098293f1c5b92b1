// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the modules compute, straight from the numerics of the attention core.

/// Distance to key and exponential, both 0 and meaningless key if not live.
pub(crate) fn exp2(diff: u64, pre_shift: i32, mant: u64) -> (u64, u64) {
    let shifted = if pre_shift >= 0 {
        u128::from(diff) >> pre_shift
    } else {
        u128::from(diff) << -pre_shift
    };
    let x = shifted.min((1 << 20) - 1) as u64;
    let t = (x * mant) >> 16;
    let (i, f) = (t >> 14, t & 0x3fff);
    let (seg, lo) = ((f >> 8) as i32, f & 255);
    // The points lie far from any tie, so the float decides none of them.
    let point = |s: i32| (2_f64.powi(24) * 2_f64.powf(-f64::from(s) / 64.0)).round() as u64;
    let y = point(seg) - (((point(seg) - point(seg + 1)) * lo) >> 8);
    let e = if i > 31 {
        0
    } else {
        (y + if i > 0 { 1 << (i - 1) } else { 0 }) >> i
    };
    ((t >> 7).min(4095), e)
}

/// Reciprocal and exponent of a sum.
pub(crate) fn recip(den: u64) -> (u64, u32) {
    if den == 0 {
        return (0, 0);
    }
    let i = den.ilog2();
    let x = if i >= 19 {
        den >> (i - 19)
    } else {
        den << (19 - i)
    };
    ((1 << 39) / x, i)
}

/// An element of the output, of a sum without its offset.
pub(crate) fn norm(acc: i64, offset: i64, acc_w: u32, recip: u64, i: u32) -> i64 {
    let sum = (acc + offset) << (64 - acc_w) >> (64 - acc_w);
    let cut = (sum >> (i.max(23) - 17)).clamp(-(1 << 21), (1 << 21) - 1);
    let rounded = ((2 * cut + 1) * recip as i64 + (1 << 25)) >> 26;
    rounded.clamp(-32768, 32767)
}

/// A probability.
pub(crate) fn prob(e: u64, recip: u64, i: u32) -> u64 {
    ((u128::from(e) * u128::from(recip) + (1 << (3 + i))) >> (4 + i)) as u64
}

/// How tokens are selected.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    All,
    TopK(u64),
    /// At least this much of the sum.
    Mass(u64),
}

/// Marks the selected ones of `(key, e, live)`: the shortest prefix in the order of key and position
/// that reaches the target, and at least one.
pub(crate) fn select(tokens: &[(u64, u64, bool)], rule: Rule) -> Vec<bool> {
    let mut order: Vec<usize> = (0..tokens.len()).filter(|&j| tokens[j].2).collect();
    order.sort_by_key(|&j| (tokens[j].0, j));
    let mut chosen = vec![false; tokens.len()];
    let (mut count, mut sum) = (0, 0);
    for j in order {
        let enough = match rule {
            Rule::All => false,
            Rule::TopK(k) => count >= k,
            Rule::Mass(target) => count > 0 && sum >= target,
        };
        if enough {
            break;
        }
        chosen[j] = true;
        count += 1;
        sum += tokens[j].1;
    }
    chosen
}
