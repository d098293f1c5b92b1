// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rows of queries, biases, lists and results.

use super::STATISTICS;
use super::bytes::{Reader, put};

/// Returns the bytes of a query row: the bound, and 2 per element.
pub fn query_bytes(d_head: u32) -> u32 {
    8 + 2 * d_head
}

/// Returns the bytes of a result row: 2 per element, and the statistics.
pub fn result_bytes(d_head: u32) -> u32 {
    2 * d_head + STATISTICS as u32
}

/// Returns the bytes of a query: its score bound (24 bits) and its elements.
pub fn query_row(bound: u32, elements: &[i16]) -> Vec<u8> {
    let mut out = u64::from(bound).to_le_bytes().to_vec();
    out.extend(elements.iter().flat_map(|e| e.to_le_bytes()));
    out
}

/// Returns what the core takes for an element of a query or of a token that is appended: 12 bits.
pub fn query_element(value: i16) -> i32 {
    i32::from(value).clamp(-2048, 2047)
}

/// Returns what a core with biases of `bias_w` bits takes for a bias: the smallest number masks, and
/// any other saturates without becoming the core's smallest.
pub fn bias(value: i32, bias_w: u32) -> i64 {
    let most = (1_i64 << (bias_w - 1)) - 1;
    if value == i32::MIN {
        -most - 1
    } else {
        i64::from(value).clamp(-most, most)
    }
}

/// Returns what the core takes for an entry of a token list: one beyond its last token is the last.
pub fn list_token(entry: u16, max_tokens: u32) -> u32 {
    u32::from(entry).min(max_tokens - 1)
}

/// Returns the bytes of a token that survives: its position, the token, and its sum.
pub fn survivor_token(position: u16, token: u16, sum: u64) -> [u8; 8] {
    let sum = sum.min(u32::MAX.into());
    (u64::from(position) | u64::from(token) << 16 | sum << 32).to_le_bytes()
}

/// Returns the bytes of a head that survives: the head, and its sum.
pub fn survivor_head(head: u16, sum: u64) -> [u8; 8] {
    survivor_token(head, 0, sum)
}

/// What stands behind the elements of a result row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Why the core refused the job, or 0.
    pub error: u8,
    /// Rounds of refinement.
    pub rounds: u8,
    /// Values selected.
    pub selected: u16,
    /// Plane vectors of K that refinements asked for.
    pub k_fetched: u16,
    /// Planes that refinements added.
    pub refined: u16,
    /// Plane vectors of V asked for.
    pub v_fetched: u16,
    /// Cycles from the query's acceptance to its output.
    pub cycles: u32,
}

impl Statistics {
    /// Returns the bytes.
    pub fn encode(&self) -> [u8; STATISTICS] {
        let mut out = [0; STATISTICS];
        (out[0], out[1]) = (self.error, self.rounds);
        put(&mut out, 2, self.selected.to_le_bytes());
        put(&mut out, 4, self.k_fetched.to_le_bytes());
        put(&mut out, 6, self.refined.to_le_bytes());
        put(&mut out, 8, self.v_fetched.to_le_bytes());
        put(&mut out, 12, self.cycles.to_le_bytes());
        out
    }

    /// Reads the bytes; nothing of them can be wrong but two that are always 0.
    pub fn decode(bytes: &[u8; STATISTICS]) -> Self {
        let mut r = Reader::new(bytes);
        Self {
            error: r.u8(0),
            rounds: r.u8(1),
            selected: r.u16(2),
            k_fetched: r.u16(4),
            refined: r.u16(6),
            v_fetched: r.u16(8),
            cycles: r.u32(12),
        }
    }
}
