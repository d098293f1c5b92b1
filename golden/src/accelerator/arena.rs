// SPDX-License-Identifier: MIT OR Apache-2.0
//! A place in memory for everything: ranges that do not overlap, by the rules of the formats.

use crate::memory::Layout;
use crate::memory::layout::{Entry, Placed, place};
use crate::vector_reader::VectorReaderParams;

/// What the accelerator may do with a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Read it.
    Read,
    /// Write it.
    Write,
    /// Both.
    Both,
}

/// A range of bytes that has a use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// What lies there.
    pub name: String,
    /// Its first byte.
    pub base: u64,
    /// Bytes, at least one.
    pub bytes: u64,
    /// What the accelerator may do.
    pub allows: Use,
}

/// Rows of equal length, and where they lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// The first byte of the first row.
    pub base: u64,
    /// Bytes of a row.
    pub bytes: u32,
    /// Rows.
    pub rows: u32,
    /// Bytes from the beginning of a row to that of the next.
    pub stride: i32,
}

impl Rows {
    /// Returns the first byte of a row.
    pub fn row(&self, row: u32) -> u64 {
        let far = i64::from(self.stride) * i64::from(row);
        self.base.wrapping_add_signed(far)
    }
}

/// Gives ranges away, one behind the other, and keeps a list of them.
#[derive(Debug, Clone)]
pub struct Arena {
    next: u64,
    gap: u64,
    ranges: Vec<Range>,
}

impl Arena {
    /// Begins at `base`. At least `gap` bytes are left free behind each range, so that an access
    /// beyond its end is noticed.
    pub fn new(base: u64, gap: u64) -> Self {
        Self {
            next: base,
            gap,
            ranges: Vec::new(),
        }
    }

    /// Returns the first byte that is free.
    pub fn end(&self) -> u64 {
        self.next
    }

    /// Lists what has been given away, in the order of the addresses of each piece.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// Leaves bytes free.
    pub fn skip(&mut self, bytes: u64) {
        self.next += bytes;
    }

    /// Gives `bytes` bytes away, the first at a multiple of `align`.
    pub fn take(&mut self, name: &str, bytes: u64, align: u64, allows: Use) -> u64 {
        let base = self.next.next_multiple_of(align);
        self.keep(name, base, bytes, allows);
        self.next = base + bytes + self.gap;
        base
    }

    /// Gives rows away, the first at a multiple of `align`, `apart` bytes from the end of a row to
    /// the beginning of the next; downwards if `down` says so, so that the stride is negative.
    #[allow(clippy::too_many_arguments)] // Each is a number of the formats.
    pub fn rows(
        &mut self,
        name: &str,
        (rows, bytes): (u32, u32),
        apart: u32,
        down: bool,
        align: u64,
        allows: Use,
    ) -> Rows {
        let stride = bytes + apart;
        let low = self.next.next_multiple_of(align);
        for row in 0..rows {
            let base = low + u64::from(row) * u64::from(stride);
            self.keep(&format!("{name}, row {row}"), base, bytes.into(), allows);
        }
        let far = u64::from(rows.saturating_sub(1)) * u64::from(stride);
        self.next = low + far + u64::from(bytes) + self.gap;
        let (base, stride) = if down {
            (low + far, -(stride as i32))
        } else {
            (low, stride as i32)
        };
        Rows {
            base,
            bytes,
            rows,
            stride,
        }
    }

    /// Gives the place of a head of `tokens` tokens away, in each of the channels that are
    /// `channel_stride` bytes apart; the arena itself is that of channel 0.
    pub fn head(
        &mut self,
        name: &str,
        p: &VectorReaderParams,
        channel_stride: u64,
        tokens: u32,
        skew: u32,
    ) -> Entry {
        let base = self.next.next_multiple_of(crate::memory::PAGE);
        let Placed { entry, end } = place(p, base, tokens, skew);
        for channel in 0..p.memory.channels.min(tokens) {
            let origin = u64::from(channel) * channel_stride;
            let places = (tokens - channel).div_ceil(p.memory.channels);
            for (value, kind) in [(false, "K"), (true, "V")] {
                for plane in 0..p.planes(value).len() {
                    let first = origin + entry.address(p, value, plane, channel);
                    let together = value && p.memory.v_layout == Layout::Token;
                    if together && plane > 0 {
                        continue;
                    }
                    let bytes = p.read_bytes(value, plane, places);
                    let name = if together {
                        format!("{name}, {kind}")
                    } else {
                        format!("{name}, plane {plane} of {kind}")
                    };
                    self.keep(&name, first, bytes, Use::Both);
                }
            }
        }
        self.next = end + self.gap;
        entry
    }

    fn keep(&mut self, name: &str, base: u64, bytes: u64, allows: Use) {
        self.ranges.push(Range {
            name: name.to_owned(),
            base,
            bytes,
            allows,
        });
    }
}

/// Returns more bytes than the planes of a kind take of as many tokens as can be.
pub(super) fn reach(p: &VectorReaderParams) -> u64 {
    let whole = place(p, 0, p.max_tokens, 0);
    whole.end + crate::memory::PAGE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Layout, MemoryParams};

    #[test]
    fn ranges_do_not_overlap_and_keep_their_alignment() {
        let reader = VectorReaderParams {
            memory: MemoryParams {
                channels: 4,
                v_layout: Layout::Token,
                ..MemoryParams::default()
            },
            ..VectorReaderParams::default()
        };
        let mut arena = Arena::new(0x1_0004, 24);
        assert_eq!(arena.take("ring", 256, 64, Use::Read), 0x1_0040);
        let rows = arena.rows("results", (3, 144), 16, true, 8, Use::Write);
        assert_eq!((rows.base, rows.stride), (0x1_0158 + 320, -160));
        assert_eq!(rows.row(2), 0x1_0158);
        let entry = arena.head("head 0", &reader, 1 << 32, 10, 64);
        assert_eq!(entry.bases[0] % 4096, 0);
        let mut all: Vec<(u64, u64)> = arena
            .ranges()
            .iter()
            .map(|r| (r.base, r.base + r.bytes))
            .collect();
        // Ring, three rows, and four channels with three planes of K and one range of V.
        assert_eq!(all.len(), 1 + 3 + 4 * 4);
        all.sort_unstable();
        assert!(all.windows(2).all(|w| w[0].1 <= w[1].0), "{all:x?}");
        // Tokens 3 and 7 are those of channel 3: 2 vectors of 32 bytes.
        let plane = |r: &&Range| r.base == (3 << 32) + entry.bases[0];
        let of_three = arena.ranges().iter().find(plane).map(|r| r.bytes);
        assert_eq!(of_three, Some(64));
        // The next one begins behind everything in channel 0.
        let next = arena.take("more", 1, 1, Use::Read);
        let channel_0 = all.iter().filter(|r| r.0 < 1 << 32).map(|r| r.1);
        assert!(channel_0.max().is_some_and(|end| end + 24 <= next));
    }
}
