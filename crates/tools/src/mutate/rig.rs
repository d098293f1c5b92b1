// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bundle that holds all mutants: the RTL as it is, but for the modules that are mutated.
//!
//! The file of each keeps its header and chooses, by parameters, among the netlists of Yosys. Each
//! of them reads the number of the mutant from the top by its hierarchical name, so no port in
//! between changes. All other modules stay RTL, with their checks; those of the mutated modules
//! themselves are lost.

use std::collections::BTreeMap;

use hwgen_bundle::manifest::{Bundle, Dir, Engine};
use serde_json::{Value, json};

use crate::mutate::header;
use crate::mutate::mutation::Mutation;
use crate::synth::netlist::{Module, Netlist, integer, plain};
use hwgen_bundle::derived::Derived;
use hwgen_bundle::file::File;
use hwgen_console::error::Error;
use hwgen_generate::sv::render;

/// Top of the derived bundle; mutants name it.
pub(super) const TOP: &str = "hwgen_mutants";
/// Its input that selects one.
pub(super) const PORT: &str = "mutation_i";

/// The module that is mutated.
pub(super) struct Target<'a> {
    pub module: &'a str,
    /// Names in the elaborated design, and those given to the netlists.
    pub sets: Vec<(String, String)>,
    pub elaborated: &'a Netlist,
}

/// A module to mutate with its mutants.
pub(super) struct Part<'a> {
    pub target: Target<'a>,
    pub mutations: Vec<Mutation>,
    /// The netlists of its sets, as Yosys has written them.
    pub netlists: String,
}

/// Derives a bundle from `bundle` with the netlists of Yosys in place of the modules of `parts`,
/// and returns it with the engine to build, whose number of the mutant has `width` bits.
pub(super) fn rig(
    bundle: &Bundle,
    engine: &Engine,
    parts: &[Part<'_>],
    width: u32,
    dir: &std::path::Path,
) -> Result<(Bundle, Engine), Error> {
    let names: Vec<&str> = parts.iter().map(|p| p.target.module).collect();
    let what = format!("mutants of {}", names.join(", "));
    let mut variant = Derived::of(bundle, &what, "")?;
    variant.only(&engine.top);
    for part in parts {
        let files = part.files(bundle, &variant)?;
        variant.replace_module(part.target.module, &files)?;
    }
    variant.add_file(&format!("{TOP}.sv"), &top(engine, width));
    let derived = variant.write(dir)?;
    let mut engine = derived.manifest.engines[0].clone();
    TOP.clone_into(&mut engine.top);
    engine.ports.push(hwgen_bundle::manifest::Port {
        name: PORT.to_owned(),
        dir: Dir::Input,
        width,
        meaning: "Number of the mutant; 0 is none.".to_owned(),
    });
    Ok((derived, engine))
}

impl Part<'_> {
    /// Returns what takes the place of the module's file.
    fn files(&self, bundle: &Bundle, variant: &Derived) -> Result<Vec<File>, Error> {
        let target = &self.target;
        let module = target.module;
        let text = variant.text(module).unwrap_or_default();
        let header = header::of(text, module).ok_or_else(|| {
            let dir = bundle.dir.display();
            Error::input(format!(
                "{dir}: cannot find the end of the ports of {module}; emit the bundle again"
            ))
        })?;
        let mut netlists = self.netlists.clone();
        let mut files = Vec::new();
        for (i, (kind, inner)) in target.instances().iter().enumerate() {
            let name = format!("hwgen_sub{i}_{module}_{}", plain(kind));
            netlists = netlists.replace(&format!("\\{kind} "), &format!("{name} "));
            files.push(File::new(
                format!("{name}.sv"),
                instance(&name, kind, inner),
            ));
        }
        files.push(File::new(format!("{TOP}_{module}.v"), netlists));
        let select = target.select(header, &self.mutations);
        files.push(File::new(format!("{module}.sv"), select));
        Ok(files)
    }
}

impl<'a> Target<'a> {
    /// Finds every set of parameters with which the engine holds `module`.
    pub(super) fn new(module: &'a str, elaborated: &'a Netlist) -> Self {
        let here = elaborated.modules.keys().filter(|n| plain(n) == module);
        let sets = here.enumerate();
        let sets = sets.map(|(i, old)| (old.clone(), format!("hwgen_set{i}_{module}")));
        Self {
            module,
            sets: sets.collect(),
            elaborated,
        }
    }

    /// Returns the name in the elaborated design of a set, by its name among the netlists.
    pub(super) fn elaborated_name(&self, set: &str) -> &str {
        let old = self.sets.iter().find(|(_, new)| new == set);
        old.map_or(self.module, |(old, _)| old.as_str())
    }

    /// Tells whether a netlist has a port.
    pub(super) fn has_port(&self, set: &str, port: &str) -> bool {
        let old = self.sets.iter().find(|(_, new)| new == set);
        let module = old.and_then(|(old, _)| self.elaborated.modules.get(old));
        module.is_some_and(|m| m.has_port(port))
    }

    /// Spells the parameters of a set, by its name among the netlists.
    pub(super) fn parameters(&self, set: &str) -> String {
        let old = self.sets.iter().find(|(_, new)| new == set);
        let module = old.and_then(|(old, _)| self.elaborated.modules.get(old));
        let all = module.map(Module::parameters).unwrap_or_default();
        let all: Vec<String> = all.iter().map(|(n, v)| format!("{n}={v}")).collect();
        all.join(" ")
    }

    /// Lists the modules below the sets that have parameters; the others keep their names.
    fn instances(&self) -> BTreeMap<&str, &Module> {
        let sets = self.sets.iter();
        let sets = sets.filter_map(|(old, _)| self.elaborated.modules.get(old));
        let kinds = sets.flat_map(|m| m.cells.values().map(|c| c.kind.as_str()));
        kinds
            .filter(|kind| kind.starts_with("$paramod"))
            .filter_map(|kind| Some((kind, self.elaborated.modules.get(kind)?)))
            .collect()
    }

    /// Renders the module that chooses a netlist by parameters.
    fn select(&self, header: &str, mutations: &[Mutation]) -> String {
        let sets: Vec<Value> = self
            .sets
            .iter()
            .filter_map(|(old, new)| Some((self.elaborated.modules.get(old)?, new)))
            .map(|(module, new)| {
                let values = values(module).into_iter();
                let tests: Vec<String> = values.map(|(n, v)| format!("{n} == {v}")).collect();
                let condition = match tests.join(" && ") {
                    all if all.is_empty() => "1".to_owned(),
                    all => all,
                };
                let mut connections = connected(module);
                // A set in which nothing was mutated has no such port.
                if mutations.iter().any(|m| m.module == *new) {
                    connections.push(format!(".{PORT}({TOP}.{PORT})"));
                }
                json!({ "condition": condition, "module": new, "connections": connections })
            })
            .collect();
        let template = include_str!("select.sv.j2");
        render(template, &json!({ "header": header, "sets": sets }))
    }
}

/// Renders the top.
fn top(engine: &Engine, width: u32) -> String {
    let ports: Vec<String> = engine
        .ports
        .iter()
        .map(|p| {
            let dir = match p.dir {
                Dir::Input => "input",
                Dir::Output => "output",
            };
            format!("{dir} logic [{}:0] {}", p.width - 1, p.name)
        })
        .collect();
    let names = engine.ports.iter();
    let connections: Vec<String> = names.map(|p| format!(".{0}({0})", p.name)).collect();
    let values = json!({
        "name": TOP,
        "ports": ports,
        "width": width,
        "select": PORT,
        "top": engine.top,
        "connections": connections,
    });
    render(include_str!("top.sv.j2"), &values)
}

/// Renders a module with literal widths around an instance with parameters.
fn instance(name: &str, kind: &str, module: &Module) -> String {
    let ports = module.ports.iter();
    let ports = ports.map(|(n, p)| format!("{} logic [{}:0] {n}", p.direction, p.bits.len() - 1));
    let parameters = values(module).into_iter();
    let parameters = parameters.map(|(n, v)| format!(".{n}({v})"));
    let values = json!({
        "name": name,
        "module": plain(kind),
        "ports": ports.collect::<Vec<_>>(),
        "parameters": parameters.collect::<Vec<_>>(),
        "connections": connected(module),
    });
    render(include_str!("instance.sv.j2"), &values)
}

fn connected(module: &Module) -> Vec<String> {
    let ports = module.ports.keys();
    ports.map(|n| format!(".{n}({n})")).collect()
}

/// Spells the values of all parameters: numbers, and tables as bits.
fn values(module: &Module) -> Vec<(&str, String)> {
    let all = module.parameter_default_values.iter();
    let spelled = all.filter_map(|(name, value)| {
        let literal = match (integer(value), value) {
            (Some(number), _) => number.to_string(),
            (None, Value::String(bits)) => format!("{}'b{bits}", bits.len()),
            _ => return None,
        };
        Some((name.as_str(), literal))
    });
    spelled.collect()
}
