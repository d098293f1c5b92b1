// SPDX-License-Identifier: MIT OR Apache-2.0
//! Linear symmetric quantisation of real scores to keys (SpAtten, section III-D).
//!
//! This is where floats end: what the engines see is the integers returned here.

/// Integer keys and the value of one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    /// Keys, one a score.
    pub keys: Vec<i64>,
    /// Score per key unit; `score ~ key * scale`.
    pub scale: f64,
}

/// Why scores cannot be quantised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantError {
    /// The score at this position is NaN or infinite.
    NotFinite(usize),
    /// The score at this position is negative but keys are unsigned.
    Negative(usize),
}

/// Quantises the scores that are not `masked` to `width`-bit keys as [`quantise`] does, and gives
/// those that are masked the lowest key of all, which no other score gets.
///
/// Signed keys leave the lowest one free; unsigned ones move a score that would round to 0 to 1. The
/// scale is that of the scores alone; if all are masked, it is 1.
///
/// # Panics
/// If `scores` and `masked` differ in length.
pub fn quantise_masked(
    scores: &[f64],
    masked: &[bool],
    width: u32,
    signed: bool,
) -> Result<Quantised, QuantError> {
    assert_eq!(scores.len(), masked.len(), "a flag a score");
    if !masked.contains(&true) {
        return quantise(scores, width, signed);
    }
    let unmasked = |(&s, &m): (&f64, &bool)| if m { 0.0 } else { s };
    let alone: Vec<f64> = scores.iter().zip(masked).map(unmasked).collect();
    let Quantised { keys, scale } = quantise(&alone, width, signed)?;
    let lowest = if signed { -(1_i64 << (width - 1)) } else { 0 };
    let key = |(key, m): (i64, &bool)| if *m { lowest } else { key.max(lowest + 1) };
    let keys = keys.into_iter().zip(masked).map(key).collect();
    Ok(Quantised { keys, scale })
}

/// Quantises `scores` to `width`-bit keys with one scale: `key = round_half_away(score / scale)`.
///
/// The scale maps the largest magnitude to the largest positive key, so that order is preserved
/// and no key saturates. Scores that are all zero get scale 1. `width` is 2 to 32.
pub fn quantise(scores: &[f64], width: u32, signed: bool) -> Result<Quantised, QuantError> {
    let mut peak = 0.0_f64;
    for (i, &s) in scores.iter().enumerate() {
        if !s.is_finite() {
            return Err(QuantError::NotFinite(i));
        }
        if s < 0.0 && !signed {
            return Err(QuantError::Negative(i));
        }
        peak = peak.max(s.abs());
    }
    let top = if signed {
        (1_i64 << (width - 1)) - 1
    } else {
        (1_i64 << width) - 1
    };
    // A peak so small that the division underflows is treated as zero.
    let scale = if peak / top as f64 > 0.0 {
        peak / top as f64
    } else {
        1.0
    };
    let key = |s: f64| ((s / scale).round() as i64).clamp(-top, top);
    Ok(Quantised {
        keys: scores.iter().map(|&s| key(s)).collect(),
        scale,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn error_is_half_a_unit_and_order_is_kept(
            scores in prop::collection::vec(-1e3_f64..1e3, 1..64),
            width in 4_u32..=24,
        ) {
            let q = quantise(&scores, width, true).expect("finite");
            for (&s, &k) in scores.iter().zip(&q.keys) {
                assert_abs_diff_eq!(k as f64 * q.scale, s, epsilon = q.scale * 0.500_001);
            }
            for i in 1..scores.len() {
                if scores[i - 1] < scores[i] {
                    prop_assert!(q.keys[i - 1] <= q.keys[i]);
                }
            }
        }
    }

    #[test]
    fn peak_maps_to_the_largest_key() {
        let q = quantise(&[-2.0, 1.0, 0.5], 4, true).expect("finite");
        assert_eq!(q.keys, [-7, 4, 2]);
        assert_abs_diff_eq!(q.scale, 2.0 / 7.0);
        assert_eq!(
            quantise(&[0.0, 3.0], 4, false).expect("finite").keys,
            [0, 15]
        );
        assert_eq!(quantise(&[0.0, 0.0], 4, true).expect("finite").keys, [0, 0]);
    }

    #[test]
    fn masks_take_no_part_in_the_scale_and_the_lowest_key() {
        let row = [1.0, -1e9, 2.0, f64::NEG_INFINITY, -0.5];
        let masked = [false, true, false, true, false];
        let q = quantise_masked(&row, &masked, 4, true).expect("finite but for masks");
        assert_eq!(q.keys, [4, -8, 7, -8, -2]);
        assert_abs_diff_eq!(q.scale, 2.0 / 7.0);
        let q = quantise_masked(&[0.0, -1e9, 3.0], &[false, true, false], 4, false);
        assert_eq!(q.expect("positive but for masks").keys, [1, 0, 15]);
        let q = quantise_masked(&[f64::NEG_INFINITY; 2], &[true; 2], 4, true).expect("masks");
        assert_eq!((q.keys.as_slice(), q.scale), ([-8, -8].as_slice(), 1.0));
        assert_eq!(
            quantise_masked(&[f64::NAN, -1e9], &[false, true], 4, true),
            Err(QuantError::NotFinite(0))
        );
    }

    #[test]
    fn what_is_not_a_score_is_refused_with_its_place() {
        assert_eq!(
            quantise(&[0.0, f64::NAN], 8, true),
            Err(QuantError::NotFinite(1))
        );
        assert_eq!(
            quantise(&[f64::INFINITY], 8, true),
            Err(QuantError::NotFinite(0))
        );
        assert_eq!(
            quantise(&[0.0, -1.0], 8, false),
            Err(QuantError::Negative(1))
        );
    }
}
