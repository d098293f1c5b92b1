// SPDX-License-Identifier: MIT OR Apache-2.0
//! Turns SystemVerilog into a shared object that a device handle can load.
//!
//! Verilator writes C++, which is compiled in few translation units against a precompiled header and
//! linked with a runtime that is compiled once. Every step is cached by the bytes it depends on.

mod recipe;
mod runtime;
mod spec;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use libloading::Library;

use crate::load::load;
use crate::shim::Layout;
use crate::toolchain::Toolchain;
use hwgen_bundle::cache::Cache;
use hwgen_bundle::digest::Digest;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::suffix::Suffix;

pub use recipe::Recipe;
use recipe::VERILATE;
use runtime::toolchain_address;
use spec::file_name;
pub use spec::{ModelSpec, Wave};

const SHIM_CPP: &str = include_str!("../cpp/shim.cpp");

/// A compiled model.
#[derive(Debug, Clone)]
pub struct Model {
    /// The shared object.
    pub path: PathBuf,
    /// Places of its ports.
    pub layout: Layout,
    /// Whether it was in the cache.
    pub cached: bool,
    /// Seconds that it took to build or find.
    pub seconds: f64,
    /// Keeps it in memory between two instances.
    _library: Arc<Library>,
}

impl Model {
    /// Builds the model, or finds it in `cache`.
    pub fn build(cache: &Cache, tools: &Toolchain, spec: &ModelSpec) -> Result<Self, VerifyError> {
        let started = Instant::now();
        let layout = Layout::new(&spec.ports);
        let key = address(tools, spec)?
            .text(SHIM_CPP)
            .text(&layout.header())
            .hex();
        let make = || {
            let entry = cache.entry(&key, |dir| Self::make(cache, tools, spec, &layout, dir))?;
            let path = entry.dir.join("model.so");
            let loaded = load(&path);
            Ok::<_, VerifyError>((entry, path, loaded))
        };
        let (mut entry, mut path, mut loaded) = make()?;
        if entry.cached && matches!(loaded, Err(VerifyError::Load { .. })) {
            // What was built earlier may need a library that has gone since.
            cache.discard(&key)?;
            (entry, path, loaded) = make()?;
        }
        Ok(Self {
            path,
            _library: Arc::new(loaded?),
            layout,
            cached: entry.cached,
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// Makes the shared object in `dir`.
    fn make(
        cache: &Cache,
        tools: &Toolchain,
        spec: &ModelSpec,
        layout: &Layout,
        dir: &Path,
    ) -> Result<(), VerifyError> {
        let recipe = Recipe::new(cache, tools, spec)?;
        recipe.verilate(dir)?;
        let header = dir.join("ports.h");
        fs::write(&header, layout.header()).map_err(VerifyError::io(&header))?;
        recipe.compile(dir, "shim.cpp", SHIM_CPP, &[])?;
        recipe.link(dir, "model.so", &["-shared"])
    }
}

/// Starts the address of everything that is built from `spec`: what is the same but for the suffix
/// of its names is built once.
pub fn address(tools: &Toolchain, spec: &ModelSpec) -> Result<Digest, VerifyError> {
    let mut key = toolchain_address("model", tools, spec.wave).text(&VERILATE.concat());
    let mut texts = Vec::new();
    for source in &spec.sources {
        let bytes = fs::read(source).map_err(VerifyError::io(source))?;
        texts.push((file_name(source)?, bytes));
    }
    let bytes: Vec<&[u8]> = texts.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let suffix = if spec.suffix.is_ambiguous(&bytes) {
        &Suffix::default()
    } else {
        &spec.suffix
    };
    for (name, bytes) in &texts {
        let name = suffix.plain_text(name);
        key = key.text(&name).bytes(&suffix.plain_bytes(bytes));
    }
    key = key.text(&spec.top);
    for (name, value) in &spec.parameters {
        key = key.text(name).bytes(&value.to_le_bytes());
    }
    Ok(key)
}
