// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a module to its figures: writes the inputs aside, runs the tools, keeps the result.
//!
//! The result is cached under everything that it was made from. A run happens in a folder of the
//! cache that becomes an entry only when it has succeeded.

use std::fs;
use std::path::{Path, PathBuf};

use hwgen_bundle::cache::Cache;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_console::progress::shown;
use hwgen_verif::VerifyError;
use indicatif::ProgressBar;

use crate::synth::liberty::Liberty;
use crate::synth::netlist::Netlist;
use crate::synth::nextpnr::Nextpnr;
use crate::synth::script;
use crate::synth::script::Aim;
use crate::synth::target::Target;
use crate::synth::timing::Sta;
use crate::synth::unit::{Unit, engine_of};
use crate::synth::yosys::Yosys;
use hwgen_bundle::digest::sha256;
use hwgen_console::error::Error;

/// Changes whenever a result of an earlier release must not be shown.
const FORMAT: &str = "synth 4";

/// Tools, target and library, looked up once.
pub struct Flow {
    /// For what.
    pub target: Target,
    pub(crate) period_ns: f64,
    pub(crate) yosys: Yosys,
    pub(crate) sta: Option<Sta>,
    pub(crate) nextpnr: Option<Nextpnr>,
    /// Its library, where it has one.
    pub liberty: Option<Liberty>,
    /// Whether to take faster and larger adders than Yosys does by itself.
    pub fast_adders: bool,
    pub(crate) cache: Cache,
}

/// How one unit is synthesised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Plan {
    /// Flattened.
    #[default]
    Flat,
    /// Flattened, and once more module by module for the tree of areas.
    Tree,
    /// Large modules are mapped apart and the whole is timed, which brings the tree along; where
    /// there is no library of cells, flattened.
    Parts,
}

impl Flow {
    /// Names the tools.
    pub fn tools(&self) -> Vec<String> {
        let mut out = vec![self.yosys.version.clone()];
        out.extend(self.sta.as_ref().map(|s| s.version.clone()));
        out.extend(self.nextpnr.as_ref().map(|n| n.version.clone()));
        out.extend(self.fast_adders.then(|| "Kogge-Stone adders".to_owned()));
        out
    }

    /// Returns `module` with every set of parameters with which an engine of the bundle holds it.
    pub fn instances(&self, bundle: &Bundle, module: &str) -> Result<Vec<Unit>, Error> {
        let engine = match engine_of(bundle, module) {
            Ok(engine) => engine,
            // A shared primitive that no engine uses yet is measured with its defaults.
            Err(error) => return Unit::shared(module).map(|u| vec![u]).ok_or(error),
        };
        self.instances_in(bundle, engine, module)
    }

    /// Returns `module` with every set of parameters with which `engine` holds it.
    pub fn instances_in(
        &self,
        bundle: &Bundle,
        engine: &Engine,
        module: &str,
    ) -> Result<Vec<Unit>, Error> {
        let top = Unit::engine(bundle, engine)?;
        if engine.top == module {
            return Ok(vec![top]);
        }
        let script = script::elaborate(&top);
        let bar = self.bar(&top);
        bar.set_message("elaborating");
        let key = self.digest(&top, &[&script]);
        let dir = self.entry(&key, |dir| {
            write_sources(dir, &top)?;
            write(dir, "run.ys", &script)?;
            self.yosys.run(dir, "run.ys")?;
            // Judged before it is kept: a tool may leave half a file and call it success.
            Netlist::read(dir, script::ELABORATED)?;
            keep_results(dir, &[script::ELABORATED])
        });
        bar.finish_and_clear();
        let elaborated = Netlist::read(&dir?, script::ELABORATED)?;
        let mut sets = Vec::new();
        let all = elaborated.modules.iter();
        for (_, m) in all.filter(|(name, _)| crate::synth::netlist::plain(name) == module) {
            if let Some(name) = m.odd_parameter() {
                return Err(Error::input(format!(
                    "{module}: parameter {name} is no integer of 32 bits (synthesise the module \
                     above it)"
                )));
            }
            sets.push(m.parameters());
        }
        sets.sort();
        sets.dedup();
        Ok(sets.into_iter().map(|p| top.with(module, p)).collect())
    }

    /// Builds an entry of the cache for `unit` and `parts` with a progress line of its own.
    pub fn built(
        &self,
        unit: &Unit,
        parts: &[&str],
        build: impl FnOnce(&Path, &ProgressBar) -> Result<(), Error>,
    ) -> Result<PathBuf, Error> {
        let bar = self.bar(unit);
        let dir = self.entry(&self.digest(unit, parts), |dir| build(dir, &bar));
        bar.finish_and_clear();
        dir
    }

    /// Builds an entry of the cache; an error of `build` is the one that is returned.
    pub(super) fn entry(
        &self,
        key: &str,
        build: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<PathBuf, Error> {
        let mut failed = None;
        let entry = self.cache.entry(key, |dir| {
            build(dir).map_err(|e| {
                failed = Some(e);
                VerifyError::Stopped
            })
        });
        match (entry, failed) {
            (_, Some(error)) => Err(error),
            (Ok(entry), None) => Ok(entry.dir),
            (Err(error), None) => Err(Error::from(error)),
        }
    }

    /// Returns what the mapper aims at.
    pub fn aim(&self) -> Aim {
        Aim {
            period_ns: self.period_ns,
            fast_adders: self.fast_adders,
        }
    }

    pub(super) fn digest(&self, unit: &Unit, more: &[&str]) -> String {
        let mut parts = vec![
            FORMAT,
            env!("CARGO_PKG_VERSION"),
            &self.yosys.version,
            &unit.label,
        ];
        for source in &unit.sources {
            parts.extend([source.name.as_str(), source.text.as_str()]);
        }
        parts.extend(more);
        sha256(serde_json::json!(parts).to_string().as_bytes())
    }

    pub(super) fn bar(&self, unit: &Unit) -> ProgressBar {
        let name = format!("{} on {}", unit.label, self.target.name);
        shown(
            ProgressBar::new_spinner(),
            "{prefix}: {msg} {elapsed}",
            name,
        )
    }
}

/// Puts the files of a unit into a folder.
pub fn write_sources(dir: &Path, unit: &Unit) -> Result<(), Error> {
    for source in &unit.sources {
        write(dir, &source.name, &source.text)?;
    }
    Ok(())
}

/// Puts a file into a folder.
pub fn write(dir: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = dir.join(name);
    fs::write(&path, text).map_err(|e| Error::path(&path, "write", &e))
}

/// Leaves nothing but `files` in the folder of a run.
pub fn keep_results(dir: &Path, files: &[&str]) -> Result<(), Error> {
    for item in fs::read_dir(dir).map_err(|e| Error::path(dir, "read", &e))? {
        let item = item.map_err(|e| Error::path(dir, "read", &e))?;
        if files.iter().any(|f| item.file_name() == *f) {
            continue;
        }
        let path = item.path();
        let gone = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        gone.map_err(|e| Error::path(&path, "remove", &e))?;
    }
    Ok(())
}
