// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted attention cores with the golden model.
//!
//! The bench of `hwgen-verif` does the work; here it meets what `hwgen` emits. A model of the core
//! takes a minute to build, so that the plain run holds one, and the sweep stands behind
//! `--ignored`.

mod built;

use built::Built;
use hwgen_golden::attention::host::softmax_scale;
use hwgen_golden::attention::{Job, Query, Rule, Select};
use hwgen_verif::attention::{LiveJob, Memory, Played, run_in};

/// The smallest core whose rows hold one token.
const SMALL: [&str; 4] = [
    "blocks=attention",
    "pe=8",
    "attention.d_head=8",
    "attention.max_tokens=1024",
];

/// Situations that so many random jobs bring about.
const OFTEN: [&str; 10] = [
    "refused",
    "refined_head",
    "refined_token",
    "refined_part",
    "two_rounds",
    "plane_shared",
    "pruned_topk",
    "pruned_mass",
    "all_masked",
    "reset",
];

#[test]
fn random_jobs_and_every_kind_of_them() {
    let built = Built::new(&SMALL);
    let report = built.report(600);
    if let Some(failure) = report.failure {
        panic!("{failure}");
    }
    for point in OFTEN {
        assert!(report.coverage[point] > 0, "{point} never happened");
    }
    steady_state_keeps_qk_busy(&built);
    decoding_is_bound_by_the_memory(&built);
}

/// Makes `jobs` alike: all values, static, `planes` of K and of V, `queries` over `keys`.
fn batch(built: &Built, jobs: u32, queries: u32, keys: u32, planes: u32) -> Vec<LiveJob> {
    let p = built.design.params().attention.as_ref().expect("has one");
    let scale = softmax_scale(1e-6).expect("in range");
    let row = |seed: u32, high: i32| -> Vec<i32> {
        let element = |d: u32| (seed.wrapping_mul(2_654_435_761) >> (d % 20)) as i32 % high;
        (0..p.d_head).map(element).collect()
    };
    let job = |head: u32| LiveJob {
        job: Job {
            head,
            keys,
            causal: false,
            first: 0,
            k_start: planes,
            k_max: planes,
            v_count: planes,
            rule: Rule::Static,
            head_limit: 0,
            eps_log2: 0,
            pre_shift: scale.pre_shift,
            mant: scale.mant,
            select: Select::All,
            k: 1,
            mass: 0,
            renorm: false,
            bias: false,
            list: false,
        },
        queries: (0..queries)
            .map(|i| Query {
                data: row(head * 1000 + i, 2047),
                bound: 0,
            })
            .collect(),
        k: (0..keys).map(|j| row(j + 7, 2047)).collect(),
        v: (0..keys).map(|j| row(j + 77, 2047)).collect(),
        bias: None,
        list: None,
    };
    (0..jobs).map(job).collect()
}

fn play(built: &Built, jobs: &[LiveJob], latency: u32) -> Played {
    let memory = Memory {
        latency,
        bytes_per_cycle: 0,
    };
    run_in(
        &built.lab,
        &built.bundle,
        built.engine(),
        jobs,
        memory,
        false,
    )
    .expect("equal")
}

/// Between two outputs of a batch there are just the cycles that QK needs for one query.
fn steady_state_keeps_qk_busy(built: &Built) {
    for (keys, planes) in [(64, 1), (64, 3), (197, 1), (197, 3)] {
        let played = play(built, &batch(built, 2, 64, keys, planes), 40);
        let cycles = &played.out_cycles;
        // From the middle of the first batch to the middle of the second one.
        let per_query = (cycles[95] - cycles[31]) as f64 / 64.0;
        let busy = f64::from(keys * planes) / per_query;
        eprintln!("{keys} keys, {planes} planes: {per_query:.1} cycles a query, QK busy {busy:.3}");
        let least = if keys == 64 { 0.98 } else { 0.95 };
        assert!(busy >= least, "{keys} keys, {planes} planes: {busy}");
    }
}

/// One query a head: the memory is what takes the time.
fn decoding_is_bound_by_the_memory(built: &Built) {
    let played = play(built, &batch(built, 12, 1, 993, 3), 40);
    let cycles = played.last_out - played.first_in + 1;
    let bound = cycles as f64 / played.vectors as f64;
    eprintln!(
        "decode: {cycles} cycles for {} vectors: {bound:.3}",
        played.vectors
    );
    assert!(bound < 1.05, "{bound}");
}

macro_rules! sweep {
    ($($name:ident: $settings:expr,)*) => {
        $(
            #[test]
            #[ignore = "minutes of compilation"]
            fn $name() {
                let mut settings = vec!["blocks=attention"];
                settings.extend($settings);
                Built::new(&settings).verify(400);
            }
        )*
    };
}

sweep! {
    rows_of_two: ["pe=16", "attention.d_head=8", "attention.max_tokens=32",
        "attention.k_planes=6,4", "attention.v_planes=4", "attention.contexts=2",
        "attention.outstanding=4"],
    two_cycles_a_row: ["pe=8", "attention.d_head=16", "attention.max_tokens=24",
        "attention.k_planes=8,4", "attention.v_planes=8,4"],
    three_cycles_a_row_odd_lengths: ["pe=8", "attention.d_head=24", "attention.max_tokens=17",
        "attention.k_planes=5", "attention.v_planes=2,2,2", "attention.contexts=3",
        "attention.outstanding=7"],
    rows_of_four: ["pe=64", "attention.d_head=16", "attention.max_tokens=64",
        "attention.k_planes=8,4", "attention.v_planes=6,4"],
    many_contexts: ["pe=8", "attention.d_head=8", "attention.max_tokens=8",
        "attention.contexts=8", "attention.outstanding=256"],
    default_size: ["pe=64"],
}
