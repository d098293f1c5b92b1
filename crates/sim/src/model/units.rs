// SPDX-License-Identifier: MIT OR Apache-2.0
//! Translation units that the C++ of a model is divided into.

use std::fs;
use std::path::Path;

use super::generated::{Function, Generated, files_of};
use hwgen_bundle::error::VerifyError;

/// What every unit of functions includes: headers, and the declarations of all functions.
pub(super) const PARTS_H: &str = "parts.h";

/// The word before a function that a later build may replace.
const PART: &str = "HWGEN_PART";
/// What it means: the linker takes another definition where there is one, and so the optimiser must
/// not use anything that it sees of this one where the function is called. For Clang the first
/// implies the second; GCC has a word for it.
const REPLACEABLE: &str = "#ifdef __clang__\n#define HWGEN_PART __attribute__((weak))\n#else\n\
                           #define HWGEN_PART __attribute__((weak, noipa))\n#endif\n";
/// Bytes of C++ from which a further translation unit pays.
const UNIT_BYTES: u64 = 150_000;
/// One translation unit.
pub(super) struct Unit {
    /// Name of its file, without the extension.
    pub(super) name: String,
    /// Its text.
    pub(super) text: String,
    /// Whether it is not worth optimising.
    pub(super) slow: bool,
    /// Bytes of C++ in it.
    pub(super) bytes: u64,
}

impl Unit {
    /// Says how long it takes to compile, in no unit of time.
    pub(super) fn weight(&self) -> u64 {
        if self.slow {
            self.bytes
        } else {
            2 * self.bytes
        }
    }
}

/// Divides pieces of C++ into as many units of like size as pay.
fn divided(what: &str, mut pieces: Vec<(u64, String)>, slow: bool) -> Vec<Unit> {
    let total: u64 = pieces.iter().map(|(size, _)| size).sum();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let most = pieces.len().min((total / UNIT_BYTES) as usize);
    let count = threads.min(most).max(1);
    let unit = |i| Unit {
        name: format!("{what}{i}"),
        text: String::new(),
        slow,
        bytes: 0,
    };
    let mut units: Vec<Unit> = (0..count).map(unit).collect();
    // The largest first, each into the unit that is smallest so far.
    pieces.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    for (size, text) in pieces {
        let unit = units.iter_mut().min_by_key(|unit| unit.bytes);
        let unit = unit.expect("there is at least one unit");
        unit.bytes += size;
        unit.text.push_str(&text);
    }
    units
}

/// Divides the C++ files of the model into translation units: one for a small model, or a few of
/// like size that compile side by side. What only construction runs is not worth optimising.
pub(super) fn units_of(obj: &Path) -> Result<Vec<Unit>, VerifyError> {
    let mut fast = Vec::new();
    let mut slow = (0, String::new());
    for name in files_of(obj, "cpp")? {
        let path = obj.join(&name);
        let size = fs::metadata(&path).map_err(VerifyError::io(&path))?.len();
        let line = format!("#include \"obj/{name}\"\n");
        if name.contains("Slow") {
            slow.0 += size;
            slow.1.push_str(&line);
        } else {
            fast.push((size, line));
        }
    }
    let mut units = divided("unit", fast, false);
    if slow.0 > UNIT_BYTES {
        units.extend(divided("slow", vec![slow], true));
    } else {
        units[0].text.push_str(&slow.1);
    }
    Ok(units)
}

/// Divides the functions of a model in the same way.
pub(super) fn function_units(all: &Generated) -> Vec<Unit> {
    let pieces = |slow: bool| {
        let some = all.functions.iter().filter(move |f| f.slow == slow);
        let piece = |f: &Function| (f.text.len() as u64, format!("{PART} {}", f.text));
        some.map(piece).collect::<Vec<_>>()
    };
    let mut units = divided("unit", pieces(false), false);
    // Each further unit reads all headers again, and these take little more than that.
    let slow: Vec<(u64, String)> = pieces(true);
    let bytes = slow.iter().map(|(size, _)| size).sum();
    let text = slow.into_iter().map(|(_, text)| text).collect();
    units.extend(divided("slow", vec![(bytes, text)], true));
    for unit in &mut units {
        unit.text = format!("#include \"{PARTS_H}\"\n{REPLACEABLE}{}", unit.text);
    }
    units
}
