// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is refused, and what is said.

use safetensors::tensor::Dtype;

use super::layer::{Layer, Stored, place, refused, stored, write};

#[test]
fn what_is_not_clear_is_refused() {
    let folder = place();
    let at = folder.path();
    let layer = Layer::plain([1, 2, 2, 3, 5, 8, 8]);
    let with = |more: &[&Stored], flags: &str| {
        let all = [&[&layer.q, &layer.k, &layer.v], more].concat();
        write(&at.join("t.safetensors"), &all, None);
        refused(at, &format!("--input t.safetensors {flags}"))
    };
    let ones = [1.0, 0.0, 1.0, 1.0, 1.0];
    let said = with(&[&stored("mask", Dtype::BOOL, &[5], &ones)], "");
    let rule = "tensor mask: dtype BOOL: does true keep a key or mask it? (say --mask-means keep, ignore or \
                add)";
    assert!(said.contains(rule), "{said}");
    let said = with(&[&stored("bias", Dtype::F32, &[5], &ones)], "");
    assert!(
        said.contains("holds only 0 and 1: a mask, or nats?"),
        "{said}"
    );
    let said = with(
        &[&stored(
            "attention_mask",
            Dtype::I64,
            &[5],
            &[0.0, 1.0, 2.0, 2.0, 3.0],
        )],
        "",
    );
    assert!(
        said.contains("its integers are neither only 0 and 1"),
        "{said}"
    );
    let said = with(
        &[&stored("attention_mask", Dtype::I64, &[1, 6], &[1.0; 6])],
        "",
    );
    assert!(
        said.contains("shape [1, 6]: does not go with 1 x 2 x 3 x 5"),
        "{said}"
    );
    let nan = stored("bias", Dtype::F32, &[5], &[0.0, f64::NAN, 0.0, 0.0, 0.0]);
    let said = with(&[&nan], "");
    assert!(said.contains("tensor bias: element 1 is NaN"), "{said}");
    let two = [
        &stored("bias", Dtype::F32, &[5], &[0.5; 5]),
        &stored("alibi", Dtype::F32, &[5], &[0.5; 5]),
    ];
    let said = with(&two, "");
    assert!(
        said.contains("there are bias and alibi: which holds?"),
        "{said}"
    );
    let said = with(&[], "--mask no");
    assert!(
        said.contains("there is no tensor no (there are k, q, v)"),
        "{said}"
    );
    let said = with(&[], "--k 2 --mass 0.1");
    assert!(
        said.contains("--k and --mask: ") || said.contains("--k and --mass: "),
        "{said}"
    );
    let said = with(&[], "--k 1.5");
    assert!(said.contains("--k 1.5: must be a whole number"), "{said}");
    let said = with(&[], "--heads 3");
    assert!(
        said.contains("shape [2, 3, 8]: its last dimension holds no 3 heads"),
        "{said}"
    );
}

#[test]
fn files_and_flags_that_do_not_go_together_are_refused() {
    let folder = place();
    let at = folder.path();
    std::fs::write(at.join("t.csv"), "1,2\n").expect("writes");
    let said = refused(at, "--input t.csv");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains("t.csv: holds no tensors with names"),
        "{said}"
    );
    let q = stored("x.q", Dtype::I16, &[1, 1, 8], &[1.0; 8]);
    let list = r#"[{"name": "x"}]"#;
    write(&at.join("s.safetensors"), &[&q], Some(list));
    for flag in ["--layout bnhd", "--heads 2"] {
        let said = refused(at, &format!("--input s.safetensors {flag}"));
        assert!(
            said.contains("which are [heads, tokens, d] (leave --heads and"),
            "{said}"
        );
    }
    // Every tensor that is not there.
    let said = refused(at, "--input s.safetensors");
    assert_eq!(said.lines().count(), 3, "{said}");
    assert!(
        said.contains("there is no tensor x.scale (there are x.q)"),
        "{said}"
    );
}

#[test]
fn shapes_that_do_not_agree_are_refused() {
    let folder = place();
    let at = folder.path();
    let shapes = |q: &[usize], k: &[usize], v: &[usize]| {
        let make = |name: &str, shape: &[usize]| {
            stored(name, Dtype::F32, shape, &vec![0.5; shape.iter().product()])
        };
        let all = [make("q", q), make("k", k), make("v", v)];
        write(&at.join("t.safetensors"), &all.each_ref(), None);
        refused(at, "--input t.safetensors")
    };
    let said = shapes(&[3, 2, 8], &[2, 4, 8], &[2, 4, 8]);
    assert!(
        said.contains("3 heads of q must be a multiple of the 2 of k"),
        "{said}"
    );
    let said = shapes(&[2, 2, 8], &[2, 4, 9], &[1, 5, 8]);
    for rule in [
        "2 heads of k and 1 of v",
        "8 elements of q and 9 of k",
        "4 tokens of k and 5 of v",
    ] {
        assert!(said.contains(rule), "{said}");
    }
    let said = shapes(&[2, 2, 2, 8], &[3, 2, 4, 8], &[3, 2, 4, 8]);
    assert!(
        said.contains("batches of 2, 3 and 3 must be the same"),
        "{said}"
    );
    let said = shapes(&[8], &[2, 4, 8], &[1, 2, 2, 4, 8]);
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(
        said.contains("[batch, heads, tokens, d] (--layout bnhd"),
        "{said}"
    );
    let said = shapes(&[2, 2, 8], &[2, 4, 8], &[2, 4, 24]);
    assert!(
        said.contains("24 elements a head: the bundle takes at most 16"),
        "{said}"
    );
}
