// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reports of verified engines in words.

use hwgen_console::error::Error;
use hwgen_console::terminal::table;

use crate::report::EngineReport;

/// Returns a table of one line an engine.
pub fn summary(reports: &[EngineReport]) -> String {
    let head = [
        "engine", "cases", "keys", "cycles", "build s", "run s", "result",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for r in reports {
        rows.push(vec![
            format!("{} {}", r.block, r.variant),
            r.cases.to_string(),
            r.keys.to_string(),
            r.cycles.to_string(),
            build_time(r),
            format!("{:.1}", r.run_seconds),
            result(r).to_owned(),
        ]);
    }
    table(&rows)
}

/// Says how long the model took to build.
pub fn build_time(report: &EngineReport) -> String {
    if report.build_cached {
        "cached".to_owned()
    } else {
        format!("{:.1}", report.build_seconds)
    }
}

/// Says in a word whether device and model agree.
pub fn result(report: &EngineReport) -> &'static str {
    if report.failure.is_some() {
        "MISMATCH"
    } else {
        "equal"
    }
}

/// Returns the mismatches as the error that they are.
pub fn failures<'a>(reports: impl IntoIterator<Item = &'a EngineReport>) -> Result<(), Error> {
    let failures = reports.into_iter().filter_map(|r| r.failure.as_ref());
    let lines: Vec<String> = failures.map(ToString::to_string).collect();
    if lines.is_empty() {
        Ok(())
    } else {
        Err(Error::Check(lines))
    }
}
