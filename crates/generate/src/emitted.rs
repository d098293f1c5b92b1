// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a bundle was emitted from, read back: the parameters of its engines, and its design.

use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_console::error::Error;
use hwgen_golden::figs::FigsParams;
use hwgen_golden::interface::Problem;
use hwgen_golden::{Design, Values};

use crate::block::Parameter;
use crate::config::Draft;
use crate::registry::BLOCKS;

/// Reads the parameters of an engine by `read`, the `from_values` of its block.
pub fn parameters<P>(
    engine: &Engine,
    read: impl FnOnce(&Values<'_>) -> Result<P, Problem>,
) -> Result<P, Error> {
    read(&Values(&engine.parameters)).map_err(|problem| {
        Error::from(VerifyError::Engine {
            engine: engine.top.clone(),
            reason: problem.to_string(),
        })
    })
}

/// Returns the design that a bundle was emitted from, for what its engines do not know: the usual k,
/// a schedule.
///
/// What an engine is, its own parameters say. A manifest whose configuration would make another
/// engine is refused.
pub fn design_of(bundle: &Bundle) -> Result<Design, Error> {
    let refuse = |problems: &str| {
        let dir = bundle.dir.display();
        Error::input(format!(
            "{dir}/manifest.json: {problems}; emit the bundle again"
        ))
    };
    let design = Draft::of_resolved(&bundle.manifest.config).finish();
    let design = design.map_err(|e| refuse(&e.to_string().replace('\n', "; ")))?;
    let specs = BLOCKS.iter().flat_map(|b| b.engines(&design));
    for spec in specs {
        let mut engines = bundle.manifest.engines.iter();
        let same = |e: &&Engine| e.block == spec.block.name() && e.variant == spec.variant;
        let Some(engine) = engines.find(same) else {
            continue;
        };
        let other = |p: &&Parameter| engine.parameters.get(p.name) != Some(&p.value);
        if let Some(p) = spec.parameters.iter().find(other) {
            let value = engine.parameters.get(p.name);
            let value = value.map_or("missing".to_owned(), i64::to_string);
            let (top, name, wanted) = (&engine.top, p.name, p.value);
            let rule = format!("parameter {name} is {value}, its configuration makes it {wanted}");
            return Err(refuse(&format!("engine {top}: {rule}")));
        }
    }
    Ok(design)
}

/// Returns the parameters of the array of a design.
pub fn figs_of(design: &Design) -> Result<FigsParams, Error> {
    let none = || Error::input("the bundle holds no figs block (emit one with --block figs)");
    design.params().figs().cloned().ok_or_else(none)
}
