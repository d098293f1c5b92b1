// SPDX-License-Identifier: MIT OR Apache-2.0
//! Top-k selection: which keys of a query survive (SpAtten, HPCA 2021, section IV-B).
//!
//! One model serves all four hardware variants. It says *what* survives, never how it is found:
//! the `k` largest keys, ties at the threshold decided for the lowest index, reported in index
//! order. Cycle promises of the variants stand in [`timing`].

pub mod adversary;
mod interface;
pub mod merges;
pub mod passes;
pub mod timing;

use std::fmt;
use std::str::FromStr;

use crate::interface::{Problem, Values, legal, parameters};
use crate::violation::{Violation, named};
use crate::width::{cnt_width, idx_width};

/// Smallest and largest key width in bits.
pub const KEY_W: (u32, u32) = (4, 24);
/// Largest number of lanes.
pub const MAX_LANES: u32 = 64;
/// Largest number of keys of a query.
pub const MAX_N: u32 = 16384;
/// Largest capacity of the streaming variant.
pub const MAX_CAPACITY: u32 = 64;
/// Smallest and largest digit of the radix variant in bits.
pub const DIGIT_W: (u32, u32) = (1, 6);

/// Names a hardware variant of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variant {
    /// Digit-histogram select: any `k`, data-independent latency.
    Radix,
    /// Sorted running best: static capacity, one pass.
    Stream,
    /// SpAtten's quick-select with two FIFOs and a zero eliminator (baseline).
    Quickselect,
    /// Batcher odd-even merge full sort (baseline).
    Batcher,
}

impl Variant {
    /// All variants, in the order of documentation and tables.
    pub const ALL: [Self; 4] = [Self::Radix, Self::Stream, Self::Quickselect, Self::Batcher];

    /// Returns the name used on the command line, in file names and in module names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Radix => "radix",
            Self::Stream => "stream",
            Self::Quickselect => "quickselect",
            Self::Batcher => "batcher",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Variant {
    type Err = Violation;

    fn from_str(s: &str) -> Result<Self, Violation> {
        let rule = "is not a top-k variant";
        named("variant", s, &Self::ALL, Self::name, rule)
    }
}

/// Parameters of the top-k engine. Field `key_w` is SystemVerilog parameter `KeyW`, and so on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopkParams {
    /// Keys a beat; a power of two, 1 to 64.
    pub lanes: u32,
    /// Bits of a key, 4 to 24.
    pub key_w: u32,
    /// Whether keys are two's complement.
    pub signed: bool,
    /// Most keys of one query, 2 to 16384 and at least `lanes`; need not be a power of two.
    pub max_n: u32,
    /// Most survivors of the `stream` variant, 1 to 64; the other variants ignore it.
    pub capacity: u32,
    /// Bits of a digit of the `radix` variant, 1 to 6; the other variants ignore it.
    pub digit_w: u32,
}

impl Default for TopkParams {
    fn default() -> Self {
        Self {
            lanes: 16,
            key_w: 12,
            signed: true,
            max_n: 1024,
            capacity: 16,
            digit_w: 4,
        }
    }
}

impl TopkParams {
    /// Returns every rule that these parameters break, for the variants to be built.
    pub fn violations(&self, variants: &[Variant]) -> Vec<Violation> {
        let mut out = Vec::new();
        Violation::power_of_two("topk.lanes", self.lanes, 1, MAX_LANES, &mut out);
        Violation::range("topk.key_w", self.key_w, KEY_W.0, KEY_W.1, &mut out);
        if Violation::range("topk.max_n", self.max_n, 2, MAX_N, &mut out)
            && (1..=MAX_LANES).contains(&self.lanes)
            && self.max_n < self.lanes
        {
            let rule = format!(
                "must be at least topk.lanes = {}, one full beat",
                self.lanes
            );
            let remedy = format!("try {}", self.lanes);
            out.push(Violation::new("topk.max_n", self.max_n, rule, remedy));
        }
        if variants.contains(&Variant::Stream) && !(1..=MAX_CAPACITY).contains(&self.capacity) {
            let rule = format!("the stream variant keeps 1 to {MAX_CAPACITY} survivors");
            let near = self.capacity.clamp(1, MAX_CAPACITY);
            let remedy =
                format!("try k = {near}, or build only variant radix, whose k is run-time");
            out.push(Violation::new("k", self.capacity, rule, remedy));
        } else if variants.contains(&Variant::Stream)
            && self.max_n >= 2
            && self.capacity > self.max_n
        {
            let rule = format!("exceeds topk.max_n = {}, the keys of a query", self.max_n);
            let remedy = format!("try {}", self.max_n.max(1));
            out.push(Violation::new("k", self.capacity, rule, remedy));
        }
        if variants.contains(&Variant::Radix) {
            Violation::range("topk.digit_w", self.digit_w, DIGIT_W.0, DIGIT_W.1, &mut out);
        }
        out
    }

    /// Returns the parameters of `hg_topk_<variant>` in the order of its header.
    fn parameters(&self, variant: Variant) -> Vec<(&'static str, i64)> {
        let mut parameters = parameters([
            ("Lanes", self.lanes),
            ("KeyW", self.key_w),
            ("Signed", u32::from(self.signed)),
            ("MaxN", self.max_n),
        ]);
        match variant {
            Variant::Radix => parameters.push(("DigitW", self.digit_w.into())),
            Variant::Stream => parameters.push(("Capacity", self.capacity.into())),
            Variant::Quickselect | Variant::Batcher => {}
        }
        parameters
    }

    /// Reads the parameters of `variant` back; those that it ignores have their defaults.
    ///
    /// # Errors
    /// Names the parameter that is missing or no number, or the first rule that is broken.
    pub fn from_values(variant: Variant, values: &Values<'_>) -> Result<Self, Problem> {
        let usual = Self::default();
        let params = Self {
            lanes: values.number("Lanes")?,
            key_w: values.number("KeyW")?,
            signed: values.number("Signed")? != 0,
            max_n: values.number("MaxN")?,
            capacity: match variant {
                Variant::Stream => values.number("Capacity")?,
                _ => usual.capacity,
            },
            digit_w: match variant {
                Variant::Radix => values.number("DigitW")?,
                _ => usual.digit_w,
            },
        };
        let violations = params.violations(&[variant]);
        legal(params, violations)
    }

    /// Returns the bits of a key's index in its query.
    pub fn idx_w(&self) -> u32 {
        idx_width(self.max_n)
    }

    /// Returns the bits of `k` and of the survivor count.
    pub fn cnt_w(&self) -> u32 {
        cnt_width(self.max_n)
    }

    /// Returns the beats of a query of `n` keys; an empty query is one beat without lanes.
    pub fn beats(&self, n: u32) -> u32 {
        n.div_ceil(self.lanes).max(1)
    }

    /// Returns the smallest and the largest key value.
    pub fn key_range(&self) -> (i64, i64) {
        if self.signed {
            (-(1 << (self.key_w - 1)), (1 << (self.key_w - 1)) - 1)
        } else {
            (0, (1 << self.key_w) - 1)
        }
    }

    /// Returns the number of survivors that `variant` reports for `n` keys and run-time `k`.
    pub fn survivors(&self, variant: Variant, n: u32, k: u32) -> u32 {
        let most = if variant == Variant::Stream {
            self.capacity
        } else {
            u32::MAX
        };
        k.min(n).min(most)
    }
}

/// Who survives a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Indices of the survivors, ascending.
    pub indices: Vec<u32>,
    /// Smallest surviving key; 0 where nothing survives.
    pub threshold: i64,
}

/// Selects the `k` largest of `keys`, ties for the lowest index; all of them if `k >= keys.len()`.
///
/// This is the specification of every variant: rank by (key descending, index ascending), keep the
/// first `k`, report in index order.
pub fn select(keys: &[i64], k: usize) -> Selection {
    let mut order: Vec<u32> = (0..keys.len() as u32).collect();
    // A stable sort keeps equal keys in index order, which is the tie rule.
    order.sort_by_key(|&i| std::cmp::Reverse(keys[i as usize]));
    order.truncate(k);
    let threshold = order.last().map_or(0, |&i| keys[i as usize]);
    order.sort_unstable();
    Selection {
        indices: order,
        threshold,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Counts, for each key, how many beat it: the definition, with no sort at all.
    fn naive(keys: &[i64], k: usize) -> Vec<u32> {
        let beats = |j: usize, i: usize| keys[j] > keys[i] || (keys[j] == keys[i] && j < i);
        let rank = |i: usize| (0..keys.len()).filter(|&j| beats(j, i)).count();
        (0..keys.len())
            .filter(|&i| rank(i) < k)
            .map(|i| i as u32)
            .collect()
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            keys in prop::collection::vec(-9_i64..9, 0..80),
            k in 0_usize..90,
        ) {
            let got = select(&keys, k);
            prop_assert_eq!(&got.indices, &naive(&keys, k));
            let weakest = got.indices.iter().map(|&i| keys[i as usize]).min();
            prop_assert_eq!(got.threshold, weakest.unwrap_or(0));
        }
    }

    #[test]
    fn ties_take_the_lowest_index() {
        let got = select(&[5, 7, 5, 5, 9], 3);
        assert_eq!(
            got,
            Selection {
                indices: vec![0, 1, 4],
                threshold: 5
            }
        );
    }

    #[test]
    fn k_of_zero_one_n_and_beyond() {
        let keys = [3, -1, 4, 1];
        assert_eq!(
            select(&keys, 0),
            Selection {
                indices: vec![],
                threshold: 0
            }
        );
        assert_eq!(
            select(&keys, 1),
            Selection {
                indices: vec![2],
                threshold: 4
            }
        );
        assert_eq!(select(&keys, 4).indices, [0, 1, 2, 3]);
        assert_eq!(
            select(&keys, 9),
            Selection {
                indices: vec![0, 1, 2, 3],
                threshold: -1
            }
        );
        assert_eq!(
            select(&[], 3),
            Selection {
                indices: vec![],
                threshold: 0
            }
        );
    }

    #[test]
    fn every_broken_rule_is_reported_at_once() {
        let bad = TopkParams {
            lanes: 12,
            key_w: 40,
            max_n: 1,
            capacity: 65,
            digit_w: 9,
            ..TopkParams::default()
        };
        let said: Vec<String> = bad
            .violations(&Variant::ALL)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            said,
            [
                "topk.lanes = 12: must be a power of two (try 8 or 16)",
                "topk.key_w = 40: must be 4 to 24 (try 24)",
                "topk.max_n = 1: must be 2 to 16384 (try 2)",
                "k = 65: the stream variant keeps 1 to 64 survivors \
                 (try k = 64, or build only variant radix, whose k is run-time)",
                "topk.digit_w = 9: must be 1 to 6 (try 6)",
            ]
        );
    }

    #[test]
    fn a_query_holds_at_least_one_beat() {
        let bad = TopkParams {
            lanes: 32,
            max_n: 31,
            ..TopkParams::default()
        };
        assert_eq!(
            bad.violations(&[Variant::Radix])[0].to_string(),
            "topk.max_n = 31: must be at least topk.lanes = 32, one full beat (try 32)"
        );
    }

    #[test]
    fn derived_widths() {
        let p = TopkParams {
            max_n: 1000,
            lanes: 16,
            ..TopkParams::default()
        };
        assert_eq!(
            (p.idx_w(), p.cnt_w(), p.beats(0), p.beats(17)),
            (10, 10, 1, 2)
        );
        assert_eq!(p.key_range(), (-2048, 2047));
        assert_eq!(p.survivors(Variant::Stream, 100, 40), 16);
        assert_eq!(p.survivors(Variant::Radix, 100, 400), 100);
    }
}
