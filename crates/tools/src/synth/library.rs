// SPDX-License-Identifier: MIT OR Apache-2.0
//! For what a synthesis is, and with what: arguments that every command which synthesises has.

use std::path::PathBuf;

use hwgen_bundle::cache::Cache;
use hwgen_console::error::Error;

use super::flow::Flow;
use super::liberty::Liberty;
use super::nextpnr::Nextpnr;
use super::report::{Found, Report};
use super::target::{self, Kind, Target};
use super::timing::Sta;
use super::yosys::{Choice, Yosys};

/// For what, and with what.
#[derive(Debug, Clone, clap::Args)]
pub struct LibraryArgs {
    /// osu018, sky130hd, sg13g2, gf180, asap7, ecp5, ice40, generic, or a name for --liberty
    #[arg(long, default_value = "osu018", value_name = "NAME")]
    pub target: String,
    /// Flag that names the target, for messages
    #[arg(skip = "--target")]
    pub flag: &'static str,
    /// Leave an engine to its cells if placing and routing it takes longer (ecp5, ice40)
    #[arg(long, value_name = "MINUTES", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub route_minutes: Option<u64>,
    #[command(flatten)]
    pub(crate) options: LibraryOptions,
}

/// With what; the same for every command that synthesises.
#[derive(Debug, Clone, clap::Args)]
pub struct LibraryOptions {
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

impl LibraryArgs {
    /// Finds tools and library.
    pub fn flow(&self) -> Result<Flow, Error> {
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
        Ok(flow)
    }

    /// Finds what makes netlists: no tool that times or routes them.
    pub fn mapping(&self) -> Result<Flow, Error> {
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
            fast_adders: self.options.fast_adders,
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
    pub fn report(&self, flow: &Flow, what: &str, modules: Vec<Found>) -> Report {
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
    pub fn flags(&self) -> Vec<String> {
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
