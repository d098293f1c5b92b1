// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rows of queries and of results in a region.

use crate::code::Code;
use crate::memory::Memory;

/// Returns the first eight bytes of a row of queries: the bound of the scores (24 bits). The elements
/// follow, an `i16` each, of which 12 bits count.
pub fn query_bound(bound: u32) -> [u8; 8] {
    u64::from(bound).to_le_bytes()
}

/// Writes a row of queries to a region.
pub fn write_query(region: &mut impl Memory, offset: u64, bound: u32, elements: &[i16]) {
    region.write(offset, &query_bound(bound));
    write_elements(region, offset + 8, elements);
}

/// Writes elements of 16 bits, one behind the other: queries, or what is to be appended.
pub fn write_elements(region: &mut impl Memory, offset: u64, elements: &[i16]) {
    let mut at = offset;
    for some in elements.chunks(32) {
        let mut bytes = [0; 64];
        for (place, element) in bytes.chunks_exact_mut(2).zip(some) {
            place.copy_from_slice(&element.to_le_bytes());
        }
        region.write(at, &bytes[..2 * some.len()]);
        at += 64;
    }
}

/// Reads elements of 16 bits: the outputs of a row of results.
pub fn read_elements(region: &impl Memory, offset: u64, elements: &mut [i16]) {
    let mut at = offset;
    for some in elements.chunks_mut(32) {
        let mut bytes = [0; 64];
        let bytes = &mut bytes[..2 * some.len()];
        region.read(at, bytes);
        for (element, place) in some.iter_mut().zip(bytes.chunks_exact(2)) {
            *element = i16::from_le_bytes([place[0], place[1]]);
        }
        at += 64;
    }
}

/// What stands behind the outputs of a row of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Why the core refused the job.
    pub error: Code,
    /// Rounds of refinement in which a plane was added.
    pub rounds: u8,
    /// Values selected.
    pub selected: u16,
    /// Plane vectors of the keys that refinements asked for.
    pub k_fetched: u16,
    /// Planes that refinements added.
    pub refined: u16,
    /// Plane vectors of the values asked for.
    pub v_fetched: u16,
    /// Cycles of the query in the core.
    pub cycles: u32,
}

/// Bytes of the statistics.
pub const STATISTICS: usize = 16;

impl Statistics {
    /// Reads the statistics of a row of results at `offset` whose head has `d_head` elements.
    pub fn read(region: &impl Memory, offset: u64, d_head: u32) -> Self {
        let mut bytes = [0; STATISTICS];
        region.read(offset + 2 * u64::from(d_head), &mut bytes);
        let half = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        Self {
            error: match bytes[0] {
                0 => Code::Ok,
                error => Code::of(error.saturating_add(32)),
            },
            rounds: bytes[1],
            selected: half(2),
            k_fetched: half(4),
            refined: half(6),
            v_fetched: half(8),
            cycles: u32::from(half(12)) | u32::from(half(14)) << 16,
        }
    }
}
