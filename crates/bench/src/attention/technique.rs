// SPDX-License-Identifier: MIT OR Apache-2.0
//! A way to fetch K and V, and what it costs on a model.

use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_golden::attention::cascade::Cascade;
use hwgen_golden::attention::host::Bound;
use hwgen_golden::attention::reference::deviation;
use hwgen_golden::attention::{AttentionParams, Rule, Select};
use hwgen_workloads::attend::stack::Kept;
use hwgen_workloads::attend::{Layer, Policy, Survivors};
use hwgen_workloads::samples::Sample;

/// A setting of the core, by name.
pub(super) struct Technique {
    pub(super) about: &'static str,
    /// Planes of K and of V.
    pub(super) planes: [&'static [u32]; 2],
    pub(super) policy: Policy,
    pub(super) schedule: Kept,
}

/// What the samples of a model took and gave together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// Bytes in whole bursts, as a share of dense 12 bits.
    pub(super) bytes: f64,
    /// Root mean square error, as a share of the outputs' root mean square.
    pub(super) error: f64,
}

/// The samples of one model: stacks of layers.
pub(super) struct Model {
    pub(super) name: String,
    pub(super) stacks: Vec<Vec<Sample>>,
}

pub(super) const FOUR: &[u32] = &[4, 4, 4];

pub(super) const EIGHT: &[u32] = &[8, 4];

pub(super) const SIX: &[u32] = &[6, 4];

/// All planes of K up front, all values.
pub(super) const DENSE: Policy = Policy {
    rule: Rule::Static,
    start: 3,
    values: 3,
    threshold: 0.1,
    eps: 0.001,
    bound: Bound::Worst,
    select: Select::All,
    k: 1,
    left_out: 0.0,
    renorm: false,
};

/// The best settings of each rule on one model.
pub struct Panel {
    /// Name of the model.
    pub model: String,
    /// For each rule error and bytes as shares, errors ascending and bytes descending.
    pub fronts: [Vec<(f64, f64)>; 3],
}

/// What was measured.
pub struct Measured {
    /// The tables in Markdown.
    pub table: String,
    /// Bytes against error on each decoder.
    pub decoders: Vec<Panel>,
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// Runs all samples of a model.
pub(super) fn cost(model: &Model, technique: &Technique) -> Result<Cost, Error> {
    let (mut bytes, mut dense, mut pairs) = (0, 0, Vec::new());
    for stack in &model.stacks {
        let (n, heads) = (stack[0].tokens(), stack[0].heads.len());
        let schedule = technique.schedule.params(stack, None)?;
        let mut cascade = Cascade::new(schedule, n as u32, heads as u32);
        for sample in stack {
            stop::stopped()?;
            let params = params(sample, technique.planes);
            let survivors = Survivors::of(&cascade);
            let layer = Layer::golden(sample, &params, technique.policy, survivors)?;
            let found = layer.bytes();
            bytes += found.in_bursts;
            dense += found.dense_12;
            pairs.extend(layer.pairs());
            layer.observe(&mut cascade);
            cascade.next_layer();
        }
    }
    let norm = deviation(pairs.iter().map(|&(_, want)| (0.0, want))).rms;
    Ok(Cost {
        bytes: bytes as f64 / dense.max(1) as f64,
        error: deviation(pairs.into_iter()).rms / norm.max(f64::MIN_POSITIVE),
    })
}

/// Makes a core that just holds a sample, a token a row: what is asked for does not depend on it.
pub(super) fn params(sample: &Sample, planes: [&[u32]; 2]) -> AttentionParams {
    let [d, dv] = sample.widths();
    let d = (d.max(dv) as u32).next_multiple_of(8);
    AttentionParams {
        d_head: d,
        lanes: 8,
        max_tokens: (sample.tokens() as u32).next_multiple_of(8),
        k_planes: planes[0].to_vec(),
        v_planes: planes[1].to_vec(),
        ..AttentionParams::default()
    }
}
