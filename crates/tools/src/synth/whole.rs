// SPDX-License-Identifier: MIT OR Apache-2.0
//! Maps a large engine part by part and times it whole.
//!
//! Flattened, an engine of some hundred thousand gates takes a mapper hours. Its parts take minutes,
//! each is mapped once however often it stands in the design, and each is kept in the cache by what
//! it consists of. OpenSTA sees the netlist of the whole, so paths run across the parts.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;

use crate::synth::fanout::{self, Buffer};
use crate::synth::flow::{Flow, keep_results, write, write_sources};
use crate::synth::measure::{self, write_library};
use crate::synth::netlist::{Module, Netlist, Parts, plain};
use crate::synth::parts::{self, Part};
use crate::synth::report::Found;
use crate::synth::target::Kind;
use crate::synth::unit::Unit;
use crate::synth::{script, tree};
use hwgen_console::error::Error;
use hwgen_console::stop;

/// Names of the registers, and the mapper's warnings.
const NAMES: &str = "names.json";
const WARNINGS: &str = "warnings.json";
/// A part's netlist with its buffers, before it is written in all languages.
const BUFFERED: &str = "buffered.json";

impl Flow {
    /// Returns what a synthesis in parts depends on besides the sources.
    pub(super) fn parts_digest(&self, unit: &Unit) -> String {
        let part = script::part(parts::ROOT, &self.aim());
        let design = script::design(unit);
        format!("parts {} {}\n{part}{design}", parts::MOST, fanout::MOST)
    }

    /// Synthesises `unit` in `dir`, part by part.
    pub(super) fn whole(&self, unit: &Unit, dir: &Path, bar: &ProgressBar) -> Result<Found, Error> {
        let top = &unit.module;
        bar.set_message("elaborating");
        let (elaborated, text) = self.design(unit)?;
        let parts = parts::parts(top, &elaborated, &text);
        let mut netlist = Netlist::default();
        let mut names: HashMap<String, HashMap<String, String>> = HashMap::new();
        let mut warnings = Vec::new();
        let mut verilog = String::new();
        for (n, part) in parts.iter().enumerate() {
            stop::stopped()?;
            let name = plain(&part.module);
            bar.set_message(format!("part {} of {}, {name}", n + 1, parts.len()));
            let folder = self.buffered(unit, part, self.part(unit, part)?)?;
            netlist
                .modules
                .insert(part.module.clone(), module_of(&folder)?);
            names.insert(part.module.clone(), json(&folder, NAMES)?);
            warnings.extend(json::<Vec<String>>(&folder, WARNINGS)?);
            verilog.push_str(&called(&read(&folder, script::VERILOG)?, &part.module));
        }
        write(dir, script::VERILOG, &verilog)?;
        let mut found = measure::count(self, unit, &netlist, &elaborated)?;
        warnings.sort();
        warnings.dedup();
        found.warnings = warnings;
        let cells = self.liberty.as_ref().map(|l| &l.cells);
        found.tree = Some(tree::tree(top, &netlist, &elaborated, cells));
        found.notes.push(format!(
            "mapped in {} parts and timed whole: nothing is optimised from one part into another, \
             but nets into many parts are buffered",
            parts.len()
        ));
        let mut parts = Parts::new();
        for (name, module) in netlist.modules {
            let registers = names.remove(&name).unwrap_or_default();
            parts.insert(name, (module, registers));
        }
        measure::time(self, unit, dir, bar, &parts, &elaborated, &mut found)?;
        Ok(found)
    }

    /// Returns the elaborated design, and its text.
    fn design(&self, unit: &Unit) -> Result<(Netlist, String), Error> {
        let script = script::design(unit);
        let key = self.digest(unit, &["design", &script]);
        let dir = self.entry(&key, |dir| {
            write_sources(dir, unit)?;
            write(dir, "design.ys", &script)?;
            self.yosys.run(dir, "design.ys")?;
            Netlist::read(dir, script::ELABORATED)?;
            read(dir, script::DESIGN)?;
            keep_results(dir, &[script::ELABORATED, script::DESIGN])
        })?;
        Ok((
            Netlist::read(&dir, script::ELABORATED)?,
            read(&dir, script::DESIGN)?,
        ))
    }

    /// Returns the folder with the netlist of a part.
    fn part(&self, unit: &Unit, part: &Part) -> Result<PathBuf, Error> {
        let Some(liberty) = &self.liberty else {
            return Err(Error::Tool("a part is mapped to cells only".to_owned()));
        };
        let script = script::part(parts::ROOT, &self.aim());
        let drive = match &self.target.kind {
            Kind::Cells(cells) => script::drive(&cells.driving_cell, cells.load_ff),
            _ => String::new(),
        };
        // Nothing of the unit: a part is the same in every bundle that holds it.
        let alone = Unit {
            sources: Vec::new(),
            label: String::new(),
            ..unit.clone()
        };
        let merged = &liberty.merged;
        let key = self.digest(&alone, &["part", &part.text, &script, &drive, merged]);
        self.entry(&key, |dir| {
            write(dir, script::PART, &part.text)?;
            write_library(self, dir)?;
            write(dir, "part.ys", &script)?;
            let warnings = self.yosys.run(dir, "part.ys")?;
            write(dir, WARNINGS, &text(&warnings))?;
            module_of(dir)?;
            let mapped = Netlist::read(dir, script::MAPPED)?;
            let mapped = mapped.modules.get(parts::ROOT);
            let names = mapped.map(|m| m.registers(&liberty.cells));
            write(dir, NAMES, &text(&names.unwrap_or_default()))?;
            keep_results(dir, &[script::NETLIST, script::VERILOG, NAMES, WARNINGS])
        })
    }
}

impl Flow {
    /// Returns the folder with the netlist of a part after buffers were put where it drives many
    /// others; `mapped` is the folder of its netlist.
    fn buffered(&self, unit: &Unit, part: &Part, mapped: PathBuf) -> Result<PathBuf, Error> {
        let cells = self.liberty.as_ref().map(|l| &l.cells);
        let Some((cells, buffer)) = cells.and_then(|c| Some((c, Buffer::of(c)?))) else {
            return Ok(mapped);
        };
        let mut netlist: serde_json::Value = json(&mapped, script::NETLIST)?;
        let module = &mut netlist["modules"][parts::ROOT];
        if fanout::insert(module, cells, &buffer) == 0 {
            return Ok(mapped);
        }
        let alone = Unit {
            sources: Vec::new(),
            label: String::new(),
            ..unit.clone()
        };
        let netlist = text(&netlist);
        let key = self.digest(&alone, &["buffered", &part.module, &netlist]);
        self.entry(&key, |dir| {
            write(dir, BUFFERED, &netlist)?;
            write(dir, "buffers.ys", &script::rewritten(BUFFERED))?;
            self.yosys.run(dir, "buffers.ys")?;
            module_of(dir)?;
            for name in [NAMES, WARNINGS] {
                write(dir, name, &read(&mapped, name)?)?;
            }
            keep_results(dir, &[script::NETLIST, script::VERILOG, NAMES, WARNINGS])
        })
    }
}

/// Returns the mapped module of a part's folder.
fn module_of(dir: &Path) -> Result<Module, Error> {
    let mut netlist = Netlist::read(dir, script::NETLIST)?;
    let module = netlist.modules.remove(parts::ROOT);
    module.ok_or_else(|| Error::Tool("yosys left a netlist without its module".to_owned()))
}

/// Gives the module of a part's Verilog the name that it has in the design.
fn called(verilog: &str, name: &str) -> String {
    let head = format!("module {}(", parts::ROOT);
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let name = if plain {
        name.to_owned()
    } else {
        format!("\\{name} ")
    };
    verilog.replacen(&head, &format!("module {name}("), 1)
}

fn text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("names are plain data")
}

fn json<T: serde::de::DeserializeOwned>(dir: &Path, name: &str) -> Result<T, Error> {
    let path = dir.join(name);
    serde_json::from_str(&read(dir, name)?)
        .map_err(|e| Error::input(format!("{}: not a result ({e})", path.display())))
}

fn read(dir: &Path, name: &str) -> Result<String, Error> {
    fs::read_to_string(dir.join(name)).map_err(|_| Error::Tool(format!("yosys left no {name}")))
}
