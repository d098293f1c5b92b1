// SPDX-License-Identifier: MIT OR Apache-2.0
//! A golden set of the attention core, beat by beat, for benches that are not hwgen's.
//!
//! Each stream has a file of its own, and so have the keys and the values that the memory behind the
//! vector port holds: a line a token, head after head.

use std::collections::BTreeMap;

use hwgen_golden::attention::fields::{JOB_FIELDS, STAT_FIELDS};
use hwgen_golden::attention::host::{self, Bound};
use hwgen_golden::attention::{
    AttentionParams, Job, JobError, JobResult, PROB_W, QUERY_W, Query, Rule, Select, run_job,
};
use hwgen_golden::interface::Port;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

use crate::blocks::word::Word;
use hwgen_bundle::file::File;

/// Heads in the memory of the golden vectors.
pub(crate) const VECTOR_HEADS: usize = 6;

/// A job with its queries and what it tests.
pub(super) struct Case {
    pub(super) note: &'static str,
    pub(super) job: Job,
    pub(super) queries: Vec<Query>,
    pub(super) bias: Option<Vec<Vec<i64>>>,
}

/// What the memory holds and what is asked of it.
pub(super) struct Set {
    pub(super) k: Vec<Vec<Vec<i32>>>,
    pub(super) v: Vec<Vec<Vec<i32>>>,
    pub(super) list: Vec<u32>,
    pub(super) cases: Vec<Case>,
}

/// Returns the files of the core of `p`.
pub(super) fn files(p: &AttentionParams, top: &str) -> Vec<File> {
    let set = set(p);
    let ports = p.interface().ports;
    let mut text: BTreeMap<&str, String> = BTreeMap::new();
    let names = [
        "job", "list", "query", "bias", "prob", "out", "stat", "k", "v",
    ];
    for name in names {
        text.insert(name, String::new());
    }
    let mut add = |stream: &'static str, line: String| {
        text.entry(stream).or_default().push_str(&line);
    };
    for (position, &token) in (0..).zip(&set.list) {
        let of = |field: &str| match field {
            "position" => vec![position],
            _ => vec![i64::from(token)],
        };
        add("list", line(&ports, "list", of));
    }
    let memory = |rows: &[Vec<Vec<i32>>], width: u32| -> String {
        let word = |row: &Vec<i32>| {
            let mut word = Word::default();
            let row: Vec<i64> = row.iter().map(|&x| i64::from(x)).collect();
            word.lanes(&row, width, p.d_head);
            word.hex()
        };
        rows.iter().flatten().map(word).collect()
    };
    add("k", memory(&set.k, p.k_w()));
    add("v", memory(&set.v, p.v_w()));
    let mut notes = String::from("# job: keys, queries, what it tests\n");
    for (at, case) in set.cases.iter().enumerate() {
        let (job, head) = (&case.job, case.job.head as usize);
        let list = job.list.then_some(&set.list[..]);
        let bias = case.bias.as_deref();
        let result = run_job(
            p,
            job,
            &case.queries,
            &set.k[head],
            &set.v[head],
            bias,
            list,
        );
        let mut word = Word::default();
        for field in JOB_FIELDS {
            word.push((field.value)(job), (field.width)(p));
        }
        add("job", word.hex());
        for (i, query) in case.queries.iter().enumerate() {
            let of = |field: &str| match field {
                "data" => query.data.iter().map(|&x| i64::from(x)).collect(),
                "bound" => vec![i64::from(query.bound)],
                _ => vec![i64::from(i + 1 == case.queries.len())],
            };
            add("query", line(&ports, "query", of));
        }
        if result.error == JobError::Ok {
            for beat in beats(p, &ports, case, &result) {
                add(beat.0, beat.1);
            }
        }
        for stat in &result.stats {
            let mut word = Word::default();
            for field in STAT_FIELDS {
                // Cycles are the bench's affair: zero, and not compared.
                let value = field.value.map_or(0, |value| value(stat));
                word.push(value, (field.width)(p));
            }
            add("stat", word.hex());
        }
        let (keys, queries, note) = (job.keys, case.queries.len(), case.note);
        notes.push_str(&format!("{at}: {keys} keys, {queries} queries: {note}\n"));
    }
    let mut out: Vec<File> = text
        .into_iter()
        .map(|(name, text)| File::new(format!("vectors/{top}_{name}.hex"), text))
        .collect();
    out.push(File::new(format!("vectors/{top}_jobs.txt"), notes));
    out
}

/// Packs the fields of a stream in the order of the ports.
fn line(ports: &[Port], stream: &str, values: impl Fn(&str) -> Vec<i64>) -> String {
    let mut word = Word::default();
    for (port, field) in fields(ports, stream) {
        let values = values(field);
        let lanes = values.len() as u32;
        word.lanes(&values, port.width / lanes, lanes);
    }
    word.hex()
}

/// Returns the ports of a stream that carry data, with the names of their fields.
fn fields<'a>(ports: &'a [Port], stream: &str) -> Vec<(&'a Port, &'a str)> {
    let field = |port: &'a Port| {
        let rest = port.name.strip_prefix(stream)?.strip_prefix('_')?;
        let field = rest.strip_suffix("_i").or(rest.strip_suffix("_o"))?;
        (!["valid", "ready"].contains(&field)).then_some((port, field))
    };
    ports.iter().filter_map(field).collect()
}

/// Returns the beats of biases, probabilities and outputs of a job that is not refused.
fn beats(
    p: &AttentionParams,
    ports: &[Port],
    case: &Case,
    result: &JobResult,
) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    let t = p.tokens() as usize;
    for i in 0..case.queries.len() {
        let probs: Vec<i64> = result.probs[i].iter().map(|&x| i64::from(x)).collect();
        let bias = case.bias.as_ref().map(|b| &b[i][..probs.len()]);
        let rows = p.rows(probs.len() as u32) as usize;
        for row in 0..rows {
            let here = row * t..probs.len().min((row + 1) * t);
            let padded = |values: &[i64]| -> Vec<i64> {
                let mut lanes = values.to_vec();
                lanes.resize(t, 0);
                lanes
            };
            if let Some(bias) = bias {
                let row = padded(&bias[here.clone()]);
                out.push(("bias", line(ports, "bias", |_| row.clone())));
            }
            let keep = (0..).zip(here.clone()).fold(0, |keep, (lane, j)| {
                let there = bias.is_none_or(|b| b[j] != p.bias_masked());
                keep | i64::from(there) << lane
            });
            let of = |field: &str| match field {
                "data" => padded(&probs[here.clone()]),
                "row" => vec![row as i64],
                "keep" => vec![keep],
                _ => vec![i64::from(row + 1 == rows)],
            };
            out.push(("prob", line(ports, "prob", of)));
        }
        let of = |field: &str| match field {
            "data" => result.outputs[i].iter().map(|&x| i64::from(x)).collect(),
            "head" => vec![i64::from(case.job.head)],
            _ => vec![i64::from(i + 1 == case.queries.len())],
        };
        out.push(("out", line(ports, "out", of)));
    }
    debug_assert_eq!(PROB_W * p.tokens(), fields(ports, "prob")[0].0.width);
    out
}

/// Makes a few small jobs that meet every rule and selection once.
// A list, one entry a job: there is nothing to take out of it.
#[allow(clippy::too_many_lines)]
pub(super) fn set(p: &AttentionParams) -> Set {
    // The generator is named by its algorithm: vectors may not change with a library's default.
    let seed = u64::from(p.d_head) << 32 | u64::from(p.lanes);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut row = |width: u32| -> Vec<i32> {
        let element = |_| (rng.next_u64() >> 40) as i32 % (1 << width) - (1 << (width - 1));
        (0..p.d_head).map(element).collect()
    };
    // Two rows and a part of a third show every case.
    let tokens = p.max_tokens.min((2 * p.tokens() + 1).max(9));
    let mut tensor = |width: u32| -> Vec<Vec<i32>> { (0..tokens).map(|_| row(width)).collect() };
    let heads = VECTOR_HEADS;
    let k: Vec<_> = (0..heads).map(|_| tensor(p.k_w())).collect();
    let v: Vec<_> = (0..heads).map(|_| tensor(p.v_w())).collect();
    let cases = shapes(p, tokens).into_iter();
    let cases = cases.map(|(note, count, job, bias)| Case {
        note,
        queries: (0..count)
            .map(|_| row(QUERY_W))
            .map(|data| Query {
                bound: host::query_bound(&data, Bound::Sigmas(3.0)),
                data,
            })
            .collect(),
        job,
        bias,
    });
    let cases = cases.collect();
    Set {
        k,
        v,
        list: (2..tokens).rev().collect(),
        cases,
    }
}

/// What a case is, how many queries it has, its job, and its biases.
type Shape = (&'static str, usize, Job, Option<Vec<Vec<i64>>>);

/// Names jobs over `tokens` keys that meet every rule and selection once.
fn shapes(p: &AttentionParams, tokens: u32) -> Vec<Shape> {
    // Scores of uniform elements deviate by some 1.5 nats.
    let sigma = f64::from(1 << (QUERY_W + p.k_w())) / 12.0 * f64::from(p.d_head).sqrt();
    let scale = host::softmax_scale(1.5 / sigma).expect("every core has scores that scale");
    let plain = |head: u32| Job {
        head,
        eps_log2: host::eps_log2(0.05),
        ..Job::plain(p, tokens, scale)
    };
    let mask = |i: usize| -> Vec<i64> {
        let of = |j: u32| {
            if j as usize == i {
                p.bias_masked()
            } else {
                1000 * i64::from(j)
            }
        };
        (0..tokens).map(of).collect()
    };
    vec![
        ("all planes, all values", 2, plain(0), None),
        (
            "rule head refines every key; causal; the two best values",
            2,
            Job {
                rule: Rule::Head,
                k_start: 1,
                causal: true,
                first: tokens - 2,
                select: Select::Topk,
                k: 2,
                ..plain(1)
            },
            None,
        ),
        (
            "rule token; values by mass, scaled to one",
            3,
            Job {
                rule: Rule::Token,
                k_start: 1,
                select: Select::Mass,
                mass: 50_000,
                renorm: true,
                ..plain(2)
            },
            None,
        ),
        (
            "no keys: refused",
            1,
            Job {
                keys: 0,
                ..plain(3)
            },
            None,
        ),
        (
            "biases, a masked key each; first planes only",
            2,
            Job {
                bias: true,
                k_start: 1,
                k_max: 1,
                v_count: 1,
                ..plain(4)
            },
            Some((0..2).map(mask).collect()),
        ),
        (
            "through the token list",
            1,
            Job {
                keys: tokens - 2,
                list: true,
                ..plain(5)
            },
            None,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stream_has_its_lines() {
        for lanes in [8, 32] {
            let p = AttentionParams {
                d_head: 8,
                lanes,
                ..AttentionParams::default()
            };
            let files = files(&p, "t");
            let lines = |name: &str| {
                let path = format!("vectors/t_{name}.hex");
                let file = files.iter().find(|f| f.path == path).expect("is there");
                file.text.lines().count()
            };
            let tokens = set(&p).k[0].len();
            assert_eq!((lines("job"), lines("query"), lines("out")), (6, 11, 10));
            // A report a query, one of the refused job.
            assert_eq!(lines("stat"), 11);
            assert_eq!(lines("k"), 6 * tokens);
            assert_eq!(lines("list"), tokens - 2);
            assert_eq!(lines("bias"), 2 * p.rows(tokens as u32) as usize);
        }
    }
}
