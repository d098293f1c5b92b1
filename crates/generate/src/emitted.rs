// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a bundle was emitted from, read back: its design.

use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_console::error::Error;
use hwgen_golden::Design;
use hwgen_golden::figs::FigsParams;

use crate::block::Parameter;
use crate::config::Draft;
use crate::registry::BLOCKS;

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
    design.params().figs().ok_or_else(none)
}
