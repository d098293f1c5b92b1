// SPDX-License-Identifier: MIT OR Apache-2.0
//! What products are made of. The words of every engine are the same, and so are its cycles.

use std::fmt;

use crate::block::BlockName;
use crate::interface::{Problem, Values};
use crate::violation::Violation;

/// Parameter of every module that has the choice: 0 for [`Arith::Logic`], 1 for [`Arith::Dsp`].
const PARAMETER: &str = "Dsp";

/// What products are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Arith {
    /// Partial products and adders cut for a cell library.
    #[default]
    Logic,
    /// Products that synthesis for an FPGA maps to its multipliers, and adders whose carry is whole.
    Dsp,
}

impl Arith {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::Logic, Self::Dsp];
    /// Blocks that have the choice.
    pub const BLOCKS: [BlockName; 4] = [
        BlockName::Attention,
        BlockName::Qk,
        BlockName::Pv,
        BlockName::Figs,
    ];

    /// Returns the word of the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logic => "logic",
            Self::Dsp => "dsp",
        }
    }

    /// Returns the parameter of the module, with its value.
    pub(crate) fn parameter(self) -> (&'static str, u32) {
        (PARAMETER, u32::from(self == Self::Dsp))
    }

    /// Reads the parameter back; a bundle of a release without it has logic.
    ///
    /// # Errors
    /// Says that the value is neither 0 nor 1.
    pub(crate) fn from_values(values: &Values<'_>) -> Result<Self, Problem> {
        match values.number(PARAMETER) {
            Err(Problem::Missing { .. }) | Ok(0) => Ok(Self::Logic),
            Ok(1) => Ok(Self::Dsp),
            Ok(other) => {
                let (rule, remedy) = ("must be 0 or 1", "try 1");
                let violation = Violation::new(PARAMETER, other, rule, remedy);
                Err(Problem::Illegal(violation))
            }
            Err(problem) => Err(problem),
        }
    }
}

impl fmt::Display for Arith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_parameter_is_read_back_and_nothing_means_logic() {
        let read = |value: Option<i64>| {
            let all = value.map(|v| (PARAMETER.to_owned(), v));
            let values: BTreeMap<String, i64> = all.into_iter().collect();
            Arith::from_values(&Values(&values)).map_err(|p| p.to_string())
        };
        assert_eq!(read(None), Ok(Arith::Logic));
        assert_eq!(read(Some(0)), Ok(Arith::Logic));
        assert_eq!(read(Some(1)), Ok(Arith::Dsp));
        let said = |text: &str| Err(text.to_owned());
        assert_eq!(read(Some(2)), said("Dsp = 2: must be 0 or 1 (try 1)"));
        let whole = "parameter Dsp = -1 must be a whole number of 32 bits";
        assert_eq!(read(Some(-1)), said(whole));
        for arith in Arith::ALL {
            let (_, value) = arith.parameter();
            assert_eq!(read(Some(value.into())), Ok(arith), "{arith}");
        }
    }
}
