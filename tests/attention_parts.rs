// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of the arithmetic modules of the attention core, each alone, against references
//! written from the numerics and not from the RTL.
//!
//! Random beats follow `HWGEN_SEED`, which each test prints first.

#[path = "attention_parts/harness.rs"]
mod harness;
#[path = "attention_parts/reference.rs"]
mod reference;
#[path = "attention_parts/select.rs"]
mod select;

use std::collections::VecDeque;

use harness::{Part, extend};

/// Drives every kind of distance through `rows` lanes.
fn exp2(rows: u32, diff_w: u32, beats: u64) {
    let mut part = Part::new(
        "hg_exp2",
        &[("Rows", rows), ("DiffW", diff_w), ("TagW", 20)],
        &[
            ("tag_i", 20),
            ("diff_i", rows * diff_w),
            ("live_i", rows),
            ("pre_shift_i", 6),
            ("mant_i", 16),
            ("tag_o", 20),
            ("live_o", rows),
            ("key_o", rows * 12),
            ("exp_o", rows * 25),
        ],
    );
    let [valid, tag, diff, live, pre_shift, mant] = [
        "valid_i",
        "tag_i",
        "diff_i",
        "live_i",
        "pre_shift_i",
        "mant_i",
    ]
    .map(|n| part.input(n));
    let [valid_o, tag_o, live_o, key_o, exp_o] =
        ["valid_o", "tag_o", "live_o", "key_o", "exp_o"].map(|n| part.output(n));
    let mut expected = VecDeque::new();
    let (mut beat, mut seen) = (0, 0);
    while seen < beats {
        let active = beat < beats && part.rng.chance(90);
        part.dut.set(valid, u64::from(active));
        if active {
            // Half of the beats let t be the distance, which visits all of its values.
            let plain = beat % 2 == 0;
            let s = if plain {
                -1
            } else {
                part.rng.between(-16, 31) as i32
            };
            let m = if plain { 0x8000 } else { part.unsigned(16) };
            let mut lanes = Vec::new();
            for t in 0..rows {
                let most = (1_u64 << diff_w) - 1;
                let d = match (plain, part.rng.below(4)) {
                    (true, 0) => part.rng.below(1 << 14),
                    (true, _) => part.rng.below(1 << 20),
                    // Aimed to fall into the range that is not saturated.
                    (false, 0) => (part.unsigned(20) << s.max(0)) >> (-s).max(0),
                    (false, _) => part.unsigned(diff_w),
                }
                .min(most);
                let alive = !part.rng.chance(10);
                part.dut.set_field(diff, t * diff_w, diff_w, d);
                part.dut.set_field(live, t, 1, u64::from(alive));
                let (key, e) = reference::exp2(d, s, m);
                lanes.push((alive, key, if alive { e } else { 0 }));
            }
            part.dut.set(tag, beat);
            part.dut.set(pre_shift, s as u64);
            part.dut.set(mant, m);
            expected.push_back((beat, lanes));
            beat += 1;
        }
        part.tick();
        if part.dut.get(valid_o) == 1 {
            let (tag, lanes) = expected.pop_front().expect("nothing comes unasked");
            assert_eq!(part.dut.get(tag_o), tag);
            for (t, (alive, key, e)) in lanes.into_iter().enumerate() {
                let t = t as u32;
                assert_eq!(part.dut.get_field(live_o, t, 1) == 1, alive);
                assert_eq!(
                    part.dut.get_field(exp_o, t * 25, 25),
                    e,
                    "beat {tag}, lane {t}"
                );
                if alive {
                    assert_eq!(
                        part.dut.get_field(key_o, t * 12, 12),
                        key,
                        "beat {tag}, lane {t}"
                    );
                }
            }
            seen += 1;
        }
        assert!(expected.len() < 64, "beats get lost");
    }
}

#[test]
#[ignore = "compiles a model for each part"]
fn exp2_follows_the_table() {
    exp2(4, 32, 50_000);
    exp2(1, 20, 10_000);
    exp2(2, 7, 5_000);
}

#[test]
#[ignore = "compiles a model for each part"]
fn recip_is_exact() {
    let widths = [("den_i", 38), ("recip_o", 21), ("exponent_o", 6)];
    let mut part = Part::new("hg_recip", &[], &widths);
    let [valid, den, ready] = ["valid_i", "den_i", "ready_i"].map(|n| part.input(n));
    let [ready_o, valid_o, recip_o, exponent_o] =
        ["ready_o", "valid_o", "recip_o", "exponent_o"].map(|n| part.output(n));
    let mut corners: Vec<u64> = vec![0];
    for i in 0..38 {
        corners.extend([1_u64 << i, (2 << i) - 1, (1 << i) + 1]);
    }
    for round in 0..12_000 {
        let d = match corners.pop() {
            Some(corner) => corner.min((1 << 38) - 1),
            // All quotients close to a whole number, where a wrong remainder shows.
            None if round % 3 == 0 => {
                let quotient = (1 << 19) + part.rng.below(1 << 19);
                ((1_u64 << 39) / quotient).min((1 << 20) - 1)
            }
            None => part.unsigned(38),
        };
        part.dut.set(valid, 1);
        part.dut.set(den, d);
        loop {
            part.tick();
            if part.dut.get(ready_o) == 1 {
                break;
            }
        }
        part.dut.set(valid, 0);
        part.dut.set(ready, 0);
        let stall = part.rng.below(3);
        let mut cycles = 0;
        while part.dut.get(valid_o) == 0 {
            part.tick();
            cycles += 1;
            assert!(cycles <= 29, "the division takes too long");
        }
        for _ in 0..stall {
            part.tick();
        }
        part.dut.set(ready, 1);
        part.tick();
        let got = (part.dut.get(recip_o), part.dut.get(exponent_o) as u32);
        assert_eq!(got, reference::recip(d), "den {d:#x}");
        part.dut.set(ready, 0);
    }
}

#[test]
#[ignore = "compiles a model for each part"]
fn prob_rounds_half_up() {
    let rows = 2;
    let mut part = Part::new(
        "hg_prob",
        &[("Rows", rows), ("TagW", 16)],
        &[
            ("tag_i", 16),
            ("exp_i", rows * 25),
            ("recip_i", 21),
            ("exponent_i", 6),
            ("tag_o", 16),
            ("prob_o", rows * 17),
        ],
    );
    let [valid, tag, exp, recip, exponent] =
        ["valid_i", "tag_i", "exp_i", "recip_i", "exponent_i"].map(|n| part.input(n));
    let [valid_o, tag_o, prob_o] = ["valid_o", "tag_o", "prob_o"].map(|n| part.output(n));
    let mut expected = VecDeque::new();
    let (mut beat, mut seen) = (0, 0);
    while seen < 30_000 {
        let active = beat < 30_000 && part.rng.chance(80);
        part.dut.set(valid, u64::from(active));
        if active {
            let mut sum = 0;
            let mut exps = Vec::new();
            for _ in 0..rows {
                let e = part.unsigned(25).min(1 << 24);
                exps.push(e);
                sum += e;
            }
            // What other tokens may add; often nothing, so that certainty occurs.
            let (r, i) = reference::recip((sum + part.unsigned(37)).max(1));
            for (t, &e) in exps.iter().enumerate() {
                part.dut.set_field(exp, t as u32 * 25, 25, e);
            }
            part.dut.set(tag, beat);
            part.dut.set(recip, r);
            part.dut.set(exponent, i.into());
            let probs: Vec<u64> = exps.iter().map(|&e| reference::prob(e, r, i)).collect();
            assert!(probs.iter().all(|&p| p <= 65536));
            expected.push_back((beat & 0xffff, probs));
            beat += 1;
        }
        part.tick();
        if part.dut.get(valid_o) == 1 {
            let (tag, probs) = expected.pop_front().expect("nothing comes unasked");
            assert_eq!(part.dut.get(tag_o), tag);
            for (t, p) in probs.into_iter().enumerate() {
                assert_eq!(
                    part.dut.get_field(prob_o, t as u32 * 17, 17),
                    p,
                    "beat {tag}"
                );
            }
            seen += 1;
        }
        assert!(expected.len() < 64, "beats get lost");
    }
}

/// Normalises queries against a consumer and a producer that stall.
fn norm(d_head: u32, lanes: u32, acc_w: u32, queries: u64) {
    let mut part = Part::new(
        "hg_norm",
        &[("DHead", d_head), ("AccW", acc_w), ("Lanes", lanes)],
        &[
            ("acc_i", d_head * acc_w),
            ("offset_i", acc_w),
            ("recip_i", 21),
            ("exponent_i", 6),
            ("out_o", d_head * 16),
        ],
    );
    let [valid, acc, offset, recip, exponent, ready] = [
        "valid_i",
        "acc_i",
        "offset_i",
        "recip_i",
        "exponent_i",
        "ready_i",
    ]
    .map(|n| part.input(n));
    let [ready_o, free_o, valid_o, out_o] =
        ["ready_o", "free_o", "valid_o", "out_o"].map(|n| part.output(n));
    let mut expected = VecDeque::new();
    let (mut asked, mut seen, mut standing) = (0, 0, false);
    // Cycles for which the sums of a query that was taken are still read.
    let mut reading = 0;
    let mut patience = 0;
    while seen < queries {
        if !standing && reading == 0 && asked < queries && part.rng.chance(70) {
            let (r, i) = match part.rng.below(8) {
                0 => reference::recip(0),
                1 | 2 => reference::recip((1 << 23) + part.unsigned(37)),
                _ => reference::recip((1 << 23) + part.unsigned(34)),
            };
            let middle = part.signed(acc_w) >> part.rng.below(u64::from(acc_w));
            part.dut.set_field(offset, 0, acc_w, middle as u64);
            let mut outs = Vec::new();
            for d in 0..d_head {
                let mut a = part.signed(acc_w);
                if part.rng.chance(70) {
                    // Around the size at which the result neither saturates nor vanishes.
                    a >>= (u32::from(part.rng.chance(50)) * 8 + acc_w)
                        .saturating_sub(i + 8)
                        .min(40);
                }
                part.dut.set_field(acc, d * acc_w, acc_w, a as u64);
                outs.push(reference::norm(a, middle, acc_w, r, i));
            }
            part.dut.set(recip, r);
            part.dut.set(exponent, i.into());
            expected.push_back(outs);
            (asked, standing) = (asked + 1, true);
        }
        part.dut.set(valid, u64::from(standing));
        let take = part.rng.chance(if (seen / 50) % 2 == 0 { 90 } else { 5 });
        part.dut.set(ready, u64::from(take));
        part.tick();
        reading = u32::max(reading, 1) - 1;
        let free = part.dut.get(free_o) == 1;
        if standing && part.dut.get(ready_o) == 1 {
            assert!(free, "a query is taken without room for its result");
            (standing, reading) = (false, d_head / lanes - 1);
        }
        if take && part.dut.get(valid_o) == 1 {
            let outs = expected.pop_front().expect("nothing comes unasked");
            for (d, out) in outs.into_iter().enumerate() {
                let got = extend(part.dut.get_field(out_o, d as u32 * 16, 16), 16);
                assert_eq!(got, out, "query {seen}, element {d}");
            }
            (seen, patience) = (seen + 1, 0);
        }
        patience += 1;
        assert!(patience < 1000, "queries get lost");
    }
}

#[test]
#[ignore = "compiles a model for each part"]
fn norm_rounds_half_up_and_saturates() {
    norm(16, 4, 41, 1500);
    norm(8, 8, 30, 1500);
    norm(8, 1, 44, 500);
}
