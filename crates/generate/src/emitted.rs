// SPDX-License-Identifier: MIT OR Apache-2.0
//! The design that a bundle was emitted from.

use hwgen_bundle::manifest::Bundle;
use hwgen_console::error::Error;
use hwgen_golden::Design;
use hwgen_golden::figs::FigsParams;

use crate::config::Draft;

/// Returns the design that a bundle was emitted from.
pub fn design_of(bundle: &Bundle) -> Result<Design, Error> {
    let mut draft = Draft::default();
    for (key, value) in &bundle.manifest.config {
        draft.assign(key, &value.to_string());
    }
    draft.finish().map_err(|e| {
        let dir = bundle.dir.display();
        let problems = e.to_string().replace('\n', "; ");
        Error::input(format!(
            "{dir}/manifest.json: {problems}; emit the bundle again"
        ))
    })
}

/// Returns the parameters of the array of a design.
pub fn figs_of(design: &Design) -> Result<FigsParams, Error> {
    let figs = design.params().figs.as_ref();
    let none = || Error::input("the bundle holds no figs block (emit one with --block figs)");
    figs.map(|f| f.params.clone()).ok_or_else(none)
}
