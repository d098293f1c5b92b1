// SPDX-License-Identifier: MIT OR Apache-2.0
//! The random numbers of stimulus: `SplitMix64`, spelled the same in `cpp/topk_bench.cpp`.
//!
//! A frozen generator keeps replay files valid from release to release, which a dependency would
//! not promise.

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns the `index`th number of the sequence that `seed` starts, without the ones before it.
#[inline]
pub fn at(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(GAMMA));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Tells whether a number falls into the lower `percent` of its range.
#[inline]
pub fn chance(number: u64, percent: u32) -> bool {
    ((number >> 32) * 100) >> 32 < u64::from(percent)
}

/// A running sequence.
#[derive(Debug, Clone)]
pub struct Rng {
    seed: u64,
    index: u64,
}

impl Rng {
    /// Starts the sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, index: 0 }
    }

    /// Returns the next number.
    #[inline]
    pub fn draw(&mut self) -> u64 {
        let number = at(self.seed, self.index);
        self.index += 1;
        number
    }

    /// Returns a number below `bound`, which must not be 0.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.draw()) * u128::from(bound)) >> 64) as u64
    }

    /// Returns a number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low) as u64 + 1) as i64
    }

    /// Returns true in `percent` of 100 calls.
    pub fn chance(&mut self, percent: u32) -> bool {
        chance(self.draw(), percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_frozen() {
        // The published test vector of SplitMix64 for seed 1234567.
        let mut rng = Rng::new(1_234_567);
        assert_eq!(rng.draw(), 6_457_827_717_110_365_317);
        assert_eq!(rng.draw(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn bounds_hold() {
        let mut rng = Rng::new(1);
        assert!((0..1000).all(|_| (-3..=4).contains(&rng.between(-3, 4))));
        let hits = (0..10_000).filter(|_| rng.chance(30)).count();
        assert!((2_700..3_300).contains(&hits), "{hits}");
        assert!(!(0..1000).any(|_| rng.chance(0)) && (0..1000).all(|_| rng.chance(100)));
    }
}
