// SPDX-License-Identifier: MIT OR Apache-2.0
//! How fast the harness simulates and checks, beside a C++ bench of the same engine and stimulus.

use hwgen_verif::topk::bench_harness;

use crate::topk::{SMALL, emit_all};
use hwgen_console::error::Error;
use hwgen_console::stop;
use hwgen_verif::session;

/// Returns a Markdown table of one line a variant.
pub fn table(queries: u64, small: bool) -> Result<String, Error> {
    let (settings, queries): (&[&str], _) = if small {
        (&SMALL, queries.min(20))
    } else {
        (&[], queries)
    };
    let (_folder, bundle) = emit_all(settings)?;
    let lab = session::lab()?;
    let mut out = String::from(
        "| engine | cycles | hwgen, k cycles/s | C++ bench, `eval()` | ratio | C++ bench, direct |\n\
         |---|--:|--:|--:|--:|--:|\n",
    );
    for engine in &bundle.manifest.engines {
        stop::stopped()?;
        let s = bench_harness(&lab, &bundle, engine, queries).map_err(Error::from)?;
        let (variant, cycles, ratio) = (&engine.variant, s.cycles, s.rust / s.cpp_eval);
        let [rust, eval, direct] = [s.rust, s.cpp_eval, s.cpp_direct].map(|v| v / 1e3);
        out.push_str(&format!(
            "| topk {variant} | {cycles} | {rust:.0} | {eval:.0} | {ratio:.2} | {direct:.0} |\n"
        ));
    }
    out.push_str(NOTE);
    Ok(out)
}

const NOTE: &str = "\n\
Simulated cycles per second with every output word checked, the same model and the same queries in all \
columns. The C++ benches are written by hand; the first calls `eval()`, as such benches do, the \
second evaluates directly, as hwgen does. The best of five.\n";
