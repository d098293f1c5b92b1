// SPDX-License-Identifier: MIT OR Apache-2.0
//! One module to synthesise: which, with which parameters, from which files of the bundle.

use std::collections::BTreeMap;
use std::fs;

use hwgen_bundle::manifest::{Bundle, Engine};

use hwgen_console::error::Error;
use hwgen_generate::template::Library;

/// The memory wrapper.
pub const RAM: &str = "hg_ram_1r1w";

/// One module to synthesise.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Module name in the RTL.
    pub module: String,
    /// What people call it: `topk radix`, or the module.
    pub label: String,
    /// Parameters that differ from the defaults.
    pub parameters: BTreeMap<String, i64>,
    /// Files in compile order.
    pub sources: Vec<Source>,
}

/// One file of the bundle as it lies on disk.
#[derive(Debug, Clone)]
pub struct Source {
    /// File name in the folder of the run.
    pub name: String,
    /// Contents.
    pub text: String,
    /// Whether only its ports are read, so that its instances stay instances.
    pub outside: bool,
}

impl Unit {
    /// Returns the top of an engine.
    pub fn engine(bundle: &Bundle, engine: &Engine) -> Result<Self, Error> {
        Ok(Self {
            module: engine.top.clone(),
            label: format!("{} {}", engine.block, engine.variant),
            parameters: BTreeMap::new(),
            sources: sources(bundle, &engine.sources)?,
        })
    }

    /// Returns a primitive that ships with hwgen for all blocks, with its default parameters.
    pub fn shared(module: &str) -> Option<Self> {
        let library = Library::embedded();
        let shared = library.shared();
        if !shared.contains(&module) || library.hierarchy(module).is_empty() {
            return None;
        }
        let names = library.sources(module).into_iter();
        let source = |n: &str| Source {
            name: format!("{n}.sv"),
            text: library.text(n).unwrap_or_default().to_owned(),
            outside: false,
        };
        Some(Self {
            module: module.to_owned(),
            label: module.to_owned(),
            parameters: BTreeMap::new(),
            sources: names.map(source).collect(),
        })
    }

    /// Returns this unit with other files, module and parameters.
    #[must_use]
    pub fn with(&self, module: &str, parameters: BTreeMap<String, i64>) -> Self {
        Self {
            module: module.to_owned(),
            label: module.to_owned(),
            parameters,
            sources: self.sources.clone(),
        }
    }

    /// Returns the text of the line `file:line`, without what indents it; empty if there is none.
    pub fn line(&self, place: &str) -> &str {
        let parts = place.rsplit_once(':');
        let found = parts.and_then(|(file, number)| {
            let source = self.sources.iter().find(|s| s.name == file)?;
            let number: usize = number.parse().ok()?;
            source.text.lines().nth(number.checked_sub(1)?)
        });
        found.unwrap_or_default().trim()
    }

    /// Replaces the memory wrapper by what stands for it when timed; tells whether it was there.
    #[must_use]
    pub fn memories_apart(mut self) -> Self {
        let file = format!("{RAM}.sv");
        for source in &mut self.sources {
            if source.name == file {
                include_str!("hg_ram_1r1w.sv").clone_into(&mut source.text);
            }
        }
        self
    }

    /// Leaves the memory wrapper out of the netlist, unless it is the module itself.
    #[must_use]
    pub fn memories_outside(mut self) -> Self {
        let file = format!("{RAM}.sv");
        for source in &mut self.sources {
            source.outside = source.name == file && self.module != RAM;
        }
        self
    }
}

/// Reads files of a bundle, in their order, with the plain names of its modules.
fn sources(bundle: &Bundle, paths: &[String]) -> Result<Vec<Source>, Error> {
    let mut out = Vec::new();
    let suffix = &bundle.manifest.suffix;
    for path in paths {
        let full = bundle.dir.join(path);
        let text = fs::read(&full).map_err(|e| Error::path(&full, "read", &e))?;
        let name = path.rsplit('/').next().unwrap_or(path);
        out.push(Source {
            name: suffix.plain_text(name),
            text: suffix.plain_text(&String::from_utf8_lossy(&text)),
            outside: false,
        });
    }
    Ok(out)
}

/// Returns the first engine that holds `module`, by its plain name.
pub fn engine_of<'a>(bundle: &'a Bundle, module: &str) -> Result<&'a Engine, Error> {
    let engines = &bundle.manifest.engines;
    let holds = |e: &&Engine| bundle.manifest.file_in(e, module).is_some();
    engines.iter().find(holds).ok_or_else(|| {
        let mut names: Vec<&str> = engines
            .iter()
            .flat_map(|e| e.hierarchy.iter().map(String::as_str))
            .filter(|n| *n != RAM)
            .collect();
        names.sort_unstable();
        names.dedup();
        let dir = bundle.dir.display();
        Error::input(format!(
            "--module {module}: {dir} holds no such module (there are {})",
            names.join(", ")
        ))
    })
}
