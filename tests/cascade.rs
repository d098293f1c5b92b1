// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted cascade pruning with the golden model, alone and behind the attention
//! core.

#[macro_use]
mod harness;

use std::collections::BTreeMap;
use std::path::Path;

use harness::Built;
use hwgen_golden::attention::host::{Bound, query_bound, softmax_scale};
use hwgen_golden::attention::{AttentionParams, Job, Query, Rule, Select};
use hwgen_golden::cascade::{CascadeParams, RATIO_ONE, Ramp};
use hwgen_verif::attention::{LiveJob, Memory};
use hwgen_verif::cascade::pair::{Layer, Place, Plan, run_layers};
use safetensors::SafeTensors;

/// Small enough to build quickly, with rows of four tokens.
const SMALL: [&str; 8] = [
    "blocks=cascade",
    "pe=32",
    "attention.d_head=8",
    "attention.max_tokens=64",
    "importance.max_heads=9",
    "cascade.lanes=4",
    "cascade.key_w=12",
    "cascade.digit_w=4",
];

#[test]
fn random_layers_and_every_kind_of_them() {
    Built::new(&SMALL).verify_all(4_000, &[]);
}

sweep! { "cascade", 2_000;
    default_size: ["pe=64"],
    smallest: ["pe=8", "attention.d_head=8", "attention.max_tokens=8", "importance.max_heads=1",
        "cascade.lanes=1", "cascade.key_w=8", "cascade.digit_w=1"],
    more_heads_than_tokens: ["pe=64", "attention.d_head=8", "attention.max_tokens=24",
        "importance.max_heads=256", "cascade.lanes=64", "cascade.key_w=24", "cascade.digit_w=6"],
    odd_lengths: ["pe=8", "attention.d_head=128", "attention.max_tokens=31",
        "importance.max_heads=7", "cascade.lanes=2", "cascade.key_w=9", "cascade.digit_w=3"],
    wide_rows: ["pe=512", "attention.d_head=8", "attention.max_tokens=192",
        "cascade.lanes=8", "cascade.key_w=17", "cascade.digit_w=5"],
}

/// The core that `tests/attention.rs` builds too, and pruning that fits it.
const CORE: [&str; 4] = [
    "blocks=attention",
    "pe=8",
    "attention.d_head=8",
    "attention.max_tokens=1024",
];
const BEHIND: [&str; 5] = [
    "blocks=cascade",
    "pe=8",
    "attention.d_head=8",
    "attention.max_tokens=1024",
    "importance.max_heads=8",
];

/// A core and the pruning behind it in one bundle, for heads of 32 elements and short sequences.
const PAIR: [&str; 7] = [
    "blocks=attention,cascade",
    "pe=32",
    "attention.d_head=32",
    "attention.max_tokens=32",
    "importance.max_heads=12",
    "cascade.lanes=4",
    "cascade.key_w=16",
];

/// Keeps half of the tokens and heads by the end.
fn schedule(layers: u32, window: u32) -> CascadeParams {
    let tokens = Ramp {
        untouched: 1,
        start: RATIO_ONE / 8 * 7,
        end: RATIO_ONE / 8 * 3,
    };
    let heads = Ramp {
        untouched: 2,
        start: RATIO_ONE / 6 * 5,
        end: RATIO_ONE / 2,
    };
    CascadeParams {
        tokens: tokens.shares(layers),
        heads: heads.shares(layers),
        window,
        key_w: 16,
    }
}

/// Both devices over a decoder that generates tokens, of random numbers and of a real layer.
#[test]
fn what_is_pruned_is_never_requested_again() {
    let devices = [Built::new(&CORE), Built::new(&BEHIND)];
    for half in [false, true] {
        decoder(&devices, half);
    }
    let layers = story(&devices);
    assert_eq!(lengths(&layers), [(128, 8), (112, 8), (80, 7), (48, 4)]);
    assert!(layers[3].played.bytes * 4 < layers[0].played.bytes);
}

/// Both devices over all layers of a real encoder.
#[test]
#[ignore = "minutes of compilation"]
fn the_layers_of_an_encoder_shrink() {
    let built = Built::new(&PAIR);
    for half in [false, true] {
        let layers = encoder(&built, half);
        let counts = [(16, 12), (14, 12), (12, 10), (10, 9), (8, 8), (6, 6)];
        assert_eq!(lengths(&layers), counts);
        for pair in layers.windows(2) {
            assert!(pair[1].tokens.iter().all(|t| pair[0].tokens.contains(t)));
            assert!(pair[1].heads.iter().all(|h| pair[0].heads.contains(h)));
        }
        assert!(layers[5].played.bytes * 4 < layers[0].played.bytes);
    }
}

/// Returns the surviving tokens and heads of each layer.
fn lengths(layers: &[Layer]) -> Vec<(usize, usize)> {
    let of = |l: &Layer| (l.tokens.len(), l.heads.len());
    layers.iter().map(of).collect()
}

/// Returns rows of 16-bit numbers of one head of a tensor.
fn rows(data: &[u8], head: u32, tokens: usize, d: usize) -> Vec<Vec<i32>> {
    let all = data
        .chunks_exact(2)
        .map(|b| i16::from_le_bytes([b[0], b[1]]));
    let all: Vec<i32> = all.map(i32::from).collect();
    let head = head as usize;
    let own = &all[head * tokens * d..(head + 1) * tokens * d];
    own.chunks(d).map(<[i32]>::to_vec).collect()
}

/// Returns the nats of one unit of the product of a query and a key.
fn unit(scale: &[u8], head: u32, d: f64) -> f64 {
    let real = |i: usize| {
        let at = (head as usize * 3 + i) * 4;
        f64::from(f32::from_le_bytes(
            scale[at..at + 4].try_into().expect("four"),
        ))
    };
    real(0) * real(1) / d.sqrt()
}

/// Reads the shipped layers.
fn shipped() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/attention_layers.safetensors");
    std::fs::read(path).expect("is there")
}

/// Runs a real decoder layer four times: every layer of the model is that one.
fn story(devices: &[Built; 2]) -> Vec<Layer> {
    let bytes = shipped();
    let file = SafeTensors::deserialize(&bytes).expect("reads");
    let tensor = |kind: &str| {
        let name = format!("d0.l2.{kind}");
        file.tensor(&name).expect("is there").data().to_vec()
    };
    let (q, k, v, scale) = (tensor("q"), tensor("k"), tensor("v"), tensor("scale"));
    let p = core(&devices[0]);
    let plan = Plan {
        schedule: schedule(4, 8),
        tokens: 128,
        heads: 8,
        generated: 0,
        memory: memory(40),
        half: true,
    };
    let bundles = [&devices[0].bundle, &devices[1].bundle];
    let run = run_layers(
        &devices[0].lab,
        bundles,
        &plan,
        |place| {
            let job = |&head: &u32| {
                let queries = rows(&q, head, 1, 8).into_iter();
                let unit = unit(&scale, head, 8.0);
                let (k, v) = (rows(&k, head, 128, 8), rows(&v, head, 128, 8));
                live(&p, head, unit, queries, k, v)
            };
            place.heads.iter().map(job).collect()
        },
        &mut |_| true,
    );
    run.expect("every word is the model's")
}

fn core(built: &Built) -> AttentionParams {
    built.design.params().attention().expect("has one")
}

/// Runs all layers of a real encoder; pruned tokens ask no more questions either.
fn encoder(built: &Built, half: bool) -> Vec<Layer> {
    let bytes = shipped();
    let file = SafeTensors::deserialize(&bytes).expect("reads");
    let p = core(built);
    let plan = Plan {
        schedule: schedule(6, 2),
        tokens: 16,
        heads: 12,
        generated: 0,
        memory: memory(20),
        half,
    };
    let run = run_layers(
        &built.lab,
        [&built.bundle; 2],
        &plan,
        |place| {
            let tensor = |kind: &str| {
                let name = format!("a0.l{}.{kind}", place.layer);
                file.tensor(&name).expect("is there").data().to_vec()
            };
            let (q, k, v, scale) = (tensor("q"), tensor("k"), tensor("v"), tensor("scale"));
            let job = |&head: &u32| {
                let all = rows(&q, head, 16, 32);
                let queries = place.tokens.iter().map(|&t| all[t as usize].clone());
                let unit = unit(&scale, head, 32.0);
                let (k, v) = (rows(&k, head, 16, 32), rows(&v, head, 16, 32));
                live(&p, head, unit, queries, k, v)
            };
            place.heads.iter().map(job).collect()
        },
        &mut |_| true,
    );
    run.expect("every word is the model's")
}

/// Generates tokens with random keys and values, in the core's own precision rules.
fn decoder(devices: &[Built; 2], half: bool) {
    let p = core(&devices[0]);
    let plan = Plan {
        schedule: schedule(4, 3),
        tokens: 12,
        heads: 5,
        generated: 5,
        memory: memory(3),
        half,
    };
    let row = |layer: u32, head: u32, kind: u32, token: u32| -> Vec<i32> {
        let seed = ((layer * 31 + head) * 5 + kind) * 101 + token;
        let element = |d: u32| {
            let mixed = (seed * 1009 + d).wrapping_mul(2_654_435_761);
            ((mixed ^ (mixed >> 15)).wrapping_mul(0x85eb_ca6b) >> 20) as i32 - 2048
        };
        (0..8).map(element).collect()
    };
    let bundles = [&devices[0].bundle, &devices[1].bundle];
    let run = run_layers(
        &devices[0].lab,
        bundles,
        &plan,
        |place: Place| {
            let tokens = 12 + place.step;
            let job = |&head: &u32| {
                let all = |kind| {
                    (0..tokens)
                        .map(|t| row(place.layer, head, kind, t))
                        .collect()
                };
                let query = std::iter::once(row(place.layer, head, 0, tokens - 1));
                let mut live = live(&p, head, 2e-7, query, all(1), all(2));
                live.job.rule = Rule::Token;
                live.job.k_start = 1;
                live.job.eps_log2 = 4 << 14;
                live.job.select = Select::Topk;
                live.job.k = 5;
                live
            };
            place.heads.iter().map(job).collect()
        },
        &mut |_| true,
    );
    let layers = run.expect("every word is the model's");
    assert_eq!(layers.len(), 24);
    let newest = |i: usize| layers[i].tokens.last().copied();
    assert_eq!(
        [newest(0), newest(4), newest(23)],
        [Some(11), Some(12), Some(16)]
    );
    let mut left: BTreeMap<u32, usize> = BTreeMap::new();
    for (i, layer) in layers.iter().enumerate() {
        for token in 0..12 + i as u32 / 4 {
            if layer.tokens.contains(&token) {
                assert!(!left.contains_key(&token), "token {token} came back in {i}");
            } else {
                left.entry(token).or_insert(i);
            }
        }
    }
    assert!(!left.is_empty(), "nothing was ever pruned");
}

fn memory(latency: u32) -> Memory {
    Memory {
        latency,
        bytes_per_cycle: 0,
    }
}

/// Makes a job of all planes and all values.
fn live(
    p: &AttentionParams,
    head: u32,
    unit: f64,
    queries: impl Iterator<Item = Vec<i32>>,
    k: Vec<Vec<i32>>,
    v: Vec<Vec<i32>>,
) -> LiveJob {
    let scale = softmax_scale(unit).expect("in range");
    let queries = queries.map(|data| Query {
        bound: query_bound(&data, Bound::Worst),
        data,
    });
    LiveJob {
        job: Job {
            head,
            list: true,
            ..Job::plain(p, k.len() as u32, scale)
        },
        queries: queries.collect(),
        k: k.into(),
        v: v.into(),
        bias: None,
        list: None,
    }
}
