// SPDX-License-Identifier: MIT OR Apache-2.0
//! The vector reader under test, as the manifest has it.

use hwgen_golden::vector_reader::VectorReaderParams;

use crate::kit::read;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;

/// The vector reader under test.
pub(crate) struct VectorReaderBench {
    pub(super) params: VectorReaderParams,
}

impl VectorReaderBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let interface = VectorReaderParams::interface;
        let params = read(engine, VectorReaderParams::from_values, interface)?;
        Ok(Self { params })
    }
}
