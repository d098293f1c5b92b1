// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mutation testing: does the bench of a bundle notice small changes of its RTL?
//!
//! Yosys puts many mutants of one module into one netlist behind a select, which is built once with
//! the rest of the bundle as it is; the bench then runs on each. What survives is compared with the
//! original by proof.

mod header;
mod mutation;
mod prove;
pub(crate) mod report;
mod rig;
mod script;

use std::time::Duration;

use hwgen_verif::manifest::{Bundle, Engine};
use hwgen_verif::mutants::MutantOptions;
use hwgen_verif::verify::Lab;
use indicatif::{ProgressBar, ProgressStyle};
use tempfile::TempDir;

use crate::error::Error;
use crate::mutate::mutation::Mutation;
use crate::mutate::report::{Mutant, Report};
use crate::mutate::rig::{PORT, Target};
use crate::simulation;
use crate::synth::flow::{write, write_sources};
use crate::synth::netlist::Netlist;
use crate::synth::unit::Unit;
use crate::synth::yosys::Yosys;

/// What to mutate and how to look at it.
pub(crate) struct Request<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) engine: &'a Engine,
    /// Module to mutate.
    pub(crate) module: &'a str,
    pub(crate) count: u64,
    pub(crate) seed: u64,
    pub(crate) cases: u64,
    /// Time for the proof of each survivor; none to leave it out.
    pub(crate) prove: Option<Duration>,
    /// Proofs at a time; none for as many as there are processors.
    pub(crate) jobs: Option<usize>,
}

/// Mutates, runs and proves.
pub(crate) fn run(request: &Request<'_>, yosys: &Yosys, lab: &Lab) -> Result<Report, Error> {
    let Request {
        bundle,
        engine,
        module,
        ..
    } = request;
    simulation::stop_flag();
    let bar = bar(request);
    bar.set_message("mutating");
    let folder = TempDir::new().map_err(|e| Error::path(&std::env::temp_dir(), "write", &e))?;
    let dir = folder.path();
    let unit = Unit::engine(bundle, engine)?;
    write_sources(dir, &unit)?;
    write(dir, "elaborate.ys", &script::elaborate(&unit))?;
    yosys.run(dir, "elaborate.ys")?;
    let target = Target::new(engine, module, Netlist::read(dir, script::ELABORATED)?);
    if target.sets.is_empty() {
        return Err(Error::input(format!(
            "--block {module}: the {} engine holds no instance of it with these parameters",
            engine.variant
        )));
    }
    let width = 64 - request.count.leading_zeros();
    let seed = (request.seed % (1 << 31)) as u32;
    let text = script::mutate(&target.sets, request.count, seed, PORT, width);
    write(dir, "mutate.ys", &text)?;
    yosys.run(dir, "mutate.ys")?;
    let mutations = list(dir)?;
    if mutations.is_empty() {
        return Err(Error::input(format!(
            "--block {module}: holds nothing to mutate (its checks are for simulation only)"
        )));
    }
    let netlists = read(dir, script::MUTANTS)?;
    let place = dir.join("bundle");
    std::fs::create_dir(&place).map_err(|e| Error::path(&place, "make", &e))?;
    let (derived, device) = target.rig(bundle, &netlists, &mutations, width, &place)?;
    bar.set_message("building");
    bar.set_length(mutations.len() as u64);
    let runs = lab.mutants(
        engine,
        &derived,
        &device,
        &MutantOptions {
            cases: request.cases,
            seed: request.seed,
            port: PORT,
            count: mutations.len() as u64,
            progress: &|done, _, _| {
                bar.set_message("running");
                bar.set_position(done);
            },
            stop: simulation::stop_flag(),
        },
    );
    let runs = runs.map_err(simulation::error)?;
    if let Some(fault) = runs.baseline {
        bar.finish_and_clear();
        return Err(Error::Check(vec![format!(
            "{module}: the {} engine fails without any mutation, so nothing can be said of mutants \
             ({fault}); see what hwgen verify {} says",
            engine.variant,
            bundle.dir.display()
        )]));
    }
    let mut mutants: Vec<Mutant> = mutations
        .iter()
        .zip(&runs.noticed)
        .map(|(m, fault)| {
            let line = unit.line(&m.place).to_owned();
            Mutant::new(m, line, target.parameters(&m.module), fault.as_ref())
        })
        .collect();
    if let Some(limit) = request.prove {
        let prover = prove::Prover {
            yosys,
            dir,
            limit,
            jobs: request.jobs,
            target: &target,
            bar: &bar,
        };
        classify(&prover, &mutations, &mut mutants)?;
    }
    bar.finish_and_clear();
    Ok(Report {
        bundle: bundle.manifest.name.clone(),
        block: (*module).to_owned(),
        engine: format!("{} {}", engine.block, engine.variant),
        parameter_sets: target.sets.len(),
        seed: request.seed,
        cases: request.cases,
        yosys: yosys.version.clone(),
        build_seconds: runs.build_seconds,
        run_seconds: runs.run_seconds,
        mutants,
    })
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
    for (number, class) in prover.classify(&survivors)? {
        mutants[number as usize - 1].class = Some(class);
    }
    Ok(())
}

fn list(dir: &std::path::Path) -> Result<Vec<Mutation>, Error> {
    let text = read(dir, script::LIST)?;
    Mutation::list(&text).ok_or_else(|| {
        Error::Tool(format!(
            "yosys left a list of mutations that is none: {text}"
        ))
    })
}

fn read(dir: &std::path::Path, name: &str) -> Result<String, Error> {
    std::fs::read_to_string(dir.join(name))
        .map_err(|e| Error::Tool(format!("yosys left no {name} ({e})")))
}

fn bar(request: &Request<'_>) -> ProgressBar {
    let bar = ProgressBar::new(request.count);
    let style = ProgressStyle::with_template("{prefix} {msg} {wide_bar} {pos}/{len} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_prefix(request.module.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
