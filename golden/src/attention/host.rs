// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a host computes, in floats, before it starts a job: integers from tensors, and a job's
//! thresholds from real ones. Nothing here is in a datapath.

use std::f64::consts::LOG2_E;

use super::softmax::{EXP_FRAC, OCTAVE_FRAC, Scale};
use super::{AttentionParams, BOUND_W, HEAD_LIMIT_W, PROB_ONE, QUERY_W};
use crate::quant::{QuantError, quantise};

/// What the datapath's own rounding may cost the guarantee of rule `token`, in 2^-14 octaves.
/// Shift and product round the uncertainty down by less than 1 after its own correction, the
/// scores of the keys in the sum by less than 2; chord and rounding of the exponentials add less
/// than 2; the rounding of `mant` (2^-16) counts over some 26 octaves and adds less than 7.
pub const EPS_MARGIN: u32 = 16;

/// What shares one scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granularity {
    /// All elements of a head.
    Head,
    /// The elements of one channel, over all tokens.
    Channel,
}

/// A head's tensor in integers.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Integers, a row a token.
    pub rows: Vec<Vec<i32>>,
    /// The real value of one unit, a channel each; equal where the head shares one.
    pub scales: Vec<f64>,
}

/// Quantises a head's tensor (a row a token, all of one length) to `width` bits, symmetrically.
///
/// The error counts elements in row order. Keys quantised by channel need the query multiplied
/// with [`Tensor::scales`] before it is quantised itself ([`fold`]), and its unit is then 1.
pub fn quantise_tensor(
    rows: &[Vec<f64>],
    width: u32,
    granularity: Granularity,
) -> Result<Tensor, QuantError> {
    let d = rows.first().map_or(0, Vec::len);
    let real = |column: Option<usize>| -> Vec<f64> {
        let whole = rows.iter().flat_map(|row| match column {
            Some(c) => &row[c..=c],
            None => &row[..],
        });
        whole.copied().collect()
    };
    match granularity {
        Granularity::Head => {
            let q = quantise(&real(None), width, true)?;
            let ints: Vec<i32> = q.keys.iter().map(|&x| x as i32).collect();
            Ok(Tensor {
                rows: ints.chunks(d.max(1)).map(<[i32]>::to_vec).collect(),
                scales: vec![q.scale; d],
            })
        }
        Granularity::Channel => {
            let mut out = Tensor {
                rows: vec![vec![0; d]; rows.len()],
                scales: Vec::with_capacity(d),
            };
            for channel in 0..d {
                let at = |e| match e {
                    QuantError::NotFinite(row) => QuantError::NotFinite(row * d + channel),
                    QuantError::Negative(row) => QuantError::Negative(row * d + channel),
                };
                let q = quantise(&real(Some(channel)), width, true).map_err(at)?;
                for (row, &x) in out.rows.iter_mut().zip(&q.keys) {
                    row[channel] = x as i32;
                }
                out.scales.push(q.scale);
            }
            Ok(out)
        }
    }
}

/// Multiplies each query with the scales of the keys' channels.
pub fn fold(queries: &[Vec<f64>], key_scales: &[f64]) -> Vec<Vec<f64>> {
    let scaled = |row: &Vec<f64>| {
        let pairs = row.iter().zip(key_scales);
        pairs.map(|(&q, &s)| q * s).collect()
    };
    queries.iter().map(scaled).collect()
}

/// Least and largest nats of a raw unit of score that the softmax's shifter reaches: an octave has
/// 14 fractional bits, the shifter goes from 16 bits up to 31 down.
pub const SOFTMAX_UNIT: [f64; 2] = [
    1.0 / ((1_u64 << 46) as f64 * LOG2_E),
    (1_u64 << (16 - OCTAVE_FRAC)) as f64 / LOG2_E,
];

/// Returns the scale of the softmax for scores of which one raw unit is `unit` nats:
/// q scale * k scale * the softmax's own scale, 1 / sqrt(d) in most models. `None` outside of [`SOFTMAX_UNIT`].
pub fn softmax_scale(unit: f64) -> Option<Scale> {
    let octaves = unit * LOG2_E * f64::from(1 << OCTAVE_FRAC);
    if !(octaves.is_finite() && octaves > 0.0) {
        return None;
    }
    // octaves = mant / 2^(16 + pre_shift) with mant in 2^15..2^16.
    let mut pre_shift = -1 - octaves.log2().floor() as i32;
    let mut mant = (octaves * f64::from(16 + pre_shift).exp2()).round() as u32;
    if mant == 1 << 16 {
        mant = 1 << 15;
        pre_shift -= 1;
    }
    (-16..=31)
        .contains(&pre_shift)
        .then_some(Scale { pre_shift, mant })
}

/// Returns what one unit of the softmax's scale stands for, in nats: the inverse of
/// [`softmax_scale`].
pub fn unit_of(scale: Scale) -> f64 {
    let octaves = f64::from(scale.mant) / f64::from(16 + scale.pre_shift).exp2();
    octaves / f64::from(1 << OCTAVE_FRAC) / LOG2_E
}

/// Nats below the largest score at which a key's exponential is 0: it has 2^-24 units, and the score
/// itself is within one unit of the softmax's octaves.
pub const NEGLIGIBLE: f64 = 24.0;

/// Returns the largest bias in nats that fits the core for any key of any query, whatever the planes
/// of K: `unit` nats are one unit of the product of a query and a key of 12 bits, `d` elements each.
///
/// A bias has a bit more than a score ([`AttentionParams::bias_w`]), so this grows with the unit.
pub fn largest_bias(unit: f64, d: usize) -> f64 {
    let bits = 2 * QUERY_W + d.next_power_of_two().ilog2() + 1;
    // The lowest one is the mask, and rounding may add half a unit of narrow keys.
    unit * (f64::from(bits).exp2() - f64::from(1 << QUERY_W))
}

/// Returns a bias of `nats` in raw score units of `unit` nats, saturated; minus infinity masks.
pub fn bias(params: &AttentionParams, nats: f64, unit: f64) -> i64 {
    let masked = params.bias_masked();
    if nats == f64::NEG_INFINITY {
        masked
    } else {
        ((nats / unit).round() as i64).clamp(masked + 1, -(masked + 1))
    }
}

/// Returns the biases of one query's visible keys, as [`bias`] does. Where one would saturate, all are
/// shifted together so that the largest is 0, which no probability sees.
pub fn biases(params: &AttentionParams, nats: &[f64], unit: f64) -> Vec<i64> {
    let most = -(params.bias_masked() + 1) as f64;
    let seen = || nats.iter().copied().filter(|b| b.is_finite());
    let shift = if seen().all(|b| (b / unit).abs() <= most) {
        0.0
    } else {
        seen().fold(f64::NEG_INFINITY, f64::max)
    };
    nats.iter().map(|b| bias(params, b - shift, unit)).collect()
}

/// Returns rule `token`'s limit for the probability `eps` (more than 0, at most 1), with the
/// margin that makes it a guarantee.
pub fn eps_log2(eps: f64) -> u32 {
    let octaves = (-eps.log2() * f64::from(1 << OCTAVE_FRAC)).ceil().max(0.0);
    (octaves as u32 + EPS_MARGIN).min((1 << 20) - 1)
}

/// Returns rule `head`'s limit: queries whose largest probability is under `threshold` (more than
/// 0) are refined.
pub fn head_limit(threshold: f64) -> u64 {
    let limit = (f64::from(1 << EXP_FRAC) / threshold).floor();
    limit.min(((1_u64 << HEAD_LIMIT_W) - 1) as f64) as u64
}

/// Returns the mass that leaves out at most the probability `eps`, 0 to 1.
pub fn mass(eps: f64) -> u32 {
    ((1.0 - eps) * f64::from(PROB_ONE))
        .ceil()
        .clamp(0.0, f64::from(PROB_ONE)) as u32
}

/// How far scores of missing planes are trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// As far as they can move at all: rule `token` guarantees its limit.
    Worst,
    /// This many standard deviations of the difference of two scores whose missing bits are
    /// uniform and independent.
    Sigmas(f64),
}

/// Returns the bound that goes with a query, in raw score units a unit of the keys.
pub fn query_bound(query: &[i32], bound: Bound) -> u32 {
    let exact = match bound {
        Bound::Worst => query.iter().map(|q| f64::from(q.abs())).sum(),
        // Each of two keys varies by (2^r)^2 / 12 an element.
        Bound::Sigmas(z) => {
            let square: f64 = query.iter().map(|&q| f64::from(q).powi(2)).sum();
            z * (square / 6.0).sqrt()
        }
    };
    exact.ceil().clamp(0.0, f64::from((1 << BOUND_W) - 1)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    #[test]
    fn scales_come_back_within_a_rounding_of_the_multiplier() {
        for step in -400..400 {
            let unit = 1e-4 * (f64::from(step) * 0.01).exp();
            let scale = softmax_scale(unit).expect("in range");
            assert!((1 << 15..1 << 16).contains(&scale.mant));
            assert_relative_eq!(unit_of(scale), unit, max_relative = 1.0 / 65536.0);
        }
        assert_eq!(softmax_scale(0.0), None);
        assert_eq!(softmax_scale(-1.0), None);
        assert_eq!(softmax_scale(f64::NAN), None);
        assert_eq!(softmax_scale(1e-20), None);
        assert_eq!(softmax_scale(1e9), None);
        let [low, high] = SOFTMAX_UNIT;
        for (inside, outside) in [(low * 1.001, low * 0.999), (high * 0.999, high * 1.001)] {
            assert!(softmax_scale(inside).is_some());
            assert_eq!(softmax_scale(outside), None);
        }
        // One octave a unit: 2^14 = mant / 2^(16 + pre_shift).
        let octave = Scale {
            pre_shift: -15,
            mant: 1 << 15,
        };
        assert_eq!(softmax_scale(std::f64::consts::LN_2), Some(octave));
    }

    #[test]
    fn tensors_by_head_and_by_channel() {
        let rows = [vec![1.0_f64, -0.5], vec![0.5, 0.25]];
        let head = quantise_tensor(&rows, 4, Granularity::Head).expect("finite");
        assert_eq!(head.rows, [[7, -4], [4, 2]]);
        let channel = quantise_tensor(&rows, 4, Granularity::Channel).expect("finite");
        assert_eq!(channel.rows, [[7, -7], [4, 4]]);
        assert_abs_diff_eq!(channel.scales[1], 0.5 / 7.0);
        assert_abs_diff_eq!(fold(&rows[..1], &[2.0, 4.0])[0][1], -2.0);
        let bad = [vec![1.0_f64, 0.0], vec![0.5, f64::NAN]];
        for granularity in [Granularity::Head, Granularity::Channel] {
            let error = quantise_tensor(&bad, 4, granularity);
            assert_eq!(error, Err(QuantError::NotFinite(3)));
        }
        let empty = quantise_tensor(&[], 4, Granularity::Channel).expect("nothing");
        assert_eq!(empty.rows.len(), 0);
    }

    #[test]
    fn thresholds_at_values_known_by_hand() {
        assert_eq!(head_limit(0.5), 1 << 25);
        assert_eq!(head_limit(1e-9), (1 << 36) - 1);
        assert_eq!(eps_log2(0.25), (2 << 14) + EPS_MARGIN);
        assert_eq!(eps_log2(1.0), EPS_MARGIN);
        assert_eq!(eps_log2(1e-300), (1 << 20) - 1);
        assert_eq!((mass(0.0), mass(0.5), mass(1.0)), (65536, 32768, 0));
        assert_eq!(mass(1e-5), 65536);
        assert_eq!(query_bound(&[3, -4], Bound::Worst), 7);
        assert_eq!(query_bound(&[3, -4], Bound::Sigmas(6.0)), 13);
        assert_eq!(query_bound(&[2047; 128], Bound::Sigmas(1e9)), (1 << 24) - 1);
        let params = AttentionParams::default();
        assert_eq!(bias(&params, f64::NEG_INFINITY, 1.0), params.bias_masked());
        assert_eq!(bias(&params, -1e30, 1.0), params.bias_masked() + 1);
        assert_eq!(bias(&params, 1e30, 1.0), -params.bias_masked() - 1);
        assert_eq!(bias(&params, -1.0, 0.25), -4);
    }

    #[test]
    fn biases_of_a_row_shift_where_one_saturates() {
        let params = AttentionParams::default();
        let masked = params.bias_masked();
        let row = |nats: &[f64], unit| biases(&params, nats, unit);
        assert_eq!(row(&[-1.0, f64::NEG_INFINITY, 2.0], 0.5), [-2, masked, 4]);
        // 2^31 - 1 units of 2^-20 nats: 2048.
        let unit = 2.0_f64.powi(-20);
        let got = row(&[-3000.0, f64::NEG_INFINITY, -2999.0, -9000.0], unit);
        assert_eq!(got, [-(1 << 20), masked, 0, masked + 1]);
        assert_eq!(row(&[f64::NEG_INFINITY; 2], unit), [masked; 2]);
        // A unit of the product of elements of 12 bits, whatever the planes of K.
        for planes in [vec![4, 4, 4], vec![4]] {
            let params = AttentionParams {
                k_planes: planes,
                ..AttentionParams::default()
            };
            let raw = unit * f64::from(1 << (QUERY_W - params.k_w()));
            let most = largest_bias(unit, 64);
            let fits = -params.bias_masked();
            assert!(bias(&params, most, raw) < fits && bias(&params, -most, raw) > -fits + 1);
            assert!(bias(&params, most * 1.001, raw) == fits - 1);
        }
    }
}
