// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tools and the cache that models are made with.

use hwgen_bundle::cache::Cache;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::model::{Model, ModelSpec, Wave};
use hwgen_sim::toolchain::Toolchain;

/// The tools and the cache, looked up once for any number of engines.
#[derive(Debug, Clone)]
pub struct Lab {
    /// Where models are kept.
    pub cache: Cache,
    /// What they are built with.
    pub tools: Toolchain,
}

impl Lab {
    /// Looks for the tools and opens the user's cache.
    pub fn open() -> Result<Self, VerifyError> {
        let cache = Cache::open()?;
        let tools = Toolchain::find(&cache)?;
        Ok(Self { cache, tools })
    }

    /// Builds the model of an engine, or finds it.
    pub fn model(
        &self,
        bundle: &Bundle,
        engine: &Engine,
        wave: Wave,
    ) -> Result<Model, VerifyError> {
        let spec = ModelSpec::of_engine(bundle, engine, wave);
        Model::build(&self.cache, &self.tools, &spec)
    }
}
