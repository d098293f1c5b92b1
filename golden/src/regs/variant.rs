// SPDX-License-Identifier: MIT OR Apache-2.0
//! The buses that registers can be on.

use std::fmt;
use std::str::FromStr;

use crate::violation::{Violation, named};

/// The bus that registers are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// AXI4-Lite of 32 bits.
    AxiLite,
    /// APB4 of 32 bits.
    Apb,
}

impl Variant {
    /// All of them, in the order of documentation.
    pub const ALL: [Self; 2] = [Self::AxiLite, Self::Apb];

    /// Returns the name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AxiLite => "axi_lite",
            Self::Apb => "apb",
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
        let rule = "is not a variant of regs";
        named("variant", s, &Self::ALL, Self::name, rule)
    }
}
