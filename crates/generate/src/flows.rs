// SPDX-License-Identifier: MIT OR Apache-2.0
//! Renders what other tools need to take a bundle: scripts, project files and a test bench.
//!
//! Knows no tool. `flow_templates/` is the bundle in small: a template whose path says `TOP` gives a
//! file for each top, any other one file, `IDENTITY` stands for the package, and a template that renders
//! to nothing gives no file. A flow more is a template more.

mod bus;
pub(crate) mod core;
pub(crate) mod fields;

use hwgen_bundle::manifest::{Dir, Engine, Port};
use hwgen_bundle::suffix::Suffix;
use serde_json::{Value, json};

use crate::stamp::Stamp;
use crate::sv;
pub(crate) use bus::escaped;
use fields::fields;
use hwgen_bundle::file::File;

/// Every file of `flow_templates`, sorted by path.
const TEMPLATES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/flows.rs"));

/// A whole design, as the templates see it.
pub(crate) struct Flows<'a> {
    /// Name of the design.
    pub name: &'a str,
    /// What the names of its library modules end in.
    pub suffix: &'a Suffix,
    /// What it is called among the packages of others.
    pub identity: &'a str,
    /// Its origin.
    pub stamp: &'a Stamp,
    /// All sources in compile order.
    pub sources: &'a [String],
    /// Each engine with the text of its constraints.
    pub engines: &'a [(Engine, String)],
    /// The registers of an engine, as templates see them, if it has any.
    pub registers: &'a dyn Fn(&Engine) -> Option<Value>,
    /// Files rendered so far, of which the vectors are counted.
    pub text: &'a dyn Fn(&str) -> Option<String>,
}

impl Flows<'_> {
    /// Renders every template.
    pub(crate) fn files(&self) -> Vec<File> {
        let engines: Vec<Value> = self.engines.iter().map(|e| self.engine(e)).collect();
        let mut out = Vec::new();
        for (path, template) in TEMPLATES {
            let path = path.strip_suffix(".j2").unwrap_or(path);
            let path = path.replace("IDENTITY", self.identity);
            let mut add = |path: String, engine: &Value| {
                let text = sv::render(template, &self.values(&engines, engine));
                if !text.trim().is_empty() {
                    out.push(File::new(path, text));
                }
            };
            if path.contains("TOP") {
                for engine in &engines {
                    let top = engine["top"].as_str().unwrap_or_default();
                    add(path.replace("TOP", top), engine);
                }
            } else {
                add(path, &Value::Null);
            }
        }
        out
    }

    fn values(&self, engines: &[Value], engine: &Value) -> Value {
        json!({
            "stamp": self.stamp.lines(self.name),
            "generator": self.stamp.generator,
            "version": env!("CARGO_PKG_VERSION"),
            "name": self.name,
            "suffix": self.suffix,
            "identity": self.identity,
            "sources": self.sources,
            "engines": engines,
            "engine": engine,
        })
    }

    fn engine(&self, (engine, constraints): &(Engine, String)) -> Value {
        let mut value = serde_json::to_value(engine).unwrap_or_default();
        value["constraints"] = json!(constraints);
        value["bus"] = bus::describe(engine, (self.registers)(engine)).unwrap_or_default();
        value["bench"] = self.bench(engine).unwrap_or_default();
        value["core"] = core::bench(engine, &|file| self.lines(engine, file)).unwrap_or_default();
        value
    }

    /// Counts the lines of a file of vectors.
    fn lines(&self, engine: &Engine, file: &str) -> Option<usize> {
        let text = (self.text)(&format!("vectors/{}_{file}.hex", engine.top))?;
        Some(text.lines().count())
    }

    /// Describes the bench of an engine that turns one stream into one other; others have none.
    fn bench(&self, engine: &Engine) -> Option<Value> {
        let mut streams = Vec::new();
        for (dir, suffix, file) in [
            (Dir::Input, "_valid_i", "keys"),
            (Dir::Output, "_valid_o", "results"),
        ] {
            let name = stream(&engine.ports, dir, suffix)?;
            let fields = fields(engine, dir);
            let bits: u64 = fields.iter().filter_map(|f| f["width"].as_u64()).sum();
            let beats = self.lines(engine, file)?;
            streams.push(json!({ "name": name, "bits": bits, "beats": beats, "fields": fields }));
        }
        Some(json!({ "in": streams[0], "out": streams[1] }))
    }
}

/// Returns the name of the only stream of a direction.
fn stream<'a>(ports: &'a [Port], dir: Dir, suffix: &str) -> Option<&'a str> {
    let mut names = ports.iter().filter(|p| p.dir == dir);
    let mut next = || names.find_map(|p| p.name.strip_suffix(suffix));
    let only = next()?;
    next().is_none().then_some(only)
}

#[cfg(test)]
mod tests;
