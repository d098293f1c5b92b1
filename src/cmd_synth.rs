// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen synth`: area, speed and critical path of a bundle's RTL.

use std::path::{Path, PathBuf};

use hwgen_bundle::cache::Cache;
use hwgen_bundle::manifest::Bundle;

use crate::cmd_pnr::{self, Wish};
use crate::synth::compare::compared;
use crate::synth::flow::Flow;
use crate::synth::liberty::Liberty;
use crate::synth::nextpnr::Nextpnr;
use crate::synth::report::Report;
use crate::synth::target::{self, Kind, Target};
use crate::synth::timing::Sta;
use crate::synth::unit::Unit;
use crate::synth::yosys::{Choice, Yosys};
use hwgen_bundle::choose;
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_console::terminal::{print, write_json};

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

/// For what, and with what.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LibraryArgs {
    /// osu018, sky130hd, sg13g2, gf180, asap7, ecp5, ice40, generic, or a name for --liberty
    #[arg(long, default_value = "osu018", value_name = "NAME")]
    pub(crate) target: String,
    /// Flag that names the target, for messages
    #[arg(skip = "--target")]
    pub(crate) flag: &'static str,
    /// Leave an engine to its cells if placing and routing it takes longer (ecp5, ice40)
    #[arg(long, value_name = "MINUTES", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) route_minutes: Option<u64>,
    #[command(flatten)]
    pub(crate) options: LibraryOptions,
}

/// With what; the same for every command that synthesises.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LibraryOptions {
    /// Clock period to aim at, in ns
    #[arg(long, value_name = "NS", value_parser = positive)]
    period: Option<f64>,
    /// Liberty file of the target, plain or .gz; once for each file
    #[arg(long, value_name = "FILE")]
    liberty: Vec<PathBuf>,
    /// Cell that drives the inputs
    #[arg(long, value_name = "CELL")]
    driving_cell: Option<String>,
    /// Load of each output in fF
    #[arg(long, value_name = "FF", value_parser = positive)]
    load: Option<f64>,
    /// Kogge-Stone adders: faster and larger than those of Brent and Kung (Yosys newer than 0.23)
    #[arg(long)]
    fast_adders: bool,
    /// Which Yosys
    #[arg(long, value_enum, default_value_t = Choice::Auto)]
    yosys: Choice,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("must be a number above 0".to_owned()),
    }
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
        return cmd_pnr::run(&args.library, &bundles[0], &wish)
            .map_err(|e| choose::with_real_files(&bundles[0], e));
    }
    let tree = !args.shape.flat && !args.compare && !args.shape.hierarchical;
    let mut flow = args.library.flow(tree)?;
    if args.shape.hierarchical && !matches!(flow.target.kind, Kind::Cells(_)) {
        return Err(Error::input(format!(
            "--hierarchical: only for libraries of cells, not for {} (leave it out)",
            flow.target.name
        )));
    }
    let mut reports = Vec::new();
    for bundle in &bundles {
        let found = report(&mut flow, &args.library, bundle, args);
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
    flow: &mut Flow,
    library: &LibraryArgs,
    bundle: &Bundle,
    args: &Args,
) -> Result<Report, Error> {
    flow.parts = args.shape.hierarchical;
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
    let (tree, asked) = (flow.tree, flow.parts);
    let mut modules = Vec::new();
    for unit in &units {
        stop::stopped()?;
        flow.parts = asked || (args.module.is_none() && too_large(flow, unit));
        flow.tree = tree && !flow.parts;
        let found = flow.synthesise(unit)?;
        if found.outputs + found.cells == 0 {
            return Err(Error::input(format!(
                "--module {}: has no outputs, so no hardware is left of it (it checks in \
                 simulation; name the module above it)",
                unit.module
            )));
        }
        modules.push(found);
    }
    flow.tree = tree;
    Ok(library.report(flow, &bundle.manifest.name, modules))
}

/// Tells whether an engine is of a size that no mapper takes flattened: the attention core, by its
/// number of files.
fn too_large(flow: &Flow, unit: &Unit) -> bool {
    matches!(flow.target.kind, Kind::Cells(_)) && unit.sources.len() > FLAT_FILES
}

impl LibraryArgs {
    /// Finds tools and library.
    pub(crate) fn flow(&self, tree: bool) -> Result<Flow, Error> {
        let mut flow = self.mapping()?;
        if let Kind::Cells(_) = &flow.target.kind {
            flow.sta = Some(Sta::find()?);
        }
        if self.route_minutes.is_some() && !flow.target.has_memories() {
            return Err(Error::input(format!(
                "--route-minutes: only ecp5 and ice40 are routed, not {} (leave it out)",
                flow.target.name
            )));
        }
        flow.nextpnr = Nextpnr::find(&flow.target.kind);
        if let Some(tool) = &mut flow.nextpnr {
            let seconds = self.route_minutes.map(|m| m * 60);
            tool.limit = seconds.map(std::time::Duration::from_secs);
        }
        flow.tree = tree;
        Ok(flow)
    }

    /// Finds what makes netlists: no tool that times or routes them.
    pub(crate) fn mapping(&self) -> Result<Flow, Error> {
        let mut target = self.target()?;
        if let Kind::Cells(cells) = &mut target.kind {
            if let Some(cell) = &self.options.driving_cell {
                cells.driving_cell.clone_from(cell);
            }
            cells.load_ff = self.options.load.unwrap_or(cells.load_ff);
        }
        let yosys = Yosys::find(self.options.yosys)?;
        let mut liberty = None;
        if let Kind::Cells(cells) = &target.kind {
            let files = self.files(&target)?;
            let library = Liberty::read(&files, cells.dont_use)?;
            if !library.cells.contains_key(&cells.driving_cell) {
                return Err(Error::input(format!(
                    "--driving-cell {}: not among the {} cells of the library (name an inverter of \
                     middling strength)",
                    cells.driving_cell,
                    library.cells.len()
                )));
            }
            liberty = Some(library);
        } else if !self.options.liberty.is_empty() {
            let name = &target.name;
            return Err(Error::input(format!("--liberty: target {name} takes none")));
        }
        Ok(Flow {
            period_ns: self.options.period.unwrap_or(target.period_ns),
            target,
            yosys,
            sta: None,
            nextpnr: None,
            liberty,
            tree: false,
            fast_adders: self.options.fast_adders,
            parts: false,
            cache: Cache::open().map_err(Error::from)?,
        })
    }

    fn target(&self) -> Result<Target, Error> {
        let (name, flag) = (&self.target, self.flag);
        if let Some(target) = target::find(name) {
            return Ok(target);
        }
        if let (false, Some(cell)) = (self.options.liberty.is_empty(), &self.options.driving_cell) {
            return Ok(target::foreign(name, cell));
        }
        let names: Vec<String> = target::all().into_iter().map(|t| t.name).collect();
        Err(Error::input(format!(
            "{flag} {name}: there are {} (any other needs --liberty and --driving-cell)",
            names.join(", ")
        )))
    }

    fn files(&self, target: &Target) -> Result<Vec<PathBuf>, Error> {
        if !self.options.liberty.is_empty() {
            return Ok(self.options.liberty.clone());
        }
        let Kind::Cells(cells) = &target.kind else {
            return Ok(Vec::new());
        };
        let installed: Vec<PathBuf> = cells.installed.iter().map(PathBuf::from).collect();
        if !installed.is_empty() && installed.iter().all(|p| p.is_file()) {
            return Ok(installed);
        }
        Err(Error::input(format!(
            "target {}: pass its liberty with --liberty FILE: {}",
            target.name, cells.published
        )))
    }

    /// Puts results under the name of `what`.
    pub(crate) fn report(
        &self,
        flow: &Flow,
        what: &str,
        modules: Vec<crate::synth::report::Found>,
    ) -> Report {
        let files = self.files(&flow.target).unwrap_or_default();
        let name = |p: &PathBuf| p.file_name().map(|n| n.to_string_lossy().into_owned());
        Report {
            bundle: what.to_owned(),
            target: format!("{} ({})", flow.target.name, flow.target.about),
            period_ns: flow.period_ns,
            tools: flow.tools(),
            libraries: files.iter().filter_map(name).collect(),
            modules,
        }
    }
}

impl LibraryOptions {
    /// Spells those that are set as the command line takes them.
    pub(crate) fn flags(&self) -> Vec<String> {
        let file = |p: &PathBuf| format!("--liberty {}", p.display());
        let mut out: Vec<String> = self.liberty.iter().map(file).collect();
        out.extend(
            self.driving_cell
                .iter()
                .map(|c| format!("--driving-cell {c}")),
        );
        out.extend(self.load.map(|l| format!("--load {l}")));
        out.extend(self.period.map(|p| format!("--period {p}")));
        out.extend(self.fast_adders.then(|| "--fast-adders".to_owned()));
        if self.yosys != Choice::Auto
            && let Some(choice) = clap::ValueEnum::to_possible_value(&self.yosys)
        {
            out.push(format!("--yosys {}", choice.get_name()));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::topk::emit_with;

    #[test]
    fn the_attention_core_alone_is_too_large() {
        let (_folder, bundle) = emit_with(&[]).expect("emits");
        let engines = bundle.manifest.engines.iter();
        let large = engines.filter(|e| e.sources.len() > FLAT_FILES);
        let names: Vec<&str> = large.map(|e| e.block.as_str()).collect();
        assert_eq!(names, ["attention"]);
    }
}
