// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of params.

use super::*;

fn said(p: &AttentionParams) -> Vec<String> {
    p.violations().iter().map(ToString::to_string).collect()
}

#[test]
fn defaults_are_legal_and_their_widths_are_these() {
    let p = AttentionParams::default();
    assert_eq!(said(&p), [""; 0]);
    assert_eq!(
        (p.tokens(), p.fold(), p.max_rows(), p.row_w()),
        (1, 1, 1024, 10)
    );
    assert_eq!((p.tok_w(), p.k_w(), p.v_w(), p.plane_w()), (11, 12, 12, 4));
    assert_eq!((p.score_w(), p.response_w()), (31, 256));
    assert_eq!((p.bias_w(), p.bias_masked()), (32, -(1 << 31)));
    assert_eq!(p.vector_bytes(false, 0), 32);
}

#[test]
fn widths_at_the_smallest_and_at_folded_and_wide_shapes() {
    let p = AttentionParams {
        d_head: 8,
        lanes: 8,
        max_tokens: 8,
        k_planes: vec![2],
        v_planes: vec![3],
        contexts: 2,
        jobs: 4,
        slots: 2,
        outstanding: 4,
        arith: Arith::Dsp,
    };
    assert_eq!(said(&p), [""; 0]);
    assert_eq!(
        (p.tokens(), p.fold(), p.max_rows(), p.row_w()),
        (1, 1, 8, 3)
    );
    assert_eq!((p.tok_w(), p.score_w(), p.plane_w()), (4, 18, 3));
    let folded = AttentionParams {
        d_head: 96,
        lanes: 32,
        ..p.clone()
    };
    assert_eq!(said(&folded), [""; 0]);
    assert_eq!(
        (folded.tokens(), folded.fold(), folded.score_w()),
        (1, 3, 22)
    );
    let wide = AttentionParams {
        lanes: 512,
        max_tokens: 64,
        ..p
    };
    assert_eq!(said(&wide), [""; 0]);
    assert_eq!(
        (wide.tokens(), wide.fold(), wide.rows(65), wide.row_w()),
        (64, 1, 2, 1)
    );
}

#[test]
fn every_broken_rule_is_reported_at_once() {
    let bad = AttentionParams {
        d_head: 60,
        lanes: 48,
        max_tokens: 5000,
        k_planes: vec![1, 9, 4, 4],
        v_planes: vec![8, 8],
        contexts: 1,
        jobs: 2,
        slots: 33,
        outstanding: 300,
        arith: Arith::Logic,
    };
    assert_eq!(
        said(&bad),
        [
            "attention.d_head = 60: must be a multiple of 8 (try 56 or 64)",
            "attention.lanes = 48: must be a power of two (try 32 or 64)",
            "attention.max_tokens = 5000: must be 8 to 4096 (try 4096)",
            "attention.k_planes = [1, 9, 4, 4]: must name 1 to 3 planes (try [4, 4, 4])",
            "attention.k_planes = [1, 9, 4, 4]: each plane has 2 to 8 bits (try [4, 4, 4])",
            "attention.v_planes = [8, 8]: the planes hold at most 12 bits together \
             (try [4, 4, 4])",
            "attention.contexts = 1: must be 2 to 32 (try 2)",
            "attention.slots = 33: must be 2 to 32 (try 32)",
            "attention.outstanding = 300: must be 4 to 256 (try 256)",
            "attention.jobs = 2: must be 4 to 64 (try 4)",
        ]
    );
}

#[test]
fn lanes_fit_the_head_and_rows_fit_the_tokens() {
    let p = AttentionParams {
        d_head: 24,
        lanes: 16,
        ..AttentionParams::default()
    };
    assert_eq!(
        said(&p),
        ["attention.lanes = 16: must divide d_head = 24 or be a multiple of it (try 8)"]
    );
    let p = AttentionParams {
        lanes: 512,
        max_tokens: 1001,
        ..AttentionParams::default()
    };
    assert_eq!(
        said(&p),
        [
            "attention.max_tokens = 1001: must be a multiple of lanes / d_head = 8, \
          the tokens of a row (try 1008)"
        ]
    );
    let p = AttentionParams {
        d_head: 8,
        lanes: 1024,
        ..AttentionParams::default()
    };
    assert_eq!(
        said(&p),
        [
            "attention.lanes = 1024: a row of lanes / d_head = 128 tokens holds at most 64 \
          (try 512)"
        ]
    );
    let widest = AttentionParams { d_head: 16, ..p };
    assert_eq!((said(&widest).len(), widest.tokens()), (0, 64));
}

#[test]
fn jobs_are_a_power_of_two() {
    let p = AttentionParams {
        jobs: 12,
        ..AttentionParams::default()
    };
    assert_eq!(
        said(&p),
        ["attention.jobs = 12: must be a power of two (try 8 or 16)"]
    );
}
