// SPDX-License-Identifier: MIT OR Apache-2.0
//! N:M patterns, and as what an engine runs them.

use std::fmt;
use std::str::FromStr;

use super::Variant;
use super::params::{FigsParams, GROUP, Mode};
use crate::violation::Violation;

/// Largest block of a pattern.
pub const MAX_M: u32 = 256;

/// At most N weights of every M consecutive ones of a row differ from 0. Both are powers of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern {
    n: u32,
    m: u32,
}

impl Pattern {
    /// Builds N:M: powers of two, `1 <= n <= m <= 256`.
    pub fn new(n: u32, m: u32) -> Result<Self, Violation> {
        let legal = n.is_power_of_two() && m.is_power_of_two() && n <= m && m <= MAX_M;
        if legal {
            return Ok(Self { n, m });
        }
        let rule = format!("must be N:M, powers of two, N at most M, M at most {MAX_M}");
        Err(Violation::new("nm", format!("{n}:{m}"), rule, "try 1:4"))
    }

    /// Returns the weights kept of a block.
    pub fn n(self) -> u32 {
        self.n
    }

    /// Returns the weights of a block.
    pub fn m(self) -> u32 {
        self.m
    }

    /// Returns the share of weights that are kept.
    pub fn density(self) -> f64 {
        f64::from(self.n) / f64::from(self.m)
    }

    /// Returns log2 of the weights that `variant` stores for each block of its own size, and an
    /// error if it cannot run the pattern.
    ///
    /// A block smaller than the engine's is promoted: 1:2 is a legal 2:4. The baselines run what
    /// they have no multiplexers for as dense; the array refuses it, and says what would do.
    pub fn log_n(self, params: &FigsParams, variant: Variant) -> Result<u32, Violation> {
        let m = params.block(variant);
        let promoted = if self.m <= m {
            self.n * (m / self.m)
        } else {
            // All weights of a large block may lie in one of ours.
            self.n.min(m)
        };
        match variant {
            // A single weight of a block is stored with a padded second.
            Variant::Stc24 => Ok(promoted.max(2).ilog2()),
            Variant::Figs if self.m > m => {
                let rule = format!("the array selects within groups of figs.group = {m}");
                let remedy = if self.m <= GROUP.1 {
                    format!("a pattern up to {m}, or figs.group = {}", self.m)
                } else {
                    // No group is as large.
                    format!(
                        "a pattern up to {m}, or up to {most} with figs.group = {most}",
                        most = GROUP.1
                    )
                };
                Err(Violation::new("nm", self, rule, remedy))
            }
            Variant::Figs if params.mode == Mode::Exchange => Ok(0),
            Variant::Figs if promoted < params.n_min() => {
                let least = params.n_min();
                let rule = format!(
                    "figs.alpha = {} reaches down to {least}:{m} in groups of {m}",
                    params.alpha
                );
                let remedy = format!("alpha {} would do", m - promoted);
                Err(Violation::new("nm", self, rule, remedy))
            }
            Variant::Figs | Variant::DenseWs | Variant::VegetaS => Ok(promoted.ilog2()),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.n, self.m)
    }
}

impl FromStr for Pattern {
    type Err = Violation;

    fn from_str(s: &str) -> Result<Self, Violation> {
        let pair = s.split_once(':');
        let number = |w: &str| w.trim().parse::<u32>().ok();
        match pair.and_then(|(n, m)| Some((number(n)?, number(m)?))) {
            Some((n, m)) => Self::new(n, m),
            None => Err(Violation::new("nm", s, "must be N:M", "try 1:4")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nm(text: &str) -> Pattern {
        text.parse().expect(text)
    }

    #[test]
    fn small_blocks_are_promoted_and_large_ones_capped() {
        let p = FigsParams::default();
        let of = |text, v| nm(text).log_n(&p, v).map_err(|e| e.to_string());
        assert_eq!(of("1:2", Variant::Figs), Ok(1));
        assert_eq!(of("1:4", Variant::Figs), Ok(0));
        assert_eq!(of("1:1", Variant::Figs), Ok(2));
        assert_eq!(of("1:4", Variant::Stc24), Ok(1));
        assert_eq!(of("2:8", Variant::Stc24), Ok(1));
        assert_eq!(of("4:8", Variant::Stc24), Ok(2));
        assert_eq!(of("1:4", Variant::DenseWs), Ok(0));
        assert_eq!(of("1:8", Variant::VegetaS), Ok(0));
        assert_eq!(
            of("1:8", Variant::Figs),
            Err(
                "nm = 1:8: the array selects within groups of figs.group = 4 (a pattern up to 4, \
                 or figs.group = 8)"
                    .to_owned()
            )
        );
        // Advice that can be followed: the largest group is 32.
        assert_eq!(
            of("1:64", Variant::Figs),
            Err(
                "nm = 1:64: the array selects within groups of figs.group = 4 (a pattern up to 4, \
                 or up to 32 with figs.group = 32)"
                    .to_owned()
            )
        );
    }

    #[test]
    fn an_alpha_too_small_says_which_would_do() {
        let p = FigsParams {
            alpha: 2,
            ..FigsParams::default()
        };
        assert_eq!(nm("2:4").log_n(&p, Variant::Figs), Ok(1));
        assert_eq!(
            nm("1:4")
                .log_n(&p, Variant::Figs)
                .map_err(|e| e.to_string()),
            Err(
                "nm = 1:4: figs.alpha = 2 reaches down to 2:4 in groups of 4 (alpha 3 would do)"
                    .to_owned()
            )
        );
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "4", "3:4", "4:2", "0:4", "1:3", "1:512", "x:4", "1:4:2"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }
}
