// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run model`: checkpoints of random weights, and what is refused.

use std::path::Path;

use hwgen_model::{Activation, Family, Shape, random};
use serde_json::Value;

mod harness;

use harness::hwgen;

fn place(family: Family) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let shape = Shape {
        family,
        layers: 1,
        hidden: 16,
        heads: 2,
        kv_heads: 2,
        head: 8,
        inner: 24,
        vocabulary: 40,
        positions: 20,
        segments: 2,
        activation: Activation::Silu,
        epsilon: 1e-5,
        theta: 1e4,
        tied: true,
    };
    let checkpoint = folder.path().join("m");
    std::fs::create_dir(&checkpoint).expect("a folder");
    random::write(&checkpoint, &shape, 3).expect("writes");
    folder
}

fn report(folder: &Path, rest: &str) -> Value {
    let (code, out, said) = hwgen(folder, &format!("run model --checkpoint m {rest} --json -"));
    assert_eq!(code, 0, "{rest}: {said}");
    serde_json::from_str(&out).expect("is JSON")
}

fn refused(folder: &Path, rest: &str) -> String {
    let (code, out, said) = hwgen(folder, &format!("run model --checkpoint {rest}"));
    assert_eq!((code, out.as_str()), (2, ""), "{said}");
    said
}

#[test]
fn tokens_are_embedded_and_continued() {
    let encoder = place(Family::Bert);
    let r = report(encoder.path(), "--tokens 1,2,3,4");
    assert!(r["results"][0]["cosine"].as_f64().expect("a number") > 0.999);
    assert_eq!(
        r["results"][0]["embedding"].as_array().map(Vec::len),
        Some(16)
    );
    let decoder = place(Family::Llama);
    let whole = report(decoder.path(), "--tokens 1,2,3,4 --generate 8");
    let real = report(
        decoder.path(),
        "--tokens 1,2,3,4 --generate 8 --backend float",
    );
    assert_eq!(
        whole["results"][0]["generated"].as_array().map(Vec::len),
        Some(8)
    );
    // The first token's scores are no near-tie in this model.
    assert_eq!(
        whole["results"][0]["generated"][0],
        real["results"][0]["generated"][0]
    );
    assert_eq!(real["saturated"], Value::Null);
}

#[test]
fn what_is_wrong_is_said_at_once() {
    let encoder = place(Family::Bert);
    let said = refused(encoder.path(), "m --tokens 1,40,41 --generate 3");
    assert!(
        said.contains("--generate: 3: a bert model embeds and adds no tokens"),
        "{said}"
    );
    assert!(
        said.contains("token 1: 40: the vocabulary ends at 39"),
        "{said}"
    );
    assert!(
        said.contains("token 2: 41: the vocabulary ends at 39"),
        "{said}"
    );
    let said = refused(encoder.path(), "m --text word");
    assert!(said.contains("tokenizer.json: cannot read it"), "{said}");
    let said = refused(encoder.path(), "m --tokens 1 --calibrate no.txt");
    assert!(said.contains("tokenizer.json: cannot read it"), "{said}");
    let said = refused(encoder.path(), "nowhere --tokens 1");
    assert!(said.contains("config.json: cannot read it"), "{said}");
    let decoder = place(Family::Llama);
    let said = refused(decoder.path(), "m --tokens 1,2,3,4,5 --generate 17");
    assert!(
        said.contains("--generate: 17: 5 tokens leave room for 16 (ask for fewer)"),
        "{said}"
    );
}
