// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a design comes from: a preset, a configuration file and flags.

use std::path::{Path, PathBuf};

use hwgen_console::error::Error;
use hwgen_generate::config::{Draft, Field, legal_name};
use hwgen_generate::preset::Preset;
use hwgen_generate::registry;
use hwgen_golden::{BlockName, Design};

/// The variant that `--bus axi` chooses.
const AXI: &str = "axi";

/// Where a design comes from; flags win over files.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Source {
    /// Configuration that ships with the program (see hwgen list)
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    preset: Option<String>,
    /// Configuration file
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Survivors kept per query; capacity of the stream variant [default: 16]
    #[arg(long, allow_hyphen_values = true)]
    k: Option<String>,
    /// Multiplier lanes of the arithmetic engines [default: 64]
    #[arg(long, allow_hyphen_values = true)]
    pe: Option<String>,
    /// Block to emit, or all [default: every engine, or the one that has --variant]
    #[arg(long, value_name = "NAME")]
    block: Option<String>,
    /// Only this variant of the top-k engine or of the array
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// What engines are spoken to by: stream, or axi for registers, a command ring and AXI4 to memory
    /// [default: stream]
    #[arg(long, value_name = "NAME")]
    bus: Option<String>,
    /// Override any key of the configuration, such as topk.lanes=8
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Source {
    /// Resolves the sources to a design; reports all problems at once.
    pub(crate) fn design(&self) -> Result<Design, Error> {
        // A block says what can be configured at all, so it is judged first.
        if let Some(name) = &self.block {
            registry::select(name).map_err(Error::input)?;
        }
        let mut draft = Draft::default();
        if let Some(name) = &self.preset {
            Preset::find(name)?.apply(&mut draft);
        }
        if let Some(path) = &self.config {
            read_config(path, &mut draft)?;
        }
        let usual = BlockName::Topk;
        let owner = self.variant.as_deref();
        let owner = owner.map(|v| registry::owner(v).unwrap_or(usual).name());
        let block = self.block.as_deref().or(owner);
        if let Some(name) = block {
            draft.assign("blocks", name);
        }
        for assignment in &self.set {
            draft.set(assignment);
        }
        let variants = |block| Field::find(&format!("{block}.variants"));
        let variants = block.and_then(variants).map_or("topk.variants", |f| f.key);
        let flags = [("k", &self.k), ("pe", &self.pe), (variants, &self.variant)];
        for (key, value) in flags {
            if let Some(value) = value {
                draft.assign(key, value);
            }
        }
        self.choose_bus(&mut draft)?;
        draft.finish()
    }

    /// Chooses the variants that `--bus` asks for, of the blocks named so far.
    fn choose_bus(&self, draft: &mut Draft) -> Result<(), Error> {
        match self.bus.as_deref() {
            None | Some("stream") => return Ok(()),
            Some(AXI) => {}
            Some(other) => {
                let rule = "must be stream or axi (try axi)";
                return Err(Error::input(format!("--bus {other}: {rule}")));
            }
        }
        if self.variant.is_some() {
            let rule = "chooses a variant, as --variant does (name one of them)";
            return Err(Error::input(format!("--bus axi: {rule}")));
        }
        let blocks = draft.blocks();
        let (with, without): (Vec<_>, Vec<_>) = blocks
            .iter()
            .partition(|&&block| registry::variants(block).contains(&AXI));
        // Cascade pruning goes into the top of attention.
        let inside = |block: &BlockName| {
            *block == BlockName::Cascade && blocks.contains(&BlockName::Attention)
        };
        let without: Vec<&str> = without
            .into_iter()
            .filter(|block| !inside(block))
            .map(BlockName::name)
            .collect();
        if !without.is_empty() {
            return Err(Error::input(format!(
                "--bus axi: {} has no top on AXI (try --block attention or figs)",
                without.join(", ")
            )));
        }
        for block in with {
            draft.assign(&format!("{block}.variants"), AXI);
        }
        Ok(())
    }
}

/// Takes over the values of a configuration file, whose stem names the design if nothing else does.
pub(crate) fn read_config(path: &Path, draft: &mut Draft) -> Result<(), Error> {
    let bytes = std::fs::read(path).map_err(|e| Error::path(path, "read the configuration", &e))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let shown = path.display();
        Error::input(format!(
            "{shown}: not text (byte {at} is not UTF-8); expected a TOML file"
        ))
    })?;
    draft.read_toml(&text, &path.display().to_string());
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if let Some(name) = legal_name(&stem) {
        draft.name_file(&name);
    }
    Ok(())
}
