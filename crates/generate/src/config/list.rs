// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lists as values of keys: names, widths and shares.

use hwgen_golden::cascade::Schedule;
use toml::de::DeValue;

/// Reads a list: an array of what `item` reads or, on the command line, one of them alone or words
/// with commas.
fn list<'a, T>(
    value: &'a DeValue<'_>,
    on_command_line: bool,
    item: impl Fn(&'a DeValue<'_>) -> Option<T>,
    word: impl Fn(&'a str) -> Option<T>,
) -> Option<Vec<T>> {
    match value {
        DeValue::Array(all) => all.iter().map(|v| item(v.get_ref())).collect(),
        DeValue::String(s) if on_command_line => s.split(',').map(|w| word(w.trim())).collect(),
        alone if on_command_line => item(alone).map(|only| vec![only]),
        _ => None,
    }
}

pub(super) fn names<'a>(value: &'a DeValue<'_>, on_command_line: bool) -> Option<Vec<&'a str>> {
    list(value, on_command_line, |v| v.as_str(), Some)
}

pub(super) fn widths(value: &DeValue<'_>, on_command_line: bool) -> Option<Vec<u32>> {
    let item = |v: &DeValue<'_>| match v {
        DeValue::Integer(i) => u32::from_str_radix(i.as_str(), i.radix()).ok(),
        _ => None,
    };
    list(value, on_command_line, item, |w| w.parse().ok())
}

/// Reads a list of shares in ten-thousandths.
pub(super) fn shares(value: &DeValue<'_>, on_command_line: bool) -> Option<Vec<u32>> {
    let word = |w: &str| Schedule::share(w.parse().ok()?);
    let item = |v: &DeValue<'_>| match v {
        DeValue::Float(f) => word(f.as_str()),
        DeValue::Integer(i) => word(i.as_str()),
        _ => None,
    };
    list(value, on_command_line, item, word)
}
