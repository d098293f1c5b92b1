// SPDX-License-Identifier: MIT OR Apache-2.0
//! What tests of emitted bundles share: the command line, bundles of any settings, and their
//! verification by the bench of the block. Each test uses a part of it.
#![allow(dead_code, unused_macros)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use hwgen_bundle::manifest::{Bundle, Engine};
use hwgen_bundle::place;
use hwgen_generate::config::Draft;
use hwgen_generate::render;
use hwgen_generate::template::Library;
use hwgen_golden::Design;
use hwgen_verif::verify::Lab;
use hwgen_verif::{EngineReport, Progress, VerifyOptions};
use tempfile::TempDir;

/// Makes an ignored test of each configuration of a block, with so many random cases.
macro_rules! sweep {
    ($block:literal, $cases:literal; $($name:ident: $settings:expr,)*) => {
        $(
            #[test]
            #[ignore = "minutes of compilation"]
            fn $name() {
                let mut settings = vec![concat!("blocks=", $block)];
                settings.extend($settings);
                Built::new(&settings).verify($cases);
            }
        )*
    };
}

/// Runs hwgen in `folder` with the words of `line`; returns exit code, output and messages.
pub(crate) fn hwgen(folder: &Path, line: &str) -> (i32, String, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_hwgen"))
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let code = ran.status.code().expect("ends");
    (code, text(ran.stdout), text(ran.stderr))
}

/// Returns the design of `settings`, each as `--set` takes it.
pub(crate) fn design(settings: &[&str]) -> Design {
    let mut draft = Draft::default();
    for setting in settings {
        draft.set(setting);
    }
    draft.finish().expect("legal")
}

/// Writes a bundle of `design` to `target`.
pub(crate) fn emit(design: &Design, library: &Library, target: &Path) -> Bundle {
    let files = render::render(design, library).expect("renders");
    place::write(&files, target, false).expect("writes");
    Bundle::open(target).expect("opens")
}

/// An emitted bundle with one engine.
pub(crate) struct Built {
    _folder: TempDir,
    pub(crate) design: Design,
    pub(crate) bundle: Bundle,
    pub(crate) lab: Lab,
}

impl Built {
    /// Emits the design of `settings`.
    pub(crate) fn new(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let design = design(settings);
        let target = folder.path().join("bundle");
        Self {
            bundle: emit(&design, &Library::embedded(), &target),
            design,
            lab: Lab::open().expect("the tools of hwgen doctor are there"),
            _folder: folder,
        }
    }

    /// Returns the engine.
    pub(crate) fn engine(&self) -> &Engine {
        &self.bundle.manifest.engines[0]
    }

    /// Runs random cases with stalls and resets; panics with the report of a mismatch. The seed is
    /// `HWGEN_SEED`, which is printed.
    pub(crate) fn verify(&self, cases: u64) -> EngineReport {
        let given = std::env::var("HWGEN_SEED").ok();
        let seed = given.and_then(|s| s.parse().ok()).unwrap_or(1);
        eprintln!("HWGEN_SEED={seed}");
        let stop = AtomicBool::new(false);
        let mut options = VerifyOptions {
            cases,
            seed,
            wave: None,
            waves: true,
            replay: None,
            // Kept after the test, unlike the bundle: a failure is looked at later.
            artifacts: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("failures"),
            progress: &mut |_: Progress| {},
            stop: &stop,
        };
        let report = self
            .lab
            .verify_engine(&self.bundle, self.engine(), &mut options);
        let report = report.expect("the tools work");
        if let Some(failure) = &report.failure {
            panic!("{failure}");
        }
        assert!(report.cases >= cases);
        report
    }

    /// Does the same; panics, too, with a situation that the block can be in and that never
    /// happened, but for those that are `rare`.
    pub(crate) fn verify_all(&self, cases: u64, rare: &[&str]) -> EngineReport {
        let report = self.verify(cases);
        for name in rare {
            assert!(report.coverage.contains_key(*name), "{name} is not counted");
        }
        for (point, count) in &report.coverage {
            let happened = *count > 0 || rare.contains(&point.as_str());
            assert!(happened, "{point} never happened");
        }
        report
    }
}
