// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests, and the memory in which they find their vectors.

use hwgen_golden::memory::Layout;
use hwgen_golden::memory::fetch::Request;
use hwgen_golden::memory::layout::{Entry, place};
use hwgen_golden::vector_reader::VectorReaderParams;
use serde::{Deserialize, Serialize};

use crate::memory::{Access, Behaviour, Memory, Space};
use hwgen_sim::dut::mask;
use hwgen_sim::rng::{Rng, at};

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    pub(super) value: bool,
    pub(super) plane: u32,
    /// Number of the head, whose low bits are that of the entry.
    pub(super) head: u8,
    pub(super) mask: u64,
    /// The token of each lane.
    pub(super) tokens: Vec<u32>,
}

impl Ask {
    pub(super) fn request(&self) -> Request {
        Request {
            value: self.value,
            plane: self.plane as usize,
            mask: self.mask,
            tokens: self.tokens.clone(),
        }
    }
}

/// What surrounds the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setup {
    /// How the memories behave; with a latency of one cycle if nothing is said.
    pub(super) behaviour: Option<Behaviour>,
    /// Heads that have a place.
    pub(super) heads: u32,
    /// Tokens of each, if a job may have so many.
    pub(super) tokens: u32,
    /// Where the first one begins.
    pub(super) base: u64,
    /// Bytes from a channel to the next.
    pub(super) stride: u64,
    /// Bytes that values are moved by.
    pub(super) skew: u32,
    /// `AxPROT` and `AxCACHE`.
    pub(super) attributes: (u32, u32),
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            behaviour: None,
            // Whatever a run asks for has a place here.
            heads: 3,
            tokens: 4096,
            base: 0,
            stride: 0,
            skew: 0,
            attributes: (0, 0),
        }
    }
}

impl Setup {
    /// Draws one for so many tokens.
    pub(super) fn draw(rng: &mut Rng, p: &VectorReaderParams, tokens: u32) -> Self {
        let mut behaviour = Behaviour::draw(rng);
        if rng.chance(30) {
            behaviour.errors.seed = rng.draw();
            behaviour.errors.per_mille = [5, 50, 1000][rng.below(3) as usize];
        }
        // Around a place where the lower half of an address overflows, or anywhere.
        let high = (rng.draw() & mask(20)) << 38;
        let base = match rng.below(3) {
            0 => high.saturating_sub(4096 * (1 + rng.below(4))),
            1 => high | (rng.draw() & mask(38) & !4095),
            _ => 0,
        };
        let stride = [0, 1 << 30, (1 << 38) - (1 << 24)][rng.below(3) as usize];
        Self {
            behaviour: Some(behaviour),
            heads: 1 + rng.below(u64::from(p.memory.heads.min(3))) as u32,
            tokens,
            base,
            stride,
            skew: (rng.below(40) * 16) as u32,
            attributes: (rng.below(8) as u32, [0, 2, 3, 15][rng.below(4) as usize]),
        }
    }

    /// Returns the tokens of each head.
    pub(super) fn tokens(&self, p: &VectorReaderParams) -> u32 {
        self.tokens.min(p.max_tokens)
    }

    /// Returns the entries of the heads, one behind the other in memory.
    pub(super) fn entries(&self, p: &VectorReaderParams) -> Vec<Entry> {
        let mut base = self.base;
        let mut next = |_| {
            let placed = place(p, base, self.tokens(p), self.skew);
            // A page is left free, so that what goes beyond the end is noticed.
            base = placed.end + 4096;
            placed.entry
        };
        (0..self.heads).map(&mut next).collect()
    }

    /// Returns the behaviour of the memory of `channel`.
    pub(super) fn behaviour(&self, channel: u32) -> Behaviour {
        let mut own = self
            .behaviour
            .clone()
            .unwrap_or_else(|| Behaviour::ideal(1));
        let salt = |seed: &mut u64| *seed = at(*seed, u64::from(channel));
        salt(&mut own.seed);
        salt(&mut own.address.seed);
        salt(&mut own.data.seed);
        salt(&mut own.errors.seed);
        own
    }

    /// Makes the memory of `channel`: noise, in which the vectors of its tokens may be read.
    pub(super) fn memory(
        &self,
        p: &VectorReaderParams,
        entries: &[Entry],
        channel: u32,
        seed: u64,
    ) -> Memory {
        let mut space = Space::new(at(seed, u64::from(channel)));
        let origin = u64::from(channel) * self.stride;
        let places = (self.tokens(p) + p.memory.channels - 1 - channel) / p.memory.channels;
        for (head, entry) in entries.iter().enumerate() {
            for value in [false, true] {
                for plane in 0..p.planes(value).len() {
                    let first = origin + entry.address(p, value, plane, channel);
                    let together = value && p.memory.v_layout == Layout::Token;
                    if places == 0 || (together && plane > 0) {
                        continue;
                    }
                    let bytes = p.read_bytes(value, plane, places);
                    let name = format!(
                        "head {head}, plane {plane} of {}",
                        ["K", "V"][usize::from(value)]
                    );
                    space.allot(&name, first, bytes, Access::Read);
                }
            }
        }
        Memory::new(space)
    }
}

/// What the requests of a run have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Rows of keys in order, the top plane only.
    Top,
    /// Rows of keys in order, some planes each.
    Rows,
    /// The same without some lanes.
    Refined,
    /// Values, gathered by lane.
    Gathered,
    /// Rows of a token list.
    Listed,
    /// All lanes in one channel.
    Crowded,
    /// Anything.
    Mixed,
}

impl Kind {
    pub(super) const ALL: [Self; 7] = [
        Self::Top,
        Self::Rows,
        Self::Refined,
        Self::Gathered,
        Self::Listed,
        Self::Crowded,
        Self::Mixed,
    ];

    /// Draws `count` requests.
    pub(super) fn draw(
        self,
        rng: &mut Rng,
        p: &VectorReaderParams,
        setup: &Setup,
        count: u64,
    ) -> Vec<Ask> {
        let rows = setup.tokens(p) / p.tokens;
        let start = rng.below(u64::from(rows)) as u32;
        let planes = match self {
            Self::Top => 1,
            _ => 1 + rng.below(p.k_planes.len() as u64) as u32,
        };
        let head = rng.draw() as u8;
        let mut before: Option<Ask> = None;
        let one = |i: u64| {
            let gathers = !matches!(self, Self::Top | Self::Rows);
            if let Some(ask) = before.as_mut().filter(|a| gathers && a.mask != 0)
                && rng.chance(30)
            {
                // The place behind the last one that was asked for, which may share a word with it,
                // or that place again, or the same one of another head, which shares none.
                let last = ask.tokens[ask.mask.ilog2() as usize];
                let far = if rng.chance(50) { 0 } else { p.memory.channels };
                let next = (last + far) % setup.tokens(p);
                (ask.mask, ask.tokens) = (1, vec![next; p.tokens as usize]);
                let mut other = ask.clone();
                if rng.chance(20) {
                    let slots = p.memory.heads as u8;
                    let slot = rng.below(u64::from(setup.heads)) as u8;
                    other.head = (other.head & !(slots - 1)) | slot;
                }
                return other;
            }
            let (number, plane) = (start + i as u32 / planes, i as u32 % planes);
            let kind = match self {
                Self::Mixed => Self::ALL[rng.below(6) as usize],
                kind => kind,
            };
            let mixed = self == Self::Mixed;
            let mut ask = kind.one(rng, p, setup, number % rows, plane);
            let slots = u64::from(setup.heads);
            let slot = if mixed {
                rng.below(slots) as u8
            } else {
                head % setup.heads as u8
            };
            ask.head = (head & !(p.memory.heads - 1) as u8) | slot;
            if mixed && rng.chance(5) {
                ask.mask = 0;
            }
            // Values may lie between what shares a word.
            if !ask.value || rng.chance(50) {
                before = Some(ask.clone());
            }
            ask
        };
        (0..count).map(one).collect()
    }

    fn one(
        self,
        rng: &mut Rng,
        p: &VectorReaderParams,
        setup: &Setup,
        row: u32,
        plane: u32,
    ) -> Ask {
        let (t, all) = (p.tokens, mask(p.tokens));
        let value = match self {
            Self::Top | Self::Rows | Self::Refined => false,
            Self::Gathered => true,
            _ => rng.chance(50),
        };
        let plane = plane.min(p.planes(value).len() as u32 - 1);
        let rows = u64::from(setup.tokens(p) / t);
        let channels = u64::from(p.memory.channels.min(setup.tokens(p)));
        let channel = rng.below(channels);
        let mut list = rng.below(u64::from(setup.tokens(p))) as u32;
        let token = |lane: u32| match self {
            Self::Top | Self::Rows | Self::Refined => row * t + lane,
            Self::Gathered => rng.below(rows) as u32 * t + lane,
            Self::Crowded => {
                let places = (u64::from(setup.tokens(p)) - 1 - channel) / channels;
                (rng.below(places + 1) * channels + channel) as u32
            }
            _ => {
                list = (list + 1 + rng.below(3) as u32) % setup.tokens(p);
                list
            }
        };
        let tokens = (0..t).map(token).collect();
        let lanes = match self {
            Self::Top | Self::Rows => all,
            _ if rng.chance(40) => all,
            _ => rng.draw() & all,
        };
        Ask {
            value,
            plane,
            head: 0,
            mask: if lanes == 0 { 1 } else { lanes },
            tokens,
        }
    }
}
