// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cuts a design along its modules into parts that a mapper can take.
//!
//! A part is a module with what it instantiates, down to modules that are parts of their own: of
//! those it holds the ports only. Works on the text that Yosys writes of an elaborated design.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::synth::netlist::{Cell, Netlist, plain};
use crate::synth::unit::RAM;

/// Gates, roughly, of the largest part if modules below allow.
pub(super) const MOST: u64 = 60_000;
/// Gates, roughly, of the smallest module that is worth being a part. The mapper buffers a net only
/// inside a part, so that a register that drives a part for each of many lanes looks slow.
const LEAST: u64 = 400;

/// What the module of a part is called in its text: the same module has other names elsewhere.
pub(super) const ROOT: &str = "part";

/// A part of a design.
#[derive(Debug, PartialEq)]
pub(super) struct Part {
    /// Module of the elaborated design.
    pub module: String,
    /// Text for Yosys.
    pub text: String,
}

/// Cuts the design below `top`, whose text is `text`.
pub(super) fn parts(top: &str, design: &Netlist, text: &str) -> Vec<Part> {
    let mut cut = Cut {
        design,
        sizes: HashMap::new(),
        kept: BTreeSet::new(),
    };
    cut.visit(top);
    let kept = cut.kept;
    let texts = modules(text);
    let mut out = Vec::new();
    let mut seen = BTreeSet::from([top]);
    let mut next = vec![top];
    while let Some(module) = next.pop() {
        let (mut inside, mut outside) = (BTreeSet::new(), BTreeSet::new());
        reach(design, &kept, module, &mut inside, &mut outside);
        let mut part = String::new();
        for name in &inside {
            let text = texts.get(name).copied().unwrap_or_default();
            part.push_str(&if *name == module {
                root(text)
            } else {
                text.to_owned()
            });
        }
        for name in &outside {
            part.push_str(&ports(texts.get(name).copied().unwrap_or_default()));
            if seen.insert(name) {
                next.push(name);
            }
        }
        out.push(Part {
            module: module.to_owned(),
            text: part,
        });
    }
    out
}

/// Collects the modules of a part, and those at its edge.
fn reach<'a>(
    design: &'a Netlist,
    kept: &BTreeSet<String>,
    module: &'a str,
    inside: &mut BTreeSet<&'a str>,
    outside: &mut BTreeSet<&'a str>,
) {
    inside.insert(module);
    for (name, _) in below(design, module) {
        if kept.contains(name) {
            outside.insert(name);
        } else if !inside.contains(name) {
            reach(design, kept, name, inside, outside);
        }
    }
}

/// Returns the modules that `module` instantiates, with the number of their instances.
fn below<'a>(design: &'a Netlist, module: &str) -> BTreeMap<&'a str, u64> {
    let mut out = BTreeMap::new();
    let cells = design.modules.get(module).into_iter();
    for cell in cells.flat_map(|m| m.cells.values()) {
        if let Some((name, _)) = design.modules.get_key_value(&cell.kind) {
            *out.entry(name.as_str()).or_default() += 1;
        }
    }
    out
}

struct Cut<'a> {
    design: &'a Netlist,
    /// Gates of a module without the parts below it.
    sizes: HashMap<String, u64>,
    kept: BTreeSet<String>,
}

impl Cut<'_> {
    /// Decides what below `module` becomes a part; returns the gates of the rest.
    fn visit(&mut self, module: &str) -> u64 {
        if let Some(size) = self.sizes.get(module) {
            return *size;
        }
        if plain(module) == RAM {
            self.kept.insert(module.to_owned());
        }
        let own = self.design.modules.get(module);
        let own = own.map_or(0, |m| m.cells.values().map(gates).sum());
        let children: Vec<(&str, u64, u64)> = below(self.design, module)
            .into_iter()
            .map(|(name, count)| (name, count, self.visit(name)))
            .collect();
        let mut size: u64 = own;
        let mut open: Vec<(&str, u64, u64)> = Vec::new();
        for child in children {
            if !self.kept.contains(child.0) {
                size += child.1 * child.2;
                open.push(child);
            }
        }
        // What takes most of it off goes first; twins are mapped once.
        open.retain(|(_, _, gates)| *gates >= LEAST);
        open.sort_by_key(|(name, count, gates)| (count * gates, *name));
        while size > MOST
            && let Some((name, count, gates)) = open.pop()
        {
            self.kept.insert(name.to_owned());
            size -= count * gates;
        }
        self.sizes.insert(module.to_owned(), size);
        size
    }
}

/// Guesses how many gates a cell of Yosys becomes; an instance of a module is none.
fn gates(cell: &Cell) -> u64 {
    let of = |name| cell.parameter(name);
    let wide = of("A_WIDTH").max(of("B_WIDTH"));
    match cell.kind.as_str() {
        "$mul" => 6 * of("A_WIDTH") * of("B_WIDTH"),
        "$add" | "$sub" | "$neg" => 6 * of("Y_WIDTH"),
        "$lt" | "$le" | "$gt" | "$ge" => 4 * wide,
        "$pmux" => 2 * of("WIDTH") * of("S_WIDTH"),
        "$shl" | "$shr" | "$sshl" | "$sshr" | "$shift" | "$shiftx" => {
            3 * of("A_WIDTH").max(of("Y_WIDTH")) * of("B_WIDTH").min(7)
        }
        "$memrd" => (2 * of("WIDTH")) << of("ABITS").min(12),
        kind if kind.starts_with('$') => 2 * of("Y_WIDTH").max(of("WIDTH")).max(wide),
        _ => 0,
    }
}

/// Splits the text of a design into its modules by name, each with what is said of it before.
fn modules(text: &str) -> HashMap<&str, &str> {
    let mut out = HashMap::new();
    let (mut start, mut at, mut name) = (0, 0, "");
    for line in text.split_inclusive('\n') {
        at += line.len();
        if let Some(rest) = line.strip_prefix("module ") {
            name = rest.trim_end().trim_start_matches('\\');
        } else if line.trim_end() == "end" {
            out.insert(name, &text[start..at]);
            start = at;
        } else if line.starts_with("autoidx ") || line.starts_with('#') {
            start = at;
        }
    }
    out
}

/// Calls the module of a text by the name of a root, and leaves out what is said of it before.
fn root(text: &str) -> String {
    let mut out = format!("module \\{ROOT}\n");
    let lines = text.split_inclusive('\n');
    let body = lines.skip_while(|l| !l.starts_with("module ")).skip(1);
    out.extend(body);
    out
}

/// Leaves of a module's text the ports.
fn ports(text: &str) -> String {
    let mut out = String::from("attribute \\blackbox 1\n");
    for line in text.lines() {
        let is = |word: &str| line.split(' ').any(|w| w == word);
        let port = line.starts_with("  wire ") && (is("input") || is("output") || is("inout"));
        if port || line.starts_with("module ") || line == "end" {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# by Yosys\nautoidx 7\nattribute \\top 1\nmodule \\t\n  wire input 1 \\a\n\
        end\nmodule \\big\n  wire input 1 \\a\n  wire width 4 \\input\n  cell $add $1\n  end\nend\n\
        module \\tiny\n  wire output 1 \\y\nend\n";

    fn design(adders: u64) -> Netlist {
        let add = r#"{"type": "$add", "parameters": {"Y_WIDTH": 100}, "connections": {}}"#;
        let adders: Vec<String> = (0..adders).map(|n| format!("\"a{n}\": {add}")).collect();
        let text = format!(
            r#"{{"modules": {{
              "t": {{"cells": {{"u_a": {{"type": "big", "connections": {{}}}},
                               "u_b": {{"type": "big", "connections": {{}}}},
                               "u_c": {{"type": "tiny", "connections": {{}}}}}}}},
              "big": {{"cells": {{{}}}}}, "tiny": {{}}}}}}"#,
            adders.join(",")
        );
        serde_json::from_str(&text).expect("reads")
    }

    #[test]
    fn what_fits_stays_one_part() {
        let parts = parts("t", &design(4), TEXT);
        assert_eq!(parts.len(), 1);
        let (_, modules) = TEXT.split_once("attribute \\top 1\n").expect("is there");
        let modules = modules.replace("module \\t\n", "module \\part\n");
        let mut lines: Vec<&str> = parts[0].text.lines().collect();
        let mut want: Vec<&str> = modules.lines().collect();
        lines.sort_unstable();
        want.sort_unstable();
        assert_eq!(lines, want);
    }

    #[test]
    fn a_large_module_is_a_part_of_its_own_whose_ports_remain() {
        let parts = parts("t", &design(60), TEXT);
        let names: Vec<&str> = parts.iter().map(|p| p.module.as_str()).collect();
        assert_eq!(names, ["t", "big"]);
        let black = "attribute \\blackbox 1\nmodule \\big\n  wire input 1 \\a\nend\n";
        assert!(parts[0].text.ends_with(black), "{}", parts[0].text);
        assert!(parts[0].text.contains("module \\tiny"));
        assert!(parts[1].text.contains("$add") && !parts[1].text.contains("tiny"));
    }
}
