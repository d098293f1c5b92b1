// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of params.

use super::*;

fn said(p: &FigsParams) -> Vec<String> {
    p.violations().iter().map(ToString::to_string).collect()
}

#[test]
fn every_power_of_two_of_multipliers_has_a_legal_shape() {
    for log in 2..=15 {
        let p = FigsParams::for_pe(1 << log);
        assert_eq!(said(&p), [""; 0], "{p:?}");
        assert_eq!(p.macs(), 1 << log, "{p:?}");
    }
    let p = FigsParams::default();
    assert_eq!((p.rows, p.columns, p.lanes), (8, 2, 4));
    assert_eq!(p.min_psum_w(), p.psum_w);
}

#[test]
fn what_is_not_given_follows_from_what_is() {
    let shape = |pe, set: fn(&mut FigsParams), given: &[&str]| {
        let mut p = FigsParams::default();
        set(&mut p);
        p.complete(pe, |name| given.contains(&name));
        assert_eq!(said(&p), [""; 0], "{p:?}");
        (p.rows, p.columns, p.lanes, p.group, p.alpha, p.psum_w)
    };
    assert_eq!(shape(256, |_| (), &[]), (16, 4, 4, 4, 3, 28));
    assert_eq!(
        shape(64, |p| p.group = 32, &["group"]),
        (32, 1, 2, 32, 31, 28)
    );
    assert_eq!(shape(1024, |p| p.rows = 6, &["rows"]), (6, 42, 4, 2, 1, 28));
    assert_eq!(
        shape(1024, |p| p.lanes = 8, &["lanes"]),
        (32, 4, 8, 4, 3, 28)
    );
    assert_eq!(
        shape(256, |p| p.columns = 1, &["columns"]),
        (16, 1, 16, 4, 3, 28)
    );
    assert_eq!(
        shape(4, |p| p.weight_w = 4, &["weight_w"]),
        (4, 1, 1, 4, 3, 24)
    );
    assert_eq!(shape(32768, |_| (), &[]), (128, 64, 4, 4, 3, 28));
}

#[test]
fn widths_of_the_engines() {
    let p = FigsParams::for_pe(1024);
    let of = |v| {
        (
            p.act_elements(v),
            p.selects(v),
            p.sel_w(v),
            p.out_channels(v),
        )
    };
    assert_eq!(of(Variant::Figs), (32, 32, 2, 128));
    assert_eq!(of(Variant::DenseWs), (32, 32, 1, 32));
    assert_eq!(of(Variant::Stc24), (64, 32, 2, 32));
    assert_eq!(of(Variant::VegetaS), (128, 32, 2, 32));
    let wide = FigsParams {
        group: 32,
        alpha: 24,
        select: SelectBy::Pe,
        ..p
    };
    assert_eq!(wide.n_min(), 8);
    assert_eq!(wide.selects(Variant::Figs), 8);
    assert_eq!(wide.sel_w(Variant::Figs), 5);
    let runs = (0..8).filter(|&n| wide.runs(Variant::Figs, n));
    assert_eq!(runs.collect::<Vec<_>>(), [3, 4, 5]);
}

#[test]
fn tiles_of_the_engines_by_density() {
    let p = FigsParams::for_pe(1024);
    let of = |v, log_n| (p.k_tile(v, log_n), p.channels(v, log_n));
    assert_eq!(
        [0, 1, 2].map(|n| of(Variant::Figs, n)),
        [(32, 128), (32, 64), (32, 32)]
    );
    assert_eq!(of(Variant::DenseWs, 0), (32, 32));
    assert_eq!([1, 2].map(|n| of(Variant::Stc24, n)), [(64, 32), (32, 32)]);
    assert_eq!(
        [0, 1, 2].map(|n| of(Variant::VegetaS, n)),
        [(128, 32), (64, 32), (32, 32)]
    );
}

#[test]
fn every_broken_rule_is_reported_at_once() {
    let bad = FigsParams {
        rows: 10,
        columns: 64,
        lanes: 8,
        alpha: 4,
        weight_w: 5,
        act_w: 16,
        max_t: 100,
        max_k: 2,
        ..FigsParams::default()
    };
    assert_eq!(
        said(&bad),
        [
            "figs.rows = 10: must be a multiple of figs.group = 4 (try 12)",
            "figs.columns = 64: columns * lanes = 512 multipliers a row, at most 256 (try 32)",
            "figs.alpha = 4: must be 0 to 3 (try 3)",
            "figs.weight_w = 5: must be one of 4, 8 (try 8)",
            "figs.act_w = 16: must be one of 4, 8, 12 (try 8)",
            "figs.max_t = 100: must be a power of two (try 64 or 128)",
            "figs.max_k = 2: must be 4 to 65536 (try 4)",
        ]
    );
    let narrow = FigsParams {
        psum_w: 20,
        ..FigsParams::default()
    };
    assert_eq!(
        said(&narrow),
        [
            "figs.psum_w = 20: must be 28 to 48: a sum of figs.max_k = 4096 products of 8 and 8 \
          bits (try 28)"
        ]
    );
}
