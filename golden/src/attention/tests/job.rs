// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whole jobs: refusals, requests, accuracy against float64, and size.

use approx::assert_abs_diff_eq;

use super::super::host::unit_of;
use super::super::reference::{Keep, Setting, attention, deviation};
use super::super::softmax::Scale;
use super::super::{AttentionParams, Job, JobError, Query, Rule, Select};
use super::{Case, Random};

/// `nq` queries over `n` keys of 64 elements, with scores that deviate by two nats.
fn plain(seed: u64, nq: usize, n: usize) -> Case {
    let mut rng = Random(seed);
    let params = AttentionParams::default();
    let mut rows = |n: usize| {
        (0..n)
            .map(|_| (0..64).map(|_| rng.element(400.0, 12)).collect())
            .collect()
    };
    let (queries, k, v): (Vec<Vec<i32>>, _, _) = (rows(nq), rows(n), rows(n));
    let scale = super::super::host::softmax_scale(2.0 / (400.0 * 400.0 * 8.0)).expect("in range");
    let job = Job {
        head: 3,
        ..Job::plain(&params, n as u32, scale)
    };
    let queries = queries
        .into_iter()
        .map(|data| Query { data, bound: 0 })
        .collect();
    Case {
        params,
        job,
        queries,
        k,
        v,
        bias: Vec::new(),
        list: Vec::new(),
    }
}

fn real(rows: &[Vec<i32>]) -> Vec<Vec<f64>> {
    rows.iter()
        .map(|r| r.iter().map(|&x| f64::from(x)).collect())
        .collect()
}

fn exact(case: &Case, keep: Keep) -> super::super::reference::Attention {
    let queries: Vec<Vec<i32>> = case.queries.iter().map(|q| q.data.clone()).collect();
    let scale = Scale {
        pre_shift: case.job.pre_shift,
        mant: case.job.mant,
    };
    let setting = Setting {
        unit: unit_of(scale),
        causal: case.job.causal.then_some(case.job.first as usize),
        keep,
        renorm: case.job.renorm,
    };
    attention(
        &real(&queries),
        &real(&case.k),
        &real(&case.v),
        None,
        setting,
    )
}

#[test]
fn outputs_agree_with_float64() {
    for (causal, select, keep, renorm) in [
        (false, Select::All, Keep::All, false),
        (true, Select::All, Keep::All, true),
        (false, Select::Topk, Keep::Topk(20), true),
        (false, Select::Mass, Keep::Mass(60_000.0 / 65_536.0), false),
    ] {
        let mut case = plain(7, 4, 200);
        case.job.select = select;
        case.job.renorm = renorm;
        case.job.causal = causal;
        case.job.first = 150;
        case.job.k = 20;
        case.job.mass = 60_000;
        let got = case.run();
        let want = exact(&case, keep);
        let got: Vec<f64> = got
            .outputs
            .iter()
            .flatten()
            .map(|&o| f64::from(o) / 16.0)
            .collect();
        let want: Vec<f64> = want.outputs.iter().flatten().copied().collect();
        let d = deviation(got.iter().copied().zip(want.iter().copied()));
        // Values of 12 bits; what differs is two keys of one rank at the edge of a selection.
        let allowed = if select == Select::All { 0.2 } else { 8.0 };
        assert!(d.max <= allowed && d.cosine > 0.999, "{select:?}: {d:?}");
    }
}

#[test]
fn refused_jobs_say_why_and_ask_for_nothing() {
    type Edit = fn(&mut Job);
    let edits: [(JobError, Edit); 13] = [
        (JobError::Keys, |j| j.keys = 0),
        (JobError::Keys, |j| j.keys = 1025),
        (JobError::K, |j| (j.select, j.k) = (Select::Topk, 0)),
        (JobError::Planes, |j| j.k_start = 0),
        (JobError::Planes, |j| (j.k_start, j.k_max) = (3, 2)),
        (JobError::Planes, |j| j.k_max = 4),
        (JobError::Planes, |j| j.v_count = 0),
        (JobError::Planes, |j| j.v_count = 4),
        (JobError::RuleOrSelect, |j| j.rule = Rule::Reserved),
        (JobError::RuleOrSelect, |j| j.select = Select::Reserved),
        (JobError::Mass, |j| j.mass = 65_537),
        // The first reason wins; k counts only where it is read.
        (JobError::Keys, |j| (j.keys, j.mass) = (0, 70_000)),
        (JobError::Ok, |j| j.k = 0),
    ];
    for (error, edit) in edits {
        let mut case = plain(8, 2, 20);
        edit(&mut case.job);
        let got = case.run();
        assert_eq!(got.error, error, "{:?}", case.job);
        assert_eq!(got.stats[0].error, error);
        if error != JobError::Ok {
            assert!(got.outputs.is_empty() && got.probs.is_empty());
            assert!(
                got.k_requests
                    .iter()
                    .chain(&got.v_requests)
                    .all(Vec::is_empty)
            );
            assert!(got.stats.len() == 1 && got.stats[0].last);
        }
    }
    let codes: Vec<u32> = Rule::ALL
        .map(Rule::code)
        .into_iter()
        .chain(Select::ALL.map(Select::code))
        .collect();
    assert_eq!(codes, [0, 1, 2, 3, 0, 1, 2, 3]);
    assert_eq!(
        (
            JobError::Ok.code(),
            JobError::Keys.code(),
            JobError::Mass.code()
        ),
        (0, 1, 5)
    );
}

#[test]
fn no_vector_is_asked_for_twice_and_rows_are_whole() {
    let mut rng = Random(9);
    for _ in 0..300 {
        let case = Case::random(&mut rng);
        let got = case.run();
        let tokens = case.params.tokens();
        for (value, planes) in [(false, &got.k_requests), (true, &got.v_requests)] {
            for (plane, requests) in planes.iter().enumerate() {
                let mut seen = vec![false; case.job.keys as usize];
                for r in requests {
                    assert!(r.vectors() > 0 && (r.value, r.plane) == (value, plane as u32));
                    let list = case.job.list.then_some(&case.list[..]);
                    assert_eq!(r.wanted(&case.params, list).count() as u32, r.vectors());
                    let lanes = r.positions.iter().map(|j| j % tokens);
                    assert!(lanes.is_sorted_by(|a, b| a < b));
                    let row = |j: &u32| j / tokens;
                    let first = row(&r.positions[0]);
                    assert!(value || r.positions.iter().all(|j| row(j) == first));
                    for (&position, (lane, token)) in
                        r.positions.iter().zip(r.wanted(&case.params, list))
                    {
                        assert_eq!(lane, position % tokens);
                        assert!(!std::mem::replace(&mut seen[position as usize], true));
                        let expected = list.map_or(position, |l| l[position as usize]);
                        assert_eq!(token, expected);
                    }
                }
            }
        }
        // Up-front planes come in row order, and all counts add up.
        assert!(got.k_requests[0].is_sorted_by_key(|r| r.positions[0]));
        let asked = |planes: &[Vec<super::super::Request>]| -> u32 {
            planes
                .iter()
                .flatten()
                .map(super::super::Request::vectors)
                .sum()
        };
        let later: u32 = got.stats.iter().map(|s| s.k_fetched).sum();
        assert_eq!(asked(&got.k_requests[case.job.k_start as usize..]), later);
        let values: u32 = got.stats.iter().map(|s| s.v_fetched).sum();
        assert_eq!(asked(&got.v_requests), values);
    }
}

#[test]
fn more_precision_comes_closer() {
    let mut case = plain(10, 8, 100);
    let want = exact(&case, Keep::All);
    let errors: Vec<f64> = (1..=3)
        .map(|planes| {
            (case.job.k_start, case.job.v_count) = (planes, planes);
            let got = case.run();
            let pairs = got
                .outputs
                .iter()
                .flatten()
                .zip(want.outputs.iter().flatten());
            deviation(pairs.map(|(&g, &w)| (f64::from(g) / 16.0, w))).rms
        })
        .collect();
    assert!(
        errors[0] > 4.0 * errors[1] && errors[1] > 4.0 * errors[2],
        "{errors:?}"
    );
    assert_abs_diff_eq!(errors[2], 0.0, epsilon = 0.05);
}

#[test]
fn a_refinement_of_everything_is_the_full_precision() {
    let mut case = plain(11, 5, 90);
    let full = case.run();
    case.job.k_start = 1;
    case.job.rule = Rule::Head;
    let by_head = case.run();
    case.job.rule = Rule::Token;
    for q in &mut case.queries {
        q.bound = (1 << 24) - 1;
    }
    case.job.eps_log2 = (1 << 20) - 1;
    let by_token = case.run();
    for got in [&by_head, &by_token] {
        assert_eq!((&got.outputs, &got.probs), (&full.outputs, &full.probs));
        assert_eq!(got.k_requests, full.k_requests);
        // The first query fetches; the others find it there, and add it all the same.
        let counts: Vec<(u32, u32)> = got.stats.iter().map(|s| (s.k_fetched, s.refined)).collect();
        assert_eq!(counts, [(180, 180), (0, 180), (0, 180), (0, 180), (0, 180)]);
    }
}
