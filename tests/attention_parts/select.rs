// SPDX-License-Identifier: MIT OR Apache-2.0
//! The selection engine: sets, order, sums, discarded queries, pace.

use std::collections::VecDeque;

use hwgen_sim::dut::{In, Out};

use crate::harness::Part;
use crate::reference::{Rule, select};

/// A token: key, exponential, live.
type Token = (u64, u64, bool);

/// One query on its way.
#[derive(Clone)]
struct Query {
    tokens: Vec<Token>,
    rule: Rule,
    tag: u64,
    commit: bool,
}

/// The engine and what is under way in it.
struct Bench {
    part: Part,
    rows: u32,
    inputs: [In; 15],
    outputs: [Out; 10],
    next: u64,
    entering: Option<(Query, usize)>,
    judged: VecDeque<Query>,
    /// Judged in the last cycle.
    judging: Option<Query>,
    /// Kept, with their slots, and not decided upon yet.
    kept: VecDeque<(Query, u64)>,
    expected: VecDeque<Query>,
    /// The first row of a query went in a cycle ago.
    claimed: bool,
    row: usize,
    sum: u64,
    done: u64,
}

/// How queries are made and how the surroundings behave.
#[derive(Clone, Copy)]
struct Pace {
    most: u64,
    least: u64,
    gaps: bool,
    rule: Option<u32>,
}

impl Bench {
    fn new(rows: u32, max_tokens: u32, slots: u32, searches: u32) -> Self {
        let depth = max_tokens.div_ceil(rows);
        let row_w = if depth <= 2 {
            1
        } else {
            (depth - 1).ilog2() + 1
        };
        let tok_w = max_tokens.ilog2() + 1;
        let slot_w = (slots - 1).ilog2() + 1;
        let parameters = [
            ("Rows", rows),
            ("MaxTokens", max_tokens),
            ("Slots", slots),
            ("Searches", searches),
            ("TagW", 8),
        ];
        let part = Part::new(
            "hg_select",
            &parameters,
            &[
                ("in_row_i", row_w),
                ("in_key_i", rows * 12),
                ("in_exp_i", rows * 25),
                ("in_live_i", rows),
                ("judge_slot_o", slot_w),
                ("decide_slot_i", slot_w),
                ("decide_mode_i", 2),
                ("decide_k_i", tok_w),
                ("decide_target_i", 38),
                ("decide_tag_i", 8),
                ("out_row_o", row_w),
                ("out_exp_o", rows * 25),
                ("out_live_o", rows),
                ("out_select_o", rows),
                ("out_tag_o", 8),
                ("sel_sum_o", 38),
            ],
        );
        let inputs = [
            "in_valid_i",
            "in_row_i",
            "in_key_i",
            "in_exp_i",
            "in_live_i",
            "in_last_i",
            "judge_valid_i",
            "judge_keep_i",
            "decide_valid_i",
            "decide_slot_i",
            "decide_mode_i",
            "decide_k_i",
            "decide_target_i",
            "decide_tag_i",
            "out_ready_i",
        ];
        let outputs = [
            "slot_free_o",
            "out_valid_o",
            "out_row_o",
            "out_exp_o",
            "out_live_o",
            "out_select_o",
            "out_last_o",
            "out_tag_o",
            "sel_sum_o",
            "judge_slot_o",
        ];
        Self {
            inputs: inputs.map(|n| part.input(n)),
            outputs: outputs.map(|n| part.output(n)),
            part,
            rows,
            next: 0,
            entering: None,
            judged: VecDeque::new(),
            judging: None,
            kept: VecDeque::new(),
            expected: VecDeque::new(),
            claimed: false,
            row: 0,
            sum: 0,
            done: 0,
        }
    }

    /// Draws a query; many keys coincide, so that ties decide often.
    fn draw(&mut self, pace: Pace) -> Query {
        let rng = &mut self.part.rng;
        let n = pace.least + rng.below(pace.most - pace.least + 1);
        let spread = [1, 3, 60, 600, 4096][rng.below(5) as usize];
        let base = rng.below(4097 - spread);
        let tokens: Vec<Token> = (0..n)
            .map(|_| {
                let e = (rng.draw() & 0x1ff_ffff) >> rng.below(26);
                let live = !rng.chance(10);
                // A query's likeliest token has an exponential, which is all that the engine asks for.
                let e = if live { e.clamp(1, 1 << 24) } else { 0 };
                (base + rng.below(spread), e, live)
            })
            .collect();
        let sum: u64 = tokens.iter().map(|t| t.1).sum();
        let rule = match pace.rule.unwrap_or(rng.below(3) as u32) {
            0 => Rule::All,
            1 => Rule::TopK(1 + rng.below(n + 1).min(n - 1)),
            _ => Rule::Mass(((u128::from(sum) * u128::from(rng.below(65537))) >> 16) as u64),
        };
        self.next += 1;
        Query {
            tokens,
            rule,
            tag: self.next & 0xff,
            commit: !pace.gaps || !rng.chance(20),
        }
    }

    /// Drives the intake.
    fn enter(&mut self, pace: Pace, more: bool) {
        let [valid, row, key, exp, live, last, ..] = self.inputs;
        self.part.dut.set(valid, 0);
        // What is seen of the flag is a cycle old, and the first row of a query may have cleared it.
        let free = self.part.dut.get(self.outputs[0]) == 1 && !self.claimed;
        self.claimed = false;
        if self.entering.is_none() && more && free {
            self.entering = Some((self.draw(pace), 0));
        }
        if pace.gaps && self.part.rng.chance(20) {
            return;
        }
        let Some((query, at)) = &mut self.entering else {
            return;
        };
        let dut = &mut self.part.dut;
        dut.set(valid, 1);
        dut.set(row, *at as u64);
        for t in 0..self.rows {
            let place = *at * self.rows as usize + t as usize;
            // Beyond the end no lane is live, whatever its key.
            let token = query.tokens.get(place).copied().unwrap_or((7, 0, false));
            dut.set_field(key, t * 12, 12, token.0);
            dut.set_field(exp, t * 25, 25, token.1);
            dut.set_field(live, t, 1, u64::from(token.2));
        }
        self.claimed = *at == 0;
        *at += 1;
        let ends = *at * self.rows as usize >= query.tokens.len();
        dut.set(last, u64::from(ends));
        if ends {
            let (query, _) = self.entering.take().expect("is there");
            self.judged.push_back(query);
        }
    }

    /// Drives the judgement of the oldest query that has entered, and the decision about the oldest
    /// that was kept. Outputs are seen a cycle later, and so is the slot of what was judged.
    fn decide(&mut self, pace: Pace, entered: usize) {
        let [.., judge, keep, valid, slot, mode, k, target, tag, _] = self.inputs;
        if let Some(query) = self.judging.take() {
            if query.commit {
                let own = self.part.dut.get(self.outputs[9]);
                self.kept.push_back((query, own));
            } else {
                self.done += 1;
            }
        }
        let act = entered > 0 && !(pace.gaps && self.part.rng.chance(70));
        self.part.dut.set(judge, u64::from(act));
        if act {
            let query = self.judged.pop_front().expect("has entered");
            self.part.dut.set(keep, u64::from(query.commit));
            self.judging = Some(query);
        }
        let act = !(pace.gaps && self.part.rng.chance(50));
        let dut = &mut self.part.dut;
        dut.set(valid, 0);
        let next = if act { self.kept.pop_front() } else { None };
        let Some((query, own)) = next else {
            return;
        };
        let (m, count, mass) = match query.rule {
            Rule::All => (0, 5, 5),
            Rule::TopK(k) => (1, k, 5),
            Rule::Mass(target) => (2, 5, target),
        };
        dut.set(valid, 1);
        dut.set(slot, own);
        dut.set(mode, m);
        dut.set(k, count);
        dut.set(target, mass);
        dut.set(tag, query.tag);
        self.expected.push_back(query);
    }

    /// Compares the row that is taken.
    fn leave(&mut self) {
        let [_, _, row, exp, live, selected, last, tag, sum, _] = self.outputs;
        let query = self.expected.front().expect("nothing comes unasked");
        let chosen = select(&query.tokens, query.rule);
        let dut = &self.part.dut;
        let what = format!("query {}, row {}, {:?}", query.tag, self.row, query.rule);
        assert_eq!(dut.get(tag), query.tag, "{what}");
        assert_eq!(dut.get(row), self.row as u64, "{what}");
        for t in 0..self.rows {
            let place = self.row * self.rows as usize + t as usize;
            let token = query.tokens.get(place).copied().unwrap_or((7, 0, false));
            let is = chosen.get(place).copied().unwrap_or(false);
            assert_eq!(dut.get_field(live, t, 1) == 1, token.2, "{what}, lane {t}");
            assert_eq!(dut.get_field(exp, t * 25, 25), token.1, "{what}, lane {t}");
            assert_eq!(dut.get_field(selected, t, 1) == 1, is, "{what}, lane {t}");
            self.sum += if is { token.1 } else { 0 };
        }
        self.row += 1;
        let ends = self.row * self.rows as usize >= query.tokens.len();
        assert_eq!(dut.get(last) == 1, ends, "{what}");
        if ends {
            assert_eq!(dut.get(sum), self.sum, "{what}");
            (self.row, self.sum) = (0, 0);
            self.expected.pop_front();
            self.done += 1;
        }
    }

    /// Runs `queries` of them and returns the cycles that took.
    fn run(&mut self, queries: u64, pace: Pace) -> u64 {
        let (start, target) = (self.part.dut.cycle(), self.done + queries);
        let (goal, mut patience) = (self.next + queries, 0);
        while self.done < target {
            let (entered, before) = (self.judged.len(), self.done);
            self.enter(pace, self.next < goal);
            self.decide(pace, entered);
            let ready = !pace.gaps
                || self
                    .part
                    .rng
                    .chance(if self.done % 64 < 48 { 80 } else { 10 });
            self.part.dut.set(self.inputs[14], u64::from(ready));
            self.part.tick();
            if ready && self.part.dut.get(self.outputs[1]) == 1 {
                self.leave();
            }
            patience = if self.done > before { 0 } else { patience + 1 };
            assert!(patience < 5000, "queries get lost");
        }
        self.part.dut.cycle() - start
    }

    /// Runs 100 queries of `n` keys back to back, which may take `most` cycles each, and the first
    /// of them some more.
    fn keeps_pace(&mut self, n: u64, rule: u32, most: u64) {
        let pace = Pace {
            most: n,
            least: n,
            gaps: false,
            rule: Some(rule),
        };
        let cycles = self.run(100, pace);
        let per_query = cycles as f64 / 100.0;
        eprintln!(
            "{n} keys, {} per row, mode {rule}: {per_query} cycles per query",
            self.rows
        );
        assert!(
            cycles <= 100 * most + 500,
            "{n} keys, mode {rule}: {cycles} cycles"
        );
    }
}

#[test]
#[ignore = "compiles a model for each part"]
fn select_finds_the_exact_set() {
    for (rows, max_tokens, slots, searches) in [
        (1, 64, 2, 2),
        (2, 96, 3, 3),
        (4, 64, 4, 2),
        (1, 20, 9, 0),
        (3, 96, 3, 0),
        (4, 64, 32, 0),
        (16, 512, 8, 0),
    ] {
        let mut bench = Bench::new(rows, max_tokens, slots, searches);
        let short = Pace {
            most: 9,
            least: 1,
            gaps: true,
            rule: None,
        };
        let all = Pace {
            most: u64::from(max_tokens),
            ..short
        };
        bench.run(400, short);
        bench.run(600, all);
        bench.run(400, Pace { gaps: false, ..all });
    }
}

#[test]
#[ignore = "compiles a model for each part"]
fn select_keeps_pace() {
    let mut bench = Bench::new(1, 256, 4, 2);
    for (n, rule, most) in [
        (64, 0, 66),
        (64, 1, 100),
        (256, 1, 285),
        (256, 2, 285),
        (256, 0, 258),
    ] {
        bench.keeps_pace(n, rule, most);
    }
    // Short queries in wide rows: 13 and 7 rows of 102 keys, and longer ones.
    for (rows, slots, longer) in [(8, 16, 30), (16, 16, 16)] {
        let mut bench = Bench::new(rows, 512, slots, 0);
        for rule in 0..3 {
            bench.keeps_pace(102, rule, u64::from(102_u32.div_ceil(rows)).max(11));
            bench.keeps_pace(u64::from(rows * longer), rule, u64::from(longer));
        }
    }
}
