// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the commands that simulate share: the tools looked up once, a bar on a terminal, and a
//! clean end on Ctrl-C.

use std::path::PathBuf;

use hwgen_bundle::choose::artifacts;
use hwgen_bundle::error::VerifyError;
use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_console::error::Error;
use hwgen_console::progress::{COUNTED, shown};
use hwgen_console::stop;
use indicatif::ProgressBar;

use crate::report::EngineReport;
use crate::verify::{Lab, Progress, VerifyOptions};

/// The bar of jobs.
const BAR: &str = "{prefix} {wide_bar} {pos}/{len} {eta}";

/// Runs jobs on a device, shows how many of `all` have left, and ends on Ctrl-C; `what` names them.
pub fn watched<T>(
    what: &'static str,
    all: usize,
    run: impl FnOnce(&mut dyn FnMut(usize) -> bool) -> Result<T, VerifyError>,
) -> Result<T, Error> {
    let bar = shown(ProgressBar::new(all as u64), BAR, what.to_owned());
    let ran = run(&mut |done| {
        bar.set_position(done as u64);
        stop::stopped().is_ok()
    });
    bar.finish_and_clear();
    ran.map_err(Error::from)
}

/// Does the same for jobs on several devices at a time: each tells how many more have left.
pub fn watched_together<T>(
    what: &'static str,
    all: usize,
    run: impl FnOnce(&(dyn Fn(usize) -> bool + Sync)) -> Result<T, VerifyError>,
) -> Result<T, Error> {
    let bar = shown(ProgressBar::new(all as u64), BAR, what.to_owned());
    let ran = run(&|more| {
        bar.inc(more as u64);
        stop::stopped().is_ok()
    });
    bar.finish_and_clear();
    ran.map_err(Error::from)
}

/// Tools and cache, looked up once.
pub fn lab() -> Result<Lab, Error> {
    Lab::open().map_err(Error::from)
}

/// What to verify an engine with.
pub struct Job {
    /// Transactions.
    pub cases: u64,
    /// Seed of everything random.
    pub seed: u64,
    /// Where to dump waves.
    pub wave: Option<PathBuf>,
    /// A replay file to run instead of new cases.
    pub replay: Option<PathBuf>,
}

/// Verifies one engine with a progress bar on a terminal.
pub fn verify(
    lab: &Lab,
    bundle: &Bundle,
    engine: &Engine,
    job: &Job,
) -> Result<EngineReport, Error> {
    let stop = stop::stop_flag();
    let name = format!("{} {}", engine.block, engine.variant);
    let bar = shown(ProgressBar::new(job.cases), COUNTED, name);
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
    report.map_err(Error::from)
}
