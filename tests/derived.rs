// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bundles derived from an emitted one.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;

use hwgen_bundle::derived::Derived;
use hwgen_bundle::file::File;
use hwgen_bundle::manifest::Bundle;
use hwgen_bundle::place;
use hwgen_generate::preset::Preset;
use hwgen_generate::render;
use hwgen_generate::template::Library;

#[test]
fn a_derived_bundle_is_a_bundle_and_leaves_its_origin_alone() {
    let design = Preset::find("tiny").and_then(Preset::design);
    let files = render::render(&design.expect("legal"), &Library::embedded());
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("b");
    place::write(&files.expect("renders"), &dir, false).expect("writes");
    let bundle = Bundle::open(&dir).expect("opens");
    let merge = bundle.manifest.file_of("hg_topk_merge").expect("is there");
    let before = fs::read_to_string(dir.join(merge)).expect("is there");
    assert!(before.contains(&format!("hg_topk_merge{} ", bundle.manifest.suffix)));

    let mut variant = Derived::of(&bundle, "a test", "--test").expect("reads");
    let other = [File::new("a.v", "// a\n"), File::new("b.v", "// b\n")];
    variant
        .replace_module("hg_topk_merge", &other)
        .expect("is there");
    variant.add_file("c.v", "// c\n");
    assert_eq!(variant.text("a"), Some("// a\n"));
    assert!(variant.text("hg_topk_merge").is_none());
    assert!(variant.replace_module("hg_nothing", &[]).is_err());
    variant.only("hg_tiny_topk_stream");
    let place = folder.path().join("variant");
    fs::create_dir(&place).expect("makes");
    variant.write(&place).expect("writes");

    let again = Bundle::open(&place).expect("opens");
    let [engine] = &again.manifest.engines[..] else {
        panic!("one engine is left");
    };
    let at = |name: &str| engine.sources.iter().position(|s| s == name);
    assert_eq!(at("rtl/b.v"), at("rtl/a.v").map(|n| n + 1));
    assert_eq!(at("rtl/c.v"), Some(engine.sources.len() - 2));
    assert!(at("rtl/hg_topk_merge.sv").is_none() && at("rtl/a.v").is_some());
    for source in &engine.sources {
        assert!(place.join(source).is_file(), "{source}");
        assert!(again.manifest.files.contains_key(source), "{source}");
    }
    let after = fs::read_to_string(dir.join(merge)).expect("is there");
    assert_eq!(before, after);
}
