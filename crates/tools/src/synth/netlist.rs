// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads the netlists that Yosys writes as JSON: cells by kind, instances, names of registers.
//!
//! Yosys lists the cells of a vendor among the modules of a design, as boxes with their timing
//! inside (findings/yosys-json-vendor-cells.sh). They are cells here: no box is a module, unless
//! it is the top.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;

use crate::synth::liberty::Library;
use crate::synth::unit::RAM;
use hwgen_console::child::blame;
use hwgen_console::error::Error;

/// A design.
#[derive(Debug, Default, Deserialize)]
pub struct Netlist {
    pub(crate) modules: BTreeMap<String, Module>,
}

/// A module of a design.
#[derive(Debug, Deserialize)]
pub struct Module {
    #[serde(default)]
    attributes: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    pub(crate) parameter_default_values: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    pub(crate) cells: BTreeMap<String, Cell>,
    #[serde(default)]
    pub(crate) ports: BTreeMap<String, Port>,
    #[serde(default)]
    netnames: BTreeMap<String, Net>,
}

/// A port of a module.
#[derive(Debug, Deserialize)]
pub struct Port {
    #[serde(default)]
    pub(crate) direction: String,
    pub(crate) bits: Vec<Bit>,
}

/// An instance.
#[derive(Debug, Deserialize)]
pub struct Cell {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    parameters: BTreeMap<String, serde_json::Value>,
    connections: BTreeMap<String, Vec<Bit>>,
}

#[derive(Debug, Deserialize)]
struct Net {
    hide_name: u8,
    bits: Vec<Bit>,
}

/// A number of a wire, or a constant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged)]
pub enum Bit {
    /// A net, by its number.
    Wire(u64),
    /// `0`, `1`, `x` or `z`.
    Constant(String),
}

impl Netlist {
    /// Reads the file `name` of the folder of a run.
    pub fn read(dir: &Path, name: &str) -> Result<Self, Error> {
        let path = dir.join(name);
        let text = std::fs::read(&path)
            .map_err(|e| blame(dir, &format!("yosys left no {name} ({e})"), ""))?;
        Self::parse(&text)
            .map_err(|e| blame(dir, &format!("yosys left an incomplete {name} ({e})"), ""))
    }

    /// Reads a netlist without the cells of a vendor that are listed as modules.
    pub fn parse(text: &[u8]) -> serde_json::Result<Self> {
        let mut netlist: Self = serde_json::from_slice(text)?;
        netlist.modules.retain(|_, m| m.is_top() || !m.is_box());
        Ok(netlist)
    }

    /// Tells whether instances of `kind` are of a module of the design. A cell of the library is a
    /// cell, whatever else is called so.
    pub fn holds(&self, kind: &str, library: Option<&Library>) -> bool {
        self.modules.contains_key(kind) && !library.is_some_and(|l| l.contains_key(kind))
    }

    /// Returns the module behind an instance path like `u_topk.u_drain`, and what is left of the
    /// path when no instance matches any more.
    pub fn owner<'a>(&'a self, top: &'a str, path: &'a str) -> (&'a str, &'a str) {
        let (mut module, mut rest) = (top, path);
        while let Some(here) = self.modules.get(module) {
            // Instances in generate blocks have dots in their names.
            let next = here.cells.iter().find_map(|(name, cell)| {
                let below = rest.strip_prefix(name.as_str())?.strip_prefix('.')?;
                self.modules
                    .contains_key(&cell.kind)
                    .then_some((cell, below))
            });
            let Some((cell, below)) = next else { break };
            (module, rest) = (&cell.kind, below);
        }
        (plain(module), rest)
    }

    /// Returns the modules that hold an instance of `module`.
    pub fn parents(&self, module: &str) -> Vec<&str> {
        let holds = |m: &Module| m.cells.values().any(|c| c.kind == module);
        let all = self.modules.iter().filter(|(_, m)| holds(m));
        all.map(|(name, _)| name.as_str()).collect()
    }

    /// Returns the modules on the ways from `above` down to `module`, which is one of them, without
    /// `above`.
    pub fn between<'a>(&'a self, above: &str, module: &'a str) -> Vec<&'a str> {
        let (mut out, mut next) = (Vec::new(), vec![module]);
        while let Some(here) = next.pop() {
            if here != above && !out.contains(&here) && self.is_below(here, above) {
                out.push(here);
                next.extend(self.parents(here));
            }
        }
        out
    }

    fn is_below(&self, module: &str, above: &str) -> bool {
        let parents = self.parents(module);
        parents.contains(&above) || parents.iter().any(|p| self.is_below(p, above))
    }

    /// Returns words, bits a word and number of the memories below `top`.
    pub fn memories(&self, top: &str) -> BTreeMap<(u64, u64), u64> {
        let mut out = BTreeMap::new();
        self.count_memories(top, &mut out);
        out
    }

    fn count_memories(&self, top: &str, out: &mut BTreeMap<(u64, u64), u64>) {
        let Some(module) = self.modules.get(top) else {
            return;
        };
        if plain(top) == RAM {
            let value = |n: &str| module.parameter(n).unwrap_or(0) as u64;
            *out.entry((value("DepthEntries"), value("Width")))
                .or_default() += 1;
            return;
        }
        for cell in module.cells.values() {
            self.count_memories(&cell.kind, out);
        }
    }
}

/// Attributes of what Yosys knows from outside only: a cell of a vendor, of a library, or of the
/// user. Which it sets depends on its release and on the cell.
const BOXES: [&str; 4] = ["blackbox", "whitebox", "abc9_box", "liberty_cell"];

impl Module {
    fn is_top(&self) -> bool {
        self.has_attribute("top")
    }

    fn is_box(&self) -> bool {
        BOXES.iter().any(|name| self.has_attribute(name))
    }

    /// Tells whether an attribute is set, and not to 0.
    fn has_attribute(&self, name: &str) -> bool {
        match self.attributes.get(name) {
            Some(serde_json::Value::String(digits)) => digits.contains('1'),
            Some(value) => value.as_i64() != Some(0),
            None => false,
        }
    }

    /// Returns the bits of the ports of a direction: `input`, `output`.
    pub fn bits<'a>(&'a self, direction: &'a str) -> impl Iterator<Item = &'a Bit> {
        let ports = self
            .ports
            .values()
            .filter(move |p| p.direction == direction);
        ports.flat_map(|p| &p.bits)
    }

    /// Returns the number of bits of the ports.
    pub fn pins(&self) -> usize {
        self.ports.values().map(|p| p.bits.len()).sum()
    }

    /// Tells whether there is a port of this name.
    pub fn has_port(&self, name: &str) -> bool {
        self.ports.contains_key(name)
    }

    /// Returns the value of a parameter of at most 64 bits.
    fn parameter(&self, name: &str) -> Option<i64> {
        integer(self.parameter_default_values.get(name)?)
    }

    /// Returns all parameters of at most 32 bits.
    pub fn parameters(&self) -> BTreeMap<String, i64> {
        let all = self.parameter_default_values.iter();
        all.filter_map(|(n, v)| Some((n.clone(), integer(v)?)))
            .collect()
    }

    /// Names a parameter that [`Self::parameters`] leaves out.
    pub fn odd_parameter(&self) -> Option<&str> {
        let all = self.parameter_default_values.iter();
        all.filter(|(_, v)| integer(v).is_none())
            .map(|(n, _)| n.as_str())
            .next()
    }

    /// Returns the names of the ports.
    pub fn ports(&self) -> Vec<String> {
        self.ports.keys().cloned().collect()
    }

    /// Returns the names of the registers by the names of their cells.
    pub fn registers(&self, library: &Library) -> HashMap<String, String> {
        let mut named: HashMap<&Bit, String> = HashMap::new();
        let mut keep = |bit, name: String| {
            // A port that a register drives is not what the register is called.
            let rank = |name: &String| (!is_state(name), name.len(), name.clone());
            if named.get(bit).is_none_or(|old| rank(&name) < rank(old)) {
                named.insert(bit, name);
            }
        };
        let named_by_rtl = |(name, net): &(&String, &Net)| net.hide_name == 0 && !is_number(name);
        for (name, net) in self.netnames.iter().filter(named_by_rtl) {
            for (i, bit) in net.bits.iter().enumerate() {
                let single = net.bits.len() == 1;
                keep(
                    bit,
                    if single {
                        name.clone()
                    } else {
                        format!("{name}[{i}]")
                    },
                );
            }
        }
        // Where a library's flip-flops have only an inverted output, the name is behind an
        // inverter.
        let mut behind: HashMap<&Bit, &Bit> = HashMap::new();
        for cell in self.cells.values() {
            if let Some((input, output)) = cell.inverter(library)
                && named.contains_key(output)
            {
                behind.insert(input, output);
            }
        }
        let mut out = HashMap::new();
        for (instance, cell) in &self.cells {
            let Some(kind) = library.get(&cell.kind).filter(|k| k.register) else {
                continue;
            };
            let pins = kind.outputs.iter().filter_map(|p| cell.connections.get(p));
            let mut bits = pins.flatten();
            let name = |b: &Bit| named.get(b).or_else(|| named.get(*behind.get(b)?)).cloned();
            if let Some(name) = bits.find_map(name) {
                out.insert(instance.clone(), name);
            }
        }
        out
    }
}

impl Cell {
    /// Returns a parameter of at most 32 bits, 0 if there is none of this name.
    pub fn parameter(&self, name: &str) -> u64 {
        let value = self.parameters.get(name).and_then(integer);
        value.and_then(|v| u64::try_from(v).ok()).unwrap_or(0)
    }

    /// Returns input and output of a cell that has one of each and keeps nothing.
    fn inverter(&self, library: &Library) -> Option<(&Bit, &Bit)> {
        if self.kind == "$_NOT_" {
            let bit = |pin: &str| self.connections.get(pin)?.first();
            return Some((bit("A")?, bit("Y")?));
        }
        let kind = library.get(&self.kind).filter(|k| !k.register)?;
        if self.connections.len() != 2 {
            return None;
        }
        let output = kind.outputs.first()?;
        let (_, input) = self.connections.iter().find(|(p, _)| *p != output)?;
        Some((input.first()?, self.connections.get(output)?.first()?))
    }
}

/// Tells whether a name is that of a register, as the RTL names them: `x_q`, `x_q2`, `x_q[3]`.
fn is_state(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let base = last.split('[').next().unwrap_or(last);
    base.trim_end_matches(|c: char| c.is_ascii_digit())
        .ends_with("_q")
}

/// Tells whether a name is one that Yosys made up: `_123_`, `_g123_`.
fn is_number(name: &str) -> bool {
    let inside = name.strip_prefix('_').and_then(|n| n.strip_suffix('_'));
    let inside = inside.map(|n| n.strip_prefix('g').unwrap_or(n));
    inside.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Yosys writes parameters as binary digits.
pub fn integer(value: &serde_json::Value) -> Option<i64> {
    match value {
        serde_json::Value::String(digits) if digits.len() <= 32 => {
            let bits = u32::from_str_radix(digits, 2).ok()?;
            Some(i64::from(bits.cast_signed()))
        }
        other => other.as_i64(),
    }
}

/// Returns the name that the RTL gives a module: `$paramod$5f..\hg_x` and `$paramod\hg_x\W=4`.
pub fn plain(name: &str) -> &str {
    if !name.starts_with("$paramod") {
        return name.trim_start_matches('\\');
    }
    let mut parts = name.split('\\');
    parts.next();
    parts.next().unwrap_or(name)
}

/// The modules that a netlist keeps, with the names of their registers by those of their cells.
pub(super) type Parts = BTreeMap<String, (Module, HashMap<String, String>)>;

#[cfg(test)]
mod tests {
    use super::{Netlist, plain};
    use crate::synth::liberty::{Cell, Library};

    #[test]
    fn names_of_derived_modules() {
        assert_eq!(plain("$paramod$b46b\\hg_ram_1r1w"), "hg_ram_1r1w");
        assert_eq!(plain("$paramod\\hg_rank\\Lanes=s32'100"), "hg_rank");
        assert_eq!(plain("hg_top"), "hg_top");
    }

    #[test]
    fn cells_of_a_vendor_are_no_modules() {
        let box_of = |attributes: &str| {
            format!(
                r#"{{"attributes": {{{attributes}}},
                    "cells": {{"r": {{"type": "$specrule", "connections": {{}}}}}}}}"#
            )
        };
        let text = format!(
            r#"{{"modules": {{"t": {{"attributes": {{"top": "0001", "blackbox": "0000"}}}}, "u": {{}},
              "TRELLIS_FF": {0}, "CCU2C": {1}, "SB_LUT4": {2}, "NAND2": {3}, "OLD": {4}, "v": {5}}}}}"#,
            box_of(r#""blackbox": "00000000000000000000000000000001""#),
            box_of(r#""abc9_box": "1", "whitebox": "1""#),
            box_of(r#""whitebox": 1"#),
            box_of(r#""liberty_cell": "1""#),
            box_of(r#""blackbox": 1"#),
            box_of(r#""whitebox": 0, "src": "v.sv:1""#),
        );
        let netlist = Netlist::parse(text.as_bytes()).expect("reads");
        let names: Vec<&String> = netlist.modules.keys().collect();
        assert_eq!(names, ["t", "u", "v"]);
    }

    #[test]
    fn registers_are_named_after_their_nets_even_behind_an_inverter() {
        let text = r#"{"modules": {"t": {"cells": {
            "_1_": {"type": "DFF", "connections": {"D": [2], "QN": [3]}},
            "_2_": {"type": "INV", "connections": {"A": [3], "Y": [4]}},
            "_3_": {"type": "DFF", "connections": {"D": ["0"], "QN": [5]}}},
          "netnames": {"u_a.x_q": {"hide_name": 0, "bits": [9, 4]},
                       "_00_": {"hide_name": 1, "bits": [3]},
                       "y_q": {"hide_name": 0, "bits": [5]}}}}}"#;
        let netlist: Netlist = serde_json::from_str(text).expect("reads");
        let cell = |register, output: &str| Cell {
            area: 1.0,
            register,
            outputs: vec![output.to_owned()],
            buffer: None,
        };
        let library = Library::from([
            ("DFF".to_owned(), cell(true, "QN")),
            ("INV".to_owned(), cell(false, "Y")),
        ]);
        let names = netlist.modules["t"].registers(&library);
        assert_eq!(names["_1_"], "u_a.x_q[1]");
        assert_eq!(names["_3_"], "y_q");
    }
}
