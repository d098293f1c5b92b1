// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the accumulators of importance: rows of probabilities, outputs and accesses in any
//! order, every sum compared with [`hwgen_golden::importance::Importance`].
//!
//! The model follows the order in which the device takes beats, which is what the block promises.

mod bench;
mod coverage;
mod play;
pub(crate) mod ports;
mod stimulus;

use hwgen_golden::importance::ImportanceParams;
use serde::{Deserialize, Serialize};

use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::rng::Rng;
use hwgen_sim::stream::{Reset, Stall};

pub(crate) use bench::ImportanceBench;

/// One power-up and the beats after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// Seed of the initial state and of what is on the ports when nothing is valid.
    pub(crate) seed: u64,
    /// When each stream moves: rows, outputs, accesses, answers.
    pub(crate) stalls: [Stall; 4],
    /// The reset in the middle, if there is one.
    pub(crate) reset: Option<Reset>,
    /// What goes in; rows, outputs and accesses each in their order.
    pub(crate) items: Vec<Item>,
}

/// A beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Item {
    /// A row of probabilities, drawn from `seed`.
    Row { row: u32, seed: u64, shape: Shape },
    /// An output.
    Output { head: u32, seed: u64, shape: Shape },
    /// An access.
    Access {
        head: bool,
        code: u32,
        index: u32,
        target: u32,
        data: u64,
        restart: bool,
    },
}

/// What data look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// All bits random.
    Uniform,
    /// Mostly small.
    Small,
    /// Only zero and the largest.
    Extreme,
    /// So small that a few of them fit any key.
    Tiny,
    /// All bits of a 16-bit number, or none.
    Full,
    /// As large as there is.
    Largest,
}

impl Shape {
    /// The shapes of random beats.
    pub(crate) const ALL: [Self; 3] = [Self::Uniform, Self::Small, Self::Extreme];

    /// Draws probabilities for `lanes` lanes.
    pub(crate) fn probs(self, rng: &mut Rng, lanes: u32) -> Vec<u32> {
        let draw = |rng: &mut Rng| match self {
            Self::Uniform => rng.below(65537),
            Self::Small => rng.below(65537) >> rng.below(17),
            Self::Extreme => rng.below(2) << 16,
            Self::Tiny => rng.below(50),
            Self::Full => 65535,
            Self::Largest => 65536,
        };
        (0..lanes).map(|_| draw(rng) as u32).collect()
    }

    /// Draws an output of `elements` elements.
    pub(crate) fn output(self, rng: &mut Rng, elements: u32) -> Vec<i16> {
        let draw = |rng: &mut Rng| match self {
            Self::Uniform => rng.draw() as i16,
            Self::Small => rng.draw() as i16 >> rng.below(16),
            Self::Extreme => [i16::MIN, i16::MAX, 0, -1][rng.below(4) as usize],
            Self::Tiny => rng.between(-1, 1) as i16,
            Self::Full => 0,
            Self::Largest => i16::MIN,
        };
        (0..elements).map(|_| draw(rng)).collect()
    }
}

/// Reads the parameters of accumulators from the manifest, alone or within cascade pruning.
pub(crate) fn params_of(engine: &Engine) -> Result<ImportanceParams, VerifyError> {
    let tokens = engine.number("Tokens")?;
    let d_head = engine.number("DHead")?;
    // Rows of one token fit cores of several widths; which one does not matter behind it.
    let lanes = if tokens == 1 {
        1 << d_head.trailing_zeros().min(9)
    } else {
        tokens.saturating_mul(d_head)
    };
    let params = ImportanceParams {
        d_head,
        lanes,
        max_tokens: engine.number("MaxTokens")?,
        max_heads: engine.number("MaxHeads")?,
    };
    match params.violations().first() {
        Some(violation) => Err(engine.refused(violation.to_string())),
        None => Ok(params),
    }
}
