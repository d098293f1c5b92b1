// SPDX-License-Identifier: MIT OR Apache-2.0
//! Co-simulation of emitted attention cores on AXI4 with the golden model of the memory behind them.

#[macro_use]
mod harness;

use serde_json::Value;

use harness::{Built, hwgen};

/// Layers of real models.
const LAYERS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/attention_layers.safetensors"
);

/// Cascade pruning, appending and two channels on a small core.
#[test]
fn every_situation() {
    let built = Built::new(&[
        "blocks=attention,cascade",
        "attention.variants=axi",
        "attention.append=true",
        "pe=16",
        "attention.d_head=8",
        "attention.max_tokens=64",
        "attention.k_planes=6,4",
        "memory.channels=2",
        "memory.data_w=64",
    ]);
    assert!(built.design.params().attention_axi().is_some());
    let engine = built.engine();
    assert_eq!(engine.variant, "axi", "{}", engine.block);
    built.verify_all(1_000, &[]);
}

sweep! { "attention", 600;
    without_cascade: ["attention.variants=axi", "pe=16", "attention.d_head=8", "attention.max_tokens=64"],
    values_by_token: ["attention.variants=axi", "pe=32", "attention.d_head=8", "attention.max_tokens=64",
        "attention.k_planes=6,4", "attention.append=true", "memory.channels=4", "memory.data_w=128",
        "memory.v_layout=token", "memory.io_w=128"],
    wide_port: ["attention.variants=axi", "pe=64", "attention.d_head=16", "attention.max_tokens=128",
        "memory.channels=2", "memory.io_w=512"],
}

/// A layer of a real model over the ports, with a memory of constant latency and with DRAM: the run
/// compares every row with the golden model, and ends with 0 only if all are equal.
#[test]
fn a_real_layer() {
    let folder = tempfile::tempdir().expect("a folder");
    let emit = "emit --block attention --bus axi --pe 16 --set attention.d_head=8 \
                --set attention.max_tokens=128 -o soc";
    let (code, _, said) = hwgen(folder.path(), emit);
    assert_eq!(code, 0, "{said}");
    for memory in ["ideal", "ddr4_2400"] {
        let line = format!(
            "run attention --bundle soc --bus axi --memory {memory} --input {LAYERS} \
             --sample d0.l2 --rule token --mass 0.01 --json -"
        );
        let (code, out, said) = hwgen(folder.path(), &line);
        assert_eq!(code, 0, "{said}");
        let report: Value = serde_json::from_str(&out).expect("is JSON");
        assert_eq!(report["backend"], "rtl");
        let sample = &report["samples"][0];
        // Against attention in float64.
        let cosine = sample["error"]["cosine"].as_f64();
        assert!(cosine > Some(0.9999), "{sample}");
        // Fewer plane vectors than dense attention takes at 12 bits.
        let of = |key: &str| sample["bytes"][key].as_u64().expect("a number");
        assert!(of("total") < of("dense_12") * 6 / 10, "{sample}");
    }
}
