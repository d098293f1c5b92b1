// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench of the top-k engine: accepts a right engine, catches, shrinks and replays wrong ones.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use hwgen_bundle::manifest::Bundle;
use hwgen_golden::topk::{TopkParams, select};
use hwgen_sim::toolchain::Toolchain;
use hwgen_verif::topk::{Pace, Query, bench_harness, run_in};
use hwgen_verif::verify::{Lab, Progress, replay_header};
use hwgen_verif::{EngineReport, VerifyError, VerifyOptions};

#[path = "support/bundle.rs"]
#[allow(dead_code)]
mod bundle;

fn lab() -> Lab {
    let cache = bundle::cache();
    let tools = Toolchain::find(&cache).expect("Verilator is installed");
    Lab { cache, tools }
}

/// What differs from verification to verification.
#[derive(Default)]
struct Wish {
    cases: u64,
    replay: Option<PathBuf>,
    wave: Option<PathBuf>,
    no_waves: bool,
    stop: bool,
}

fn verify(bundle: &Bundle, wish: Wish) -> Result<EngineReport, VerifyError> {
    let mut told = Vec::new();
    let mut progress = |p: Progress| told.push(p);
    let mut opts = VerifyOptions {
        cases: wish.cases,
        seed: 1,
        wave: wish.wave,
        waves: !wish.no_waves,
        replay: wish.replay,
        artifacts: bundle.dir.join("failures"),
        progress: &mut progress,
        stop: &AtomicBool::new(wish.stop),
    };
    let report = lab().verify_engine(bundle, &bundle.manifest.engines[0], &mut opts);
    assert!(!told.is_empty() || report.is_err(), "nobody told anything");
    report
}

fn cases(cases: u64) -> Wish {
    Wish {
        cases,
        ..Wish::default()
    }
}

#[test]
fn a_right_engine_passes_and_every_situation_occurs() {
    let bundle = bundle::toy("topk_right", bundle::TOY, &bundle::small());
    let report = verify(&bundle, cases(1_500)).expect("the toy runs");
    assert_eq!(report.failure, None);
    assert_eq!(report.cases, 1_500);
    assert!(report.keys > 10_000 && report.cycles > 10_000);
    let unseen = report.coverage.iter().filter(|(_, count)| **count == 0);
    let unseen: Vec<&String> = unseen.map(|(name, _)| name).collect();
    // The toy takes no keys before a result has left.
    assert_eq!(unseen, ["overlapped"]);
}

#[test]
fn parameters_at_their_bounds_pass() {
    let all = [
        (1, 4, true, 2),
        (1, 24, false, 9),
        (2, 5, false, 17),
        (8, 24, true, 8),
        (64, 13, true, 100),
    ];
    for (lanes, key_w, signed, max_n) in all {
        let p = TopkParams {
            lanes,
            key_w,
            signed,
            max_n,
            ..bundle::small()
        };
        let name = format!("topk_p{lanes}_w{key_w}_n{max_n}");
        let bundle = bundle::toy(&name, bundle::TOY, &p);
        let report = verify(&bundle, cases(300)).expect("the toy runs");
        assert_eq!(report.failure, None, "{name}");
    }
}

/// One way to break the toy: the text that changes, what it becomes, where the report must point,
/// and the most queries and keys that the shrunk case may have.
struct Mutant {
    name: &'static str,
    from: &'static str,
    to: &'static str,
    field: &'static str,
    most: (usize, usize),
}

const fn mutant(
    name: &'static str,
    from: &'static str,
    to: &'static str,
    field: &'static str,
    most: (usize, usize),
) -> Mutant {
    Mutant {
        name,
        from,
        to,
        field,
        most,
    }
}

const MUTANTS: [Mutant; 17] = [
    mutant("ties", "j < i)", "j > i)", "res_index_o", (1, 2)),
    mutant(
        "rank",
        "rank_d < k_q",
        "rank_d <= k_q",
        "res_count_o",
        (1, 1),
    ),
    mutant(
        "threshold",
        "key_q[i] < weakest",
        "key_q[i] > weakest",
        "res_threshold_o",
        (1, 2),
    ),
    mutant("sign", "(Signed != 0) &", "1'b0 &", "res_", (1, 2)),
    mutant(
        "order",
        "out_idx_q[32'(sent_q)+l]",
        "out_idx_q[32'(count_q)-1-(32'(sent_q)+l)]",
        "res_index_o",
        (1, 2),
    ),
    mutant(
        "data",
        "out_key_q[32'(sent_q)+l]",
        "(out_key_q[32'(sent_q)+l] | 8'h10)",
        "res_data_o",
        (1, 1),
    ),
    mutant("k", "if (first_q) k_q", "k_q", "res_count_o", (1, 5)),
    mutant(
        "gated",
        "if (key_valid_i) begin",
        "if (key_valid_i || key_last_i) begin",
        "",
        (1, 1),
    ),
    mutant(
        "keep",
        "res_keep_o[l] = 1'b1;",
        "res_keep_o[0] = 1'b1;",
        "res_keep_o",
        (1, 2),
    ),
    mutant(
        "last",
        "32'(sent_q) + Lanes >= 32'(count_q)",
        "32'(sent_q) + Lanes > 32'(count_q)",
        "res_last_o",
        (1, 4),
    ),
    mutant(
        "hang",
        "send_q = 1'b1;",
        "send_q = (k_q != '0);",
        "res_valid_o",
        (1, 0),
    ),
    mutant(
        "extra",
        "if (res_last_o) send_q",
        "if (32'(sent_q) >= 32'(count_q)) send_q",
        "res_valid_o",
        (1, 1),
    ),
    mutant(
        "dropped",
        "assign res_valid_o = send_q;",
        "logic odd_q; always @(posedge clk_i) odd_q <= !odd_q; assign res_valid_o = send_q && odd_q;",
        "res_valid_o",
        (1, 0),
    ),
    mutant(
        "shy",
        "assign res_valid_o = send_q;",
        "assign res_valid_o = send_q && res_ready_i;",
        "res_valid_o",
        (1, 0),
    ),
    mutant(
        "unstable",
        "sent_q = sent_q + Lanes[CntW:0];\n    end",
        "sent_q = sent_q + Lanes[CntW:0];\n    end else threshold_q = threshold_q + 1'b1;",
        "res_valid_o",
        (1, 0),
    ),
    mutant(
        "reset",
        "      n_q = '0;\n      first_q",
        "      first_q",
        "",
        (1, 1),
    ),
    mutant(
        "check",
        "`ifndef SYNTHESIS",
        "`ifndef SYNTHESIS\n  always @(posedge clk_i) if (rst_ni && n_q == 8) $error(\"eight\");",
        "check in the RTL",
        (1, 12),
    ),
];

#[test]
fn every_wrong_engine_is_caught_shrunk_and_replayed() {
    for m in MUTANTS {
        assert!(bundle::TOY.contains(m.from), "{}: nothing to break", m.name);
        let text = bundle::TOY.replacen(m.from, m.to, 1);
        let bundle = bundle::toy(&format!("topk_bad_{}", m.name), &text, &bundle::small());
        let report = verify(&bundle, cases(2_000)).expect("the toy runs");
        let failure = report
            .failure
            .unwrap_or_else(|| panic!("{}: not caught", m.name));
        eprintln!("{}: {failure}\n", m.name);
        assert!(failure.field.starts_with(m.field), "{}: {failure}", m.name);
        let (queries, keys) = queries_of(&failure.replay);
        assert!(
            queries <= m.most.0 && keys <= m.most.1,
            "{}: {failure}",
            m.name
        );
        // The replay shows the very same mismatch.
        let again = Wish {
            replay: Some(failure.replay.clone()),
            ..Wish::default()
        };
        let again = verify(&bundle, again).expect("the replay runs").failure;
        let again = again.unwrap_or_else(|| panic!("{}: not replayed", m.name));
        assert_eq!(
            (again.field, again.cycle, again.expected, again.got),
            (failure.field, failure.cycle, failure.expected, failure.got),
            "{}",
            m.name
        );
        let wave = failure.wave.expect("there is always a format that works");
        assert!(wave.is_file(), "{}", m.name);
    }
}

/// Counts queries and keys of a replay file.
fn queries_of(path: &Path) -> (usize, usize) {
    let text = std::fs::read_to_string(path).expect("the replay file is there");
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let queries = json["run"]["items"].as_array().expect("it has queries");
    let keys = queries
        .iter()
        .map(|q| q["keys"].as_array().map_or(0, Vec::len));
    (queries.len(), keys.sum())
}

#[test]
fn a_replay_is_refused_by_another_engine() {
    let text = bundle::TOY.replacen("j < i)", "j > i)", 1);
    let bundle = bundle::toy("topk_refused", &text, &bundle::small());
    let report = verify(&bundle, cases(200)).expect("the toy runs");
    let replay = report.failure.expect("ties are wrong").replay;
    assert_eq!(replay_header(&replay).expect("it is one").variant, "radix");
    let wider = TopkParams {
        key_w: 9,
        ..bundle::small()
    };
    let wider = bundle::toy("topk_refused_wider", &text, &wider);
    let ask = |path: &Path| {
        let wish = Wish {
            replay: Some(path.to_owned()),
            ..Wish::default()
        };
        verify(&wider, wish)
            .expect_err("not for this engine")
            .to_string()
    };
    let said = ask(&replay);
    assert!(said.contains("KeyW=8") && said.contains("KeyW=9"), "{said}");
    let older = wider.dir.join("older.json");
    let text = std::fs::read_to_string(&replay).expect("it is there");
    let text = text.replacen("\"format\": 2", "\"format\": 1", 1);
    std::fs::write(&older, text).expect("the folder is writable");
    let said = ask(&older);
    assert!(
        said.contains("format 1, and this release plays format 2"),
        "{said}"
    );
    let nonsense = wider.dir.join("nonsense.json");
    std::fs::write(&nonsense, "{}").expect("the folder is writable");
    let said = ask(&nonsense);
    assert!(said.contains("not a replay file"), "{said}");
}

#[test]
fn waves_of_failures_can_be_left_out() {
    let text = bundle::TOY.replacen("j < i)", "j > i)", 1);
    let bundle = bundle::toy("topk_no_waves", &text, &bundle::small());
    let without = Wish {
        no_waves: true,
        ..cases(200)
    };
    let report = verify(&bundle, without).expect("the toy runs");
    let failure = report.failure.expect("ties are wrong");
    assert_eq!((&failure.wave, &failure.wave_missing), (&None, &None));
    // A file that is asked for by name is written all the same.
    let path = bundle.dir.join("asked.vcd");
    let asked = Wish {
        no_waves: true,
        wave: Some(path.clone()),
        ..cases(200)
    };
    let report = verify(&bundle, asked).expect("the toy runs");
    let failure = report.failure.expect("ties are wrong");
    assert_eq!(failure.wave.as_ref(), Some(&path));
    assert!(path.is_file());
}

#[test]
fn the_stop_flag_ends_between_runs() {
    let bundle = bundle::toy("topk_stop", bundle::TOY, &bundle::small());
    let wish = Wish {
        stop: true,
        ..cases(500)
    };
    assert!(matches!(verify(&bundle, wish), Err(VerifyError::Stopped)));
}

#[test]
fn a_bad_manifest_is_refused() {
    let mut bundle = bundle::toy("topk_manifest", bundle::TOY, &bundle::small());
    bundle.manifest.engines[0].parameters.remove("KeyW");
    let said = verify(&bundle, cases(10))
        .expect_err("no width")
        .to_string();
    assert_eq!(
        said,
        "engine toy_topk: parameter KeyW is missing; emit the bundle again"
    );
}

#[test]
fn answers_come_with_their_cycles() {
    let bundle = bundle::toy("topk_run", bundle::TOY, &bundle::small());
    let engine = &bundle.manifest.engines[0];
    let queries = [
        Query {
            keys: vec![5, -7, 5, 5, 9],
            k: 3,
        },
        Query { keys: vec![], k: 4 },
    ];
    for pace in [Pace::Isolated, Pace::BackToBack] {
        let got = run_in(&lab(), &bundle, engine, &queries, pace).expect("the toy runs");
        assert_eq!(got.len(), 2);
        for (query, got) in queries.iter().zip(&got) {
            let want = select(&query.keys, query.k as usize);
            assert_eq!(got.indices, want.indices);
            assert_eq!(got.threshold, want.threshold);
            assert_eq!(got.count as usize, want.indices.len());
        }
        assert_eq!(got[0].keys, [5, 5, 9]);
        let first = &got[0];
        assert_eq!(
            (
                first.first_in,
                first.last_in,
                first.first_out,
                first.last_out
            ),
            (0, 1, 2, 2)
        );
        assert_eq!(got[1].first_in, 3);
    }
    let alien = [Query {
        keys: vec![1000],
        k: 1,
    }];
    let said = run_in(&lab(), &bundle, engine, &alien, Pace::Isolated);
    let said = said.expect_err("eight bits cannot hold it").to_string();
    assert_eq!(
        said,
        "engine toy_topk: query 0 has key 1000, not -128 to 127"
    );
}

#[test]
fn the_cpp_bench_sees_the_same_cycles() {
    let bundle = bundle::toy("topk_speed", bundle::TOY, &bundle::small());
    let engine = &bundle.manifest.engines[0];
    // Equal cycles are checked inside; the ratio is for a release build to judge.
    let speed = bench_harness(&lab(), &bundle, engine, 200).expect("both run");
    assert!(speed.cycles > 1_000 && speed.rust > 0.0 && speed.cpp_eval > 0.0);
    eprintln!("{speed:?}");
}
