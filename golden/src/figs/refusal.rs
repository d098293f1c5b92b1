// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a matrix is not packed, in the words that its user reads.

use std::fmt;

use super::Pattern;
use crate::violation::Violation;

/// Why a matrix cannot be packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A block has more weights than its pattern allows.
    Dense {
        /// Row of the matrix: the output.
        row: u32,
        /// Block of the row, from 0.
        block: u32,
        /// Weights that are there.
        count: u32,
        /// Pattern that was asked for.
        pattern: Pattern,
        /// Outputs that share a select, of which `row` is the first; 1 if none do.
        tied: u32,
    },
    /// The engine does not run the pattern.
    Pattern(Violation),
    /// The matrix does not fit the engine.
    Shape(Violation),
    /// A weight does not fit its bits.
    Weight {
        /// Row.
        row: u32,
        /// Column.
        column: u32,
        /// The weight.
        value: i64,
        /// Bits there are.
        width: u32,
    },
    /// A block of exchanged weights is not doubly N:M.
    Column {
        /// First row of the block.
        row: u32,
        /// Column that has too many weights in the block.
        column: u32,
        /// Weights that are there.
        count: u32,
        /// Pattern that was asked for.
        pattern: Pattern,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dense {
                row,
                block,
                count,
                pattern,
                tied,
            } => {
                let m = pattern.m();
                let first = block * m;
                let last = first + m - 1;
                write!(
                    f,
                    "row {row}, block {block} (columns {first} to {last}): {count} weights"
                )?;
                if *tied > 1 {
                    write!(f, " in the {tied} rows that share a select")?;
                }
                write!(f, ", {pattern} allows {}", pattern.n())
            }
            Self::Pattern(v) | Self::Shape(v) => v.fmt(f),
            Self::Weight {
                row,
                column,
                value,
                width,
            } => write!(
                f,
                "row {row}, column {column}: weight {value} does not fit {width} bits"
            ),
            Self::Column {
                row,
                column,
                count,
                pattern,
            } => write!(
                f,
                "column {column} in the block of rows from {row}: {count} weights, doubly \
                 {pattern} allows {}",
                pattern.n()
            ),
        }
    }
}

impl std::error::Error for Refusal {}
