// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names, patterns, shards and lists.

use safetensors::tensor::Dtype;
use serde_json::Value;

use super::layer::{
    CORE, FLOAT, HIDDEN, Layer, Stored, compare, noise, place, ran, refused, stored, write,
};

#[test]
fn names_and_patterns_are_the_users() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 2, 2, 3, 5, 8, 8]);
    let right = layer.right(None, |_, _, _, _| 0.0);
    let named = |t: &Stored, name: &str, sign: f64| {
        let values: Vec<f64> = t.values.iter().map(|x| x * sign).collect();
        stored(name, Dtype::F64, &t.shape, &values)
    };
    let mut all = Vec::new();
    for number in [10, 2, 0] {
        // Layers differ in their values.
        all.push(named(&layer.q, &format!("m.{number}.query"), 1.0));
        all.push(named(&layer.k, &format!("m.{number}.key"), 1.0));
        all.push(named(
            &layer.v,
            &format!("m.{number}.value"),
            f64::from(number) + 1.0,
        ));
        all.push(named(&layer.v, &format!("m.{number}.drop"), 1.0));
    }
    all.push(named(&layer.v, "head.weight", 1.0));
    let refs: Vec<&Stored> = all.iter().collect();
    write(&at.join("t.safetensors"), &refs, None);
    let line = "--input t.safetensors --backend float --q m.{layer}.query --k m.{layer}.key --v \
                m.{layer}.value";
    let (report, found, said) = ran(at, line);
    let names: Vec<&Value> = (0..3).map(|i| &report["samples"][i]["sample"]).collect();
    assert_eq!(names, ["l0", "l2", "l10"]);
    for number in [0.0, 2.0, 10.0] {
        let outs = right.0.iter().map(|x| x * (number + 1.0)).collect();
        compare(
            &found,
            &format!("l{number}."),
            &(outs, right.1.clone()),
            FLOAT,
        );
    }
    // What lies beside them is named, the rest of a checkpoint is not.
    assert_eq!(
        report["not_read"],
        serde_json::json!(["m.0.drop", "m.10.drop", "m.2.drop"])
    );
    assert!(
        said.contains("3 tensors are not read: m.0.drop, "),
        "{said}"
    );
    let one = "--input t.safetensors --backend float --q m.2.query --k-tensor m.2.key --v m.2.value \
               --k 2";
    let (_, found, _) = ran(at, one);
    let selected = found["selected"].1.iter().filter(|s| **s > 0.0);
    assert_eq!(selected.count(), 2 * 3 * 2);

    let refused = |flags: &str| refused(at, &format!("--input t.safetensors {flags}"));
    let said = refused("--q m.{}.query --k m.{}.kee --v m.{}.value");
    assert_eq!(said.lines().count(), 3, "one line a layer: {said}");
    assert!(
        said.contains("there is no tensor m.10.kee (nearest of 13: m.10.key, "),
        "{said}"
    );
    let said = refused("--q m.{}.query --k m.0.key --v m.{}.value");
    assert!(said.contains("is a pattern of layers, all are"), "{said}");
    let said = refused("--q x.{}.query --k m.{}.key --v m.{}.value");
    assert!(
        said.contains("no tensor x.{layer}.query of any layer"),
        "{said}"
    );
    // All that is wrong is told at once.
    let said = refused("--q a --k b --v m.0.value");
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn layers_of_a_pattern_lose_heads_and_tokens() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 4, 2, 6, 6, 8, 8]);
    let mut all = Vec::new();
    for number in 0..3 {
        for t in [&layer.q, &layer.k, &layer.v] {
            let name = format!("{}{number}", t.name);
            all.push(stored(&name, t.dtype, &t.shape, &t.values));
        }
    }
    let refs: Vec<&Stored> = all.iter().collect();
    write(&at.join("t.safetensors"), &refs, None);
    let line = "--input t.safetensors --backend golden --q q{} --k k{} --v v{} --layers l --keep-tokens \
                1,1,0.5 --keep-heads 1,1,0.5 --causal --window 1";
    let (report, found, _) = ran(at, line);
    let last = &report["samples"][2];
    assert_eq!(
        (&last["heads_surviving"], &last["tokens_surviving"]),
        (&2.into(), &3.into())
    );
    // Importance is counted a head, so each of the four query heads fetches K and V for itself.
    assert_eq!(report["samples"][0]["bytes"]["total"], 4 * 6 * 2 * 12);
    assert_eq!(last["bytes"]["total"], 2 * 3 * 2 * 12);
    let right = layer.right(None, |_, _, i, j| if j > i { HIDDEN } else { 0.0 });
    compare(&found, "l0.", &right, CORE);
    // What was pruned is 0 in the output.
    let sums = found["l2.probs"]
        .1
        .chunks(6)
        .map(|row| row.iter().sum::<f64>());
    assert_eq!(sums.filter(|s| *s > 0.5).count(), 2 * 3);
}

#[test]
fn listed_samples_have_scales_masks_and_groups() {
    let folder = place();
    let at = folder.path();
    let ints = |seed: u32, n: usize| -> Vec<f64> {
        noise(seed, n)
            .iter()
            .map(|x| (x * 2000.0).round())
            .collect()
    };
    let q = stored("x.q", Dtype::I16, &[4, 2, 8], &ints(1, 64));
    let k = stored("x.k", Dtype::I16, &[2, 5, 8], &ints(2, 80));
    let v = stored("x.v", Dtype::I16, &[2, 5, 8], &ints(3, 80));
    let scale = stored("x.scale", Dtype::F32, &[4, 3], &[2.0_f64.powi(-10); 12]);
    let bias = stored("x.bias", Dtype::F32, &[5], &[0.5, -0.5, 0.0, HIDDEN, 1.0]);
    let other = stored("x.out", Dtype::F32, &[1], &[0.0]);
    let list = r#"[{"name": "x", "layer": 0, "causal": false, "softmax_scale": 0.5}]"#;
    let real = |t: &Stored, name: &str| {
        let values: Vec<f64> = t.values.iter().map(|x| x / 1024.0).collect();
        stored(name, Dtype::F64, &t.shape, &values)
    };
    let layer = Layer {
        q: real(&q, "q"),
        k: real(&k, "k"),
        v: real(&v, "v"),
        sizes: [1, 4, 2, 2, 5, 8, 8],
    };
    write(
        &at.join("s.safetensors"),
        &[&q, &k, &v, &scale, &bias, &other],
        Some(list),
    );
    for (flag, scale) in [("", 0.5), ("--scale 1", 1.0)] {
        let right = layer.right(Some(scale), |_, _, _, j| bias.values[j]);
        for backend in ["float", "golden"] {
            let line = format!("--input s.safetensors --backend {backend} {flag}");
            let (report, found, _) = ran(at, &line);
            compare(&found, "x.", &right, CORE);
            assert_eq!(report["scale"], scale);
            assert_eq!(report["not_read"], serde_json::json!(["x.out"]));
            let bytes = report["samples"][0]["bytes"]["total"].as_u64();
            // K whole, of V the four that are seen.
            let wanted = if backend == "golden" {
                2 * 9 * 12
            } else {
                2 * 9 * 32
            };
            assert_eq!(bytes, Some(wanted));
        }
    }
}

#[test]
fn checkpoints_in_shards_are_read() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 2, 2, 3, 5, 8, 8]);
    std::fs::create_dir(at.join("model")).expect("makes");
    write(&at.join("model/a.safetensors"), &[&layer.q, &layer.k], None);
    write(&at.join("model/b.safetensors"), &[&layer.v], None);
    let index =
        r#"{"weight_map": {"q": "a.safetensors", "k": "a.safetensors", "v": "b.safetensors"}}"#;
    std::fs::write(at.join("model/model.safetensors.index.json"), index).expect("writes");
    let right = layer.right(None, |_, _, _, _| 0.0);
    for input in ["model", "model/model.safetensors.index.json"] {
        let (_, found, _) = ran(at, &format!("--input {input} --backend float"));
        compare(&found, "", &right, FLOAT);
    }
}
