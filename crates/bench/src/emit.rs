// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long it takes to render and to write a bundle.

use std::time::Instant;

use hwgen_bundle::place;
use hwgen_console::error::Error;
use hwgen_generate::preset::PRESETS;
use hwgen_generate::render::shipped;

/// Times a sample is taken; the least is reported, since noise only adds.
const SAMPLES: u32 = 5;

/// Returns a Markdown table of one line a preset.
pub fn table() -> Result<String, Error> {
    let mut out = String::from(
        "| preset | files | bytes | render, ms | write, ms |\n|---|--:|--:|--:|--:|\n",
    );
    let folder =
        tempfile::tempdir().map_err(|e| Error::path(&std::env::temp_dir(), "write", &e))?;
    for preset in PRESETS {
        let design = preset.design()?;
        let (mut rendering, mut writing) = (f64::MAX, f64::MAX);
        let mut files = Vec::new();
        for sample in 0..SAMPLES {
            let start = Instant::now();
            files = shipped(&design)?;
            rendering = rendering.min(start.elapsed().as_secs_f64());
            let target = folder.path().join(format!("{}{sample}", preset.name));
            let start = Instant::now();
            place::write(&files, &target, false)?;
            writing = writing.min(start.elapsed().as_secs_f64());
        }
        let bytes: usize = files.iter().map(|f| f.text.len()).sum();
        let (name, n) = (preset.name, files.len());
        let (rendering, writing) = (rendering * 1e3, writing * 1e3);
        out.push_str(&format!(
            "| {name} | {n} | {bytes} | {rendering:.1} | {writing:.1} |\n"
        ));
    }
    Ok(out)
}
