// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the attention core is spoken to by.

use std::fmt;
use std::str::FromStr;

use crate::violation::{Violation, named};

/// What the attention core is spoken to by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// The core alone, with a stream for everything that goes in or out.
    Core,
    /// The core behind registers and a command ring, with AXI4 to memory.
    Axi,
}

impl Variant {
    /// All of them, in the order of documentation.
    pub const ALL: [Self; 2] = [Self::Core, Self::Axi];

    /// Returns the name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Axi => "axi",
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
        let rule = "is not a variant of attention";
        named("variant", s, &Self::ALL, Self::name, rule)
    }
}
