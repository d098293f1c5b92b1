// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run attention` on real layers and on bad input.

use std::path::Path;
use std::process::Command;

use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use tempfile::TempDir;

const LAYERS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/attention_layers.safetensors"
);

/// Runs hwgen in `folder`; returns exit code, output and messages.
fn hwgen(folder: &Path, line: &str) -> (i32, String, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_hwgen"))
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (
        ran.status.code().expect("ends"),
        text(ran.stdout),
        text(ran.stderr),
    )
}

/// Emits a core for heads of 64 elements into the folder's `b`.
fn place() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, _, said) = hwgen(folder.path(), "emit --block attention -o b");
    assert_eq!(code, 0, "{said}");
    folder
}

fn figures(folder: &Path, policy: &str) -> Value {
    let line = format!("run attention --bundle b --input {LAYERS} {policy} --json -");
    let (code, out, said) = hwgen(folder, &line);
    assert_eq!(code, 0, "{said}");
    serde_json::from_str(&out).expect("is JSON")
}

#[test]
fn real_layers_are_right_to_the_last_bits() {
    let folder = place();
    let report = figures(folder.path(), "--backend golden");
    let samples = report["samples"].as_array().expect("a list");
    assert_eq!(samples.len(), 9);
    for sample in samples {
        let cosine = sample["error"]["cosine"].as_f64().expect("a number");
        assert!(cosine > 0.999_995, "{sample}");
        // All planes of all keys and values: what dense attention takes at 12 bits.
        assert_eq!(sample["bytes"]["total"], sample["bytes"]["dense_12"]);
    }
}

#[test]
fn refinement_saves_bytes_and_keeps_what_matters() {
    let folder = place();
    let policy = "--backend golden --rule token --eps 0.001 --mass 0.01 --sample d0.l2";
    let report = figures(folder.path(), policy);
    let sample = &report["samples"][0];
    let of = |key: &str| sample["bytes"][key].as_u64().expect("a number");
    assert!(of("total") < of("dense_12") * 6 / 10, "{sample}");
    assert!(
        sample["error"]["cosine"].as_f64() > Some(0.9999),
        "{sample}"
    );
}

#[test]
#[ignore = "builds the model of a core for heads of 64 elements"]
fn the_rtl_agrees_on_real_layers() {
    let folder = place();
    for policy in [
        "--rule static",
        "--rule head --k 16",
        "--rule token --bound 3 --mass 0.02 --renorm",
    ] {
        let report = figures(folder.path(), policy);
        let samples = report["samples"].as_array().expect("a list");
        assert!(samples.iter().all(|s| s["cycles"].as_u64() > Some(0)));
    }
}

/// Writes plain tensors of the given types, shapes and bytes.
fn write(path: &Path, tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)]) {
    let views = tensors.iter().map(|(name, dtype, shape, data)| {
        let view = TensorView::new(*dtype, shape.clone(), data).expect("fits");
        (*name, view)
    });
    safetensors::serialize_to_file(views, None, path).expect("writes");
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

#[test]
fn bad_input_is_named() {
    let folder = place();
    let at = folder.path();
    let refused = |rest: &str| {
        let line = format!("run attention --bundle b --backend golden {rest}");
        let (code, out, said) = hwgen(at, &line);
        assert_eq!((code, out.as_str()), (2, ""), "{rest}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    };
    let cube = |n: usize, d: usize| (vec![1, n, d], floats(&vec![0.5; n * d]));
    let plain = |name: &str, q: (Vec<usize>, Vec<u8>), k: (Vec<usize>, Vec<u8>)| {
        write(
            &at.join(name),
            &[
                ("q", Dtype::F32, q.0, q.1),
                ("k", Dtype::F32, k.0.clone(), k.1.clone()),
                ("v", Dtype::F32, k.0, k.1),
            ],
        );
        refused(&format!("--input {name}"))
    };
    let said = plain("n.safetensors", cube(2, 8), cube(2000, 8));
    assert!(
        said.contains("2000 keys: the bundle takes at most 1024"),
        "{said}"
    );
    let said = plain("d.safetensors", cube(2, 72), cube(4, 72));
    assert!(said.contains("72 elements a head"), "{said}");
    let said = plain("m.safetensors", cube(2, 8), cube(4, 16));
    assert!(said.contains("do not belong together"), "{said}");
    let said = plain(
        "r.safetensors",
        (vec![2, 8], floats(&[0.5; 16])),
        cube(4, 8),
    );
    assert!(said.contains("must be [heads, tokens, elements]"), "{said}");
    let said = plain("z.safetensors", cube(2, 8), (vec![1, 0, 8], Vec::new()));
    assert!(said.contains("is empty"), "{said}");
    let nan = (vec![1, 1, 8], floats(&[f32::NAN; 8]));
    let said = plain("nan.safetensors", cube(2, 8), nan);
    assert!(said.contains("element 0 is NaN or infinite"), "{said}");

    let half = std::fs::read(LAYERS).expect("there");
    std::fs::write(at.join("cut.safetensors"), &half[..half.len() / 2]).expect("writes");
    let said = refused("--input cut.safetensors");
    assert!(said.contains("not a readable .safetensors file"), "{said}");
    let said = refused("--input gone.safetensors");
    assert!(said.contains("no such file"), "{said}");
    let said = refused(&format!("--input {LAYERS} --sample x9"));
    assert!(said.contains("no such sample (there are a0.l0"), "{said}");
    let said = refused(&format!("--input {LAYERS} --k 0"));
    assert!(said.contains("--k 0: must be at least 1"), "{said}");
    let said = refused(&format!("--input {LAYERS} --bound -1"));
    assert!(said.contains("--bound"), "{said}");
    let said = refused(&format!("--input {LAYERS} --start 4"));
    assert!(said.contains("the bundle has 3 planes"), "{said}");
}
