// SPDX-License-Identifier: MIT OR Apache-2.0
//! Folders and files that are not as they should be.

use super::*;

#[test]
fn foreign_and_edited_work_is_not_overwritten() {
    let place = Place::new();
    fs::create_dir(place.path("mine")).expect("makes");
    place.write("mine/thesis.tex", "all of it");
    assert_eq!(
        place.refused("emit --preset tiny -o mine"),
        ["mine: holds files that hwgen did not write; nothing was touched (name another folder)"]
    );
    assert_eq!(place.entries("mine"), ["thesis.tex"]);
    place.done("emit --preset tiny -o b");
    let pkg = place.rtl("hg_pkg");
    let pkg = pkg.strip_prefix(place.path("")).expect("is in there");
    let pkg = pkg.display().to_string();
    place.write(&pkg, "better\n");
    assert_eq!(
        place.refused("emit --preset wide -o b"),
        [format!(
            "{pkg}: edited since it was emitted; nothing was touched \
             (--force overwrites it, -o names another folder)"
        )]
    );
    assert_eq!(place.read(&pkg), "better\n");
    place.done("emit --preset tiny -o b --force");
    place.done("emit --preset tiny -o b --check");
    let ran = place.run("emit --preset wide -o b");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    place.write("b/notes.txt", "mine");
    assert_eq!(
        place.refused("emit --preset tiny -o b --force"),
        ["b/notes.txt: not a file of the bundle; nothing was touched (move it away first)"]
    );
    place.write("file", "mine");
    assert_eq!(
        place.refused("emit --preset tiny -o file"),
        ["file: cannot write a bundle: a file stands in place of a folder; name another path"]
    );
    assert_eq!(place.read("file"), "mine");
    assert_eq!(
        place.refused("emit --preset tiny -o /"),
        ["/: cannot be a bundle (name a folder below it)"]
    );
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    fs::create_dir(place.path("locked")).expect("makes");
    let mode = fs::Permissions::from_mode(0o555);
    fs::set_permissions(place.path("locked"), mode).expect("locks");
    if fs::write(place.path("locked/probe"), "").is_ok() {
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let said = place.refused("emit --preset tiny -o locked/b");
    let end = "locked/b: cannot write: permission denied; name a place that you may write to";
    assert!(said[0].ends_with(end), "{said:?}");
    assert!(place.entries("locked").is_empty());
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let place = Place::new();
    fs::create_dir(place.path("disk")).expect("makes");
    let disk = place.path("disk");
    let disk = disk.to_str().expect("text");
    let call = |words: &[&str]| {
        let done = std::process::Command::new(words[0])
            .args(&words[1..])
            .output();
        done.is_ok_and(|d| d.status.success())
    };
    if !call(&["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]) {
        eprintln!("skipped: a small disk needs root");
        return;
    }
    let ran = place.run("emit --preset tiny -o disk/deep/b");
    let left = place.entries("disk");
    call(&["umount", disk]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let end =
        "disk/deep/b: cannot write: the disk is full; free some space or name another folder\n";
    assert!(ran.err.ends_with(end), "{}", ran.err);
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn two_that_write_the_same_folder_leave_one_whole_bundle() {
    let place = Place::new();
    for _ in 0..4 {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| place.done("emit --preset tiny -o b"));
            }
        });
        place.done("emit --preset tiny -o b --check");
        assert_eq!(place.entries("."), ["b"], "nothing is left beside it");
        fs::remove_dir_all(place.path("b")).expect("removes");
    }
}

#[test]
fn a_manifest_that_was_edited_is_refused_before_anything_is_built() {
    let place = Place::new();
    place.done("emit --preset tiny -o b --variant radix");
    let whole: Value = serde_json::from_str(&place.read("b/manifest.json")).expect("is JSON");
    let said = |edit: &dyn Fn(&mut Value)| {
        let mut manifest = whole.clone();
        edit(&mut manifest);
        place.write("b/manifest.json", manifest.to_string());
        place
            .refused_after_seed("verify b --cases 2")
            .replace("; emit the bundle again", "")
    };
    let engine = "engine hg_tiny_radix_topk_radix: ";
    let ports = |at: usize, key: &'static str, to: Value| {
        move |m: &mut Value| m["engines"][0]["ports"][at][key] = to.clone()
    };
    assert_eq!(
        said(&ports(6, "width", json!(31))),
        format!("{engine}port key_data_i has 31 bits, not 32")
    );
    assert_eq!(
        said(&ports(3, "name", json!("x y"))),
        format!("{engine}port key_ready_o is missing")
    );
    assert_eq!(
        said(&ports(3, "dir", json!("input"))),
        format!("{engine}port key_ready_o has the wrong direction")
    );
    assert_eq!(
        said(&|m| m["engines"][0]["parameters"]["DigitW"] = json!(99_999_999_999_i64)),
        format!("{engine}parameter DigitW = 99999999999 must be a whole number of 32 bits")
    );
    assert_eq!(
        said(&|m| m["engines"][0]["parameters"]["Lanes"] = json!(8)),
        format!("{engine}port key_keep_i has 4 bits, not 8")
    );
    let start = "b/manifest.json: not a hwgen manifest (";
    for outside in ["../../secret.sv", "/etc/hostname", ""] {
        assert_eq!(
            said(&|m| m["engines"][0]["sources"][0] = json!(outside)),
            format!(
                "{start}engine hg_tiny_radix_topk_radix: source {outside:?} is not inside the bundle)"
            )
        );
    }
    assert_eq!(
        said(&|m| m["engines"][0]["sources"] = json!([])),
        format!("{start}engine hg_tiny_radix_topk_radix has no sources)")
    );
    assert_eq!(
        said(&|m| m["engines"][0]["top"] = json!("--version")),
        format!("{start}top \"--version\" is no name of a module)")
    );
    assert_eq!(
        said(&|m| m["engines"] = json!([])),
        format!("{start}it names no engine)")
    );
}

#[test]
fn a_configuration_that_makes_another_engine_is_refused() {
    let place = Place::new();
    place.done("emit --preset tiny -o b --variant radix");
    place.write("s.csv", "3,1,2\n");
    let run = "run topk --bundle b --input s.csv --backend golden";
    place.done(run);
    let mut manifest: Value =
        serde_json::from_str(&place.read("b/manifest.json")).expect("is JSON");
    manifest["config"]["topk.lanes"] = json!(8);
    place.write("b/manifest.json", manifest.to_string());
    assert_eq!(
        place.refused(run),
        [
            "b/manifest.json: engine hg_tiny_radix_topk_radix: parameter Lanes is 4, its \
          configuration makes it 8; emit the bundle again"
        ]
    );
}

#[test]
fn a_folder_in_place_of_a_file_is_named() {
    let place = Place::new();
    place.done("emit --preset tiny");
    fs::create_dir(place.path("d.csv")).expect("makes");
    let rule = "a folder stands in place of a file; name a file";
    assert_eq!(
        place.refused(&golden("--input d.csv")),
        [
            "d.csv: a folder without model.safetensors and model.safetensors.index.json (name a file)"
        ]
    );
    assert_eq!(
        place.refused("check d.csv"),
        [format!("d.csv: cannot read the configuration: {rule}")]
    );
    place.write("a.csv", "1,2\n");
    let said = place.refused(&golden("--input a.csv --json d.csv"));
    assert_eq!(said, [format!("d.csv: cannot write: {rule}")]);
    place.write("s.csv", "1,2;3 4\n");
    assert_eq!(
        place.refused(&golden("--input s.csv")),
        ["s.csv:1: column 1: \"1,2\" is not a number \
          (such as -1.5 or 3; a decimal comma must be a point)"]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_is_written_whole_or_not_at_all() {
    let place = Place::new();
    place.done("emit --preset tiny");
    place.write("a.csv", "1,2\n");
    assert_eq!(
        place.refused(&golden("--input a.csv --json /dev/full")),
        ["/dev/full: cannot write: the disk is full; free some space or name another folder"]
    );
    place.write("old.json", "old");
    place.done(&golden("--input a.csv --json old.json"));
    assert!(place.read("old.json").starts_with("{\n"));
    assert_eq!(place.entries("."), ["a.csv", "build", "old.json"]);
}
