// SPDX-License-Identifier: MIT OR Apache-2.0
//! The array and what it is compared with.

use std::fmt;
use std::str::FromStr;

use crate::violation::{Violation, named};

/// Names an engine for sparse GEMM; all have the same streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variant {
    /// The FiGS array: expands outputs, one activation a row and cycle at every N:M.
    Figs,
    /// Weight-stationary systolic array without sparsity (baseline).
    DenseWs,
    /// Fixed 2:4 with a 4:1 multiplexer a multiplier (baseline).
    Stc24,
    /// VEGETA-S: expands the inner dimension, M activations a row and cycle (baseline).
    VegetaS,
}

impl Variant {
    /// All variants, in the order of documentation and tables.
    pub const ALL: [Self; 4] = [Self::Figs, Self::DenseWs, Self::Stc24, Self::VegetaS];

    /// Returns the name used on the command line, in file names and in module names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Figs => "figs",
            Self::DenseWs => "dense_ws",
            Self::Stc24 => "stc24",
            Self::VegetaS => "vegeta_s",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Variant {
    type Err = Violation;

    fn from_str(s: &str) -> Result<Self, Violation> {
        let rule = "is not a variant of figs";
        named("variant", s, &Self::ALL, Self::name, rule)
    }
}
