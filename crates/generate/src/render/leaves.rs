// SPDX-License-Identifier: MIT OR Apache-2.0
//! The modules of the library in a bundle, under names that no other bundle has.

use std::collections::BTreeSet;

use hwgen_bundle::suffix::Suffix;
use hwgen_golden::Design;
use serde_json::json;

use crate::block::Spec;
use crate::config::resolved;
use crate::stamp::Stamp;
use crate::template::Library;
use hwgen_bundle::digest::sha256;

/// The library's modules and packages of one bundle, which have names of their own: plain lists of
/// files cannot drop the second of two copies, so no two bundles may hold the same name.
pub(super) struct Leaves<'a> {
    library: &'a Library,
    names: BTreeSet<&'static str>,
    /// What their names end in.
    pub(super) suffix: Suffix,
}

impl<'a> Leaves<'a> {
    /// Gathers what `engines` need. The suffix follows from all that makes these modules what they
    /// are, and from the configuration, so that bundles that differ in anything differ in it.
    pub(super) fn new(
        design: &Design,
        engines: &[Spec],
        library: &'a Library,
        stamp: &Stamp,
    ) -> Self {
        let modules = engines.iter().flat_map(|e| library.sources(&e.module));
        let names: BTreeSet<&'static str> = modules.collect();
        let texts: Vec<_> = names.iter().map(|n| (n, library.text(n))).collect();
        let all = json!([stamp.generator, resolved(design.params()), texts]);
        let suffix = Suffix::of_digest(&sha256(all.to_string().as_bytes()));
        Self {
            library,
            names,
            suffix,
        }
    }

    /// Returns path and text of `module` with the names of this bundle.
    pub(super) fn file(&self, module: &str) -> (String, String) {
        let text = self.library.text(module).unwrap_or_default();
        let text = self.suffix.real_text(text, |w| self.names.contains(w));
        (rtl_path(&self.suffix.real(module)), text)
    }
}

pub(super) fn rtl_path(module: &str) -> String {
    format!("rtl/{module}.sv")
}
