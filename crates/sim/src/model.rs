// SPDX-License-Identifier: MIT OR Apache-2.0
//! Turns SystemVerilog into a shared object that a device handle can load.
//!
//! Verilator writes C++, which is compiled in few translation units against a precompiled header and
//! linked with a runtime that is compiled once. Every step is cached by the bytes it depends on.

mod base;
mod generated;
mod members;
mod patch;
mod recipe;
mod runtime;
mod scopes;
mod spec;
mod units;

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

use base::Base;
use patch::patch;
pub use recipe::Recipe;
use recipe::{VERILATE, apart, tidy, write};
use runtime::toolchain_address;
use spec::file_name;
pub use spec::{ModelSpec, Wave};

/// The shared object of a model.
const MODEL: &str = "model.so";
const SHIM: &str = "shim.cpp";
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
        let slot = slot(tools, spec, &layout)?;
        let make = || {
            let mut whole = false;
            let entry = cache.entry(&key, |dir| {
                whole = Self::make(cache, tools, spec, &layout, &slot, dir)?;
                Ok(())
            })?;
            if whole {
                Base::note(cache, &slot, &key);
            }
            let path = entry.dir.join(MODEL);
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

    /// Makes the shared object in `dir`; tells whether later builds may start from what it leaves.
    fn make(
        cache: &Cache,
        tools: &Toolchain,
        spec: &ModelSpec,
        layout: &Layout,
        slot: &str,
        dir: &Path,
    ) -> Result<bool, VerifyError> {
        let recipe = Recipe::new(cache, tools, spec)?;
        recipe.verilate(dir)?;
        write(dir, "ports.h", &layout.header())?;
        let Some(all) = apart(dir)? else {
            write(dir, SHIM, SHIM_CPP)?;
            recipe.compile_files(dir, SHIM, &[])?;
            return recipe.link(dir, MODEL, &["-shared"]).map(|()| false);
        };
        if let Some(base) = Base::find(cache, slot)
            && patch(&recipe, dir, [SHIM, SHIM_CPP], &all, &base, MODEL)?
        {
            return Ok(false);
        }
        write(dir, SHIM, SHIM_CPP)?;
        let record = recipe.compile_parts(dir, SHIM, &all, &[])?;
        let mut objects = record.objects.clone();
        objects.push(record.common.clone());
        let paths: Vec<PathBuf> = objects.iter().map(PathBuf::from).collect();
        recipe.link_objects(dir, MODEL, &["-shared"], &paths)?;
        tidy(dir, &objects)?;
        record.write(dir)?;
        Ok(true)
    }
}

/// Names the models that one build may take over from another: those of one engine, whatever its
/// sources say, made by the same tools with the same flags.
fn slot(tools: &Toolchain, spec: &ModelSpec, layout: &Layout) -> Result<String, VerifyError> {
    let mut key = toolchain_address("last", tools, spec.wave).text(&VERILATE.concat());
    key = key.text(SHIM_CPP).text(&layout.header()).text(&spec.top);
    for source in &spec.sources {
        key = key.text(&spec.suffix.plain_text(&file_name(source)?));
    }
    for (name, value) in &spec.parameters {
        key = key.text(name).bytes(&value.to_le_bytes());
    }
    Ok(key.hex())
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
