// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two syntheses side by side.

use std::path::PathBuf;

use crate::synth::report::Report;
use hwgen_console::terminal::table;

/// Lays two reports side by side, a line for each module that either has.
pub fn compared(reports: &[Report], folders: &[PathBuf]) -> String {
    let [a, b] = reports else {
        return String::new();
    };
    let mut rows = vec![
        [
            "module",
            "",
            "area",
            "cells",
            "registers",
            "memory bits",
            "MHz",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let mut labels: Vec<&str> = Vec::new();
    for module in a.modules.iter().chain(&b.modules) {
        if !labels.contains(&module.label.as_str()) {
            labels.push(&module.label);
        }
    }
    for label in labels {
        for (report, folder) in [(a, &folders[0]), (b, &folders[1])] {
            let own = report.rows().into_iter().skip(1);
            for row in own.filter(|r| r[0] == label) {
                let mut line = vec![row[0].clone(), folder.display().to_string()];
                line.extend_from_slice(&row[1..6]);
                rows.push(line);
            }
        }
    }
    format!(
        "{} at {} ns ({})\n{}",
        a.target,
        a.period_ns,
        a.tools.join(", "),
        table(&rows)
    )
}
