// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cycles of the top-k variants side by side, measured on the RTL.

use hwgen_bundle::manifest::Bundle;
use hwgen_golden::topk::{TopkParams, Variant, adversary};
use hwgen_verif::topk::{Pace, Query, QueryResult, run_in};
use hwgen_verif::verify::Lab;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;

use hwgen_bundle::choose;
use hwgen_bundle::place;
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_generate::config::Draft;
use hwgen_generate::render::shipped;
use hwgen_verif::session;
use hwgen_workloads::rank::Ranker;
use hwgen_workloads::scores::{Rows, Scores};
use hwgen_workloads::shipped::{SCORES, SCORES_LABEL};

/// Lengths of the queries.
const LENGTHS: [u32; 6] = [64, 128, 256, 512, 1024, 2048];
/// Queries a measurement.
const QUERIES: usize = 24;
/// Number of the queries of the timeline.
const TIMELINE_QUERIES: usize = 4;

/// Engines that build in seconds, for a benchmark on a small scale.
pub const SMALL: [&str; 4] = ["k=4", "topk.lanes=4", "topk.key_w=8", "topk.max_n=64"];

/// What is measured.
#[derive(Debug, Clone, Copy)]
struct Scale {
    settings: &'static [&'static str],
    lengths: &'static [u32],
    queries: usize,
    /// Length of the queries of the timeline.
    timeline: u32,
}

impl Scale {
    fn new(small: bool) -> Self {
        if small {
            return Self {
                settings: &SMALL,
                lengths: &[16, 64],
                queries: 4,
                timeline: 64,
            };
        }
        Self {
            settings: &["topk.max_n=2048"],
            lengths: &LENGTHS,
            queries: QUERIES,
            timeline: 256,
        }
    }
}

/// Where the keys of a measurement come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Uniform,
    Real,
    Adversarial,
}

impl Source {
    const ALL: [Self; 3] = [Self::Uniform, Self::Real, Self::Adversarial];

    fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Real => "real",
            Self::Adversarial => "adversarial",
        }
    }
}

/// Emits a bundle with all variants to a folder that lives as long as what is returned.
pub fn emit_all(settings: &[&str]) -> Result<(TempDir, Bundle), Error> {
    let mut all = vec![
        "blocks=topk",
        "topk.variants=radix,stream,quickselect,batcher",
    ];
    all.extend(settings);
    emit_with(&all)
}

/// Emits a bundle to a folder that lives as long as what is returned.
pub fn emit_with(settings: &[&str]) -> Result<(TempDir, Bundle), Error> {
    let mut draft = Draft::default();
    for setting in settings {
        draft.set(setting);
    }
    let folder =
        tempfile::tempdir().map_err(|e| Error::path(&std::env::temp_dir(), "write", &e))?;
    let target = folder.path().join("bench");
    place::write(&shipped(&draft.finish()?)?, &target, false)?;
    let bundle = choose::open(&target)?;
    Ok((folder, bundle))
}

/// A line of the latency picture.
pub struct Curve {
    /// Engine, which has a colour of its own.
    pub variant: Variant,
    /// What stands behind the name of the engine.
    pub label: &'static str,
    /// Keys of a query, cycles.
    pub points: Vec<(f64, f64)>,
}

/// What one run of the benchmark has measured.
pub struct Figures {
    scale: Scale,
    lines: Vec<Line>,
    /// Queries offered without a pause to the radix engine, for the timeline.
    pub timeline: Vec<QueryResult>,
}

/// Every variant on one length and source.
struct Line {
    n: u32,
    source: Source,
    cells: Vec<Measure>,
}

/// Runs every variant on every length and source.
pub fn figures(small: bool) -> Result<Figures, Error> {
    let scale = Scale::new(small);
    let (_folder, bundle) = emit_all(scale.settings)?;
    let lab = session::lab()?;
    let rankers: Vec<Ranker<'_>> = bundle
        .manifest
        .engines
        .iter()
        .map(|e| Ranker::new(&bundle, e))
        .collect::<Result<_, _>>()?;
    let mut lines = Vec::new();
    for &n in scale.lengths {
        for source in Source::ALL {
            let cells = rankers
                .iter()
                .map(|r| measure(&lab, r, source, n, scale.queries));
            let cells = cells.collect::<Result<_, _>>()?;
            lines.push(Line { n, source, cells });
        }
    }
    // `emit_all` puts radix first.
    let timeline = timeline(&lab, &rankers[0], scale.timeline)?;
    Ok(Figures {
        scale,
        lines,
        timeline,
    })
}

fn timeline(lab: &Lab, ranker: &Ranker<'_>, n: u32) -> Result<Vec<QueryResult>, Error> {
    let k = n / 4;
    let rows = rows(ranker, Source::Uniform, n, k)?.into_iter();
    let queries: Vec<Query> = rows
        .take(TIMELINE_QUERIES)
        .map(|keys| Query { keys, k })
        .collect();
    run_in(
        lab,
        ranker.bundle,
        ranker.engine,
        &queries,
        Pace::BackToBack,
    )
    .map_err(Error::from)
}

impl Figures {
    /// Returns a Markdown table of one line a length and source.
    pub fn table(&self) -> String {
        let mut head = "| n | keys |".to_owned();
        let mut rule = "|--:|---|".to_owned();
        for variant in Variant::ALL {
            head.push_str(&format!(" {variant} mean | worst | interval |"));
            rule.push_str("--:|--:|--:|");
        }
        let mut out = format!("{head}\n{rule}\n");
        for line in &self.lines {
            out.push_str(&format!("| {} | {} |", line.n, line.source.name()));
            for m in &line.cells {
                let (mean, worst, interval) = (m.mean, m.worst, m.interval);
                out.push_str(&format!(" {mean:.0} | {worst} | {interval:.0} |"));
            }
            out.push('\n');
        }
        out.push_str(&note(self.scale.queries));
        out
    }

    /// Returns the curves of the picture: latency against n, where keys matter one a kind of keys.
    pub fn curves(&self) -> Vec<Curve> {
        let curve = |variant: Variant, source: Option<Source>, label, pick: fn(&Measure) -> f64| {
            let at = Variant::ALL.iter().position(|&v| v == variant);
            let point = |n: u32| {
                let lines = self.lines.iter().filter(|l| l.n == n);
                let lines = lines.filter(|l| source.is_none_or(|s| s == l.source));
                let values = lines.filter_map(|l| Some(pick(l.cells.get(at?)?)));
                (f64::from(n), values.fold(0.0, f64::max))
            };
            Curve {
                variant,
                label,
                points: self.scale.lengths.iter().map(|&n| point(n)).collect(),
            }
        };
        let worst = |m: &Measure| m.worst as f64;
        let (uniform, adversarial) = (Some(Source::Uniform), Some(Source::Adversarial));
        vec![
            curve(
                Variant::Quickselect,
                adversarial,
                ", adversarial keys",
                worst,
            ),
            curve(Variant::Batcher, None, ", any keys", worst),
            curve(Variant::Quickselect, uniform, ", uniform keys, mean", |m| {
                m.mean
            }),
            curve(Variant::Radix, None, ", any keys", worst),
            curve(Variant::Stream, None, ", any keys, k = 16", worst),
        ]
    }
}

fn note(queries: usize) -> String {
    format!(
        "\n\
Cycles at 16 lanes and 12-bit keys, k = n/4; `stream` keeps its capacity of 16 instead, so its column \
answers a smaller question. Mean and worst: first beat in to last beat out, both counted, one query \
at a time. Interval: cycles from one query's last beat out to the next one's, keys offered without a \
pause. {queries} queries per line. Real: shipped attention scores, quantised to 12 bits; where a row is \
shorter than n, rows of the same tensor are put behind one another, where it is longer, it is cut. \
Adversarial: keys against which quick-select's choice of pivots is worst.\n"
    )
}

struct Measure {
    mean: f64,
    worst: u64,
    interval: f64,
}

fn measure(
    lab: &Lab,
    ranker: &Ranker<'_>,
    source: Source,
    n: u32,
    most: usize,
) -> Result<Measure, Error> {
    stop::stopped()?;
    let k = match ranker.variant {
        Variant::Stream => ranker.params.capacity,
        _ => n / 4,
    };
    let queries: Vec<Query> = rows(ranker, source, n, k)?
        .into_iter()
        .take(most)
        .map(|keys| Query { keys, k })
        .collect();
    let run = |pace| run_in(lab, ranker.bundle, ranker.engine, &queries, pace).map_err(Error::from);
    let latencies: Vec<u64> = run(Pace::Isolated)?
        .iter()
        .map(|r| r.last_out - r.first_in + 1)
        .collect();
    let streamed = run(Pace::BackToBack)?;
    // The first queries find empty buffers; the interval is that of the later half.
    let half = streamed.len() / 2;
    let (from, to) = (&streamed[half - 1], &streamed[streamed.len() - 1]);
    let intervals = (streamed.len() - half) as f64;
    Ok(Measure {
        mean: latencies.iter().sum::<u64>() as f64 / latencies.len() as f64,
        worst: latencies.iter().copied().max().unwrap_or(0),
        interval: (to.last_out - from.last_out) as f64 / intervals,
    })
}

fn rows(ranker: &Ranker<'_>, source: Source, n: u32, k: u32) -> Result<Vec<Vec<i64>>, Error> {
    let (low, high) = ranker.params.key_range();
    match source {
        Source::Uniform => {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(u64::from(n));
            let span = (high - low + 1) as u64;
            let mut row = || {
                (0..n)
                    .map(|_| low + (rng.next_u64() % span) as i64)
                    .collect()
            };
            Ok((0..QUERIES).map(|_| row()).collect())
        }
        Source::Real => {
            let scores = real(n as usize)?;
            let (keys, _) = ranker.keys(&scores, k)?;
            Ok(keys.into_iter().map(|q| q.keys).collect())
        }
        Source::Adversarial => Ok(adversarial(&ranker.params, n)),
    }
}

/// Returns rows of `n` shipped scores, a few of each tensor.
fn real(n: usize) -> Result<Scores, Error> {
    let mut by_tensor: Vec<Vec<Vec<i64>>> = Vec::new();
    for (_, scores) in Scores::read_all(SCORES, SCORES_LABEL)? {
        let Rows::Integers(rows) = scores.rows else {
            continue;
        };
        let rows: Vec<Vec<i64>> = if scores_reach(&rows, n) {
            rows.into_iter().map(|r| r[..n].to_vec()).collect()
        } else {
            rows.concat().chunks_exact(n).map(<[i64]>::to_vec).collect()
        };
        if !rows.is_empty() {
            by_tensor.push(rows);
        }
    }
    // One row of each tensor in turn: the first tensors are no more typical than the last.
    let mut picked = Vec::new();
    for i in 0.. {
        let turn = by_tensor.iter().filter_map(|rows| rows.get(i));
        let before = picked.len();
        picked.extend(turn.cloned());
        if picked.len() >= QUERIES || picked.len() == before {
            break;
        }
    }
    picked.truncate(QUERIES);
    Ok(Scores {
        label: SCORES_LABEL.to_owned(),
        rows: Rows::Integers(picked),
        least: None,
    })
}

fn scores_reach(rows: &[Vec<i64>], n: usize) -> bool {
    rows.iter().all(|r| r.len() >= n)
}

/// Returns rows against which the quick-select of a fresh engine does its worst, one after another.
fn adversarial(params: &TopkParams, n: u32) -> Vec<Vec<i64>> {
    let mut pivots = adversary::PIVOT_SEED;
    let row = |_| adversary::keys(params, n, n / 4, &mut pivots);
    (0..QUERIES).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_rows_come_in_every_length() {
        for n in LENGTHS {
            let scores = real(n as usize).expect("ships with the program");
            assert_eq!((scores.n(), scores.len() > 3), (n as usize, true));
        }
    }
}
