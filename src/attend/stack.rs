// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layers of one model one after the other, with cascade pruning between them.

use hwgen_golden::attention::cascade::{CascadeParams, KEY_W, RATIO_ONE, Ramp};

use crate::error::Error;
use crate::samples::Sample;

/// Layers that SpAtten leaves alone, in percent: of token pruning and of head pruning.
const UNTOUCHED: (usize, usize) = (15, 30);
/// Tokens that are protected in a decoder where the user says nothing.
const WINDOW: u32 = 64;

/// How much survives, as the user said it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedule {
    /// Shares of the first touched and of the last layer.
    pub(crate) tokens: Option<(f64, f64)>,
    pub(crate) heads: Option<(f64, f64)>,
    /// First layers that keep everything.
    pub(crate) untouched_tokens: Option<u32>,
    pub(crate) untouched_heads: Option<u32>,
    /// Most recent tokens that always survive.
    pub(crate) window: Option<u32>,
}

impl Schedule {
    /// Makes the parameters for the layers of one model, which must be alike.
    pub(crate) fn params(&self, layers: &[Sample]) -> Result<CascadeParams, Error> {
        let first = &layers[0];
        let shape = |s: &Sample| (s.heads.len(), s.heads[0].q.len(), s.tokens(), s.causal);
        if let Some(other) = layers.iter().find(|s| shape(s) != shape(first)) {
            let (a, b) = (first.label(), other.label());
            let rule = "layers of one model have the same heads, queries and tokens";
            return Err(Error::input(format!("{a} and {b} differ: {rule}")));
        }
        let window = self.window.unwrap_or(if first.causal { WINDOW } else { 0 });
        if first.causal && window == 0 {
            let rule = "a decoder's last token asks, it cannot be pruned (try 64)";
            return Err(Error::input(format!("--window 0: {rule}")));
        }
        let count = layers.len();
        let ramp = |shares: Option<(f64, f64)>, untouched: Option<u32>, percent: usize| {
            shares.map_or(Ramp::ALL, |(start, end)| Ramp {
                untouched: untouched.unwrap_or((count * percent).div_ceil(100) as u32),
                start: ratio(start),
                end: ratio(end),
            })
        };
        let params = CascadeParams {
            layers: count as u32,
            tokens: ramp(self.tokens, self.untouched_tokens, UNTOUCHED.0),
            heads: ramp(self.heads, self.untouched_heads, UNTOUCHED.1),
            window,
            key_w: KEY_W.1,
        };
        let violations = params.violations();
        if violations.is_empty() {
            return Ok(params);
        }
        Err(Error::Input(
            violations.iter().map(ToString::to_string).collect(),
        ))
    }
}

fn ratio(share: f64) -> u32 {
    (share * f64::from(RATIO_ONE)).round() as u32
}

/// Reads a share or two: `0.5`, or `0.9:0.3` for the first touched and the last layer.
pub(crate) fn shares(flag: &str, given: &str) -> Result<(f64, f64), String> {
    let (start, end) = given.split_once(':').unwrap_or((given, given));
    let share = |text: &str| text.trim().parse::<f64>().ok();
    match (share(start), share(end)) {
        (Some(a), Some(b)) if a <= 1.0 && b <= a && ratio(b) > 0 => Ok((a, b)),
        _ => Err(format!(
            "--{flag} {given}: must be one share, or two that do not rise, more than 0 and at most 1 \
             (try 0.9:0.3)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_alone_or_in_pairs() {
        assert_eq!(shares("a", "0.5"), Ok((0.5, 0.5)));
        assert_eq!(shares("a", "0.9: 0.25"), Ok((0.9, 0.25)));
        for bad in [
            "", "x", "0", "1.5", "0.3:0.9", "0.5:", "NaN", "-1", "0.5:-0.5",
        ] {
            let said = shares("keep-tokens", bad).expect_err("is refused");
            assert!(
                said.starts_with(&format!("--keep-tokens {bad}: ")),
                "{said}"
            );
        }
    }
}
