// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the module of a block looks like from outside: its ports with direction and width, and its
//! parameters with the values that SystemVerilog takes.
//!
//! Each block says so of its own parameters by `interface()`, and reads them back from a bundle by
//! `from_values()`, the inverse. Generator, benches and flows ask here and list no port of their own.
//! What a port carries is said in words above its declaration in the module.

use std::collections::BTreeMap;
use std::fmt;

use crate::violation::Violation;

/// Direction of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dir {
    /// Into the module.
    Input,
    /// Out of the module.
    Output,
}

/// A port of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Port {
    /// Name in SystemVerilog.
    pub name: &'static str,
    /// Direction.
    pub dir: Dir,
    /// Width in bits, at least 1.
    pub width: u32,
}

/// What a module looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Parameters in the order of the module's header, with the values that SystemVerilog takes.
    pub parameters: Vec<(&'static str, i64)>,
    /// Ports in the order of the module's header.
    pub ports: Vec<Port>,
}

impl Interface {
    /// Finds a port by its name.
    pub fn port(&self, name: &str) -> Option<Port> {
        self.ports.iter().copied().find(|port| port.name == name)
    }

    /// Returns the parameters by name, as the manifest of a bundle holds them.
    pub fn values(&self) -> BTreeMap<String, i64> {
        let entry = |&(name, value): &(&str, i64)| (name.to_owned(), value);
        self.parameters.iter().map(entry).collect()
    }
}

/// Clock and reset, the first ports of every module.
pub const CLOCK: [Port; 2] = [input("clk_i", 1), input("rst_ni", 1)];

/// Makes an input.
pub const fn input(name: &'static str, width: u32) -> Port {
    let dir = Dir::Input;
    Port { name, dir, width }
}

/// Makes an output.
pub const fn output(name: &'static str, width: u32) -> Port {
    let dir = Dir::Output;
    Port { name, dir, width }
}

/// Widens the values of parameters to what SystemVerilog takes.
pub(crate) fn parameters<const N: usize>(
    all: [(&'static str, u32); N],
) -> Vec<(&'static str, i64)> {
    all.map(|(name, value)| (name, i64::from(value))).to_vec()
}

/// Values of a module's parameters by name, as the manifest of a bundle holds them.
#[derive(Debug, Clone)]
pub struct Values<'a>(pub &'a BTreeMap<String, i64>);

impl Values<'_> {
    /// Reads the parameter `name`.
    ///
    /// # Errors
    /// Says that it is missing or not a whole number of 32 bits.
    pub fn number(&self, name: &'static str) -> Result<u32, Problem> {
        let value = self.0.get(name).copied();
        let value = value.ok_or(Problem::Missing { name })?;
        u32::try_from(value).map_err(|_| Problem::Range { name, value })
    }

    /// Reads the widths of bit planes, the inverse of [`packed`].
    ///
    /// # Errors
    /// As [`Values::number`]; or says that what is there is no list of widths.
    pub fn planes(&self, name: &'static str) -> Result<Vec<u32>, Problem> {
        let value = self.number(name)?;
        let planes = unpacked(value);
        if packed(&planes) == value {
            Ok(planes)
        } else {
            Err(Problem::Planes { name, value })
        }
    }

    /// Checks a parameter that has the same value in every design.
    ///
    /// # Errors
    /// As [`Values::number`]; or says that it has another value.
    pub fn fixed(&self, name: &'static str, wanted: u32) -> Result<(), Problem> {
        match self.number(name)? {
            value if value == wanted => Ok(()),
            value => Err(Problem::Fixed {
                name,
                value,
                wanted,
            }),
        }
    }
}

/// Packs the widths of bit planes into a parameter: four bits a plane, the top plane lowest.
///
/// Widths of 16 and more bits do not fit; no legal plane has them.
pub fn packed(planes: &[u32]) -> u32 {
    (0..).zip(planes).map(|(i, w)| w << (4 * i)).sum()
}

/// Unpacks the widths of bit planes up to the first of width 0, which is absent.
pub fn unpacked(value: u32) -> Vec<u32> {
    let widths = (0..u32::BITS / 4).map(|i| value >> (4 * i) & 15);
    widths.take_while(|&w| w > 0).collect()
}

/// Why values are not the parameters of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A parameter is missing.
    Missing {
        /// Its name.
        name: &'static str,
    },
    /// A parameter is negative or too large.
    Range {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: i64,
    },
    /// A parameter is no list of widths of bit planes.
    Planes {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: u32,
    },
    /// A parameter that is the same in every design has another value.
    Fixed {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: u32,
        /// The value that it has in every design.
        wanted: u32,
    },
    /// The parameters break a rule.
    Illegal(Violation),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "parameter {name} is missing"),
            Self::Range { name, value } => write!(
                f,
                "parameter {name} = {value} must be a whole number of 32 bits"
            ),
            Self::Planes { name, value } => write!(
                f,
                "parameter {name} = {value} must hold the widths of planes, four bits each, with no \
                 gap"
            ),
            Self::Fixed {
                name,
                value,
                wanted,
            } => write!(f, "{name} is {value}, not {wanted}"),
            Self::Illegal(violation) => violation.fmt(f),
        }
    }
}

impl std::error::Error for Problem {}

/// Returns `params` if they break no rule, or the first that they break.
pub(crate) fn legal<P>(params: P, violations: Vec<Violation>) -> Result<P, Problem> {
    match violations.into_iter().next() {
        Some(violation) => Err(Problem::Illegal(violation)),
        None => Ok(params),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_packed_four_bits_each_and_unpacked_again() {
        for (planes, value) in [
            (&[4, 4, 4][..], 0x444),
            (&[8, 4], 0x48),
            (&[6], 6),
            (&[2, 3, 7], 0x732),
        ] {
            assert_eq!(packed(planes), value);
            assert_eq!(unpacked(value), planes);
        }
        assert_eq!(unpacked(0), [0; 0]);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let values = |value: i64| BTreeMap::from([("X".to_owned(), value)]);
        let said = |read: fn(&Values<'_>) -> Option<Problem>, value| {
            read(&Values(&values(value))).map_or(String::new(), |p| p.to_string())
        };
        let number = |v: &Values<'_>| v.number("X").err();
        let rule = "must be a whole number of 32 bits";
        assert_eq!(said(number, 7), "");
        assert_eq!(said(number, -1), format!("parameter X = -1 {rule}"));
        assert_eq!(
            said(number, 1 << 32),
            format!("parameter X = 4294967296 {rule}")
        );
        assert_eq!(said(|v| v.number("Y").err(), 7), "parameter Y is missing");
        assert_eq!(said(|v| v.fixed("X", 8).err(), 7), "X is 7, not 8");
        assert_eq!(said(|v| v.fixed("X", 8).err(), 8), "");
        assert_eq!(
            said(|v| v.planes("X").err(), 0x404),
            "parameter X = 1028 must hold the widths of planes, four bits each, with no gap"
        );
        assert_eq!(said(|v| v.planes("X").err(), 0x44), "");
    }
}
