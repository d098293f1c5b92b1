// SPDX-License-Identifier: MIT OR Apache-2.0
//! How fast the harness builds, simulates and checks.

use crate::bench::topk::emit_all;
use crate::error::Error;
use crate::simulation::{self, Job};

/// Returns a Markdown table of one line a variant.
pub(crate) fn table(cases: u64) -> Result<String, Error> {
    let (_folder, bundle) = emit_all(&[])?;
    let lab = simulation::lab()?;
    let job = Job {
        cases,
        seed: 1,
        wave: None,
        replay: None,
    };
    let mut out = String::from(
        "| engine | build, s | cases | cycles | k cycles/s | k keys/s |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for engine in &bundle.manifest.engines {
        let r = simulation::verify(&lab, &bundle, engine, &job)?;
        crate::cmd_verify::failures(std::slice::from_ref(&r))?;
        let build = if r.build_cached {
            "cached".to_owned()
        } else {
            format!("{:.1}", r.build_seconds)
        };
        let rate = |n: u64| n as f64 / r.run_seconds.max(1e-9) / 1e3;
        let (engine, cases, cycles) = (&r.variant, r.cases, r.cycles);
        let (cycle_rate, key_rate) = (rate(r.cycles), rate(r.keys));
        out.push_str(&format!(
            "| topk {engine} | {build} | {cases} | {cycles} | {cycle_rate:.0} | {key_rate:.0} |\n"
        ));
    }
    Ok(out)
}
