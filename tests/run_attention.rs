// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run attention` on real layers and on bad input.

use std::path::Path;

use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use tempfile::TempDir;

mod harness;

use harness::hwgen;

const LAYERS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/attention_layers.safetensors"
);

/// Emits a core for heads of 64 elements into the folder's `b`.
fn place() -> TempDir {
    emitted("--block attention")
}

/// Emits a bundle into the folder's `b`.
fn emitted(what: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, _, said) = hwgen(folder.path(), &format!("emit {what} -o b"));
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
fn the_unit_of_refinement_follows_from_accesses() {
    let folder = place();
    let of = |policy: &str| {
        let line = format!("--backend golden --sample e0.l1 {policy}");
        figures(folder.path(), &line)["samples"][0].clone()
    };
    // On a core for heads of 64 a plane of 4 bits has 32 bytes: an access of HBM2.
    let auto = of("--rule auto --memory hbm2");
    let found = &auto["refinement"];
    assert_eq!(found["vectors"], found["accesses"], "{auto}");
    assert_eq!(found["unit"], "token");
    assert_eq!(auto["bytes"], of("--rule token")["bytes"]);
    // Of DDR4 an access holds two, so that fewer are left out.
    let ddr4 = &of("--rule token --memory ddr4")["refinement"];
    let share = |found: &Value, what: &str| {
        let count = |i: usize| found[what][i].as_f64().expect("a number");
        count(0) / count(1)
    };
    assert!(share(ddr4, "accesses") > share(found, "accesses"), "{ddr4}");
    // Where nearly all keys are refined, all planes are fetched up front.
    let strict = of("--rule auto --eps 0.000000001");
    assert_eq!(strict["refinement"]["unit"], "head", "{strict}");
    assert_eq!(strict["bytes"], of("--rule static")["bytes"]);
    assert!(of("--rule token").get("refinement").is_none());
    for (flags, words) in [
        (
            "--backend float --rule auto",
            "--rule auto: --backend float knows no accesses",
        ),
        (
            "--backend golden --memory hbm2",
            "--memory: streams have no memory behind them, and only --rule token",
        ),
    ] {
        let line = format!("run attention --bundle b --input {LAYERS} {flags}");
        let (code, _, said) = hwgen(folder.path(), &line);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn float64_prunes_and_does_not_round() {
    let folder = place();
    let dense = figures(folder.path(), "--backend float");
    for sample in dense["samples"].as_array().expect("a list") {
        assert!(sample["error"]["max"].as_f64() < Some(1e-9), "{sample}");
        assert_eq!(sample["bytes"]["total"], sample["bytes"]["dense_32"]);
    }
    let few = figures(folder.path(), "--backend float --k 4 --sample d0.l2");
    let sample = &few["samples"][0];
    // 8 heads of 128 keys and 4 values, 8 elements of 4 bytes.
    assert_eq!(sample["bytes"]["total"], 8 * (128 + 4) * 32);
    let cosine = sample["error"]["cosine"].as_f64().expect("a number");
    assert!((0.5..0.999).contains(&cosine), "{sample}");
    // The datapath's own error is nothing beside that of what was pruned.
    let golden = figures(folder.path(), "--backend golden --k 4 --sample d0.l2");
    let own = golden["samples"][0]["error"]["cosine"].as_f64();
    assert!((own.expect("a number") - cosine).abs() < 1e-3, "{golden}");
}

#[test]
fn layers_lose_tokens_and_heads_one_after_the_other() {
    let folder = place();
    let schedule = "--layers a0 --keep-tokens 0.9:0.3 --keep-heads 1:0.5 --window 2";
    for backend in ["golden", "float"] {
        let report = figures(folder.path(), &format!("--backend {backend} {schedule}"));
        let samples = report["samples"].as_array().expect("a list");
        let counts = |key: &str| -> Vec<u64> {
            let count = |s: &Value| s[key].as_u64().expect("a number");
            samples.iter().map(count).collect()
        };
        // One layer of six is untouched for tokens, two for heads; then a line, rounded up.
        assert_eq!(counts("tokens_surviving"), [16, 15, 12, 10, 8, 5]);
        assert_eq!(counts("heads_surviving"), [12, 12, 12, 10, 8, 6]);
        assert_eq!(counts("queries"), counts("tokens_surviving"));
        for pair in samples.windows(2) {
            for list in ["tokens", "heads"] {
                let of = |s: &Value| s["surviving"][list].as_array().cloned();
                let (Some(before), Some(after)) = (of(&pair[0]), of(&pair[1])) else {
                    continue;
                };
                assert!(after.iter().all(|t| before.contains(t)), "{pair:?}");
            }
        }
        let last = &samples[5]["surviving"]["tokens"];
        let last = last.as_array().expect("a list");
        assert!(last.contains(&Value::from(14)) && last.contains(&Value::from(15)));
        let bytes = |s: &Value| s["bytes"]["total"].as_u64().expect("a number");
        if backend == "golden" {
            let per_vector = 2 * 32 * 12 / 8;
            assert_eq!(bytes(&samples[5]), 6 * 5 * per_vector);
        }
    }
}

/// Emits a core with cascade pruning whose schedule stands in the configuration.
fn scheduled(tokens: &str, layers: u32) -> TempDir {
    emitted(&format!(
        "--set blocks=attention,cascade --set cascade.layers={layers} --set \
         cascade.keep_tokens={tokens} --set cascade.keep_heads=1.0,0.5 --set cascade.key_w=24"
    ))
}

#[test]
fn a_schedule_of_the_configuration_is_that_of_the_flags() {
    let run = "--backend golden --layers a0";
    let of = |folder: &TempDir, flags: &str| {
        let report = figures(folder.path(), &format!("{run} {flags}"));
        report["samples"].clone()
    };
    let flags = of(&place(), "--keep-tokens 0.9:0.3 --keep-heads 1:0.5");
    let configured = scheduled("0.9,0.3", 6);
    assert_eq!(of(&configured, ""), flags);
    // A share a layer says the same as the ramp, and flags go before the configuration.
    let listed = "--keep-tokens 1,0.9,0.75,0.6,0.45,0.3 --keep-heads 1:0.5";
    assert_eq!(of(&configured, listed), flags);
    assert_ne!(of(&configured, "--keep-tokens 0.5"), flags);

    let line = format!("run attention --bundle b --input {LAYERS} {run}");
    let (code, _, said) = hwgen(scheduled("0.9,0.3", 12).path(), &line);
    assert_eq!(code, 2);
    let rule = "the bundle's schedule is for 12 layers, the input has 6";
    assert!(said.contains(rule), "{said}");
    let line = format!("{line} --keep-tokens 1,0.9,0.5");
    let (code, _, said) = hwgen(configured.path(), &line);
    assert_eq!(code, 2);
    let rule = "--keep-tokens: must be one share, two, or one for each of 6 layers";
    assert!(said.contains(rule), "{said}");
}

#[test]
fn plain_tensors_are_quantised_by_head_or_by_channel() {
    let folder = place();
    let at = folder.path();
    // Keys of real models have channels of very different size.
    let tensor = |seed: u32, n: usize, outlier: f32| {
        let value = |i: usize| {
            let noise = (seed + i as u32).wrapping_mul(2_654_435_761) >> 8;
            let size = if i % 16 == 3 { outlier } else { 2.0 };
            (noise as f32 / (1 << 24) as f32 - 0.5) * size
        };
        let all: Vec<f32> = (0..n * 16).map(value).collect();
        (vec![1, n, 16], floats(&all))
    };
    let (q, k) = (tensor(1, 5, 2.0), tensor(1000, 24, 40.0));
    let v = tensor(9000, 24, 2.0);
    write(
        &at.join("p.safetensors"),
        &[
            ("q", Dtype::F32, q.0, q.1),
            ("k", Dtype::F32, k.0, k.1),
            ("v", Dtype::F32, v.0, v.1),
        ],
    );
    let error = |rest: &str| {
        let line =
            format!("run attention --bundle b --backend golden --input p.safetensors {rest}");
        let (code, out, said) = hwgen(at, &format!("{line} --json -"));
        assert_eq!(code, 0, "{said}");
        let report: Value = serde_json::from_str(&out).expect("is JSON");
        report["samples"][0]["error"]["rms"]
            .as_f64()
            .expect("a number")
    };
    for policy in ["", "--scale-per channel", "--causal"] {
        let error = error(policy);
        assert!(error < 0.005, "{policy}: {error}");
    }
    // The first plane of a key holds something of every channel only if each has its scale.
    let (head, channel) = (error("--start 1"), error("--start 1 --scale-per channel"));
    assert!(channel < head * 0.7, "{channel} {head}");
}

#[test]
#[ignore = "builds the model of a core for heads of 64 elements"]
fn the_rtl_agrees_on_real_layers() {
    let folder = place();
    for policy in [
        "--rule static",
        "--rule head --k 16",
        "--rule token --bound 3 --mass 0.02 --renorm",
        "--layers a0 --keep-tokens 0.9:0.3 --keep-heads 1:0.5",
    ] {
        let report = figures(folder.path(), policy);
        let samples = report["samples"].as_array().expect("a list");
        assert!(samples.iter().all(|s| s["cycles"].as_u64() > Some(0)));
    }
}

#[test]
#[ignore = "builds the models of a core for heads of 64 elements and of cascade pruning"]
fn the_bundles_own_pruning_makes_the_lists() {
    let folder = scheduled("0.9,0.3", 6);
    let report = figures(folder.path(), "--layers a0");
    let samples = report["samples"].as_array().expect("a list");
    assert!(samples.iter().all(|s| s["cycles"].as_u64() > Some(0)));
    assert_eq!(samples[5]["tokens_surviving"], 5);
    assert_eq!(samples[5]["heads_surviving"], 6);
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

/// Runs what must be refused with a line for each tensor that is wrong; returns what is said.
fn refused(at: &Path, rest: &str) -> String {
    let line = format!("run attention --bundle b --backend golden {rest}");
    let (code, out, said) = hwgen(at, &line);
    assert_eq!((code, out.as_str()), (2, ""), "{rest}: {said}");
    assert!((1..=2).contains(&said.lines().count()), "{said}");
    said
}

#[test]
fn bad_tensors_are_named() {
    let folder = place();
    let at = folder.path();
    let refused = |rest: &str| refused(at, rest);
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
    let said = plain("r.safetensors", (vec![16], floats(&[0.5; 16])), cube(4, 8));
    assert!(
        said.contains("must be [tokens, d], [heads, tokens, d] or"),
        "{said}"
    );
    let said = plain("z.safetensors", cube(2, 8), (vec![1, 0, 8], Vec::new()));
    assert!(said.contains("there is no number in it"), "{said}");
    let nan = (vec![1, 1, 8], floats(&[f32::NAN; 8]));
    let said = plain("nan.safetensors", cube(2, 8), nan);
    assert!(said.contains("element 0 is NaN or infinite"), "{said}");
    let mut last = vec![0.5; 8];
    last[7] = f32::NEG_INFINITY;
    let infinite = (vec![1, 1, 8], floats(&last));
    let said = plain("inf.safetensors", infinite, cube(4, 8));
    let rule = "tensor q, head 0: element 7 is NaN or infinite";
    assert!(said.contains(rule), "{said}");
    write(
        &at.join("c.safetensors"),
        &[
            ("q", Dtype::F32, vec![1, 5, 8], floats(&[0.5; 40])),
            ("k", Dtype::F32, vec![1, 4, 8], floats(&[0.5; 32])),
            ("v", Dtype::F32, vec![1, 4, 8], floats(&[0.5; 32])),
        ],
    );
    let said = refused("--input c.safetensors --causal");
    assert!(said.contains("5 queries, 4 keys: a causal layer"), "{said}");
}

#[test]
fn bad_samples_are_named() {
    let folder = place();
    let at = folder.path();
    let refused = |rest: &str| refused(at, rest);
    // A sample whose key 1 holds what 12 bits cannot.
    let integers = |values: &[i16]| -> Vec<u8> {
        let bytes = values.iter().flat_map(|x| x.to_le_bytes());
        bytes.collect()
    };
    let parts = [
        ("x.q", Dtype::I16, vec![1, 1, 8], integers(&[1; 8])),
        (
            "x.k",
            Dtype::I16,
            vec![1, 1, 8],
            integers(&[0, 2048, 0, 0, 0, 0, 0, 0]),
        ),
        ("x.v", Dtype::I16, vec![1, 1, 8], integers(&[1; 8])),
        ("x.scale", Dtype::F32, vec![1, 3], floats(&[0.1; 3])),
    ];
    let views = parts.iter().map(|(name, dtype, shape, data)| {
        let view = TensorView::new(*dtype, shape.clone(), data).expect("fits");
        (*name, view)
    });
    let list = r#"[{"name": "x", "layer": 0, "causal": true}]"#;
    let metadata = [("samples".to_owned(), list.to_owned())];
    let path = at.join("x.safetensors");
    safetensors::serialize_to_file(views, Some(metadata.into()), &path).expect("writes");
    let said = refused("--input x.safetensors");
    let rule = "tensor x.k: element 1 is 2048: must be of 12 bits, -2048 to 2047";
    assert!(said.contains(rule), "{said}");

    let half = std::fs::read(LAYERS).expect("there");
    std::fs::write(at.join("cut.safetensors"), &half[..half.len() / 2]).expect("writes");
    let said = refused("--input cut.safetensors");
    assert!(said.contains("not a readable .safetensors file"), "{said}");
    let said = refused("--input gone.safetensors");
    assert!(said.contains("no such file"), "{said}");
    let said = refused(&format!("--input {LAYERS} --sample x9"));
    assert!(said.contains("no such sample (there are a0.l0"), "{said}");
}

#[test]
fn bad_flags_are_named() {
    let folder = place();
    let at = folder.path();
    let refused = |rest: &str| refused(at, rest);
    let said = refused(&format!("--input {LAYERS} --layers z"));
    assert!(said.contains("--layers z: no such sample"), "{said}");
    let keep = |given: &str| refused(&format!("--input {LAYERS} --layers a0 {given}"));
    let said = keep("--keep-tokens 1.5");
    assert!(said.contains("--keep-tokens 1.5: must be"), "{said}");
    let said = keep("--keep-heads 0.3:0.9");
    assert!(said.contains("--keep-heads 0.3:0.9: must be"), "{said}");
    let said = refused(&format!(
        "--input {LAYERS} --layers d0 --keep-tokens 0.5 --window 0"
    ));
    assert!(
        said.contains("--window 0: a decoder's last token"),
        "{said}"
    );
    let said = refused(&format!("--input {LAYERS} --k 0"));
    assert!(said.contains("--k 0: must be at least 1"), "{said}");
    let said = refused(&format!("--input {LAYERS} --bound -1"));
    assert!(said.contains("--bound"), "{said}");
    let said = refused(&format!("--input {LAYERS} --start 4"));
    assert!(said.contains("the bundle has 3 planes of K"), "{said}");
    let said = refused(&format!("--input {LAYERS} --value-planes 0"));
    assert!(said.contains("the bundle has 3 planes of V"), "{said}");
}
