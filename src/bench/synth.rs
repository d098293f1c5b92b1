// SPDX-License-Identifier: MIT OR Apache-2.0
//! Area and speed of the top-k variants and of the modules that they share, on one target.

use crate::bench::topk::emit_all;
use crate::cmd_synth::LibraryArgs;
use crate::error::Error;
use crate::simulation;
use crate::synth::report::Found;
use crate::synth::unit::{RAM, Unit};

/// Variants whose modules are listed one by one; the baselines are listed whole.
const OPENED: [&str; 2] = ["radix", "stream"];

/// Returns a Markdown table of one line a module.
pub(crate) fn table(library: &LibraryArgs) -> Result<String, Error> {
    let (_folder, bundle) = emit_all(&["topk.max_n=1024"])?;
    simulation::stop_flag();
    let flow = library.flow(false)?;
    let mut found = Vec::new();
    for engine in &bundle.manifest.engines {
        found.push(flow.synthesise(&Unit::engine(&bundle, engine)?)?);
    }
    let mut modules: Vec<&str> = Vec::new();
    for engine in &bundle.manifest.engines {
        // Placing every module alone on an FPGA takes an hour and says little: the pads are gone.
        if flow.nextpnr.is_some() || !OPENED.contains(&engine.variant.as_str()) {
            continue;
        }
        for module in engine.hierarchy.iter().filter(|m| **m != engine.module) {
            if module != RAM && !modules.contains(&module.as_str()) {
                modules.push(module);
            }
        }
    }
    for module in modules {
        simulation::stopped()?;
        let units = flow.instances(&bundle, module)?;
        // The widest of the instances speaks for the others.
        let widest = units
            .iter()
            .max_by_key(|u| u.parameters.values().map(|v| v.abs()).sum::<i64>());
        if let Some(unit) = widest {
            found.push(flow.synthesise(unit)?);
        }
    }
    let report = library.report(&flow, "topk", found);
    let size = if flow.liberty.is_some() {
        "area"
    } else {
        "LUTs"
    };
    let power = format!("mW at {:.0} MHz", 1e3 / report.period_ns);
    let mut out = format!(
        "{}, {} ns, {}\n\n\
         | module | {size} | cells | registers | memory bits | MHz | {power} | slowest path | levels |\n\
         |---|--:|--:|--:|--:|--:|--:|---|--:|\n",
        report.target,
        report.period_ns,
        report.tools.join(", ")
    );
    out.push_str(&report.modules.iter().map(line).collect::<String>());
    Ok(out)
}

fn line(found: &Found) -> String {
    let mut cells = found.row();
    if found.area.is_none() {
        let luts = found.kinds.iter().filter(|(k, _)| k.contains("LUT4"));
        cells[1] = luts.map(|(_, n)| n).sum::<u64>().to_string();
    }
    let (path, levels) = match found.paths.first() {
        Some(p) => (
            format!("`{}` to `{}`", p.from.family(), p.to.family()),
            p.levels.to_string(),
        ),
        None => Default::default(),
    };
    let power = found.power.as_ref();
    let milliwatts = power.map_or("-".to_owned(), |p| format!("{:.2}", p.watts * 1e3));
    let figures = format!("{} | {milliwatts}", cells[1..6].join(" | "));
    let label = if found.label == found.module {
        let parameters: Vec<String> = found
            .parameters
            .iter()
            .map(|(n, v)| format!("{n} {v}"))
            .collect();
        format!("`{}` {}", found.label, parameters.join(", "))
    } else {
        format!("**{}**", found.label)
    };
    format!("| {} | {figures} | {path} | {levels} |\n", label.trim_end())
}
