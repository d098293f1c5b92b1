// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tokens of a run, and what is counted of them.

use hwgen_golden::memory::MemoryParams;
use hwgen_golden::memory::layout::{Entry, place};
use hwgen_golden::plane_writer::PlaneWriterParams;
use hwgen_golden::stream::Command;
use hwgen_golden::vector_reader::VectorReaderParams;
use hwgen_sim::rng::{self, Rng};
use serde::{Deserialize, Serialize};

use crate::kit::{Io, changed, points, read};
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;

/// Tokens of a cache.
const CACHE: u32 = 64;

points! {
    /// An element was saturated.
    Saturated,
    /// The largest or the smallest number that is not.
    Extreme,
    /// A token that does not lie in channel 0.
    Channel,
    /// The last token there can be.
    LastToken,
    /// An address sum went beyond the address space.
    Wrapped,
    /// The last word of elements held more than elements.
    Partial,
    /// A job waited.
    JobWaits,
    /// A word of elements waited.
    ElementsWait,
    /// A command waited.
    CommandWaits,
    /// A word of digits waited.
    WordWaits,
    /// An answer waited.
    AnswerWaits,
    /// An answer of the writer waited.
    WrittenWaits,
    /// Elements came before their job.
    ElementsFirst,
    /// All commands of a token left before its elements had come.
    CommandsFirst,
    /// A job was taken while the one before had not been answered.
    Overlap,
    /// A command was not carried out well.
    Failed,
    /// Two commands of a token failed in different ways.
    TwoCodes,
    /// A token was well behind one that was not.
    WellAgain,
    /// Tokens of a cache were read back.
    ReadBack,
    /// The cycles of a token were foretold.
    Foretold,
    /// Reset hit while a token was under way.
    Reset,
}

/// A token of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(super) token: u16,
    /// Bases of K and V.
    pub(super) bases: [u64; 2],
    /// Offsets of all planes, those of K first.
    pub(super) offsets: Vec<u32>,
    /// Codes that the writer answers with.
    pub(super) codes: Vec<u8>,
    /// Seed of the elements.
    pub(super) seed: u64,
}

impl Case {
    /// Returns the places of its planes.
    pub(super) fn entry(&self, p: &PlaneWriterParams) -> Entry {
        let (k, v) = self.offsets.split_at(p.k_planes.len());
        Entry {
            bases: self.bases,
            offsets: [k.to_vec(), v.to_vec()],
        }
    }

    /// Draws the elements of K or V: any numbers, small ones, or such at the bounds of the planes.
    pub(super) fn elements(&self, p: &PlaneWriterParams, value: bool) -> Vec<i16> {
        let seed = rng::at(self.seed, value.into());
        let bits: u32 = p.planes(value).iter().sum();
        let bound = 1_i32 << (bits - 1);
        let draw = |at: u64| {
            let drawn = rng::at(seed, 1 + at);
            let any = drawn as i16;
            match seed % 4 {
                0 => any,
                1 => any >> (16 - bits),
                2 => {
                    let near = (drawn >> 16 & 3) as i32 - 2;
                    let sign = if drawn & 1 == 0 { bound } else { -bound };
                    (sign + near) as i16
                }
                _ => [0, -1, i16::MIN, i16::MAX, 1, any][(drawn >> 32) as usize % 6],
            }
        };
        (0..p.d_head.into()).map(draw).collect()
    }

    /// Lists simpler tokens.
    pub(super) fn plainer(&self) -> Vec<Self> {
        vec![
            changed(self, |c| c.codes.fill(0)),
            changed(self, |c| c.bases = [0; 2]),
            changed(self, |c| c.bases[0] = 0),
            changed(self, |c| c.offsets.fill(0)),
            changed(self, |c| c.token = 0),
            changed(self, |c| c.token /= 2),
            changed(self, |c| c.seed = 1),
        ]
    }
}

/// What surrounds the block in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    pub(super) channel_stride: u64,
    /// Whether the tokens are those of one cache, which is read back in the end.
    pub(super) cache: bool,
}

impl Setup {
    /// Draws one; channels of a cache do not overlap.
    pub(super) fn draw(rng: &mut Rng, cache: bool) -> Self {
        let channel_stride = match rng.below(4) {
            _ if cache => (1 + rng.below(1 << 20)) << 24,
            0 => 0,
            1 => rng.below(1 << 40) << 12,
            2 => u64::MAX << rng.below(64),
            _ => rng.draw(),
        };
        Self {
            channel_stride,
            cache,
        }
    }
}

/// The plane writer under test.
pub(crate) struct PlaneWriterBench {
    pub(super) params: PlaneWriterParams,
}

impl PlaneWriterBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = PlaneWriterParams::interface;
        let params = read(engine, PlaneWriterParams::from_values, interface)?;
        Ok(Self { params })
    }

    /// Returns the reader of the same cache.
    pub(super) fn reader(&self) -> VectorReaderParams {
        let p = &self.params;
        VectorReaderParams {
            d_head: p.d_head,
            k_planes: p.k_planes.clone(),
            v_planes: p.v_planes.clone(),
            memory: MemoryParams {
                channels: p.channels,
                v_layout: p.v_layout,
                ..MemoryParams::default()
            },
            ..VectorReaderParams::default()
        }
    }

    /// Draws tokens: those of a cache, each once, or any.
    pub(super) fn cases(&self, rng: &mut Rng, setup: &Setup, count: u64) -> Vec<Case> {
        let base = rng.below(1 << 30) << 12;
        let placed = place(&self.reader(), base, CACHE, 64 * rng.below(40) as u32);
        let (first, step) = (rng.below(CACHE.into()), 1 + 2 * rng.below(20));
        let planes = self.params.order().count();
        let number = |i: u64| ((first + i * step) % u64::from(CACHE)) as u16;
        (0..count)
            .map(|i| {
                let bad = rng.chance(25);
                let codes = (0..planes).map(|_| {
                    let fails = bad && rng.chance(50);
                    if fails { 1 + rng.below(7) as u8 } else { 0 }
                });
                let codes = codes.collect();
                let seed = rng.draw();
                if setup.cache {
                    return Case {
                        token: number(i),
                        bases: placed.entry.bases,
                        offsets: placed.entry.offsets.concat(),
                        codes,
                        seed,
                    };
                }
                let token = match rng.below(4) {
                    0 => u16::MAX - rng.below(2) as u16,
                    1 => rng.below(64) as u16,
                    _ => rng.draw() as u16,
                };
                Case {
                    token,
                    bases: [(); 2].map(|()| awkward(rng)),
                    offsets: (0..planes).map(|_| awkward(rng) as u32).collect(),
                    codes,
                    seed,
                }
            })
            .collect()
    }
}

/// Draws a number with long runs of ones or zeros, so that carries go far.
fn awkward(rng: &mut Rng) -> u64 {
    let (drawn, at) = (rng.draw(), rng.below(64));
    match rng.below(4) {
        0 => drawn,
        1 => drawn >> at,
        2 => u64::MAX << at,
        _ => (u64::MAX >> at).wrapping_sub(drawn & 0xff),
    }
}

/// What a token brings about.
pub(super) struct Job {
    /// Words of its elements, those of K first.
    pub(super) elements: Vec<Vec<u64>>,
    /// Words of elements that each plane needs.
    pub(super) needs: Vec<usize>,
    /// Commands, and for each the words of its row.
    pub(super) commands: Vec<Command>,
    pub(super) words: Vec<Vec<Vec<u8>>>,
    pub(super) code: u8,
}

impl PlaneWriterBench {
    /// Foretells what a token brings about; the words of elements are filled up with `noise`.
    pub(super) fn foretell(&self, case: &Case, setup: &Setup, noise: &mut Rng) -> Job {
        let p = &self.params;
        let per_word = (p.data_w / 16) as usize;
        let of = [false, true].map(|value| case.elements(p, value));
        let mut elements = Vec::new();
        for chunk in of.iter().flat_map(|kind| kind.chunks(per_word)) {
            let mut word: Vec<u64> = (0..p.data_w / 64).map(|_| noise.draw()).collect();
            for (at, &element) in chunk.iter().enumerate() {
                let (part, low) = (at / 4, at % 4 * 16);
                word[part] &= !(0xffff << low);
                word[part] |= u64::from(element as u16) << low;
            }
            elements.push(word);
        }
        let words = p.order().map(|(value, plane)| {
            let row = p.vector(value, plane, &of[usize::from(value)]);
            let chunks = row.chunks(p.word_bytes() as usize);
            chunks.map(<[u8]>::to_vec).collect()
        });
        let each = p.element_words() as usize;
        Job {
            words: words.collect(),
            elements,
            needs: p
                .order()
                .map(|(v, _)| each * (1 + usize::from(v)))
                .collect(),
            commands: p.commands(&case.entry(p), setup.channel_stride, case.token),
            code: case.codes.iter().copied().find(|&c| c != 0).unwrap_or(0),
        }
    }

    /// Counts the situations that a token is one of.
    pub(super) fn count(&self, io: &mut Io<Point>, case: &Case, job: &Job, setup: &Setup) {
        let p = &self.params;
        for value in [false, true] {
            let all = case.elements(p, value);
            let held = |e: i16| p.saturated(value, e);
            io.count(
                Point::Saturated,
                all.iter().any(|&e| held(e) != i32::from(e)),
            );
            let (low, high) = (held(i16::MIN), held(i16::MAX));
            let bound = |e: i16| i32::from(e) == low || i32::from(e) == high;
            io.count(Point::Extreme, all.iter().any(|&e| bound(e)));
        }
        io.count(
            Point::Channel,
            !u32::from(case.token).is_multiple_of(p.channels),
        );
        io.count(Point::LastToken, case.token == u16::MAX);
        let channel = u64::from(case.token) % u64::from(p.channels);
        let begins = channel.checked_mul(setup.channel_stride);
        let wraps = |(at, c): (usize, &Command)| {
            let base = case.bases[usize::from(at >= p.k_planes.len())];
            begins.is_none() || c.addr < base
        };
        io.count(Point::Wrapped, job.commands.iter().enumerate().any(wraps));
        io.count(Point::Partial, !p.d_head.is_multiple_of(p.data_w / 16));
        io.count(Point::Failed, job.code != 0);
        let other = case.codes.iter().any(|&c| c != 0 && c != job.code);
        io.count(Point::TwoCodes, other);
    }
}
