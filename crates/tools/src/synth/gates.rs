// SPDX-License-Identifier: MIT OR Apache-2.0
//! A module as the cells of a target, and models of these cells, both as plain Verilog for a
//! simulator. Nothing is timed here.
//!
//! Models come from Yosys: of a library it writes what the liberty file says of each cell (functions,
//! flip-flops, latches, no primitives), of an FPGA those that it carries, beside one of our own for
//! the multiplier of an ECP5. Memories stay outside.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::synth::flow::{Flow, write, write_sources};
use crate::synth::netlist::{Netlist, plain};
use crate::synth::script;
use crate::synth::target::Kind;
use crate::synth::tree::is_register;
use crate::synth::unit::{RAM, Unit};
use hwgen_console::error::Error;

/// Model of the multiplier of an ECP5, of which Yosys has the ports only.
const MULTIPLIER: &str = include_str!("mult18x18d.v");

/// Marks around the text that Yosys has preprocessed.
const DUMP: [&str; 2] = ["-- Verilog code after preprocessor --", "-- END OF DUMP --"];

/// A module as cells.
#[derive(Debug, Clone)]
pub struct Gates {
    /// Name of the netlist's module.
    pub name: String,
    /// Parameters of the RTL that it stands for.
    pub parameters: BTreeMap<String, i64>,
    /// Ports, those of the RTL.
    pub ports: Vec<String>,
    /// The netlist.
    pub verilog: String,
    /// Cells by kind, without memories.
    pub kinds: BTreeMap<String, u64>,
    /// Flip-flops and latches.
    pub registers: u64,
    /// Memories that are instances of RTL.
    pub memories: u64,
}

impl Flow {
    /// Returns the netlist of `unit` as a module called `name`, from the cache if it is there.
    pub fn gates(&self, unit: &Unit, name: &str) -> Result<Gates, Error> {
        let unit = unit.clone().memories_outside();
        let script = self.gates_script(&unit, name);
        let mut parts = vec!["gates", script.as_str()];
        let drive = match &self.target.kind {
            Kind::Cells(cells) => script::drive(&cells.driving_cell, cells.load_ff),
            _ => String::new(),
        };
        parts.push(&drive);
        let library = self.liberty.as_ref();
        parts.extend(library.map(|l| l.merged.as_str()));
        let bar = self.bar(&unit);
        bar.set_message("synthesis");
        let dir = self.entry(&self.digest(&unit, &parts), |dir| {
            write_sources(dir, &unit)?;
            if let Some(liberty) = library {
                write(dir, script::MERGED, &liberty.merged)?;
                write(dir, script::DRIVE, &drive)?;
            }
            write(dir, "gates.ys", &script)?;
            self.yosys.run(dir, "gates.ys")?;
            Netlist::read(dir, script::NETLIST)?;
            text(dir, script::GATES)?;
            keep(dir, &[script::NETLIST, script::GATES])
        });
        bar.finish_and_clear();
        let dir = dir?;
        let netlist = Netlist::read(&dir, script::NETLIST)?;
        let module = netlist.modules.get(name).ok_or_else(|| {
            Error::Tool(format!("yosys left a netlist without the module {name}"))
        })?;
        let mut gates = Gates {
            name: name.to_owned(),
            parameters: unit.parameters.clone(),
            ports: module.ports(),
            verilog: text(&dir, script::GATES)?,
            kinds: BTreeMap::new(),
            registers: 0,
            memories: 0,
        };
        for cell in module.cells.values() {
            if plain(&cell.kind) == RAM {
                gates.memories += 1;
            } else if cell.kind != "$scopeinfo" {
                *gates.kinds.entry(cell.kind.clone()).or_default() += 1;
                gates.registers += u64::from(is_register(&cell.kind, library.map(|l| &l.cells)));
            }
        }
        Ok(gates)
    }

    /// Returns models of the cells; none where the netlist is written as expressions.
    pub fn models(&self) -> Result<Option<String>, Error> {
        let script = match &self.target.kind {
            Kind::Cells(_) => script::liberty_models(),
            Kind::Ecp5 => script::own_models("ecp5/cells_sim.v"),
            Kind::Ice40 => script::own_models("ice40/cells_sim.v"),
            Kind::Generic => return Ok(None),
        };
        let merged = self.liberty.as_ref().map_or("", |l| l.merged.as_str());
        // The models are of no module; the address needs a unit all the same.
        let unit = Unit {
            module: String::new(),
            label: format!("cells of {}", self.target.name),
            parameters: BTreeMap::new(),
            sources: Vec::new(),
        };
        let dir = self.entry(&self.digest(&unit, &["models", &script, merged]), |dir| {
            write(dir, script::MERGED, merged)?;
            write(dir, "models.ys", &script)?;
            self.yosys.run(dir, "models.ys")?;
            let models = text(dir, script::MODELS)?;
            let models = match dumped(&models) {
                Some(models) => models,
                None if self.liberty.is_some() => models,
                None => {
                    let said =
                        format!("yosys shows no models of the cells of {}", self.target.name);
                    return Err(Error::Tool(said));
                }
            };
            write(dir, script::MODELS, &models)?;
            keep(dir, &[script::MODELS])
        })?;
        let models = text(&dir, script::MODELS)?;
        Ok(Some(match &self.target.kind {
            Kind::Ecp5 => models + MULTIPLIER,
            _ => models,
        }))
    }

    fn gates_script(&self, unit: &Unit, name: &str) -> String {
        let kind = &self.target.kind;
        let synthesis = match kind {
            Kind::Cells(_) => script::cells(unit, &self.aim(), true),
            // Block memories come without models; nothing but the wrapper, which is outside, would
            // use them.
            Kind::Ecp5 => script::fpga(unit, "synth_ecp5 -nobram"),
            Kind::Ice40 => script::fpga(unit, "synth_ice40 -nobram"),
            Kind::Generic => script::generic(unit, true),
        };
        script::gates(&synthesis, name, matches!(kind, Kind::Generic))
    }
}

/// Names the cells of `gates` of which `models` say nothing.
pub fn without_model(gates: &Gates, models: Option<&str>) -> Vec<String> {
    let Some(models) = models else {
        return Vec::new();
    };
    let known: Vec<&str> = models
        .lines()
        .filter_map(|l| l.trim_start().strip_prefix("module "))
        .map(|l| l.split(['(', ' ', ';', '#']).next().unwrap_or(l))
        .collect();
    let kinds = gates.kinds.keys();
    kinds
        .filter(|k| !known.contains(&k.as_str()))
        .cloned()
        .collect()
}

/// Returns what stands between the marks of a dump, without the preprocessor's own marks.
fn dumped(log: &str) -> Option<String> {
    let (_, rest) = log.split_once(DUMP[0])?;
    let (body, _) = rest.split_once(DUMP[1])?;
    let lines = body.lines().filter(|l| !l.starts_with("`file_"));
    Some(lines.map(|l| format!("{l}\n")).collect())
}

fn text(dir: &Path, name: &str) -> Result<String, Error> {
    let path = dir.join(name);
    let bytes = fs::read(&path).map_err(|_| Error::Tool(format!("yosys left no {name}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Removes every file of the folder of a run but those in `names`.
fn keep(dir: &Path, names: &[&str]) -> Result<(), Error> {
    for item in fs::read_dir(dir).map_err(|e| Error::path(dir, "read", &e))? {
        let path = item.map_err(|e| Error::path(dir, "read", &e))?.path();
        let name = path.file_name().and_then(|n| n.to_str());
        if path.is_file() && !name.is_some_and(|n| names.contains(&n)) {
            fs::remove_file(&path).map_err(|e| Error::path(&path, "remove", &e))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_taken_out_of_what_yosys_says() {
        let log = "Parsing...\n-- Verilog code after preprocessor --\n`file_push \"a\"\n\
                   module INV(input A, output Z);\nendmodule\n`file_pop\n-- END OF DUMP --\nDone.\n";
        let models = dumped(log).expect("a dump");
        assert_eq!(models, "\nmodule INV(input A, output Z);\nendmodule\n");
        assert_eq!(dumped("nothing"), None);
        let gates = Gates {
            name: "x".into(),
            parameters: BTreeMap::new(),
            ports: Vec::new(),
            verilog: String::new(),
            kinds: BTreeMap::from([("INV".into(), 1), ("DSP".into(), 2)]),
            registers: 0,
            memories: 0,
        };
        assert_eq!(without_model(&gates, Some(&models)), ["DSP"]);
        assert!(without_model(&gates, None).is_empty());
    }
}
