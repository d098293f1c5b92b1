// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mutation testing: does the bench of a bundle notice small changes of its RTL?
//!
//! Yosys puts many mutants of a module into one netlist behind a select, which is built once with
//! the rest of the bundle as it is, perhaps together with those of other modules; the bench then
//! runs on each. What survives is compared with the original by proof.

mod header;
mod mutation;
mod prove;
pub mod report;
mod rig;
mod script;

use std::path::Path;
use std::time::Duration;

use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_console::progress::{COUNTED, shown};
use hwgen_verif::mutants::MutantOptions;
use hwgen_verif::verify::Lab;
use indicatif::ProgressBar;
use tempfile::TempDir;

use crate::mutate::mutation::Mutation;
use crate::mutate::report::{Mutant, Report};
use crate::mutate::rig::{PORT, Part, Target, rig};
use crate::synth::flow::{write, write_sources};
use crate::synth::netlist::Netlist;
use crate::synth::unit::Unit;
use crate::synth::yosys::Yosys;
use hwgen_console::error::Error;
use hwgen_console::stop;

/// What to mutate and how to look at it.
pub struct Request<'a> {
    /// Bundle whose RTL is mutated.
    pub bundle: &'a Bundle,
    /// Engine whose bench looks at the mutants.
    pub engine: &'a Engine,
    /// Modules to mutate, in one build.
    pub modules: &'a [&'a str],
    /// Mutants of each.
    pub count: u64,
    /// Seed of the mutations and of the bench.
    pub seed: u64,
    /// Transactions that each mutant meets.
    pub cases: u64,
    /// Time for the proof of each survivor; none to leave it out.
    pub prove: Option<Duration>,
    /// Proofs at a time; none for as many as there are processors.
    pub jobs: Option<usize>,
}

/// Mutates, runs and proves; returns a report for each module.
pub fn run(request: &Request<'_>, yosys: &Yosys, lab: &Lab) -> Result<Vec<Report>, Error> {
    let Request { bundle, engine, .. } = request;
    stop::stop_flag();
    let bar = bar(request);
    bar.set_message("mutating");
    let folder = TempDir::new().map_err(|e| Error::path(&std::env::temp_dir(), "write", &e))?;
    let dir = folder.path();
    let unit = Unit::engine(bundle, engine)?;
    write_sources(dir, &unit)?;
    write(dir, "elaborate.ys", &script::elaborate(&unit))?;
    yosys.run(dir, "elaborate.ys")?;
    let elaborated = Netlist::read(dir, script::ELABORATED)?;
    let all = request.count * request.modules.len() as u64;
    let width = 64 - all.leading_zeros();
    let mut parts: Vec<Part<'_>> = Vec::new();
    for module in request.modules {
        let before: usize = parts.iter().map(|p| p.mutations.len()).sum();
        let numbers = (width, before as u64 + 1);
        parts.push(part(request, yosys, dir, &elaborated, module, numbers)?);
    }
    let place = dir.join("bundle");
    make(&place)?;
    let (derived, device) = rig(bundle, engine, &parts, width, &place)?;
    let count = parts.iter().map(|p| p.mutations.len() as u64).sum();
    bar.set_message("building");
    bar.set_length(count);
    let runs = lab.mutants(
        engine,
        &derived,
        &device,
        &MutantOptions {
            cases: request.cases,
            seed: request.seed,
            port: PORT,
            count,
            progress: &|done, _, _| {
                bar.set_message("running");
                bar.set_position(done);
            },
            stop: stop::stop_flag(),
        },
    );
    let runs = runs.map_err(Error::from)?;
    if let Some(fault) = runs.baseline {
        bar.finish_and_clear();
        return Err(Error::Check(vec![format!(
            "{}: the {} engine fails without any mutation, so nothing can be said of mutants \
             ({fault}); see what hwgen verify {} says",
            request.modules.join(", "),
            engine.variant,
            bundle.dir.display()
        )]));
    }
    let mut faults = runs.noticed.iter();
    let mut reports = Vec::new();
    for part in &parts {
        let target = &part.target;
        let mut mutants: Vec<Mutant> = part
            .mutations
            .iter()
            .zip(faults.by_ref())
            .map(|(m, fault)| {
                let line = unit.line(&m.place).to_owned();
                Mutant::new(m, line, target.parameters(&m.module), fault.as_ref())
            })
            .collect();
        if let Some(limit) = request.prove {
            let prover = prove::Prover {
                yosys,
                dir: &dir.join(target.module),
                limit,
                jobs: request.jobs,
                target,
                bar: &bar,
            };
            classify(&prover, &part.mutations, &mut mutants)?;
        }
        reports.push(Report {
            bundle: bundle.manifest.name.clone(),
            block: target.module.to_owned(),
            engine: format!("{} {}", engine.block, engine.variant),
            parameter_sets: target.sets.len(),
            seed: request.seed,
            cases: request.cases,
            yosys: yosys.version.clone(),
            build_seconds: runs.build_seconds,
            run_seconds: runs.run_seconds,
            mutants,
        });
    }
    bar.finish_and_clear();
    Ok(reports)
}

/// Mutates one module, in a folder of its own below `dir`; `numbers` are the bits of a mutant's
/// number and the first of them.
fn part<'a>(
    request: &Request<'a>,
    yosys: &Yosys,
    dir: &Path,
    elaborated: &'a Netlist,
    module: &'a str,
    numbers: (u32, u64),
) -> Result<Part<'a>, Error> {
    let target = Target::new(module, elaborated);
    if target.sets.is_empty() {
        return Err(Error::input(format!(
            "--block {module}: the {} engine holds no instance of it with these parameters",
            request.engine.variant
        )));
    }
    let here = dir.join(module);
    make(&here)?;
    let (from, to) = (dir.join(script::SAVED), here.join(script::SAVED));
    std::fs::hard_link(&from, &to)
        .or_else(|_| std::fs::copy(&from, &to).map(drop))
        .map_err(|e| Error::path(&to, "write", &e))?;
    let seed = (request.seed % (1 << 31)) as u32;
    let text = script::mutate(&target.sets, request.count, seed, PORT, numbers);
    write(&here, "mutate.ys", &text)?;
    yosys.run(&here, "mutate.ys")?;
    let mutations = list(&here)?;
    if mutations.is_empty() {
        return Err(Error::input(format!(
            "--block {module}: holds nothing to mutate (its checks are for simulation only)"
        )));
    }
    Ok(Part {
        target,
        mutations,
        netlists: read(&here, script::MUTANTS)?,
    })
}

fn make(dir: &Path) -> Result<(), Error> {
    std::fs::create_dir(dir).map_err(|e| Error::path(dir, "make", &e))
}

/// Notes what a proof says of each survivor.
fn classify(
    prover: &prove::Prover<'_>,
    mutations: &[Mutation],
    mutants: &mut [Mutant],
) -> Result<(), Error> {
    let survivors: Vec<&Mutation> = mutations
        .iter()
        .zip(mutants.iter())
        .filter_map(|(m, mutant)| mutant.noticed.is_none().then_some(m))
        .collect();
    let first = mutations.first().map_or(1, |m| m.number);
    for (number, class) in prover.classify(&survivors)? {
        mutants[(number - first) as usize].class = Some(class);
    }
    Ok(())
}

fn list(dir: &Path) -> Result<Vec<Mutation>, Error> {
    let text = read(dir, script::LIST)?;
    Mutation::list(&text).ok_or_else(|| {
        Error::Tool(format!(
            "yosys left a list of mutations that is none: {text}"
        ))
    })
}

fn read(dir: &Path, name: &str) -> Result<String, Error> {
    std::fs::read_to_string(dir.join(name))
        .map_err(|e| Error::Tool(format!("yosys left no {name} ({e})")))
}

fn bar(request: &Request<'_>) -> ProgressBar {
    let bar = ProgressBar::new(request.count * request.modules.len() as u64);
    let prefix = match request.modules {
        [one] => (*one).to_owned(),
        several => format!("{} modules", several.len()),
    };
    shown(bar, COUNTED, prefix)
}
