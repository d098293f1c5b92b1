// SPDX-License-Identifier: MIT OR Apache-2.0
//! Renders a design to the files of its bundle. Pure: no disk, no clock, no environment.

mod leaves;

use std::collections::BTreeMap;

use hwgen_bundle::manifest::{self, Dir, Engine, Manifest};
use hwgen_bundle::suffix::Suffix;
use hwgen_console::error::Error;
use hwgen_golden::Design;
use serde_json::json;

use crate::block::{Block, Page, Spec};
use crate::config::resolved;
use crate::flows::fields::fields;
use crate::flows::{self, Flows};
use crate::manual;
use crate::naming;
use crate::registry::BLOCKS;
use crate::stamp::Stamp;
use crate::sv;
use crate::template::Library;
use hwgen_bundle::digest::sha256;
use hwgen_bundle::file::File;
use leaves::{Leaves, rtl_path};

const README: &str = include_str!("render/README.md.j2");
const VECTORS_README: &str = include_str!("render/vectors.md.j2");
const CONSTRAINTS: &str = include_str!("render/constraints.sdc.j2");

/// Why a design cannot be rendered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RenderError {
    /// The library lacks a module.
    #[error("{block} variant {variant} is not built yet: there is no {module}.sv")]
    Missing {
        /// Block name.
        block: &'static str,
        /// Variant name.
        variant: &'static str,
        /// The module that is not there.
        module: String,
    },
    /// A generated module would have the name of a hand-written one.
    #[error(
        "name = {name}: would name a generated file {module}.sv, which the library has (try {name}_1)"
    )]
    Collision {
        /// Name of the design.
        name: String,
        /// The module that is there already.
        module: String,
    },
}

/// Renders `design` to the files of its bundle, sorted by path.
pub fn render(design: &Design, library: &Library) -> Result<Vec<File>, RenderError> {
    let name = &design.params().name;
    let stamp = Stamp::new(design);
    let lines = stamp.lines(name);
    let engines: Vec<(&dyn Block, Spec)> = BLOCKS
        .iter()
        .flat_map(|&b| b.engines(design).into_iter().map(move |e| (b, e)))
        .collect();
    let specs: Vec<Spec> = engines.iter().map(|(_, e)| e.clone()).collect();
    let leaves = Leaves::new(design, &specs, library, &stamp);

    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut entries = Vec::new();
    let mut compile_order: Vec<String> = Vec::new();
    for (block, spec) in &engines {
        let library_sources = library.sources(&spec.module);
        if library_sources.is_empty() {
            return Err(RenderError::Missing {
                block: spec.block.name(),
                variant: spec.variant,
                module: spec.module.clone(),
            });
        }
        let top = spec.top(name);
        let mut sources = Vec::new();
        for (path, text) in library_sources.iter().map(|m| leaves.file(m)) {
            sources.push(path.clone());
            files.insert(path, text);
        }
        let mut generated = vec![(top.clone(), sv::top(name, spec, &leaves.suffix, &lines))];
        if let Some(package) = sv::package(name, spec.block, &specs, &lines) {
            // Packages first: before the modules, behind the library's own packages.
            generated.insert(0, (sv::package_name(name, spec.block), package));
        }
        for (module, text) in generated {
            if library.text(&module).is_some() {
                let name = name.clone();
                return Err(RenderError::Collision { name, module });
            }
            sources.push(rtl_path(&module));
            files.insert(rtl_path(&module), text);
        }
        for source in &sources {
            if !compile_order.contains(source) {
                compile_order.push(source.clone());
            }
        }
        let timing = constraints(&top, spec, &lines);
        files.insert(format!("constraints/{top}.sdc"), timing.clone());
        let further = block.vectors(design, spec).into_iter();
        for file in further.chain(block.companions(design, &lines)) {
            files.insert(file.path, file.text);
        }
        entries.push((engine(spec, top, sources, library), timing));
    }
    let registers = |engine: &Engine| {
        let block = BLOCKS.iter().find(|b| b.name().name() == engine.block)?;
        let table = block.registers(design, &engine.variant)?;
        Some(crate::registers::values(&table, 1000))
    };
    let flows = Flows {
        name,
        stamp: &stamp,
        suffix: &leaves.suffix,
        identity: &naming::identity(design.params()),
        sources: &compile_order,
        engines: &entries,
        registers: &registers,
        text: &|path| files.get(path).cloned(),
    };
    for file in flows.files() {
        files.insert(file.path, file.text);
    }
    let entries: Vec<Engine> = entries.into_iter().map(|(e, _)| e).collect();

    let mut list = compile_order.join("\n");
    list.push('\n');
    files.insert("filelist.f".to_owned(), list);
    let held = held(&specs);
    let pages = manual::pages(&held);
    files.extend(pages.iter().map(Page::entry));
    let about = |b: &&dyn Block| json!({ "name": b.name().name(), "about": b.about() });
    let values = json!({
        "name": name,
        "engines": entries,
        "blocks": held.iter().map(about).collect::<Vec<_>>(),
        "generator": stamp.generator,
        "regenerate": stamp.regenerate,
        "digest": stamp.digest,
        "suffix": leaves.suffix,
        "pages": pages.iter().map(|page| page.path).collect::<Vec<_>>(),
    });
    files.insert("README.md".to_owned(), sv::render(README, &values));
    let layouts: Vec<_> = entries.iter().map(layout).collect();
    let vectors = sv::render(VECTORS_README, &json!({ "engines": layouts }));
    files.insert("vectors/README.md".to_owned(), vectors);

    let text = manifest(design, stamp, leaves.suffix, &files, entries);
    files.insert(manifest::FILE_NAME.to_owned(), text);
    Ok(listed(files))
}

/// Returns the blocks that `specs` are of, in the order of the registry.
fn held(specs: &[Spec]) -> Vec<&'static dyn Block> {
    let held = |b: &&dyn Block| specs.iter().any(|s| s.block == b.name());
    BLOCKS.iter().copied().filter(held).collect()
}

/// Returns texts by path as files, in the order of their paths.
fn listed(files: BTreeMap<String, String>) -> Vec<File> {
    let file = |(path, text)| File { path, text };
    files.into_iter().map(file).collect()
}

/// Writes the manifest of `files`, which tells what was emitted.
fn manifest(
    design: &Design,
    stamp: Stamp,
    suffix: Suffix,
    files: &BTreeMap<String, String>,
    engines: Vec<Engine>,
) -> String {
    let hashes = files.iter().map(|(p, t)| (p.clone(), sha256(t.as_bytes())));
    let manifest = Manifest {
        format: manifest::FORMAT,
        generator: stamp.generator,
        name: design.params().name.clone(),
        suffix,
        digest: stamp.digest,
        regenerate: stamp.regenerate,
        config: resolved(design.params()),
        files: hashes.collect(),
        engines,
    };
    let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    text.push('\n');
    text
}

/// Renders `design` with the library that ships with the program.
///
/// # Errors
/// What [`render`] refuses, as an input to mend.
pub fn shipped(design: &Design) -> Result<Vec<File>, Error> {
    render(design, &Library::embedded()).map_err(|e| Error::input(e.to_string()))
}

fn engine(spec: &Spec, top: String, sources: Vec<String>, library: &Library) -> Engine {
    let hierarchy = library.hierarchy(&spec.module);
    let parameters = spec.parameters.iter();
    Engine {
        block: spec.block.to_string(),
        variant: spec.variant.to_owned(),
        top,
        module: spec.module.clone(),
        sources,
        parameters: parameters.map(|p| (p.name.to_owned(), p.value)).collect(),
        hierarchy: hierarchy.into_iter().map(str::to_owned).collect(),
        ports: spec.ports.clone(),
        latency: spec.latency.clone(),
        throughput: spec.throughput.clone(),
    }
}

/// Writes the timing constraints of a top, which name every port: how a tool takes the clock out
/// of "all inputs" differs from tool to tool.
fn constraints(top: &str, spec: &Spec, stamp: &[String]) -> String {
    let ports = |dir: Dir| -> Vec<String> {
        let timed = |p: &&manifest::Port| p.dir == dir && !["clk_i", "rst_ni"].contains(&&*p.name);
        let name = |p: &manifest::Port| match p.width {
            1 => p.name.clone(),
            _ => format!("{}[*]", p.name),
        };
        spec.ports.iter().filter(timed).map(name).collect()
    };
    let (inputs, outputs) = (ports(Dir::Input), ports(Dir::Output));
    sv::render(
        CONSTRAINTS,
        &json!({ "stamp": stamp, "top": top, "inputs": inputs, "outputs": outputs }),
    )
}

fn layout(engine: &Engine) -> serde_json::Value {
    if let Some(streams) = flows::core::streams(engine) {
        return json!({ "top": engine.top, "keys": [], "results": [], "streams": streams });
    }
    let (keys, results) = (fields(engine, Dir::Input), fields(engine, Dir::Output));
    json!({ "top": engine.top, "keys": keys, "results": results, "streams": [] })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use hwgen_golden::BlockName;

    use super::*;
    use crate::config::Draft;
    use crate::preset::{PRESETS, Preset};

    /// Modules with the names of the real ones and nothing in them.
    pub(crate) const FIXTURE: &[(&str, &str)] = &[
        ("common/hg_pkg.sv", "package hg_pkg;\nendpackage\n"),
        ("topk/hg_topk_part.sv", "module hg_topk_part;\nendmodule\n"),
        (
            "topk/hg_topk_radix.sv",
            "module hg_topk_radix;\n  hg_topk_part u_p ();\nendmodule\n",
        ),
        (
            "topk/hg_topk_stream.sv",
            "module hg_topk_stream; int x = hg_pkg::f(1);\nendmodule\n",
        ),
    ];

    fn tiny() -> Design {
        Preset::find("tiny")
            .and_then(Preset::design)
            .expect("legal")
    }

    #[test]
    fn one_design_gives_one_sequence_of_bytes() {
        let library = Library::new(FIXTURE);
        let files = render(&tiny(), &library).expect("renders");
        assert_eq!(files, render(&tiny(), &library).expect("renders"));
        let mut draft = Draft::default();
        for s in [
            "name=tiny",
            "blocks=topk",
            "k=4",
            "pe=8",
            "topk.lanes=4",
            "topk.key_w=8",
            "topk.max_n=64",
        ] {
            draft.set(s);
        }
        let flags = draft.finish().expect("legal");
        assert_eq!(
            files,
            render(&flags, &library).expect("renders"),
            "however it is spelt"
        );
    }

    #[test]
    fn a_bundle_is_complete_and_its_manifest_says_so() {
        let files = render(&tiny(), &Library::new(FIXTURE)).expect("renders");
        let paths: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
        let text = |p: &str| &files.iter().find(|f| f.path == p).expect("is there").text;
        let manifest: Manifest = serde_json::from_str(text("manifest.json")).expect("reads");
        // The digits change with the library's texts and the program's version.
        let suffix = &manifest.suffix;
        let shown = |text: &str| text.replace(suffix.as_str(), "_DIGITS");
        insta::assert_snapshot!(shown(&paths.join("\n")));
        assert_eq!(manifest.files.len() + 1, files.len());
        for (path, hash) in &manifest.files {
            assert_eq!(hash, &sha256(text(path).as_bytes()));
        }
        assert_eq!(
            manifest.engines[0].sources,
            [
                &suffix.real("hg_topk_part"),
                &suffix.real("hg_topk_radix"),
                "hg_tiny_topk_pkg",
                "hg_tiny_topk_radix"
            ]
            .map(rtl_path)
        );
        assert_eq!(
            manifest.engines[0].hierarchy,
            ["hg_topk_radix", "hg_topk_part"]
        );
        insta::assert_snapshot!(shown(text("README.md")));
        insta::assert_snapshot!(text("vectors/README.md"));
    }

    #[test]
    fn what_cannot_be_rendered_says_why() {
        let mut draft = Draft::default();
        draft.set("blocks=topk");
        draft.set("topk.variants=batcher");
        let design = draft.finish().expect("legal");
        assert_eq!(
            render(&design, &Library::new(FIXTURE))
                .expect_err("is missing")
                .to_string(),
            "topk variant batcher is not built yet: there is no hg_topk_batcher.sv"
        );
        let mut files = FIXTURE.to_vec();
        files.push((
            "topk/hg_topk_topk_pkg.sv",
            "package hg_topk_topk_pkg; endpackage",
        ));
        let mut draft = Draft::default();
        draft.set("blocks=topk");
        draft.set("name=topk");
        let design = draft.finish().expect("legal");
        assert_eq!(
            render(&design, &Library::new(&files))
                .expect_err("collides")
                .to_string(),
            "name = topk: would name a generated file hg_topk_topk_pkg.sv, which the library has \
             (try topk_1)"
        );
    }

    /// Each engine compiles by itself: what it names is among its sources, before it.
    #[test]
    fn every_top_has_the_package_that_it_names() {
        let design = PRESETS[0].design().expect("legal");
        let files = render(&design, &Library::embedded()).expect("renders");
        let text = |p: &str| &files.iter().find(|f| f.path == p).expect("is there").text;
        let manifest: Manifest = serde_json::from_str(text("manifest.json")).expect("reads");
        let blocks: BTreeSet<&str> = manifest.engines.iter().map(|e| &*e.block).collect();
        assert_eq!(
            blocks,
            BTreeSet::from(BlockName::USUAL.map(BlockName::name))
        );
        for engine in &manifest.engines {
            let block = engine.block.parse().expect("is a block");
            let package = sv::package_name("default", block);
            let named = text(&rtl_path(&engine.top)).contains(&format!("{package}::"));
            let at = |module: &str| engine.sources.iter().position(|s| *s == rtl_path(module));
            assert_eq!(named, at(&package).is_some(), "{}", engine.top);
            assert!(at(&package) < at(&engine.top), "{}", engine.top);
            let all = |s: &&String| s.ends_with("_pkg.sv") && s.contains("_default_");
            assert!(engine.sources.iter().filter(all).count() <= 1);
        }
    }

    #[test]
    fn nothing_in_a_bundle_tells_of_a_machine() {
        for preset in [&PRESETS[1], &PRESETS[2]] {
            let design = preset.design().expect("legal");
            for file in render(&design, &Library::new(FIXTURE)).expect("renders") {
                assert!(file.text.is_ascii(), "{}", file.path);
                assert!(
                    !file.text.contains(env!("CARGO_MANIFEST_DIR")),
                    "{}",
                    file.path
                );
                assert!(file.text.ends_with('\n'), "{}", file.path);
            }
        }
    }
}
