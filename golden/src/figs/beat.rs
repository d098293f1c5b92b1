// SPDX-License-Identifier: MIT OR Apache-2.0
//! What crosses the ports of an engine, a beat an item.

/// Describes a tile: one beat of the tile port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileBeat {
    /// Tokens, T: 1 to `max_t`.
    pub tokens: u32,
    /// Log2 of the weights of each block, N; 0 on the baselines.
    pub log_n: u32,
    /// Sums start at 0.
    pub first: bool,
    /// Sums are put out.
    pub last: bool,
}

/// One row of weights of all lanes: one beat of the weight port. A tile has one for each row, row 0
/// first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightBeat {
    /// Weights, lane `column * lanes + b` at that index.
    pub data: Vec<i64>,
    /// Selects: one a lane, or one a column where a PE shares them.
    pub sel: Vec<u32>,
}

/// One token of all sums: one beat of the output port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutBeat {
    /// Sums by word ([`super::FigsParams::out_word`]); 0 where the tile has no channel.
    pub data: Vec<i64>,
    /// Last token of its tile.
    pub last: bool,
}

/// All that a tile brings to the ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileWork {
    /// Its description.
    pub tile: TileBeat,
    /// One beat a row, row 0 first.
    pub weights: Vec<WeightBeat>,
    /// One beat a token: the elements of the activation port in order.
    pub acts: Vec<Vec<i64>>,
}
