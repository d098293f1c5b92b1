// SPDX-License-Identifier: MIT OR Apache-2.0
//! The array and its baselines as the verification loop sees them.

use std::collections::BTreeMap;

use hwgen_golden::figs::{FigsParams, Variant};

use super::coverage::{Coverage, Point};
use super::drive::{Prepared, prepare};
use super::play::Player;
use super::ports::wanted;
use super::{Gemm, Job, Run, params_of, stimulus};
use crate::report::{Fault, plural};
use crate::shrink::{simpler_by_items, sooner};
use crate::verify::Bench;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::Engine;
use hwgen_sim::dut::Dut;
use hwgen_sim::stream::Stall;

/// Elements below which single values are simplified.
const FEW: usize = 64;

/// Parameters of the engine under test.
pub(crate) struct FigsBench {
    pub(super) params: FigsParams,
    pub(super) variant: Variant,
}

impl FigsBench {
    /// Reads what the bench needs from the manifest.
    pub(crate) fn new(engine: &Engine) -> Result<Self, VerifyError> {
        let (params, variant) = params_of(engine)?;
        engine.declares(&wanted(&params, variant))?;
        Ok(Self { params, variant })
    }

    /// Names the first job that the engine cannot take.
    pub(super) fn refuse_jobs(&self, run: &Run) -> Option<String> {
        run.jobs.iter().enumerate().find_map(|(i, job)| {
            let reason = prepare(&self.params, self.variant, job).err()?;
            Some(format!("job {i}: {reason}"))
        })
    }

    /// Counts the situations that the jobs themselves bring about.
    pub(super) fn count(&self, run: &Run, jobs: &[Prepared], coverage: &mut Coverage) {
        let (p, v) = (&self.params, self.variant);
        for (job, prepared) in run.jobs.iter().zip(jobs) {
            let (Job::Gemm(gemm), Some(packed)) = (job, &prepared.packed) else {
                continue;
            };
            let deep = p.k_tile(v, packed.log_n);
            let wide = p.channels(v, packed.log_n);
            let absent = packed.tiles.len() < packed.grid as usize;
            coverage.count(Point::RaggedInputs, !gemm.inputs.is_multiple_of(deep));
            coverage.count(Point::RaggedOutputs, !gemm.outputs.is_multiple_of(wide));
            coverage.count(Point::Chunks, gemm.tokens > p.max_t);
            coverage.count(Point::Absent, absent);
            for work in &prepared.tiles {
                let t = work.tile.tokens;
                coverage.count(Point::Short, t < p.rows);
                coverage.count(Point::OneToken, t == 1);
                coverage.count(Point::FullTile, t == p.max_t);
                coverage.count(Point::Summed, !work.tile.first);
            }
        }
    }
}

impl Bench for FigsBench {
    type Run = Run;
    type Coverage = Coverage;

    fn plan(&self, seed: u64, cases: u64) -> Box<dyn Iterator<Item = Run> + '_> {
        Box::new(stimulus::plan(&self.params, self.variant, seed, cases))
    }

    fn refuse(&self, run: &Run) -> Option<String> {
        self.refuse_jobs(run)
    }

    fn seed(&self, run: &Run) -> u64 {
        run.seed
    }

    fn size(&self, run: &Run) -> (u64, u64) {
        let macs = run.jobs.iter().map(|job| match job {
            Job::Gemm(g) => u64::from(g.tokens) * u64::from(g.outputs) * u64::from(g.inputs),
            Job::Stray(_) => 0,
        });
        (run.jobs.len() as u64, macs.sum())
    }

    fn play(&self, dut: &mut Dut, run: &Run, coverage: &mut Coverage) -> Result<(), Fault> {
        Player::new(self, dut, run)?.play(coverage, None)
    }

    fn simpler(run: &Run) -> Box<dyn Iterator<Item = Run> + '_> {
        let simpler = simpler_by_items(
            run,
            |r| &mut r.jobs,
            &[
                |r| r.reset = None,
                |r| r.tiles = Stall::NONE,
                |r| r.weights = Stall::NONE,
                |r| r.acts = Stall::NONE,
                |r| r.outputs = Stall::NONE,
                |r| r.seed = 1,
            ],
            plainer,
        );
        Box::new(simpler.chain(sooner(run, |r| &mut r.reset)))
    }

    fn describe(&self, run: &Run) -> String {
        let mut text = match &run.jobs[..] {
            [Job::Gemm(g)] => format!(
                "one {}:{} GEMM, {} tokens, {} inputs, {} outputs",
                g.n, g.m, g.tokens, g.inputs, g.outputs
            ),
            jobs => plural(jobs.len() as u64, "job", "jobs"),
        };
        let sides = [
            (run.tiles, "tiles paused"),
            (run.weights, "weights paused"),
            (run.acts, "activations paused"),
            (run.outputs, "outputs stalled"),
        ];
        if run.reset.is_some() {
            text.push_str(", reset in between");
        }
        for (stall, words) in sides {
            if stall != Stall::NONE {
                text.push_str(", ");
                text.push_str(words);
            }
        }
        text
    }

    fn named(&self, coverage: &Coverage) -> BTreeMap<String, u64> {
        coverage.named(&self.params, self.variant)
    }
}

/// Lists simpler forms of a GEMM, boldest first. Outputs and inputs go at the end only, and weights
/// only to 0, so that the pattern stays what it is, whoever shares its masks.
fn plainer(job: &Job) -> Vec<Job> {
    match job {
        Job::Gemm(gemm) => simpler_gemms(gemm).map(Job::Gemm).collect(),
        Job::Stray(_) => Vec::new(),
    }
}

fn simpler_gemms(gemm: &Gemm) -> impl Iterator<Item = Gemm> + '_ {
    let less = |n: u32| {
        [1, n / 2, n - 1]
            .into_iter()
            .filter(move |&k| 0 < k && k < n)
    };
    let cut = |tokens: u32, outputs: u32, inputs: u32| {
        let rows = |data: &[i64], rows: u32| -> Vec<i64> {
            data.chunks(gemm.inputs as usize)
                .take(rows as usize)
                .flat_map(|row| row[..inputs as usize].to_vec())
                .collect()
        };
        Gemm {
            outputs,
            inputs,
            tokens,
            weights: rows(&gemm.weights, outputs),
            acts: rows(&gemm.acts, tokens),
            ..*gemm
        }
    };
    let (t, o, k) = (gemm.tokens, gemm.outputs, gemm.inputs);
    let cuts = less(t)
        .map(move |t| cut(t, o, k))
        .chain(less(o).map(move |o| cut(t, o, k)))
        .chain(less(k).map(move |k| cut(t, o, k)));
    let zeros = |data: &Vec<i64>| -> Vec<Vec<i64>> {
        let there: Vec<usize> = (0..data.len()).filter(|&i| data[i] != 0).collect();
        let parts = if there.len() > FEW { 4 } else { there.len() };
        let part = there.len().div_ceil(parts.max(1)).max(1);
        let without = |chunk: &[usize]| {
            let mut data = data.clone();
            for &i in chunk {
                data[i] = 0;
            }
            data
        };
        there.chunks(part).map(without).collect()
    };
    let weights = zeros(&gemm.weights).into_iter().map(move |weights| Gemm {
        weights,
        ..gemm.clone()
    });
    let acts = zeros(&gemm.acts).into_iter().map(move |acts| Gemm {
        acts,
        ..gemm.clone()
    });
    cuts.chain(weights).chain(acts)
}
