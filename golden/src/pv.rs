// SPDX-License-Identifier: MIT OR Apache-2.0
//! PV: the weighted sum of the selected values.
//!
//! [`Pv`] is the hardware: rows of weights, a slice of one plane of their values a beat.
//! [`accumulate`] is the same for the whole core, which has all values of a query at hand.

mod interface;

use crate::arith::Arith;
use crate::attention::recip::weight;
use crate::attention::{AttentionParams, PROB_W, planes};
use crate::violation::Violation;

/// Bits that a query carries along.
pub const TAG_W: u32 = 8;
/// Bits of a beat's shift.
pub const SHIFT_W: u32 = 4;

/// Parameters of the engine. Field `rows` is SystemVerilog parameter `Rows`, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PvParams {
    /// Tokens a row, 1 to 64.
    pub rows: u32,
    /// Elements a beat, 1 to 128.
    pub slice: u32,
    /// Slices of a query, 1 to 16.
    pub folds: u32,
    /// Bits of a weight, unsigned, 2 to 20.
    pub weight_w: u32,
    /// Bits of a digit, two's complement, 2 to 8.
    pub digit_w: u32,
    /// Largest left shift of a beat, 0 to 15.
    pub max_shift: u32,
    /// Bits of a sum, two's complement, 1 to 56.
    pub acc_w: u32,
    /// What products are made of.
    pub arith: Arith,
}

impl PvParams {
    /// Returns the engine that `core` holds.
    pub fn of(core: &AttentionParams) -> Self {
        Self {
            rows: core.tokens(),
            slice: core.d_head / core.fold(),
            folds: core.fold(),
            weight_w: PROB_W,
            digit_w: core.v_digit_w(),
            max_shift: planes::bits_below(&core.v_planes, 1),
            // The most is max_tokens times the smallest value, all with the largest weight.
            acc_w: PROB_W - 1 + core.v_w() + core.max_tokens.next_power_of_two().ilog2(),
            arith: core.arith,
        }
    }

    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        for (field, value, low, high) in [
            ("pv.rows", self.rows, 1, 64),
            ("pv.slice", self.slice, 1, 128),
            ("pv.folds", self.folds, 1, 16),
            ("pv.weight_w", self.weight_w, 2, 20),
            ("pv.digit_w", self.digit_w, 2, 8),
            ("pv.max_shift", self.max_shift, 0, (1 << SHIFT_W) - 1),
            ("pv.acc_w", self.acc_w, 1, 56),
        ] {
            Violation::range(field, value, low, high, &mut out);
        }
        out
    }

    /// Returns the cycles that two queries end apart, at least: one for each 14 bits of a sum that
    /// has more than 16.
    pub fn spacing(&self) -> u64 {
        let cut = if self.acc_w > 16 { 14 } else { 16 };
        u64::from(self.acc_w.div_ceil(cut))
    }
}

/// The engine between two beats.
#[derive(Debug, Clone)]
pub struct Pv {
    params: PvParams,
    sums: Vec<i64>,
}

impl Pv {
    /// Starts before the first beat.
    pub fn new(params: PvParams) -> Self {
        Self {
            sums: vec![0; (params.folds * params.slice) as usize],
            params,
        }
    }

    /// Takes a beat: the weight of each token, and the digits of slice `slice` of each, token by
    /// token, all times 2^`shift`. `first` starts that slice from 0.
    pub fn beat(&mut self, first: bool, slice: u32, shift: u32, weights: &[i64], digits: &[i64]) {
        let width = self.params.slice as usize;
        let sums = &mut self.sums[slice as usize * width..][..width];
        if first {
            sums.fill(0);
        }
        for (weight, token) in weights.iter().zip(digits.chunks_exact(width)) {
            for (sum, digit) in sums.iter_mut().zip(token) {
                let unused = i64::BITS - self.params.acc_w;
                *sum = (*sum + ((weight * digit) << shift)) << unused >> unused;
            }
        }
    }

    /// Returns the sums by element, each modulo 2^`acc_w`.
    pub fn sums(&self) -> &[i64] {
        &self.sums
    }
}

/// Sums the values of one query.
///
/// `selected` yields exponential and value of each selected key; `planes` are those of V, of which
/// the first `count` are there. What is missing counts as the middle of its interval.
pub fn accumulate<'a>(
    selected: impl Iterator<Item = (u32, &'a [i32])>,
    d: usize,
    planes: &[u32],
    count: usize,
) -> Vec<i64> {
    let below = planes::bits_below(planes, count);
    let (mut sums, mut weights) = (vec![0_i64; d], 0_i64);
    for (exp, value) in selected {
        let weight = i64::from(weight(exp));
        weights += weight;
        for (sum, &v) in sums.iter_mut().zip(value) {
            *sum += weight * i64::from(v >> below << below);
        }
    }
    let offset = weights * i64::from(planes::middle(planes, count));
    for sum in &mut sums {
        *sum += offset;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_of_slices_add_up_to_the_sums_of_the_core() {
        let core = AttentionParams {
            d_head: 16,
            lanes: 8,
            max_tokens: 16,
            ..AttentionParams::default()
        };
        let p = PvParams::of(&core);
        assert_eq!((p.rows, p.slice, p.folds, p.acc_w), (1, 8, 2, 32));
        assert!(p.violations().is_empty());
        assert_eq!(p.spacing(), 3);
        let values: Vec<Vec<i32>> = (0..5)
            .map(|t| (0..16).map(|d| (t * 997 + d * 331) % 4096 - 2048).collect())
            .collect();
        let exps = [1 << 24, 3 << 20, 77_777, 0, 12_345_678];
        let mut pv = Pv::new(p);
        for plane in 0..3 {
            let shift = planes::bits_below(&core.v_planes, plane + 1);
            for (at, (value, exp)) in values.iter().zip(exps).enumerate() {
                for slice in 0..2 {
                    let digit = |&v: &i32| i64::from(planes::digit(v, &core.v_planes, plane));
                    let part: Vec<i64> = value[slice * 8..][..8].iter().map(digit).collect();
                    let first = plane == 0 && at == 0;
                    pv.beat(first, slice as u32, shift, &[weight(exp).into()], &part);
                }
            }
        }
        let pairs = exps.into_iter().zip(values.iter().map(Vec::as_slice));
        assert_eq!(pv.sums(), accumulate(pairs, 16, &core.v_planes, 3));
    }

    #[test]
    fn sums_wrap_and_start_anew_by_slice() {
        let mut pv = Pv::new(PvParams {
            rows: 2,
            slice: 1,
            folds: 2,
            weight_w: 17,
            digit_w: 4,
            max_shift: 2,
            acc_w: 20,
            arith: Arith::Logic,
        });
        pv.beat(true, 0, 0, &[65536, 65536], &[7, 1]);
        assert_eq!(pv.sums(), [-(1 << 19), 0]);
        pv.beat(true, 1, 2, &[3, 0], &[-5, 7]);
        pv.beat(true, 0, 0, &[1, 2], &[1, 1]);
        assert_eq!(pv.sums(), [3, -60]);
    }

    #[test]
    fn missing_planes_count_as_their_middle() {
        let values = [[100, -1], [-100, 2047]];
        let pairs = || {
            [1 << 24, 1 << 23]
                .into_iter()
                .zip(values.iter().map(|v| &v[..]))
        };
        let full = accumulate(pairs(), 2, &[4, 4, 4], 3);
        assert_eq!(full, [65_536 * 100 - 32_768 * 100, 32_768 * 2047 - 65_536]);
        // 100 = 0x064 becomes 0x000 + 128, -100 = 0xf9c becomes -256 + 128, and so on.
        let one = accumulate(pairs(), 2, &[4, 4, 4], 1);
        assert_eq!(
            one,
            [
                65_536 * 128 - 32_768 * 128,
                65_536 * -128 + 32_768 * (1792 + 128)
            ]
        );
        assert_eq!(accumulate(std::iter::empty(), 2, &[8], 1), [0, 0]);
    }

    #[test]
    fn the_largest_sum_fits() {
        let low = [-2048; 8];
        let pairs = (0..4096).map(|_| (1 << 24, &low[..]));
        assert_eq!(accumulate(pairs, 8, &[8, 4], 2), [-(1_i64 << 39); 8]);
    }
}
