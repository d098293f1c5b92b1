// SPDX-License-Identifier: MIT OR Apache-2.0
//! Builds one module of the library on its own, and the stimulus that the tests share.

use std::collections::BTreeMap;
use std::path::Path;

use hwgen_bundle::cache::Cache;
use hwgen_bundle::manifest::Port;
use hwgen_bundle::suffix::Suffix;
use hwgen_generate::header::Header;
use hwgen_generate::template::Library;
use hwgen_sim::dut::{Dut, In, Out};
use hwgen_sim::model::{Model, ModelSpec, Wave};
use hwgen_sim::rng::Rng;
use hwgen_sim::toolchain::Toolchain;

/// A module under test, out of reset.
pub(crate) struct Part {
    pub(crate) dut: Dut,
    pub(crate) rng: Rng,
}

impl Part {
    /// Builds `module` with `parameters`; ports that `widths` does not name have one bit.
    pub(crate) fn new(module: &str, parameters: &[(&str, u32)], widths: &[(&str, u32)]) -> Self {
        let library = Library::embedded();
        let folder = tempfile::tempdir().expect("a folder");
        let sources = library.sources(module);
        assert!(!sources.is_empty(), "no module {module}");
        let file = |name: &&str| {
            let path = folder.path().join(format!("{name}.sv"));
            std::fs::write(&path, library.text(name).expect("listed")).expect("writes");
            path
        };
        let port = |port: hwgen_generate::header::Port| {
            let width = widths.iter().find(|(n, _)| *n == port.name);
            Port {
                dir: port.dir,
                width: width.map_or(1, |&(_, w)| w),
                name: port.name,
                meaning: port.words,
            }
        };
        let header = Header::read(library.text(module).expect("listed"));
        let ports: Vec<Port> = header.ports.into_iter().map(port).collect();
        for (name, _) in widths {
            assert!(ports.iter().any(|p| p.name == *name), "no port {name}");
        }
        let spec = ModelSpec {
            sources: sources.iter().map(file).collect(),
            suffix: Suffix::default(),
            top: module.to_owned(),
            parameters: parameters
                .iter()
                .map(|&(n, v)| (n.to_owned(), i64::from(v)))
                .collect::<BTreeMap<_, _>>(),
            ports,
            wave: Wave::Off,
        };
        let cache = Cache::at(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
        let cache = cache.expect("the target folder is writable");
        let tools = Toolchain::find(&cache).expect("the tools of hwgen doctor are there");
        let model = Model::build(&cache, &tools, &spec).expect("builds");
        let seed = seed();
        eprintln!("{module} {parameters:?}: HWGEN_SEED={seed}");
        let mut dut = Dut::open(&model, seed).expect("loads");
        dut.reset(3).expect("reset is quiet");
        Self {
            dut,
            rng: Rng::new(seed),
        }
    }

    pub(crate) fn input(&self, name: &str) -> In {
        self.dut
            .input(name)
            .unwrap_or_else(|| panic!("no input {name}"))
    }

    pub(crate) fn output(&self, name: &str) -> Out {
        self.dut
            .output(name)
            .unwrap_or_else(|| panic!("no output {name}"))
    }

    /// Clocks once; a failed check of the RTL fails the test.
    pub(crate) fn tick(&mut self) {
        self.dut.tick().expect("no check of the RTL fails");
    }

    /// Returns a signed number of `width` bits: uniform, or one of the corners.
    pub(crate) fn signed(&mut self, width: u32) -> i64 {
        let (low, high) = (-(1_i64 << (width - 1)), (1_i64 << (width - 1)) - 1);
        match self.rng.below(8) {
            0 => low,
            1 => high,
            2 => self.rng.between(-1, 1).clamp(low, high),
            _ => self.rng.between(low, high),
        }
    }

    /// Returns an unsigned number of up to `width` bits, of a random length or a corner.
    pub(crate) fn unsigned(&mut self, width: u32) -> u64 {
        let all = (1_u64 << width) - 1;
        match self.rng.below(8) {
            0 => 0,
            1 => all,
            2 => 1 << self.rng.below(u64::from(width)),
            3 => self.rng.draw() & all,
            _ => (self.rng.draw() & all) >> self.rng.below(u64::from(width)),
        }
    }
}

/// Returns the seed of this run.
fn seed() -> u64 {
    let seed = std::env::var("HWGEN_SEED").ok();
    seed.map_or(1, |s| s.parse().expect("HWGEN_SEED is a number"))
}

/// Reads the lower `width` bits of `raw` as two's complement.
pub(crate) fn extend(raw: u64, width: u32) -> i64 {
    (raw << (64 - width)) as i64 >> (64 - width)
}
