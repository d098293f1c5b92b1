// SPDX-License-Identifier: MIT OR Apache-2.0
//! The attention core and cascade pruning together: a model's layers, one after the other.
//!
//! Both devices live through the whole run. What the core says of a layer (rows of probabilities,
//! outputs) goes into cascade pruning word by word, and the lists that come out of it are what the
//! core's next jobs run on. Every word of both is compared with the golden models, and the core's
//! request port is held to the lists.

use std::collections::BTreeSet;

use hwgen_golden::attention::{AttentionParams, run_job};
use hwgen_golden::cascade::{Cascade, CascadeParams};

use super::STREAMS;
use super::bench::CascadeBench;
use super::play::{CascadePlayer, Traffic};
use crate::benches::attention::bench::{AttentionBench, Core};
use crate::benches::attention::{Beats, LiveJob, Memory, Played};
use crate::kit::{End, Lab, Session, Stall};
use crate::report::Fault;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_sim::dut::Dut;
use hwgen_sim::model::Wave;

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How much survives in which layer.
    pub schedule: CascadeParams,
    /// Tokens at the start.
    pub tokens: u32,
    /// Heads of a layer.
    pub heads: u32,
    /// Tokens that are generated after them, each a walk through all layers.
    pub generated: u32,
    /// The memory behind the core.
    pub memory: Memory,
    /// Whether every stream stalls at random in half of all cycles.
    pub half: bool,
}

/// A layer, as it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Tokens generated before it.
    pub step: u32,
    /// Number of the layer.
    pub layer: u32,
    /// Surviving tokens.
    pub tokens: &'a [u32],
    /// Surviving heads.
    pub heads: &'a [u32],
}

/// A layer, as it was run.
#[derive(Debug, Clone)]
pub struct Layer {
    /// Surviving tokens, as cascade pruning said.
    pub tokens: Vec<u32>,
    /// Surviving heads.
    pub heads: Vec<u32>,
    /// What came out of the core.
    pub played: Played,
    /// Cycles from the first beat of the layer before to the end of the command's answer.
    pub prune_cycles: u64,
}

/// Adds what the golden core says of `job` to the schedule's model and to that of the hardware.
fn observe(
    core: &AttentionParams,
    job: &LiveJob,
    cascade: &mut Cascade,
    player: &mut CascadePlayer,
) {
    let (bias, list) = (job.bias.as_deref(), job.list.as_deref());
    let result = run_job(core, &job.job, &job.queries, &job.k, &job.v, bias, list);
    cascade.observe(job.job.head, &result);
    if let Some(survivors) = player.model.survivors_mut() {
        for probs in &result.probs {
            survivors.add_probs(probs);
        }
        for output in &result.outputs {
            survivors.add_output(job.job.head, output);
        }
    }
}

/// Runs the layers of a model on the core and the cascade pruning of `bundles`, one bundle of both
/// or one of each that fit each other; `jobs` makes those of a layer, for its surviving heads, over
/// its surviving tokens. Their lists are filled in here.
///
/// # Errors
/// Says which device went wrong, where and how, or what stopped the run.
// One layer after the other: there is nothing to take out of it.
#[allow(clippy::too_many_lines)]
pub fn run_layers(
    lab: &Lab,
    bundles: [&Bundle; 2],
    plan: &Plan,
    mut jobs: impl FnMut(Place) -> Vec<LiveJob>,
    watch: &mut dyn FnMut(usize) -> bool,
) -> Result<Vec<Layer>, VerifyError> {
    let (core, pruning) = (
        engine(bundles[0], "attention")?,
        engine(bundles[1], "cascade")?,
    );
    let (core_bench, bench) = (AttentionBench::new(core)?, CascadeBench::new(pruning)?);
    let (core_params, sums) = (&core_bench.params, &bench.params.importance);
    let shape = (sums.d_head, sums.tokens(), sums.max_tokens);
    if shape
        != (
            core_params.d_head,
            core_params.tokens(),
            core_params.max_tokens,
        )
    {
        return Err(pruning.refused("its rows are not those of the core".to_owned()));
    }
    let blame = |engine: &Engine| {
        let engine = engine.top.clone();
        move |fault: Fault| VerifyError::Misbehaved {
            engine,
            failure: fault.to_string(),
        }
    };
    let core_model = lab.model(bundles[0], core, Wave::Off)?;
    let model = lab.model(bundles[1], pruning, Wave::Off)?;
    let mut core_dut = Dut::open(&core_model, 1)?;
    let mut dut = Dut::open(&model, 2)?;
    let stalls = if plan.half {
        Stall::half(STREAMS)
    } else {
        vec![Stall::NONE; STREAMS]
    };
    let player = CascadePlayer::new(&bench.params, &dut, stalls, &[]);
    let mut session = Session::new(&mut dut, 3, player);
    session.power_up().map_err(blame(pruning))?;
    let mut core_runs = Core::new(core_params, &mut core_dut, plan.memory, plan.half);
    let mut cascade = Cascade::new(plan.schedule.clone(), plan.tokens, plan.heads);
    let (mut out, mut done) = (Vec::new(), 0);
    for step in 0..=plan.generated {
        for layer in 0..plan.schedule.layers() {
            if layer > 0 {
                cascade.next_layer();
            } else if step > 0 {
                cascade.next_token();
            }
            let before = session.io.cycle();
            session.player.command = Some(cascade.command());
            session
                .until(|p| p.command.is_none() && p.settled())
                .map_err(blame(pruning))?;
            let prune_cycles = session.io.cycle() - before;
            let [tokens, heads] = std::mem::take(&mut session.player.said);
            let wrong = |failure: String| pruning.misbehaved(format!("layer {layer}: {failure}"));
            if (&tokens[..], &heads[..]) != (cascade.tokens(), cascade.heads()) {
                return Err(wrong(
                    "other survivors than the schedule's model".to_owned(),
                ));
            }
            let place = Place {
                step,
                layer,
                tokens: &tokens,
                heads: &heads,
            };
            let mut live = jobs(place);
            for job in &mut live {
                job.job.list = true;
                job.job.keys = tokens.len() as u32;
                job.list = Some(tokens.clone());
            }
            let mut played = Played {
                beats: Some(Beats::default()),
                ..Played::default()
            };
            let mut count = |left: usize| watch(done + left);
            let end = core_runs.play(&live, &mut played, &mut count);
            if matches!(end.map_err(blame(core))?, End::Stopped) {
                return Err(VerifyError::Stopped);
            }
            done += live.len();
            let beats = played.beats.take().unwrap_or_default();
            spared(&beats.requested, &tokens, &heads).map_err(|failure| {
                VerifyError::Misbehaved {
                    engine: core.top.clone(),
                    failure: format!("layer {layer}: {failure}"),
                }
            })?;
            for job in &live {
                observe(core_params, job, &mut cascade, &mut session.player);
            }
            session.player.traffic = Traffic {
                rows: beats.rows.into(),
                outputs: beats.outputs.into(),
            };
            out.push(Layer {
                tokens,
                heads,
                played,
                prune_cycles,
            });
        }
    }
    Ok(out)
}

/// Finds the engine of a block.
fn engine<'a>(bundle: &'a Bundle, block: &str) -> Result<&'a Engine, VerifyError> {
    let mut engines = bundle.manifest.engines.iter();
    engines
        .find(|e| e.block == block)
        .ok_or_else(|| VerifyError::Engine {
            engine: bundle.manifest.name.clone(),
            reason: format!("it holds no block {block}"),
        })
}

/// Tells whether what was asked for of a layer are its survivors alone.
fn spared(requested: &BTreeSet<(u32, u32)>, tokens: &[u32], heads: &[u32]) -> Result<(), String> {
    let gone = |&&(head, token): &&(u32, u32)| {
        heads.binary_search(&head).is_err() || tokens.binary_search(&token).is_err()
    };
    match requested.iter().find(gone) {
        Some((head, token)) => Err(format!(
            "token {token} of head {head} was pruned and asked for"
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pruned_is_told_from_what_survives() {
        let requested = BTreeSet::from([(1, 4), (3, 7)]);
        assert_eq!(spared(&requested, &[4, 7], &[1, 3]), Ok(()));
        let said = spared(&requested, &[4], &[1, 3]);
        assert_eq!(
            said,
            Err("token 7 of head 3 was pruned and asked for".into())
        );
        assert!(spared(&requested, &[4, 7], &[3]).is_err());
    }
}
