// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen synth --pnr`: a layout or a bitstream of one module of a bundle.

use std::fs;
use std::path::{Path, PathBuf};

use hwgen_bundle::manifest::Bundle;

use hwgen_console::error::Error;
use hwgen_console::terminal::{print, write_json};
use hwgen_tools::synth::flow::Flow;
use hwgen_tools::synth::library::LibraryArgs;
use hwgen_tools::synth::pnr::{Made, Maker, REPORT};
use hwgen_tools::synth::target::Kind;
use hwgen_tools::synth::unit::{Source, Unit};

/// What `--pnr` was given besides.
pub(crate) struct Wish<'a> {
    pub(crate) module: Option<&'a str>,
    pub(crate) parameters: &'a [(String, i64)],
    /// Folder for the results.
    pub(crate) out: &'a Path,
    pub(crate) json: Option<&'a Path>,
}

pub(crate) fn run(library: &LibraryArgs, bundle: &Bundle, wish: &Wish<'_>) -> Result<(), Error> {
    // Judged before minutes of work.
    refuse_foreign(wish.out)?;
    let top = top(bundle, wish.module)?;
    let flow = library.flow()?;
    let maker = Maker::find(&flow)?;
    let unit = unit(&flow, bundle, top, wish)?;
    let (dir, made) = maker.make(&flow, &unit)?;
    place(&dir, &made, wish.out)?;
    if let Some(path) = wish.json {
        write_json(path, &made)?;
    }
    if wish.json != Some(Path::new("-")) {
        print(&format!(
            "{}  files      {}\n",
            made.text(),
            wish.out.display()
        ))?;
    }
    match &made.layout {
        Some(layout) if layout.faults() > 0 => Err(Error::Check(vec![format!(
            "{}: the layout is not clean after {} placements (see {REPORT}; take smaller \
             parameters)",
            wish.out.display(),
            layout.attempts
        )])),
        _ => Ok(()),
    }
}

/// Returns the module to lay out: the one that was named, else the only engine.
fn top<'a>(bundle: &'a Bundle, module: Option<&'a str>) -> Result<&'a str, Error> {
    let engines = &bundle.manifest.engines;
    match (module, engines.as_slice()) {
        (Some(module), _) => Ok(bundle.manifest.suffix.plain(module)),
        (None, [engine]) => Ok(&engine.top),
        (None, _) => {
            let tops: Vec<&str> = engines.iter().map(|e| e.top.as_str()).collect();
            Err(Error::input(format!(
                "--pnr: lays out one module (name it with --module: {}, or any below these)",
                tops.join(", ")
            )))
        }
    }
}

fn unit(flow: &Flow, bundle: &Bundle, top: &str, wish: &Wish<'_>) -> Result<Unit, Error> {
    let mut units = flow.instances(bundle, top)?;
    for unit in &mut units {
        unit.parameters.extend(wish.parameters.iter().cloned());
    }
    // The widest of the instances speaks for the others.
    let widest = units
        .into_iter()
        .max_by_key(|u| u.parameters.values().map(|v| v.abs()).sum::<i64>());
    let unit = widest.ok_or_else(|| Error::input(format!("--module {top}: not instantiated")))?;
    if matches!(flow.target.kind, Kind::Ecp5 | Kind::Ice40) {
        return behind_pins(bundle, unit);
    }
    Ok(unit)
}

/// Puts a top behind the shift registers that the bundle has for it: it has more ports than pins.
fn behind_pins(bundle: &Bundle, mut unit: Unit) -> Result<Unit, Error> {
    let module = format!("{}_pins", unit.module);
    if !bundle.manifest.engines.iter().any(|e| e.top == unit.module) {
        return Err(Error::input(format!(
            "--module {}: a bitstream is made of a whole engine (name a top of the bundle)",
            unit.module
        )));
    }
    let path = bundle.dir.join(format!("flows/nextpnr-ice40/{module}.sv"));
    let text = fs::read_to_string(&path).map_err(|e| Error::path(&path, "read", &e))?;
    unit.sources.push(Source {
        name: format!("{module}.sv"),
        text,
        outside: false,
    });
    unit.module = module;
    Ok(unit)
}

fn refuse_foreign(out: &Path) -> Result<(), Error> {
    let Ok(mut items) = fs::read_dir(out) else {
        if out.exists() {
            let shown = out.display();
            return Err(Error::input(format!(
                "--out {shown}: a file stands in place of a folder; name another path"
            )));
        }
        return Ok(());
    };
    if items.next().is_none() || out.join(REPORT).is_file() {
        return Ok(());
    }
    Err(Error::input(format!(
        "--out {}: holds what hwgen synth --pnr did not write (name another folder)",
        out.display()
    )))
}

/// Puts the results in place with one rename.
fn place(dir: &Path, made: &Made, out: &Path) -> Result<(), Error> {
    let absolute = std::path::absolute(out).map_err(|e| Error::path(out, "use", &e))?;
    let parent: PathBuf = absolute.parent().unwrap_or(Path::new("/")).to_path_buf();
    fs::create_dir_all(&parent).map_err(|e| Error::path(&parent, "create", &e))?;
    let aside = tempfile::Builder::new()
        .prefix(".hwgen-")
        .tempdir_in(&parent)
        .map_err(|e| Error::path(out, "write", &e.kind().into()))?;
    let whole = aside.path().join("new");
    fs::create_dir(&whole).map_err(|e| Error::path(out, "write", &e))?;
    for file in made.files.iter().map(String::as_str).chain([REPORT]) {
        fs::copy(dir.join(file), whole.join(file)).map_err(|e| Error::path(out, "write", &e))?;
    }
    if out.exists() {
        fs::rename(out, aside.path().join("old")).map_err(|e| Error::path(out, "replace", &e))?;
    }
    fs::rename(&whole, out).map_err(|e| Error::path(out, "write", &e))
}
