// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much survives in which layer: what the host commands cascade pruning by.

use crate::violation::Violation;

/// One as a keep ratio of a [`CascadeParams`].
pub const RATIO_ONE: u32 = 1 << 16;
/// One as a share of a [`Schedule`]: shares have four decimals.
pub const SHARE_ONE: u32 = 10_000;
/// Most layers of a model.
pub const MAX_LAYERS: u32 = 1024;
/// First layers that SpAtten leaves alone, in percent: of token pruning and of head pruning.
const UNTOUCHED: [u32; 2] = [15, 30];

/// All in the first layers, then a linear ramp to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramp {
    /// First layers that keep everything.
    pub untouched: u32,
    /// Share kept in the first touched layer, 65536 is one.
    pub start: u32,
    /// Share kept in the last layer.
    pub end: u32,
}

impl Ramp {
    /// Returns the share kept in each of `layers`, rounded down on the ramp.
    pub fn shares(self, layers: u32) -> Vec<u32> {
        let steps = i64::from(layers) - 1 - i64::from(self.untouched);
        let change = i64::from(self.end) - i64::from(self.start);
        let share = |layer: u32| {
            if layer < self.untouched {
                return RATIO_ONE;
            }
            if steps <= 0 {
                return self.end;
            }
            let done = change * i64::from(layer - self.untouched);
            (i64::from(self.start) + done.div_euclid(steps)) as u32
        };
        (0..layers).map(share).collect()
    }
}

/// A schedule as a configuration says it. Shares are of 10,000, none is above one before it.
///
/// A list of shares holds one for all touched layers, or two for a ramp from the first touched to
/// the last layer, or one a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Layers of the model.
    pub layers: u32,
    /// Shares of the tokens kept.
    pub keep_tokens: Vec<u32>,
    /// Shares of the heads kept.
    pub keep_heads: Vec<u32>,
    /// First layers that keep all tokens, where no list has a share for each.
    pub untouched_tokens: u32,
    /// First layers that keep all heads.
    pub untouched_heads: u32,
    /// Most recent tokens that always survive in a decoder.
    pub window: u32,
}

impl Default for Schedule {
    /// Keeps everything of a model of twelve layers. Without the window pruning doubles the
    /// perplexity of a decoder.
    fn default() -> Self {
        let layers = 12;
        let [untouched_tokens, untouched_heads] = Self::untouched(layers);
        Self {
            layers,
            keep_tokens: vec![SHARE_ONE],
            keep_heads: vec![SHARE_ONE],
            untouched_tokens,
            untouched_heads,
            window: 64,
        }
    }
}

impl Schedule {
    /// Returns how many first layers of `layers` SpAtten leaves alone: of token pruning (15 %) and
    /// of head pruning (30 %; HPCA 2021, section III).
    pub fn untouched(layers: u32) -> [u32; 2] {
        UNTOUCHED.map(|percent| (layers.min(MAX_LAYERS) * percent).div_ceil(100))
    }

    /// Returns a share of up to four decimals in ten-thousandths.
    pub fn share(value: f64) -> Option<u32> {
        let scaled = value * f64::from(SHARE_ONE);
        let whole = scaled.round();
        let exact = (scaled - whole).abs() < 1e-6 && (0.0..=f64::from(u32::MAX)).contains(&whole);
        exact.then_some(whole as u32)
    }

    /// Returns every rule that this schedule breaks.
    pub fn violations(&self) -> Vec<Violation> {
        let mut out = Vec::new();
        let field = "cascade.layers";
        let whole = Violation::range(field, self.layers, 1, MAX_LAYERS, &mut out);
        let lists = [
            ("keep_tokens", &self.keep_tokens),
            ("keep_heads", &self.keep_heads),
        ];
        for (name, shares) in lists {
            let mut refuse = |rule: String, remedy: &str| {
                let (field, value) = (format!("cascade.{name}"), shares_text(shares));
                out.push(Violation::new(&field, value, rule, remedy));
            };
            let zero = shares.iter().any(|s| !(1..=SHARE_ONE).contains(s));
            if zero || shares.windows(2).any(|pair| pair[0] < pair[1]) {
                let rule = "must be shares above 0, at most 1, none above the one before it";
                refuse(rule.to_owned(), "try [0.9, 0.3]");
            } else if whole && !self.fits(shares) {
                let layers = self.layers;
                let rule = format!("must be one share, two, or one for each of {layers} layers");
                refuse(rule, "try [0.9, 0.3], or change cascade.layers");
            }
        }
        for (name, value) in [
            ("untouched_tokens", self.untouched_tokens),
            ("untouched_heads", self.untouched_heads),
        ] {
            Violation::range(&format!("cascade.{name}"), value, 0, MAX_LAYERS, &mut out);
        }
        out
    }

    fn fits(&self, shares: &[u32]) -> bool {
        matches!(shares.len(), 1 | 2) || shares.len() == self.layers as usize
    }

    /// Resolves the schedule layer by layer, for an engine that ranks by `key_w` bits; `window` may
    /// differ, as an encoder has no most recent tokens.
    pub fn params(&self, window: u32, key_w: u32) -> CascadeParams {
        let resolve = |shares: &[u32], untouched: u32| {
            let ratio = |share: u32| (share * RATIO_ONE + SHARE_ONE / 2) / SHARE_ONE;
            let ratios: Vec<u32> = shares.iter().map(|&s| ratio(s)).collect();
            if ratios.len() == self.layers as usize {
                return ratios;
            }
            let ramp = Ramp {
                untouched,
                start: ratios.first().copied().unwrap_or(RATIO_ONE),
                end: ratios.last().copied().unwrap_or(RATIO_ONE),
            };
            ramp.shares(self.layers)
        };
        CascadeParams {
            tokens: resolve(&self.keep_tokens, self.untouched_tokens),
            heads: resolve(&self.keep_heads, self.untouched_heads),
            window,
            key_w,
        }
    }
}

/// Writes shares as a configuration does: `[0.9, 0.3]`.
fn shares_text(shares: &[u32]) -> String {
    let share = |&s: &u32| (f64::from(s) / f64::from(SHARE_ONE)).to_string();
    let all: Vec<String> = shares.iter().map(share).collect();
    format!("[{}]", all.join(", "))
}

/// A schedule, layer by layer, and how survivors are ranked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CascadeParams {
    /// Share of all tokens of the sequence that each layer keeps, 65536 is one.
    pub tokens: Vec<u32>,
    /// Share of all heads of a layer that each keeps; as many as `tokens`.
    pub heads: Vec<u32>,
    /// Most recent tokens that always survive and count as kept.
    pub window: u32,
    /// Bits of the keys of the top-k engine that ranks.
    pub key_w: u32,
}

impl CascadeParams {
    /// Returns the number of layers.
    pub fn layers(&self) -> u32 {
        self.tokens.len() as u32
    }

    /// Tells whether anything ever leaves.
    pub fn prunes(&self) -> bool {
        self.tokens
            .iter()
            .chain(&self.heads)
            .any(|&s| s < RATIO_ONE)
    }
}

/// Returns how many of `total` survive in `layer`: rounded up, at least one. Beyond the last layer
/// its share goes on.
pub(super) fn count(shares: &[u32], layer: u32, total: usize) -> u32 {
    let share = shares.get(layer as usize).or(shares.last());
    let kept = total as u64 * u64::from(share.copied().unwrap_or(RATIO_ONE));
    kept.div_ceil(u64::from(RATIO_ONE)).max(1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: u32 = RATIO_ONE / 4;

    #[test]
    fn the_ramp_starts_after_the_untouched_layers_and_ends_in_the_last() {
        let ramp = Ramp {
            untouched: 2,
            start: 3 * QUARTER,
            end: QUARTER,
        };
        let quarters = |ramp: Ramp, layers| -> Vec<u32> {
            ramp.shares(layers).iter().map(|s| s / QUARTER).collect()
        };
        assert_eq!(quarters(ramp, 5), [4, 4, 3, 2, 1]);
        let last_only = Ramp {
            untouched: 4,
            ..ramp
        };
        assert_eq!(quarters(last_only, 5), [4, 4, 4, 4, 1]);
        assert_eq!(quarters(ramp, 2), [4, 4]);
    }

    #[test]
    fn shares_become_counts() {
        let shares = [4, 3, 2, 1].map(|q| q * QUARTER);
        let counts = [0, 1, 2, 3, 9].map(|layer| count(&shares, layer, 10));
        assert_eq!(counts, [10, 8, 5, 3, 3]);
        assert_eq!(count(&shares, 3, 0), 1);
    }

    #[test]
    fn a_list_is_one_share_a_ramp_or_a_share_a_layer() {
        let of = |keep: &[u32], layers| {
            let schedule = Schedule {
                layers,
                keep_tokens: keep.to_vec(),
                untouched_tokens: 1,
                ..Schedule::default()
            };
            assert_eq!(schedule.violations(), []);
            let all = schedule.params(0, 16);
            assert_eq!(all.heads, vec![RATIO_ONE; layers as usize]);
            all.tokens
        };
        assert_eq!(of(&[5000], 3), [65536, 32768, 32768]);
        assert_eq!(of(&[7500, 2500], 4), [65536, 49152, 32768, 16384]);
        assert_eq!(of(&[7500, 7500, 2500], 3), [49152, 49152, 16384]);
        assert_eq!(of(&[7500, 2500], 2), [49152, 16384]);
        assert_eq!(of(&[9000], 1), [58982]);
    }

    #[test]
    fn what_is_wrong_with_a_schedule_is_said_at_once() {
        let schedule = Schedule {
            layers: 3,
            keep_tokens: vec![9000, 9500],
            keep_heads: vec![9000, 8000, 8000, 100],
            untouched_heads: 4000,
            ..Schedule::default()
        };
        let said: Vec<String> = schedule
            .violations()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(
            said[0].starts_with("cascade.keep_tokens = [0.9, 0.95]: "),
            "{said:?}"
        );
        assert!(said[1].contains("one for each of 3 layers"), "{said:?}");
        assert!(
            said[2].starts_with("cascade.untouched_heads = 4000: "),
            "{said:?}"
        );
        let none = Schedule {
            layers: 0,
            keep_tokens: Vec::new(),
            keep_heads: vec![0],
            ..Schedule::default()
        };
        assert_eq!(none.violations().len(), 2);
    }

    #[test]
    fn shares_have_four_decimals() {
        let read = [0.9, 1.0, 0.0, 0.3333, 0.33333, -0.1, f64::NAN].map(Schedule::share);
        let whole = [9000, 10_000, 0, 3333].map(Some);
        assert_eq!((&read[..4], &read[4..]), (&whole[..], &[None; 3][..]));
    }

    #[test]
    fn the_first_layers_that_are_left_alone_follow_from_their_number() {
        assert_eq!(Schedule::untouched(12), [2, 4]);
        assert_eq!(Schedule::untouched(6), [1, 2]);
        assert_eq!(Schedule::untouched(u32::MAX), [154, 308]);
    }
}
