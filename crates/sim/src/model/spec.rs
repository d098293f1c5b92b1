// SPDX-License-Identifier: MIT OR Apache-2.0
//! What to build a model of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine, Port};
use hwgen_bundle::suffix::Suffix;

/// What to build.
#[derive(Debug, Clone)]
pub struct ModelSpec {
    /// SystemVerilog files in compile order.
    pub sources: Vec<PathBuf>,
    /// What the names of library modules in the sources end in.
    pub suffix: Suffix,
    /// Top module.
    pub top: String,
    /// Parameters to override on the top.
    pub parameters: BTreeMap<String, i64>,
    /// Ports of the top.
    pub ports: Vec<Port>,
    /// Waves that the model can dump; such a model is slower.
    pub wave: Wave,
}

/// Formats of waves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wave {
    /// None.
    Off,
    /// Compressed; needs zlib, and lz4 with newer releases of Verilator.
    Fst,
    /// Text; needs nothing.
    Vcd,
}

impl ModelSpec {
    /// Describes the model of an engine of a bundle.
    pub fn of_engine(bundle: &Bundle, engine: &Engine, wave: Wave) -> Self {
        // A generated top holds its numbers; a parameterised module that is its own top does not.
        let parameters = if engine.top == engine.module {
            engine.parameters.clone()
        } else {
            BTreeMap::new()
        };
        Self {
            sources: engine.sources.iter().map(|s| bundle.dir.join(s)).collect(),
            suffix: bundle.manifest.suffix.clone(),
            top: engine.top.clone(),
            parameters,
            ports: engine.ports.clone(),
            wave,
        }
    }
}

pub(super) fn file_name(path: &Path) -> Result<String, VerifyError> {
    let name = path.file_name().and_then(|n| n.to_str());
    name.map(str::to_owned)
        .ok_or_else(|| VerifyError::io(path)(std::io::ErrorKind::InvalidFilename.into()))
}
