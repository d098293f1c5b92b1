// SPDX-License-Identifier: MIT OR Apache-2.0
//! A trace as jobs of the core, over random data.
//!
//! What the trace says of precision and pruning is made to happen whatever the data are; only the
//! policy `token` lets the data decide.

use std::sync::Arc;

use hwgen_golden::attention::host::{self, Bound};
use hwgen_golden::attention::{AttentionParams, Job, QUERY_W, Query, Rule, Select};
use hwgen_sim::rng::Rng;
use hwgen_verif::attention::LiveJob;

use super::Row;
use hwgen_console::error::Error;
use hwgen_generate::advice::{self, Core};

/// Heads' worth of different keys and values; rows take them in turn.
const HEADS: u64 = 4;

/// Keys or values of a head, by token.
type Tensor = Arc<[Vec<i32>]>;

/// Who says which planes and values are fetched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Policy {
    /// The trace: its bits up front, more bits for all keys of a row or for none, its values.
    Spatten,
    /// Rule `token` from one plane up to the bits that the trace may need, and its number of values
    /// or those that hold all probability but `left_out`.
    Token {
        /// Probability under which a key may stay as it is.
        eps: f64,
        /// How far a score may be from what its planes say.
        bound: Bound,
        /// Probability that the values may leave out; without, as many values as the trace has.
        left_out: Option<f64>,
    },
}

/// How to make jobs of rows.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Who says what is fetched.
    pub policy: Policy,
    /// Standard deviation of the scores of random data, in nats.
    pub spread: f64,
    /// Seed of the random data.
    pub seed: u64,
}

/// Makes a job of each row.
pub fn jobs(
    rows: &[Row],
    label: &str,
    p: &AttentionParams,
    setting: Setting,
) -> Result<Vec<LiveJob>, Error> {
    let longest = rows.iter().map(|r| r.keys).max().unwrap_or(1);
    let mut wrong = Vec::new();
    for row in rows {
        let mut at_most = |name: &str, value: u32, most: u32, what: Core| {
            if value > most {
                let remedy = advice::attention(p, what, value as usize);
                wrong.push(format!(
                    "{label}:{}: {name} = {value}: the bundle takes at most {most} ({remedy})",
                    row.line
                ));
            }
        };
        at_most("key_fetch_num", row.keys, p.max_tokens, Core::Keys);
        at_most("embedding_length_D", row.d, p.d_head, Core::Head);
    }
    if let Some(first) = wrong.first() {
        return Err(Error::input(first.clone()));
    }
    let mut data = Data {
        rng: Rng::new(setting.seed),
    };
    let mut tensor = |width| data.tensor(longest, p.d_head, width);
    let pool: Vec<[Tensor; 2]> = (0..HEADS.min(rows.len() as u64))
        .map(|_| [tensor(p.k_w()), tensor(p.v_w())])
        .collect();
    let job = |(row, [k, v]): (&Row, &[Tensor; 2])| {
        let mut query = data.row(row.d, QUERY_W);
        query.resize(p.d_head as usize, 0);
        let job = job(row, p, setting).ok_or_else(|| {
            let spread = setting.spread;
            Error::input(format!(
                "--spread {spread:e}: is not a scale that the softmax can take (try 2)"
            ))
        })?;
        let bound = match setting.policy {
            Policy::Token { bound, .. } => bound,
            Policy::Spatten => Bound::Worst,
        };
        Ok(LiveJob {
            job,
            queries: vec![Query {
                bound: host::query_bound(&query, bound),
                data: query,
            }],
            k: k.clone(),
            v: v.clone(),
            bias: None,
            list: None,
        })
    };
    rows.iter().zip(pool.iter().cycle()).map(job).collect()
}

fn job(row: &Row, p: &AttentionParams, setting: Setting) -> Option<Job> {
    let key_planes = planes_for(row.key_bits, &p.k_planes);
    let most = planes_for(row.key_bits + row.more_bits, &p.k_planes);
    let sigma = deviation(QUERY_W) * deviation(p.k_w()) * f64::from(row.d).sqrt();
    let scale = host::softmax_scale(setting.spread / sigma)?;
    let all = row.values >= row.keys;
    let mut job = Job {
        head: row.head & 255,
        k_start: key_planes,
        k_max: most,
        v_count: planes_for(row.value_bits, &p.v_planes),
        // The largest probability is never more than one: this limit refines all or none.
        rule: if most > key_planes {
            Rule::Head
        } else {
            Rule::Static
        },
        select: if all { Select::All } else { Select::Topk },
        k: row.values.min(row.keys),
        ..Job::plain(p, row.keys, scale)
    };
    if let Policy::Token { eps, left_out, .. } = setting.policy {
        job.k_start = 1;
        job.k_max = p.k_planes.len() as u32;
        job.rule = Rule::Token;
        job.eps_log2 = host::eps_log2(eps);
        if let Some(left_out) = left_out {
            job.select = Select::Mass;
            job.mass = host::mass(left_out);
        }
    }
    Some(job)
}

/// Returns the fewest planes that hold `bits` bits, or all.
fn planes_for(bits: u32, widths: &[u32]) -> u32 {
    let mut held = 0;
    let enough = widths.iter().position(|w| {
        held += w;
        held >= bits
    });
    enough.map_or(widths.len(), |last| last + 1) as u32
}

/// Returns the largest of the four parts that an element of `width` bits is the sum of.
fn part(width: u32) -> i64 {
    (((1 << (width - 1)) - 1) / 4).max(1)
}

/// Returns the standard deviation of an element: that of the sum of four uniform parts.
fn deviation(width: u32) -> f64 {
    let steps = part(width) as f64;
    (4.0 * steps * (steps + 1.0) / 3.0).sqrt()
}

/// Random elements, nearly normal.
struct Data {
    rng: Rng,
}

impl Data {
    fn row(&mut self, d: u32, width: u32) -> Vec<i32> {
        let most = part(width);
        let high = (1 << (width - 1)) - 1;
        let mut element = || -> i64 { (0..4).map(|_| self.rng.between(-most, most)).sum() };
        (0..d)
            .map(|_| element().clamp(-high - 1, high) as i32)
            .collect()
    }

    fn tensor(&mut self, tokens: u32, d: u32, width: u32) -> Tensor {
        (0..tokens).map(|_| self.row(d, width)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hwgen_golden::attention::{Request, run_job};

    fn row() -> Row {
        Row {
            line: 2,
            head: 3,
            d: 64,
            length: 40,
            keys: 33,
            key_bits: 6,
            more_bits: 4,
            values: 7,
            value_bits: 6,
        }
    }

    fn params(planes: &[u32]) -> AttentionParams {
        AttentionParams {
            lanes: 128,
            k_planes: planes.to_vec(),
            v_planes: planes.to_vec(),
            ..AttentionParams::default()
        }
    }

    fn bytes(p: &AttentionParams, rows: &[Row], policy: Policy) -> u64 {
        let setting = Setting {
            policy,
            spread: 2.0,
            seed: 1,
        };
        let jobs = jobs(rows, "a.csv", p, setting).expect("fits");
        let of = |live: &LiveJob| -> u64 {
            let r = run_job(p, &live.job, &live.queries, &live.k, &live.v, None, None);
            assert_eq!(r.error.code(), 0);
            let kinds = [(false, &r.k_requests), (true, &r.v_requests)];
            let mut sum = 0;
            for (value, planes) in kinds {
                for (plane, requests) in planes.iter().enumerate() {
                    let vectors: u32 = requests.iter().map(Request::vectors).sum();
                    sum += u64::from(vectors * p.vector_bytes(value, plane));
                }
            }
            sum
        };
        jobs.iter().map(of).sum()
    }

    #[test]
    fn the_policy_of_the_trace_moves_its_bytes() {
        let six = params(&[6, 4]);
        let calm = Row {
            more_bits: 0,
            ..row()
        };
        let rows = [row(), calm];
        let expected: u64 = rows.iter().map(Row::bytes).sum();
        assert_eq!(bytes(&six, &rows, Policy::Spatten), expected);
        // 8 + 4 bits and all of them at once are the same bytes, on planes of 8 and 4 or of 4.
        let eight = Row {
            key_bits: 8,
            value_bits: 8,
            ..row()
        };
        let full = Row {
            key_bits: 12,
            more_bits: 0,
            value_bits: 12,
            values: 99,
            ..row()
        };
        let rows = [eight, full];
        let expected: u64 = rows.iter().map(Row::bytes).sum();
        assert_eq!(bytes(&params(&[8, 4]), &rows, Policy::Spatten), expected);
        assert_eq!(bytes(&params(&[4, 4, 4]), &rows, Policy::Spatten), expected);
    }

    #[test]
    fn the_policy_token_lets_the_data_decide() {
        let p = params(&[4, 4, 4]);
        let token = |eps| Policy::Token {
            eps,
            bound: Bound::Worst,
            left_out: None,
        };
        let (strict, lax) = (
            bytes(&p, &[row()], token(1e-9)),
            bytes(&p, &[row()], token(1.0)),
        );
        assert!(lax < strict, "{lax} {strict}");
    }

    #[test]
    fn what_does_not_fit_the_bundle_is_named() {
        let p = AttentionParams {
            max_tokens: 32,
            ..params(&[6, 4])
        };
        let setting = Setting {
            policy: Policy::Spatten,
            spread: 2.0,
            seed: 1,
        };
        let said = |row: Row, setting| {
            let jobs = jobs(&[row], "a.csv", &p, setting);
            jobs.expect_err("is refused").to_string()
        };
        assert_eq!(
            said(row(), setting),
            "a.csv:2: key_fetch_num = 33: the bundle takes at most 32 (emit with --set \
             attention.max_tokens=34)"
        );
        let wide = Row {
            d: 65,
            keys: 9,
            ..row()
        };
        assert!(said(wide, setting).contains("embedding_length_D = 65"));
        let short = Row { keys: 9, ..row() };
        let setting = Setting {
            spread: 1e-300,
            ..setting
        };
        assert!(said(short, setting).starts_with("--spread 1e-300"));
    }

    #[test]
    fn elements_deviate_as_promised() {
        let mut data = Data { rng: Rng::new(5) };
        let row = data.row(20_000, 12);
        let square: f64 = row.iter().map(|&x| f64::from(x).powi(2)).sum();
        let found = (square / 20_000.0).sqrt();
        assert!((found / deviation(12) - 1.0).abs() < 0.02, "{found}");
    }
}
