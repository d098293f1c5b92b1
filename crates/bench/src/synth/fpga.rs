// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table of an FPGA: what a device has, in place of areas, and why something was not placed.

use super::columns::{label, path};
use hwgen_tools::synth::flow::Flow;
use hwgen_tools::synth::library::LibraryArgs;
use hwgen_tools::synth::report::Found;

/// Columns, and what is in the names of the kinds of cells that they count.
const COLUMNS: [(&str, &[&str]); 5] = [
    ("LUTs", &["LUT4"]),
    ("carries", &["CCU2C", "SB_CARRY"]),
    ("LUT RAMs", &["TRELLIS_DPR16X4"]),
    ("block RAMs", &["DP16KD", "PDPW16KD", "SB_RAM40"]),
    ("multipliers", &["MULT18X18D", "MULT9X9D", "SB_MAC16"]),
];

/// Returns a Markdown table of one line a module, and below it what kept some from being placed.
pub(super) fn table(library: &LibraryArgs, flow: &Flow, found: Vec<Found>) -> String {
    let report = library.report(flow, "topk", found);
    let mut out = format!(
        "{}, {} ns, {}\n\n| module |",
        report.target,
        report.period_ns,
        report.tools.join(", ")
    );
    for (name, _) in COLUMNS {
        out.push_str(&format!(" {name} |"));
    }
    out.push_str(" registers | memory bits | MHz | slowest path | levels |\n|---|");
    out.push_str(&"--:|".repeat(COLUMNS.len()));
    out.push_str("--:|--:|--:|---|--:|\n");
    out.extend(report.modules.iter().map(line));
    let notes = report.modules.iter().flat_map(|m| {
        let line = |n: &String| format!("- {}: {n}\n", label(m));
        m.notes.iter().map(line)
    });
    let notes: String = notes.collect();
    if !notes.is_empty() {
        out.push_str(&format!("\n{notes}"));
    }
    out
}

fn line(found: &Found) -> String {
    let mut out = format!("| {} |", label(found));
    for (_, parts) in COLUMNS {
        let n: u64 = parts.iter().map(|p| found.kinds_with(p)).sum();
        out.push_str(&format!(" {n} |"));
    }
    let fmax = found.fmax_mhz.map_or("-".to_owned(), |f| format!("{f:.0}"));
    let (path, levels) = path(found);
    out.push_str(&format!(
        " {} | {} | {fmax} | {path} | {levels} |\n",
        found.registers, found.memory_bits
    ));
    out
}
