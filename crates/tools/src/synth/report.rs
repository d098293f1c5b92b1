// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a synthesis found out, for JSON and for people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::synth::script::ACTIVITY;
use hwgen_console::terminal::table;

/// Paths that are shown.
const SHOWN_PATHS: usize = 6;
/// Kinds of warnings that are shown.
const SHOWN_WARNINGS: usize = 5;

/// What was asked for.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Name of the bundle.
    pub bundle: String,
    /// Target and what it is, in words.
    pub target: String,
    /// Period that the mapping aimed at, in ns.
    pub period_ns: f64,
    /// Names and versions of the tools.
    pub tools: Vec<String>,
    /// Names of the liberty files.
    pub libraries: Vec<String>,
    /// What was found of each engine or module.
    pub modules: Vec<Found>,
}

/// One module, synthesised.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Found {
    /// What people call it: `topk radix`, or the module.
    pub label: String,
    /// Module that was synthesised.
    pub module: String,
    /// Parameters that differ from the module's defaults.
    pub parameters: BTreeMap<String, i64>,
    /// In the library's unit, memories apart.
    pub area: Option<f64>,
    /// Cells, memories apart.
    pub cells: u64,
    /// Flip-flops and latches among them.
    pub registers: u64,
    /// Bits of the memories.
    pub memory_bits: u64,
    pub(crate) memories: Vec<Memory>,
    /// Bits of the outputs: of a module without them no hardware is left.
    pub outputs: u64,
    /// Cells by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Highest clock of the slowest path, in MHz, where it was timed.
    pub fmax_mhz: Option<f64>,
    /// Worst first, one a pair of registers.
    pub paths: Vec<Path>,
    /// Power, where the library has energies.
    pub power: Option<Power>,
    /// Instances with their shares, where they were asked for.
    pub tree: Option<Node>,
    /// What a reader of the figures should know.
    pub notes: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

/// An estimate of power before layout, and what it assumes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Power {
    /// Sum of all parts, in W.
    pub watts: f64,
    pub(crate) clock_mhz: f64,
    /// Share of cycles in which an input or a net toggles.
    pub activity: f64,
}

/// Memories of one shape.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Memory {
    pub(crate) count: u64,
    pub(crate) words: u64,
    pub(crate) width: u64,
}

/// The slowest path between two registers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Path {
    /// Where it starts.
    pub from: Point,
    /// Where it ends.
    pub to: Point,
    /// Cells on it.
    pub levels: u64,
    pub(crate) delay_ns: f64,
    pub(crate) slack_ns: f64,
    /// End points of the pair among those that were reported.
    pub endpoints: u64,
}

/// Where a path starts or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// `register`, `port` or `memory`.
    pub what: String,
    /// Instance path and name.
    pub name: String,
    /// Module that holds it.
    pub module: String,
}

/// An instance and what is below it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Node {
    /// Name of the instance.
    pub instance: String,
    /// Its module.
    pub module: String,
    /// Alike siblings that this node stands for.
    pub count: u64,
    /// Of one of them, with everything below.
    pub area: f64,
    /// Cells of one of them, with everything below.
    pub cells: u64,
    /// Flip-flops and latches among these.
    pub registers: u64,
    /// Bits of memories, with everything below.
    pub memory_bits: u64,
    /// Instances in it.
    pub below: Vec<Node>,
}

impl Point {
    /// Says it in words.
    pub fn words(&self) -> String {
        let Self { what, name, module } = self;
        match what.as_str() {
            "port" => format!("port {name}"),
            _ => format!("{what} {name} in {module}"),
        }
    }

    /// Returns the point without numbers of bits and instances.
    pub fn family(&self) -> String {
        let mut out = String::new();
        let mut inside = false;
        for c in self.name.chars() {
            match c {
                '[' => {
                    inside = true;
                    out.push_str("[]");
                }
                ']' => inside = false,
                _ if inside => {}
                _ => out.push(c),
            }
        }
        out
    }
}

impl Report {
    /// Lays the report out for people.
    pub fn text(&self) -> String {
        let tools = self.tools.join(", ");
        let mut out = format!(
            "{} on {} at {} ns ({tools})\n",
            self.bundle, self.target, self.period_ns
        );
        for module in &self.modules {
            out.push('\n');
            out.push_str(&module.text());
        }
        out
    }

    /// Returns the modules as rows of a table, with a head.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let head = [
            "module",
            "area",
            "cells",
            "registers",
            "memory bits",
            "MHz",
            "critical path",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(self.modules.iter().map(Found::row));
        rows
    }
}

impl Found {
    /// Counts the cells of the kinds that have `part` in their names.
    pub fn kinds_with(&self, part: &str) -> u64 {
        let kinds = self.kinds.iter().filter(|(k, _)| k.contains(part));
        kinds.map(|(_, n)| n).sum()
    }

    /// Returns the figures as cells of a table: name, area, cells, registers, bits, MHz, path.
    pub fn row(&self) -> Vec<String> {
        let path = self.paths.first().map_or(String::new(), |p| {
            format!(
                "{} to {}, {} levels",
                p.from.family(),
                p.to.family(),
                p.levels
            )
        });
        vec![
            self.label.clone(),
            self.area.map_or("-".to_owned(), figure),
            self.cells.to_string(),
            self.registers.to_string(),
            self.memory_bits.to_string(),
            self.fmax_mhz.map_or("-".to_owned(), |f| format!("{f:.0}")),
            path,
        ]
    }

    fn text(&self) -> String {
        let mut out = self.label.clone();
        if self.label != self.module {
            out.push_str(&format!(" ({})", self.module));
        }
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|(n, v)| format!("{n} = {v}"))
            .collect();
        if !parameters.is_empty() {
            out.push_str(&format!(": {}", parameters.join(", ")));
        }
        out.push('\n');
        let mut line = |name: &str, text: String| {
            out.push_str(&format!("  {name:<10} {text}\n"));
        };
        if let Some(area) = self.area {
            let apart = if self.memory_bits > 0 {
                ", memories apart"
            } else {
                ""
            };
            line("area", format!("{}{apart}", figure(area)));
        }
        line(
            "cells",
            format!("{}, {} of them registers", self.cells, self.registers),
        );
        if self.area.is_none() {
            let kinds: Vec<String> = self.kinds.iter().map(|(k, n)| format!("{n} {k}")).collect();
            line("kinds", kinds.join(", "));
        }
        if self.memory_bits > 0 {
            let shapes: Vec<String> = self
                .memories
                .iter()
                .map(|m| format!("{} of {} x {}", m.count, m.words, m.width))
                .collect();
            line(
                "memory",
                format!("{} bits: {}", self.memory_bits, shapes.join(", ")),
            );
        }
        if let Some(fmax) = self.fmax_mhz {
            line("fmax", format!("{fmax:.1} MHz"));
        }
        if let Some(power) = &self.power {
            line(
                "power",
                format!(
                    "{:.3} mW at {:.1} MHz, {ACTIVITY} of the nets toggling a cycle",
                    power.watts * 1e3,
                    power.clock_mhz
                ),
            );
        }
        if let Some(path) = self.paths.first() {
            line(
                "slowest",
                format!("{:.3} ns, levels of logic: {}", path.delay_ns, path.levels),
            );
            line("  from", path.from.words());
            line("  to", path.to.words());
        }
        for note in &self.notes {
            line("note", note.clone());
        }
        for warning in self.warnings.iter().take(SHOWN_WARNINGS) {
            line("warning", warning.clone());
        }
        if self.warnings.len() > SHOWN_WARNINGS {
            let more = self.warnings.len() - SHOWN_WARNINGS;
            line("warning", format!("and {more} more (--json has them all)"));
        }
        out.push_str(&self.paths_text());
        if let Some(tree) = &self.tree {
            out.push_str(&tree.text());
        }
        out
    }

    fn paths_text(&self) -> String {
        if self.paths.len() < 2 {
            return String::new();
        }
        let head = ["  ns", "slack", "levels", "ends", "from", "to"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for path in self.paths.iter().take(SHOWN_PATHS) {
            rows.push(vec![
                format!("  {:.3}", path.delay_ns),
                format!("{:+.3}", path.slack_ns),
                path.levels.to_string(),
                path.endpoints.to_string(),
                path.from.family(),
                path.to.family(),
            ]);
        }
        table(&rows)
    }
}

impl Node {
    fn text(&self) -> String {
        let head = [
            "  module by module",
            "area",
            "%",
            "cells",
            "registers",
            "memory bits",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        self.rows(1, self, &mut rows);
        table(&rows)
    }

    fn rows(&self, depth: usize, whole: &Node, rows: &mut Vec<Vec<String>>) {
        let n = self.count.max(1);
        let area = self.area * n as f64;
        // Without a library there are only cells to compare.
        let share = if whole.area > 0.0 {
            area / whole.area
        } else {
            (self.cells * n) as f64 / whole.cells.max(1) as f64
        };
        let mut name = format!("{} {}", self.instance, self.module);
        if n > 1 {
            name.push_str(&format!(" x {n}"));
        }
        let name = name.trim();
        rows.push(vec![
            format!("{}{name}", "  ".repeat(depth)),
            figure(area),
            format!("{:.1}", 100.0 * share),
            (self.cells * n).to_string(),
            (self.registers * n).to_string(),
            (self.memory_bits * n).to_string(),
        ]);
        for node in &self.below {
            let mut node = node.clone();
            node.count *= n;
            node.rows(depth + 1, whole, rows);
        }
    }
}

/// Spells an area: libraries differ in their unit by six orders of magnitude.
pub fn figure(area: f64) -> String {
    if area < 1000.0 {
        format!("{area:.1}")
    } else {
        format!("{area:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_no_numbers() {
        let point = Point {
            what: "register".into(),
            name: "u_a.gen_b[3].x_q[12]".into(),
            module: "hg_a".into(),
        };
        assert_eq!(point.family(), "u_a.gen_b[].x_q[]");
        assert_eq!(point.words(), "register u_a.gen_b[3].x_q[12] in hg_a");
    }
}
