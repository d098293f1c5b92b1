// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of a proof: the module as it lies in the bundle, and what it instantiates.

use std::collections::BTreeMap;
use std::fs;

use hwgen_bundle::manifest::Bundle;

use hwgen_console::error::Error;
use hwgen_generate::template::{Library, without_comments, words};

/// Every file that a proof may need: plain name of the module or package, and text with the plain
/// names of all.
pub struct Sources(BTreeMap<String, String>);

impl Sources {
    /// Reads the RTL of a bundle. A shared primitive that no engine of the bundle uses comes from
    /// the library that ships with hwgen.
    pub fn read(bundle: &Bundle) -> Result<Self, Error> {
        let library = Library::embedded();
        let suffix = &bundle.manifest.suffix;
        let mut texts = BTreeMap::new();
        for name in library.shared() {
            let text = library.text(name).unwrap_or_default();
            texts.insert(name.to_owned(), text.to_owned());
        }
        let folder = bundle.dir.join("rtl");
        let items = fs::read_dir(&folder).map_err(|e| Error::path(&folder, "read", &e))?;
        for item in items {
            let path = item.map_err(|e| Error::path(&folder, "read", &e))?.path();
            let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned());
            if let (Some(stem), Some("sv")) = (stem, path.extension().and_then(|e| e.to_str())) {
                let bytes = fs::read(&path).map_err(|e| Error::path(&path, "read", &e))?;
                let name = suffix.plain(&stem).to_owned();
                let text = String::from_utf8_lossy(&bytes);
                texts.insert(name, suffix.plain_text(&text));
            }
        }
        Ok(Self(texts))
    }

    /// Tells whether `module` is there.
    pub fn holds(&self, module: &str) -> bool {
        self.0.contains_key(module)
    }

    /// Returns `(name, text)` of `module` and of all that it needs, packages first.
    pub fn of(&self, module: &str) -> Vec<(&str, &str)> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        let mut pending = vec![module.to_owned()];
        while let Some(name) = pending.pop() {
            let Some((name, text)) = self.0.get_key_value(&name) else {
                continue;
            };
            if found.iter().any(|(n, _)| n == name) {
                continue;
            }
            found.push((name, text));
            let code = without_comments(text);
            pending.extend(words(&code).filter(|w| self.holds(w)).map(str::to_owned));
        }
        found.sort_unstable();
        found.sort_by_key(|(_, text)| !words(&without_comments(text)).any(|w| w == "endpackage"));
        found
    }
}
