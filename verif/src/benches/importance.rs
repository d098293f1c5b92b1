// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the accumulators of importance: rows of probabilities, outputs and accesses in any
//! order, every sum compared with [`hwgen_golden::importance::Importance`].
//!
//! The model follows the order in which the device takes beats, which is what the block promises.

pub(crate) mod bench;
mod play;
mod stimulus;

use hwgen_golden::attention::{OUT_W, PROB_W};
use serde::{Deserialize, Serialize};

use crate::kit::{self, Io, Offer, Point as Situation, Stall, pack, points};
use hwgen_sim::dut::Dut;
use hwgen_sim::rng::Rng;

/// Streams of the block, in the order of a run's stalls.
const ROWS: usize = 0;
const OUTPUTS: usize = 1;
const ACCESSES: usize = 2;
const ANSWERS: usize = 3;

/// A run of beats; rows, outputs and accesses each go in in their order.
type Run = kit::Run<Item>;

/// A beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Item {
    /// A row of probabilities.
    Row(Data),
    /// An output of a head.
    Output(Data),
    /// An access.
    Access(Access),
}

/// A row or an output, drawn from a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    /// Number of the row or of the head.
    number: u32,
    seed: u64,
    shape: Shape,
}

/// An access, as the golden model takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Access {
    head: bool,
    code: u32,
    index: u32,
    target: u32,
    data: u64,
    restart: bool,
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

/// Rows of probabilities and outputs, as the core sends them.
pub(crate) struct FromCore {
    /// Data, row, keep.
    pub(crate) prob: Offer<3>,
    /// Data, head.
    pub(crate) out: Offer<2>,
}

impl FromCore {
    pub(crate) fn find(dut: &Dut) -> Self {
        Self {
            prob: Offer::find(dut, "prob", ["data", "row", "keep"]),
            out: Offer::find(dut, "out", ["data", "head"]),
        }
    }

    /// Takes valid away.
    pub(crate) fn quiet<P: Situation>(&mut self, io: &mut Io<P>) {
        self.prob.offer(io, false);
        self.out.offer(io, false);
    }

    /// Offers the next row (number, probabilities, lanes that count); the others hold noise.
    pub(crate) fn feed_row<P: Situation>(
        &mut self,
        io: &mut Io<P>,
        stall: &Stall,
        next: Option<&(u32, Vec<u32>, u64)>,
    ) {
        self.prob
            .feed(io, stall, next, |io, [data, row, keep], beat| {
                let (number, probs, kept) = beat;
                io.set(row, *number);
                io.set(keep, *kept);
                let lane = |(lane, &p): (u32, &u32)| match kept >> lane & 1 {
                    1 => u64::from(p),
                    _ => io.noise.draw(),
                };
                let lanes: Vec<u64> = (0..).zip(probs).map(lane).collect();
                pack(io.dut.words_mut(data), PROB_W, lanes.into_iter());
            });
    }

    /// Offers the next output (head, elements).
    pub(crate) fn feed_output<P: Situation>(
        &mut self,
        io: &mut Io<P>,
        stall: &Stall,
        next: Option<&(u32, Vec<i16>)>,
    ) {
        self.out.feed(io, stall, next, |io, [data, head], beat| {
            io.set(head, beat.0);
            let elements = beat.1.iter().map(|&e| u64::from(e as u16));
            pack(io.dut.words_mut(data), OUT_W, elements);
        });
    }
}

points! {
    /// A token's sum stayed at the largest.
    SaturatedToken,
    /// A head's did.
    SaturatedHead,
    /// A row followed the same row at once.
    RepeatedRow,
    /// An output of a head that does not exist.
    StrayHead,
    /// A sum was copied.
    Copied,
    /// A sum was written.
    Written,
    /// What was seen was forgotten.
    Restarted,
    /// An access was answered as an error.
    Refused,
    /// An access read what the one before it wrote.
    Dependent,
    /// An answer had to wait.
    StalledAnswer,
    /// A row had to wait for an access.
    WaitingRow,
    /// Reset hit while beats were under way.
    Reset,
}
