// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `hwgen emit` makes of words and files.

use super::*;

#[test]
fn emit_writes_a_whole_bundle_that_checks() {
    let place = Place::new();
    let said = place.done("emit --preset tiny");
    assert!(said.starts_with("build/tiny: "), "{said}");
    let tops = "rtl/hg_tiny_topk_radix.sv\n  rtl/hg_tiny_topk_stream.sv";
    assert!(said.contains(tops), "{said}");
    assert_eq!(
        place.entries("build/tiny"),
        [
            "Bender.lock",
            "Bender.yml",
            "README.md",
            "constraints",
            "doc",
            "filelist.f",
            "flows",
            "hg_tiny.core",
            "manifest.json",
            "rtl",
            "vectors"
        ]
    );
    let beside = place.entries("build");
    assert_eq!(beside, ["tiny"], "nothing is left beside it");
    let said = place.done("emit --preset tiny --check");
    assert!(said.starts_with("build/tiny: up to date ("), "{said}");
    for file in place.read("build/tiny/filelist.f").lines() {
        let text = place.read(&format!("build/tiny/{file}"));
        let licence = "// SPDX-License-Identifier: MIT OR Apache-2.0\n`default_nettype none\n";
        assert!(text.starts_with(licence), "{file}");
        assert!(text.ends_with("`default_nettype wire\n"), "{file}");
        assert!(text.lines().all(|l| l.len() <= 100), "{file}");
    }
}

#[test]
fn check_lists_what_differs() {
    let place = Place::new();
    place.done("emit --preset tiny -o b");
    place.write("b/filelist.f", "mine\n");
    fs::remove_file(place.path("b/README.md")).expect("removes");
    place.write("b/notes.txt", "mine\n");
    let ran = place.run("emit --preset tiny -o b --check");
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.err,
        "hwgen: b/README.md: missing\nhwgen: b/filelist.f: differs\n\
         hwgen: b/notes.txt: not a file of the bundle\n"
    );
    let ran = place.run("emit --preset tiny -o c --check");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.ends_with("c: there is no such folder\n"));
}

#[test]
fn dry_run_lists_and_writes_nothing() {
    let place = Place::new();
    let said = place.done("emit --dry-run");
    assert!(said.contains("rtl/hg_k16_pe64_topk_radix.sv"), "{said}");
    assert!(said.contains(" files "), "{said}");
    assert!(place.entries(".").is_empty());
}

#[test]
fn the_same_design_is_the_same_bundle_however_it_is_spelt() {
    let place = Place::new();
    place.write("wide_keys.toml", "k = 8\n[topk]\nlanes = 8\nkey_w = 20\n");
    place.done("emit --config wide_keys.toml");
    let flags = "emit --k 8 --set topk.lanes=8 --set topk.key_w=20 --set name=wide_keys";
    place.done(&format!("{flags} -o build/wide_keys --check"));
    let text = place.read("build/wide_keys/manifest.json");
    let manifest: Value = serde_json::from_str(&text).expect("is JSON");
    let command = manifest["regenerate"].as_str().expect("is text");
    let command = command.strip_prefix("hwgen ").expect("names the program");
    place.done(&format!("{command} -o build/wide_keys --check"));
}

#[test]
fn another_configuration_has_another_name_and_replaces_nothing_without_a_word() {
    let place = Place::new();
    let name = |said: &str| {
        let (folder, _) = said.split_once(':').expect("names the folder");
        folder.to_owned()
    };
    let lanes = "emit --block topk --variant radix --set topk.lanes=4";
    let one = name(&place.done(lanes));
    let other = name(&place.done("emit --block topk --variant radix --set topk.lanes=8"));
    assert!(one.starts_with("build/k16_pe64_") && other.starts_with("build/k16_pe64_"));
    assert_ne!(one, other);
    // The same one again, however it is spelt, is quiet.
    let ran = place.run(&format!("{lanes} --k 16"));
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
    let digest = |folder: &str| {
        let text = place.read(&format!("{folder}/manifest.json"));
        let manifest: Value = serde_json::from_str(&text).expect("is JSON");
        manifest["digest"].as_str().expect("is text")[..16].to_owned()
    };
    let (before, after) = (digest(&one), digest(&other));
    let ran = place.run(&format!(
        "emit --block topk --variant radix --set topk.lanes=8 -o {one}"
    ));
    let version = concat!("hwgen ", env!("CARGO_PKG_VERSION"));
    let [a, b] = [&one, &other].map(|folder| folder.trim_start_matches("build/"));
    assert_eq!(
        ran.err,
        format!(
            "hwgen: {one}: replaced {a} (digest {before}, {version}) by {b} (digest {after}, \
             {version}): topk.lanes 4 -> 8\n"
        )
    );
    assert_eq!(ran.code, Some(0));
    // Many keys are not told one by one; a bundle of another release is said to be one.
    let ran = place.run(&format!("emit --block figs -o {one}"));
    assert!(
        ran.err.contains(", blocks [\"topk\"] -> [\"figs\"], "),
        "{}",
        ran.err
    );
    assert!(ran.err.ends_with(" more\n"), "{}", ran.err);
    let manifest = format!("{one}/manifest.json");
    let old = place.read(&manifest).replace(version, "hwgen 0.0.9");
    place.write(&manifest, old);
    let ran = place.run(&format!("emit --block figs -o {one}"));
    let k = "k16_pe64_figs (digest ";
    assert!(ran.err.contains(&format!("replaced {k}")), "{}", ran.err);
    assert!(ran.err.contains(", hwgen 0.0.9) by "), "{}", ran.err);
}

#[test]
fn modules_are_called_by_their_plain_names_and_by_their_own() {
    let place = Place::new();
    place.done("emit --preset tiny -o b");
    let text = place.read("b/manifest.json");
    let manifest: Value = serde_json::from_str(&text).expect("is JSON");
    let suffix = manifest["suffix"].as_str().expect("is text");
    assert!(suffix.len() == 9 && suffix.starts_with('_'), "{suffix}");
    assert_eq!(manifest["engines"][0]["module"], "hg_topk_radix");
    for file in place.read("b/filelist.f").lines() {
        let generated = file.starts_with("rtl/hg_tiny_topk_");
        assert_eq!(
            file.ends_with(&format!("{suffix}.sv")),
            !generated,
            "{file}"
        );
    }
    // The names get as far as the lists of what is there: the next thing that is missed.
    for name in ["hg_topk_fill".to_owned(), format!("hg_topk_fill{suffix}")] {
        let said = place.refused(&format!("mutate b --block {name},hg_nothing --count 1"));
        let list = "--block hg_nothing: b holds no such module to mutate (there are hg_";
        assert!(
            said[0].starts_with(list) && !said[0].contains(suffix),
            "{said:?}"
        );
        let twice = place.refused(&format!("mutate b --block {name},hg_topk_fill"));
        assert!(
            twice[0].contains("--block hg_topk_fill: is named twice"),
            "{twice:?}"
        );
    }
    let said = place.refused("prove b --block hg_nothing");
    assert!(!said[0].contains(suffix), "{said:?}");
    // A bundle of an older release: no suffix, and its files are called like its modules.
    let older = text
        .replace(suffix, "")
        .replace("\"format\": 2", "\"format\": 1");
    let older = older.replace("  \"suffix\": \"\",\n", "");
    place.write("b/manifest.json", older);
    for file in place.read("b/filelist.f").lines() {
        let plain = file.replace(suffix, "");
        let text = place.read(&format!("b/{file}")).replace(suffix, "");
        fs::remove_file(place.path(&format!("b/{file}"))).expect("removes");
        place.write(&format!("b/{plain}"), text);
    }
    let said = place.done("verify b --variant radix --cases 20");
    assert!(said.contains("equal"), "{said}");
    let odd = text.replace("\"format\": 2", "\"format\": 3");
    place.write("b/manifest.json", odd);
    let said = place.refused("verify b");
    assert!(said[0].contains("format 3 is none of 1 to 2"), "{said:?}");
    place.write("b/manifest.json", text.replace(suffix, "_A-b"));
    let said = place.refused("verify b");
    assert!(
        said[0].contains("suffix \"_A-b\" is no end of a name"),
        "{said:?}"
    );
}

#[test]
fn flags_win_over_files_and_presets() {
    let place = Place::new();
    place.write("a.toml", "k = 8\npe = 32\n");
    place.done("emit --config a.toml --k 4 --variant radix --set name=a");
    let manifest = place.read("build/a/manifest.json");
    assert!(manifest.contains("\"k\": 4"), "{manifest}");
    assert!(manifest.contains("\"pe\": 32"), "{manifest}");
    assert!(!place.path("build/a/rtl/hg_a_topk_stream.sv").exists());
    place.done("emit --preset tiny --set topk.lanes=8 -o tiny");
    let manifest = place.read("tiny/manifest.json");
    assert!(manifest.contains("\"topk.lanes\": 8"), "{manifest}");
}

#[test]
fn what_cannot_be_emitted_is_refused_in_one_go() {
    let place = Place::new();
    assert_eq!(
        place.refused("emit --k 99999999999 --pe 48 --set topk.lanes=x --set topk.lans=1"),
        [
            "topk.lanes = x: must be a whole number (try 16)",
            "topk.lans: unknown key (did you mean topk.lanes?)",
            "k = 99999999999: must be 1 to 16384 (try 16384)",
            "pe = 48: must be a power of two (try 32 or 64)",
        ]
    );
    assert_eq!(
        place.refused("emit --k -1"),
        ["k = -1: must be 1 to 16384 (try 1)"]
    );
    assert_eq!(
        place.refused("emit --k 100"),
        ["k = 100: the stream variant keeps 1 to 64 survivors \
          (try k = 64, or build only variant radix, whose k is run-time)"]
    );
    place.done("emit --k 100 --variant radix --dry-run");
    assert_eq!(
        place.refused("emit --variant bitonic"),
        ["topk.variants = bitonic: is not a top-k variant \
          (one of radix, stream, quickselect, batcher)"]
    );
    assert_eq!(
        place.refused("emit --block figs --variant stc42"),
        ["figs.variants = stc42: is not a variant of figs \
          (one of figs, dense_ws, stc24, vegeta_s)"]
    );
    assert_eq!(
        place.refused("emit --block figs --set figs.mode=swap --set figs.rows=5"),
        [
            "figs.mode = swap: must be select or exchange (try \"select\")",
            "figs.rows = 5: must be a multiple of figs.group = 2 (try 6)",
        ]
    );
    let there: Vec<&str> = BLOCKS.iter().map(|b| b.name().name()).collect();
    let there = there.join(", ");
    assert_eq!(
        place.refused("emit --block gemm"),
        [&*format!(
            "--block gemm: no such block (there are {there}, all)"
        )]
    );
    assert_eq!(
        place.refused("emit --preset huge"),
        ["--preset huge: no such preset (there are default, tiny, wide, spatten)"]
    );
    assert_eq!(
        place.refused("emit --set k"),
        ["--set k: expected KEY=VALUE (such as --set topk.lanes=8)"]
    );
    assert!(place.entries(".").is_empty());
}

#[test]
fn configurations_are_refused_with_file_and_line() {
    let place = Place::new();
    place.write(
        "a.toml",
        "k = 4\n[topk]\nlanes = 12\nkey_ww = 3\nmax_n = 99999\n",
    );
    assert_eq!(
        place.refused("check a.toml"),
        [
            "a.toml:4: topk.key_ww: unknown key (did you mean topk.key_w?)",
            "a.toml:3: topk.lanes = 12: must be a power of two (try 8 or 16)",
            "a.toml:5: topk.max_n = 99999: must be 2 to 16384 (try 16384)",
        ]
    );
    place.write("b.toml", "k = 4\n[topk\n");
    let said = place.refused("emit --config b.toml");
    assert!(said[0].starts_with("b.toml:2: not TOML: "), "{said:?}");
    assert_eq!(
        place.refused("check c.toml"),
        ["c.toml: cannot read the configuration: no such file or folder"]
    );
    place.write("d.toml", b"k = \xff\n");
    assert_eq!(
        place.refused("check d.toml"),
        ["d.toml: not text (byte 4 is not UTF-8); expected a TOML file"]
    );
    place.write("e.toml", "blocks = [\"topk\"]\n");
    let said = place.done("check e.toml");
    // Keys that are added come behind these.
    assert!(
        said.starts_with(
            "name = \"e\"\nk = 16\npe = 64\nblocks = [\"topk\"]\n\n[topk]\nvariants = [\"radix\", \"stream\"]\nlanes = 16\n\
         key_w = 12\nsigned = true\nmax_n = 1024\ndigit_w = 4\n"
        ),
        "{said}"
    );
}
