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
        "attention.v_planes=6,4",
        "memory.v_layout=filled",
        "memory.channels=2",
        "memory.data_w=128",
        "memory.port_w=64",
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

/// With a seed ports stall and answer late and in any order, and five commands before the layer end with
/// the code of a memory that fails: the command behind them is right all the same.
#[test]
fn a_real_layer_under_stress() {
    let folder = tempfile::tempdir().expect("a folder");
    let emit = "emit --block attention --bus axi --pe 16 --set attention.d_head=8 \
                --set attention.max_tokens=128 -o soc";
    let (code, _, said) = hwgen(folder.path(), emit);
    assert_eq!(code, 0, "{said}");
    for (memory, seed) in [("ideal", 1), ("ideal", 2), ("ddr4_2400", 3)] {
        let line = format!(
            "run attention --bundle soc --bus axi --memory {memory} --input {LAYERS} \
             --sample d0.l2 --rule token --mass 0.01 --stress {seed} --json -"
        );
        let (code, out, said) = hwgen(folder.path(), &line);
        assert_eq!(code, 0, "{said}");
        let report: Value = serde_json::from_str(&out).expect("is JSON");
        // A record, a query, a key, a value and a result: each in a command of its own.
        assert_eq!(report["axi"]["failed"], 5, "{report}");
        assert_eq!(report["axi"]["commands"], 6, "{report}");
    }
    let line = "run attention --bundle soc --input x.safetensors --stress 1";
    let (code, _, said) = hwgen(folder.path(), line);
    assert_eq!(code, 2, "{said}");
    let wanted = "--stress: is of the ports of --bus axi (add --bus axi)";
    assert!(said.contains(wanted), "{said}");
}

/// Real tensors on every memory, calm and under stress: those that ship, or those of the files that
/// `HWGEN_TENSORS` names, with colons between them.
#[test]
#[ignore = "minutes"]
fn real_tensors_on_every_memory() {
    let files = std::env::var("HWGEN_TENSORS").unwrap_or_else(|_| LAYERS.to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    for (memory, channels, data_w) in [
        ("ideal", 1, 512),
        ("ddr4_2400", 1, 512),
        ("lpddr5_6400", 4, 256),
        ("hbm2", 16, 256),
        ("hbm3", 32, 256),
    ] {
        let emit = format!(
            "emit --block attention --bus axi --pe 64 --set attention.d_head=64 \
             --set attention.max_tokens=512 --set memory.channels={channels} \
             --set memory.data_w={data_w} -o {memory}"
        );
        let (code, _, said) = hwgen(folder.path(), &emit);
        assert_eq!(code, 0, "{said}");
        for (file, stress) in files.split(':').flat_map(|f| [(f, ""), (f, " --stress 1")]) {
            let line = format!(
                "run attention --bundle {memory} --bus axi --memory {memory} --input {file} \
                 --rule token --mass 0.01{stress}"
            );
            let (code, _, said) = hwgen(folder.path(), &line);
            assert_eq!(code, 0, "{line}: {said}");
        }
    }
}
