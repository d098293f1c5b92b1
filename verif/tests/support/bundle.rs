// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bundles made by hand, so that the harness is tested without the generator.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hwgen_bundle::cache::Cache;
use hwgen_bundle::manifest::{Bundle, Dir, Engine, FORMAT, Manifest, Port};
use hwgen_bundle::suffix::Suffix;
use hwgen_golden::topk::TopkParams;

/// The toy engine as it lies in the repository.
pub(crate) const TOY: &str = include_str!("../rtl/toy_topk.sv");

/// Small parameters at which the toy compiles and runs quickly.
pub(crate) fn small() -> TopkParams {
    TopkParams {
        lanes: 4,
        key_w: 8,
        signed: true,
        max_n: 50,
        ..TopkParams::default()
    }
}

/// Returns the cache that all tests of a build share, apart from the user's.
pub(crate) fn cache() -> Cache {
    Cache::at(&scratch("cache")).expect("the target folder is writable")
}

/// Returns a folder of this test below the build folder.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&dir).expect("the target folder is writable");
    dir
}

/// Writes `text` as the only source of a bundle of one toy engine with parameters `p`.
pub(crate) fn toy(name: &str, text: &str, p: &TopkParams) -> Bundle {
    let dir = scratch(name);
    std::fs::write(dir.join("toy_topk.sv"), text).expect("the target folder is writable");
    bundle(&dir, "radix", "toy_topk", &["toy_topk.sv"], p)
}

/// Describes the top-k engine `module`, built from `sources` in `dir`.
pub(crate) fn bundle(
    dir: &Path,
    variant: &str,
    module: &str,
    sources: &[&str],
    p: &TopkParams,
) -> Bundle {
    let mut parameters = BTreeMap::from([
        ("Lanes".to_owned(), i64::from(p.lanes)),
        ("KeyW".to_owned(), i64::from(p.key_w)),
        ("Signed".to_owned(), i64::from(p.signed)),
        ("MaxN".to_owned(), i64::from(p.max_n)),
    ]);
    match variant {
        "stream" => drop(parameters.insert("Capacity".into(), p.capacity.into())),
        "radix" => drop(parameters.insert("DigitW".into(), p.digit_w.into())),
        _ => {}
    }
    let engine = Engine {
        block: "topk".into(),
        variant: variant.into(),
        top: module.into(),
        module: module.into(),
        sources: sources.iter().map(|&s| s.to_owned()).collect(),
        parameters,
        hierarchy: vec![],
        ports: ports(p),
        latency: String::new(),
        throughput: String::new(),
    };
    Bundle {
        dir: dir.to_owned(),
        manifest: Manifest {
            format: FORMAT,
            generator: "hwgen".into(),
            name: "toy".into(),
            suffix: Suffix::default(),
            digest: String::new(),
            regenerate: String::new(),
            config: BTreeMap::new(),
            files: BTreeMap::new(),
            engines: vec![engine],
        },
        origin: None,
    }
}

fn ports(p: &TopkParams) -> Vec<Port> {
    let (i, o) = (Dir::Input, Dir::Output);
    let all = [
        ("clk_i", i, 1),
        ("rst_ni", i, 1),
        ("key_valid_i", i, 1),
        ("key_ready_o", o, 1),
        ("key_last_i", i, 1),
        ("key_keep_i", i, p.lanes),
        ("key_data_i", i, p.lanes * p.key_w),
        ("key_k_i", i, p.cnt_w()),
        ("res_valid_o", o, 1),
        ("res_ready_i", i, 1),
        ("res_last_o", o, 1),
        ("res_keep_o", o, p.lanes),
        ("res_data_o", o, p.lanes * p.key_w),
        ("res_index_o", o, p.lanes * p.idx_w()),
        ("res_threshold_o", o, p.key_w),
        ("res_count_o", o, p.cnt_w()),
    ];
    let port = |(name, dir, width): (&str, Dir, u32)| Port {
        name: name.into(),
        dir,
        width,
        meaning: String::new(),
    };
    all.into_iter().map(port).collect()
}
