// SPDX-License-Identifier: MIT OR Apache-2.0
//! An emitted bundle with one engine, verified by the bench of its block.

use std::path::PathBuf;
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
#[allow(unused_macros)] // Some blocks have few configurations.
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
        let mut draft = Draft::default();
        for setting in settings {
            draft.set(setting);
        }
        let design = draft.finish().expect("legal");
        let files = render::render(&design, &Library::embedded()).expect("renders");
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("bundle");
        place::write(&files, &target, false).expect("writes");
        Self {
            design,
            bundle: Bundle::open(&target).expect("opens"),
            lab: Lab::open().expect("the tools of hwgen doctor are there"),
            _folder: folder,
        }
    }

    /// Returns the engine.
    pub(crate) fn engine(&self) -> &Engine {
        &self.bundle.manifest.engines[0]
    }

    /// Runs random cases with stalls and resets. The seed is `HWGEN_SEED`, which is printed.
    pub(crate) fn report(&self, cases: u64) -> EngineReport {
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
        report.expect("the tools work")
    }

    /// Does the same; panics with the report of a mismatch.
    pub(crate) fn verify(&self, cases: u64) -> EngineReport {
        let report = self.report(cases);
        if let Some(failure) = &report.failure {
            panic!("{failure}");
        }
        assert!(report.cases >= cases);
        report
    }
}
