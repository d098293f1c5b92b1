// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the commands that simulate share: opening a bundle, choosing engines, telling what went
//! wrong, and a clean end on Ctrl-C.

use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hwgen_golden::interface::Problem;
use hwgen_golden::{Design, Values};
use hwgen_verif::manifest::{Bundle, Engine};
use hwgen_verif::verify::Lab;
use hwgen_verif::{EngineReport, Progress, VerifyError, VerifyOptions};
use indicatif::{ProgressBar, ProgressStyle};

use crate::block::{BLOCKS, Parameter};
use crate::config::Draft;
use crate::error::Error;

/// What the system says of a full disk, in the words of any tool.
const NO_SPACE: &str = "No space left on device";

/// Raised by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// Lets Ctrl-C raise a flag instead of ending the program at once.
pub(crate) fn stop_flag() -> &'static AtomicBool {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Without a handler Ctrl-C ends the program all the same, only less tidily.
        let _ = ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed));
    });
    &STOP
}

/// Ends a command that Ctrl-C has asked to end.
pub(crate) fn stopped() -> Result<(), Error> {
    if stop_flag().load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    Ok(())
}

/// Says what to make of an error of the harness.
pub(crate) fn error(e: VerifyError) -> Error {
    // A tool that dies of the Ctrl-C meant for hwgen has not failed.
    if STOP.load(Ordering::Relaxed) {
        return Error::Interrupted;
    }
    match e {
        VerifyError::Stopped => Error::Interrupted,
        // The compiler is not to blame, and cannot say which disk it was.
        VerifyError::ToolFailed { command, tail, .. } if tail.contains(NO_SPACE) => {
            let tool = command.split(' ').next().unwrap_or_default().to_owned();
            Error::input(format!(
                "{tool}: the disk is full; free some space, or name another folder for the cache \
                 with HWGEN_CACHE"
            ))
        }
        VerifyError::ToolFailed { .. } | VerifyError::Load { .. } => Error::Tool(e.to_string()),
        VerifyError::ToolMissing { .. } | VerifyError::ToolUnfit { .. } => {
            Error::missing(e.to_string())
        }
        VerifyError::Misbehaved { .. } => Error::Check(vec![e.to_string()]),
        VerifyError::Io { path, source } => Error::path(&path, "use", &source),
        other => Error::input(other.to_string()),
    }
}

/// Runs jobs on a device, shows how many of `all` have left, and ends on Ctrl-C; `what` names them.
pub(crate) fn watched<T>(
    what: &'static str,
    all: usize,
    run: impl FnOnce(&mut dyn FnMut(usize) -> bool) -> Result<T, VerifyError>,
) -> Result<T, Error> {
    let bar = ProgressBar::new(all as u64).with_prefix(what);
    if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    let ran = run(&mut |done| {
        bar.set_position(done as u64);
        stopped().is_ok()
    });
    bar.finish_and_clear();
    ran.map_err(error)
}

/// Opens the bundle in `dir`.
pub(crate) fn open(dir: &Path) -> Result<Bundle, Error> {
    Bundle::open(dir).map_err(|e| error(e.into()))
}

/// Returns an error of a tool that read the modules of `bundle` by their plain names, with the files
/// that lie there.
pub(crate) fn with_real_files(bundle: &Bundle, error: Error) -> Error {
    error.reworded(|text| bundle.manifest.with_real_files(text))
}

/// Reads the parameters of an engine by `read`, the `from_values` of its block.
pub(crate) fn parameters<P>(
    engine: &Engine,
    read: impl FnOnce(&Values<'_>) -> Result<P, Problem>,
) -> Result<P, Error> {
    read(&Values(&engine.parameters)).map_err(|problem| {
        error(VerifyError::Engine {
            engine: engine.top.clone(),
            reason: problem.to_string(),
        })
    })
}

/// Returns the design that a bundle was emitted from, for what its engines do not know: the usual k,
/// a schedule.
///
/// What an engine is, its own parameters say. A manifest whose configuration would make another
/// engine is refused.
pub(crate) fn design(bundle: &Bundle) -> Result<Design, Error> {
    let refuse = |problems: &str| {
        let dir = bundle.dir.display();
        Error::input(format!(
            "{dir}/manifest.json: {problems}; emit the bundle again"
        ))
    };
    let design = Draft::of_resolved(&bundle.manifest.config).finish();
    let design = design.map_err(|e| refuse(&e.to_string().replace('\n', "; ")))?;
    let specs = BLOCKS.iter().flat_map(|b| b.engines(&design));
    for spec in specs {
        let mut engines = bundle.manifest.engines.iter();
        let same = |e: &&Engine| e.block == spec.block.name() && e.variant == spec.variant;
        let Some(engine) = engines.find(same) else {
            continue;
        };
        let other = |p: &&Parameter| engine.parameters.get(p.name) != Some(&p.value);
        if let Some(p) = spec.parameters.iter().find(other) {
            let value = engine.parameters.get(p.name);
            let value = value.map_or("missing".to_owned(), i64::to_string);
            let (top, name, wanted) = (&engine.top, p.name, p.value);
            let rule = format!("parameter {name} is {value}, its configuration makes it {wanted}");
            return Err(refuse(&format!("engine {top}: {rule}")));
        }
    }
    Ok(design)
}

/// Returns the engines of a bundle that `block` and `variant` choose.
pub(crate) fn engines<'a>(
    bundle: &'a Bundle,
    block: Option<&str>,
    variant: Option<&str>,
) -> Result<Vec<&'a Engine>, Error> {
    let all = &bundle.manifest.engines;
    let wanted = |e: &&Engine| {
        block.is_none_or(|b| b == "all" || b == e.block) && variant.is_none_or(|v| v == e.variant)
    };
    let chosen: Vec<&Engine> = all.iter().filter(wanted).collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let there: Vec<String> = all
        .iter()
        .map(|e| format!("{} {}", e.block, e.variant))
        .collect();
    let asked = [("--block", block), ("--variant", variant)];
    let asked: Vec<String> = asked
        .iter()
        .filter_map(|(flag, value)| value.map(|v| format!("{flag} {v}")))
        .collect();
    let (asked, there, dir) = (asked.join(" "), there.join(", "), bundle.dir.display());
    Err(Error::input(format!(
        "{asked}: {dir} holds no such engine (there are {there})"
    )))
}

/// Returns the folder for what a failing bundle leaves: beside it, under a name that no design has;
/// what was derived from it has a folder of its own in there.
pub(crate) fn artifacts(bundle: &Bundle) -> PathBuf {
    let dir = bundle.origin.as_ref().map_or(&bundle.dir, |o| &o.dir);
    let dir = match dir.file_name() {
        Some(_) => dir.clone(),
        // `.` has a name only when it is spelt out.
        None => std::fs::canonicalize(dir).unwrap_or_default(),
    };
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let place = dir.with_file_name(format!("{name}-failures"));
    match &bundle.origin {
        Some(origin) => place.join(
            origin
                .what
                .replace(|c: char| !c.is_alphanumeric() && c != '_', "-"),
        ),
        None => place,
    }
}

/// Tools and cache, looked up once.
pub(crate) fn lab() -> Result<Lab, Error> {
    Lab::open().map_err(error)
}

/// What to verify an engine with.
pub(crate) struct Job {
    pub(crate) cases: u64,
    pub(crate) seed: u64,
    pub(crate) wave: Option<PathBuf>,
    pub(crate) replay: Option<PathBuf>,
}

/// Verifies one engine with a progress bar on a terminal.
pub(crate) fn verify(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    job: &Job,
) -> Result<EngineReport, Error> {
    let stop = stop_flag();
    let bar = ProgressBar::new(job.cases);
    let style = ProgressStyle::with_template("{prefix} {msg} {wide_bar} {pos}/{len} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_prefix(format!("{} {}", engine.block, engine.variant));
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut progress = |p: Progress| match p {
        Progress::Building { wave: false, .. } => bar.set_message("building"),
        Progress::Building { wave: true, .. } => bar.set_message("building with waves"),
        Progress::Built { .. } => bar.set_message("running"),
        Progress::Running { done, total } => {
            bar.set_length(total);
            bar.set_position(done);
        }
        Progress::Shrinking { .. } => bar.set_message("shrinking"),
    };
    let mut options = VerifyOptions {
        cases: job.cases,
        seed: job.seed,
        wave: job.wave.clone(),
        waves: true,
        replay: job.replay.clone(),
        artifacts: artifacts(bundle),
        progress: &mut progress,
        stop,
    };
    let report = lab.verify_engine(bundle, engine, &mut options);
    bar.finish_and_clear();
    report.map_err(error)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn every_error_of_the_harness_has_its_exit_code() {
        let io = || io::Error::from(io::ErrorKind::StorageFull);
        let engine = || "hg_x_topk_radix".to_owned();
        let cases = [
            (
                VerifyError::ToolMissing {
                    tool: "verilator".into(),
                    remedy: "install it".into(),
                },
                3,
            ),
            (
                VerifyError::ToolFailed {
                    command: "c++".into(),
                    status: "1".into(),
                    tail: "words".into(),
                },
                3,
            ),
            (
                VerifyError::Replay {
                    path: "a".into(),
                    reason: "b".into(),
                },
                2,
            ),
            (
                VerifyError::Io {
                    path: "a".into(),
                    source: io(),
                },
                2,
            ),
            (
                VerifyError::Misbehaved {
                    engine: engine(),
                    failure: "c".into(),
                },
                1,
            ),
            (
                VerifyError::ToolFailed {
                    command: "c++ -O2 a.cpp".into(),
                    status: "1".into(),
                    tail: "a.o: No space left on device".into(),
                },
                2,
            ),
            (VerifyError::Stopped, 130),
        ];
        for (e, code) in cases {
            let text = e.to_string();
            assert_eq!(error(e).exit_code(), code, "{text}");
        }
        let full = VerifyError::Io {
            path: "a".into(),
            source: io(),
        };
        assert_eq!(
            error(full).to_string(),
            "a: cannot use: the disk is full; free some space or name another folder"
        );
    }
}
