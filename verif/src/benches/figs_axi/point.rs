// SPDX-License-Identifier: MIT OR Apache-2.0
//! Situations of the FiGS array on AXI4 that are counted.

use crate::kit::points;

points! {
    /// A product was written.
    Product,
    /// A product of more than one block of records of tiles.
    Blocks,
    /// Outputs with sums of several tiles.
    Chain,
    /// Outputs of one tile.
    Single,
    /// The most tokens.
    Full,
    /// Fewer weights in a block than the most.
    Sparse,
    /// Another operation.
    UnknownOp,
    /// A bit that must be 0.
    Reserved,
    /// A misaligned address or stride.
    Alignment,
    /// No tokens or too many.
    Queries,
    /// No tiles, or a tile out of order.
    List,
    /// A pattern that the array does not run.
    Pattern,
    /// A completion record that cannot be written.
    Completion,
    /// Records of tiles outside of the window.
    ListOutside,
    /// Weights, activations or outputs outside of the window.
    Outside,
    /// An error of the memory under a descriptor or records of tiles.
    Fetch,
    /// An error of the memory under weights or activations.
    Read,
    /// An error of the memory under outputs.
    Write,
    /// The interrupt was raised and read.
    Interrupt,
    /// Hardware was reset while bursts were in flight.
    Reset,
}
