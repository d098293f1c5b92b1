// SPDX-License-Identifier: MIT OR Apache-2.0
//! Turns SystemVerilog into a shared object that a device handle can load.
//!
//! Verilator writes C++, which is compiled in few translation units against a precompiled header and
//! linked with a runtime that is compiled once. Every step is cached by the bytes it depends on.

mod recipe;
mod runtime;

use std::collections::BTreeMap;
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
use hwgen_bundle::manifest::{Bundle, Engine, Port};
use hwgen_bundle::suffix::Suffix;

pub use recipe::Recipe;
use recipe::VERILATE;
use runtime::{COMPILE, HOOKS, HOST_CPP, HOST_H};

const SHIM_CPP: &str = include_str!("../cpp/shim.cpp");

/// Changes with the way models are compiled, so that a new release does not load old ones.
const RECIPE: &str = concat!(env!("CARGO_PKG_VERSION"), " recipe 2");

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

fn toolchain_address(kind: &str, tools: &Toolchain, wave: Wave) -> Digest {
    Digest::new(kind)
        .text(&tools.verilator.identity)
        .text(&tools.compiler.identity)
        .text(RECIPE)
        .text(&COMPILE.concat())
        .text(&HOOKS.concat())
        .text(HOST_H)
        .text(HOST_CPP)
        .bytes(&[wave as u8, u8::from(tools.mold)])
}

fn file_name(path: &Path) -> Result<String, VerifyError> {
    let name = path.file_name().and_then(|n| n.to_str());
    name.map(str::to_owned)
        .ok_or_else(|| VerifyError::io(path)(std::io::ErrorKind::InvalidFilename.into()))
}
