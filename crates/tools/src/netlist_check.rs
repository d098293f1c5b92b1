// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen verify --netlist`: the bench of an engine on what synthesis made of it.
//!
//! A module, or the whole top, is synthesised with every set of parameters that the engine gives it;
//! the netlists replace it in a derived bundle, which is verified like any bundle.

use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_verif::EngineReport;
use hwgen_verif::verify::Lab;
use serde::Serialize;

use crate::synth::flow::Flow;
use crate::synth::gates::{self, Gates};
use crate::synth::library::{LibraryArgs, LibraryOptions};
use crate::synth::target::Kind;
use crate::synth::unit::RAM;
use crate::synth::wrapper::wrapper;
use hwgen_bundle::derived::Derived;
use hwgen_bundle::file::File;
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_console::terminal::table;
use hwgen_verif::session::{self, Job};
use hwgen_verif::summary::{build_time, result};

/// Stands for every module below the top.
const ALL: &str = "all";

/// What to verify instead of the RTL.
#[derive(Debug, clap::Args)]
pub struct NetlistArgs {
    /// Verify the netlist for this target: osu018, ecp5, generic, or with --liberty any
    #[arg(long, value_name = "TARGET")]
    pub netlist: Option<String>,
    /// Only this module as a netlist, the rest as RTL; all: each module, one after the other
    #[arg(long, value_name = "MODULE", requires = "netlist")]
    module: Option<String>,
    #[command(flatten)]
    library: LibraryOptions,
}

/// The outcome for one netlist.
#[derive(Debug, Serialize)]
pub struct NetlistReport {
    /// Module that is cells; the rest is RTL.
    module: String,
    /// What it was synthesised for.
    target: String,
    /// Cells of all its netlists, without memories.
    cells: u64,
    /// Flip-flops and latches among them.
    registers: u64,
    /// Memories within the netlists, which stay RTL.
    memories: u64,
    /// Parameters of each netlist.
    netlists: Vec<std::collections::BTreeMap<String, i64>>,
    /// What the bench says.
    #[serde(flatten)]
    pub engine: EngineReport,
}

/// Target, library and tools, looked up once.
pub struct Netlists<'a> {
    args: &'a NetlistArgs,
    target: String,
    flow: Flow,
    models: Option<String>,
}

impl NetlistArgs {
    /// Looks up what `--netlist` needs; nothing if it is not asked for.
    pub fn open(&self) -> Result<Option<Netlists<'_>>, Error> {
        let Some(target) = &self.netlist else {
            let flags = self.library.flags();
            return match flags.first() {
                Some(flag) => Err(Error::input(format!(
                    "{flag}: is for a netlist (add --netlist TARGET)"
                ))),
                None => Ok(None),
            };
        };
        let library = LibraryArgs {
            route_minutes: None,
            target: target.clone(),
            flag: "--netlist",
            options: self.library.clone(),
        };
        stop::stop_flag();
        let flow = library.mapping()?;
        if matches!(flow.target.kind, Kind::Ice40) {
            return Err(Error::input(format!(
                "--netlist {target}: Verilator 5.006 cannot read Yosys' models of its cells (take \
                 ecp5 or generic)"
            )));
        }
        let models = flow.models()?;
        Ok(Some(Netlists {
            args: self,
            target: target.clone(),
            flow,
            models,
        }))
    }
}

impl Netlists<'_> {
    /// Says what is verified, for the head of a report.
    pub fn about(&self) -> String {
        format!(
            "netlist for {} by {}; memories ({RAM}) within it stay RTL\n",
            self.target, self.flow.yosys.version
        )
    }

    /// Chooses the modules of each engine that become netlists.
    pub fn choose<'b>(
        &self,
        bundle: &Bundle,
        engines: &[&'b Engine],
    ) -> Result<Vec<(&'b Engine, String)>, Error> {
        let mut out = Vec::new();
        let module = self.args.module.as_deref();
        let module = module.map(|m| bundle.manifest.suffix.plain(m));
        for &engine in engines {
            match module {
                None => out.push((engine, engine.top.clone())),
                Some(ALL) => out.extend(below(engine).map(|m| (engine, m.clone()))),
                Some(m) if m == engine.top || engine.hierarchy.iter().any(|h| h == m) => {
                    out.push((engine, m.to_owned()));
                }
                Some(_) => {}
            }
        }
        if let (true, Some(module)) = (out.is_empty(), &self.args.module) {
            let mut names: Vec<&str> = engines
                .iter()
                .flat_map(|e| e.hierarchy.iter().chain([&e.top]))
                .map(String::as_str)
                .collect();
            names.sort_unstable();
            names.dedup();
            return Err(Error::input(format!(
                "--module {module}: {} holds no such module (there are {ALL}, {})",
                bundle.dir.display(),
                names.join(", ")
            )));
        }
        Ok(out)
    }

    /// Verifies `engine` with `module` as a netlist. Nothing if there is nothing of it in hardware.
    pub fn verify(
        &self,
        lab: &Lab,
        bundle: &Bundle,
        (engine, module): (&Engine, &str),
        job: &Job,
    ) -> Result<Option<NetlistReport>, Error> {
        let units = self.flow.instances_in(bundle, engine, module)?;
        let mut all = Vec::new();
        for (n, unit) in units.iter().enumerate() {
            stop::stopped()?;
            let gates = self.flow.gates(unit, &format!("{module}_gates{n}"))?;
            let unknown = gates::without_model(&gates, self.models.as_deref());
            if !unknown.is_empty() {
                return Err(Error::input(format!(
                    "--netlist {}: {module} has cells without a model: {} (verify a module that \
                     has none of them)",
                    self.target,
                    unknown.join(", ")
                )));
            }
            all.push(gates);
        }
        let count = |of: &dyn Fn(&Gates) -> u64| all.iter().map(of).sum::<u64>();
        let (cells, memories) = (count(&|g| g.kinds.values().sum()), count(&|g| g.memories));
        if cells + memories == 0 {
            return match self.args.module.as_deref() {
                Some(ALL) => Ok(None),
                _ => Err(Error::input(format!(
                    "--module {module}: nothing of it is left in hardware, it only checks in \
                     simulation (name another module)"
                ))),
            };
        }
        let folder = tempfile::tempdir()
            .map_err(|e| Error::path(&std::env::temp_dir(), "make a folder in", &e))?;
        let derived = self
            .variant(bundle, engine, module, &all)?
            .write(folder.path())?;
        let report = session::verify(lab, &derived, &derived.manifest.engines[0], job)?;
        Ok(Some(NetlistReport {
            module: module.to_owned(),
            target: self.target.clone(),
            cells,
            registers: count(&|g| g.registers),
            memories,
            netlists: all.into_iter().map(|g| g.parameters).collect(),
            engine: report,
        }))
    }

    /// Derives the bundle in which `module` is what `gates` say.
    fn variant(
        &self,
        bundle: &Bundle,
        engine: &Engine,
        module: &str,
        gates: &[Gates],
    ) -> Result<Derived, Error> {
        let mut flags = vec![format!("--netlist {}", self.target)];
        if self.args.module.is_some() {
            flags.push(format!("--module {module}"));
        }
        flags.extend(self.args.library.flags());
        let what = format!("netlist of {module} on {}", self.target);
        let mut variant = Derived::of(bundle, &what, &flags.join(" "))?;
        variant.only(&engine.top);
        let text = variant.text(module).unwrap_or_default();
        let wrapper = wrapper(module, text, gates)?;
        let mut files = Vec::new();
        if let Some(models) = &self.models {
            files.push(File::new("hwgen_cells.v", models.as_str()));
        }
        let netlist = |g: &Gates| File::new(format!("{}.v", g.name), g.verilog.as_str());
        files.extend(gates.iter().map(netlist));
        files.push(File::new(format!("{module}.sv"), wrapper));
        variant.replace_module(module, &files)?;
        Ok(variant)
    }
}

/// Lists the modules below the top of an engine, those that stay apart from it in source order.
fn below(engine: &Engine) -> impl Iterator<Item = &String> {
    let top = [&engine.top, &engine.module];
    engine.hierarchy.iter().filter(move |m| !top.contains(m))
}

/// Returns a table of one line a netlist.
pub fn summary(reports: &[NetlistReport]) -> String {
    let head = [
        "engine",
        "module",
        "cells",
        "registers",
        "cases",
        "cycles",
        "build s",
        "run s",
        "result",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for r in reports {
        let e = &r.engine;
        rows.push(vec![
            format!("{} {}", e.block, e.variant),
            r.module.clone(),
            r.cells.to_string(),
            r.registers.to_string(),
            e.cases.to_string(),
            e.cycles.to_string(),
            build_time(e),
            format!("{:.1}", e.run_seconds),
            result(e).to_owned(),
        ]);
    }
    table(&rows)
}
