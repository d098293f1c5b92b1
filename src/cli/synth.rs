// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen synth`: area, speed and critical path of a bundle's RTL.

mod pnr;

use std::path::{Path, PathBuf};

use hwgen_bundle::manifest::Bundle;

use self::pnr::Wish;
use hwgen_bundle::choose;
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_console::terminal::{print, write_json};
use hwgen_tools::synth::compare::compared;
use hwgen_tools::synth::flow::{Flow, Plan};
use hwgen_tools::synth::library::LibraryArgs;
use hwgen_tools::synth::multipliers;
use hwgen_tools::synth::report::Report;
use hwgen_tools::synth::target::Kind;
use hwgen_tools::synth::unit::Unit;

/// Most files of an engine that is mapped flattened unless asked otherwise.
const FLAT_FILES: usize = 40;

/// Arguments of `hwgen synth`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle; two with --compare
    #[arg(required = true, num_args = 1..=2, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,
    /// Put two bundles side by side
    #[arg(long)]
    compare: bool,
    #[command(flatten)]
    library: LibraryArgs,
    /// Only this module, with the parameters that the bundle gives it
    #[arg(long, value_name = "MODULE")]
    module: Option<String>,
    /// Parameter of --module instead of the bundle's
    #[arg(long = "param", value_name = "NAME=VALUE", requires = "module", value_parser = parameter)]
    parameters: Vec<(String, i64)>,
    #[command(flatten)]
    shape: Shape,
    /// Write the report as JSON, - for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Go on to a checked layout (osu018, with qflow) or to a bitstream (ecp5, ice40) of one module
    #[arg(long, conflicts_with = "compare")]
    pnr: bool,
    /// Folder for what --pnr makes
    #[arg(long, short, value_name = "DIR", default_value = "pnr")]
    out: PathBuf,
}

/// In how many pieces.
#[derive(Debug, clap::Args)]
struct Shape {
    /// Map large modules one by one and time the whole; the attention core always is, since no
    /// mapper takes it flattened
    #[arg(long, conflicts_with_all = ["flat", "pnr"])]
    hierarchical: bool,
    /// Leave out the tree, which needs a synthesis of its own
    #[arg(long)]
    flat: bool,
}

fn parameter(text: &str) -> Result<(String, i64), String> {
    let pair = text.split_once('=');
    let pair = pair.and_then(|(n, v)| Some((n.trim().to_owned(), v.trim().parse().ok()?)));
    pair.filter(|(n, _): &(String, i64)| {
        !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
    .ok_or_else(|| "must be NAME=NUMBER".to_owned())
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    if args.compare != (args.bundles.len() == 2) {
        return Err(Error::input(if args.compare {
            "--compare: needs two bundles"
        } else {
            "two bundles: pass --compare to put them side by side"
        }));
    }
    let bundles: Vec<Bundle> = args
        .bundles
        .iter()
        .map(|b| choose::open(b))
        .collect::<Result<_, _>>()?;
    stop::stop_flag();
    if args.pnr {
        let wish = Wish {
            module: args.module.as_deref(),
            parameters: &args.parameters,
            out: &args.out,
            json: args.json.as_deref(),
        };
        return pnr::run(&args.library, &bundles[0], &wish)
            .map_err(|e| choose::with_real_files(&bundles[0], e));
    }
    let flow = args.library.flow()?;
    if args.shape.hierarchical && !matches!(flow.target.kind, Kind::Cells(_)) {
        return Err(Error::input(format!(
            "--hierarchical: only for libraries of cells, not for {} (leave it out)",
            flow.target.name
        )));
    }
    let mut reports = Vec::new();
    for bundle in &bundles {
        let found = report(&flow, &args.library, bundle, args);
        reports.push(found.map_err(|e| choose::with_real_files(bundle, e))?);
    }
    if let Some(path) = &args.json {
        if args.compare {
            write_json(path, &reports)?;
        } else {
            write_json(path, &reports[0])?;
        }
        if path == Path::new("-") {
            return Ok(());
        }
    }
    if args.compare {
        print(&compared(&reports, &args.bundles))
    } else {
        print(&reports[0].text())
    }
}

fn report(
    flow: &Flow,
    library: &LibraryArgs,
    bundle: &Bundle,
    args: &Args,
) -> Result<Report, Error> {
    let units = match &args.module {
        Some(module) => {
            let mut units = flow.instances(bundle, bundle.manifest.suffix.plain(module))?;
            for unit in &mut units {
                unit.parameters.extend(args.parameters.iter().cloned());
            }
            units.dedup_by(|a, b| a.parameters == b.parameters);
            if units.is_empty() {
                return Err(Error::input(format!(
                    "--module {module}: its file is there, but no engine of {} instantiates it",
                    bundle.dir.display()
                )));
            }
            units
        }
        None => bundle
            .manifest
            .engines
            .iter()
            .map(|e| Unit::engine(bundle, e))
            .collect::<Result<_, _>>()?,
    };
    let mut modules = Vec::new();
    for unit in &units {
        stop::stopped()?;
        let mut found = flow.synthesise(unit, args.plan(flow, unit))?;
        if found.outputs + found.cells == 0 {
            return Err(Error::input(format!(
                "--module {}: has no outputs, so no hardware is left of it (it checks in \
                 simulation; name the module above it)",
                unit.module
            )));
        }
        let note = multipliers::note(&flow.target, bundle, unit, &found);
        found.notes.extend(note);
        modules.push(found);
    }
    Ok(library.report(flow, &bundle.manifest.name, modules))
}

impl Args {
    /// Says how `unit` is synthesised.
    fn plan(&self, flow: &Flow, unit: &Unit) -> Plan {
        let whole = self.module.is_none();
        if self.shape.hierarchical || (whole && too_large(flow, unit)) {
            Plan::Parts
        } else if self.shape.flat || self.compare {
            Plan::Flat
        } else {
            Plan::Tree
        }
    }
}

/// Tells whether an engine is of a size that no mapper takes flattened: the attention core, by its
/// number of files.
fn too_large(flow: &Flow, unit: &Unit) -> bool {
    matches!(flow.target.kind, Kind::Cells(_)) && unit.sources.len() > FLAT_FILES
}

#[cfg(test)]
mod tests {
    use super::*;
    use hwgen_bench::topk::emit_with;

    #[test]
    fn the_attention_core_alone_is_too_large() {
        let (_folder, bundle) = emit_with(&[]).expect("emits");
        let engines = bundle.manifest.engines.iter();
        let large = engines.filter(|e| e.sources.len() > FLAT_FILES);
        let names: Vec<&str> = large.map(|e| e.block.as_str()).collect();
        assert_eq!(names, ["attention"]);
    }
}
