// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run trace`: a workload trace on the attention core.

use std::path::PathBuf;

use clap::ValueEnum;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_golden::attention::{AttentionParams, JobResult, run_job};
use hwgen_golden::attention_axi::AttentionAxiParams;
use hwgen_verif::attention::{LiveJob, Memory, run_watched};
use hwgen_verif::attention_axi::run_layers;
use serde::Serialize;

use super::shared::{Backend, bound};
use hwgen_bundle::choose;
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_console::terminal::{print, table, write_json};
use hwgen_verif::session;
use hwgen_workloads::attend::axi::AxiFigures;
use hwgen_workloads::attend::bus::{Bus, BusArgs};
use hwgen_workloads::trace::work::{Policy, Setting};
use hwgen_workloads::trace::{self, Row};

/// Arguments of `hwgen run trace`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle
    #[arg(long, value_name = "DIR")]
    bundle: PathBuf,
    /// A trace: a row a head and query (docs/attention/use.md lists the columns)
    #[arg(long, value_name = "FILE.csv")]
    input: PathBuf,
    /// Only the first rows of the trace
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    /// Who says which planes and values are fetched
    #[arg(long, value_enum, default_value_t = PolicyName::Spatten)]
    policy: PolicyName,
    /// Policy token: refine keys whose probability may exceed this
    #[arg(long, default_value_t = 0.001, allow_hyphen_values = true)]
    eps: f64,
    /// Policy token: worst, or how many standard deviations of a score's missing bits to trust
    #[arg(
        long,
        value_name = "worst|SIGMAS",
        default_value = "worst",
        allow_hyphen_values = true
    )]
    bound: String,
    /// Policy token: the best values that leave out at most this probability, not the trace's count
    #[arg(long, value_name = "EPS", allow_hyphen_values = true)]
    mass: Option<f64>,
    /// Standard deviation of the random data's scores in nats
    #[arg(
        long,
        default_value_t = 2.0,
        value_name = "NATS",
        allow_hyphen_values = true
    )]
    spread: f64,
    /// Seed of the random data
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    #[command(flatten)]
    bus: BusArgs,
    /// Bytes that the memory carries a cycle [default: 64, or what the ports of --bus axi carry]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    bandwidth: Option<u32>,
    /// The simulated RTL, or the golden model alone, which needs no simulator and counts no cycles
    #[arg(long, value_enum, default_value_t = Backend::Rtl)]
    backend: Backend,
    /// Write the figures as JSON, - for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum PolicyName {
    /// The trace: its bits up front, more for all keys of a row or none, its number of values
    Spatten,
    /// The data: keys that may matter get more planes
    Token,
}

/// What a trace took.
#[derive(Debug, Serialize)]
struct Report<'a> {
    bundle: &'a str,
    engine: &'a str,
    input: String,
    backend: Backend,
    policy: PolicyName,
    rows: usize,
    /// Keys and values that the trace fetches.
    keys: u64,
    values: u64,
    /// Bytes of the trace's rows at its own bits.
    trace_bytes: u64,
    /// Bytes of all keys and values before pruning, at 32 bits.
    dense_32: u64,
    /// Bytes asked for, by plane, and together.
    k_bytes: Vec<u64>,
    v_bytes: Vec<u64>,
    bytes: u64,
    latency: u32,
    bandwidth: u32,
    /// Cycles that the bytes alone take.
    least_cycles: u64,
    /// Cycles from the first job in to the last word out, or from the doorbell to the last completion
    /// record; none without RTL.
    cycles: Option<u64>,
    bytes_per_cycle: Option<f64>,
    /// Cycles over those that the bytes alone take.
    ratio: Option<f64>,
    /// What went over the buses, if there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    axi: Option<AxiFigures>,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let setting = setting(args)?;
    let bundle = choose::open(&args.bundle)?;
    args.bus.check()?;
    let variant = args.bus.bus.variant();
    let engine = choose::engines(&bundle, Some("attention"), Some(variant))?[0];
    let p = engine.read(AttentionParams::from_values)?;
    let mut rows = trace::read(&args.input)?;
    rows.truncate(args.rows.map_or(usize::MAX, |n| n as usize));
    let label = args.input.display().to_string();
    let jobs = trace::work::jobs(&rows, &label, &p, setting)?;
    let bandwidth = bandwidth(args, engine)?;
    let mut axi = None;
    let (vectors, cycles) = match (args.backend, args.bus.bus) {
        (Backend::Golden, _) => (golden(&p, &jobs)?, None),
        (Backend::Rtl, Bus::Stream) => {
            let (vectors, cycles) = rtl(&bundle, engine, &jobs, args, bandwidth)?;
            (vectors, Some(cycles))
        }
        (Backend::Rtl, Bus::Axi) => {
            let vectors = golden(&p, &jobs)?;
            let (cycles, figures) = buses(&bundle, engine, jobs, args.bus)?;
            axi = Some(figures);
            (vectors, Some(cycles))
        }
    };
    let mut report = report(
        args,
        &p,
        &rows,
        vectors,
        cycles,
        (&bundle, engine),
        bandwidth,
    );
    report.axi = axi;
    if let Some(path) = &args.json {
        write_json(path, &report)?;
        if path.as_os_str() == "-" {
            return Ok(());
        }
    }
    let buses = report
        .axi
        .as_ref()
        .map_or_else(String::new, AxiFigures::text);
    print(&(text(&report) + &buses))
}

/// Reads the flags; all that is wrong with them is told at once.
fn setting(args: &Args) -> Result<Setting, Error> {
    let mut wrong = Vec::new();
    if !(args.eps > 0.0 && args.eps <= 1.0) {
        let given = args.eps;
        wrong.push(format!(
            "--eps {given}: must be more than 0, and at most 1 (try 0.001)"
        ));
    }
    if let Some(mass) = args.mass.filter(|m| !(0.0..=1.0).contains(m)) {
        wrong.push(format!("--mass {mass}: must be 0 to 1 (try 0.01)"));
    }
    if !(args.spread > 0.0 && args.spread.is_finite()) {
        let given = args.spread;
        wrong.push(format!("--spread {given}: must be more than 0 (try 2)"));
    }
    let bound = bound(&args.bound).map_err(|e| wrong.push(e)).ok();
    if args.policy == PolicyName::Spatten && args.mass.is_some() {
        wrong.push("--mass: the trace's policy has counts (add --policy token)".to_owned());
    }
    let Some(bound) = bound.filter(|_| wrong.is_empty()) else {
        return Err(Error::Input(wrong));
    };
    Ok(Setting {
        policy: match args.policy {
            PolicyName::Spatten => Policy::Spatten,
            PolicyName::Token => Policy::Token {
                eps: args.eps,
                bound,
                left_out: args.mass,
            },
        },
        spread: args.spread,
        seed: args.seed,
    })
}

/// Plane vectors of K and of V, by plane.
type Vectors = [[u64; 3]; 2];

fn golden(p: &AttentionParams, jobs: &[LiveJob]) -> Result<Vectors, Error> {
    let mut vectors = Vectors::default();
    for live in jobs {
        stop::stopped()?;
        let r: JobResult = run_job(p, &live.job, &live.queries, &live.k, &live.v, None, None);
        for (sums, planes) in vectors.iter_mut().zip([&r.k_requests, &r.v_requests]) {
            for (sum, requests) in sums.iter_mut().zip(planes) {
                *sum += requests.iter().map(|r| u64::from(r.vectors())).sum::<u64>();
            }
        }
    }
    Ok(vectors)
}

fn rtl(
    bundle: &Bundle,
    engine: &Engine,
    jobs: &[LiveJob],
    args: &Args,
    bandwidth: u32,
) -> Result<(Vectors, u64), Error> {
    let lab = session::lab()?;
    let memory = Memory {
        latency: args.bus.latency(),
        bytes_per_cycle: bandwidth,
    };
    let played = session::watched("rows", jobs.len(), |watch| {
        run_watched(&lab, bundle, engine, jobs, memory, false, watch)
    })?;
    Ok((played.by_plane, played.cycles()))
}

/// Returns the bytes that the memory carries in a cycle.
fn bandwidth(args: &Args, engine: &Engine) -> Result<u32, Error> {
    if let (Some(_), Bus::Axi) = (args.bandwidth, args.bus.bus) {
        let rule = "the ports say what they carry (leave it out)";
        return Err(Error::input(format!("--bandwidth: {rule}")));
    }
    Ok(match args.bus.bus {
        Bus::Stream => args.bandwidth.unwrap_or(64),
        Bus::Axi => {
            let memory = engine.read(AttentionAxiParams::from_values)?.memory;
            memory.channels * memory.port_bytes()
        }
    })
}

/// Runs the jobs over the buses.
fn buses(
    bundle: &Bundle,
    engine: &Engine,
    jobs: Vec<LiveJob>,
    args: BusArgs,
) -> Result<(u64, AxiFigures), Error> {
    let lab = session::lab()?;
    let count = jobs.len();
    let layer = hwgen_verif::attention_axi::Layer { jobs, prune: None };
    let ran = session::watched("commands", count, |watch| {
        let mut look = |done, _| watch(done);
        let store = args.store();
        run_layers(
            &lab,
            bundle,
            engine,
            &[layer],
            store,
            args.stress,
            &mut look,
        )
    })?;
    let mut figures = AxiFigures::new(args);
    figures.add(&ran);
    Ok((ran.cycles.iter().sum(), figures))
}

fn report<'a>(
    args: &Args,
    p: &AttentionParams,
    rows: &[Row],
    vectors: Vectors,
    cycles: Option<u64>,
    (bundle, engine): (&'a Bundle, &'a Engine),
    bandwidth: u32,
) -> Report<'a> {
    let bytes_of = |value: bool, planes: &[u32]| -> Vec<u64> {
        let of = |(plane, n): (usize, &u64)| n * u64::from(p.vector_bytes(value, plane));
        let counts = &vectors[usize::from(value)][..planes.len()];
        counts.iter().enumerate().map(of).collect()
    };
    let (k_bytes, v_bytes) = (bytes_of(false, &p.k_planes), bytes_of(true, &p.v_planes));
    let bytes: u64 = k_bytes.iter().chain(&v_bytes).sum();
    let sum = |of: fn(&Row) -> u64| rows.iter().map(of).sum::<u64>();
    let least_cycles = bytes.div_ceil(u64::from(bandwidth));
    Report {
        bundle: &bundle.manifest.name,
        engine: &engine.top,
        input: args.input.display().to_string(),
        backend: args.backend,
        policy: args.policy,
        rows: rows.len(),
        keys: sum(|r| u64::from(r.keys)),
        values: sum(|r| u64::from(r.values.min(r.keys))),
        trace_bytes: sum(Row::bytes),
        dense_32: sum(|r| 2 * 4 * u64::from(r.length) * u64::from(r.d)),
        k_bytes,
        v_bytes,
        bytes,
        latency: args.bus.latency(),
        bandwidth,
        least_cycles,
        cycles,
        bytes_per_cycle: cycles.map(|c| bytes as f64 / c.max(1) as f64),
        ratio: cycles.map(|c| c as f64 / least_cycles.max(1) as f64),
        axi: None,
    }
}

fn text(r: &Report<'_>) -> String {
    let line = |what: &str, value: String| vec![what.to_owned(), value];
    let planes = |all: &[u64]| {
        let all: Vec<String> = all.iter().map(u64::to_string).collect();
        all.join(" + ")
    };
    let mut rows = vec![
        line(
            "rows, keys, values",
            format!("{}, {}, {}", r.rows, r.keys, r.values),
        ),
        line("dense, 32 bits", format!("{} bytes", r.dense_32)),
        line("trace", format!("{} bytes", r.trace_bytes)),
        line(
            "asked for",
            format!(
                "{} bytes (K by plane {}, V {})",
                r.bytes,
                planes(&r.k_bytes),
                planes(&r.v_bytes)
            ),
        ),
        line(
            "bytes alone",
            format!("{} cycles at {} bytes a cycle", r.least_cycles, r.bandwidth),
        ),
    ];
    if let (Some(cycles), Some(ratio), Some(rate)) = (r.cycles, r.ratio, r.bytes_per_cycle) {
        let text = format!(
            "{cycles} cycles at latency {}, {ratio:.3} of that, {rate:.1} bytes a cycle",
            r.latency
        );
        rows.push(line("RTL, equal to the golden model", text));
    }
    table(&rows)
}
