// SPDX-License-Identifier: MIT OR Apache-2.0
//! `hwgen run trace` on a small trace and on bad ones.

use std::path::Path;

use serde_json::Value;

mod harness;

use harness::hwgen;

const TRACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/trace_small.csv");

fn emit(folder: &Path, settings: &str) {
    let (code, _, said) = hwgen(folder, &format!("emit --block attention {settings} -o b"));
    assert_eq!(code, 0, "{said}");
}

fn report(folder: &Path, rest: &str) -> Value {
    let (code, out, said) = hwgen(folder, &format!("run trace --bundle b {rest} --json -"));
    assert_eq!(code, 0, "{said}");
    serde_json::from_str(&out).expect("is JSON")
}

#[test]
fn the_bytes_are_those_of_the_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    emit(
        at,
        "--pe 128 --set attention.k_planes=6,4 --set attention.v_planes=6,4",
    );
    let line = format!("--input {TRACE} --backend golden");
    let found = report(at, &line);
    assert_eq!(found["rows"], 24);
    assert_eq!(found["cycles"], Value::Null);
    // Two rows are not quantised: all ten bits there are here, where the trace has twelve.
    let keys_of_those = 2 * 24;
    let missing = 2 * keys_of_those * 64 * 2 / 8;
    let of = |key: &str| found[key].as_u64().expect("a number");
    assert_eq!(of("bytes") + missing, of("trace_bytes"));
    assert_eq!(of("least_cycles"), of("bytes").div_ceil(64));

    let ours = report(at, &format!("{line} --policy token --bound 3 --mass 0.05"));
    assert_ne!(ours["bytes"], found["bytes"]);
    let few = report(at, &format!("{line} --rows 4"));
    assert_eq!(few["rows"], 4);
}

/// On the core that `tests/attention.rs` builds, too.
#[test]
fn the_rtl_is_bound_by_the_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    emit(
        at,
        "--pe 8 --set attention.d_head=8 --set attention.max_tokens=1024",
    );
    let trace = std::fs::read_to_string(TRACE).expect("there");
    let short = trace.replace(",64.0,", ",8,");
    std::fs::write(at.join("t.csv"), short).expect("writes");
    let found = report(at, "--input t.csv --latency 30 --bandwidth 4");
    let cycles = found["cycles"].as_u64().expect("a number");
    let least = found["least_cycles"].as_u64().expect("a number");
    assert!(cycles >= least, "{found}");
    // The lone last queries show: selection and division of some 100 cycles.
    assert!(cycles < least * 3 / 2, "{found}");
    let golden = report(at, "--input t.csv --backend golden --bandwidth 4");
    for key in ["bytes", "k_bytes", "v_bytes", "trace_bytes"] {
        assert_eq!(found[key], golden[key], "{key}");
    }
}

#[test]
fn bad_traces_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    emit(at, "--set attention.max_tokens=64");
    let trace = std::fs::read_to_string(TRACE).expect("there");
    let refused = |text: &str, rest: &str| {
        std::fs::write(at.join("t.csv"), text).expect("writes");
        let line = format!("run trace --bundle b --backend golden --input t.csv {rest}");
        let (code, out, said) = hwgen(at, &line);
        assert_eq!((code, out.as_str()), (2, ""), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    };
    let said = refused(&trace.replace("key_fetch_num", "keys"), "");
    assert!(
        said.contains("the header has no column key_fetch_num"),
        "{said}"
    );
    let said = refused(&trace.replacen(",95,95,", ",95,-95,", 1), "");
    assert!(said.contains("t.csv:2: key_fetch_num = -95"), "{said}");
    let said = refused(&trace, "");
    assert!(
        said.contains("t.csv:2: key_fetch_num = 95: the bundle takes at most 64"),
        "{said}"
    );
    let said = refused(&trace, "--spread 0");
    assert!(said.contains("--spread 0: must be more than 0"), "{said}");
    let said = refused(&trace, "--eps 2");
    assert!(said.contains("--eps 2"), "{said}");
    let said = refused(&trace, "--mass 0.1");
    assert!(said.contains("--policy token"), "{said}");
    let (code, _, said) = hwgen(at, "run trace --bundle b --input gone.csv");
    assert_eq!(code, 2);
    assert!(said.contains("gone.csv: cannot read the trace"), "{said}");
}
