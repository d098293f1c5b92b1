// SPDX-License-Identifier: MIT OR Apache-2.0
//! Area and speed of a block's engines and of their modules, on one target.

mod columns;
mod fpga;

use hwgen_bundle::manifest::Bundle;

use crate::topk::{emit_all, emit_with};
use columns::{label, path};
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_generate::template::Library;
use hwgen_tools::synth::flow::{Flow, Plan};
use hwgen_tools::synth::library::LibraryArgs;
use hwgen_tools::synth::report::{Found, Node};
use hwgen_tools::synth::target::Kind;
use hwgen_tools::synth::unit::{RAM, Unit};

/// Variants whose modules are listed one by one; the baselines are listed whole.
const OPENED: [&str; 2] = ["radix", "stream"];

/// Blocks of which the modules are measured in a smaller engine than the default, with its settings:
/// the paths are those of the large one, where most modules are the same a hundred times.
const SMALL: &[(&str, &[&str])] = &[("attention", &["pe=16", "attention.d_head=8"])];

/// Settings on a small scale: of top-k, and of any other block.
const TINY: [&str; 7] = [
    "blocks=topk",
    "topk.variants=stream",
    "k=2",
    "topk.lanes=2",
    "topk.key_w=4",
    "topk.max_n=16",
    "topk.digit_w=2",
];
const TINY_BLOCK: [&str; 3] = ["pe=16", "attention.d_head=8", "attention.max_tokens=32"];

/// What one run of the benchmark has measured.
pub struct Figures {
    /// A Markdown table of one line a module.
    pub table: String,
    /// Each variant with the tree of its modules, if they were asked for.
    pub trees: Vec<(String, Node)>,
    /// What the areas of the trees count.
    pub unit: String,
}

/// Measures the variants, the primitives that blocks share, and the modules of some variants; a
/// picture needs the trees of the variants.
///
/// On a small scale, one small variant with its modules and the memory.
pub fn figures(library: &LibraryArgs, drawn: bool, small: bool) -> Result<Figures, Error> {
    let flow = library.flow()?;
    let fpga = matches!(flow.target.kind, Kind::Ecp5 | Kind::Ice40);
    if drawn && fpga {
        return Err(Error::input(format!(
            "--target {0}: area by module is drawn of cells, not of {0} (choose a library)",
            flow.target.name
        )));
    }
    let (_folder, bundle) = if small {
        emit_with(&TINY)?
    } else {
        emit_all(&["topk.max_n=1024"])?
    };
    stop::stop_flag();
    let mut found = Vec::new();
    let mut trees = Vec::new();
    for engine in &bundle.manifest.engines {
        stop::stopped()?;
        let plan = if drawn { Plan::Tree } else { Plan::Flat };
        let whole = flow.synthesise(&Unit::engine(&bundle, engine)?, plan)?;
        trees.extend(whole.tree.clone().map(|t| (engine.variant.clone(), t)));
        found.push(whole);
    }
    let mut modules = primitives(fpga);
    if small {
        let engines = &bundle.manifest.engines;
        modules.retain(|m| m == RAM || engines.iter().any(|e| e.hierarchy.contains(m)));
    }
    for engine in &bundle.manifest.engines {
        // Placing every module alone on an FPGA takes an hour and says little: the pads are gone.
        if fpga || !OPENED.contains(&engine.variant.as_str()) {
            continue;
        }
        for module in engine.hierarchy.iter().filter(|m| **m != engine.module) {
            if module != RAM && !modules.contains(module) {
                modules.push(module.clone());
            }
        }
    }
    for module in &modules {
        stop::stopped()?;
        // The widest of the instances speaks for the others.
        let units = instances(&flow, &bundle, module)?.into_iter();
        let widest = units.max_by_key(|u| u.parameters.values().map(|v| v.abs()).sum::<i64>());
        if let Some(unit) = widest {
            let alone = flow.synthesise(&unit, Plan::Flat)?;
            // Of a module that only checks in simulation nothing is left.
            found.extend((alone.cells + alone.memory_bits > 0).then_some(alone));
        }
    }
    let unit = if flow.liberty.is_some() {
        format!(
            "area on {}, module by module, memories apart",
            flow.target.name
        )
    } else {
        "cells, module by module, memories apart".to_owned()
    };
    let table = table(library, &flow, found);
    Ok(Figures { table, trees, unit })
}

/// Measures the engines of `block` as they are by default, mapped in parts, and every module that is
/// theirs alone, in a smaller engine if there is one: those of top-k have a table of their own.
///
/// On a small scale, the smaller engine whole, and its modules.
pub fn block(library: &LibraryArgs, block: &str, small: bool) -> Result<String, Error> {
    let flow = library.flow()?;
    if !matches!(flow.target.kind, Kind::Cells(_)) {
        return Err(Error::input(format!(
            "--block {block}: measured on libraries of cells, not on {} (leave it out)",
            flow.target.name
        )));
    }
    let chosen = format!("blocks={block}");
    let mut settings = vec![chosen.as_str()];
    if small {
        settings.extend(TINY_BLOCK);
    }
    let (folder, bundle) = emit_with(&settings)?;
    let smaller = SMALL.iter().find(|(name, _)| *name == block && !small);
    let smaller = smaller.map(|(_, settings)| emit_with(&[&[chosen.as_str()], *settings].concat()));
    let smaller = smaller.transpose()?;
    stop::stop_flag();
    let mut found = Vec::new();
    for engine in &bundle.manifest.engines {
        stop::stopped()?;
        found.push(flow.synthesise(&Unit::engine(&bundle, engine)?, Plan::Parts)?);
    }
    let plan = if smaller.is_none() {
        Plan::Parts
    } else {
        Plan::Flat
    };
    // The folders live as long as their bundles.
    let (_folder, bundle) = smaller.unwrap_or((folder, bundle));
    let mut modules: Vec<&String> = Vec::new();
    let shared = Library::embedded();
    let shared = shared.shared();
    for engine in &bundle.manifest.engines {
        for module in engine.hierarchy.iter().filter(|m| **m != engine.module) {
            if !shared.contains(&module.as_str()) && !modules.contains(&module) {
                modules.push(module);
            }
        }
    }
    for module in modules {
        stop::stopped()?;
        // The widest of the instances speaks for the others.
        let units = instances(&flow, &bundle, module)?.into_iter();
        let widest = units.max_by_key(|u| u.parameters.values().map(|v| v.abs()).sum::<i64>());
        if let Some(unit) = widest {
            let alone = flow.synthesise(&unit, plan)?;
            found.extend((alone.cells + alone.memory_bits > 0).then_some(alone));
        }
    }
    Ok(table(library, &flow, found))
}

/// Names the primitives that all blocks share. A memory is one only where there are memories.
fn primitives(fpga: bool) -> Vec<String> {
    let library = Library::embedded();
    let names = library.shared().into_iter();
    names
        .filter(|n| !library.hierarchy(n).is_empty() && (fpga || *n != RAM))
        .map(str::to_owned)
        .collect()
}

/// Returns `module` as every engine of the bundle holds it, else with its defaults.
fn instances(flow: &Flow, bundle: &Bundle, module: &str) -> Result<Vec<Unit>, Error> {
    let mut units = Vec::new();
    for engine in &bundle.manifest.engines {
        if bundle.manifest.file_in(engine, module).is_some() {
            units.extend(flow.instances_in(bundle, engine, module)?);
        }
    }
    if units.is_empty() {
        units.extend(Unit::shared(module));
    }
    Ok(units)
}

fn table(library: &LibraryArgs, flow: &Flow, found: Vec<Found>) -> String {
    if flow.target.has_memories() {
        return fpga::table(library, flow, found);
    }
    let report = library.report(flow, "topk", found);
    let power = format!("mW at {:.0} MHz", 1e3 / report.period_ns);
    let mut out = format!(
        "{}, {} ns, {}\n\n\
         | module | area | cells | registers | memory bits | MHz | {power} | slowest path | levels |\n\
         |---|--:|--:|--:|--:|--:|--:|---|--:|\n",
        report.target,
        report.period_ns,
        report.tools.join(", ")
    );
    out.push_str(&report.modules.iter().map(line).collect::<String>());
    out
}

fn line(found: &Found) -> String {
    let cells = found.row();
    let (path, levels) = path(found);
    let power = found.power.as_ref();
    let milliwatts = power.map_or("-".to_owned(), |p| format!("{:.2}", p.watts * 1e3));
    let figures = format!("{} | {milliwatts}", cells[1..6].join(" | "));
    format!("| {} | {figures} | {path} | {levels} |\n", label(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shared_primitive_is_measured_and_nothing_else() {
        let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rtl_templates/common");
        let files = std::fs::read_dir(files).expect("is there");
        let mut names: Vec<String> = files
            .map(|f| f.expect("reads").file_name().to_string_lossy().into_owned())
            .filter_map(|f| f.strip_suffix(".sv").map(str::to_owned))
            .filter(|n| n != "hg_pkg")
            .collect();
        names.sort();
        assert_eq!(primitives(true), names);
        names.retain(|n| n != RAM);
        assert_eq!(primitives(false), names);
        for name in names {
            assert!(Unit::shared(&name).is_some(), "{name}");
        }
    }
}
