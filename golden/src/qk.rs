// SPDX-License-Identifier: MIT OR Apache-2.0
//! QK: the product of a query with one plane of the keys.
//!
//! [`Qk`] is the hardware: rows of keys, a slice of the query a beat. [`KeyPlane`] is the same for
//! the whole core, which has all keys of a job at hand.

mod interface;

use crate::arith::Arith;
use crate::attention::{AttentionParams, QUERY_W, planes};
use crate::violation::Violation;

/// Bits that a beat carries along.
pub const TAG_W: u32 = 8;

/// Parameters of the engine. Field `rows` is SystemVerilog parameter `Rows`, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QkParams {
    /// Keys a row, 1 to 64.
    pub rows: u32,
    /// Elements a beat, 1 to 128.
    pub slice: u32,
    /// Bits of a query element, two's complement, 2 to 16.
    pub query_w: u32,
    /// Bits of a digit, two's complement, 2 to 8.
    pub digit_w: u32,
    /// Bits of a sum, two's complement, 1 to 40.
    pub sum_w: u32,
    /// What products are made of.
    pub arith: Arith,
}

impl QkParams {
    /// Returns the engine that `core` holds.
    pub fn of(core: &AttentionParams) -> Self {
        Self {
            rows: core.tokens(),
            slice: core.d_head / core.fold(),
            query_w: QUERY_W,
            digit_w: core.k_digit_w(),
            sum_w: QUERY_W + core.d_head.next_power_of_two().ilog2() + core.k_digit_w(),
            arith: core.arith,
        }
    }

    /// Returns every rule that these parameters break.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        for (field, value, low, high) in [
            ("qk.rows", self.rows, 1, 64),
            ("qk.slice", self.slice, 1, 128),
            ("qk.query_w", self.query_w, 2, 16),
            ("qk.digit_w", self.digit_w, 2, 8),
            ("qk.sum_w", self.sum_w, 1, 40),
        ] {
            Violation::range(field, value, low, high, &mut out);
        }
        out
    }
}

/// The engine between two beats.
#[derive(Debug, Clone)]
pub struct Qk {
    params: QkParams,
    sums: Vec<i64>,
}

impl Qk {
    /// Starts before the first beat.
    pub fn new(params: QkParams) -> Self {
        Self {
            sums: vec![0; params.rows as usize],
            params,
        }
    }

    /// Takes a beat: a slice of the query, and the digits of each key, key by key. Returns the sums
    /// of the row so far, each modulo 2^`sum_w`.
    pub fn beat(&mut self, first: bool, query: &[i64], digits: &[i64]) -> &[i64] {
        if first {
            self.sums.fill(0);
        }
        let keys = digits.chunks_exact(self.params.slice as usize);
        for (sum, key) in self.sums.iter_mut().zip(keys) {
            *sum += query.iter().zip(key).map(|(q, k)| q * k).sum::<i64>();
            let unused = i64::BITS - self.params.sum_w;
            *sum = *sum << unused >> unused;
        }
        &self.sums
    }
}

/// Centred digits of one plane of all keys, a row of `d` a key.
#[derive(Debug, Clone)]
pub struct KeyPlane {
    d: usize,
    digits: Vec<i16>,
}

impl KeyPlane {
    /// Cuts plane `plane` out of `keys`, each of `d` elements.
    pub fn new<'a>(
        keys: impl Iterator<Item = &'a [i32]>,
        d: usize,
        widths: &[u32],
        plane: usize,
    ) -> Self {
        let cut = |&k: &i32| planes::centred(k, widths, plane) as i16;
        let digits = keys.flat_map(|key| key[..d].iter().map(cut)).collect();
        Self { d, digits }
    }

    /// Multiplies the query with the digits of key `position`.
    pub fn product(&self, query: &[i16], position: usize) -> i64 {
        let digits = &self.digits[position * self.d..(position + 1) * self.d];
        // 128 products of 12 by 8 bits need 27 bits.
        let terms = query.iter().zip(digits);
        i64::from(
            terms
                .map(|(&q, &k)| i32::from(q) * i32::from(k))
                .sum::<i32>(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_add_up_to_the_product_of_the_core() {
        let core = AttentionParams {
            d_head: 16,
            lanes: 8,
            ..AttentionParams::default()
        };
        let p = QkParams::of(&core);
        assert_eq!((p.rows, p.slice, p.digit_w, p.sum_w), (1, 8, 4, 20));
        assert!(p.violations().is_empty());
        let key: Vec<i32> = (0..16).map(|d| d * 257 - 2048).collect();
        let query: Vec<i16> = (0..16).map(|d| 2047 - d * 211).collect();
        for plane in 0..3 {
            let mut qk = Qk::new(p.clone());
            let mut sum = 0;
            for at in [0, 8] {
                let digit = |&k: &i32| i64::from(planes::centred(k, &core.k_planes, plane));
                let digits: Vec<i64> = key[at..at + 8].iter().map(digit).collect();
                let part: Vec<i64> = query[at..at + 8].iter().map(|&q| q.into()).collect();
                sum = qk.beat(at == 0, &part, &digits)[0];
            }
            let all = KeyPlane::new([&key[..]].into_iter(), 16, &core.k_planes, plane);
            assert_eq!(sum, all.product(&query, 0));
        }
    }

    #[test]
    fn sums_wrap_where_they_do_not_fit() {
        let mut qk = Qk::new(QkParams {
            rows: 2,
            slice: 1,
            query_w: 12,
            digit_w: 4,
            sum_w: 16,
            arith: Arith::Logic,
        });
        // -2048 * -8 = 2^14, twice of which is one more than 16 bits hold.
        assert_eq!(qk.beat(true, &[-2048], &[-8, 7]), [16384, -14336]);
        assert_eq!(qk.beat(false, &[-2048], &[-8, 7]), [-32768, -28672]);
        assert_eq!(qk.beat(false, &[1], &[0, -1]), [-32768, -28673]);
        assert_eq!(qk.beat(true, &[1], &[1, -1]), [1, -1]);
    }

    #[test]
    fn the_largest_products_do_not_wrap() {
        let (low, d) = (-2048_i32, 128_usize);
        let keys = [vec![low; d], vec![2047; d]];
        let widths = [8, 4];
        let plane = KeyPlane::new(keys.iter().map(Vec::as_slice), d, &widths, 0);
        let query = vec![-2048_i16; d];
        assert_eq!(plane.product(&query, 0), 2048 * 128 * 128);
        assert_eq!(plane.product(&query, 1), -2048 * 127 * 128);
    }
}
