// SPDX-License-Identifier: MIT OR Apache-2.0
//! A real projection with real inputs on the simulated array, at two densities of one bundle.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

#[test]
fn a_real_projection_runs_on_the_rtl_at_two_densities() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/minilm_projection.safetensors");
    let data = data.to_str().expect("is text");
    let run = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
        command.current_dir(folder.path());
        let output = command.args(line.split_whitespace()).output();
        let output = output.expect("runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "hwgen {line}: {err}");
        String::from_utf8(output.stdout).expect("text")
    };
    run("emit --block figs --pe 64 -o b");
    let report = |nm: &str, backend: &str| -> Value {
        let text = run(&format!(
            "run gemm --bundle b --weights {data} --tensor query.weight --nm {nm} --activations \
             {data} --activations-tensor query.input --backend {backend} --json -"
        ));
        serde_json::from_str(&text).expect("is JSON")
    };
    // 48 strips of 8 inputs; 6 of 32 outputs at 1:4, 12 of 16 at 2:4; 46 tokens.
    for (nm, tiles) in [("1:4", 48 * 6), ("2:4", 48 * 12)] {
        let (rtl, golden) = (report(nm, "rtl"), report(nm, "golden"));
        assert_eq!(rtl["figures"]["measured"], true);
        assert_eq!(rtl["figures"]["cycles"], tiles * 46 + 12, "{nm}");
        for key in ["error_of_dense", "error_of_pruned", "retained"] {
            assert_eq!(rtl[key], golden[key], "{nm} {key}");
        }
        let busy = rtl["figures"]["mac_utilisation"].as_f64();
        assert!(busy > Some(0.99), "{nm}: {busy:?}");
    }
}
