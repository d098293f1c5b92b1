// SPDX-License-Identifier: MIT OR Apache-2.0
//! Area of the FiGS array beside the engines that it is compared with, at equal multipliers.
//!
//! The arrays are those whose cycles `hwgen bench figs` measures; memories are left out of the area,
//! and counted in bits.

use hwgen_golden::figs::{FigsParams, Variant};

use crate::figs::{RTL_PE, RTL_SHAPE, SMALL, SMALL_PE, array, emit, nm};
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_tools::synth::flow::Plan;
use hwgen_tools::synth::library::LibraryArgs;
use hwgen_tools::synth::report::Found;
use hwgen_tools::synth::unit::Unit;

/// Patterns whose speed is set against the area.
const PATTERNS: [&str; 3] = ["1:1", "2:4", "1:4"];

/// One engine, synthesised.
struct Engine {
    label: String,
    variant: Variant,
    params: FigsParams,
    found: Found,
}

/// Returns a Markdown table of one line an engine, dense first.
///
/// On a small scale, two of the engines with a few multipliers.
pub fn table(library: &LibraryArgs, small: bool) -> Result<String, Error> {
    let flow = library.flow()?;
    if flow.liberty.is_none() {
        return Err(Error::input(format!(
            "--target {}: has no areas to compare (take one with a liberty file)",
            flow.target.name
        )));
    }
    stop::stop_flag();
    let mut engines: Vec<Engine> = Vec::new();
    for (variant, select) in [
        (Variant::DenseWs, "lane"),
        (Variant::Stc24, "lane"),
        (Variant::VegetaS, "lane"),
        (Variant::Figs, "lane"),
        (Variant::Figs, "pe"),
    ] {
        stop::stopped()?;
        if small
            && !matches!(
                (variant, select),
                (Variant::DenseWs, _) | (Variant::Figs, "lane")
            )
        {
            continue;
        }
        let mut settings = vec![("figs.variants", variant.name()), ("figs.select", select)];
        settings.extend(if small { &SMALL[..] } else { &[] });
        let (_folder, bundle) = emit(&settings)?;
        let unit = Unit::engine(&bundle, &bundle.manifest.engines[0])?;
        let label = if select == "pe" {
            format!("{variant}, select by PE")
        } else {
            variant.to_string()
        };
        engines.push(Engine {
            label,
            variant,
            params: array(if small { SMALL_PE } else { RTL_PE }, nm("1:4")),
            found: flow.synthesise(&unit, Plan::Flat)?,
        });
    }
    let report = library.report(&flow, "figs", Vec::new());
    let p = &engines[0].params;
    let mut out = format!(
        "{}, {} ns, {}: {} rows by {} columns of {} multipliers, each engine flat, memories apart. Speed \
         is that of the cycles above; speed by area is over dense, too.\n\n\
         | engine | area | over dense | cells | registers | memory bits | MHz |",
        report.target,
        report.period_ns,
        report.tools.join(", "),
        p.rows,
        p.columns,
        p.lanes
    );
    for text in PATTERNS {
        out.push_str(&format!(" speed by area, {text} |"));
    }
    out.push_str(&format!(
        "\n|---|--:|--:|--:|--:|--:|--:|{}\n",
        "--:|".repeat(PATTERNS.len())
    ));
    out.extend(engines.iter().map(|e| line(e, &engines[0])));
    Ok(out)
}

fn line(engine: &Engine, dense: &Engine) -> String {
    let found = &engine.found;
    let area = |e: &Engine| e.found.area.unwrap_or_default();
    let over = area(engine) / area(dense);
    let fmax = found.fmax_mhz.map_or("-".to_owned(), |f| format!("{f:.0}"));
    let mut out = format!(
        "| {} | {:.0} | {over:.3} | {} | {} | {} | {fmax} |",
        engine.label,
        area(engine),
        found.cells,
        found.registers,
        found.memory_bits
    );
    for text in PATTERNS {
        let speed = cycles(dense, text) / cycles(engine, text);
        out.push_str(&format!(" {:.2} |", speed / over));
    }
    out.push('\n');
    out
}

/// Cycles of the GEMM that is measured on the RTL.
fn cycles(engine: &Engine, text: &str) -> f64 {
    let p = &engine.params;
    let found = p.cycles_at(engine.variant, nm(text), RTL_SHAPE, u32::MAX);
    found.expect("the arrays hold the blocks of the patterns") as f64
}
