// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hand-written SystemVerilog that ships with the program, and who instantiates whom.
//!
//! Reads just enough of a file to know the modules and packages that it names. Judging SystemVerilog
//! is left to the tools that do.

use std::collections::{BTreeMap, BTreeSet};

/// Every file of `rtl_templates`, sorted by path.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// A set of SystemVerilog modules and packages, by name.
#[derive(Debug, Clone)]
pub struct Library {
    units: BTreeMap<&'static str, Unit>,
}

/// One file: a module or a package of the same name.
#[derive(Debug, Clone)]
struct Unit {
    text: &'static str,
    package: bool,
    /// Whether it is a primitive that all blocks share.
    shared: bool,
    /// Other units that it names, in the order of first mention.
    needs: Vec<&'static str>,
}

impl Library {
    /// Returns what ships with the program.
    pub fn embedded() -> Self {
        Self::new(EMBEDDED)
    }

    /// Builds a library of `(path, text)`; what is not a `.sv` file is left aside.
    pub fn new(files: &[(&'static str, &'static str)]) -> Self {
        let stem = |path: &'static str| {
            let name = path.rsplit('/').next().unwrap_or(path);
            name.strip_suffix(".sv")
        };
        let names: BTreeSet<&'static str> = files.iter().filter_map(|&(p, _)| stem(p)).collect();
        let unit = |&(path, text): &(&'static str, &'static str)| {
            let name = stem(path)?;
            let code = without_comments(text);
            let mut needs = Vec::new();
            for word in words(&code) {
                if let Some(&other) = names.get(word)
                    && other != name
                    && !needs.contains(&other)
                {
                    needs.push(other);
                }
            }
            let package = words(&code).any(|w| w == "endpackage");
            let unit = Unit {
                text,
                package,
                shared: path.starts_with("common/"),
                needs,
            };
            Some((name, unit))
        };
        Self {
            units: files.iter().filter_map(unit).collect(),
        }
    }

    /// Returns the text of a module or package.
    pub fn text(&self, name: &str) -> Option<&'static str> {
        self.units.get(name).map(|u| u.text)
    }

    /// Returns the primitives that all blocks share, modules and packages, sorted by name.
    pub fn shared(&self) -> Vec<&'static str> {
        let shared = self.units.iter().filter(|(_, unit)| unit.shared);
        shared.map(|(&name, _)| name).collect()
    }

    /// Returns everything that `top` needs and `top` itself, in compile order: packages first,
    /// then children before parents. Empty if there is no `top`.
    pub fn sources(&self, top: &str) -> Vec<&'static str> {
        let mut order = Vec::new();
        self.visit(top, &mut order);
        // Stable: the order within packages and within modules stays.
        order.sort_by_key(|name| !self.units[name].package);
        order
    }

    /// Returns the modules below and including `top`, parents first, in the order of the text.
    pub fn hierarchy(&self, top: &str) -> Vec<&'static str> {
        let mut order: Vec<&'static str> = Vec::new();
        let mut pending: Vec<&str> = vec![top];
        while let Some(name) = pending.pop() {
            if let Some((&name, unit)) = self.units.get_key_value(name)
                && !unit.package
                && !order.contains(&name)
            {
                order.push(name);
                pending.extend(unit.needs.iter().rev());
            }
        }
        order
    }

    fn visit(&self, name: &str, order: &mut Vec<&'static str>) {
        let Some((&name, unit)) = self.units.get_key_value(name) else {
            return;
        };
        if order.contains(&name) {
            return;
        }
        for need in &unit.needs {
            self.visit(need, order);
        }
        order.push(name);
    }
}

/// Returns the text of a module or package that ships with the program.
pub fn text(name: &str) -> Option<&'static str> {
    let stem =
        |path: &str| path.rsplit('/').next().and_then(|f| f.strip_suffix(".sv")) == Some(name);
    EMBEDDED
        .iter()
        .find(|(path, _)| stem(path))
        .map(|&(_, text)| text)
}

/// Splits code into identifiers and numbers.
pub fn words(code: &str) -> impl Iterator<Item = &str> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    code.split(move |c| !part(c)).filter(|w| !w.is_empty())
}

/// Blanks comments and string literals; keeps the line breaks.
pub fn without_comments(text: &str) -> String {
    #[derive(PartialEq)]
    enum In {
        Code,
        Line,
        Block,
        Text,
    }
    let mut out = String::with_capacity(text.len());
    let mut state = In::Code;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (&state, c, chars.peek()) {
            (In::Code, '/', Some('/')) => state = In::Line,
            (In::Code, '/', Some('*')) => {
                chars.next();
                state = In::Block;
            }
            (In::Code, '"', _) => state = In::Text,
            (In::Code, _, _) => {
                out.push(c);
                continue;
            }
            (In::Block, '*', Some('/')) => {
                chars.next();
                state = In::Code;
            }
            (In::Text, '\\', Some(_)) => {
                chars.next();
            }
            (In::Line, '\n', _) | (In::Text, '"', _) => state = In::Code,
            _ => {}
        }
        out.push(if c == '\n' { '\n' } else { ' ' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: &[(&str, &str)] = &[
        (
            "a/hg_leaf.sv",
            "module hg_leaf; localparam int W = hg_pkg::f(2); endmodule",
        ),
        (
            "a/hg_mid.sv",
            "module hg_mid; // not hg_other\n hg_leaf u_l (); /* hg_other */ endmodule",
        ),
        ("a/hg_other.sv", "module hg_other; endmodule"),
        (
            "a/hg_top.sv",
            "module hg_top; hg_mid u_m (); hg_leaf u_l (); \
             initial $display(\"hg_other\"); ERROR_hg_other_is_bad u_e (); endmodule",
        ),
        ("z/hg_pkg.sv", "package hg_pkg; endpackage"),
        ("top/hg_top.sv.j2", "not SystemVerilog"),
    ];

    #[test]
    fn sources_are_what_the_code_names_children_first() {
        let library = Library::new(FILES);
        assert_eq!(
            library.sources("hg_top"),
            ["hg_pkg", "hg_leaf", "hg_mid", "hg_top"]
        );
        assert_eq!(library.hierarchy("hg_top"), ["hg_top", "hg_mid", "hg_leaf"]);
        assert!(library.sources("hg_none").is_empty());
    }
}
