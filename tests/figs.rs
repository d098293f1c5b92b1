// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted arrays for sparse GEMM with the golden model: every variant, swept
//! parameters.
//!
//! The bench of `hwgen-verif` does the work; here it meets what `hwgen` emits. Runs without stalls
//! are held to the golden model's cycles, each of them. The plain run holds a few small arrays, and
//! the sweep stands behind `--ignored`.

mod harness;

use harness::Built;
use hwgen_golden::figs::{Matrix, Pattern};
use hwgen_verif::figs::{Gemm, run_in};

/// Emits and builds one engine.
fn build(settings: &[&str]) -> Built {
    Built::new(&[&["blocks=figs"], settings].concat())
}

/// Verifies an array of `settings` with `cases` jobs; every situation that it can be in happens.
fn verify_all(settings: &[&str], cases: u64) -> Built {
    let built = build(settings);
    built.verify_all(cases, &[]);
    built
}

/// A small array: 8 rows, 2 columns of 2 lanes, tiles of up to 16 tokens.
const SMALL: [&str; 4] = [
    "figs.rows=8",
    "figs.columns=2",
    "figs.lanes=2",
    "figs.max_t=16",
];

#[test]
fn the_array_selects_at_every_n() {
    let built = verify_all(&SMALL, 150);
    long_gemms_keep_it_busy(&built);
}

#[test]
fn products_in_multipliers_take_the_same_cycles() {
    let built = verify_all(&[&SMALL[..], &["arith=dsp"]].concat(), 400);
    long_gemms_keep_it_busy(&built);
}

/// Of the cycles of a GEMM, at least 95 in 100 take a token, at every density.
fn long_gemms_keep_it_busy(built: &Built) {
    let params = &built.design.params().figs().expect("has one");
    for (n, m) in [(4, 4), (2, 4), (1, 2), (1, 4)] {
        let pattern = Pattern::new(n, m).expect("legal");
        let keep = |r: u32, c: u32| (r + c) % m < n;
        let weight = |r: u32, c: u32| i64::from(keep(r, c)) * (1 + i64::from(r * 7 + c) % 100);
        let weights = Matrix::from_fn(64, 64, weight);
        let acts = Matrix::from_fn(16, 64, |t, c| i64::from(t * 31 + c * 17) % 255 - 127);
        let gemm = Gemm::new(pattern, &weights, &acts);
        let Built { lab, bundle, .. } = built;
        let products = run_in(lab, bundle, built.engine(), &[gemm]).expect("equal");
        let product = &products[0];
        assert_eq!(product.sums, acts.product(&weights));
        let cycles = product.last_out - product.first_in + 1;
        let macs = u64::from(16 * 64 * 64 * n / m);
        let busy = macs as f64 / (cycles * u64::from(params.macs())) as f64;
        eprintln!("{pattern}: {cycles} cycles, {busy:.3} of the multipliers' time");
        assert!(busy > 0.95 || product.tiles < 20, "{pattern}: {busy}");
    }
}

#[test]
fn the_array_exchanges() {
    let mode = [&SMALL[..], &["figs.mode=exchange"]].concat();
    verify_all(&mode, 120);
}

macro_rules! baselines {
    ($($variant:ident)*) => {
        $(
            #[test]
            fn $variant() {
                let chosen = concat!("figs.variants=", stringify!($variant));
                verify_all(&[&SMALL[..], &[chosen]].concat(), 120);
            }
        )*
    };
}

baselines! { dense_ws stc24 vegeta_s }

/// Verifies an array of `settings`; says how much was played.
fn sweep(name: &str, settings: &[&str]) {
    let report = build(settings).verify(60);
    let strays: u64 = ["stray_tokens", "stray_n"]
        .iter()
        .filter_map(|point| report.coverage.get(*point))
        .sum();
    let timed = report.coverage["timed"];
    assert!(timed > 0, "no run was held to its cycles");
    // A reset may play a stray tile twice, so these are GEMMs at least.
    let gemms = report.cases.saturating_sub(strays);
    let cycles = report.cycles;
    eprintln!("{name}: {gemms} GEMMs or more, {timed} runs held to their cycles, {cycles} cycles");
}

macro_rules! sweep {
    ($($name:ident: $settings:expr,)*) => {
        $(
            #[test]
            #[ignore = "minutes of compilation"]
            fn $name() {
                sweep(stringify!($name), &$settings);
            }
        )*
    };
}

sweep! {
    group_of_two: ["figs.rows=4", "figs.columns=3", "figs.lanes=1", "figs.group=2", "figs.max_t=4"],
    group_of_two_dense_only: ["figs.rows=6", "figs.columns=2", "figs.lanes=2", "figs.group=2",
        "figs.alpha=0", "figs.max_t=8"],
    four_rows_one_lane: ["figs.rows=4", "figs.columns=1", "figs.lanes=1", "figs.max_t=4"],
    one_group_wide: ["figs.rows=4", "figs.columns=8", "figs.lanes=1", "figs.max_t=8"],
    one_column_many_lanes: ["figs.rows=12", "figs.columns=1", "figs.lanes=8", "figs.max_t=8"],
    more_columns_than_groups: ["figs.rows=8", "figs.columns=9", "figs.lanes=1", "figs.max_t=16"],
    alpha_of_two: ["figs.rows=8", "figs.columns=2", "figs.lanes=3", "figs.alpha=2",
        "figs.max_t=16"],
    alpha_of_one: ["figs.rows=8", "figs.columns=2", "figs.lanes=2", "figs.alpha=1",
        "figs.max_t=16"],
    alpha_of_none: ["figs.rows=8", "figs.columns=2", "figs.lanes=2", "figs.alpha=0",
        "figs.max_t=16"],
    tied: ["figs.rows=8", "figs.columns=2", "figs.lanes=4", "figs.select=pe", "figs.max_t=16"],
    tied_with_alpha: ["figs.rows=16", "figs.columns=2", "figs.lanes=2", "figs.select=pe",
        "figs.group=8", "figs.alpha=6", "figs.max_t=16"],
    group_of_eight: ["figs.rows=16", "figs.columns=2", "figs.lanes=2", "figs.group=8",
        "figs.max_t=32"],
    group_of_eight_alpha_of_five: ["figs.rows=8", "figs.columns=3", "figs.lanes=1",
        "figs.group=8", "figs.alpha=5", "figs.max_t=8"],
    group_of_sixteen: ["figs.rows=32", "figs.columns=2", "figs.lanes=1", "figs.group=16",
        "figs.alpha=12", "figs.max_t=32"],
    eight_of_thirty_two: ["figs.rows=32", "figs.columns=1", "figs.lanes=2", "figs.group=32",
        "figs.alpha=24", "figs.max_t=32"],
    one_of_thirty_two: ["figs.rows=32", "figs.columns=1", "figs.lanes=1", "figs.group=32",
        "figs.max_t=16"],
    four_bits: ["figs.rows=8", "figs.columns=2", "figs.lanes=2", "figs.weight_w=4",
        "figs.act_w=4", "figs.max_k=64", "figs.max_t=16"],
    four_by_eight_bits: ["figs.rows=8", "figs.columns=2", "figs.lanes=2", "figs.weight_w=4",
        "figs.act_w=8", "figs.max_t=16"],
    eight_by_twelve_bits: ["figs.rows=8", "figs.columns=2", "figs.lanes=2", "figs.act_w=12",
        "figs.max_t=16"],
    four_by_twelve_bits: ["figs.rows=8", "figs.columns=1", "figs.lanes=3", "figs.weight_w=4",
        "figs.act_w=12", "figs.max_t=16"],
    seventeen_bits_of_sum: ["figs.rows=8", "figs.columns=2", "figs.lanes=1", "figs.max_k=32",
        "figs.psum_w=21", "figs.max_t=16"],
    forty_eight_bits_of_sum: ["figs.rows=4", "figs.columns=2", "figs.lanes=1", "figs.psum_w=48",
        "figs.max_t=4"],
    exchange_of_eight: ["figs.rows=16", "figs.columns=3", "figs.lanes=1", "figs.group=8",
        "figs.mode=exchange", "figs.max_t=16"],
    multipliers_of_a_tied_array: ["figs.rows=16", "figs.columns=2", "figs.lanes=2",
        "figs.select=pe", "figs.group=8", "figs.alpha=6", "figs.max_t=16", "arith=dsp"],
    multipliers_exchange: ["figs.rows=8", "figs.columns=2", "figs.lanes=2", "figs.mode=exchange",
        "figs.act_w=12", "figs.max_t=16", "arith=dsp"],
    multipliers_forty_eight_bits_of_sum: ["figs.rows=4", "figs.columns=2", "figs.lanes=1",
        "figs.psum_w=48", "figs.max_t=4", "arith=dsp"],
    multipliers_sixteen_bits_of_sum: ["figs.rows=8", "figs.columns=2", "figs.lanes=1",
        "figs.weight_w=4", "figs.act_w=8", "figs.max_k=16", "figs.psum_w=16", "figs.max_t=8",
        "arith=dsp"],
    multipliers_dense_ws: ["figs.variants=dense_ws", "figs.rows=24", "figs.columns=2",
        "figs.lanes=2", "figs.act_w=12", "figs.max_t=32", "arith=dsp"],
    multipliers_stc24: ["figs.variants=stc24", "figs.rows=4", "figs.columns=8", "figs.lanes=1",
        "figs.max_t=8", "arith=dsp"],
    multipliers_vegeta_s: ["figs.variants=vegeta_s", "figs.rows=24", "figs.columns=2",
        "figs.lanes=2", "figs.act_w=4", "figs.max_t=32", "arith=dsp"],
    exchange_of_two: ["figs.rows=4", "figs.columns=4", "figs.lanes=2", "figs.group=2",
        "figs.mode=exchange", "figs.max_t=16"],
    exchange_one_column: ["figs.rows=8", "figs.columns=1", "figs.lanes=4",
        "figs.mode=exchange", "figs.act_w=12", "figs.max_t=16"],
    default_size: ["pe=64"],
    larger: ["pe=256", "figs.max_t=64"],
    dense_ws_wide: ["figs.variants=dense_ws", "figs.rows=4", "figs.columns=8", "figs.lanes=1",
        "figs.max_t=8"],
    dense_ws_deep: ["figs.variants=dense_ws", "figs.rows=24", "figs.columns=2", "figs.lanes=2",
        "figs.act_w=12", "figs.max_t=32"],
    stc24_wide: ["figs.variants=stc24", "figs.rows=4", "figs.columns=8", "figs.lanes=1",
        "figs.max_t=8"],
    stc24_deep: ["figs.variants=stc24", "figs.rows=24", "figs.columns=2", "figs.lanes=2",
        "figs.weight_w=4", "figs.max_t=32"],
    vegeta_s_wide: ["figs.variants=vegeta_s", "figs.rows=4", "figs.columns=8", "figs.lanes=1",
        "figs.max_t=8"],
    vegeta_s_deep: ["figs.variants=vegeta_s", "figs.rows=24", "figs.columns=2", "figs.lanes=2",
        "figs.act_w=4", "figs.max_t=32"],
}
