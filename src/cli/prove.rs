// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen prove`: formal proofs of a bundle's RTL and of the shared primitives.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hwgen_bundle::cache::Cache;
use hwgen_bundle::manifest::Bundle;
use serde::Serialize;

use hwgen_bundle::choose;
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_console::terminal::{print, table, write_file, write_json};
use hwgen_tools::prove::list::proofs;
use hwgen_tools::prove::proof::{Engine, Mode, Proof};
use hwgen_tools::prove::run::{Outcome, Prover, Verdict};
use hwgen_tools::prove::sources::Sources;
use hwgen_tools::prove::tools::Kit;

/// Arguments of `hwgen prove`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the bundle
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Only the proofs of this module, with or without hg_ in front
    #[arg(long, value_name = "MODULE")]
    block: Option<String>,
    /// Proofs that run at a time; each keeps a processor busy [default: all processors, at most 4]
    #[arg(long, value_name = "N", allow_hyphen_values = true,
        value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Write the outcomes as JSON, - for standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// One line of the report.
#[derive(Serialize)]
struct Line {
    module: &'static str,
    parameters: BTreeMap<&'static str, u32>,
    about: &'static str,
    mode: &'static str,
    depth: u32,
    engine: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<PathBuf>,
    result: String,
    #[serde(flatten)]
    outcome: Outcome,
}

pub(crate) fn run(args: &Args) -> Result<(), Error> {
    let bundle = choose::open(&args.bundle)?;
    prove(args, &bundle).map_err(|e| choose::with_real_files(&bundle, e))
}

fn prove(args: &Args, bundle: &Bundle) -> Result<(), Error> {
    let sources = Sources::read(bundle)?;
    // Here hg_ may be left out, too.
    let suffix = bundle.manifest.suffix.as_str();
    let block = args.block.as_deref();
    let block = block.map(|b| b.strip_suffix(suffix).unwrap_or(b));
    let proofs = chosen(&sources, block, bundle)?;
    stop::stop_flag();
    let engines: Vec<Engine> = proofs.iter().map(|p| p.engine).collect();
    say("looking for tools (the first use of a new Yosys takes minutes)");
    let kit = Kit::find(&engines)?;
    stop::stopped()?;
    let cache = Cache::open().map_err(Error::from)?;
    let abort = AtomicBool::new(false);
    let prover = Prover {
        kit: &kit,
        cache: &cache,
        sources: &sources,
        abort: &abort,
    };
    let outcomes = all(&prover, &proofs, jobs(args.jobs))?;
    let mut lines = Vec::new();
    for (proof, outcome) in proofs.iter().zip(outcomes) {
        let trace = keep_trace(bundle, proof, &outcome)?;
        lines.push(line(proof, outcome, trace));
    }
    if let Some(path) = &args.json {
        write_json(path, &lines)?;
    }
    if args.json.as_deref() != Some(Path::new("-")) {
        print(&report(&proofs, &lines))?;
    }
    let problems: Vec<String> = proofs.iter().zip(&lines).filter_map(problem).collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::Check(problems))
}

/// Returns the proofs whose modules are there and that `block` asks for.
fn chosen(
    sources: &Sources,
    block: Option<&str>,
    bundle: &Bundle,
) -> Result<Vec<&'static Proof>, Error> {
    let there: Vec<&Proof> = proofs().filter(|p| sources.holds(p.module)).collect();
    let Some(block) = block else {
        return Ok(there);
    };
    let named = |p: &&&Proof| p.module == block || p.module.strip_prefix("hg_") == Some(block);
    let found: Vec<&Proof> = there.iter().filter(named).copied().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let mut names: Vec<&str> = there.iter().map(|p| p.module).collect();
    names.dedup();
    let dir = bundle.dir.display();
    let elsewhere = proofs().any(|p| named(&&p));
    let rule = if elsewhere {
        format!("{dir} does not hold this module; its proofs")
    } else {
        "no proof is known of it; there".to_owned()
    };
    Err(Error::input(format!(
        "--block {block}: {rule} are {}",
        names.join(", ")
    )))
}

/// Returns how many proofs run at a time. More than a few want more memory than a desktop has.
fn jobs(asked: Option<u16>) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    asked.map_or_else(|| all().min(4), usize::from)
}

/// Runs all proofs, `jobs` at a time, and returns their outcomes in order.
fn all(prover: &Prover, proofs: &[&'static Proof], jobs: usize) -> Result<Vec<Outcome>, Error> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let slots: Vec<Mutex<Option<Outcome>>> = proofs.iter().map(|_| Mutex::new(None)).collect();
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(proofs.len()) {
            scope.spawn(|| {
                while let Some(proof) = proofs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = prover.prove(proof);
                    let at = proofs.iter().position(|p| std::ptr::eq(*p, *proof));
                    let number = done.fetch_add(1, Ordering::Relaxed) + 1;
                    match (outcome, at) {
                        (Ok(outcome), Some(at)) => {
                            say(&format!(
                                "{number}/{} {}: {}{}",
                                proofs.len(),
                                proof.name(),
                                result(proof, &outcome.verdict, None),
                                timing(&outcome),
                            ));
                            *slots[at].lock().expect("nobody panics") = Some(outcome);
                        }
                        (Err(error), _) => {
                            // The first is the cause: it makes the others stop.
                            let mut failed = failed.lock().expect("nobody panics");
                            failed.get_or_insert(error);
                            prover.abort.store(true, Ordering::Relaxed);
                            return;
                        }
                        (Ok(_), None) => {}
                    }
                }
            });
        }
    });
    if let Some(error) = failed.into_inner().expect("nobody panics") {
        return Err(error);
    }
    let outcomes = slots.into_iter();
    Ok(outcomes
        .filter_map(|s| s.into_inner().expect("nobody panics"))
        .collect())
}

fn timing(outcome: &Outcome) -> String {
    let cached = if outcome.cached { ", cached" } else { "" };
    format!(" ({} s{cached})", outcome.seconds)
}

/// Puts the waveform of a refutation beside the bundle.
fn keep_trace(bundle: &Bundle, proof: &Proof, outcome: &Outcome) -> Result<Option<PathBuf>, Error> {
    let Verdict::Refuted { trace, .. } = &outcome.verdict else {
        return Ok(None);
    };
    let folder = choose::artifacts(bundle);
    fs::create_dir_all(&folder).map_err(|e| Error::path(&folder, "create", &e))?;
    let path = folder.join(format!("{}.vcd", proof.name().replace([' ', '='], "_")));
    write_file(&path, trace)?;
    Ok(Some(path))
}

fn line(proof: &'static Proof, outcome: Outcome, trace: Option<PathBuf>) -> Line {
    Line {
        module: proof.module,
        parameters: proof.parameters.iter().copied().collect(),
        about: proof.about,
        mode: match proof.mode {
            Mode::Induction => "induction",
            Mode::Bounded => "bounded",
        },
        depth: proof.depth,
        engine: proof.engine.name(),
        result: result(proof, &outcome.verdict, trace.as_deref()),
        trace,
        outcome,
    }
}

fn result(proof: &Proof, verdict: &Verdict, trace: Option<&Path>) -> String {
    match (verdict, proof.mode, trace) {
        (Verdict::Proved, Mode::Induction, _) => "proved by k-induction".to_owned(),
        (Verdict::Proved, Mode::Bounded, _) => format!("proved to depth {}", proof.depth),
        (Verdict::Refuted { .. }, _, Some(path)) => {
            format!("refuted (trace: {})", path.display())
        }
        (Verdict::Refuted { .. }, _, None) => "refuted".to_owned(),
        (Verdict::Unknown { .. }, ..) => "unknown".to_owned(),
    }
}

fn report(proofs: &[&Proof], lines: &[Line]) -> String {
    let head = ["module", "parameters", "engine", "seconds", "result"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (proof, line) in proofs.iter().zip(lines) {
        let name = proof.name();
        let (module, values) = name.split_once(' ').unwrap_or((&name, ""));
        rows.push(vec![
            module.to_owned(),
            values.to_owned(),
            line.engine.to_owned(),
            line.outcome.seconds.to_string(),
            line.result.clone(),
        ]);
    }
    table(&rows)
}

/// Says what is wrong with a proof that is not one.
fn problem((proof, line): (&&'static Proof, &Line)) -> Option<String> {
    let name = proof.name();
    match &line.outcome.verdict {
        Verdict::Proved => None,
        Verdict::Refuted { at, .. } => {
            let at = at.join(", ");
            let trace = line.trace.as_deref().unwrap_or(Path::new("")).display();
            Some(format!("{name}: refuted at {at}; see {trace}"))
        }
        Verdict::Unknown { why } => Some(format!("{name}: not proved ({why})")),
    }
}

/// Tells how far it is; there is nobody left to tell if that fails.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "prove: {text}");
}
