// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the accumulators of importance: rows of probabilities, outputs and accesses in any
//! order, every sum compared with [`hwgen_golden::importance::Importance`].
//!
//! The model follows the order in which the device takes beats, which is what the block promises.

mod play;
mod stimulus;

use hwgen_golden::attention::{OUT_W, PROB_W};
use hwgen_golden::importance::ImportanceParams;
use serde::{Deserialize, Serialize};

use crate::dut::Dut;
use crate::error::VerifyError;
use crate::kit::{Bench, Io, Offer, Point as Situation, RunOf, pack, points, read};
use crate::manifest::Engine;
use crate::report::{Fault, plural};
use crate::rng::Rng;
use play::ImportancePlayer;

/// Streams of the block, in the order of a run's stalls.
const ROWS: usize = 0;
const OUTPUTS: usize = 1;
const ACCESSES: usize = 2;
const ANSWERS: usize = 3;

/// A run of beats; rows, outputs and accesses each go in in their order.
type Run = RunOf<ImportanceBench>;

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

    /// Puts a row on the port (number, probabilities, lanes that count), or noise.
    pub(crate) fn put_row<P: Situation>(
        &mut self,
        io: &mut Io<P>,
        row: Option<(u32, &[u32], u64)>,
    ) {
        self.prob.offer(io, row.is_some());
        let Some((number, probs, kept)) = row else {
            return self.prob.scribble(io);
        };
        let [data, row, keep] = self.prob.fields;
        io.set(row, number);
        io.set(keep, kept);
        let probs = probs.iter().map(|&p| u64::from(p));
        pack(io.dut.words_mut(data), PROB_W, probs);
    }

    /// Puts an output on the port (head, elements), or noise.
    pub(crate) fn put_output<P: Situation>(
        &mut self,
        io: &mut Io<P>,
        output: Option<(u32, &[i16])>,
    ) {
        self.out.offer(io, output.is_some());
        let Some((number, elements)) = output else {
            return self.out.scribble(io);
        };
        let [data, head] = self.out.fields;
        io.set(head, number);
        let elements = elements.iter().map(|&e| u64::from(e as u16));
        pack(io.dut.words_mut(data), OUT_W, elements);
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

/// The accumulators under test.
pub(crate) struct ImportanceBench {
    params: ImportanceParams,
}

impl ImportanceBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = ImportanceParams::interface;
        let params = read(engine, ImportanceParams::from_values, interface)?;
        Ok(Self { params })
    }
}

impl Bench for ImportanceBench {
    type Item = Item;
    type Setup = ();
    type Point = Point;
    type Player<'a> = ImportancePlayer<'a>;
    const WORDS: [&'static str; 2] = ["beat", "beats"];
    const STREAMS: &'static [&'static str] = &["streams stalled"; 4];

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        stimulus::plan(&self.params, seed, cases)
    }

    fn refuse(&self, name: &str, item: &Item) -> Option<String> {
        let rows = self.params.max_tokens / self.params.tokens();
        match item {
            Item::Row { row, .. } if *row >= rows => Some(format!("{name} is row {row} of {rows}")),
            Item::Output { head, .. } if *head > 255 => Some(format!("{name} is of head {head}")),
            Item::Access { code, .. } if *code > 3 => Some(format!("{name} has code {code}")),
            _ => None,
        }
    }

    fn weight(&self, item: &Item) -> u64 {
        match item {
            Item::Row { .. } => self.params.tokens().into(),
            Item::Output { .. } => self.params.d_head.into(),
            Item::Access { .. } => 1,
        }
    }

    fn player<'a>(&'a self, dut: &Dut, run: &'a Run) -> Result<ImportancePlayer<'a>, Fault> {
        Ok(ImportancePlayer::new(&self.params, dut, run))
    }

    fn plainer(item: &Item) -> Vec<Item> {
        let row_of = |row, seed, shape| Item::Row { row, seed, shape };
        let output_of = |head, seed, shape| Item::Output { head, seed, shape };
        match *item {
            Item::Row { row, seed, shape } => vec![
                row_of(0, seed, shape),
                row_of(row, 1, shape),
                row_of(row, seed, Shape::Small),
            ],
            Item::Output { head, seed, shape } => {
                vec![output_of(0, seed, shape), output_of(head, 1, shape)]
            }
            Item::Access {
                head,
                code,
                index,
                target,
                data,
                restart,
            } => {
                let access = |index, target, data, restart| Item::Access {
                    head,
                    code,
                    index,
                    target,
                    data,
                    restart,
                };
                vec![
                    access(0, target, data, restart),
                    access(index, 0, data, restart),
                    access(index, target, 0, restart),
                    access(index, target, data, false),
                ]
            }
        }
    }

    fn describe(&self, items: &[Item]) -> String {
        let mut counts = [0; 3];
        for item in items {
            let kind = match item {
                Item::Row { .. } => 0,
                Item::Output { .. } => 1,
                Item::Access { .. } => 2,
            };
            counts[kind] += 1;
        }
        let [rows, outputs, accesses] = counts;
        let rows = plural(rows, "row", "rows");
        let outputs = plural(outputs, "output", "outputs");
        let accesses = plural(accesses, "access", "accesses");
        format!("{rows}, {outputs}, {accesses}")
    }

    fn reaches(&self, point: Point) -> bool {
        point != Point::StrayHead || self.params.max_heads < 256
    }
}
