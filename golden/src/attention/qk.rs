// SPDX-License-Identifier: MIT OR Apache-2.0
//! QK: the product of a query with one plane of the keys.

use super::planes;

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
