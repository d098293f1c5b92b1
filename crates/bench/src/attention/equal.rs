// SPDX-License-Identifier: MIT OR Apache-2.0
//! Refinement by token with selection by mass beside refinement by head with a fixed k, at equal
//! error on decoders.

use hwgen_golden::attention::host::Bound;
use hwgen_golden::attention::{Rule, Select};

use super::technique::{
    Cost, DENSE, EIGHT, FOUR, Measured, Model, Panel, SIX, Technique, cost, percent,
};
use hwgen_console::error::Error;
use hwgen_workloads::attend::Policy;
use hwgen_workloads::attend::stack::Kept;

/// Errors at which bytes are compared.
const TARGETS: [f64; 4] = [0.01, 0.02, 0.05, 0.1];
const KEPT: [u32; 14] = [4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 320, 384];
const THRESHOLDS: [f64; 6] = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0];
const EPS: [f64; 7] = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
const LEFT_OUT: [f64; 8] = [0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2];

/// Names of the rules that are compared, as a picture says them.
pub const RULES: [&str; 3] = [
    "by head, fixed k (SpAtten)",
    "by token worst case, mass",
    "by token z = 3, mass",
];

/// Makes the comparison; it says nothing where there is no decoder.
pub(super) fn measure(models: &[Model]) -> Result<Measured, Error> {
    let decodes = |m: &Model| Model {
        name: m.name.clone(),
        // One query a head: a token is generated.
        stacks: m
            .stacks
            .iter()
            .filter(|s| s[0].causal && s[0].heads[0].q.len() == 1)
            .cloned()
            .collect(),
    };
    let mut decoders: Vec<Model> = models.iter().map(decodes).collect();
    decoders.retain(|m| !m.stacks.is_empty());
    if decoders.is_empty() {
        return Ok(Measured {
            table: String::new(),
            decoders: Vec::new(),
        });
    }
    let rules = [
        costs(&decoders, &by_head())?,
        costs(&decoders, &by_token(Bound::Worst))?,
        costs(&decoders, &by_token(Bound::Sigmas(3.0)))?,
    ];
    let mut out = String::from(
        "\n| decoders, one query per head | error at most | by head, fixed k | by token worst, mass | | by \
         token z = 3, mass | |\n|---|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut groups: Vec<(String, Vec<usize>)> = decoders
        .iter()
        .enumerate()
        .map(|(i, m)| (m.name.clone(), vec![i]))
        .collect();
    if decoders.len() > 1 {
        let all = "all, one setting for them".to_owned();
        groups.push((all, (0..decoders.len()).collect()));
    }
    for (name, members) in &groups {
        for target in TARGETS {
            let [head, worst, three] = rules.each_ref().map(|r| fewest(r, members, target));
            let bytes = |share: Option<f64>| share.map_or("-".to_owned(), percent);
            let times = |share: Option<f64>| match (head, share) {
                (Some(head), Some(share)) => format!("{:.2} x fewer", head / share),
                _ => "-".to_owned(),
            };
            out.push_str(&format!(
                "| {name} | {} | {} | {} | {} | {} | {} |\n",
                percent(target),
                bytes(head),
                bytes(worst),
                times(worst),
                bytes(three),
                times(three),
            ));
        }
    }
    let panel = |(i, model): (usize, &Model)| Panel {
        model: model.name.clone(),
        fronts: rules.each_ref().map(|r| front(r, i)),
    };
    Ok(Measured {
        table: out,
        decoders: decoders.iter().enumerate().map(panel).collect(),
    })
}

/// Returns error and bytes of the settings that no other beats on model `m`, errors ascending.
fn front(costs: &[Vec<Cost>], m: usize) -> Vec<(f64, f64)> {
    let mut all: Vec<(f64, f64)> = costs.iter().map(|c| (c[m].error, c[m].bytes)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut least = f64::INFINITY;
    all.retain(|&(_, bytes)| {
        let better = bytes < least;
        least = least.min(bytes);
        better
    });
    all
}

/// Runs each setting on each model.
fn costs(models: &[Model], settings: &[Technique]) -> Result<Vec<Vec<Cost>>, Error> {
    let run = |t: &Technique| models.iter().map(|m| cost(m, t)).collect();
    settings.iter().map(run).collect()
}

/// Returns the fewest bytes of a setting whose error stays within the target on each of `members`,
/// as their mean share of dense bytes.
fn fewest(costs: &[Vec<Cost>], members: &[usize], target: f64) -> Option<f64> {
    let fits = |c: &&Vec<Cost>| members.iter().all(|&m| c[m].error <= target);
    let mean =
        |c: &Vec<Cost>| members.iter().map(|&m| c[m].bytes).sum::<f64>() / members.len() as f64;
    costs.iter().filter(fits).map(mean).min_by(f64::total_cmp)
}

/// Planes of K: SpAtten's widths, then others of 12 bits.
const KEYS: [&[u32]; 7] = [
    EIGHT,
    SIX,
    FOUR,
    &[3, 4, 5],
    &[3, 3, 6],
    &[2, 4, 6],
    &[5, 7],
];
/// Planes of V and how many of them are fetched: the first is all of V, or all planes are.
const VALUES: [(&[u32], u32); 5] = [(EIGHT, 1), (SIX, 1), (FOUR, 3), (&[7, 5], 1), (&[5, 7], 1)];

/// Returns every choice of planes: those of K, those of V, and how many of these are fetched.
fn planes() -> impl Iterator<Item = (&'static [u32], &'static [u32], u32)> {
    let keys = KEYS.into_iter();
    keys.flat_map(|k| VALUES.map(|(v, count)| (k, v, count)))
}

/// SpAtten's rule and a fixed number of values.
fn by_head() -> Vec<Technique> {
    let mut all = Vec::new();
    for (keys, stored, values) in planes() {
        for threshold in THRESHOLDS {
            for k in KEPT {
                let policy = Policy {
                    rule: Rule::Head,
                    start: 1,
                    threshold,
                    select: Select::Topk,
                    k,
                    values,
                    ..DENSE
                };
                all.extend(scaled_or_not(keys, stored, policy));
            }
        }
    }
    all
}

/// Rule token and selection by mass.
fn by_token(bound: Bound) -> Vec<Technique> {
    let mut all = Vec::new();
    for (keys, stored, values) in planes() {
        for eps in EPS {
            for left_out in LEFT_OUT {
                let policy = Policy {
                    rule: Rule::Token,
                    start: 1,
                    eps,
                    bound,
                    select: Select::Mass,
                    left_out,
                    values,
                    ..DENSE
                };
                all.extend(scaled_or_not(keys, stored, policy));
            }
        }
    }
    all
}

/// Makes two settings of one: with and without probabilities that are scaled to sum to one.
fn scaled_or_not(keys: &'static [u32], values: &'static [u32], policy: Policy) -> [Technique; 2] {
    [false, true].map(|renorm| Technique {
        about: "",
        planes: [keys, values],
        policy: Policy { renorm, ..policy },
        schedule: Kept::default(),
    })
}
