// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a bench says that the device differs from the model.

use std::fmt::Display;

use crate::report::{Fault, spell};

impl Fault {
    /// Makes a fault; the loop adds transaction and cycle.
    #[cold]
    pub(crate) fn new(field: impl Display, expected: impl Display, got: impl Display) -> Self {
        Self {
            transaction: 0,
            cycle: 0,
            field: field.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }
}

/// Compares unsigned values of `width` bits.
#[inline]
pub(crate) fn same(field: impl Display, width: u32, want: u64, got: u64) -> Result<(), Fault> {
    if want == got {
        return Ok(());
    }
    let say = |value: u64| spell(value, width, value as i64);
    Err(Fault::new(field, say(want), say(got)))
}

/// Compares two's complement values of `width` bits.
#[inline]
pub(crate) fn same_signed(
    field: impl Display,
    width: u32,
    want: u64,
    got: u64,
) -> Result<(), Fault> {
    if want == got {
        return Ok(());
    }
    Err(differs(field, width, want, got))
}

/// Says that two's complement values of `width` bits differ.
#[cold]
pub(crate) fn differs(field: impl Display, width: u32, want: u64, got: u64) -> Fault {
    let unused = u64::BITS - width;
    let say = |value: u64| spell(value, width, (value << unused) as i64 >> unused);
    Fault::new(field, say(want), say(got))
}
