// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proposes the multipliers of a target where a bundle leaves them idle.

use hwgen_bundle::manifest::Bundle;

use crate::synth::report::Found;
use crate::synth::target::Target;
use crate::synth::unit::Unit;

/// Key of the configuration with its words, and parameter of the modules that have the choice.
const KEY: &str = "arith";
const LOGIC: &str = "logic";
const DSP: &str = "dsp";
const PARAMETER: &str = "Dsp";
/// What the names of multipliers among the cells hold.
const CELL: &str = "MULT";

/// Returns a note on `found`, which `unit` of `bundle` became, where the target has multipliers, none
/// was used, and the RTL could use them.
pub fn note(target: &Target, bundle: &Bundle, unit: &Unit, found: &Found) -> Option<String> {
    let config = &bundle.manifest.config;
    let logic = config.get(KEY).and_then(|v| v.as_str()) == Some(LOGIC);
    let mut engines = bundle.manifest.engines.iter();
    let engine = engines.any(|e| e.top == unit.module && e.parameters.contains_key(PARAMETER));
    let file = format!("{}.sv", unit.module);
    let declared = format!("parameter int {PARAMETER} ");
    let mut sources = unit.sources.iter();
    let module = sources.any(|s| s.name == file && s.text.contains(&declared));
    let idle = target.has_multipliers() && found.kinds_with(CELL) == 0;
    (logic && idle && (engine || module)).then(|| {
        format!(
            "{} has multipliers, and no product uses one (emit with --set {KEY}={DSP})",
            target.name
        )
    })
}
