// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of cascade.

use super::survivors::keep;
use super::*;
use crate::attention::JobResult;
use crate::importance::ImportanceParams;

const QUARTER: u32 = RATIO_ONE / 4;

fn params() -> CascadeParams {
    CascadeParams {
        tokens: [4, 4, 3, 2, 1].map(|q| q * QUARTER).to_vec(),
        heads: [4, 4, 4, 4, 2].map(|q| q * QUARTER).to_vec(),
        window: 3,
        key_w: 24,
    }
}

/// A layer's result in which the tokens of the list got `probs` from one query.
fn result(probs: Vec<u32>, outputs: Vec<i16>) -> JobResult {
    JobResult {
        error: crate::attention::JobError::Ok,
        outputs: vec![outputs],
        probs: vec![probs],
        selected: Vec::new(),
        precision: Vec::new(),
        stats: Vec::new(),
        k_requests: Vec::new(),
        v_requests: Vec::new(),
    }
}

#[test]
fn the_least_important_leave_and_recent_tokens_stay() {
    let mut c = Cascade::new(params(), 12, 4);
    assert_eq!((c.tokens().len(), c.heads().len()), (12, 4));
    // Token t gets importance 100 - t, in the last layer head h gets 10 * h.
    for head in 0..4 {
        let probs = (0..12).map(|t| 100 - t).collect();
        c.observe(head, &result(probs, vec![10 * head as i16]));
    }
    c.next_layer();
    assert_eq!(c.tokens().len(), 12);
    c.next_layer();
    // Nine survive, three of them by the window.
    assert_eq!(c.tokens(), [0, 1, 2, 3, 4, 5, 9, 10, 11]);
    c.next_layer();
    assert_eq!(c.tokens(), [0, 1, 2, 9, 10, 11]);
    // A pruned token gains nothing; importance goes by token, not by position.
    c.observe(0, &result(vec![0, 0, 0, 0, 0, 9], vec![0]));
    assert_eq!(c.token_importance().sums()[11], 4 * 89 + 9);
    c.next_layer();
    assert_eq!(c.tokens(), [9, 10, 11]);
    assert_eq!(c.heads(), [2, 3]);
}

#[test]
fn a_generated_token_joins_and_the_pruned_stay_away() {
    let mut c = Cascade::new(params(), 8, 2);
    for _ in 0..4 {
        c.next_layer();
    }
    assert_eq!(c.tokens(), [5, 6, 7]);
    c.next_token();
    assert_eq!(c.tokens(), [5, 6, 7, 8]);
    assert_eq!(c.token_importance().sums().len(), 9);
    assert_eq!(c.heads(), [0]);
}

#[test]
fn a_window_larger_than_the_count_wins() {
    let p = CascadeParams {
        window: 100,
        ..params()
    };
    let mut c = Cascade::new(p, 12, 2);
    for _ in 0..4 {
        c.next_layer();
    }
    assert_eq!(c.tokens().len(), 12);
}

#[test]
fn the_largest_sum_does_not_displace_the_window() {
    let kept = keep(
        &[4, 5, 6, 7],
        |&t| if t == 7 { 0 } else { 1 << 32 },
        2,
        1,
        8,
    );
    assert_eq!(kept, [4, 7]);
}

#[test]
fn what_does_not_survive_counts_for_nothing() {
    // Keys of 8 bits. Sums of tokens: 100, 200, 40, so that none is cut; position 3 is beyond.
    let mut s = Survivors::new(3, 3, 8);
    s.add_probs(&[100, 200, 40, 60_000]);
    assert_eq!(s.token_importance().sums(), [100, 200, 40]);
    // Sums of heads: 3, 2, 1; the sequence has no head 3 and no head 200. With their 32,767 all
    // others would be cut to 0, and head 0 would stay for its number alone.
    for (head, element) in [(0, 1), (1, -2), (2, 3), (3, 32_767), (200, -32_768)] {
        s.add_output(head, &[element]);
    }
    assert_eq!(s.head_importance().sums(), [1, 2, 3]);
    s.prune(2, 2, 0);
    assert_eq!((s.tokens(), s.heads()), (&[0, 1][..], &[1, 2][..]));
    // Head 0 and position 2 have left.
    s.add_output(0, &[32_767]);
    s.add_probs(&[0, 0, 60_000]);
    assert_eq!(s.head_importance().sums(), [1, 2, 3]);
    s.prune(1, 1, 0);
    assert_eq!((s.tokens(), s.heads()), (&[1][..], &[2][..]));
}

#[test]
fn the_engine_does_what_the_schedule_commands() {
    let mut c = Cascade::new(params(), 12, 4);
    let mut engine = Engine::new(EngineParams {
        key_w: params().key_w,
        ..EngineParams::default()
    });
    let mut check = |c: &Cascade, add: &dyn Fn(&mut Survivors)| {
        assert_eq!(engine.command(&c.command()), CommandError::Ok);
        let survivors = engine.survivors_mut().expect("started");
        assert_eq!(
            (survivors.tokens(), survivors.heads()),
            (c.tokens(), c.heads())
        );
        add(survivors);
    };
    for step in 0..7_u32 {
        let probs: Vec<u32> = (0..c.tokens().len() as u32).map(|p| p * 7 % 5).collect();
        let output = vec![3 * step as i16 - 9; 8];
        check(&c, &|s| {
            s.add_probs(&probs);
            s.add_output(1, &output);
        });
        c.observe(1, &result(probs.clone(), output.clone()));
        if step == 4 {
            c.next_token();
        } else {
            c.next_layer();
        }
    }
}

#[test]
fn illegal_commands_change_nothing_and_the_lowest_code_counts() {
    let params = EngineParams {
        importance: ImportanceParams {
            d_head: 8,
            lanes: 8,
            max_tokens: 8,
            max_heads: 3,
        },
        ..EngineParams::default()
    };
    let mut engine = Engine::new(params);
    let start = Command {
        op: Op::Start,
        tokens: 7,
        heads: 3,
        keep_tokens: 5,
        keep_heads: 2,
        window: 0,
    };
    let layer = Command {
        op: Op::Layer,
        tokens: 0,
        heads: 0,
        ..start
    };
    assert_eq!(engine.command(&layer), CommandError::Op);
    assert_eq!(engine.command(&start), CommandError::Ok);
    let wrong = [
        (
            Command {
                op: Op::Reserved,
                keep_heads: 0,
                ..start
            },
            CommandError::Op,
        ),
        (
            Command {
                tokens: 0,
                heads: 0,
                ..start
            },
            CommandError::Tokens,
        ),
        (Command { tokens: 9, ..start }, CommandError::Tokens),
        (
            Command {
                heads: 0,
                keep_tokens: 0,
                ..start
            },
            CommandError::Heads,
        ),
        (Command { heads: 4, ..start }, CommandError::Heads),
        (
            Command {
                keep_tokens: 0,
                ..layer
            },
            CommandError::Keep,
        ),
        (
            Command {
                keep_heads: 0,
                ..layer
            },
            CommandError::Keep,
        ),
    ];
    for (command, error) in wrong {
        assert_eq!(engine.command(&command), error, "{command:?}");
    }
    assert_eq!(engine.command(&layer), CommandError::Ok);
    assert_eq!(
        engine.survivors().expect("started").tokens(),
        [0, 1, 2, 3, 4]
    );
    let token = Command {
        op: Op::Token,
        ..layer
    };
    assert_eq!(engine.command(&token), CommandError::Ok);
    assert_eq!(engine.command(&token), CommandError::Tokens);
}

#[test]
fn every_broken_rule_of_the_hardware_is_reported_at_once() {
    let p = EngineParams {
        importance: ImportanceParams {
            d_head: 60,
            max_heads: 300,
            ..ImportanceParams::default()
        },
        lanes: 12,
        key_w: 4,
        digit_w: 9,
    };
    let all = p.importance.violations().into_iter().chain(p.violations());
    let said: Vec<String> = all.map(|v| v.to_string()).collect();
    assert_eq!(
        said,
        [
            "attention.d_head = 60: must be a multiple of 8 (try 56 or 64)",
            "importance.max_heads = 300: must be 1 to 256 (try 256)",
            "cascade.lanes = 12: must be a power of two (try 8 or 16)",
            "cascade.key_w = 4: must be 8 to 24 (try 8)",
            "cascade.digit_w = 9: must be 1 to 6 (try 6)",
        ]
    );
}
