// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which bundle stands in a folder, so that replacing one by another is said.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Write as _;
use std::path::Path;

use hwgen_golden::Design;
use serde_json::{Map, Value};

use crate::config::resolved;
use crate::stamp::Stamp;
use hwgen_bundle::place;

/// Keys that are told one by one when a bundle is replaced.
const MOST_CHANGES: usize = 6;

/// What tells a bundle from one of other parameters or of another release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    name: String,
    digest: String,
    generator: String,
    /// Resolved configuration.
    config: Map<String, Value>,
}

impl Origin {
    /// Describes the bundle of `design`, as this program writes it.
    pub fn of(design: &Design) -> Self {
        let stamp = Stamp::new(design);
        Self {
            name: design.params().name.clone(),
            digest: stamp.digest,
            generator: stamp.generator,
            config: resolved(design.params()).into_iter().collect(),
        }
    }

    /// Describes the bundle that stands in `target`, if hwgen has written one there.
    pub fn standing(target: &Path) -> Option<Self> {
        let manifest = place::written(target)?;
        let text = |key: &str| Some(manifest.get(key)?.as_str()?.to_owned());
        Some(Self {
            name: text("name")?,
            digest: text("digest")?,
            generator: text("generator")?,
            config: manifest.get("config")?.as_object()?.clone(),
        })
    }

    /// Says on standard error that `now` stands in `target` instead of this, unless they are the same.
    pub fn note_replaced(&self, target: &Path, now: &Self) {
        if self != now {
            let target = target.display();
            let changes = self.changes(now);
            // There is nobody left to tell if that fails.
            let _ = writeln!(
                std::io::stderr().lock(),
                "hwgen: {target}: replaced {self} by {now}{changes}"
            );
        }
    }

    /// Lists the first keys that have other values in `now`.
    fn changes(&self, now: &Self) -> String {
        let keys = self.config.keys().chain(now.config.keys());
        let differs = |key: &&String| self.config.get(*key) != now.config.get(*key);
        let keys: BTreeSet<&String> = keys.filter(|k| *k != "name").filter(differs).collect();
        let value =
            |o: &Self, key: &String| o.config.get(key).map_or("none".into(), Value::to_string);
        let change = |key: &&String| format!("{key} {} -> {}", value(self, key), value(now, key));
        let mut changes: Vec<String> = keys.iter().take(MOST_CHANGES).map(change).collect();
        if keys.len() > MOST_CHANGES {
            changes.push(format!("{} more", keys.len() - MOST_CHANGES));
        }
        if changes.is_empty() {
            return String::new();
        }
        format!(": {}", changes.join(", "))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest: String = self.digest.chars().take(16).collect();
        write!(f, "{} (digest {digest}, {})", self.name, self.generator)
    }
}
