// SPDX-License-Identifier: MIT OR Apache-2.0
//! Columns that tables of libraries and of FPGAs share.

use hwgen_tools::synth::report::Found;

/// Returns the ends of the slowest path, and its levels of logic.
pub(super) fn path(found: &Found) -> (String, String) {
    match found.paths.first() {
        Some(p) => (
            format!("`{}` to `{}`", p.from.family(), p.to.family()),
            p.levels.to_string(),
        ),
        None => Default::default(),
    }
}

/// Returns what a line is called: an engine, or a module with its parameters.
pub(super) fn label(found: &Found) -> String {
    if found.label != found.module {
        return format!("**{}**", found.label);
    }
    let parameters = found.parameters.iter().map(|(n, v)| format!("{n} {v}"));
    let parameters: Vec<String> = parameters.collect();
    let parameters = match parameters.join(", ") {
        none if none.is_empty() => "with its defaults".to_owned(),
        some => some,
    };
    format!("`{}` {parameters}", found.label)
}
