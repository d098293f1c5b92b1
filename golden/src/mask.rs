// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which scores of a row are masks: what models write where a key must not be seen.
//!
//! Models add minus infinity, the least value of a type, or a constant such as -10000 or -1e9 to the
//! scores that they mask (HuggingFace Transformers has all three). One such value would set the scale
//! of its row and make all real scores equal.

/// A mask other than minus infinity and a type's least value is at most this.
pub const MASK_MOST: f64 = -1000.0;
/// It is as many times as far from zero as every score that is not masked.
pub const MASK_RATIO: f64 = 32.0;

/// Least finite values of F16, BF16, F32 and F64.
const LEAST: [f64; 4] = [
    -65504.0,
    -3.389_531_389_251_535_5e38,
    f32::MIN as f64,
    f64::MIN,
];

/// Tells whether a score is minus ten to the power of four or more, or what BF16 or F32 make of that:
/// so people write masks by hand.
fn round(score: f64) -> bool {
    let exact = -10_f64.powf((-score).log10().round());
    let brain = {
        // The upper half of an F32, rounded to even.
        let bits = (exact as f32).to_bits();
        f32::from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
    };
    exact <= -1e4 && [exact, f64::from(exact as f32), f64::from(brain)].contains(&score)
}

/// Tells for each score of a row whether it is a mask.
///
/// A mask is minus infinity; or the least value of F16, BF16, F32, F64 or of the type that the
/// scores were stored in (`stored`), or minus ten to the power of four or more, where no score
/// of the row but a mask is below it; or far below everything else: at most [`MASK_MOST`], and
/// [`MASK_RATIO`] times as far from zero as every score above it. At least one score is no mask,
/// unless all are minus infinity or a type's least value. A mask is below every score that is none, so that taking an outlier for a mask never
/// changes what is ranked above it. NaN is no mask.
pub fn masked(scores: &[f64], stored: Option<f64>) -> Vec<bool> {
    let mut order: Vec<usize> = (0..scores.len()).filter(|&i| !scores[i].is_nan()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    // The largest magnitude from each place of the order on.
    let mut rest = vec![0.0_f64; order.len() + 1];
    for (at, &i) in order.iter().enumerate().rev() {
        rest[at] = rest[at + 1].max(scores[i].abs());
    }
    let least = |s: f64| s == f64::NEG_INFINITY || LEAST.contains(&s) || stored == Some(s);
    let mut masks = order.iter().take_while(|&&i| least(scores[i])).count();
    let round = |&i: &usize| least(scores[i]) || round(scores[i]);
    let rounds = order.iter().copied().take_while(round).count();
    if rounds < order.len() {
        masks = rounds;
    }
    let far = |&at: &usize| {
        let lowest = scores[order[at - 1]];
        lowest <= MASK_MOST && lowest <= -MASK_RATIO * rest[at]
    };
    if let Some(at) = (masks + 1..order.len()).rev().find(far) {
        masks = at;
    }
    let mut out = vec![false; scores.len()];
    for &i in &order[..masks] {
        out[i] = true;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns the positions of the masks.
    fn of(scores: &[f64]) -> Vec<usize> {
        let masked = masked(scores, None);
        (0..scores.len()).filter(|&i| masked[i]).collect()
    }

    #[test]
    fn what_models_write() {
        for mask in [
            f64::NEG_INFINITY,
            -65504.0,
            f64::from(f32::MIN),
            // BF16's: all of the mantissa's 8 bits set, with the largest exponent.
            -(2.0 - 2.0_f64.powi(-7)) * 2.0_f64.powi(127),
            f64::MIN,
            -1e4,
            -1e9,
            -1e30,
        ] {
            assert_eq!(of(&[1.0, mask, 2.0, mask, 3.0]), [1, 3], "{mask}");
            // With the score still in it.
            assert_eq!(
                of(&[1.0, mask + 5.5, 2.0, mask - 7.25, -3.0]),
                [1, 3],
                "{mask}"
            );
            assert_eq!(of(&[mask, 0.0]), [0], "{mask}");
        }
        assert_eq!(of(&[f64::NEG_INFINITY, 1.0, -1e9, -1e4, 2.0]), [0, 2, 3]);
        // Beside raw scores, which are large; -9984 is what BF16 makes of -10000.
        assert_eq!(of(&[-1e4, 900.0, -1e4, -750.0, -9984.0]), [0, 2, 4]);
        assert_eq!(of(&[-998_244_352.0, 3e8]), [0]);
        assert_eq!(of(&[-1e9, 3e8, -2e8]), [0]);
        assert_eq!(masked(&[-32768.0, 2000.0], Some(-32768.0)), [true, false]);
        assert_eq!(masked(&[-32768.0, 2000.0], None), [false, false]);
    }

    #[test]
    fn a_row_of_nothing_but_masks() {
        assert_eq!(of(&[f64::NEG_INFINITY, f64::NEG_INFINITY]), [0, 1]);
        assert_eq!(of(&[f64::from(f32::MIN); 3]), [0, 1, 2]);
        // Nothing says that it is one.
        assert_eq!(of(&[-1e4, -1e4]), [0_usize; 0]);
        assert_eq!(of(&[]), [0_usize; 0]);
    }

    #[test]
    fn outliers_are_no_masks() {
        for row in [
            &[-50.0, 1.0, 2.0, 3.0][..],
            &[-900.0, 1.0, 2.0],
            &[-291_021.0, 120_000.0, -70_000.0, -65504.0],
            &[-3000.0, 100.0, 5.0],
            &[1e9, 1.0, 2.0],
            &[f64::NAN, 1.0],
        ] {
            assert_eq!(of(row), [0_usize; 0], "{row:?}");
        }
    }

    proptest! {
        #[test]
        fn masks_are_below_everything_else(
            scores in prop::collection::vec(
                prop_oneof![-1e5_f64..1e5, Just(-1e9), Just(f64::NEG_INFINITY), Just(-65504.0)],
                1..32,
            ),
        ) {
            let masked = masked(&scores, None);
            let of = |wanted| {
                let all = scores.iter().zip(&masked);
                all.filter(move |(_, m)| **m == wanted).map(|(s, _)| *s)
            };
            let highest = of(true).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(of(false).all(|s| s > highest));
            prop_assert!(scores.iter().zip(&masked).all(|(s, m)| s.is_finite() || *m));
        }
    }
}
