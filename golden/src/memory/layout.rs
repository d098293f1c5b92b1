// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the planes of a head lie.
//!
//! Token n of a head lies in channel n mod C, there at place n div C. All channels hold the same
//! things at the same addresses, each for its own tokens.

use super::{Layout, PAGE};
use crate::vector_reader::VectorReaderParams;

/// An entry of the table of heads: where K and V of a head lie in each channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Bases of K and V, multiples of [`PAGE`].
    pub bases: [u64; 2],
    /// Bytes from the base to the first token of each plane of K and of V, multiples of
    /// [`VectorReaderParams::granule`].
    pub offsets: [Vec<u32>; 2],
}

impl Entry {
    /// Returns where in its channel the vector of a token lies.
    pub fn address(&self, p: &VectorReaderParams, value: bool, plane: usize, token: u32) -> u64 {
        let kind = usize::from(value);
        let place = token / p.memory.channels;
        let away = self.offsets[kind][plane] + place * p.stride(value, plane);
        self.bases[kind] + u64::from(away)
    }
}

/// A head that has its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its entry.
    pub entry: Entry,
    /// The first byte behind it: the next head may begin there.
    pub end: u64,
}

/// Places a head of `tokens` tokens from `base` on, a multiple of [`PAGE`], where the next head begins
/// with a page, too.
///
/// K comes first, plane by plane, each at a multiple of a beat. A plane whose bytes are a multiple of
/// 1 KiB is followed by a gap of a beat, so that the same token of different planes does not lie a
/// power of two apart. V begins `skew` bytes behind the page that follows K; its planes lie as
/// [`MemoryParams::v_layout`](super::MemoryParams::v_layout) says.
pub fn place(p: &VectorReaderParams, base: u64, tokens: u32, skew: u32) -> Placed {
    lay(p, base, tokens, PAGE, skew)
}

/// Places a head of `tokens` tokens from `at` on, a multiple of a beat, as [`place`] does but without a
/// gap between K and V and behind V, so that many small heads share the rows of a DRAM.
pub fn place_tight(p: &VectorReaderParams, at: u64, tokens: u32) -> Placed {
    lay(p, at, tokens, p.memory.beat_bytes().into(), 0)
}

/// Places a head whose parts begin at multiples of `unit`, a multiple of a beat that is at most a page.
fn lay(p: &VectorReaderParams, from: u64, tokens: u32, unit: u64, skew: u32) -> Placed {
    let beat = p.memory.beat_bytes();
    let places = tokens.div_ceil(p.memory.channels);
    let mut offsets = [Vec::new(), Vec::new()];
    let mut bases = [from; 2];
    let mut end = from;
    for value in [false, true] {
        let kind = usize::from(value);
        let begin = end.next_multiple_of(unit);
        bases[kind] = begin / PAGE * PAGE;
        let mut at = (begin - bases[kind]) as u32;
        if value {
            at += skew.next_multiple_of(beat);
        }
        let together = value && p.memory.v_layout == Layout::Token;
        for plane in 0..p.planes(value).len() {
            offsets[kind].push(at);
            at += if together {
                p.vector_bytes(value, plane)
            } else {
                apart(places * p.stride(value, plane), beat)
            };
        }
        if together {
            at += places.saturating_sub(1) * p.stride(value, 0);
        }
        end = bases[kind] + u64::from(at);
    }
    Placed {
        entry: Entry { bases, offsets },
        end: end.next_multiple_of(unit),
    }
}

/// Returns the bytes from a plane of so many bytes to the next one.
fn apart(bytes: u32, beat: u32) -> u32 {
    let whole = bytes.next_multiple_of(beat);
    if whole.is_multiple_of(1024) {
        whole + beat
    } else {
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::super::MemoryParams;
    use super::*;

    fn params(channels: u32, v_layout: Layout) -> VectorReaderParams {
        VectorReaderParams {
            k_planes: vec![6, 4],
            v_planes: vec![4, 2],
            memory: MemoryParams {
                channels,
                data_w: 256,
                v_layout,
                ..MemoryParams::default()
            },
            ..VectorReaderParams::default()
        }
    }

    #[test]
    fn a_head_by_hand() {
        // Vectors of 48, 32, 32 and 16 bytes; a hundred tokens in two channels are 50 places.
        let p = params(2, Layout::Plane);
        let placed = place(&p, 0x1_0000, 100, 512);
        // 2400 bytes are whole beats of 32, and 1600 are, too.
        assert_eq!(placed.entry.offsets, [vec![0, 2400], vec![512, 512 + 1600]]);
        // K ends at 0x1_0000 + 4000, V at 0x1_1000 + 512 + 1600 + 800.
        assert_eq!(placed.entry.bases, [0x1_0000, 0x1_1000]);
        assert_eq!(placed.end, 0x1_2000);
        let at = |value, plane, token| placed.entry.address(&p, value, plane, token);
        assert_eq!(at(false, 0, 0), 0x1_0000);
        assert_eq!(at(false, 0, 1), 0x1_0000);
        assert_eq!(at(false, 0, 99), 0x1_0000 + 49 * 48);
        assert_eq!(at(false, 1, 6), 0x1_0000 + 2400 + 3 * 32);
        assert_eq!(at(true, 1, 7), 0x1_1000 + 2112 + 3 * 16);
    }

    #[test]
    fn values_by_token_lie_together() {
        let p = params(1, Layout::Token);
        let placed = place(&p, 0, 8, 0);
        assert_eq!(placed.entry.offsets[1], [0, 32]);
        let at =
            |plane, token| placed.entry.address(&p, true, plane, token) - placed.entry.bases[1];
        assert_eq!(
            [at(0, 0), at(1, 0), at(0, 1), at(1, 7)],
            [0, 32, 48, 7 * 48 + 32]
        );
    }

    #[test]
    fn filled_values_by_hand() {
        // V has 32 and 16 bytes per vector here; with planes of 6 bits it has 48, filled up to 64.
        let mut p = params(2, Layout::Filled);
        p.v_planes = vec![6, 4];
        let placed = place(&p, 0, 100, 512);
        // Fifty places of 64 bytes are 3200, whole beats of 32 and no multiple of 1 KiB.
        assert_eq!(placed.entry.offsets, [vec![0, 2400], vec![512, 3712]]);
        let at = |plane, token| placed.entry.address(&p, true, plane, token);
        assert_eq!(placed.entry.bases, [0, 0x1000]);
        assert_eq!(at(0, 7), 0x1000 + 512 + 3 * 64);
        assert_eq!(at(1, 99), 0x1000 + 3712 + 49 * 32);
        // K is as ever.
        assert_eq!(placed.entry.address(&p, false, 0, 7), 3 * 48);
        assert_eq!([p.stride(true, 0), p.stride(true, 1)], [64, 32]);
        assert_eq!([p.stride(false, 0), p.vector_bytes(true, 0)], [48, 48]);
    }

    #[test]
    fn no_plane_lies_a_power_of_two_from_the_next() {
        let p = params(1, Layout::Plane);
        // 64 tokens of 48 bytes are 3 KiB.
        let placed = place(&p, 0, 64, 0);
        assert_eq!(placed.entry.offsets[0], [0, 3072 + 32]);
    }

    #[test]
    fn tight_heads_by_hand() {
        // As the head by hand, from 160 bytes on: K has 2400 and 1600 bytes, V 1600 and 800.
        let p = params(2, Layout::Plane);
        let placed = place_tight(&p, 0x1_00a0, 100);
        assert_eq!(placed.entry.bases, [0x1_0000, 0x1_1000]);
        // K ends at 0x1_0000 + 160 + 4000 = 0x1_1000 + 64, where V begins.
        assert_eq!(
            placed.entry.offsets,
            [vec![160, 160 + 2400], vec![64, 64 + 1600]]
        );
        assert_eq!(placed.end, 0x1_1000 + 64 + 2400);
        // A hundred values by token are 50 places of 48 bytes.
        let placed = place_tight(&params(2, Layout::Token), 0, 100);
        assert_eq!(placed.entry.bases, [0, 0]);
        assert_eq!(placed.entry.offsets[1], [4000, 4032]);
        assert_eq!(placed.end, 6400);
    }

    #[test]
    fn vectors_do_not_overlap_and_stay_within_the_head() {
        let cases = [
            (1, Layout::Plane, 320),
            (4, Layout::Token, 320),
            (16, Layout::Plane, 320),
            (4, Layout::Plane, 0),
            (2, Layout::Token, 0),
            (2, Layout::Filled, 320),
            (4, Layout::Filled, 0),
        ];
        for (channels, layout, skew) in cases {
            let p = params(channels, layout);
            // Without a skew, heads without gaps.
            let placed = match skew {
                0 => place_tight(&p, 3 * PAGE + 96, 37),
                skew => place(&p, 3 * PAGE, 37, skew),
            };
            let mut ranges = Vec::new();
            for (value, planes) in [(false, 2), (true, 2)] {
                for plane in 0..planes {
                    for token in (0..37).step_by(channels as usize) {
                        let at = placed.entry.address(&p, value, plane, token);
                        ranges.push((at, at + u64::from(p.vector_bytes(value, plane))));
                    }
                }
            }
            ranges.sort_unstable();
            assert!(ranges.windows(2).all(|w| w[0].1 <= w[1].0), "{ranges:?}");
            let last = ranges.last().expect("there are some").1;
            assert!(ranges[0].0 >= 3 * PAGE && last <= placed.end);
        }
    }
}
