// SPDX-License-Identifier: MIT OR Apache-2.0
//! The softmax contract against float64: exponent, rows, sums.

use approx::assert_abs_diff_eq;

use super::super::recip::Reciprocal;
use super::super::softmax::{EXP2, Numerators, Scale, exp2, key};
use super::Random;

#[test]
fn the_table_is_the_rounded_power_of_two() {
    for (s, &entry) in EXP2.iter().enumerate() {
        let exact = 16_777_216.0 * (-(s as f64) / 64.0).exp2();
        assert_eq!(entry, exact.round() as u32, "entry {s}");
    }
}

#[test]
fn the_exponential_is_right_and_monotone_over_its_whole_domain() {
    let mut worst = 0.0_f64;
    let mut before = u32::MAX;
    for t in 0..1 << 20 {
        let e = exp2(t);
        let exact = 16_777_216.0 * (-f64::from(t) / 16384.0).exp2();
        // The chord lies above by (ln 2 / 64)^2 / 8 at most; table, floor and shift round.
        let octave = f64::from(t >> 14).exp2();
        let allowed = 1.47e-5 * exact + 1.5 / octave + 0.5;
        assert_abs_diff_eq!(f64::from(e), exact, epsilon = allowed);
        worst = worst.max((f64::from(e) - exact).abs());
        assert!(e <= before, "t = {t}");
        assert!(t == 0 || key(t) >= key(t - 1));
        before = e;
    }
    assert_eq!(
        (exp2(0), exp2(1 << 14), exp2(25 << 14), exp2(26 << 14)),
        (1 << 24, 1 << 23, 1, 0)
    );
    assert!(worst < 247.0, "{worst}");
}

/// Largest error of a row's probabilities in ulps at 8, 12 and 16 bits, and those of its sums: of
/// the unrounded probabilities and of the rounded ones.
#[derive(Debug, Default)]
struct Worst {
    ulps: [f64; 3],
    exact_sum: f64,
    rounded_sum: f64,
}

impl Worst {
    fn row(&mut self, scores: &[Option<i64>], scale: Scale) {
        let soft = Numerators::of(scores, scale);
        let Some(max) = scores.iter().flatten().max().copied() else {
            assert_eq!((soft.sum, Reciprocal::of(soft.sum)), (0, None));
            return;
        };
        let recip = Reciprocal::of(soft.sum).expect("the largest counts");
        let unit = f64::from(scale.mant) / f64::from(30 + scale.pre_shift).exp2();
        let exact: Vec<f64> = scores
            .iter()
            .map(|s| s.map_or(0.0, |s| (-((max - s) as f64) * unit).exp2()))
            .collect();
        let sum: f64 = exact.iter().sum();
        let mut rounded = 0_u64;
        let mut seen: Vec<(i64, u32)> = Vec::new();
        for ((score, &e), exact) in scores.iter().zip(&soft.exps).zip(&exact) {
            let p = recip.probability(e);
            rounded += u64::from(p);
            for (bits, worst) in [8, 12, 16].into_iter().zip(&mut self.ulps) {
                let half = (1 << (16 - bits)) >> 1;
                let short = f64::from((p + half) >> (16 - bits));
                *worst = worst.max((short - exact / sum * f64::from(bits).exp2()).abs());
            }
            match score {
                None => assert_eq!((e, p), (0, 0), "masked"),
                Some(score) => seen.push((*score, p)),
            }
        }
        assert!(rounded > 0, "all zero");
        seen.sort_unstable();
        assert!(seen.is_sorted_by_key(|s| s.1), "not monotone");
        let held = soft.sum as f64 * f64::from(recip.factor);
        let held = held / f64::from(20 + recip.exponent).exp2();
        self.exact_sum = self.exact_sum.max((held - 1.0).abs());
        self.rounded_sum = self.rounded_sum.max((rounded as f64 / 65536.0 - 1.0).abs());
    }

    fn check(&self, rounded_sum: f64) {
        assert!(self.ulps[0] <= 1.0, "{self:?}");
        assert!(self.ulps[1] <= 2.0, "{self:?}");
        assert!(self.ulps[2] <= 6.0, "{self:?}");
        assert!(self.exact_sum <= 1e-3, "{self:?}");
        assert!(self.rounded_sum <= rounded_sum, "{self:?}");
    }
}

/// A scale of about `octaves` 2^-14 octaves a unit.
fn scale(rng: &mut Random, log2: i64) -> Scale {
    Scale {
        pre_shift: (-1 - log2) as i32,
        mant: rng.range(1 << 15, (1 << 16) - 1) as u32,
    }
}

#[test]
fn random_rows() {
    let mut rng = Random(2);
    let mut worst = Worst::default();
    for index in 0..400 {
        let n = if index % 40 == 0 {
            4096
        } else {
            rng.range(1, 300)
        };
        let scale = scale(&mut rng, index % 20 - 12);
        // From flat to peaked: deviations of 2^-3 to 2^3 octaves.
        let octave = 16384.0 / (f64::from(scale.mant) / f64::from(16 + scale.pre_shift).exp2());
        let deviation = octave * (rng.range(-30, 30) as f64 / 10.0).exp2();
        let masked = rng.pick(&[0, 0, 30, 100]);
        let scores: Vec<Option<i64>> = (0..n)
            .map(|_| {
                let score = rng.normal(deviation).round() as i64;
                (!rng.chance(masked)).then_some(score)
            })
            .collect();
        worst.row(&scores, scale);
    }
    // Rounding to 16 bits costs what it must: half a unit a key.
    worst.check(4096.0 * 0.5 / 65536.0);
}

#[test]
fn adversarial_rows() {
    let mut rng = Random(3);
    let mut worst = Worst::default();
    let low = -(1_i64 << 31);
    for n in [1_usize, 2, 3, 5, 64, 100, 197, 993, 1023, 1024] {
        for log2 in [-31, -10, -4, 0, 9, 14] {
            let scale = scale(&mut rng, log2);
            let octave = (16384.0 * f64::from(16 + scale.pre_shift).exp2()) as i64;
            let octave = octave / i64::from(scale.mant) + 1;
            let row = |f: &dyn Fn(usize) -> i64| (0..n).map(|j| Some(f(j))).collect::<Vec<_>>();
            // All equal; all minimal; one hot, in each direction and barely.
            worst.row(&row(&|_| 12345), scale);
            worst.row(&row(&|_| low), scale);
            worst.row(&row(&|j| if j == n / 2 { -low } else { low }), scale);
            worst.row(&row(&|j| if j == n / 2 { low } else { -low }), scale);
            worst.row(&row(&|j| i64::from(j == n - 1)), scale);
            worst.row(&row(&|j| if j == 0 { 10 * octave } else { 0 }), scale);
            // One and the rest as much together; a geometric row; steps of one unit.
            let rest = (n as f64).log2() * octave as f64;
            worst.row(&row(&|j| if j == 0 { rest as i64 } else { 0 }), scale);
            worst.row(&row(&|j| -(j as i64) * octave), scale);
            worst.row(&row(&|j| j as i64), scale);
            let masked: Vec<Option<i64>> = (0..n).map(|j| (j == n / 2).then_some(low)).collect();
            worst.row(&masked, scale);
            worst.row(&vec![None; n], scale);
        }
    }
    worst.check(1024.0 * 0.5 / 65536.0);
}

#[test]
fn the_largest_sum_has_a_reciprocal_and_a_probability() {
    for sum in [
        1,
        2,
        3,
        1 << 19,
        (1 << 20) - 1,
        1 << 24,
        (1 << 24) * 4096,
        (1 << 38) - 1,
    ] {
        let r = Reciprocal::of(sum).expect("not zero");
        assert!((1 << 19..=1 << 20).contains(&r.factor), "{sum}: {r:?}");
        let inverse = f64::from(r.factor) / f64::from(20 + r.exponent).exp2();
        assert_abs_diff_eq!(
            inverse * sum as f64,
            1.0,
            epsilon = 2.0 / f64::from(1 << 19)
        );
    }
    let one = Reciprocal::of(1 << 24).expect("not zero");
    assert_eq!((one.probability(1 << 24), one.probability(0)), (65536, 0));
    // Half up, and saturation on both sides.
    assert_eq!(
        (
            one.output(0),
            one.output(1 << 11),
            one.output((1 << 11) - 1)
        ),
        (0, 1, 0)
    );
    assert_eq!(
        (one.output(-(1 << 11)), one.output(-(1 << 11) - 1)),
        (0, -1)
    );
    assert_eq!(
        (one.output(1 << 40), one.output(-(1 << 40))),
        (32767, -32768)
    );
}

#[test]
fn an_output_is_the_quotient_of_its_sums() {
    let mut rng = Random(4);
    let mut worst = 0.0_f64;
    for index in 0..200_000 {
        // Sums near the ends of an octave, where the reciprocal is worst, and anywhere.
        let log2 = rng.range(23, 36);
        let least = rng.range(0, log2);
        let from_end = rng.range(0, 1 << least);
        let den = match index % 3 {
            0 => (1 << log2) + from_end,
            1 => (2 << log2) - 1 - from_end / 2,
            _ => rng.range(1 << log2, (2 << log2) - 1),
        };
        let recip = Reciprocal::of(den as u64).expect("not zero");
        // What a unit of the result is in the weighted sum, and what fits.
        let unit = den as f64 / 4096.0;
        let most = (unit * 32_767.0) as i64;
        let sum = rng.range(-most, most) >> rng.range(0, 9);
        let off = f64::from(recip.output(sum)) - sum as f64 / unit;
        worst = worst.max(off.abs());
        // Beyond, the nearest that fits.
        assert_eq!(recip.output(most + unit as i64 * 3), 32_767);
        assert_eq!(recip.output(-most - unit as i64 * 3), -32_768);
    }
    // Half a unit is the rounding's, 1/16 the reciprocal's, 1/64 what the sum loses.
    assert!(worst <= 0.5 + 1.0 / 16.0 + 1.0 / 64.0, "{worst}");
    assert!(worst > 0.5, "{worst}");
}
