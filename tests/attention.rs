// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted attention cores with the golden model.
//!
//! The bench of `hwgen-verif` does the work; here it meets what `hwgen` emits. A model of the core
//! takes a minute to build, so that the plain run holds one, and the sweep stands behind
//! `--ignored`.

#[macro_use]
mod harness;

use harness::Built;
use hwgen_generate::config::Draft;
use hwgen_golden::attention::host::softmax_scale;
use hwgen_golden::attention::{Job, Query, Rule, Select};
use hwgen_sim::rng::Rng;
use hwgen_verif::attention::{LiveJob, Memory, Played, run_in};

/// The smallest core whose rows hold one token.
const SMALL: [&str; 4] = [
    "blocks=attention",
    "pe=8",
    "attention.d_head=8",
    "attention.max_tokens=1024",
];

#[test]
fn random_jobs_and_every_kind_of_them() {
    let built = Built::new(&SMALL);
    built.verify_all(600, &[]);
    steady_state_keeps_qk_busy(&built);
    a_lone_job_takes_its_rows_and_little_more(&built);
    decoding_is_bound_by_the_memory(&built);
    stalls_cost_what_they_must(&built);
}

/// Cycles that a lone job may take besides its rows and the memory's latency.
const PIPELINES: u64 = 180;

/// Makes `jobs` alike: all values, static, `planes` of K and of V, `queries` over `keys`.
fn batch(built: &Built, jobs: u32, queries: u32, keys: u32, planes: u32) -> Vec<LiveJob> {
    let p = &built.design.params().attention().expect("has one");
    let scale = softmax_scale(1e-6).expect("in range");
    let row = |seed: u32, high: i32| -> Vec<i32> {
        let element = |d: u32| (seed.wrapping_mul(2_654_435_761) >> (d % 20)) as i32 % high;
        (0..p.d_head).map(element).collect()
    };
    let high = |width: u32| (1 << (width - 1)) - 1;
    let job = |head: u32| LiveJob {
        job: Job {
            head: head & 255,
            k_start: planes,
            k_max: planes,
            v_count: planes,
            ..Job::plain(p, keys, scale)
        },
        queries: (0..queries)
            .map(|i| Query {
                data: row(head * 1000 + i, 2047),
                bound: 0,
            })
            .collect(),
        k: (0..keys).map(|j| row(j + 7, high(p.k_w()))).collect(),
        v: (0..keys).map(|j| row(j + 77, high(p.v_w()))).collect(),
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

/// With nothing else in the core a query takes its rows, once for each plane of K and of V and once
/// for the softmax, the memory's latency for K and for V, and what the pipelines take.
fn a_lone_job_takes_its_rows_and_little_more(built: &Built) {
    let mut most = 0;
    for (latency, planes) in [(1, 1), (1, 3), (40, 1), (40, 3)] {
        for keys in [1, 8, 64, 197, 993] {
            let played = play(built, &batch(built, 1, 1, keys, planes), latency);
            let cycles = played.cycles();
            let rest = cycles - u64::from(keys * (2 * planes + 1) + 2 * latency);
            eprintln!("lone job, latency {latency}, {planes} planes, {keys} keys: {cycles} cycles");
            most = most.max(rest);
        }
    }
    eprintln!("lone job: at most {most} cycles besides rows and latency");
    assert!(most <= PIPELINES, "{most}");
}

/// One query a head: the memory is what takes the time.
fn decoding_is_bound_by_the_memory(built: &Built) {
    let played = play(built, &batch(built, 12, 1, 993, 3), 40);
    let cycles = played.cycles();
    let bound = cycles as f64 / played.vectors as f64;
    eprintln!(
        "decode: {cycles} cycles for {} vectors: {bound:.3}",
        played.vectors
    );
    assert!(bound < 1.05, "{bound}");
}

/// Rows of two keys, planes as in a decoder that fetches 6 bits and sometimes 4 more.
const TWO: [&str; 7] = [
    "blocks=attention",
    "pe=16",
    "attention.d_head=8",
    "attention.max_tokens=2048",
    "attention.k_planes=6,4",
    "attention.v_planes=6,4",
    "attention.outstanding=256",
];

/// Makes one-query jobs over `keys` that take `k` values; `refined`: all keys get both planes.
fn decoding(built: &Built, jobs: u32, keys: u32, k: u32, refined: bool) -> Vec<LiveJob> {
    let mut all = batch(built, jobs, 1, keys, 1);
    for live in &mut all {
        live.job.k_max = 2;
        live.job.rule = Rule::Head;
        live.job.head_limit = if refined { 0 } else { (1 << 36) - 1 };
        live.job.select = Select::Topk;
        live.job.k = k;
    }
    all
}

/// The memory carries a row of 4-bit planes a cycle: that, and not the core, sets the pace from
/// head to head, however short.
#[test]
#[ignore = "minutes of compilation"]
fn decoding_short_heads() {
    let built = Built::new(&TWO);
    let mut worst: f64 = 0.0;
    for (keys, k, refined) in [
        (102, 20, false),
        (204, 40, false),
        (400, 130, true),
        (921, 184, true),
    ] {
        for latency in [1, 30, 100] {
            let memory = Memory {
                latency,
                bytes_per_cycle: 8,
            };
            let jobs = decoding(&built, 48_000 / keys, keys, k, refined);
            let (lab, bundle) = (&built.lab, &built.bundle);
            let played = run_in(lab, bundle, built.engine(), &jobs, memory, false).expect("equal");
            let cycles = played.cycles();
            let share = cycles as f64 * 8.0 / played.bytes as f64;
            eprintln!(
                "{keys} keys, {k} values, refined {refined}, latency {latency}: {cycles} cycles, \
                 {share:.3} of what the bytes take"
            );
            worst = worst.max(share);
        }
    }
    assert!(worst < 1.05, "{worst}");
}

/// With every stream stalled at random in half of the cycles, the busiest port sets the pace: twice
/// its beats. In a batch it carries the probabilities, in decoding the requests.
fn stalls_cost_what_they_must(built: &Built) {
    for (jobs, queries, keys, planes) in [(2, 64, 64, 1), (12, 1, 993, 3)] {
        let live = batch(built, jobs, queries, keys, planes);
        let memory = Memory {
            latency: 40,
            bytes_per_cycle: 0,
        };
        let (lab, bundle) = (&built.lab, &built.bundle);
        let played = run_in(lab, bundle, built.engine(), &live, memory, true).expect("equal");
        let cycles = played.cycles();
        let probs = u64::from(jobs * queries * keys);
        let least = 2 * probs.max(played.requests);
        let reached = least as f64 / cycles as f64;
        eprintln!(
            "half stalled, {jobs} jobs of {queries} queries, {keys} keys: {cycles} cycles, \
             {reached:.3} of what the busiest port allows"
        );
        assert!(
            reached >= 0.9,
            "{jobs} jobs of {queries} queries: {reached}"
        );
    }
}

sweep! { "attention", 400;
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

/// Configurations of the sweep over random ones, and jobs on each.
const CONFIGURATIONS: usize = 30;
const JOBS: u64 = 70;

/// Cores of any legal shape, most of them small, and two each of 256 and of 512 lanes.
/// `CXXFLAGS=-O0` halves the time of compilation.
#[test]
#[ignore = "thirty models, a quarter of an hour"]
fn random_configurations() {
    let mut rng = Rng::new(20);
    let all: Vec<Vec<String>> = (0..CONFIGURATIONS)
        .map(|i| {
            let lanes = match i {
                0 | 1 => 256,
                2 | 3 => 512,
                _ => 8 << rng.below(3),
            };
            configuration(&mut rng, lanes)
        })
        .collect();
    for (i, settings) in all.iter().enumerate() {
        assert!(!all[..i].contains(settings), "drawn twice: {settings:?}");
    }
    let halves = all.split_at(CONFIGURATIONS / 2);
    std::thread::scope(|scope| {
        for half in [halves.0, halves.1] {
            scope.spawn(move || {
                for settings in half {
                    let words: Vec<&str> = settings.iter().map(String::as_str).collect();
                    eprintln!("{}", words.join(" "));
                    Built::new(&words).verify(JOBS);
                }
            });
        }
    });
}

/// Draws until a configuration of so many lanes is legal.
fn configuration(rng: &mut Rng, lanes: u32) -> Vec<String> {
    loop {
        let planes = |rng: &mut Rng| {
            let count = 1 + rng.below(3);
            let widths: Vec<String> = (0..count).map(|_| rng.between(2, 8).to_string()).collect();
            widths.join(",")
        };
        let settings = vec![
            "blocks=attention".to_owned(),
            format!("pe={lanes}"),
            format!("attention.d_head={}", 8 * rng.between(1, 4)),
            format!(
                "attention.max_tokens={}",
                rng.between(8, 40.max(i64::from(lanes) / 2))
            ),
            format!("attention.k_planes={}", planes(rng)),
            format!("attention.v_planes={}", planes(rng)),
            format!("attention.contexts={}", rng.between(2, 32)),
            format!("attention.jobs={}", 4 << rng.below(5)),
            format!("attention.slots={}", rng.between(2, 32)),
            format!("attention.outstanding={}", rng.between(4, 256)),
            format!("arith={}", ["logic", "dsp"][rng.below(2) as usize]),
        ];
        let mut draft = Draft::default();
        for setting in &settings {
            draft.set(setting);
        }
        if draft.finish().is_ok() {
            return settings;
        }
    }
}
