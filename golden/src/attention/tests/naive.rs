// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole job once more, straight from its definition: no planes, no increments, no shared
//! code. Slow, and compared with [`super::super::run_job`] word by word.

use std::collections::BTreeSet;

use super::super::{JobError, JobResult, QueryStat, Request, Rule, Select};
use super::{Case, Random};

/// An element with the first `count` planes and the middle of the rest, by division.
fn known(value: i32, planes: &[u32], count: usize) -> i64 {
    let unit = 2_i64.pow(planes[count..].iter().sum());
    i64::from(value).div_euclid(unit) * unit + unit / 2
}

fn octaves(difference: i64, pre_shift: i32, mant: u32) -> (i64, bool) {
    let shifted = if pre_shift < 0 {
        difference * 2_i64.pow(pre_shift.unsigned_abs())
    } else {
        difference / 2_i64.pow(pre_shift as u32)
    };
    (
        shifted.min(0xf_ffff) * i64::from(mant) / 65536,
        shifted > 0xf_ffff,
    )
}

fn exponential(t: i64) -> i64 {
    let table = |s: i64| (16_777_216.0 * (-(s as f64) / 64.0).exp2()).round() as i64;
    let (i, f) = (t / 16384, t % 16384);
    let (seg, lo) = (f / 256, f % 256);
    let y = table(seg) - (table(seg) - table(seg + 1)) * lo / 256;
    match i {
        0 => y,
        1..=31 => (y + 2_i64.pow(i as u32) / 2) / 2_i64.pow(i as u32),
        _ => 0,
    }
}

fn reciprocal(den: i64) -> (i64, u32) {
    let i = (0..62)
        .rev()
        .find(|&i| 2_i64.pow(i) <= den)
        .expect("not zero");
    let x = den * 2_i64.pow(19) / 2_i64.pow(i);
    (2_i64.pow(39) / x, i)
}

/// log2(s / 2^24) from below, in 2^-14 octaves.
fn log2(s: i64) -> i64 {
    let i = (0..62)
        .rev()
        .find(|&i| 2_i64.pow(i) <= s.max(1))
        .expect("at least 1");
    (i64::from(i) - 24) * 16384 + s.max(1) * 16384 / 2_i64.pow(i) - 16384
}

#[derive(Default)]
struct Soft {
    e: Vec<i64>,
    t: Vec<i64>,
    sum: i64,
}

fn soft(case: &Case, score: &dyn Fn(usize) -> i64, masked: &[bool]) -> Soft {
    let job = &case.job;
    let open: Vec<usize> = (0..masked.len()).filter(|&j| !masked[j]).collect();
    let max = open.iter().map(|&j| score(j)).max();
    let mut out = Soft {
        e: vec![0; masked.len()],
        t: vec![0; masked.len()],
        sum: 0,
    };
    for &j in &open {
        out.t[j] = octaves(
            max.expect("one is open") - score(j),
            job.pre_shift,
            job.mant,
        )
        .0;
        out.e[j] = exponential(out.t[j]);
        out.sum += out.e[j];
    }
    out
}

/// Sequences of (row, lane) become requests: a new one wherever row or batch changes.
fn requests(case: &Case, value: bool, plane: usize, batches: &[BTreeSet<usize>]) -> Vec<Request> {
    let t = (case.params.lanes as usize / case.params.d_head as usize).max(1);
    let mut out = Vec::new();
    for batch in batches {
        for row in 0..case.job.keys as usize {
            let lanes = (0..t).filter(|lane| batch.contains(&(row * t + lane)));
            let mask: u64 = lanes.map(|lane| 1 << lane).sum();
            if mask != 0 {
                let (plane, row, head) = (plane as u32, row as u32, case.job.head);
                out.push(Request {
                    value,
                    plane,
                    head,
                    row,
                    mask,
                });
            }
        }
    }
    out
}

// One piece, so that it can be read beside the specification.
#[allow(clippy::too_many_lines, clippy::needless_range_loop)]
pub(super) fn run(case: &Case) -> JobResult {
    let (p, job) = (&case.params, &case.job);
    let token = |j: usize| if job.list { case.list[j] as usize } else { j };
    let planes = p.k_planes.len();
    // What has been asked for, by plane, as batches in order.
    let mut k_asked: Vec<Vec<BTreeSet<usize>>> = vec![Vec::new(); planes];
    let mut v_asked: Vec<BTreeSet<usize>> = Vec::new();
    let fresh = |asked: &[BTreeSet<usize>], want: &BTreeSet<usize>| -> BTreeSet<usize> {
        want.iter()
            .copied()
            .filter(|j| !asked.iter().any(|b| b.contains(j)))
            .collect()
    };
    let mut out = JobResult {
        error: JobError::Ok,
        outputs: vec![],
        probs: vec![],
        selected: vec![],
        precision: vec![],
        stats: vec![],
        k_requests: vec![],
        v_requests: vec![],
    };
    for (i, query) in case.queries.iter().enumerate() {
        let n = job.keys as usize;
        let m = if job.causal {
            n.min(job.first as usize + i + 1)
        } else {
            n
        };
        let t = (p.lanes as usize / p.d_head as usize).max(1);
        let whole: BTreeSet<usize> = (0..n.min(m.div_ceil(t) * t)).collect();
        for asked in &mut k_asked[..job.k_start as usize] {
            let batch = fresh(asked, &whole);
            asked.push(batch);
        }
        let bias = |j: usize| if job.bias { case.bias[i][j] } else { 0 };
        let masked: Vec<bool> = (0..m).map(|j| bias(j) == p.bias_masked()).collect();
        let mut c = vec![job.k_start as usize; m];
        let score = |c: &[usize], j: usize| -> i64 {
            let pairs = query.data.iter().zip(&case.k[token(j)]);
            let terms = pairs.map(|(&q, &k)| i64::from(q) * known(k, &p.k_planes, c[j]));
            terms.sum::<i64>() + bias(j)
        };
        let mut stat = QueryStat {
            head: job.head,
            error: JobError::Ok,
            last: i + 1 == case.queries.len(),
            k_fetched: 0,
            refined: 0,
            selected: 0,
            v_fetched: 0,
            rounds: 0,
        };
        let mut s = soft(case, &|j| score(&c, j), &masked);
        for count in job.k_start as usize..job.k_max as usize {
            let more: BTreeSet<usize> = match job.rule {
                Rule::Head if s.sum > job.head_limit as i64 => {
                    (0..m).filter(|&j| !masked[j]).collect()
                }
                Rule::Token => {
                    let sum = (0..m).filter(|&j| c[j] >= count).map(|j| s.e[j]).sum();
                    let missing = 2_i64.pow(p.k_planes[count..].iter().sum()) - 1;
                    let raw = missing * i64::from(query.bound);
                    let u = match octaves(raw, job.pre_shift, job.mant) {
                        (_, true) => 1 << 21,
                        (u, false) => u + 1,
                    };
                    let limit = u + i64::from(job.eps_log2) - log2(sum);
                    let key = |j: usize| (s.t[j] / 128).min(4095);
                    let open = (0..m).filter(|&j| !masked[j] && c[j] == count);
                    open.filter(|&j| limit > 0 && key(j) <= limit / 128)
                        .collect()
                }
                _ => BTreeSet::new(),
            };
            if more.is_empty() {
                break;
            }
            for &j in &more {
                c[j] += 1;
            }
            let batch = fresh(&k_asked[count], &more);
            stat.k_fetched += batch.len() as u32;
            k_asked[count].push(batch);
            stat.refined += more.len() as u32;
            stat.rounds += 1;
            s = soft(case, &|j| score(&c, j), &masked);
        }

        let mut order: Vec<usize> = (0..m).filter(|&j| !masked[j]).collect();
        order.sort_by_key(|&j| ((s.t[j] / 128).min(4095), j));
        if job.select == Select::Topk {
            order.truncate(job.k as usize);
        }
        if job.select == Select::Mass && !order.is_empty() {
            let enough = |len: &usize| {
                let held: i64 = order[..*len].iter().map(|&j| s.e[j]).sum();
                held * 65536 >= s.sum * i64::from(job.mass)
            };
            let len = (1..=order.len()).find(enough).expect("all is enough");
            order.truncate(len);
        }
        order.sort_unstable();
        let want: BTreeSet<usize> = order.iter().copied().collect();
        let batch = fresh(&v_asked, &want);
        stat.selected = order.len() as u32;
        stat.v_fetched = batch.len() as u32 * job.v_count;
        v_asked.push(batch);

        let kept: i64 = order.iter().map(|&j| s.e[j]).sum();
        let den = if job.renorm { kept } else { s.sum };
        let output = (0..p.d_head as usize).map(|d| {
            if s.sum == 0 {
                return 0;
            }
            let (r, e) = reciprocal(den);
            let term = |&j: &usize| {
                let v = known(case.v[token(j)][d], &p.v_planes, job.v_count as usize);
                ((s.e[j] + 128) / 256) * v
            };
            let acc: i64 = order.iter().map(term).sum();
            // To ten fraction bits of V at sums of 2^23 to 2^24, and the middle of what is lost.
            let a = acc.div_euclid(2_i64.pow(e - 17));
            let twice = 2 * a.clamp(-(1 << 21), (1 << 21) - 1) + 1;
            let unit = 2_i64.pow(26);
            (twice * r + unit / 2).div_euclid(unit).clamp(-32768, 32767) as i16
        });
        out.outputs.push(output.collect());
        let probability = |&e: &i64| match s.sum {
            0 => 0,
            sum => {
                let (r, i) = reciprocal(sum);
                let unit = 2_i64.pow(4 + i);
                ((e * r + unit / 2) / unit) as u32
            }
        };
        out.probs.push(s.e.iter().map(probability).collect());
        out.selected.push(order.iter().map(|&j| j as u32).collect());
        out.precision.push(c.iter().map(|&c| c as u8).collect());
        out.stats.push(stat);
    }
    out.k_requests = (0..planes)
        .map(|c| requests(case, false, c, &k_asked[c]))
        .collect();
    out.v_requests = (0..p.v_planes.len())
        .map(|c| {
            if c < job.v_count as usize {
                requests(case, true, c, &v_asked)
            } else {
                vec![]
            }
        })
        .collect();
    out
}

#[test]
fn a_thousand_random_jobs_agree_word_by_word() {
    let mut rng = Random(1);
    let mut seen = [0_u32; 8];
    for index in 0..1000 {
        let seed = rng.0;
        let case = Case::random(&mut rng);
        let got = case.run();
        assert_eq!(
            got,
            run(&case),
            "job {index}, state {seed:#x}: {:?}",
            case.job
        );
        // That the draw reaches what it is for.
        let stat = |f: &dyn Fn(&QueryStat) -> bool| u32::from(got.stats.iter().any(f));
        let keys = case.job.keys;
        seen[0] += stat(&|s| s.rounds == 1);
        seen[1] += stat(&|s| s.rounds == 2);
        seen[2] += stat(&|s| s.refined > s.k_fetched);
        seen[3] += stat(&|s| s.selected == 0);
        seen[4] += stat(&|s| s.selected > 1 && s.selected < keys);
        seen[5] += u32::from(
            got.outputs
                .iter()
                .flatten()
                .any(|o| o.unsigned_abs() >= 32752),
        );
        let mixed = |p: &Vec<u8>| p.iter().min() != p.iter().max();
        seen[6] += u32::from(case.job.rule == Rule::Token && got.precision.iter().any(mixed));
        seen[7] += u32::from(
            got.probs
                .iter()
                .flatten()
                .any(|&p| (2000..60_000).contains(&p)),
        );
    }
    assert!(seen.iter().all(|&s| s >= 10), "{seen:?}");
}
