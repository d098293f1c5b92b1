// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a whole build leaves for the next one of the same engine: objects, and what they hold.
//!
//! It lies in the entry of the model itself, which is named by everything that the model was made
//! from. A small file beside the entries says which entry was the last one of an engine, a set of
//! tools and flags; where it is missing or what it names has gone, a model is built whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::generated::{Generated, files_of};
use super::members::ROOT_H;
use hwgen_bundle::cache::Cache;
use hwgen_bundle::digest::{Digest, sha256};
use hwgen_bundle::error::VerifyError;

/// The record in the entry of a model.
const RECORD: &str = "parts.json";
/// The header of the model's state in the entry, as the objects were compiled with it.
pub(super) const HEADER: &str = "state.hpp";
/// Folder of the names of last builds.
const LAST: &str = "last";

/// What the objects of a model hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// SHA-256 of the headers but the one of the state.
    pub(super) headers: String,
    /// SHA-256 of what is no function, and of everything that stands before it.
    pub(super) rest: String,
    /// SHA-256 of what depends on macros and every unit sees.
    pub(super) guarded: String,
    /// Declarations by name.
    pub(super) declarations: BTreeMap<String, String>,
    /// SHA-256 of the functions by name.
    pub(super) functions: BTreeMap<String, String>,
    /// Objects of functions.
    pub(super) objects: Vec<String>,
    /// Object of the rest and of the shim.
    pub(super) common: String,
    /// Flags of the functions' units that depend on the size of the model.
    pub(super) flags: Vec<String>,
}

impl Record {
    /// Describes the C++ of a model in `obj`.
    pub(super) fn of(obj: &Path, all: &Generated) -> Result<Self, VerifyError> {
        let mut headers = Digest::new("headers");
        for name in files_of(obj, "h")? {
            if name != ROOT_H {
                headers = headers.text(&name).file(&obj.join(name))?;
            }
        }
        let guarded = all.guarded.iter().chain(&all.includes);
        let guarded = guarded.fold(Digest::new("guarded"), |sum, text| sum.text(text));
        let function = |f: &super::generated::Function| {
            let text = format!("{}{}", u8::from(f.slow), f.text);
            (f.name.clone(), sha256(text.as_bytes()))
        };
        Ok(Self {
            headers: headers.hex(),
            rest: sha256(all.rest.as_bytes()),
            guarded: guarded.hex(),
            declarations: all.declarations.clone(),
            functions: all.functions.iter().map(function).collect(),
            objects: Vec::new(),
            common: String::new(),
            flags: Vec::new(),
        })
    }

    /// Writes the record of a model into its folder.
    pub(super) fn write(&self, dir: &Path) -> Result<(), VerifyError> {
        let path = dir.join(RECORD);
        let text = serde_json::to_vec(self).expect("a record is plain data");
        fs::write(&path, text).map_err(VerifyError::io(&path))
    }
}

/// The last whole build of an engine.
#[derive(Debug)]
pub(super) struct Base {
    /// Folder of its entry.
    pub(super) dir: PathBuf,
    /// What it holds.
    pub(super) record: Record,
}

impl Base {
    /// Looks for the last whole build under the name `slot`.
    pub(super) fn find(cache: &Cache, slot: &str) -> Option<Self> {
        let key = fs::read_to_string(cache.dir().join(LAST).join(slot)).ok()?;
        // A key is hexadecimal; a damaged file must not name another folder.
        if key.is_empty() || !key.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        let dir = cache.find(&key)?;
        let text = fs::read(dir.join(RECORD)).ok()?;
        let record = serde_json::from_slice(&text).ok()?;
        Some(Self { dir, record })
    }

    /// Notes that the entry `key` is the last whole build under the name `slot`. Not being able to
    /// costs the time of a whole build, nothing else. The rename keeps readers from seeing half a name.
    pub(super) fn note(cache: &Cache, slot: &str, key: &str) {
        let folder = cache.dir().join(LAST);
        let aside = folder.join(format!("{slot}.{}.tmp", std::process::id()));
        let wrote = fs::create_dir_all(&folder).and_then(|()| fs::write(&aside, key));
        if wrote
            .and_then(|()| fs::rename(&aside, folder.join(slot)))
            .is_err()
        {
            let _ = fs::remove_file(&aside);
        }
    }
}
