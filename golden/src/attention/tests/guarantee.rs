// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rule `token`: no key that is left out has a true probability over the limit.

use super::super::host::{Bound, eps_log2, query_bound, unit_of};
use super::super::reference::{Keep, Setting, attention};
use super::super::softmax::Scale;
use super::super::{AttentionParams, Job, Query, Rule};
use super::{Case, Random};

/// Data as it occurs: even, with a few channels that dominate, with a key that all queries look
/// at, with keys near the query, with all of that; and with missing bits that all pull one way, up
/// in a quarter of the keys and down in the others, which is what the bound is for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Data {
    Even,
    Outliers,
    Sink,
    Near,
    All,
    Aligned,
}

// One draw after another.
#[allow(clippy::too_many_lines)]
fn case(rng: &mut Random, data: Data) -> (Case, f64, Scale) {
    let splits: [&[u32]; 5] = [&[4, 4, 4], &[8, 4], &[6, 4], &[2, 2, 2], &[5, 3]];
    let params = AttentionParams {
        d_head: rng.pick(&[8, 16, 64]),
        lanes: 8,
        k_planes: rng.pick(&splits).to_vec(),
        ..AttentionParams::default()
    };
    let d = params.d_head as usize;
    let width = params.k_w();
    let has = |one| data == one || data == Data::All;
    let unit = f64::from(width - 1).exp2() / if has(Data::Outliers) { 24.0 } else { 4.0 };
    let channel: Vec<f64> = (0..d)
        .map(|c| {
            if has(Data::Outliers) && c % 29 == 3 {
                8.0 * unit
            } else {
                unit
            }
        })
        .collect();
    let n = rng.range(2, 150) as usize;
    let mut k: Vec<Vec<i32>> = (0..n)
        .map(|_| channel.iter().map(|&c| rng.element(c, width)).collect())
        .collect();
    let mut queries: Vec<Query> = (0..3)
        .map(|_| {
            let near = rng.range(0, n as i64 - 1) as usize;
            let towards = |j: usize, c: usize, k: &[Vec<i32>]| {
                f64::from(k[j][c]) / f64::from(width - 1).exp2() * 900.0
            };
            let data: Vec<i32> = (0..d)
                .map(|c| {
                    let mut q = f64::from(rng.element(250.0, 12));
                    if has(Data::Sink) {
                        q += towards(0, c, &k);
                    }
                    if has(Data::Near) {
                        q += towards(near, c, &k);
                    }
                    q.round().clamp(-2048.0, 2047.0) as i32
                })
                .collect();
            Query {
                bound: query_bound(&data, Bound::Worst),
                data,
            }
        })
        .collect();
    if has(Data::Sink) {
        for c in &mut k[0] {
            *c = (*c * 2).clamp(-(1 << (width - 1)), (1 << (width - 1)) - 1);
        }
    }
    if data == Data::Aligned {
        let signs = queries[0].data.clone();
        for q in &mut queries {
            for (q, sign) in q.data.iter_mut().zip(&signs) {
                *q = q.abs() * sign.signum();
            }
            q.bound = query_bound(&q.data, Bound::Worst);
        }
        let low = (1 << (width - params.k_planes[0])) - 1;
        for key in &mut k {
            let up = rng.chance(25);
            for (k, &sign) in key.iter_mut().zip(&signs) {
                *k = if up == (sign > 0) {
                    *k | low
                } else {
                    *k & !low
                };
            }
        }
    }
    let eps = rng.pick(&[0.3, 0.05, 0.01, 1e-3, 1e-4, 1e-6]);
    // Scores deviate by 250 * unit * sqrt(d) or more; that is 2^-6 to 2^6 octaves.
    let deviation = 250.0 * unit * (d as f64).sqrt();
    let octaves = 16384.0 / deviation * (rng.range(-60, 60) as f64 / 10.0).exp2();
    let pre_shift = -1 - octaves.log2().floor() as i32;
    let mant = (octaves * f64::from(16 + pre_shift).exp2()).floor() as u32;
    let scale = Scale { pre_shift, mant };
    let job = Job {
        causal: rng.chance(30),
        first: n as u32 / 2,
        k_start: 1,
        v_count: 1,
        rule: Rule::Token,
        eps_log2: eps_log2(eps),
        bias: rng.chance(30),
        ..Job::plain(&params, n as u32, scale)
    };
    let bias = (0..3)
        .map(|_| {
            let mut one = || {
                if rng.chance(10) {
                    params.bias_masked()
                } else {
                    rng.normal(deviation).clamp(-8e6, 8e6) as i64
                }
            };
            (0..n).map(|_| one()).collect()
        })
        .collect();
    let v = vec![vec![0; d]; n];
    (
        Case {
            params,
            job,
            queries,
            k,
            v,
            bias,
            list: Vec::new(),
        },
        eps,
        scale,
    )
}

#[test]
fn keys_left_out_are_under_the_limit() {
    let mut rng = Random(4);
    for data in [
        Data::Even,
        Data::Outliers,
        Data::Sink,
        Data::Near,
        Data::All,
        Data::Aligned,
    ] {
        let narrow = if data == Data::Aligned { 1.3 } else { 30.0 };
        let (mut left, mut near, mut keys) = (0_u32, 0_u32, 0_u32);
        for _ in 0..150 {
            let (case, eps, scale) = case(&mut rng, data);
            let got = case.run();
            let real = |rows: &[Vec<i32>]| -> Vec<Vec<f64>> {
                rows.iter()
                    .map(|r| r.iter().map(|&x| f64::from(x)).collect())
                    .collect()
            };
            let unit = unit_of(scale);
            let queries: Vec<Vec<i32>> = case.queries.iter().map(|q| q.data.clone()).collect();
            let nats = |&b: &i64| {
                if b == case.params.bias_masked() {
                    f64::NEG_INFINITY
                } else {
                    b as f64 * unit
                }
            };
            let bias: Vec<Vec<f64>> = case
                .bias
                .iter()
                .map(|row| row.iter().map(nats).collect())
                .collect();
            let setting = Setting {
                unit,
                causal: case.job.causal.then_some(case.job.first as usize),
                keep: Keep::All,
                renorm: false,
            };
            let bias = case.job.bias.then_some(&bias[..]);
            let exact = attention(
                &real(&queries),
                &real(&case.k),
                &real(&case.v),
                bias,
                setting,
            );
            for (precision, probs) in got.precision.iter().zip(&exact.probs) {
                for (&planes, &p) in precision.iter().zip(probs) {
                    keys += 1;
                    if u32::from(planes) < case.job.k_max {
                        assert!(p <= eps, "{data:?}: {p} > {eps}, {:?}", case.job);
                        left += 1;
                        near += u32::from(p > eps / narrow);
                    }
                }
            }
        }
        // The test would see an error: many keys are left out, not all, and some narrowly.
        assert!(
            left > keys / 50 && left < keys / 10 * 9,
            "{data:?}: {left} of {keys}"
        );
        assert!(near > 10, "{data:?}: {near} near the limit");
    }
}

/// A bound that saturates the shifter must refine everything: with a limit over 1/n it would not
/// if it counted as the largest number of octaves.
#[test]
fn an_uncertainty_beyond_the_shifter_refines_all() {
    use super::super::refine::{UNKNOWN, token, uncertainty};
    let scale = Scale {
        pre_shift: 0,
        mant: 1 << 15,
    };
    let most = uncertainty(scale, 4112, 8);
    assert_eq!(
        (most, uncertainty(scale, 4113, 8)),
        (255 * 4112 / 2 + 1, UNKNOWN)
    );
    let sum = 4096 << 24;
    assert!(token(UNKNOWN, 0, sum).expect("refines") >= 4095);
    assert!(token(most, 0, sum).expect("refines") < 4095);
}
