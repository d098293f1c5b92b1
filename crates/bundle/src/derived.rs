// SPDX-License-Identifier: MIT OR Apache-2.0
//! A derived bundle: the RTL of a bundle with the files of some modules replaced and others added.
//!
//! It is written elsewhere and verified like any bundle; the bundle that it comes from is only
//! read. What stands in the new files, and why, is the caller's affair.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::manifest::{Bundle, FILE_NAME, Manifest, Origin};

use crate::digest::sha256;
use crate::file::File;
use hwgen_console::error::Error;

/// Name of the list of sources in a bundle.
const FILE_LIST: &str = "filelist.f";
/// Folder of the RTL in a bundle.
const RTL: &str = "rtl";

/// A bundle to be, made from another.
#[derive(Debug, Clone)]
pub struct Derived {
    manifest: Manifest,
    /// Texts of the sources by path in the bundle.
    texts: BTreeMap<String, String>,
    origin: Origin,
}

impl Derived {
    /// Reads the RTL of `bundle` as it lies on disk, but for the suffix of its names: what is
    /// derived stands alone, and says the plain names.
    ///
    /// `what` says for people what the variant is, `flags` are those of `hwgen verify` that make it
    /// again; both stand in the report of a mismatch.
    pub fn of(bundle: &Bundle, what: &str, flags: &str) -> Result<Self, Error> {
        let mut texts = BTreeMap::new();
        let mut manifest = bundle.manifest.clone();
        let suffix = std::mem::take(&mut manifest.suffix);
        for engine in &mut manifest.engines {
            for source in &mut engine.sources {
                let path = bundle.dir.join(&*source);
                let bytes = fs::read(&path).map_err(|e| Error::path(&path, "read", &e))?;
                let text = String::from_utf8_lossy(&bytes);
                *source = suffix.plain_text(source);
                texts.insert(source.clone(), suffix.plain_text(&text));
            }
        }
        Ok(Self {
            manifest,
            texts,
            origin: Origin {
                dir: bundle.dir.clone(),
                what: what.to_owned(),
                flags: flags.to_owned(),
            },
        })
    }

    /// Returns the text of the file that holds `module`.
    pub fn text(&self, module: &str) -> Option<&str> {
        let path = self.path(module)?;
        self.texts.get(path).map(String::as_str)
    }

    /// Puts `files`, whose paths are names of files, in the place of the file that holds `module`;
    /// every engine that has the one gets the others.
    pub fn replace_module(&mut self, module: &str, files: &[File]) -> Result<(), Error> {
        let Some(old) = self.path(module).map(str::to_owned) else {
            return Err(Error::input(format!(
                "{}: there is no file of module {module}",
                self.origin.dir.display()
            )));
        };
        self.texts.remove(&old);
        let paths = self.take(files);
        for engine in &mut self.manifest.engines {
            if let Some(at) = engine.sources.iter().position(|s| *s == old) {
                engine.sources.splice(at..=at, paths.iter().cloned());
            }
        }
        Ok(())
    }

    /// Adds a file to every engine, behind its packages and before the top, which comes last.
    pub fn add_file(&mut self, name: &str, text: &str) {
        let paths = self.take(&[File::new(name, text)]);
        for engine in &mut self.manifest.engines {
            let last = engine.sources.len().saturating_sub(1);
            engine.sources.splice(last..last, paths.iter().cloned());
        }
    }

    /// Leaves out the engines whose top is not `top`, so that nothing is written that is not used.
    pub fn only(&mut self, top: &str) {
        self.manifest.engines.retain(|e| e.top == top);
        let engines = &self.manifest.engines;
        let used = |path: &String| engines.iter().any(|e| e.sources.contains(path));
        self.texts.retain(|path, _| used(path));
    }

    /// Returns every text with its path, for the address in a cache.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(p, t)| (p.as_str(), t.as_str()))
    }

    /// Writes the bundle into `dir`, which must be there, and returns it.
    pub fn write(&self, dir: &Path) -> Result<Bundle, Error> {
        let mut order: Vec<&str> = Vec::new();
        for source in self.manifest.engines.iter().flat_map(|e| &e.sources) {
            if !order.contains(&source.as_str()) {
                order.push(source);
            }
        }
        let list = order.iter().map(|s| format!("{s}\n")).collect::<String>();
        let mut texts: BTreeMap<&str, &str> = self.texts().collect();
        texts.insert(FILE_LIST, &list);
        let mut manifest = self.manifest.clone();
        let hash = |(path, text): (&&str, &&str)| ((*path).to_owned(), sha256(text.as_bytes()));
        manifest.files = texts.iter().map(hash).collect();
        let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
        text.push('\n');
        // The manifest last: a folder without one is no bundle.
        for (path, text) in texts.into_iter().chain([(FILE_NAME, text.as_str())]) {
            let path = dir.join(path);
            let parent = path.parent().unwrap_or(dir);
            fs::create_dir_all(parent).map_err(|e| Error::path(parent, "make", &e))?;
            fs::write(&path, text).map_err(|e| Error::path(&path, "write", &e))?;
        }
        Ok(Bundle {
            dir: dir.to_owned(),
            manifest,
            origin: Some(self.origin.clone()),
        })
    }

    /// Returns the path of the file that holds `module`: a file is called like its module.
    fn path(&self, module: &str) -> Option<&str> {
        let stem = |path: &str| {
            let stem = Path::new(path).file_stem()?.to_str()?;
            Some(stem == module)
        };
        let mut paths = self.texts.keys().map(String::as_str);
        paths.find(|path| stem(path) == Some(true))
    }

    /// Keeps texts and returns their paths in the bundle.
    fn take(&mut self, files: &[File]) -> Vec<String> {
        let mut paths = Vec::new();
        for file in files {
            let path = format!("{RTL}/{}", file.path);
            self.texts.insert(path.clone(), file.text.clone());
            paths.push(path);
        }
        paths
    }
}
