// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer's jobs, or those of all layers of a model, on the simulated RTL.

use hwgen_golden::attention::cascade::CascadeParams;
use hwgen_golden::design::CascadeDesign;
use hwgen_verif::attention::{Memory, Played, run_watched};
use hwgen_verif::cascade::pair::{Place, Plan, run_layers};
use hwgen_verif::manifest::{Bundle, Engine};

use super::Layer;
use crate::error::Error;
use crate::simulation;

/// Runs layers that nothing connects; returns the cycles of each.
pub(crate) fn alone(
    bundle: &Bundle,
    engine: &Engine,
    layers: &[Layer<'_>],
    memory: Memory,
) -> Result<Vec<u64>, Error> {
    let lab = simulation::lab()?;
    let run = |layer: &Layer<'_>| {
        let jobs = &layer.jobs;
        let played = simulation::watched("heads", jobs.len(), |watch| {
            run_watched(&lab, bundle, engine, jobs, memory, false, watch)
        })?;
        Ok(cycles(&played))
    };
    layers.iter().map(run).collect()
}

/// Runs the layers of a model on the core and on the bundle's own cascade pruning, whose lists the
/// jobs run on; returns the cycles of each without pruning itself.
pub(crate) fn pruned(
    bundle: &Bundle,
    cascade: &CascadeDesign,
    schedule: CascadeParams,
    layers: &[Layer<'_>],
    memory: Memory,
) -> Result<Vec<u64>, Error> {
    let lab = simulation::lab()?;
    let sample = layers[0].sample;
    let (heads, most) = (
        sample.heads.len() as u32,
        cascade.params.importance.max_heads,
    );
    if heads > most {
        return Err(Error::input(format!(
            "{}: {heads} heads: the bundle prunes at most {most} (emit with --set \
             importance.max_heads={heads})",
            sample.label()
        )));
    }
    let plan = Plan {
        schedule,
        tokens: sample.tokens() as u32,
        heads,
        generated: 0,
        memory,
        half: false,
    };
    let all = layers.iter().map(|l| l.jobs.len()).sum();
    let played = simulation::watched("heads", all, |watch| {
        let jobs = |place: Place<'_>| layers[place.layer as usize].jobs.clone();
        run_layers(&lab, [bundle; 2], &plan, jobs, watch)
    })?;
    Ok(played.iter().map(|layer| cycles(&layer.played)).collect())
}

fn cycles(played: &Played) -> u64 {
    played.last_out - played.first_in + 1
}
