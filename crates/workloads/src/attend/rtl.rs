// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer's jobs, or those of all layers of a model, on the simulated RTL.

use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_golden::attention::cascade::CascadeParams;
use hwgen_verif::attention::{Memory, run_watched};
use hwgen_verif::cascade::pair::{Place, Plan, run_layers};
use hwgen_verif::verify::Lab;

use super::Layer;
use super::stack::Pruning;
use crate::samples::Sample;
use hwgen_console::error::Error;
use hwgen_generate::advice;
use hwgen_verif::session;

/// Runs layers and returns the cycles of each: on the bundle's own cascade pruning, too, where there
/// is a schedule for it.
pub fn cycles(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    schedule: Option<CascadeParams>,
    layers: &[Layer<'_>],
    memory: Memory,
) -> Result<Vec<u64>, Error> {
    match schedule {
        Some(schedule) => pruned(lab, bundle, schedule, layers, memory),
        None => alone(lab, bundle, engine, layers, memory),
    }
}

/// Runs layers that nothing connects.
fn alone(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    layers: &[Layer<'_>],
    memory: Memory,
) -> Result<Vec<u64>, Error> {
    let run = |layer: &Layer<'_>| {
        let jobs = &layer.jobs;
        let played = session::watched("heads", jobs.len(), |watch| {
            run_watched(lab, bundle, engine, jobs, memory, false, watch)
        })?;
        Ok(played.cycles())
    };
    layers.iter().map(run).collect()
}

/// Says why the bundle's own cascade pruning cannot take a sample, if it cannot.
pub fn check(sample: &Sample, cascade: &Pruning) -> Result<(), Error> {
    let (heads, most) = (sample.heads.len(), cascade.hardware.importance.max_heads);
    if heads <= most as usize {
        return Ok(());
    }
    Err(Error::input(format!(
        "{}: {heads} heads: the bundle prunes at most {most} ({})",
        sample.label(),
        advice::heads(heads)
    )))
}

/// Runs the layers of a model on the core and on the bundle's own cascade pruning, whose lists the
/// jobs run on; pruning itself does not count.
fn pruned(
    lab: &Lab,
    bundle: &Bundle,
    schedule: CascadeParams,
    layers: &[Layer<'_>],
    memory: Memory,
) -> Result<Vec<u64>, Error> {
    let sample = layers[0].sample;
    let plan = Plan {
        schedule,
        tokens: sample.tokens() as u32,
        heads: sample.heads.len() as u32,
        generated: 0,
        memory,
        half: false,
    };
    let all = layers.iter().map(|l| l.jobs.len()).sum();
    let played = session::watched("heads", all, |watch| {
        let jobs = |place: Place<'_>| layers[place.layer as usize].jobs.clone();
        run_layers(lab, [bundle; 2], &plan, jobs, watch)
    })?;
    Ok(played.iter().map(|layer| layer.played.cycles()).collect())
}
