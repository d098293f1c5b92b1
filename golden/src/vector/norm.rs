// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layer norm and root-mean-square norm.

use super::round::{Saturated, round_half_up};
use super::tables::RSQRT;
use super::width::STREAM_W;

/// Fraction bits of a factor of a norm, which has 16 bits.
pub const GAMMA_FRAC: u32 = 12;
/// Fraction bits of a reciprocal square root, which has 16 bits.
pub const RSQRT_FRAC: u32 = 16;
/// Fraction bits of a normed element before its factor.
const Y_FRAC: i32 = 10;
/// Fraction bits of the mantissa of a sum of squares.
const MANTISSA_FRAC: u32 = 14;

/// Returns 2^16 / sqrt(x), x = `mantissa` / 2^14 from 1 to 4, within 4.0e-4 of its value.
///
/// Half of the 32 segments are below 2 and half above, so that the relative error is alike.
pub fn rsqrt(mantissa: u32) -> u32 {
    let upper = mantissa >> (MANTISSA_FRAC + 1);
    let bits = MANTISSA_FRAC + upper - 4;
    let index = ((mantissa >> bits) - 16 + 16 * upper) as usize;
    let low = mantissa & ((1 << bits) - 1);
    let (a, b) = (u32::from(RSQRT[index]), u32::from(RSQRT[index + 1]));
    a - (((a - b) * low + (1 << (bits - 1))) >> bits)
}

/// A norm's factors and addends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Norm {
    /// A factor per element, 12 fraction bits.
    pub gamma: Vec<i16>,
    /// An addend per element in units of the stream; `None` in a root-mean-square norm, which
    /// subtracts no mean either.
    pub beta: Option<Vec<i16>>,
    /// `d^2 * epsilon` in squared units of the elements.
    pub epsilon: u64,
    /// Fraction bits of the result, 0 to 15.
    pub stream_frac: u32,
}

impl Norm {
    /// Norms a row of at most 4096 elements of 20 bits to one of 16 bits.
    ///
    /// No mean is rounded: V = d Q - S^2 and c = d h - S are exact, and y = c / sqrt(V). An element
    /// is within 0.5 units of y, plus 4.7e-4 of it; its result within 0.5 units of the stream of
    /// that times the factor plus the addend.
    pub fn of(&self, row: &[i32], saturated: &mut Saturated) -> Vec<i32> {
        let d = row.len() as i64;
        let mean = self.beta.is_some();
        let sum: i64 = if mean {
            row.iter().map(|&h| i64::from(h)).sum()
        } else {
            0
        };
        let squares: i64 = row.iter().map(|&h| i64::from(h) * i64::from(h)).sum();
        let spread = (d * squares - sum * sum) as u64 + self.epsilon;
        let (factor, drop) = Self::scale(spread);
        let element = |(i, &h): (usize, &i32)| {
            let centred = d * i64::from(h) - sum;
            let y = round_half_up(centred * i64::from(factor), drop);
            let y = i64::from(saturated.fit(y, STREAM_W));
            let scaled = y * i64::from(self.gamma[i]);
            let frac = Y_FRAC + GAMMA_FRAC as i32;
            let beta = self.beta.as_ref().map_or(0, |b| i64::from(b[i]));
            let beta = beta << (frac - self.stream_frac as i32);
            let out = round_half_up(scaled + beta, frac - self.stream_frac as i32);
            saturated.fit(out, STREAM_W)
        };
        row.iter().enumerate().map(element).collect()
    }

    /// Returns the reciprocal square root of a sum as a factor and the shift that goes with it; the
    /// sum's mantissa of 16 bits is cut at an even exponent.
    fn scale(spread: u64) -> (u32, i32) {
        let Some(log) = spread.checked_ilog2() else {
            // All elements are equal, so that every product is 0.
            return (0, 1);
        };
        let exponent = (log as i32 - MANTISSA_FRAC as i32) & !1;
        let mantissa = if exponent >= 0 {
            spread >> exponent
        } else {
            spread << -exponent
        };
        let drop = (RSQRT_FRAC + MANTISSA_FRAC / 2) as i32 + exponent / 2 - Y_FRAC;
        (rsqrt(mantissa as u32), drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    #[test]
    fn every_mantissa() {
        let mut last = u32::MAX;
        for mantissa in 1_u32 << 14..1 << 16 {
            let exact = 65_536.0 / (f64::from(mantissa) / 16_384.0).sqrt();
            let got = rsqrt(mantissa);
            assert_relative_eq!(f64::from(got), exact, max_relative = 4.0e-4);
            assert!(got <= last && got < 1 << 16);
            last = got;
        }
    }

    /// A row whose elements are spread over 20 bits, and whose size is `2^size`.
    fn row(d: usize, size: u32) -> Vec<i32> {
        let mut state = 12_345_u64 + d as u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as i64 % (1 << size) - (1 << (size - 1)) + 3
        };
        (0..d)
            .map(|_| next().clamp(-(1 << 19), (1 << 19) - 1) as i32)
            .collect()
    }

    #[test]
    fn rows_are_near_float64_at_every_size() {
        for (d, size) in [(8, 3), (64, 5), (384, 12), (384, 20), (768, 16), (4096, 20)] {
            for mean in [true, false] {
                for stream_frac in [8, 10, 12] {
                    let h = row(d, size);
                    let gamma = (0..d)
                        .map(|i| (i % 60) as i16 * 100 - 1000)
                        .collect::<Vec<_>>();
                    let beta: Vec<i16> = (0..d).map(|i| (i % 50) as i16 * 41 - 900).collect();
                    let norm = Norm {
                        gamma: gamma.clone(),
                        beta: mean.then(|| beta.clone()),
                        epsilon: (d * d) as u64 / 4,
                        stream_frac,
                    };
                    let mut seen = Saturated::default();
                    let got = norm.of(&h, &mut seen);
                    assert_eq!(seen, Saturated(0));
                    let n = d as f64;
                    let centre = if mean {
                        h.iter().map(|&x| f64::from(x)).sum::<f64>() / n
                    } else {
                        0.0
                    };
                    let square = h
                        .iter()
                        .map(|&x| (f64::from(x) - centre).powi(2))
                        .sum::<f64>()
                        / n;
                    for i in 0..d {
                        let y = (f64::from(h[i]) - centre) / (square + 0.25).sqrt();
                        let factor = f64::from(gamma[i]) / 4096.0;
                        let unit = f64::from(1 << stream_frac);
                        let addend = if mean { f64::from(beta[i]) } else { 0.0 };
                        let bound = 0.5 + unit * factor.abs() * (0.5 / 1024.0 + 4.7e-4 * y.abs());
                        let exact = y * factor * unit + addend;
                        assert_abs_diff_eq!(f64::from(got[i]), exact, epsilon = bound + 1e-6);
                    }
                }
            }
        }
    }

    #[test]
    fn rows_of_equal_elements_and_saturation() {
        let norm = Norm {
            gamma: vec![4096; 4],
            beta: Some(vec![7, -7, 0, 1]),
            epsilon: 0,
            stream_frac: 10,
        };
        let mut seen = Saturated::default();
        assert_eq!(norm.of(&[5; 4], &mut seen), [7, -7, 0, 1]);
        // One of 4096: y = sqrt(4095) = 64, which 5 integer bits do not hold.
        let mut h = vec![0; 4096];
        h[9] = 1000;
        let wide = Norm {
            gamma: vec![4096; 4096],
            beta: Some(vec![0; 4096]),
            ..norm
        };
        assert_eq!(wide.of(&h, &mut seen)[9], 32_767);
        assert_eq!(seen, Saturated(1));
    }
}
