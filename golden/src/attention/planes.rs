// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bit planes of K and V: an element cut into digits, top plane first.
//!
//! Plane 0 holds the top bits and is signed; the lower planes are unsigned digits. With only the
//! first planes known, the rest of an element is taken as the middle of what it can be, so that
//! scores of different precision compare without bias, and each later plane only adds.

/// Returns the bits of an element that lie below its first `count` planes (1 to all).
pub fn bits_below(planes: &[u32], count: usize) -> u32 {
    planes[count..].iter().sum()
}

/// Returns the digit of `value` in plane `plane`: signed in plane 0, unsigned in the others.
pub fn digit(value: i32, planes: &[u32], plane: usize) -> i32 {
    let shifted = value >> bits_below(planes, plane + 1);
    if plane == 0 {
        shifted
    } else {
        shifted & ((1 << planes[plane]) - 1)
    }
}

/// Returns the digit of `value` in plane `plane` with its middle at zero: a lower plane's digit
/// with the top bit flipped, read as signed.
pub fn centred(value: i32, planes: &[u32], plane: usize) -> i32 {
    let digit = digit(value, planes, plane);
    if plane == 0 {
        digit
    } else {
        digit - (1 << (planes[plane] - 1))
    }
}

/// Returns `value` with what lies below its first `count` planes set to zero.
pub fn truncated(value: i32, planes: &[u32], count: usize) -> i32 {
    let below = bits_below(planes, count);
    value >> below << below
}

/// Returns the offset that moves a truncated element to the middle of its interval; 0 where no
/// bits are missing.
pub fn middle(planes: &[u32], count: usize) -> i32 {
    match bits_below(planes, count) {
        0 => 0,
        below => 1 << (below - 1),
    }
}

/// Returns what plane `plane` adds to a score, from the product of the query with the plane's
/// centred digits and the sum of the query's elements.
pub fn increment(product: i64, query_sum: i64, planes: &[u32], plane: usize) -> i64 {
    let below = bits_below(planes, plane + 1);
    let middle = i64::from(middle(planes, plane + 1));
    (product << below) + query_sum * middle
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn splits() -> impl Strategy<Value = Vec<u32>> {
        prop::collection::vec(2_u32..=8, 1..=3)
            .prop_filter("12 bits", |p| p.iter().sum::<u32>() <= 12)
    }

    #[test]
    fn digits_of_one_number_by_hand() {
        // -1234 = 0b1011_0010_1110 in 12 bits.
        let planes = [4, 4, 4];
        let digits: Vec<i32> = (0..3).map(|p| digit(-1234, &planes, p)).collect();
        assert_eq!(digits, [-5, 2, 14]);
        let centred: Vec<i32> = (0..3).map(|p| centred(-1234, &planes, p)).collect();
        assert_eq!(centred, [-5, -6, 6]);
        assert_eq!(truncated(-1234, &planes, 2), -1248);
        assert_eq!(
            (middle(&planes, 1), middle(&planes, 2), middle(&planes, 3)),
            (128, 8, 0)
        );
    }

    #[test]
    fn every_element_of_every_split_is_within_half_its_interval() {
        for planes in [&[4, 4, 4][..], &[8, 4], &[6, 4], &[2, 2, 2], &[8], &[2, 8]] {
            let width: u32 = planes.iter().sum();
            for value in -(1 << (width - 1))..1 << (width - 1) {
                for count in 1..=planes.len() {
                    let guess = truncated(value, planes, count) + middle(planes, count);
                    let half = middle(planes, count);
                    assert!((-half..half.max(1)).contains(&(value - guess)));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn planes_add_up_to_the_direct_definition(
            planes in splits(),
            pairs in prop::collection::vec((-2048_i64..2048, -2048_i32..2048), 1..40),
        ) {
            let width: u32 = planes.iter().sum();
            let pairs: Vec<(i64, i32)> =
                pairs.into_iter().map(|(q, k)| (q, k >> (12 - width))).collect();
            let query_sum = pairs.iter().map(|p| p.0).sum();
            let mut score = 0;
            for p in 0..planes.len() {
                let product = pairs.iter().map(|&(q, k)| q * i64::from(centred(k, &planes, p)));
                score += increment(product.sum(), query_sum, &planes, p);
                // The direct definition, by division.
                let unit = 1_i64 << planes[p + 1..].iter().sum::<u32>();
                let guess = |k: i32| i64::from(k).div_euclid(unit) * unit + unit / 2;
                let direct: i64 = pairs.iter().map(|&(q, k)| q * guess(k)).sum();
                prop_assert_eq!(score, direct);
            }
            let exact: i64 = pairs.iter().map(|&(q, k)| q * i64::from(k)).sum();
            prop_assert_eq!(score, exact);
        }
    }
}
