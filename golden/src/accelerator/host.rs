// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host's side: everything that commands name gets its place and its bytes.

use super::arena::{Arena, Range, Rows, Use};
use super::image::Image;
use super::vectors::Vectors;
use crate::attention::Query;
use crate::command::{HeadRecord, RECORD, query_bytes, query_row, result_bytes};
use crate::memory::PAGE;
use crate::memory::layout::Entry;
use crate::stream::Window;
use crate::vector_reader::VectorReaderParams;

/// How rows lie: bytes from the end of one to the beginning of the next, and in which direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    /// Bytes between rows, a multiple of 8.
    pub apart: u32,
    /// Rows go down in memory: strides are negative.
    pub down: bool,
}

/// What a host has put into memory. Vectors of channel 0 lie above everything else, and those of other
/// channels a multiple of the channel stride above them.
#[derive(Debug, Clone)]
pub struct Host<'a> {
    vectors: Vectors<'a>,
    io: Arena,
    cache: Arena,
    /// The bytes.
    pub image: Image,
}

/// Bytes that are free behind each range, and more than a beat.
const GAP: u64 = 72;

impl<'a> Host<'a> {
    /// Begins at `base`; rings, rows and lists have `room` bytes there, and vectors follow.
    pub fn new(reader: &'a VectorReaderParams, channel_stride: u64, base: u64, room: u64) -> Self {
        Self {
            vectors: Vectors {
                reader,
                channel_stride,
            },
            io: Arena::new(base, GAP),
            cache: Arena::new((base + room).next_multiple_of(PAGE), PAGE),
            image: Image::new(),
        }
    }

    /// Lists everything that has a place.
    pub fn ranges(&self) -> impl Iterator<Item = &Range> {
        self.io.ranges().iter().chain(self.cache.ranges())
    }

    /// Returns the smallest window of whole pages that holds all but the vectors of channels other
    /// than 0, which windows do not see; a list may name any of `max_tokens` tokens of the last head.
    pub fn window(&self) -> Window {
        let first = self.io.ranges().first().map_or(0, |range| range.base);
        let whole = super::arena::reach(self.vectors.reader);
        Window {
            base: first / PAGE * PAGE,
            end: (self.cache.end() + whole).next_multiple_of(PAGE),
        }
    }

    /// Tells whether rings, rows and lists have kept to their room.
    pub fn fits(&self) -> bool {
        let first = self.cache.ranges().iter().map(|range| range.base).min();
        first.is_none_or(|first| self.io.end() <= first)
    }

    /// Finds a place for the cache of a head.
    pub fn cache(&mut self, name: &str, tokens: u32, skew: u32) -> Entry {
        let Vectors {
            reader,
            channel_stride,
        } = self.vectors;
        self.cache.head(name, reader, channel_stride, tokens, skew)
    }

    /// Writes a token of a cache.
    pub fn token(&mut self, entry: &Entry, value: bool, token: u32, elements: &[i32]) {
        for (at, bytes) in self.vectors.packed(entry, value, token, elements) {
            self.image.write(at, &bytes);
        }
    }

    /// Writes queries.
    pub fn queries(&mut self, name: &str, queries: &[Query], spread: Spread) -> Rows {
        let (count, bytes) = (
            queries.len() as u32,
            query_bytes(self.vectors.reader.d_head),
        );
        let rows = self.rows(name, (count, bytes), spread, 8, Use::Read);
        for (row, query) in (0..).zip(queries) {
            let elements: Vec<i16> = query.data.iter().map(|&e| e as i16).collect();
            self.image
                .write(rows.row(row), &query_row(query.bound, &elements));
        }
        rows
    }

    /// Writes biases, a row per query; `masked` is the bias that masks.
    pub fn biases(&mut self, name: &str, biases: &[Vec<i64>], masked: i64, spread: Spread) -> Rows {
        let most = biases.iter().map(Vec::len).max().unwrap_or(0).max(1) as u32;
        let shape = (biases.len() as u32, 4 * most);
        let rows = self.rows(name, shape, spread, 4, Use::Read);
        for (row, biases) in (0..).zip(biases) {
            let bytes: Vec<u8> = biases
                .iter()
                .flat_map(|&bias| stored(bias, masked).to_le_bytes())
                .collect();
            self.image.write(rows.row(row), &bytes);
        }
        rows
    }

    /// Finds a place for the results of so many queries.
    pub fn results(&mut self, name: &str, queries: u32, spread: Spread) -> Rows {
        let bytes = result_bytes(self.vectors.reader.d_head);
        self.rows(name, (queries, bytes), spread, 8, Use::Write)
    }

    /// Writes head records.
    pub fn records(&mut self, name: &str, records: &[HeadRecord]) -> u64 {
        let all: Vec<u8> = records.iter().flat_map(HeadRecord::encode).collect();
        let align = RECORD as u64;
        let at = self
            .io
            .take(name, all.len().max(1) as u64, align, Use::Read);
        self.image.write(at, &all);
        at
    }

    /// Writes entries of a token list.
    pub fn list(&mut self, name: &str, tokens: &[u16]) -> u64 {
        let all: Vec<u8> = tokens.iter().flat_map(|t| t.to_le_bytes()).collect();
        let at = self.io.take(name, all.len().max(1) as u64, 8, Use::Read);
        self.image.write(at, &all);
        at
    }

    /// Writes elements of a token to append.
    pub fn elements(&mut self, name: &str, elements: &[i16]) -> u64 {
        let all: Vec<u8> = elements.iter().flat_map(|e| e.to_le_bytes()).collect();
        let at = self.io.take(name, all.len() as u64, 8, Use::Read);
        self.image.write(at, &all);
        at
    }

    /// Finds a place for anything else.
    pub fn take(&mut self, name: &str, bytes: u64, align: u64, allows: Use) -> u64 {
        self.io.take(name, bytes, align, allows)
    }

    fn rows(
        &mut self,
        name: &str,
        shape: (u32, u32),
        spread: Spread,
        align: u64,
        allows: Use,
    ) -> Rows {
        let Spread { apart, down } = spread;
        self.io.rows(name, shape, apart, down, align, allows)
    }
}

/// Returns a bias as it is in memory: of 32 bits, and the smallest of them masks.
fn stored(bias: i64, masked: i64) -> i32 {
    if bias == masked {
        return i32::MIN;
    }
    bias.clamp(i64::from(i32::MIN) + 1, i32::MAX.into()) as i32
}
