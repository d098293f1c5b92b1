// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers under test, as the manifest has them.

use hwgen_golden::regs::{RegsParams, Table, Variant};

use crate::kit::read;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;

/// The registers under test.
pub(crate) struct RegsBench {
    pub(super) params: RegsParams,
    pub(super) variant: Variant,
    pub(super) table: Table,
}

impl RegsBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let name = engine.variant.as_str();
        let known = Variant::ALL.into_iter().find(|v| v.name() == name);
        let refused = || engine.refused(format!("this release has no registers on {name}"));
        let variant = known.ok_or_else(refused)?;
        let interface = |p: &RegsParams| p.interface(variant);
        let params = read(engine, RegsParams::from_values, interface)?;
        Ok(Self {
            table: Table::of(&params),
            params,
            variant,
        })
    }
}
